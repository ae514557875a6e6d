// Package extend makes signatures last: it adds to a signature the time stamps, certificates and revocation data that a level wants, and
// nothing else (docs/validation.md, "Lasting").
//
// [Extend] knows no format. It validates, refuses what cannot be made to last, tells an [Editor] of the format what to add, and validates
// again: it never returns a file that is worth less than before.
//
// # Errors
//
// They have the codes extend_* of internal/fault: the signature, its data or the moment does not allow the level. Those of a time-stamp
// authority have timestamp_*, and those of a format its own: fault.Unsupported for what it has no place for.
//
// Everything is safe for concurrent use but an Editor, which is for one goroutine.
package extend

import (
	"context"
	"crypto"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/timestamp"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
)

// An Editor adds to one signature of a file. Each step is on top of those before; after an error the editor is of no use. It is
// for one goroutine.
type Editor interface {
	// SignatureTimeStamp adds a time stamp of the signature value.
	SignatureTimeStamp(ctx context.Context, stamp Stamper) error
	// References adds the complete references of the Turkish profiles P3 and P4 to certificates and revocation data: those of the
	// signer's path, without the signer's own certificate. A format that has none gives fault.Unsupported.
	References(data validation.Data) error
	// Values adds those certificates and revocation data that are not there yet.
	Values(data validation.Data) error
	// ArchiveTimeStamp adds a time stamp of everything.
	ArchiveTimeStamp(ctx context.Context, stamp Stamper) error
	// File returns the file with all that was added. What was there before is there byte for byte.
	File() (formats.Content, error)
}

// A Stamper returns a time-stamp token, in DER, over a digest.
type Stamper func(ctx context.Context, hash crypto.Hash, digest []byte) ([]byte, error)

// StamperOf returns a Stamper that asks the authorities of a client.
func StamperOf(c *timestamp.Client) Stamper {
	return func(ctx context.Context, hash crypto.Hash, digest []byte) ([]byte, error) {
		token, err := c.Stamp(ctx, hash, digest)
		if err != nil {
			return nil, err
		}
		return token.DER, nil
	}
}

// Target is the signature that an editor adds to.
type Target struct {
	File formats.Content
	// Documents are what the signatures of the file cover that do not have it inside.
	Documents []formats.Document
	// ID names the signature, as validation.Signature does. It is the same after each step.
	ID string
	// Hash is that of new time stamps and references.
	Hash crypto.Hash
}

// openers open a signature of each format, by the name of validation.Signature.Format.
var openers = map[string]func(Target) (Editor, error){
	"CAdES": openCAdES,
	"JAdES": openJAdES,
	"PAdES": openPAdES,
	"XAdES": openXAdES,
}

// open returns an editor for a signature of a format. A format without one gives fault.Unsupported.
func open(format string, t Target) (Editor, error) {
	opener := openers[format]
	if opener == nil {
		return nil, fault.Errorf(fault.Unsupported, "signatures of format %s", format)
	}
	return opener(t)
}
