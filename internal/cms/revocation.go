package cms

import (
	"encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var (
	oidOCSPResponse = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 16, 2}    // id-ri-ocsp-response (RFC 5940, 2)
	oidOCSPBasic    = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1} // id-pkix-ocsp-basic (RFC 6960, 4.2.1)
)

// Revocation returns the revocation data that is embedded (RFC 5652, 10.2.1), in DER and in the order it stands there: lists, and OCSP
// responses (RFC 5940, 2). A response that stands there without its OCSPResponse, as older programs write it, is put into one.
// What is of another form, or not well formed, is left out.
func (d *SignedData) Revocation() (crls, ocsps [][]byte) {
	for _, raw := range d.crls {
		crl, ocsp := ReadRevocation(raw)
		if crl != nil {
			crls = append(crls, crl)
		}
		if ocsp != nil {
			ocsps = append(ocsps, ocsp)
		}
	}
	return crls, ocsps
}

// readOtherRevocation returns the OCSPResponse in OtherRevocationInfoFormat (RFC 5652, 10.2.1); nil for what is no OCSP response.
func readOtherRevocation(der cryptobyte.String) []byte {
	var format, value cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !der.ReadASN1(&format, cbasn1.Tag(tagContext1)) || !format.ReadASN1ObjectIdentifier(&oid) ||
		!format.ReadASN1Element(&value, cbasn1.SEQUENCE) || !format.Empty() {
		return nil
	}
	switch {
	case oid.Equal(oidOCSPResponse):
		return value
	case oid.Equal(oidOCSPBasic):
		return OCSPResponse(value)
	}
	return nil
}

// OCSPRevocation puts an OCSPResponse into a RevocationInfoChoice (RFC 5940, 2).
func OCSPRevocation(response []byte) []byte {
	return element(tagContext1, oidDER(oidOCSPResponse), response)
}

// BasicOCSPResponse returns the BasicOCSPResponse in an OCSPResponse (RFC 6960, 4.2.1), in DER. Errors have fault.SignatureMalformed.
func BasicOCSPResponse(response []byte) ([]byte, error) {
	input := cryptobyte.String(response)
	var all, status, explicit, inside, basic cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !input.ReadASN1(&all, cbasn1.SEQUENCE) || !input.Empty() || !all.ReadASN1(&status, cbasn1.ENUM) ||
		!all.ReadASN1(&explicit, cbasn1.Tag(tagContext0)) || !explicit.ReadASN1(&inside, cbasn1.SEQUENCE) ||
		!inside.ReadASN1ObjectIdentifier(&oid) || !oid.Equal(oidOCSPBasic) || !inside.ReadASN1(&basic, cbasn1.OCTET_STRING) {
		return nil, malformed("OCSP response without a basic one")
	}
	return basic, nil
}
