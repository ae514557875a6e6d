//go:build unix

package place

import (
	"os"
	"path/filepath"
	"runtime"
)

func configHome() (string, error) {
	if runtime.GOOS == "darwin" {
		return below("", "Library", "Application Support")
	}
	return below("XDG_CONFIG_HOME", ".config")
}

func cacheHome() (string, error) {
	if runtime.GOOS == "darwin" {
		return below("", "Library", "Caches")
	}
	return below("XDG_CACHE_HOME", ".cache")
}

// below returns the folder that a variable names, or the one at a path below the person's own.
func below(variable string, path ...string) (string, error) {
	if dir := os.Getenv(variable); variable != "" && filepath.IsAbs(dir) {
		return filepath.Clean(dir), nil
	}
	home, err := Home()
	if err != nil {
		return "", err
	}
	return filepath.Join(append([]string{home}, path...)...), nil
}
