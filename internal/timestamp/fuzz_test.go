package timestamp_test

import (
	"bytes"
	"encoding/asn1"
	"io"
	"net/http"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/timestamp"
)

// FuzzParse feeds tokens. What is read has the fields of a token, and verifies only by the certificate that made a seed.
func FuzzParse(f *testing.F) {
	a := newAuthority(f, "P-256")
	i := newInfo(f)
	f.Add(a.token(f, i.der(f)))
	i.time = generalized(f, "20261130080000.123Z")
	i.accuracy, i.ordering, i.nonce = sequence(f, encode(f, 1), tlv(f, 0x80, []byte{1}), tlv(f, 0x81, []byte{1})), encode(f, true), encode(f, 7)
	i.tsa = tlv(f, 0xa0, tlv(f, 0xa4, a.certificate.RawSubject))
	f.Add(a.token(f, i.der(f)))
	f.Fuzz(func(t *testing.T, ber []byte) {
		token, err := timestamp.Parse(ber)
		if err != nil {
			wantCode(t, err, invalid)
			return
		}
		if !bytes.HasPrefix(ber, token.DER) || token.SerialNumber == nil || len(token.Imprint) == 0 || len(token.Policy) == 0 {
			t.Errorf("%+v", token)
		}
		if token.Hash != 0 && len(token.Imprint) != token.Hash.Size() || token.Accuracy < 0 || token.Time.Location().String() != "UTC" {
			t.Errorf("%+v", token)
		}
		signer, err := token.Verify()
		if err == nil && signer == nil {
			t.Error("verified by nobody")
		}
	})
}

// FuzzAnswer feeds answers to a request. None can be right: the nonce is new each time.
func FuzzAnswer(f *testing.F) {
	a := newAuthority(f, "P-256")
	f.Add(sequence(f, sequence(f, encode(f, 0)), a.token(f, newInfo(f).der(f))))
	f.Add(sequence(f, sequence(f, encode(f, 2), sequence(f, tlv(f, 0x0c, []byte("Hata"))), encode(f, asn1.BitString{Bytes: []byte{0x20}, BitLength: 3}))))
	f.Add(sequence(f, sequence(f, encode(f, 2), encode(f, asn1.BitString{Bytes: []byte{0, 0, 0, 0x40}, BitLength: 26}))))
	f.Fuzz(func(t *testing.T, body []byte) {
		answer := roundTripper(func(r *http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/timestamp-reply"}},
				Body: io.NopCloser(bytes.NewReader(body)), Request: r,
			}, nil
		})
		c := timestamp.Client{Authorities: []timestamp.Authority{{URL: "http://damga.deneme.test"}}, HTTP: &http.Client{Transport: answer}}
		_, err := stamp(t, &c)
		switch fault.CodeOf(err) {
		case invalid, unavailable, refused:
		default:
			t.Errorf("got %v", err)
		}
	})
}
