package service

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/extend"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// maxExtended is the largest file that is extended, in bytes: the answer has it in base64. Documents beside it may be larger.
const maxExtended = maxJSON

// extensionRequest is the body of /v1/extend.
type extensionRequest struct {
	signedFiles
	Level extend.Level `json:"level"`
	// Signature is the only one to extend, by its ID in a report; "" means all.
	Signature string `json:"signature,omitempty"`
}

// extensionAnswer is the file with what was added.
type extensionAnswer struct {
	File    []byte `json:"file"`
	Changed bool   `json:"changed"`
	// Wait is when the level can be reached, by another call with File; nil where it has been.
	Wait   *time.Time            `json:"wait,omitempty"`
	Report *validation.Report    `json:"report"`
	Text   relyingparty.Sentence `json:"text"`
}

// extend makes the signatures of a file last.
func (s *Service) extend(c *call) (answer any, err error) {
	var body extensionRequest
	u, err := c.readUpload(&body)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, u.Close()) }()
	file, documents, err := body.join(u)
	if err != nil {
		return nil, err
	}
	switch {
	case file.Size > maxExtended:
		return nil, tooLarge(file.Size, maxExtended)
	case !slices.Contains(extend.Levels, body.Level):
		return nil, refused(http.StatusBadRequest, fmt.Sprintf("level: want one of %v", extend.Levels))
	}
	data, err := c.dataOf(body.Data)
	if err != nil {
		return nil, err
	}
	// What is read and what is answered are in memory at once.
	if err := c.site.bodies.Acquire(c.r.Context(), maxExtended); err != nil {
		return nil, fmt.Errorf("service: wait for memory: %w", err)
	}
	defer c.site.bodies.Release(maxExtended)
	result, err := c.extend(file, documents, body, data)
	if err != nil {
		return nil, unreadable(err)
	}
	out := extensionAnswer{Changed: result.Changed, Wait: optional(result.Wait), Report: result.After, Text: textOf(result.After)}
	out.File, err = io.ReadAll(io.NewSectionReader(result.File.Reader, 0, result.File.Size))
	return out, err
}

// extend holds a place at the gate, but while authorities are asked.
func (c *call) extend(file formats.Content, documents []formats.Document, body extensionRequest, data validation.Data) (*extend.Result, error) {
	s := c.service
	ctx, cancel := context.WithTimeout(c.r.Context(), extendTimeout)
	defer cancel()
	if err := s.gate.enter(ctx); err != nil {
		return nil, err
	}
	defer s.gate.leave()
	asked := &source{ctx, s.checker, s.lists, s.gate}
	return extend.Extend(ctx, file, documents, body.Level, extend.Options{
		Policy: c.site.policy, Stamp: s.gate.stamper(c.site.stamp), Source: asked, Lists: newLists{asked}, Data: data, Signature: body.Signature,
	})
}

// stamper returns a Stamper that holds no place at the gate while it asks.
func (g gate) stamper(stamp extend.Stamper) extend.Stamper {
	return func(ctx context.Context, hash crypto.Hash, digest []byte) (token []byte, err error) {
		g.outside(func() { token, err = stamp(ctx, hash, digest) })
		return token, err
	}
}

// newLists asks for lists alone, which P2 and P3 want newer than their time stamp: none that was kept will do.
type newLists struct{ *source }

// Revocation implements validation.Source.
func (l newLists) Revocation(subject, _ *x509.Certificate) validation.Data {
	var crls [][]byte
	l.gate.outside(func() { crls, _ = l.checker.FetchCRLs(l.ctx, subject) })
	return validation.Data{CRLs: crls}
}
