// Package spool keeps the bytes of a session's documents on the disk, where a format needs them again: a document of a
// gigabyte takes no memory. The file has no name, or loses it at once, so that it goes with the process, however that ends.
package spool

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/e-onay/e-onay/internal/fault"
)

// A File has documents one behind the other. It is made with the first write. It is for one goroutine; what Section returns
// may be read by others meanwhile.
type File struct {
	// Folder is where the file is; it is made where it is not there.
	Folder string

	file *os.File
	size int64
}

// Size is how many bytes are in the file.
func (f *File) Size() int64 { return f.size }

// Write appends data. A full disk is fault.DiskFull.
func (f *File) Write(data []byte) (int, error) {
	if f.file == nil {
		if err := f.open(); err != nil {
			return 0, failed(err)
		}
	}
	n, err := f.file.WriteAt(data, f.size)
	f.size += int64(n)
	if err != nil {
		return n, failed(err)
	}
	return n, nil
}

func (f *File) open() error {
	if err := os.MkdirAll(f.Folder, 0o700); err != nil {
		return err
	}
	file, err := create(f.Folder)
	if err != nil {
		return err
	}
	f.file = file
	return nil
}

// Section reads size bytes from offset, which must have been written.
func (f *File) Section(offset, size int64) io.ReaderAt {
	if f.file == nil {
		return io.NewSectionReader(errReader{}, 0, 0)
	}
	return io.NewSectionReader(f.file, offset, size)
}

// errReader is a file without a byte.
type errReader struct{}

func (errReader) ReadAt([]byte, int64) (int, error) { return 0, io.EOF }

// Close removes the file. The File may be used again.
func (f *File) Close() error {
	file := f.file
	*f = File{Folder: f.Folder}
	if file == nil {
		return nil
	}
	return file.Close()
}

func failed(err error) error {
	if isFull(err) {
		return fault.New(fault.DiskFull, err)
	}
	return fault.New(fault.Internal, fmt.Errorf("keeping a document: %w", err))
}

func isFull(err error) bool {
	for _, full := range fullErrors {
		if errors.Is(err, full) {
			return true
		}
	}
	return false
}
