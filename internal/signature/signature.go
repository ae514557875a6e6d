// Package signature makes and reads electronic signatures of every format by one way (package ades):
//
//	Lookup → Prepare → Digest → the card signs it → Complete
//	Lookup → Parse → Verify
//
// A format is a package of its own (internal/cades); this package knows which formats there are, and nothing of a card or a
// message. Whoever adds one adds an entry to formats; the tests of this package then hold it against the contract of
// ades.Prepared and ades.Parsed.
//
// Everything here is safe for concurrent use.
package signature

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
)

// Request says what to sign, and for whom.
type Request struct {
	ades.Signer
	// Documents are what one signature covers: one, but in a container.
	Documents []ades.Document
}

// Format is one form of signatures in one profile.
type Format struct {
	Name    string // as in messages: "cades"
	Profile string // of the Turkish guide on signature profiles: "P1"
	// NeedsContent tells that the documents' content must be at hand, and not their digests alone.
	NeedsContent bool
	// Prepare puts together what is to be signed. A key that the format does not support gives fault.KeyUnsupported.
	Prepare func(Request) (ades.Prepared, error)
	// Parse reads a file with signatures from hostile bytes, within limits of its own; there is one at least. Errors carry one
	// of the codes fault.SignatureMalformed, fault.SignatureAttributes and fault.SignatureAlgorithm.
	Parse func(signed io.ReaderAt, size int64) ([]ades.Parsed, error)
}

// Check reads a signed file again, as whoever gets it would, and refuses one that has no genuine signature with the
// certificate over exactly these documents. What a host has made leaves it only after that.
func (f Format) Check(file ades.Pieces, certificate *x509.Certificate, documents []ades.Document) error {
	if err := file.Check(documents); err != nil {
		return fault.New(fault.Internal, err)
	}
	content := file.Reader(documents)
	all, err := f.Parse(content, content.Size())
	if err != nil {
		return fault.New(fault.Internal, fmt.Errorf("reading what was made: %w", err))
	}
	err = errors.New("no signature with the certificate")
	for _, s := range slices.Backward(all) { // the newest is behind the others
		if !certificate.Equal(s.Claims().Certificate) {
			continue
		}
		if err = s.Verify(documents); err == nil {
			return nil
		}
	}
	return fault.New(fault.Internal, fmt.Errorf("verifying what was made: %w", err))
}

// formats are all that there are.
var formats = []Format{CAdES}

// Lookup returns the format of these names. Others give fault.Unsupported.
func Lookup(name, profile string) (Format, error) {
	for _, f := range formats {
		if f.Name == name && f.Profile == profile {
			return f, nil
		}
	}
	const longest = 20 // characters of a name that came from outside, for the log
	return Format{}, fault.Errorf(fault.Unsupported, "format %.*q, profile %.*q", longest, name, longest, profile)
}
