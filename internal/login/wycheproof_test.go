package login_test

import (
	"crypto/x509"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/login"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// TestWycheproof verifies Project Wycheproof's signatures as those of logins: r‖s as they are, others of ECDSA once Raw has
// read them. None that is invalid is accepted, and none refused that is valid and of this package's algorithms.
func TestWycheproof(t *testing.T) {
	judged, tally := 0, pkitest.NewTally(t, "Wycheproof", "login")
	for _, vectors := range pkitest.Wycheproof(t, "ecdsa_secp256r1_sha", "ecdsa_secp384r1_sha", "ecdsa_secp521r1_sha", "rsa_signature_", "rsa_pss_") {
		pss := strings.HasPrefix(vectors.File, "rsa_pss_")
		inDER := strings.HasPrefix(vectors.File, "ecdsa_") && !strings.Contains(vectors.File, "p1363")
		if strings.Contains(vectors.File, "bitcoin") {
			continue
		}
		for _, group := range vectors.Groups {
			hash, known := pkitest.WycheproofHashes[group.Sha]
			public, err := x509.ParsePKIXPublicKey(pkitest.Hex(t, group.PublicKeyDer+group.PublicKeyAsn))
			if err != nil || !known {
				continue
			}
			if _, err := login.For(public, pss); err != nil {
				continue
			}
			ours := !pss || group.Mgf == "MGF1" && group.MgfSha == group.Sha && group.SLen == hash.Size()
			for _, test := range group.Tests {
				message, signature := test.Bytes(t)
				if inDER {
					signature, err = login.Raw(public, signature)
				}
				h := hash.New()
				h.Write(message)
				got := err == nil && login.Verify(public, pss, hash, h.Sum(nil), signature) == nil
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
	if judged < 4500 {
		t.Errorf("only %d signatures were judged", judged)
	}
}
