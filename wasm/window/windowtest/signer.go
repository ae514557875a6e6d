package windowtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"math/big"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
)

// Now is when signed requests of the tests are judged, in seconds since 1970.
const Now = 1_800_000_000

// Signer is a site that signs what it asks for.
type Signer struct {
	*testing.T
	key    *ecdsa.PrivateKey
	Header map[string]any
	Site   protocol.SiteDocument
}

// NewSigner returns a site with a fresh key, which it publishes.
func NewSigner(t *testing.T) *Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	published := protocol.SiteKey{Type: "EC", Curve: "P-256", ID: "1", X: url64(point[1:33]), Y: url64(point[33:])}
	return &Signer{t, key, map[string]any{"alg": "ES256", "kid": "1", "typ": "eonay-request+jws"}, protocol.SiteDocument{Name: "Deneme ESHS", Keys: []protocol.SiteKey{published}}}
}

func url64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// Sign makes the JWS of a statement.
func (s *Signer) Sign(statement any) string {
	s.Helper()
	input := url64(Marshal(s.Header)) + "." + url64(Marshal(statement))
	digest := sha256.Sum256([]byte(input))
	r, v, err := ecdsa.Sign(rand.Reader, s.key, digest[:])
	if err != nil {
		s.Fatal(err)
	}
	return input + "." + url64(append(r.FillBytes(make([]byte, 32)), v.FillBytes(make([]byte, 32))...))
}

// Verify answers what the window has asked the browser to verify, as WebCrypto would.
func (w *Surroundings) Verify(at int64) {
	w.Helper()
	for _, e := range w.Effects {
		v, ok := e.(loop.VerifySignature)
		if !ok {
			continue
		}
		point := []byte{4}
		for _, part := range []string{v.Key.X, v.Key.Y} {
			coordinate, err := base64.RawURLEncoding.DecodeString(part)
			if err != nil {
				w.Fatal(err)
			}
			point = append(point, coordinate...)
		}
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
		if err != nil {
			w.Fatal(err)
		}
		digest := sha256.Sum256(v.Signed)
		ok = ecdsa.Verify(key, digest[:], new(big.Int).SetBytes(v.Signature[:32]), new(big.Int).SetBytes(v.Signature[32:]))
		w.On(loop.SignatureVerified{OK: ok, Now: at})
		return
	}
	w.Fatal("nothing to verify")
}
