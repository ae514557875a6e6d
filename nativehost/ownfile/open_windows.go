package ownfile

import "os"

// open needs no flags: a named pipe or a device has no place in a folder of Windows, and links are looked at by name.
func open(path string, flag int) (*os.File, error) {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return nil, notRegular(path)
	}
	return os.OpenFile(path, flag, 0o600)
}
