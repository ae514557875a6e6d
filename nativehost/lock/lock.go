// Package lock keeps the processes of one person from each other's files: ten signing windows are ten hosts.
package lock

import (
	"context"
	"os"
	"path/filepath"
)

// File waits until this process alone has the lock at path, a file that is made with its folder and stays. unlock
// lets go; a process that dies lets go too. The error of a ctx that ends first is its cause. Within a process the
// lock excludes as well.
func File(ctx context.Context, path string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
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
