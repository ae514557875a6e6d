package ades_test

import (
	"crypto/ecdsa"
	"crypto/x509"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// TestWycheproof verifies Project Wycheproof's signatures by ECDSA in both forms, each turned into the other and back.
func TestWycheproof(t *testing.T) {
	judged, tally := 0, pkitest.NewTally(t, "Wycheproof", "ades")
	for _, vectors := range pkitest.Wycheproof(t, "ecdsa_secp256r1_sha", "ecdsa_secp384r1_sha", "ecdsa_secp521r1_sha") {
		if strings.Contains(vectors.File, "bitcoin") {
			continue
		}
		isRaw := strings.Contains(vectors.File, "p1363")
		for _, group := range vectors.Groups {
			hash, known := pkitest.WycheproofHashes[group.Sha]
			public, err := x509.ParsePKIXPublicKey(pkitest.Hex(t, group.PublicKeyDer+group.PublicKeyAsn))
			if err != nil || !known {
				continue
			}
			key := public.(*ecdsa.PublicKey)
			for _, test := range group.Tests {
				message, signature := test.Bytes(t)
				var err error
				if !isRaw {
					signature, err = ades.RawECDSA(key, signature)
				}
				if err == nil {
					signature, err = ades.DERFromRawECDSA(key, signature)
				}
				h := hash.New()
				h.Write(message)
				got := err == nil && ades.CheckSignature(key, ades.ECDSA, hash, h.Sum(nil), signature) == nil
				if got && test.Result == "invalid" || !got && test.Result == "valid" {
					t.Errorf("%s, %d: accepted %t, and it is %s: %s", vectors.File, test.TcID, got, test.Result, test.Comment)
				}
				judged++
				tally.Judged("")
			}
		}
	}
	if judged < 2000 {
		t.Errorf("only %d signatures were judged", judged)
	}
}

func FuzzRawECDSA(f *testing.F) {
	key := pkitest.Key(f, "P-256").Public().(*ecdsa.PublicKey)
	f.Add([]byte{0x30, 6, 2, 1, 1, 2, 1, 2})
	f.Fuzz(func(t *testing.T, der []byte) {
		raw, err := ades.RawECDSA(key, der)
		if err != nil {
			return
		}
		again, err := ades.DERFromRawECDSA(key, raw)
		if err != nil || string(again) != string(der) {
			t.Errorf("%x became %x: %v", der, again, err)
		}
	})
}
