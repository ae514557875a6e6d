// Package lock locks files between the processes of one person: ten signing windows are ten hosts.
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

// File waits until this process alone has the lock at path, a file that it creates with its folder and that stays. unlock
// releases the lock; so does the end of the process. If ctx ends first, the error is its cause. The lock also excludes within
// a process. A folder that others can write is a *place.Error.
//
// If something other than a file stands at path, the file path.1 is the lock, and so on: every process sees the same and comes
// to the same file. What stands there is not renamed, since that could take a lock away from a process that has just got it.
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
