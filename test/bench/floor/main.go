// Floor is the least a native-messaging program can do: it echoes small messages, and counts the bytes of large ones. The
// bench starts it once per command, as peers do, and for the way of a large document, to have something to compare with.
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
)

// echoed is the longest message that comes back as it is, in bytes.
const echoed = 4 << 10

func main() {
	for taken := 0; ; {
		message, err := read()
		if err != nil {
			return // the browser has ended the conversation
		}
		taken += len(message)
		if len(message) > echoed {
			message = fmt.Appendf(nil, `{"taken":%d}`, taken)
		}
		if _, err := os.Stdout.Write(append(binary.NativeEndian.AppendUint32(nil, uint32(len(message))), message...)); err != nil {
			os.Exit(1)
		}
	}
}

func read() ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(os.Stdin, length[:]); err != nil {
		return nil, err
	}
	n := binary.NativeEndian.Uint32(length[:])
	if n > 1<<20 {
		os.Exit(1)
	}
	message := make([]byte, n)
	_, err := io.ReadFull(os.Stdin, message)
	return message, err
}
