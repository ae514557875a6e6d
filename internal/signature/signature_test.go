package signature_test

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"io"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
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
	hash, err := ades.HashFor(s.certificate.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return signature.Request{
		Signer:    ades.Signer{Certificate: s.certificate, Hash: hash, Time: time.Now()},
		Documents: []ades.Document{ades.NewDocument("onay.txt", "text/plain", content)},
	}
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
			pieces, err := prepared.Complete(made)
			if err != nil {
				t.Fatal(err)
			}
			if err := pieces.Check(request.Documents); err != nil {
				t.Fatal(err)
			}
			signed := pieces.Reader(request.Documents)
			parsed, err := format.Parse(signed, signed.Size())
			if err != nil {
				t.Fatal(err)
			}
			if len(parsed) != 1 {
				t.Fatalf("%d signatures", len(parsed))
			}
			if err := parsed[0].Verify(request.Documents); err != nil {
				t.Errorf("over its content: %v", err)
			}
			other := []ades.Document{ades.NewDocument("onay.txt", "text/plain", append(content, '.'))}
			if err := parsed[0].Verify(other); fault.CodeOf(err) != fault.SignatureInvalid {
				t.Errorf("over other content: %v", err)
			}
			claims := parsed[0].Claims()
			if !claims.Certificate.Equal(s.certificate) || claims.Hash != request.Hash ||
				!claims.SigningTime.Equal(request.Time.Truncate(time.Second)) || claims.Algorithm != x509.ECDSAWithSHA384 {
				t.Errorf("it claims %+v", claims)
			}

			made[len(made)-1] ^= 1
			if _, err := prepared.Complete(made); fault.CodeOf(err) != fault.TokenError {
				t.Errorf("with another signature of the card: %v", err)
			}
			part := io.NewSectionReader(signed, 1, signed.Size()-1)
			if parsed, err := format.Parse(part, part.Size()); err == nil || parsed != nil {
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
