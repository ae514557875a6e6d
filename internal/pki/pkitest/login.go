package pkitest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/json"
	"fmt"
	"math/big"
	"testing"
)

// LoginToken makes the token of a login with a card, by the published words alone (docs/protocol/login.md): for an ECDSA key on
// P-256 or P-384, or an RSA key.
func LoginToken(t testing.TB, certificate *x509.Certificate, key crypto.Signer, origin, nonce string) []byte {
	t.Helper()
	algorithm, hash, size := "RS256", crypto.SHA256, 0
	if public, ok := key.Public().(*ecdsa.PublicKey); ok {
		algorithm, size = "ES256", 32
		if public.Params().BitSize == 384 {
			algorithm, hash, size = "ES384", crypto.SHA384, 48
		}
	}
	h := hash.New()
	fmt.Fprintf(h, "tr.eonay.login v1\n%s\n%s\n%x\n", origin, nonce, sha256.Sum256(certificate.Raw))
	signature, err := key.Sign(rand.Reader, h.Sum(nil), hash)
	if err != nil {
		t.Fatal(err)
	}
	if size > 0 {
		var value struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(signature, &value); err != nil {
			t.Fatal(err)
		}
		signature = append(value.R.FillBytes(make([]byte, size)), value.S.FillBytes(make([]byte, size))...)
	}
	token, err := json.Marshal(map[string]any{
		"format": "eonay-login:1", "certificate": certificate.Raw, "algorithm": algorithm, "signature": signature,
	})
	if err != nil {
		t.Fatal(err)
	}
	return token
}
