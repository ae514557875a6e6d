// Package xades makes and reads XML signatures with the properties of XAdES: ETSI EN 319 132-1, baseline level B, and the forms
// of XAdES-BES and XAdES-EPES (ETSI TS 101 903 v1.4.2) that the Turkish sites of e-Fatura and e-Reçete take.
//
// # Where a signature stands
//
// Enveloped, it is put into the XML that it signs, all of it or one element. Every byte of that XML stays as it was: the signature
// is inserted between two of them. (An empty-element tag where it goes becomes a start tag and an end tag.) Enveloping, it carries
// the document as base64. Detached, it names one or more files, and has their digests.
//
// # Several signatures
//
// A further signature is put beside those that are there only where none of these covers the place. One over the whole document
// leaves nothing but itself out, so that it would break if another one came after it: such a document is refused with
// fault.XMLSigned before anybody signs.
//
// # Who may trust what
//
// [Prepare] distrusts the document, the certificates and the card: what it is about to have signed it reads by the rules of
// [Parse], and the card's answer is verified. [Parse] and [Signature.Verify] trust nothing. They say that the holder of the key in
// the certificate signed what the signature covers, with that certificate; whether the certificate is to be believed is for
// internal/pki and internal/revocation. Signed properties that this package does not know are refused, since they may narrow what
// was signed. Unsigned ones (time stamps, revocation data) are named and not judged; a counter-signature among them is refused, since
// it looks as if it was part of what holds.
//
// Functions are safe for concurrent use.
package xades

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// Limits on sizes, in bytes. Files that a detached signature names may have any.
const (
	// MaxDocument is the largest document that a signature is put into, or that it carries.
	MaxDocument = 10 << 20
	// MaxSize is the largest signed XML.
	MaxSize = xmltree.MaxSize
)

// Limits on what is read, beside those of internal/xmldsig and internal/xmltree.
const (
	maxSignatures   = 32
	maxCertificates = 16
	maxText         = 1 << 10 // bytes of a role, name or address
)

// Namespaces and types (EN 319 132-1, 4.2).
const (
	Namespace            = "http://uri.etsi.org/01903/v1.3.2#"
	signedPropertiesType = "http://uri.etsi.org/01903#SignedProperties"

	objectType   = xmldsig.Namespace + "Object" // XMLDSig 1.1, 4.4.3
	manifestType = xmldsig.Namespace + "Manifest"

	containerNamespace = "http://uri.etsi.org/02918/v1.2.1#" // of ASiC (EN 319 162-1, annex A)
)

// Form says where a signature stands.
type Form int

// Forms of signatures.
const (
	// Enveloped: one XML document, in which the signature is inserted.
	Enveloped Form = iota
	// Enveloping: one document of any kind, which the signature carries as base64.
	Enveloping
	// Detached: documents of any kind, named by their names. The content need not be at hand.
	Detached
)

// Dialect says how a signature is written.
type Dialect int

// Dialects of signatures.
const (
	// Baseline is EN 319 132-1, level B: exclusive canonicalization, SigningCertificateV2, DataObjectFormat.
	Baseline Dialect = iota
	// UBLTR is what e-Fatura and its relatives take: Enveloped, in UBLExtensions (of a report of e-Arşiv, in its heading), inclusive
	// canonicalization with comments, SigningCertificate, the role "Supplier".
	UBLTR
	// EPrescription is what e-Reçete takes: Enveloping, inclusive canonicalization, SigningCertificate.
	EPrescription
)

// Options say which of the forms is made. The zero value is Enveloped and Baseline.
type Options struct {
	Form    Form
	Dialect Dialect
	// Element is the identifier of the one element that is signed, and into which the signature is put; "" for the whole
	// document. Only of Enveloped with Baseline.
	Element string
	// DigestObject has the digest of an enveloping signature made over the canonical ds:Object. Otherwise it is made over the
	// document, with the transform base64. Which of them Medula wants is not established.
	DigestObject bool
	// Role is what the signer claims to be; "" for none, and "Supplier" with UBLTR.
	Role string
	// Container puts a detached signature into the root of a signature file of ASiC (EN 319 162-1).
	Container bool
}

func malformed(format string, args ...any) error {
	return fault.Errorf(fault.SignatureMalformed, format, args...)
}

func badProperty(format string, args ...any) error {
	return fault.Errorf(fault.SignatureAttributes, format, args...)
}

func invalid(format string, args ...any) error {
	return fault.Errorf(fault.SignatureInvalid, format, args...)
}
