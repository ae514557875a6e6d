package place

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// configHome is the folder that stays on this machine, since the device key does: the roaming one goes with the person
// to others. It does not depend on the environment.
func configHome() (string, error) { return windows.KnownFolderPath(windows.FOLDERID_LocalAppData, 0) }

// cacheHome is a folder in ours: Windows has one for both.
func cacheHome() (string, error) {
	dir, err := configHome()
	return filepath.Join(dir, folder, "cache"), err
}
