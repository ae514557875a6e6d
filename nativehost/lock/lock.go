// Package lock keeps the processes of one person from each other's files: ten signing windows are ten hosts.
package lock

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"github.com/e-onay/e-onay/nativehost/ownfile"
	"github.com/e-onay/e-onay/nativehost/place"
)

// places is how many files may serve as one lock.
const places = 4

// File waits until this process alone has the lock at path, a file that is made with its folder and stays. unlock
// lets go; a process that dies lets go too. The error of a ctx that ends first is its cause. Within a process the
// lock excludes as well. What others can write is not locked: a folder of theirs is a *place.Error.
//
// Where something else than a file stands at path, the file path.1 is the lock, and so on: every process sees the same
// thing there and comes to the same file, and renaming it could take a lock away from who has just got it.
func File(ctx context.Context, path string) (unlock func(), err error) {
	if err := place.CheckFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	locked := make(chan error, 1)
	go func() { locked <- exclude(f) }()
	select {
	case err = <-locked:
	case <-ctx.Done():
		go func() { <-locked; f.Close() }()
		return nil, context.Cause(ctx)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}

func open(path string) (f *os.File, err error) {
	f, err = ownfile.Open(path, os.O_RDWR|os.O_CREATE)
	for i := 1; i < places && errors.Is(err, ownfile.ErrNotRegular); i++ {
		f, err = ownfile.Open(path+"."+strconv.Itoa(i), os.O_RDWR|os.O_CREATE)
	}
	return f, err
}
