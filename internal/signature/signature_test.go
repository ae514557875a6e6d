package signature_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/signature"
)

// formats are all that Lookup must know, by their names in messages.
var formats = [][2]string{{"cades", "P1"}}

var content = []byte("Onay veriyorum.\n")

// signer is a person with a card, in Go.
type signer struct {
	key         crypto.Signer
	certificate *x509.Certificate
}

func newSigner(t *testing.T) signer {
	t.Helper()
	key := pkitest.Key(t, "P-384")
	return signer{key, pkitest.Root(t, "Deneme Kök").Issue(t, key.Public())}
}

func (s signer) request(t *testing.T) signature.Request {
	t.Helper()
	hash, err := signature.HashFor(s.certificate.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	h := hash.New()
	h.Write(content)
	return signature.Request{Certificate: s.certificate, Hash: hash, ContentDigest: h.Sum(nil), SigningTime: time.Now()}
}

// TestContract holds each format against what the package promises of all.
func TestContract(t *testing.T) {
	for _, names := range formats {
		t.Run(names[0]+" "+names[1], func(t *testing.T) {
			format, err := signature.Lookup(names[0], names[1])
			if err != nil {
				t.Fatal(err)
			}
			s := newSigner(t)
			request := s.request(t)
			prepared, err := format.Prepare(request)
			if err != nil {
				t.Fatal(err)
			}
			made, err := s.key.Sign(rand.Reader, prepared.Digest(), request.Hash)
			if err != nil {
				t.Fatal(err)
			}
			whole, err := prepared.Complete(made)
			if err != nil {
				t.Fatal(err)
			}
			parsed, err := format.Parse(whole)
			if err != nil {
				t.Fatal(err)
			}
			if err := parsed.Verify(content); err != nil {
				t.Errorf("over its content: %v", err)
			}
			if err := parsed.Verify(append(content, '.')); fault.CodeOf(err) != fault.SignatureInvalid {
				t.Errorf("over other content: %v", err)
			}
			claims := parsed.Claims()
			if !claims.Certificate.Equal(s.certificate) || claims.Hash != request.Hash || !bytes.Equal(claims.Digest, request.ContentDigest) ||
				!claims.SigningTime.Equal(request.SigningTime.Truncate(time.Second)) || claims.Algorithm != x509.ECDSAWithSHA384 {
				t.Errorf("it claims %+v", claims)
			}

			made[len(made)-1] ^= 1
			if _, err := prepared.Complete(made); fault.CodeOf(err) != fault.TokenError {
				t.Errorf("with another signature of the card: %v", err)
			}
			if parsed, err := format.Parse(whole[1:]); err == nil || parsed != nil {
				t.Errorf("a part of it is read: %v", err)
			}
			request.Certificate = nil
			if prepared, err := format.Prepare(request); err == nil || prepared != nil {
				t.Errorf("prepared without a certificate: %v", err)
			}
		})
	}
}

func TestLookupRefusesUnknownNames(t *testing.T) {
	for _, names := range [][2]string{{"", ""}, {"cades", ""}, {"cades", "P2"}, {"CAdES", "P1"}, {"pades", "P1"}} {
		if _, err := signature.Lookup(names[0], names[1]); fault.CodeOf(err) != fault.Unsupported {
			t.Errorf("%q: %v", names, err)
		}
	}
}
