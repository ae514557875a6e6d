// Package extend makes signatures last: it adds to a signature the time stamps, certificates and revocation data that a level wants, and
// nothing else (docs/validation.md, "Lasting").
package extend

import (
	"context"
	"crypto"

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
