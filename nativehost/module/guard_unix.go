//go:build unix

package module

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// checkGuarded refuses a file that anybody but the administrator can write, or can put in the place of the one
// that is there. path has no links in it.
func checkGuarded(path string) error {
	for {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		owner := info.Sys().(*syscall.Stat_t).Uid
		// What root lets a group of its choice write is root's affair.
		if owner != 0 || info.Mode().Perm()&0o002 != 0 {
			return fmt.Errorf("%s can be changed by others than the administrator", path)
		}
		parent := filepath.Dir(path)
		if parent == path {
			return nil
		}
		path = parent
	}
}
