package sandbox

import (
	"bytes"
	"crypto"
	_ "crypto/sha1" // registered for crypto.SHA1: the hash most clients put in a CertID
	"encoding/asn1"
	"errors"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"
)

// Limits of an OCSP request.
const (
	maxOCSPRequest = 8 << 10 // bytes of DER
	maxOCSPCerts   = 16      // certificates asked for
	maxNonce       = 128     // octets (RFC 9654, 2.1)
	maxSerial      = 20      // octets (RFC 5280, 4.1.2.2)
)

var (
	errOCSPRequest = errors.New("not an OCSP request")

	oidNonce = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 2}

	// certIDHashes are the hashes a CertID may be made with.
	certIDHashes = []struct {
		id   asn1.ObjectIdentifier
		hash crypto.Hash
	}{
		{asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}, crypto.SHA1},
		{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}, crypto.SHA256},
		{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}, crypto.SHA384},
		{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}, crypto.SHA512},
	}
)

// ocspRequest is what a client asks (RFC 6960, 4.1.1). A request's signature is not looked at.
type ocspRequest struct {
	certificates []certID
	nonce        []byte // nil when there is none
}

// certID names a certificate. raw is its DER, to be given back as it came.
type certID struct {
	raw      []byte
	hash     crypto.Hash // 0 when it is none of certIDHashes
	nameHash []byte
	keyHash  []byte
	serial   *big.Int
}

// parseOCSPRequest is strict: DER only, no rest, at most one nonce, limits as above.
func parseOCSPRequest(request []byte) (*ocspRequest, error) {
	if len(request) > maxOCSPRequest {
		return nil, errOCSPRequest
	}
	input := cryptobyte.String(request)
	var outer, tbs, list cryptobyte.String
	if !input.ReadASN1(&outer, der.SEQUENCE) || !input.Empty() || !outer.ReadASN1(&tbs, der.SEQUENCE) {
		return nil, errOCSPRequest
	}
	if !outer.SkipOptionalASN1(der.Tag(0).ContextSpecific().Constructed()) || !outer.Empty() {
		return nil, errOCSPRequest
	}
	// version, whose only value is the default that DER leaves out, and requestorName
	if tbs.PeekASN1Tag(der.Tag(0).ContextSpecific().Constructed()) ||
		!tbs.SkipOptionalASN1(der.Tag(1).ContextSpecific().Constructed()) ||
		!tbs.ReadASN1(&list, der.SEQUENCE) || list.Empty() {
		return nil, errOCSPRequest
	}
	parsed := &ocspRequest{}
	for !list.Empty() {
		id, ok := readRequest(&list)
		if !ok || len(parsed.certificates) == maxOCSPCerts {
			return nil, errOCSPRequest
		}
		parsed.certificates = append(parsed.certificates, id)
	}
	var ok bool
	if parsed.nonce, ok = readNonce(&tbs); !ok || !tbs.Empty() {
		return nil, errOCSPRequest
	}
	return parsed, nil
}

// readRequest reads one Request; its extensions mean nothing here.
func readRequest(list *cryptobyte.String) (certID, bool) {
	var request, raw, fields, algorithm, nameHash, keyHash, parameters cryptobyte.String
	var hashID asn1.ObjectIdentifier
	serial := new(big.Int)
	if !list.ReadASN1(&request, der.SEQUENCE) || !request.ReadASN1Element(&raw, der.SEQUENCE) ||
		!request.SkipOptionalASN1(der.Tag(0).ContextSpecific().Constructed()) || !request.Empty() {
		return certID{}, false
	}
	id := certID{raw: raw}
	if !raw.ReadASN1(&fields, der.SEQUENCE) || !fields.ReadASN1(&algorithm, der.SEQUENCE) ||
		!algorithm.ReadASN1ObjectIdentifier(&hashID) ||
		!fields.ReadASN1(&nameHash, der.OCTET_STRING) || !fields.ReadASN1(&keyHash, der.OCTET_STRING) ||
		!fields.ReadASN1Integer(serial) || !fields.Empty() || len(serial.Bytes()) > maxSerial {
		return certID{}, false
	}
	if !algorithm.Empty() && (!algorithm.ReadASN1(&parameters, der.NULL) || !parameters.Empty() || !algorithm.Empty()) {
		return certID{}, false
	}
	for _, known := range certIDHashes {
		if known.id.Equal(hashID) {
			id.hash = known.hash
		}
	}
	id.nameHash, id.keyHash, id.serial = nameHash, keyHash, serial
	return id, true
}

// readNonce reads requestExtensions. Extensions other than the nonce are passed over unless critical.
func readNonce(tbs *cryptobyte.String) (nonce []byte, ok bool) {
	var wrapper, extensions cryptobyte.String
	var present bool
	if !tbs.ReadOptionalASN1(&wrapper, &present, der.Tag(2).ContextSpecific().Constructed()) {
		return nil, false
	}
	if !present {
		return nil, true
	}
	if !wrapper.ReadASN1(&extensions, der.SEQUENCE) || !wrapper.Empty() || extensions.Empty() {
		return nil, false
	}
	for !extensions.Empty() {
		var extension, value, octets cryptobyte.String
		var id asn1.ObjectIdentifier
		critical := false
		if !extensions.ReadASN1(&extension, der.SEQUENCE) || !extension.ReadASN1ObjectIdentifier(&id) ||
			extension.PeekASN1Tag(der.BOOLEAN) && !extension.ReadASN1Boolean(&critical) ||
			!extension.ReadASN1(&value, der.OCTET_STRING) || !extension.Empty() {
			return nil, false
		}
		if !id.Equal(oidNonce) {
			if critical {
				return nil, false
			}
			continue
		}
		if nonce != nil || !value.ReadASN1(&octets, der.OCTET_STRING) || !value.Empty() ||
			len(octets) == 0 || len(octets) > maxNonce {
			return nil, false
		}
		nonce = bytes.Clone(octets)
	}
	return nonce, true
}
