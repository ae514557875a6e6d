//go:build unix

package secret

import "golang.org/x/sys/unix"

func allocate(size int) ([]byte, error) {
	memory, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, err
	}
	// A limit on locked memory (RLIMIT_MEMLOCK) may refuse; an unlocked buffer still is cleared.
	_ = unix.Mlock(memory)
	return memory, nil
}

func release(memory []byte) {
	_ = unix.Munlock(memory)
	_ = unix.Munmap(memory)
}

// DisableDumps keeps this process's memory out of core dumps and, on Linux, away from debuggers of
// other processes of the same user.
func DisableDumps() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return err
	}
	return undumpable()
}
