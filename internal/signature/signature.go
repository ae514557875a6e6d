// Package signature makes and reads electronic signatures of every format by one way:
//
//	Lookup → Prepare → Digest → the card signs it → Complete
//	Lookup → Parse → Verify
//
// A format is a package of its own (internal/cades); this package knows which formats there are, and nothing of a card or a
// message. Whoever adds one adds an entry to formats; the tests of this package then hold it against the contract below.
//
// Everything here is safe for concurrent use.
package signature

import (
	"crypto"
	"crypto/x509"
	"time"

	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/fault"
)

// Request says what to sign, and for whom.
type Request struct {
	// Certificate is the signer's.
	Certificate *x509.Certificate
	// Chain is embedded beside Certificate; it may be empty. At most 15 certificates.
	Chain []*x509.Certificate
	// Hash is what the card is given digests of, and that of ContentDigest: SHA-256, SHA-384 or SHA-512.
	Hash crypto.Hash
	// PSS asks for RSASSA-PSS where the key is one for RSA, for cards that make no other signature.
	PSS bool
	// ContentDigest is the digest of the detached content.
	ContentDigest []byte
	// SigningTime is the claimed time of signing, from 1950 to 9999, written in whole seconds of UTC.
	SigningTime time.Time
}

// Prepared is a signature that lacks only the card's part. It does not change.
type Prepared interface {
	// Digest returns what the card signs; Request.Hash has made it.
	Digest() []byte
	// Complete returns the whole signature, made with the card's: for RSA a PKCS #1 v1.5 block, or with Request.PSS one of
	// RSASSA-PSS, for ECDSA the DER encoding of ECDSA-Sig-Value. A card's signature that does not verify with the
	// certificate's key gives fault.TokenError.
	Complete(cardSignature []byte) ([]byte, error)
}

// Parsed is a signature whose form has been checked. Only Verify says that it is genuine.
type Parsed interface {
	Claims() Claims
	// Verify checks the signature over the detached content, and every signed attribute. It gives fault.SignatureInvalid
	// where it does not verify over these bytes.
	Verify(content []byte) error
}

// Claims is what a signature says of itself.
type Claims struct {
	// Certificate is the signer's: the one that the signature names.
	Certificate *x509.Certificate
	// Certificates are all that are embedded. The signature binds none but Certificate; they are material for a path.
	Certificates []*x509.Certificate
	// SigningTime is what the signer claims, in UTC and whole seconds.
	SigningTime time.Time
	// Hash is that of the content, and Digest the signed digest of it, which Verify compares.
	Hash   crypto.Hash
	Digest []byte
	// Algorithm is key type and hash together.
	Algorithm x509.SignatureAlgorithm
}

// Format is one form of signatures in one profile.
type Format struct {
	Name    string // as in messages: "cades"
	Profile string // of the Turkish guide on signature profiles: "P1"
	// Prepare puts together what is to be signed. A key that the format does not support gives fault.KeyUnsupported.
	Prepare func(Request) (Prepared, error)
	// Parse reads a signature from hostile bytes, within limits of its own. Errors carry one of the codes
	// fault.SignatureMalformed, fault.SignatureAttributes and fault.SignatureAlgorithm.
	Parse func([]byte) (Parsed, error)
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

// HashFor returns the hash that matches the strength of a key: SHA-256, SHA-384 or SHA-512. A key that no format supports
// gives fault.KeyUnsupported.
func HashFor(key crypto.PublicKey) (crypto.Hash, error) { return cades.HashFor(key) }
