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
	"strings"
	"time"
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

// An end is where the next line goes.
type end struct {
	head    *head // nil before the first entry
	number  uint64
	digest  string
	segment string
	offset  int64
}

// end finds the end: the line that the head names, which is the last or, after a crash, the last but one. What
// comes after it nobody was told of.
func (j *Journal) end() (*end, error) {
	h, err := readHead(j.dir)
	if err != nil {
		return nil, err
	}
	names, err := segments(j.dir)
	if err != nil {
		return nil, err
	}
	if h == nil {
		return j.beginning(names)
	}
	for len(names) > 0 && first(names[len(names)-1]) > h.Number {
		if err := os.Remove(filepath.Join(j.dir, names[len(names)-1])); err != nil {
			return nil, err
		}
		names = names[:len(names)-1]
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%w: no line %d", ErrBroken, h.Number)
	}
	e := &end{head: h, number: h.Number, digest: h.Digest, segment: names[len(names)-1]}
	line, err := lineAt(filepath.Join(j.dir, e.segment), h.Offset)
	if err != nil {
		return nil, err
	}
	if digest(line) != h.Digest {
		return nil, fmt.Errorf("%w: line %d is not the head's", ErrBroken, h.Number)
	}
	e.offset = h.Offset + int64(len(line)) + 1
	return e, nil
}

// lineAt returns the line that begins at offset.
func lineAt(path string, offset int64) (found []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	err = linesOf(f, func(line []byte) (bool, error) {
		found = bytes.Clone(line)
		return false, nil
	})
	return found, err
}

// beginning is the end of an empty list. What a crash in the first entry has left goes; more than that is a list
// without its head.
func (j *Journal) beginning(names []string) (*end, error) {
	begun, err := j.onlyBegun(names)
	if err != nil {
		return nil, err
	}
	if !begun {
		return nil, fmt.Errorf("%w: no head", ErrBroken)
	}
	for _, name := range names {
		if err := os.Remove(filepath.Join(j.dir, name)); err != nil {
			return nil, err
		}
	}
	return &end{}, nil
}

// onlyBegun reports whether a list without a head has no more than a crash in its first entry leaves.
func (j *Journal) onlyBegun(names []string) (bool, error) {
	if len(names) == 0 {
		return true, nil
	}
	if len(names) > 1 || first(names[0]) != 1 {
		return false, nil
	}
	complete := 0
	err := lines(filepath.Join(j.dir, names[0]), func([]byte) (bool, error) { complete++; return complete < 2, nil })
	if errors.Is(err, ErrBroken) {
		return false, nil
	}
	return complete < 2, err
}

// writeLine writes a line at offset of a segment, in the place of what may be there, and brings it to the disk.
// undo takes it back.
func writeLine(dir, segment string, offset int64, line []byte) (undo func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, segment)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	undo = func() {
		if offset == 0 {
			_ = os.Remove(path) // what stays behind is removed by the next Append
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

// lines gives each whole line of a file to visit, until that wants no more. A last line without its end is none.
func lines(path string, visit func([]byte) (more bool, err error)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return linesOf(f, visit)
}

func linesOf(f io.Reader, visit func([]byte) (bool, error)) error {
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

// parseEntry reads a line.
func parseEntry(line []byte) (Entry, error) {
	var e Entry
	if err := json.Unmarshal(line, &e); err != nil {
		return Entry{}, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	return e, nil
}

// readAtMost reads a file of at most limit bytes.
func readAtMost(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%w: %s is longer than %d bytes", ErrBroken, filepath.Base(path), limit)
	}
	return data, err
}

// asidePrefix begins the names of the folders of broken lists.
const asidePrefix = "set-aside-"

// asides returns the names of the folders of broken lists, the oldest first.
func asides(dir string) ([]string, error) {
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

// moveAside moves everything of the list into a new folder beside it.
func moveAside(dir string, now time.Time) error {
	aside := filepath.Join(dir, asidePrefix+now.UTC().Format("20060102T150405.000000000"))
	if err := os.Mkdir(aside, 0o700); err != nil {
		return err
	}
	names, err := segments(dir)
	if err != nil {
		return err
	}
	for _, file := range append(names, headName) {
		err := os.Rename(filepath.Join(dir, file), filepath.Join(aside, file))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return syncFolder(dir)
}
