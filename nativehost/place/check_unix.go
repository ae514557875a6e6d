//go:build unix

package place

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxLinks is how many links may follow each other, as in Linux.
const maxLinks = 40

// open does not wait for the writer of a named pipe.
func open(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
}

// CheckFolder refuses a folder that others than the person and the administrator own, can write or can replace. It checks up to
// the person's own folder, or to the root if the folder is outside of that. A missing folder is fine if others cannot create
// it.
func CheckFolder(dir string) error {
	if err := checkPath(dir, 0); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return checkOwned(dir, info)
}

// CheckFile refuses a file as CheckFolder does a folder.
func CheckFile(path string) error {
	if err := CheckFolder(filepath.Dir(path)); err != nil {
		return err
	}
	return CheckFolder(path)
}

// checkPath looks at a path's parts from the top, and at what each link leads to. Other users may write a folder on the
// way if its sticky bit keeps them from replacing what is not theirs, as in /tmp.
func checkPath(path string, links int) error {
	if links > maxLinks {
		return fmt.Errorf("%s: too many links", path)
	}
	parent := filepath.Dir(path)
	if home, err := Home(); parent != path && (err != nil || path != home) {
		if err := checkPath(parent, links); err != nil {
			return err
		}
	}
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink == 0 {
		if info.Mode()&fs.ModeSticky != 0 {
			return checkOwner(path, info)
		}
		return checkOwned(path, info)
	}
	if err := checkOwner(path, info); err != nil {
		return err
	}
	target, err := os.Readlink(path)
	if err != nil {
		return err
	}
	if !filepath.IsAbs(target) {
		if parent, err = filepath.EvalSymlinks(parent); err != nil {
			return err
		}
		target = filepath.Join(parent, target)
	}
	return checkPath(target, links+1)
}

func checkOwner(path string, info fs.FileInfo) error {
	if owner := int(info.Sys().(*syscall.Stat_t).Uid); owner != os.Geteuid() && owner != 0 {
		return &Error{path, Foreign}
	}
	return nil
}

func checkOwned(path string, info fs.FileInfo) error {
	if err := checkOwner(path, info); err != nil {
		return err
	}
	mode, group := info.Mode().Perm(), int(info.Sys().(*syscall.Stat_t).Gid)
	if mode&0o002 != 0 || mode&0o020 != 0 && !private(group) {
		return &Error{path, Open}
	}
	return nil
}

// private reports whether a group is the person's alone: it has their name, and their files get it. Systems that give each
// person such a group let it write (pam_umask, usergroups).
func private(group int) bool {
	if os.Geteuid() == 0 || group != os.Getegid() {
		return false
	}
	person, err := user.LookupId(strconv.Itoa(os.Geteuid()))
	if err != nil {
		return false
	}
	theirs, err := user.LookupGroupId(strconv.Itoa(group))
	return err == nil && theirs.Name == person.Username
}
