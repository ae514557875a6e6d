// Package xmldsig reads and checks signatures of XML (XML Signature Syntax and Processing 1.1, here "XMLDSig").
//
// It knows few of the many forms, and refuses the others by name: references to the whole document, to an element by its
// identifier, or to another file; the transforms enveloped-signature, Canonical XML 1.0 and Exclusive XML Canonicalization
// 1.0, each with or without comments, and base64; SHA-256, SHA-384 and SHA-512; RSA (PKCS #1 v1.5 and PSS) and ECDSA.
// A reference to an identifier points at the one element that has it, or at nothing.
//
// What must be so for a signature to be an advanced one, the certificate first of all, is for internal/xades.
//
// Errors carry fault.SignatureMalformed, fault.SignatureAlgorithm or, where something does not verify, fault.SignatureInvalid.
package xmldsig

import (
	"encoding/base64"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// Namespaces of XMLDSig 1.0 and of what 1.1 added.
const (
	Namespace   = "http://www.w3.org/2000/09/xmldsig#"
	Namespace11 = "http://www.w3.org/2009/xmldsig11#"
)

// Limits on one signature. Each reference within the document costs a pass over it.
const (
	MaxReferences   = 1024
	maxSameDocument = 8
	maxValue        = 1 << 10 // bytes of a signature value
)

func malformed(format string, args ...any) error {
	return fault.Errorf(fault.SignatureMalformed, format, args...)
}

func unsupported(format string, args ...any) error {
	return fault.Errorf(fault.SignatureAlgorithm, format, args...)
}

// DecodeBase64 decodes base64 in the one form that all readers agree on (RFC 4648, 4, with padding and without stray
// bits), in which white space may stand.
func DecodeBase64(text string) ([]byte, error) {
	data, err := base64.StdEncoding.Strict().DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil, malformed("base64: %w", err)
	}
	return data, nil
}

// Base64Leaf decodes the text of an element, which has nothing else in it.
func Base64Leaf(n *xmltree.Node) ([]byte, error) {
	text, ok := n.Leaf()
	if !ok {
		return nil, malformed("%s is not text alone", n.Local)
	}
	return DecodeBase64(text)
}
