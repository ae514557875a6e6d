// Package signature makes and reads electronic signatures of every format by one way (package ades):
//
//	Lookup → Prepare → Digest → the card signs it → Complete → Check
//	Lookup → Parse → Verify
//
// A format is a package of its own (internal/cades …); this package knows which formats there are, and nothing of a card or a
// message. Whoever adds one adds an entry to formats; the tests of this package then hold it against the contract of
// ades.Prepared and ades.Parsed.
//
// Everything here is safe for concurrent use.
package signature

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/asic"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/eyp"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/jades"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/xades"
)

// Request says what to sign, and for whom.
type Request struct {
	ades.Signer
	// Documents are what one signature covers: one, but where the form takes several.
	Documents []ades.Document
	Options   Options
}

// Options say what to make of the documents. Those of the format alone count; the zero value is each format's usual form.
type Options struct {
	CAdES cades.Options
	PAdES pades.Options
	XAdES xades.Options
	ASiC  asic.Options
	JAdES jades.Options
	EYP   eyp.Options
}

// Format is a family of signatures in one profile.
type Format struct {
	Name    string       // as in messages: "cades"
	Profile ades.Profile // of the Turkish guide on signature profiles
	// Prepare puts together what is to be signed. A key that the format does not support gives fault.KeyUnsupported.
	Prepare func(Request) (ades.Prepared, error)
	// Parse reads a file with signatures from hostile bytes, within limits of its own; there is one at least. Errors carry one
	// of the codes fault.SignatureMalformed, fault.SignatureAttributes and fault.SignatureAlgorithm, or of the kind of file.
	Parse func(signed io.ReaderAt, size int64) ([]ades.Parsed, error)
	// reread is for a format with forms that verify does not tell; nil for others.
	reread func(f Format, r Request, signed io.ReaderAt, size int64) error
}

// formats are all that there are.
var formats = []Format{
	{Name: "cades", Prepare: prepareCAdES, Parse: parse(cades.ParseFile), reread: rereadCAdES},
	{Name: "pades", Prepare: prepare(pades.Prepare, func(o Options) pades.Options { return o.PAdES }), Parse: parse(pades.Parse)},
	{Name: "xades", Prepare: prepare(xades.Prepare, func(o Options) xades.Options { return o.XAdES }), Parse: parse(xades.Parse), reread: rereadXAdES},
	{Name: "asic", Prepare: prepare(asic.Prepare, func(o Options) asic.Options { return o.ASiC }), Parse: parse(asic.Parse), reread: rereadASiC},
	{Name: "jades", Prepare: prepare(jades.Prepare, func(o Options) jades.Options { return o.JAdES }), Parse: parse(jades.Parse)},
	{Name: "eyp", Prepare: prepare(eyp.Prepare, func(o Options) eyp.Options { return o.EYP }), Parse: parse(eyp.Parse)},
}

// Lookup returns the format of these names. Others give fault.Unsupported. Which profiles go with which form is for whoever
// asks (protocol.FormRules).
func Lookup(name, profile string) (Format, error) {
	i := slices.IndexFunc(formats, func(f Format) bool { return f.Name == name })
	p, ok := ades.LookupProfile(profile)
	if i < 0 || !ok {
		const longest = 20 // characters of a name that came from outside, for the log
		return Format{}, fault.Errorf(fault.Unsupported, "format %.*q, profile %.*q", longest, name, longest, profile)
	}
	f := formats[i]
	f.Profile = p
	prepare := f.Prepare
	f.Prepare = func(r Request) (ades.Prepared, error) {
		r.Policy = p.Policy
		prepared, err := prepare(r)
		return prepared, ofFile(err)
	}
	return f, nil
}

// ofFile gives what is wrong with signatures that a document has already a code that speaks of the document: nobody has made
// a signature yet.
func ofFile(err error) error {
	switch fault.CodeOf(err) {
	case fault.SignatureMalformed, fault.SignatureAttributes, fault.SignatureAlgorithm:
		return fault.New(fault.ContainerMalformed, err)
	case fault.SignatureInvalid:
		return fault.New(fault.SignedFileInvalid, err)
	}
	return err
}

// Check reads a signed file again, as whoever gets it would, and refuses one that has no genuine signature of this profile, with
// the certificate, over exactly these documents. What a host has made leaves it only after that.
func (f Format) Check(file ades.Pieces, r Request) error {
	if err := file.Check(r.Documents); err != nil {
		return fault.New(fault.Internal, err)
	}
	reread := f.reread
	if reread == nil {
		reread = verify
	}
	signed := file.Reader(r.Documents)
	if err := reread(f, r, signed, signed.Size()); err != nil {
		return fault.New(fault.Internal, fmt.Errorf("reading what was made: %w", err))
	}
	return nil
}

// verify looks for a genuine signature with the certificate over the documents.
func verify(f Format, r Request, signed io.ReaderAt, size int64) error {
	all, err := f.Parse(signed, size)
	if err != nil {
		return err
	}
	err = errors.New("no signature with the certificate")
	for _, s := range slices.Backward(all) { // the newest is behind the others
		claims := s.Claims()
		if !r.Certificate.Equal(claims.Certificate) || !f.Profile.Accepts(claims.Policy) {
			continue
		}
		if err = s.Verify(r.Documents); err == nil {
			return nil
		}
	}
	return err
}

// prepare is a format's Prepare with its own options.
func prepare[O any](prepare func(ades.Signer, []ades.Document, O) (ades.Prepared, error), own func(Options) O) func(Request) (ades.Prepared, error) {
	return func(r Request) (ades.Prepared, error) { return prepare(r.Signer, r.Documents, own(r.Options)) }
}

// parse is a format's Parse for signatures of any kind.
func parse[S ades.Parsed](parse func(io.ReaderAt, int64) ([]S, error)) func(io.ReaderAt, int64) ([]ades.Parsed, error) {
	return func(signed io.ReaderAt, size int64) ([]ades.Parsed, error) {
		all, err := parse(signed, size)
		if err != nil {
			return nil, err
		}
		parsed := make([]ades.Parsed, len(all))
		for i, s := range all {
			parsed[i] = s
		}
		return parsed, nil
	}
}
