package signaturecheck

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
)

const (
	// maxSignature is the largest file of signatures, in bytes.
	maxSignature = 10 << 20
	// maxForm is what a form may have beside its files, in bytes.
	maxForm = 64 << 10
	// maxParts is how many parts a form may have, and maxField how long one is that is no file, in bytes.
	maxParts = 8
	maxField = 100

	// An upload has firstTime, and then as long as it takes at slowest bytes a second: who is slower holds a place of others.
	firstTime = 30 * time.Second
	slowest   = 64 << 10

	// maxUploads is how many files are uploaded or judged at once, and maxWaiting how many visitors wait for that, each for
	// uploadWait.
	maxUploads = 16
	maxWaiting = 32
	uploadWait = 10 * time.Second

	// A refusal before the body was read reads so much of it, for so long: browsers read no answer while they still send.
	drained   = 16 << 20
	drainTime = 10 * time.Second
)

// upload is what a form has brought.
type upload struct {
	signature *spooled
	content   *spooled // nil where none was given
	asJSON    bool     // the button for the report as JSON was pressed
}

func (u *upload) close() {
	u.signature.close()
	u.content.close()
}

// readUpload reads the form as a stream, part by part. The caller closes what it returns.
func (c *checker) readUpload(v *site.Visit) (_ *upload, err error) {
	v.R.Body = &paced{
		ReadCloser: v.R.Body, control: http.NewResponseController(v.W), firstTime: c.firstTime, started: time.Now(),
	}
	reader, err := v.R.MultipartReader()
	if err != nil {
		return nil, uploadError(err)
	}
	u := &upload{}
	defer func() {
		if err != nil {
			u.close()
		}
	}()
	for n := 0; ; n++ {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, uploadError(err)
		}
		if n == maxParts {
			return nil, fault.Errorf(refusal.CheckUpload, "more than %d parts", maxParts)
		}
		if err := c.readPart(u, part); err != nil {
			return nil, err
		}
	}
	if u.signature == nil {
		return nil, fault.Errorf(refusal.CheckNoFile, "no file was chosen")
	}
	return u, nil
}

// readPart reads one field. A field of a file that the person has left empty comes without name and content.
func (c *checker) readPart(u *upload, part *multipart.Part) error {
	var into **spooled
	var limit int64
	switch part.FormName() {
	case "imza":
		into, limit = &u.signature, maxSignature
	case "icerik":
		into, limit = &u.content, c.Settings.maxContent()
	case "bicim":
		value, err := io.ReadAll(io.LimitReader(part, maxField))
		u.asJSON = string(value) == "json"
		return uploadError(err)
	default:
		return fault.Errorf(refusal.CheckUpload, "a part that the form does not have")
	}
	if *into != nil {
		return fault.Errorf(refusal.CheckUpload, "a field that is there twice")
	}
	file, err := spool(part.FileName(), part, limit)
	if err != nil {
		return err
	}
	if file.Content.Size == 0 && file.Name == "" {
		return nil
	}
	*into = file
	return nil
}

// uploadError is a refusal for an error of reading a body. The error's text stays out of it, and so out of the log: it may quote the form.
func uploadError(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fault.Errorf(refusal.CheckTooLarge, "a form over the limit")
	}
	return fault.Errorf(refusal.CheckUpload, "a form that cannot be read (%T)", err)
}

// paced moves the deadline of reading on as bytes arrive.
type paced struct {
	io.ReadCloser
	control   *http.ResponseController
	firstTime time.Duration
	started   time.Time
	read      int64
	deadline  time.Time
}

func (p *paced) Read(data []byte) (int, error) {
	allowed := p.started.Add(p.firstTime + time.Duration(p.read/slowest)*time.Second)
	if allowed.After(p.deadline) {
		p.deadline = allowed
		if err := p.control.SetReadDeadline(allowed); err != nil {
			return 0, err
		}
	}
	n, err := p.ReadCloser.Read(data)
	p.read += int64(n)
	return n, err
}

// drain reads what a browser still sends, within limits, so that the person sees the refusal.
func drain(v *site.Visit) {
	if http.NewResponseController(v.W).SetReadDeadline(time.Now().Add(drainTime)) == nil {
		_, _ = io.CopyN(io.Discard, v.R.Body, drained)
	}
}
