//go:build unix

package atomicfile

import (
	"errors"
	"os"
)

// SyncFolder brings the names in a folder to the disk, as after a rename or a removal.
func SyncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
