package site

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/strictjson"
)

// Location tells the page's script where to go.
type Location struct {
	Location string `json:"location"`
}

// ReadJSON reads what a page's script sends; the route bounds it.
func (v *Visit) ReadJSON() ([]byte, error) {
	mediaType, _, err := mime.ParseMediaType(v.R.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return nil, fault.Errorf(fault.RequestInvalid, "content type %.60q", v.R.Header.Get("Content-Type"))
	}
	data, err := io.ReadAll(v.R.Body)
	if err != nil {
		return nil, BodyError(err)
	}
	return data, nil
}

// ParseForm parses a form into v.R.PostForm; the route bounds it.
func (v *Visit) ParseForm() error {
	if err := v.R.ParseForm(); err != nil {
		return BodyError(err)
	}
	return nil
}

// ParseUploads is ParseForm for a form that may have files. The route bounds all of it, and it stays in memory.
func (v *Visit) ParseUploads() error {
	const neverOnDisk = 1 << 40 // beyond every route's bound
	if err := v.ParseForm(); err != nil {
		return err
	}
	if err := v.R.ParseMultipartForm(neverOnDisk); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return BodyError(err)
	}
	return nil
}

// Uploaded returns the file of a field after ParseUploads, nil where none was chosen; limit is in bytes. Refusals: fault.RequestTooLarge, and
// fault.RequestInvalid for several files.
func (v *Visit) Uploaded(field string, limit int) ([]byte, error) {
	if v.R.MultipartForm == nil || len(v.R.MultipartForm.File[field]) == 0 {
		return nil, nil
	}
	files := v.R.MultipartForm.File[field]
	if len(files) > 1 {
		return nil, fault.Errorf(fault.RequestInvalid, "%d files", len(files))
	}
	if files[0].Size > int64(limit) {
		return nil, fault.Errorf(fault.RequestTooLarge, "a file of %d bytes", files[0].Size)
	}
	file, err := files[0].Open()
	if err != nil {
		return nil, fault.New(fault.RequestInvalid, err)
	}
	defer file.Close()
	return io.ReadAll(file)
}

// FirstFile returns the file with which a form begins, in the field of this name; the route bounds it.
func (v *Visit) FirstFile(field string) ([]byte, error) {
	form, err := v.R.MultipartReader()
	if err != nil {
		return nil, fault.New(fault.RequestInvalid, err)
	}
	part, err := form.NextPart()
	if err != nil || part.FormName() != field {
		return nil, fault.Errorf(fault.RequestInvalid, "the form does not begin with its file: %v", err)
	}
	data, err := io.ReadAll(part)
	if err != nil {
		return nil, BodyError(err)
	}
	return data, nil
}

// BodyError is the refusal of a body that could not be read: too large, or not whole.
func BodyError(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.New(fault.RequestTooLarge, err)
	}
	return fault.New(fault.RequestInvalid, err)
}

// ParseJSON decodes one value, strictly.
func ParseJSON(data []byte, into any) error {
	if err := strictjson.Unmarshal(data, into); err != nil {
		return fault.Errorf(fault.RequestInvalid, "%.200v", err) // it may quote what was sent
	}
	return nil
}

// AnswerJSON answers a page's script.
func (v *Visit) AnswerJSON(status int, body any) error {
	v.W.Header().Set("Content-Type", "application/json")
	v.W.WriteHeader(status)
	_ = json.NewEncoder(v.W).Encode(body) // a browser that left is no concern
	return nil
}

// AnswerBytes answers with bytes as they are.
func (v *Visit) AnswerBytes(mediaType string, data []byte) error {
	v.W.Header().Set("Content-Type", mediaType)
	_, _ = v.W.Write(data) // a browser that left is no concern
	return nil
}

// Attach makes the browser save the answer under a name.
func (v *Visit) Attach(name string) {
	v.W.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name))
}

// Abort ends an answer that has begun and cannot be finished, so that the browser does not take it for a whole one. It does
// not return.
func (v *Visit) Abort() { panic(http.ErrAbortHandler) }
