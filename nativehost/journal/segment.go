package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"

	"github.com/e-onay/e-onay/nativehost/ownfile"
)

var segmentPattern = regexp.MustCompile(`^entries-(\d{12})\.jsonl$`)

// segmentName is that of the segment that begins with an entry; the names' order is the entries'.
func segmentName(number uint64) string { return fmt.Sprintf("entries-%012d.jsonl", number) }

// segments returns the names of the segments, in order.
func segments(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if segmentPattern.MatchString(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// first is the number of a segment's first entry, by its name.
func first(segment string) uint64 {
	number, err := strconv.ParseUint(segmentPattern.FindStringSubmatch(segment)[1], 10, 64)
	if err != nil {
		return 0
	}
	return number
}

// writeLine writes a line at offset of a segment, in the place of what may be there, and brings it to the disk.
// undo takes it back.
func writeLine(dir, segment string, offset int64, line []byte) (undo func(), err error) {
	path := filepath.Join(dir, segment)
	f, err := openFile(path, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	undo = func() {
		if offset == 0 {
			_ = os.Remove(path) // what stays behind is overwritten by the next Append
			return
		}
		_ = os.Truncate(path, offset)
	}
	err = f.Truncate(offset)
	if err == nil {
		_, err = f.WriteAt(append(bytes.Clone(line), '\n'), offset)
	}
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		undo()
		return nil, err
	}
	return undo, nil
}

// lines calls visit with each complete line of a file, from offset on, until visit wants no more. It leaves out a last line
// without its end. It returns ErrBroken for what is not a regular file, or not a list of lines.
func lines(path string, offset int64, visit func([]byte) (more bool, err error)) error {
	f, err := ownfile.Open(path, os.O_RDONLY)
	if errors.Is(err, ownfile.ErrNotRegular) {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	in := bufio.NewReaderSize(f, maxLine+1)
	for {
		line, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, bufio.ErrBufferFull):
			return fmt.Errorf("%w: a line of more than %d bytes", ErrBroken, maxLine)
		case err != nil:
			return err
		}
		more, err := visit(line[:len(line)-1])
		if err != nil || !more {
			return err
		}
	}
}

// lineAt returns the line that begins at offset, nil without one.
func lineAt(path string, offset int64) (found []byte, err error) {
	err = lines(path, offset, func(line []byte) (bool, error) {
		found = append([]byte{}, line...)
		return false, nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return found, err
}

// parseEntry reads a line.
func parseEntry(line []byte) (Entry, error) {
	var e Entry
	if err := json.Unmarshal(line, &e); err != nil {
		return Entry{}, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return e, nil
}
