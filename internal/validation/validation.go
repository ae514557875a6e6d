// Package validation judges signatures of anybody, made at any time, by EN 319 102-1 (V1.3.1), and says why in the standard's words
// and in reasons of its own.
//
// The package knows no format: a reader (internal/validation/formats) hands it what a file claims, embeds and covers, as
// [Signature]. It has no clock and no network: the moment, the policy and all data are given to [Validate], so that the same
// file, policy and moment give the same report in ten years.
//
// # The way of a signature
//
//   - basic.go, 5.3: identification of the certificate, cryptographic verification, X.509 validation at the moment, acceptance.
//   - timestamps.go, 5.4: the same for each time stamp, the latest first. One that has passed is a proof of existence (poe.go) of
//     what it covers.
//   - lasting.go, 5.5: what basic validation could not accept at the moment is judged at the proven time.
//   - past.go, 5.6.2: where the certificates themselves have expired or been revoked since, the moment slides back over
//     what was known then.
//
// # Nothing invalid is called valid
//
// A signature is TOTAL-PASSED only if every block has passed. What a reader or a block does not know is INDETERMINATE with its
// reason. One order differs from the standard's: whether the signature verifies is asked before the path of its certificate, so that a
// changed document is TOTAL-FAILED, and not INDETERMINATE for want of an anchor.
//
// Everything is safe for concurrent use.
package validation

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"time"

	"github.com/e-onay/e-onay/internal/timestamp"
)

// Signature is one signature as its reader has found it. Nothing in it is believed yet.
type Signature struct {
	// ID names it in its file: "1" is the first, "1.2" its second counter-signature.
	ID string
	// Format is "CAdES", "PAdES", "XAdES" or "JAdES".
	Format string
	// Malformed is why the signature breaks the rules of its format; nil where it does not (5.2.2).
	Malformed *Conclusion
	// Level and Form say what the signature has, and nothing of whether it is good: "B", "T", "LT", "LTA" of the standard of baseline
	// signatures, or "" for none of them; and "BES", "EPES", "T", "C", "X", "XL", "A" of that of extended ones, or "".
	Level, Form string

	// Names reports whether a certificate is the one that the signature names as its signer's; nil where it names none.
	Names func(*x509.Certificate) bool
	// References are the certificates of signing-certificate attributes, the signer's first.
	References []CertificateReference
	// Verify verifies the signature with the key of a certificate over everything that it covers.
	Verify func(*x509.Certificate) Conclusion
	// Algorithms are those by which it covers its content and names its certificate; the key's are not among them.
	Algorithms []Algorithm
	// Value identifies the signature value.
	Value Object

	// Claimed is the signer's own signing time; zero where none is claimed.
	Claimed time.Time
	// Policy is the signature policy that is named; nil where none is.
	Policy *SignaturePolicy
	// Attributes are those that levels and rules ask for.
	Attributes Attributes
	// TimeStamps are all of the signature, in no order.
	TimeStamps []*TimeStamp
	// Covers says what the signature is over.
	Covers Coverage

	// Data is what is embedded in the signature, its time stamps excepted.
	Data Data
	// CounterSignatures are signatures of this one's value.
	CounterSignatures []*Signature
}

// CertificateReference names a certificate by its digest (ESSCertID, ESSCertIDv2; CertID of XAdES).
type CertificateReference struct {
	Hash   crypto.Hash
	Digest []byte
	// Names compares issuer and serial number; nil where the reference has none.
	Names func(*x509.Certificate) bool
}

// matches reports whether c is the certificate that the reference is of.
func (r CertificateReference) matches(c *x509.Certificate) bool {
	h := r.Hash.New()
	h.Write(c.Raw)
	return string(h.Sum(nil)) == string(r.Digest) && (r.Names == nil || r.Names(c))
}

// SignaturePolicy is a signature policy as a signature names it.
type SignaturePolicy struct {
	OID     asn1.ObjectIdentifier
	Implied bool // by what is signed; then there is nothing else
	Hash    crypto.Hash
	Digest  []byte
	URI     string // SPuri; "" where there is none
}

// Attributes says which parts a signature has, beside its time stamps. Their names are those of EN 319 122-1.
type Attributes struct {
	ContentType            bool
	SigningTime            bool
	SigningCertificate     bool // of version 1 (SHA-1)
	SigningCertificateV2   bool
	MessageDigest          bool
	CertificateEmbedded    bool // the signer's
	CompleteCertificates   bool // complete-certificate-references
	CompleteRevocations    bool // complete-revocation-references
	CertificateValues      bool
	RevocationValues       bool
	RevocationsInContainer bool     // SignedData.crls, or DSS of a PDF
	EvidenceRecords        bool     // that were not judged
	EmbeddedRecords        bool     // in attributes, all of the kind for the content, attached or detached, and judged
	Unknown                []string // signed attributes whose meaning is not known
}

