package service

import (
	"bytes"
	"errors"
	"io"
	"net/http"

	"github.com/e-onay/e-onay/web/relyingparty"
)

// requestSignature returns the sign request that it was given, signed, for the page library's sign.
func (s *Service) requestSignature(c *call) (any, error) {
	var body relyingparty.SignRequest
	o, err := c.readFor(&body)
	if err != nil {
		return nil, err
	}
	if body.Signed != "" {
		return nil, refused(http.StatusBadRequest, "signed: the request is signed already")
	}
	return signed(body, o, (*relyingparty.RequestSigner).Signature)
}

// signedFile is the body of /v1/signature/verify.
type signedFile struct {
	// Request is the sign request that the page was given. Documents and what is made of them count, no more.
	Request relyingparty.SignRequest `json:"request"`
	// Document is the number of the document that became the file, 0 where all are signed together.
	Document int `json:"document,omitempty"`
	// File is the signed file; in a multipart body it is a part of its own.
	File []byte `json:"file,omitempty"`
	// CitizenNumber is whose signature it must be; "" leaves that to the site.
	CitizenNumber string `json:"citizen_number,omitempty"`
}

// verifySignature returns the evidence of a signature over the site's own documents, made just now.
func (s *Service) verifySignature(c *call) (answer any, err error) {
	var body signedFile
	u, err := c.readUpload(&body)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, u.Close()) }()
	file, err := body.join(u)
	if err != nil {
		return nil, err
	}
	e, err := c.check(file)
	if err != nil {
		return nil, err
	}
	if body.CitizenNumber != "" {
		if err := e.Of(body.CitizenNumber); err != nil {
			return nil, err
		}
	}
	if err := c.site.verifier.Prove(c.r.Context(), e); err != nil {
		return nil, err
	}
	return evidenceOf(e), nil
}

// check judges a file as far as that needs no network.
func (c *call) check(file relyingparty.SignedFile) (*relyingparty.Evidence, error) {
	if err := c.service.gate.enter(c.r.Context()); err != nil {
		return nil, err
	}
	defer c.service.gate.leave()
	return c.site.verifier.CheckFile(file)
}

// join puts the request and what came beside it together.
func (f *signedFile) join(u *upload) (relyingparty.SignedFile, error) {
	var none relyingparty.SignedFile
	content := u.file
	switch {
	case content != nil && f.File != nil:
		return none, refused(http.StatusBadRequest, "file: in the JSON, and a part too")
	case content == nil:
		content = sectionOf(f.File)
	}
	rest := u.documents
	for i := range f.Request.Documents {
		d := &f.Request.Documents[i]
		if d.Data == "" && d.Base64 == nil && len(rest) > 0 {
			d.Content, rest = rest[0].content, rest[1:]
		}
	}
	if len(rest) > 0 {
		return none, refused(http.StatusBadRequest, "more parts \"document\" than documents without bytes")
	}
	return f.Request.File(f.Document, content)
}

func sectionOf(data []byte) *io.SectionReader {
	return io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data)))
}
