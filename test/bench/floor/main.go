// Floor is the least a native-messaging program can do: it echoes one message and ends. The bench starts
// it once per command, as peers do, to have something to compare with.
package main

import (
	"encoding/binary"
	"io"
	"os"
)

func main() {
	var length [4]byte
	if _, err := io.ReadFull(os.Stdin, length[:]); err != nil {
		os.Exit(1)
	}
	n := binary.NativeEndian.Uint32(length[:])
	if n > 1<<20 {
		os.Exit(1)
	}
	message := make([]byte, n)
	if _, err := io.ReadFull(os.Stdin, message); err != nil {
		os.Exit(1)
	}
	if _, err := os.Stdout.Write(append(length[:], message...)); err != nil {
		os.Exit(1)
	}
}
