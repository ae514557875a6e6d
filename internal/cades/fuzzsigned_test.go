package cades_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"encoding/asn1"
	"math/big"
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/cades"
)

// FuzzSignedAttributes feeds signed attributes that the signer has signed, whatever they are. What is accepted has each of the
// four of the profile once, in order, to another reader too.
func FuzzSignedAttributes(f *testing.F) {
	p := newPerson(f, "P-256")
	hash := bytes.Repeat([]byte{0xcd}, 32) // the fuzzer's processes have certificates of their own
	forged := newForgery(p)
	forged.attributes["signing-certificate-v2"] = attribute(attrCertificate, sequence(sequence(sequence(octets(hash)))))
	f.Add(bytes.Join(sortedAttributes(forged), nil))
	forged.attributes["further"] = attribute(attrPolicy, sequence(oid(1, 2, 3), sequence(sequence(oidSHA256), octets(make([]byte, 32)))))
	f.Add(bytes.Join(sortedAttributes(forged), nil))
	for _, further := range furtherAttributes {
		forged.attributes["further"] = further.der
		f.Add(bytes.Join(sortedAttributes(forged), nil))
	}
	f.Fuzz(func(t *testing.T, signed []byte) {
		signed = bytes.ReplaceAll(signed, hash, digest(crypto.SHA256, p.certificate.Raw))
		signature, err := p.key.Sign(rand.Reader, digest(crypto.SHA256, set(signed)), crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		signerInfo := sequence(integer(big.NewInt(1)), sequence(p.certificate.RawIssuer, integer(p.certificate.SerialNumber)),
			sequence(oidSHA256), tlv(0xa0, signed), sequence(oidECDSA256), octets(signature))
		signedData := sequence(integer(big.NewInt(1)), set(sequence(oidSHA256)), sequence(oidData), tlv(0xa0, p.certificate.Raw), set(signerInfo))
		s, err := cades.ParseAs(sequence(oid(1, 2, 840, 113549, 1, 7, 2), tlv(0xa0, signedData)), cades.Rules{Policy: cades.PolicyAllowed})
		if err != nil || s.Verify(content) != nil {
			return
		}
		var types []string
		var previous []byte
		for rest := signed; len(rest) > 0; {
			var raw asn1.RawValue
			var one struct {
				Type   asn1.ObjectIdentifier
				Values asn1.RawValue
			}
			if rest, err = asn1.Unmarshal(rest, &raw); err != nil {
				t.Fatalf("accepted, and encoding/asn1 does not read it: %v", err)
			}
			if _, err = asn1.Unmarshal(raw.FullBytes, &one); err != nil || bytes.Compare(previous, raw.FullBytes) >= 0 {
				t.Fatalf("accepted, out of order or unreadable: %v", err)
			}
			previous = raw.FullBytes
			types = append(types, one.Type.String())
		}
		for _, wanted := range []string{"1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4", "1.2.840.113549.1.9.5", "1.2.840.113549.1.9.16.2.47"} {
			if !slices.Contains(types, wanted) {
				t.Fatalf("accepted without %s", wanted)
			}
		}
	})
}
