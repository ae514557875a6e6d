package module

import (
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"

	"github.com/e-onay/e-onay/nativehost/place"
)

// checkGuarded refuses a file outside the folders that only an administrator can write, and one in a folder below them that
// everybody can, as Windows' own for temporary files.
func checkGuarded(path string) error {
	for _, id := range []*windows.KNOWNFOLDERID{windows.FOLDERID_ProgramFiles, windows.FOLDERID_ProgramFilesX86, windows.FOLDERID_Windows} {
		folder, err := windows.KnownFolderPath(id, 0)
		if err == nil && strings.HasPrefix(strings.ToLower(path), strings.ToLower(filepath.Clean(folder))+`\`) {
			return place.CheckFile(path)
		}
	}
	return fmt.Errorf("%s can be changed by others than the administrator", path)
}
