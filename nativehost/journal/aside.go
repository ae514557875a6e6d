package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/e-onay/e-onay/nativehost/atomicfile"
	"github.com/e-onay/e-onay/nativehost/lock"
	"github.com/e-onay/e-onay/nativehost/ownfile"
)

// asidePrefix begins the names of the folders of what was set aside.
const asidePrefix = "set-aside-"

// maxRest is how much of a segment's rest is copied before it is cut off; a segment is no longer.
const maxRest = 64 << 20

// setAsideFolders returns the names of the folders of what was set aside, the oldest first.
func setAsideFolders(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), asidePrefix) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// makeAsideFolder makes a folder for what is set aside, and returns its name.
func makeAsideFolder(dir string, now time.Time) (string, error) {
	name := asidePrefix + now.UTC().Format("20060102T150405.000000000")
	return name, os.Mkdir(filepath.Join(dir, name), 0o700)
}

// isFolder reports whether dir can be a journal's: it is a folder, or nothing stands there.
func isFolder(dir string) bool {
	info, err := os.Stat(dir)
	if err != nil {
		_, err = os.Lstat(dir) // a link that leads nowhere
		return errors.Is(err, fs.ErrNotExist)
	}
	return info.IsDir()
}

// setFolderAside moves what stands in the folder's place and is not a folder into the new folder. The list that begins there
// says so.
func (j *Journal) setFolderAside(ctx context.Context) error {
	if isFolder(j.dir) {
		return nil
	}
	unlock, err := lock.File(ctx, j.dir+".lock") // else another process's new folder might be taken for that
	if err != nil {
		return err
	}
	defer unlock()
	if isFolder(j.dir) {
		return nil
	}
	name, err := ownfile.SetAside(j.dir)
	if err != nil {
		return err
	}
	if err := os.Mkdir(j.dir, 0o700); err != nil {
		return err
	}
	aside, err := makeAsideFolder(j.dir, j.now())
	if err != nil {
		return err
	}
	return os.Rename(filepath.Join(filepath.Dir(j.dir), name), filepath.Join(j.dir, aside, name))
}

// moveAside moves everything of the list into a new folder beside it, and returns the folder's name. The head goes last:
// until then a crash leaves a list that does not fit it, which is set aside too.
func moveAside(dir string, now time.Time) (string, error) {
	aside, err := makeAsideFolder(dir, now)
	if err != nil {
		return "", err
	}
	names, err := segments(dir)
	if err != nil {
		return "", err
	}
	for _, file := range append(names, headName) {
		err := os.Rename(filepath.Join(dir, file), filepath.Join(dir, aside, file))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return aside, atomicfile.SyncFolder(dir)
}

// moveRest moves what stands behind the end of the list, and does not belong to it, into a new folder: the rest of the
// end's segment, which is cut off there, and the segments after it.
func (e *end) moveRest(dir string, now time.Time) (string, error) {
	aside, err := makeAsideFolder(dir, now)
	if err != nil {
		return "", err
	}
	if e.segment != "" {
		if err := copyRest(filepath.Join(dir, e.segment), e.offset, filepath.Join(dir, aside, e.segment)); err != nil {
			return "", err
		}
	}
	for _, name := range e.after() {
		if err := os.Rename(filepath.Join(dir, name), filepath.Join(dir, aside, name)); err != nil {
			return "", err
		}
	}
	if err := errors.Join(atomicfile.SyncFolder(filepath.Join(dir, aside)), atomicfile.SyncFolder(dir)); err != nil {
		return "", err
	}
	if e.segment == "" {
		return aside, nil
	}
	f, err := ownfile.Open(filepath.Join(dir, e.segment), os.O_RDWR)
	if err != nil {
		return "", err
	}
	return aside, errors.Join(f.Truncate(e.offset), f.Sync(), f.Close())
}

// copyRest copies a file from offset on.
func copyRest(from string, offset int64, to string) error {
	in, err := ownfile.Open(from, os.O_RDONLY)
	if err != nil {
		return err
	}
	defer in.Close()
	if _, err := in.Seek(offset, io.SeekStart); err != nil {
		return err
	}
	out, err := ownfile.Open(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL)
	if err != nil {
		return err
	}
	n, err := io.Copy(out, io.LimitReader(in, maxRest+1))
	if err == nil && n > maxRest {
		err = fmt.Errorf("%w: more than %d bytes behind the end", ErrBroken, maxRest)
	}
	return errors.Join(err, out.Sync(), out.Close())
}
