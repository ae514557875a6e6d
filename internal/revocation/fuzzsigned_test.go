package revocation_test

import (
	"bytes"
	"context"
	"encoding/asn1"
	"io"
	"math/big"
	"net/http"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"github.com/e-onay/e-onay/internal/revocation"
)

// What differs between the fuzzer's processes, which have keys of their own, stands in the inputs as these.
var (
	nonceHere = bytes.Repeat([]byte{0xab}, 32)
	keyHere   = bytes.Repeat([]byte{0xcd}, 20)
)

// FuzzOCSPSigned feeds ResponseData that the responder has signed, whatever it is. What is accepted says "good" to another
// reader too.
func FuzzOCSPSigned(f *testing.F) {
	w := newWorld(f, http.NotFoundHandler())
	now := time.Date(2026, 11, 29, 9, 0, 0, 0, time.UTC)
	w.leaf.SerialNumber = big.NewInt(0x5e5e5e5e)
	r := w.reply(f, nil)
	for _, change := range []func(*single){
		func(*single) {},
		func(s *single) { s.status = revokedAt(now) },
		func(s *single) { s.status = unknown },
		func(s *single) { s.nextUpdate = time.Time{} },
		func(s *single) { s.extensions = [][]byte{extension(asn1.ObjectIdentifier{1, 2, 3}, false, nil)} },
		func(s *single) { s.thisUpdate = now.Add(time.Hour) },
	} {
		s := w.single(f)
		s.key, s.thisUpdate, s.nextUpdate = keyHere, now.Add(-time.Hour), now.Add(time.Hour)
		change(s)
		f.Add(sequence(r.responder, generalized(now), sequence(s.der()), tlv(0xa1, sequence(extension(oidNonce, false, octets(nonceHere))))))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var sent []byte
		transport := roundTripper(func(q *http.Request) (*http.Response, error) {
			request, err := io.ReadAll(q.Body)
			if err != nil {
				return nil, err
			}
			signed := bytes.ReplaceAll(data, nonceHere, request[len(request)-32:])
			signed = bytes.ReplaceAll(signed, keyHere, sum1(keyBits(t, w.ca.Certificate)))
			reply := w.reply(t, nil)
			reply.data = signed
			sent = reply.der(t)
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/ocsp-response"}}, Body: io.NopCloser(bytes.NewReader(sent)), Request: q}, nil
		})
		c := &revocation.Checker{Client: &http.Client{Transport: transport}, Now: func() time.Time { return now }}
		answer, err := c.OCSP(context.Background(), w.leaf, w.ca.Certificate)
		if err != nil {
			return
		}
		if !bytes.Contains(data, nonceHere) || answer.ThisUpdate.After(now.Add(5*time.Minute)) || !answer.NextUpdate.IsZero() && answer.NextUpdate.Before(now.Add(-5*time.Minute)) {
			t.Fatalf("accepted: %+v", answer)
		}
		other, err := ocsp.ParseResponseForCert(sent, w.leaf, w.ca.Certificate)
		if err == nil && (other.Status != ocsp.Good || other.SerialNumber.Cmp(w.leaf.SerialNumber) != 0) {
			t.Fatalf("accepted, and another reads status %d of %v", other.Status, other.SerialNumber)
		}
	})
}
