// Package secret keeps a PIN out of what outlives its use: swap files, core dumps and other processes'
// eyes. Every measure is best effort; none is announced to the person as a guarantee.
package secret

import "runtime"

// vectors is the size of the vector registers through which a copy of up to that many bytes goes. It is
// no constant, lest the compiler copy in a way of its own.
var vectors = 256

// Wipe overwrites b, and the vector registers of this thread: what was copied stays in them, and every
// signal makes the system write them into memory.
func Wipe(b []byte) {
	clear(b)
	var from, to [256]byte
	copy(to[:], from[:vectors])
	runtime.KeepAlive(b)
	runtime.KeepAlive(&to)
}

// A Buffer is memory for one secret outside the garbage collector's heap, locked against swapping
// where the system permits it. It is for one goroutine.
type Buffer struct {
	memory []byte
	n      int
}

// NewBuffer returns an empty Buffer for up to size bytes. Free must be called in the end.
func NewBuffer(size int) (*Buffer, error) {
	memory, err := allocate(size)
	if err != nil {
		return nil, err
	}
	return &Buffer{memory: memory}, nil
}

// Fill lets read fill the buffer, after clearing it. read returns how many bytes it wrote.
func (b *Buffer) Fill(read func([]byte) (int, error)) error {
	b.Clear()
	n, err := read(b.memory)
	b.n = n
	if err != nil {
		b.Clear()
	}
	return err
}

// Bytes returns the secret in place. The slice is dead after Clear and must not be used after Free.
func (b *Buffer) Bytes() []byte { return b.memory[:b.n] }

// Clear overwrites the secret.
func (b *Buffer) Clear() {
	Wipe(b.memory)
	b.n = 0
}

// Free overwrites the secret and gives the memory back.
func (b *Buffer) Free() {
	b.Clear()
	release(b.memory)
	b.memory = nil
}
