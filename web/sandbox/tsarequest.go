package sandbox

import (
	"crypto"
	"encoding/asn1"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"
)

// Limits of a request for a time stamp.
const (
	maxTSARequest = 4 << 10 // bytes of DER
	maxTSANonce   = 32      // octets
)

// tsaFailure is a bit of PKIFailureInfo (RFC 3161, 2.4.2).
type tsaFailure int

const (
	tsaBadAlgorithm        tsaFailure = 0
	tsaBadRequest          tsaFailure = 2
	tsaBadDataFormat       tsaFailure = 5
	tsaTimeNotAvailable    tsaFailure = 14
	tsaUnacceptedPolicy    tsaFailure = 15
	tsaUnacceptedExtension tsaFailure = 16
	tsaSystemFailure       tsaFailure = 25
	tsaNoFailure           tsaFailure = -1
)

// tsaRequest is a TimeStampReq (RFC 3161, 2.4.1).
type tsaRequest struct {
	imprint     []byte // MessageImprint in DER, to be given back as it came
	nonce       *big.Int
	certificate bool
}

// parseTSARequest is strict: DER only, no rest, no extensions, a hash that counts today, limits as above.
func parseTSARequest(request []byte) (*tsaRequest, tsaFailure) {
	input := cryptobyte.String(request)
	var fields, imprint cryptobyte.String
	var version int
	if len(request) > maxTSARequest || !input.ReadASN1(&fields, der.SEQUENCE) || !input.Empty() ||
		!fields.ReadASN1Integer(&version) || !fields.ReadASN1Element(&imprint, der.SEQUENCE) {
		return nil, tsaBadDataFormat
	}
	if version != 1 {
		return nil, tsaBadRequest
	}
	if failure := checkImprint(imprint); failure != tsaNoFailure {
		return nil, failure
	}
	parsed := &tsaRequest{imprint: imprint}
	if fields.PeekASN1Tag(der.OBJECT_IDENTIFIER) {
		var policy asn1.ObjectIdentifier
		if !fields.ReadASN1ObjectIdentifier(&policy) {
			return nil, tsaBadDataFormat
		}
		if !policy.Equal(oidStampPolicy) {
			return nil, tsaUnacceptedPolicy
		}
	}
	if fields.PeekASN1Tag(der.INTEGER) {
		parsed.nonce = new(big.Int)
		if !fields.ReadASN1Integer(parsed.nonce) || len(parsed.nonce.Bytes()) > maxTSANonce {
			return nil, tsaBadDataFormat
		}
	}
	if fields.PeekASN1Tag(der.BOOLEAN) && !fields.ReadASN1Boolean(&parsed.certificate) {
		return nil, tsaBadDataFormat
	}
	switch {
	case fields.PeekASN1Tag(der.Tag(0).ContextSpecific().Constructed()):
		return nil, tsaUnacceptedExtension
	case !fields.Empty():
		return nil, tsaBadDataFormat
	}
	return parsed, tsaNoFailure
}

// checkImprint accepts digests of SHA-2 of their length.
func checkImprint(imprint cryptobyte.String) tsaFailure {
	var fields, algorithm, digest, parameters cryptobyte.String
	var id asn1.ObjectIdentifier
	if !imprint.ReadASN1(&fields, der.SEQUENCE) || !fields.ReadASN1(&algorithm, der.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&id) ||
		!fields.ReadASN1(&digest, der.OCTET_STRING) || !fields.Empty() {
		return tsaBadDataFormat
	}
	if !algorithm.Empty() && (!algorithm.ReadASN1(&parameters, der.NULL) || !parameters.Empty() || !algorithm.Empty()) {
		return tsaBadAlgorithm
	}
	for _, known := range certIDHashes {
		if known.id.Equal(id) && known.hash != crypto.SHA1 {
			if len(digest) != known.hash.Size() {
				return tsaBadDataFormat
			}
			return tsaNoFailure
		}
	}
	return tsaBadAlgorithm
}
