package cades

import (
	"bytes"
	"encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// tagUnsignedAttributes is that of the unsigned attributes in SignerInfo (RFC 5652, 5.3).
const tagUnsignedAttributes = 0xa1

// readUnsigned reads what SignerInfo has after its signature: nothing, or in a file with several signatures counter-signatures.
func (out *Signature) readUnsigned(s cryptobyte.String, rules Rules) error {
	if s.Empty() {
		return nil
	}
	var set cryptobyte.String
	if !rules.inFile || rules.counter || !s.ReadASN1(&set, tagUnsignedAttributes) || !s.Empty() || set.Empty() {
		return badAttribute("unsigned attributes are not allowed in this profile")
	}
	var previous []byte
	for !set.Empty() {
		var element cryptobyte.String
		if !set.ReadASN1Element(&element, cbasn1.SEQUENCE) || bytes.Compare(previous, element) > 0 {
			return malformed("unsigned attributes are not in DER order")
		}
		previous = element
		if err := out.readCounterSignatures(element, rules); err != nil {
			return err
		}
	}
	return nil
}

// readCounterSignatures reads one attribute countersignature (RFC 5652, 11.4). It may be there several times, and have several values.
func (out *Signature) readCounterSignatures(element cryptobyte.String, rules Rules) error {
	rules.counter = true
	var attribute, values cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !element.ReadASN1(&attribute, cbasn1.SEQUENCE) || !attribute.ReadASN1ObjectIdentifier(&oid) ||
		!attribute.ReadASN1(&values, cbasn1.SET) || !attribute.Empty() || values.Empty() {
		return malformed("unsigned attribute")
	}
	if !oid.Equal(oidCounter) {
		return badAttribute("unsigned attribute %v is not one of this profile", oid)
	}
	for !values.Empty() {
		var signerInfo cryptobyte.String
		if !values.ReadASN1(&signerInfo, cbasn1.SEQUENCE) || len(out.CounterSignatures) == rules.maxSigners() {
			return malformed("counter-signature, or more than %d", rules.maxSigners())
		}
		counter := &Signature{Certificates: out.Certificates}
		if err := counter.readSignerInfo(signerInfo, nil, rules); err != nil {
			return err
		}
		out.CounterSignatures = append(out.CounterSignatures, counter)
	}
	return nil
}
