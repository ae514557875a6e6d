package worker

import "golang.org/x/sys/unix"

// limitMemory bounds what this process may allocate: its writable data (RLIMIT_DATA, setrlimit(2)).
func limitMemory(bytes uint64) error {
	return unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: bytes, Max: bytes})
}
