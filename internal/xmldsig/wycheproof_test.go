package xmldsig

import (
	"crypto/x509"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// TestWycheproof verifies Project Wycheproof's ECDSA signatures of the form r and s side by side: none that is invalid is
// accepted, and none refused that is valid and as long as XMLDSig has it.
func TestWycheproof(t *testing.T) {
	judged, tally := 0, pkitest.NewTally(t, "Wycheproof", "xmldsig")
	for _, vectors := range pkitest.Wycheproof(t, "ecdsa_secp256r1_sha", "ecdsa_secp384r1_sha", "ecdsa_secp521r1_sha") {
		if !strings.Contains(vectors.File, "p1363") {
			continue
		}
		for _, group := range vectors.Groups {
			hash, known := pkitest.WycheproofHashes[group.Sha]
			public, err := x509.ParsePKIXPublicKey(pkitest.Hex(t, group.PublicKeyDer))
			if err != nil || !known {
				continue
			}
			for _, test := range group.Tests {
				message, value := test.Bytes(t)
				sum := hash.New()
				sum.Write(message)
				signature, err := decodeValue(public, value)
				if err == nil {
					err = ades.CheckSignature(public, ades.ECDSA, hash, sum.Sum(nil), signature)
				}
				if err == nil && test.Result == "invalid" || err != nil && test.Result == "valid" {
					t.Errorf("%s, %d: %v, and it is %s: %s", vectors.File, test.TcID, err, test.Result, test.Comment)
				}
				if err == nil {
					again, err := EncodeValue(public, signature)
					if err != nil || string(again) != string(value) {
						t.Errorf("%s, %d: encoded again: %x, %v", vectors.File, test.TcID, again, err)
					}
				}
				judged++
				tally.Judged("")
			}
		}
	}
	if judged < 1000 {
		t.Errorf("only %d signatures were judged", judged)
	}
}
