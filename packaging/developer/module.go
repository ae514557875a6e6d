package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	eonay "github.com/e-onay/e-onay"
	"github.com/e-onay/e-onay/internal/archive"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	modzip "golang.org/x/mod/zip"
)

// packModule writes a zip of the folder e-onay-go, which serves this version of the module by the protocol of module proxies
// (https://go.dev/ref/mod#goproxy-protocol).
func packModule(source, target string) error {
	mod, err := os.ReadFile(filepath.Join(source, "go.mod"))
	if err != nil {
		return err
	}
	version := module.Version{Path: modfile.ModulePath(mod), Version: "v" + eonay.Version}
	info, err := moduleInfo(source, version.Version)
	if err != nil {
		return err
	}
	files, err := repositoryFiles(source)
	if err != nil {
		return err
	}
	var content bytes.Buffer
	if err := modzip.Create(&content, version, files); err != nil {
		return err
	}
	at := "e-onay-go/" + version.Path + "/@v/"
	proxy, err := archive.Zip(map[string][]byte{
		at + "list":                    []byte(version.Version + "\n"),
		at + version.Version + ".info": info,
		at + version.Version + ".mod":  mod,
		at + version.Version + ".zip":  content.Bytes(),
	})
	if err != nil {
		return err
	}
	return os.WriteFile(target, proxy, 0o644)
}

// moduleInfo returns the version and the time of its commit, not of the build, so that it is the same whenever it is made.
func moduleInfo(source, version string) ([]byte, error) {
	out, err := git(source, "log", "-1", "--format=%cI")
	if err != nil {
		return nil, err
	}
	committed, err := time.Parse(time.RFC3339, strings.TrimSpace(string(out)))
	if err != nil {
		return nil, err
	}
	return json.Marshal(struct {
		Version string
		Time    time.Time
	}{version, committed.UTC()})
}

// repositoryFiles returns the files that git keeps, or would keep: in a clean checkout of a tag, those of the tag.
func repositoryFiles(source string) (files []modzip.File, err error) {
	out, err := git(source, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		return nil, err
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		file := repositoryFile{source, name}
		_, err := file.Lstat()
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed, and not yet committed
		}
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// repositoryFile is a file of the repository, by its name there.
type repositoryFile struct{ source, name string }

func (f repositoryFile) Path() string                 { return f.name }
func (f repositoryFile) Lstat() (fs.FileInfo, error)  { return os.Lstat(f.path()) }
func (f repositoryFile) Open() (io.ReadCloser, error) { return os.Open(f.path()) }
func (f repositoryFile) path() string                 { return filepath.Join(f.source, filepath.FromSlash(f.name)) }

func git(source string, arguments ...string) ([]byte, error) {
	command := exec.Command("git", append([]string{"-C", source}, arguments...)...)
	var said bytes.Buffer
	command.Stderr = &said
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("git %s: %w\n%s", arguments[0], err, &said)
	}
	return out, nil
}
