package module

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// checkGuarded refuses a file outside the folders that only an administrator can write.
func checkGuarded(path string) error {
	for _, name := range []string{"ProgramFiles", "ProgramFiles(x86)", "SystemRoot"} {
		folder := os.Getenv(name)
		if filepath.IsAbs(folder) && strings.HasPrefix(strings.ToLower(path), strings.ToLower(filepath.Clean(folder))+`\`) {
			return nil
		}
	}
	return fmt.Errorf("%s can be changed by others than the administrator", path)
}
