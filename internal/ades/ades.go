// Package ades has what all formats of advanced electronic signatures have in common: who signs (Signer), what (Document),
// what comes out of it (Pieces), and the two ways through a format:
//
//	Prepare → Digest → the card signs it → Complete
//	Parse → Verify
//
// Each format is a package of its own over this one (internal/cades …), and internal/signature knows them all by their names.
// Nothing here knows a card, a reader or a message. Everything is safe for concurrent use.
package ades

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"time"
)

// MaxChain is how many certificates may be embedded beside the signer's.
const MaxChain = 15

// Signer says who signs, when, by which algorithms and which policy.
type Signer struct {
	// Certificate is the signer's.
	Certificate *x509.Certificate
	// Chain is embedded beside Certificate; it may be empty. At most MaxChain certificates.
	Chain []*x509.Certificate
	// Hash is that of the content and of what the card is given: one of Hashes. HashFor gives the one that fits the key.
	Hash crypto.Hash
	// PSS asks for RSASSA-PSS where the key is one for RSA, for cards that make no other signature.
	PSS bool
	// Time is the claimed time of signing, written in whole seconds.
	Time time.Time
	// Policy is the signature policy that the signature names; nil names none.
	Policy *Policy
}

// Policy is a signature policy as a signature names it: identifier, digest of its document, and where that is (the qualifier
// SPuri, EN 319 122-1, 5.2.9.2).
type Policy struct {
	OID    asn1.ObjectIdentifier
	Hash   crypto.Hash
	Digest []byte
	URI    string // at most 300 bytes of ASCII; "" leaves the qualifier out
}

// Prepared is a signature that lacks only the card's part. It does not change.
type Prepared interface {
	// Digest returns what the card signs; Signer.Hash has made it.
	Digest() []byte
	// Complete returns the whole signature, made with the card's: for RSA a PKCS #1 v1.5 block, or with Signer.PSS one of
	// RSASSA-PSS, for ECDSA the DER encoding of ECDSA-Sig-Value. A card's signature that does not verify with the
	// certificate's key gives fault.TokenError.
	Complete(cardSignature []byte) (Pieces, error)
}

// Parsed is a signature whose form has been checked. Only Verify says that it is genuine.
type Parsed interface {
	Claims() Claims
	// Verify checks that the signature, and everything it covers, is genuine, and that what it covers is exactly these
	// documents. A signature that carries what it covers is also verified without any. Otherwise the error has
	// fault.SignatureInvalid.
	Verify(documents []Document) error
}

// Claims is what a signature says of itself.
type Claims struct {
	// Certificate is the signer's: the one that the signature names.
	Certificate *x509.Certificate
	// Certificates are all that are embedded. The signature binds none but Certificate; they are material for a path.
	Certificates []*x509.Certificate
	// SigningTime is what the signer claims, in UTC and whole seconds.
	SigningTime time.Time
	// Hash is that of the content.
	Hash crypto.Hash
	// Algorithm is key type and hash together.
	Algorithm x509.SignatureAlgorithm
	// Policy is the signature policy that the signature names, or nil.
	Policy *Policy
}
