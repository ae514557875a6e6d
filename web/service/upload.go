package service

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"os"

	"github.com/e-onay/e-onay/web/relyingparty"
)

// maxParts bounds a multipart body: the request, the file, and a document each.
const maxParts = 2 + relyingparty.MaxDocuments

// upload is what came with a call's JSON: a file, and documents that are not in the JSON. Close removes what lies on disk.
type upload struct {
	file      *io.SectionReader // nil where it is in the JSON
	documents []uploaded
	spooled   []*os.File
}

// uploaded is one document.
type uploaded struct {
	name    string
	content *io.SectionReader
}

// Close removes the files.
func (u *upload) Close() (err error) {
	for _, f := range u.spooled {
		err = errors.Join(err, f.Close(), remove(f.Name()))
	}
	return err
}

func remove(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// readUpload reads a body of JSON into v, alone or as the first part of a multipart body.
func (c *call) readUpload(v any) (*upload, error) {
	if c.mediaType() != "multipart/form-data" {
		return &upload{}, c.readJSON(v)
	}
	// All documents and the file, and room for the heads of the parts.
	c.r.Body = http.MaxBytesReader(c.w, c.r.Body, 2*c.service.maxFile+maxJSON+1<<20)
	parts, err := c.r.MultipartReader()
	if err != nil {
		return nil, invalid(err)
	}
	u := &upload{}
	if err := c.readParts(parts, u, v); err != nil {
		return nil, errors.Join(err, u.Close())
	}
	if u.file == nil {
		return nil, errors.Join(refused(http.StatusBadRequest, "no part \"file\""), u.Close())
	}
	return u, nil
}

// readParts reads the parts of a body, the request first.
func (c *call) readParts(parts *multipart.Reader, u *upload, v any) error {
	for n := 0; ; n++ {
		part, err := parts.NextRawPart() // without quoted-printable, which would be another reading
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return bodyError(err)
		}
		name := part.FormName()
		switch {
		case n == maxParts:
			return refused(http.StatusBadRequest, fmt.Sprintf("more than %d parts", maxParts))
		case (n == 0) != (name == "request"):
			return refused(http.StatusBadRequest, "want the part \"request\" first, and once")
		case name == "request":
			err = c.decode(part, -1, v)
		case name == "file" && u.file == nil:
			u.file, err = c.keep(u, part)
		case name == "document":
			var d uploaded
			d.name = part.FileName()
			d.content, err = c.keep(u, part)
			u.documents = append(u.documents, d)
		default:
			return refused(http.StatusBadRequest, fmt.Sprintf("a part %.40q that is not known, or there twice", name))
		}
		if err != nil {
			return err
		}
	}
}

// keep writes a part to a file without a name.
func (c *call) keep(u *upload, part io.Reader) (*io.SectionReader, error) {
	file, err := os.CreateTemp(c.service.spool, "eonay-rp-*")
	if err != nil {
		return nil, fmt.Errorf("service: spool: %w", err)
	}
	u.spooled = append(u.spooled, file)
	_ = remove(file.Name()) // Windows does not, and Close does
	limit := c.service.maxFile
	size, err := io.Copy(file, io.LimitReader(part, limit+1))
	if _, ours := errors.AsType[*fs.PathError](err); ours {
		return nil, fmt.Errorf("service: spool: %w", err)
	}
	if err != nil {
		return nil, bodyError(err)
	}
	if size > limit {
		return nil, tooLarge(size, limit)
	}
	return io.NewSectionReader(file, 0, size), nil
}
