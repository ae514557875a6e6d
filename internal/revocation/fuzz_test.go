package revocation_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"io"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/revocation"
)

// answers returns a checker whose every request is answered with body, without a network.
func answers(body []byte) *revocation.Checker {
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/ocsp-response"}},
			Body: io.NopCloser(bytes.NewReader(body)), Request: r,
		}, nil
	})
	return &revocation.Checker{Client: &http.Client{Transport: transport}}
}

// FuzzOCSP feeds responses. None can be right: the nonce is new each time.
func FuzzOCSP(f *testing.F) {
	w := newWorld(f, http.NotFoundHandler())
	f.Add(w.reply(f, make([]byte, 32)).der(f))
	r := w.reply(f, nil)
	r.responder = tlv(0xa2, octets(sum1(keyBits(f, w.responder))))
	f.Add(r.der(f))
	f.Add([]byte{0x30, 3, 10, 1, 3})
	f.Fuzz(func(t *testing.T, body []byte) {
		_, err := answers(body).OCSP(context.Background(), w.leaf, w.ca.Certificate)
		switch fault.CodeOf(err) {
		case unavailable, invalid:
		default:
			t.Errorf("got %v", err)
		}
	})
}

// FuzzCRL feeds lists. None can be right: the issuer signed none.
func FuzzCRL(f *testing.F) {
	w := newWorld(f, http.NotFoundHandler())
	l := listing{
		template: &x509.RevocationList{
			Number: big.NewInt(1), ThisUpdate: time.Now(), NextUpdate: time.Now().AddDate(1, 0, 0),
			RevokedCertificateEntries: []x509.RevocationListEntry{revokes(w)},
		},
		issuer: w.root.Certificate, key: w.key, spoil: func(b []byte) []byte { return b },
	}
	c := *w.root.Certificate
	c.PublicKey = w.key.Public()
	l.issuer = &c
	f.Add(l.der(f))
	f.Fuzz(func(t *testing.T, body []byte) {
		_, err := answers(body).CRL(context.Background(), w.ca.Certificate, w.root.Certificate)
		wantCode(t, err, invalid)
	})
}
