//go:build !unix

package worker

import "os"

// channel returns the two ends of a stream between this process and a child, from the child or to it: here, of a pipe
// without a name.
func channel(fromChild bool) (ours, theirs *os.File, err error) {
	read, write, err := os.Pipe()
	if fromChild {
		return read, write, err
	}
	return write, read, err
}
