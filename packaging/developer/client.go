package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// packClient writes npm's package of web/client. npm packs a copy, since the licence of the package is the repository's and
// npm takes no file from outside a package's folder.
func packClient(source, target string) error {
	dir, err := os.MkdirTemp("", "e-onay-client")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	library := filepath.Join(source, "web/client")
	data, err := os.ReadFile(filepath.Join(library, "package.json"))
	if err != nil {
		return err
	}
	var manifest struct{ Files []string }
	if err := json.Unmarshal(data, &manifest); err != nil {
		return err
	}
	packed := map[string]string{"LICENSE": filepath.Join(source, "LICENSE")}
	for _, name := range append(manifest.Files, "package.json", "README.md") {
		packed[name] = filepath.Join(library, name)
	}
	for name, path := range packed {
		if err := copyFile(path, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return npmPack(dir, target)
}

// npmPack has npm pack the folder. npm alone chooses the name of its file, so it writes into a folder of its own.
func npmPack(dir, target string) error {
	packed, err := os.MkdirTemp(filepath.Dir(target), "npm")
	if err != nil {
		return err
	}
	defer os.RemoveAll(packed)
	packed, err = filepath.Abs(packed)
	if err != nil {
		return err
	}
	npm := exec.Command("npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", packed)
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		return fmt.Errorf("npm pack: %w\n%s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(packed, "*.tgz"))
	if err != nil || len(files) != 1 {
		return fmt.Errorf("npm pack has written %d files, want 1 (%v)", len(files), err)
	}
	if err := os.Chmod(files[0], 0o644); err != nil {
		return err
	}
	return os.Rename(files[0], target)
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.WriteFile(to, data, 0o644); err != nil {
		return err
	}
	return os.Chmod(to, 0o644) // whatever the umask: npm packs the mode that it finds
}