// Coverage says what a signature is over.
type Coverage struct {
	// Content is "attached", "detached", "container" for files beside it in a container, "revision" for a revision of a PDF, "element" for a part of the XML document that the signature
	// stands in, or "signature" for a counter-signature.
	Content string
	// Size is that of the content in bytes; -1 where it is not known.
	Size int64
	// Hash and Digest are of the content; Digest is nil where the content is not at hand.
	Hash   crypto.Hash
	Digest []byte
	// Parts are what a signature over several things covers, in its own order: files of a container, elements of an XML document. Size, Hash
	// and Digest above are then those of the only one, or -1 and nothing.
	Parts []Part
	// Uncovered are the files of its container that the signature says nothing of.
	Uncovered []string
	// Revision is the place of the revision that is signed, from 1 on, and Revisions how many the PDF has; 0 elsewhere.
	Revision, Revisions int
	// Later says what later revisions have done; "" elsewhere, and where there are none. LaterDetail is the first change that is not
	// permitted, in English, for whoever looks into it.
	Later       LaterChanges
	LaterDetail string
}

// Part is one of the things that a signature covers. Its name comes from the file, and is fit to be shown.
type Part struct {
	Name   string
	Size   int64 // in bytes; -1 where it is not at hand
	Hash   crypto.Hash
	Digest []byte // nil where it is not at hand
}

// LaterChanges is what the revisions after a signed one have done to a PDF.
type LaterChanges string

// What later revisions may have done.
const (
	LaterSigned  LaterChanges = "signed"  // signatures, time stamps, validation data
	LaterFilled  LaterChanges = "filled"  // fields of forms or annotations, too
	LaterChanged LaterChanges = "changed" // what the pages show, or what cannot be told
)

// Data are certificates and revocation data. Nothing in it is believed.
type Data struct {
	Certificates []*x509.Certificate
	CRLs, OCSPs  [][]byte
}

// Object identifies bytes whose existence can be proven: it is their SHA-256.
type Object [sha256.Size]byte

// ObjectOf identifies data.
func ObjectOf(data []byte) Object { return sha256.Sum256(data) }

// StampKind is what a time stamp is of.
type StampKind string

const (
	ContentStamp    StampKind = "content"    // what is signed, made before the signature
	SignatureStamp  StampKind = "signature"  // the signature value
	ReferencesStamp StampKind = "references" // the references of a C form, with the signature or without
	ArchiveStamp    StampKind = "archive"    // everything
)

// TimeStamp is one time stamp of a signature.
type TimeStamp struct {
	Kind StampKind
	// Name is the format's word for it: "archive-time-stamp-v3".
	Name string
	// Token is nil where it could not be read; then Problem says why.
	Token *timestamp.Token
	// Problem is why the time stamp proves nothing whatever it says: it cannot be read, or is of a kind whose
	// imprint this project cannot compute.
	Problem *Conclusion
	// Data is what the token embeds.
	Data Data
	// Hashes are those by which it covers objects beside its imprint, as in a hash index.
	Hashes []crypto.Hash
	// Imprint returns the digest of what the time stamp must cover, or several of which one will do, where programs do not agree.
	Imprint func(crypto.Hash) ([][]byte, error)
	// Covers are the objects whose existence it proves.
	Covers []Object
	// Incomplete says that it leaves something out that its kind is to cover; what it covers is proven all the same.
	Incomplete []Reason
}

// Input is what Validate judges, and by what.
type Input struct {
	Signatures []*Signature
	Policy     *Policy
	// Moment is the time of validation: the present, or any other.
	Moment time.Time
	// Data is at hand beside what the signatures embed.
	Data Data
	// Source is asked for revocation data where none at hand will do; nil asks nobody.
	Source Source
}

// Source gets revocation data on a certificate, from wherever: OCSP responses and CRLs, in DER. Nothing of it is believed before it is
// verified.
type Source interface {
	Revocation(subject, issuer *x509.Certificate) Data
}

// Validate judges all signatures, counter-signatures among them.
func Validate(in Input) *Report {
	report := &Report{Moment: in.Moment.UTC(), Policy: in.Policy.Name}
	p := newPool(in)
	for _, s := range in.Signatures {
		report.Signatures = append(report.Signatures, p.signature(s, nil))
	}
	return report
}
