package module

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/place"
)

// A file is a JSON file that is read strictly: one value, in UTF-8, no unknown field, of a bounded length.
// Its errors name the file and the line at fault.
type file struct {
	name string
	data []byte
}

// readFile reads at most limit bytes, one more being an error. The error of a file that is not there wraps
// fs.ErrNotExist; that of one that others can write is a *place.Error.
func readFile(path string, limit int) (*file, error) {
	data, err := place.Read(path, int64(limit))
	if e, ok := errors.AsType[*place.Error](err); ok {
		return nil, e
	}
	if err != nil {
		return nil, err
	}
	f := &file{name: path, data: data}
	if len(data) > limit {
		return nil, f.wrong(limit, fmt.Errorf("longer than %d bytes", limit))
	}
	return f, nil
}

// decode puts the file's value into v.
func (f *file) decode(v any) error {
	if !utf8.Valid(f.data) {
		return f.wrong(0, errors.New("not UTF-8"))
	}
	d := json.NewDecoder(bytes.NewReader(f.data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return f.wrong(position(err, int(d.InputOffset()), f.data), err)
	}
	if rest := bytes.TrimSpace(f.data[d.InputOffset():]); len(rest) > 0 {
		return f.wrong(len(f.data)-len(rest), errors.New("something follows the value"))
	}
	return nil
}

// wrong is err with the line that offset is in.
func (f *file) wrong(offset int, err error) error {
	line := 1 + bytes.Count(f.data[:min(offset, len(f.data))], []byte("\n"))
	return &fileError{file: f.name, line: line, err: err}
}

// A fileError names the place in a file that is at fault. What a decoder says of it is in its own words, for those who
// have written the file.
type fileError struct {
	file string
	line int
	err  error
}

func (e *fileError) Error() string { return fmt.Sprintf("%s:%d: %v", e.file, e.line, e.err) }
func (e *fileError) Unwrap() error { return e.err }

// Sentence is the error in both languages.
func (e *fileError) Sentence() protocol.Sentence {
	return protocol.Sentence{TR: fmt.Sprintf("%s:%d: bu satır anlaşılmadı", e.file, e.line), EN: e.Error()}
}

// wrongAt is err with the line of a text that the file holds, where it stands last.
func (f *file) wrongAt(text string, err error) error {
	quoted, _ := json.Marshal(text)
	return f.wrong(max(bytes.LastIndex(f.data, quoted), 0), err)
}

// position finds where the decoder met err, which it tells in different ways.
func position(err error, read int, data []byte) int {
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return int(e.Offset)
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return int(e.Offset)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return len(data)
	}
	var field string
	if _, scanErr := fmt.Sscanf(err.Error(), "json: unknown field %q", &field); scanErr == nil {
		return max(bytes.Index(data, []byte(`"`+field+`"`)), 0)
	}
	return read
}
