// Package jades makes and reads JAdES signatures: JWS (RFC 7515) with the header parameters of JAdES baseline-B (ETSI TS 119 182-1
// V1.2.1, clause 6.3).
//
// # What a signature holds
//
// The protected header has alg, iat (the claimed signing time; clause 5.1.11), x5c with the signer's certificate first, and its digest:
// x5t#S256 where the hash is SHA-256, and otherwise x5t#o. A signature policy stands in sigPId. The payload is the document,
// or sigD names documents that are elsewhere, by the mechanism ObjectIdByURIHash: their names and digests, of the very
// bytes (b64 is false). There is no unprotected header, so that every byte is signed.
//
// # What is read
//
// The same, and nothing else: compact, flattened and general serialisation; also sigT in place of iat, sigX5ts in place of x5t, kid
// and typ, which other programs write, and digests of the base64url text where b64 is absent. JSON has each member once,
// under its exact name; base64url has one form. What the header has besides is refused: it may say something that this
// package does not know.
//
// # Algorithms
//
// ES256, ES384 and ES512, each with its curve; RS256, RS384, RS512, PS256, PS384 and PS512 with keys of 2048 to 8192 bits.
//
// Functions are safe for concurrent use; a [Signature] must not be changed while it is used.
package jades

import (
	"encoding/base64"
	"errors"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
)

// Limits, in bytes unless they say otherwise.
const (
	// MaxPayload is the largest document that a signature holds. It is in memory, as base64url. Larger ones are detached.
	MaxPayload = 10 << 20
	// MaxFile is the largest file of signatures that is read.
	MaxFile = 16 << 20
	// MaxDocuments is how many documents a detached signature covers, and maxName how long the name of one is.
	MaxDocuments = 1000
	maxName      = 1024

	maxHeader       = 1 << 20 // of one protected header
	maxSignature    = 1024    // of one signature value: RSA of 8192 bits
	maxSignatures   = 32      // signatures in one file
	maxCertificates = 16      // certificates in one x5c
	maxText         = 1024    // of a media type, a key identifier, a policy's address
)

// URIs of TS 119 182-1.
const (
	objectIDByURIHash = "http://uri.etsi.org/19182/ObjectIdByURIHash" // 5.2.8.3.3
	urnOID            = "urn:oid:"                                    // RFC 3061
)

func malformed(format string, args ...any) error {
	return fault.Errorf(fault.SignatureMalformed, format, args...)
}

func badAttribute(format string, args ...any) error {
	return fault.Errorf(fault.SignatureAttributes, format, args...)
}

// base64url is that of RFC 7515, 2: without padding.
var base64url = base64.RawURLEncoding.Strict()

// decode decodes one of the two kinds of base64, of which text must be the one form. Decoders pass over line ends.
func decode(encoding *base64.Encoding, text string, limit int) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, errors.New("a line end in base64")
	}
	if len(text) > encoding.EncodedLen(limit) {
		return nil, errors.New("base64 that is too long")
	}
	return encoding.DecodeString(text)
}
