package service

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/revocation"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/web/relyingparty"
	"github.com/e-onay/e-onay/web/verify"
)

// maxData is how many certificates, lists and answers one call may bring.
const maxData = 64

// signedFiles are what a call is about, and what is at hand beside it.
type signedFiles struct {
	// File is the file with signatures; in a multipart body it is a part of its own.
	File []byte `json:"file,omitempty"`
	// Documents are what the signatures cover, where the file does not have it. Their names count where a signature names what it covers.
	Documents []relyingparty.Document `json:"documents,omitempty"`
	// Data are further certificates, CRLs and OCSP answers, DER.
	Data [][]byte `json:"data,omitempty"`
}

// validationRequest is the body of /v1/validate.
type validationRequest struct {
	signedFiles
	// Moment is the time of validation; now where it is left out.
	Moment *time.Time `json:"moment,omitempty"`
	// Offline asks no authority for revocation data that is not at hand.
	Offline bool `json:"offline,omitempty"`
}

// validationAnswer is the report, and the same in sentences.
type validationAnswer struct {
	Report *validation.Report    `json:"report"`
	Text   relyingparty.Sentence `json:"text"`
}

// validate judges the signatures of a file of anybody, made at any time.
func (s *Service) validate(c *call) (answer any, err error) {
	var body validationRequest
	u, err := c.readUpload(&body)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, u.Close()) }()
	file, documents, err := body.join(u)
	if err != nil {
		return nil, err
	}
	in := validation.Input{Policy: c.site.policy, Moment: time.Now()}
	if body.Moment != nil {
		in.Moment = *body.Moment
	}
	if in.Data, err = c.dataOf(body.Data); err != nil {
		return nil, err
	}
	if err := s.gate.enter(c.r.Context()); err != nil {
		return nil, err
	}
	defer s.gate.leave()
	if in.Signatures, err = formats.Read(file, documents...); err != nil {
		return nil, unreadable(err)
	}
	if !body.Offline {
		ctx, cancel := context.WithTimeout(c.r.Context(), networkTimeout)
		defer cancel()
		in.Source = &source{ctx, s.checker, s.lists, s.gate}
	}
	report := validation.Validate(in)
	s.meter.Validated(report)
	return validationAnswer{report, textOf(report)}, nil
}

// textOf is a report in sentences.
func textOf(r *validation.Report) relyingparty.Sentence {
	return relyingparty.Sentence{TR: verify.Text(message.Turkish, r), EN: verify.Text(message.English, r)}
}

// unreadable returns the refusal of a file, with the reason for the developer.
func unreadable(err error) error {
	if coded, ok := errors.AsType[*relyingparty.Error](err); ok {
		return refusal{coded, 0, err.Error()}
	}
	return err
}

// join returns the file and its documents, whichever way they came.
func (v *signedFiles) join(u *upload) (file formats.Content, documents []formats.Document, err error) {
	switch {
	case u.file != nil && v.File != nil:
		return file, nil, refused(http.StatusBadRequest, "file: in the JSON, and a part too")
	case u.file != nil:
		file = formats.Content{Reader: u.file, Size: u.file.Size()}
	default:
		section := sectionOf(v.File)
		file = formats.Content{Reader: section, Size: section.Size()}
	}
	if len(v.Documents)+len(u.documents) > relyingparty.MaxDocuments {
		return file, nil, refused(http.StatusBadRequest, fmt.Sprintf("documents: more than %d", relyingparty.MaxDocuments))
	}
	for _, d := range v.Documents {
		data := d.Base64
		if data == nil {
			data = []byte(d.Data)
		}
		section := sectionOf(data)
		documents = append(documents, formats.Document{Name: d.Name, Content: formats.Content{Reader: section, Size: section.Size()}})
	}
	for _, d := range u.documents {
		documents = append(documents, formats.Document{Name: d.name, Content: formats.Content{Reader: d.content, Size: d.content.Size()}})
	}
	return file, documents, nil
}

// dataOf sorts certificates, lists and answers, and adds the site's intermediates.
func (c *call) dataOf(ders [][]byte) (data validation.Data, err error) {
	data.Certificates = slices.Clone(c.site.verifier.Intermediates)
	if len(ders) > maxData {
		return data, refused(http.StatusBadRequest, fmt.Sprintf("data: more than %d", maxData))
	}
	for i, der := range ders {
		if c, err := pki.ParseX509(der); err == nil {
			data.Certificates = append(data.Certificates, c)
			continue
		}
		switch revocation.KindOf(der) {
		case revocation.IsOCSP:
			data.OCSPs = append(data.OCSPs, der)
		case revocation.IsCRL:
			data.CRLs = append(data.CRLs, der)
		default:
			return data, refused(http.StatusBadRequest, fmt.Sprintf("data: %d is no certificate, CRL or OCSP answer", i))
		}
	}
	return data, nil
}
