package cades

import (
	"crypto/x509"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// TestWycheproof verifies Project Wycheproof's signatures: none that is invalid is accepted, and none refused that is valid
// and of this package's algorithms.
func TestWycheproof(t *testing.T) {
	judged, tally := 0, pkitest.NewTally(t, "Wycheproof", "cades")
	for _, vectors := range pkitest.Wycheproof(t, "ecdsa_secp256r1_sha", "ecdsa_secp384r1_sha", "ecdsa_secp521r1_sha", "rsa_signature_", "rsa_pss_") {
		if strings.Contains(vectors.File, "p1363") || strings.Contains(vectors.File, "bitcoin") {
			continue
		}
		pss := strings.HasPrefix(vectors.File, "rsa_pss_")
		for _, group := range vectors.Groups {
			hash, known := pkitest.WycheproofHashes[group.Sha]
			public, err := x509.ParsePKIXPublicKey(pkitest.Hex(t, group.PublicKeyDer+group.PublicKeyAsn))
			if err != nil || !known {
				continue
			}
			if _, err := ades.HashFor(public); err != nil {
				continue
			}
			// Other salts and masks are RSASSA-PSS too, and not of this package.
			ours := !pss || group.Mgf == "MGF1" && group.MgfSha == group.Sha && group.SLen == hash.Size()
			for _, test := range group.Tests {
				message, signature := test.Bytes(t)
				got := ades.CheckSignature(public, ades.SchemeOf(public, pss), hash, sum(hash, message), signature) == nil
				if got && test.Result == "invalid" || !got && test.Result == "valid" && ours {
					t.Errorf("%s, %d: accepted %t, and it is %s: %s", vectors.File, test.TcID, got, test.Result, test.Comment)
				}
				judged++
				otherwise := ""
				if !got && test.Result == "valid" {
					otherwise = "another salt or mask of PSS"
				}
				tally.Judged(otherwise)
			}
		}
	}
	if judged < 3000 {
		t.Errorf("only %d signatures were judged", judged)
	}
}
