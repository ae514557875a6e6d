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
	"io"

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
	// Prepare puts together what is to be signed. A key that the format does not support gives fault.KeyUnsupported.
	Prepare func(Request) (ades.Prepared, error)
	// Parse reads a file with signatures from hostile bytes, within limits of its own; there is one at least. Errors carry one
	// of the codes fault.SignatureMalformed, fault.SignatureAttributes and fault.SignatureAlgorithm.
	Parse func(signed io.ReaderAt, size int64) ([]ades.Parsed, error)
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
