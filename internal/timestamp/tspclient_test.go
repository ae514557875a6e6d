package timestamp_test

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/notaryproject/tspclient-go"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/timestamp"
)

// TestTSPClientReadsOurRequests has Notary's client, another reader of RFC 3161, judge our requests and the answers to them.
func TestTSPClientReadsOurRequests(t *testing.T) {
	for _, kind := range []string{"P-256", "RSA-2048"} {
		a := newAuthority(t, kind)
		var query tspclient.Request
		var answer tspclient.Response
		running := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil || query.UnmarshalBinary(body) != nil || query.Validate() != nil {
				t.Errorf("request %x: %v", body, err)
			}
			der := a.reply(t, body, "accuracy = millisecs:7")
			if err := answer.UnmarshalBinary(der); err != nil {
				t.Error(err)
			}
			w.Header().Set("Content-Type", "application/timestamp-reply")
			_, _ = w.Write(der)
		}))
		defer running.Close()
		token, err := stamp(t, &timestamp.Client{Authorities: []timestamp.Authority{{URL: running.URL, Policy: oidPolicy}}, Timeout: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		if err := answer.Validate(&query); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		theirs, err := a.tspClient(t, token.DER)
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if !theirs.Value.Equal(token.Time) || theirs.Accuracy != token.Accuracy {
			t.Errorf("%s: %v ± %v, ours %v ± %v", kind, theirs.Value, theirs.Accuracy, token.Time, token.Accuracy)
		}
	}
}

// tspClient is what Notary's client reads in a token that leads to the authority's root.
func (a *authority) tspClient(t *testing.T, der []byte) (*tspclient.Timestamp, error) {
	signed, err := tspclient.ParseSignedToken(der)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(a.root.Certificate)
	if _, err := signed.Verify(t.Context(), x509.VerifyOptions{Roots: roots}); err != nil {
		return nil, err
	}
	info, err := signed.Info()
	if err != nil {
		return nil, err
	}
	return info.Validate(stamped)
}

// TestTSPClientAgrees holds our verdicts against those of Notary's client. Where they differ, otherwise says why.
func TestTSPClientAgrees(t *testing.T) {
	other := newAuthority(t, "P-256 other")
	edit := func(edits ...pkitest.Edit) *authority { return newAuthority(t, "P-256", edits...) }
	without := func(i int) func(*envelope) {
		return func(e *envelope) {
			e.attributes = func(all [][]byte) [][]byte { return slices.Delete(slices.Clone(all), i, i+1) }
		}
	}
	version1 := func(a *authority) func(*envelope) {
		id := sequence(t, encode(t, digest(crypto.SHA1, a.certificate.Raw)))
		return func(e *envelope) {
			e.attributes = func(all [][]byte) [][]byte {
				all[2] = attribute(t, cms.OIDSigningCertificate, sequence(t, sequence(t, id)))
				return all
			}
		}
	}
	plain := edit()
	for _, test := range []struct {
		name      string
		by        *authority
		info      func(*info)
		envelope  func(*envelope)
		otherwise string
	}{
		{name: "good"},
		{name: "fractions", info: func(i *info) { i.time = generalized(t, "20261130080000.123Z") }},
		{name: "local time", info: func(i *info) { i.time = generalized(t, "20261130080000") }},
		{name: "a critical extension", info: func(i *info) {
			i.extensions = tlv(t, 0xa1, sequence(t, encode(t, asn1.ObjectIdentifier{1, 2, 3}), encode(t, true), encode(t, []byte{5, 0})))
		}, otherwise: "it does not look at extensions"},
		{name: "version 2", info: func(i *info) { i.version = encode(t, 2) }},
		{name: "more fields", info: func(i *info) { i.more = encode(t, []byte{1}) }, otherwise: "encoding/asn1 passes over what follows the fields of a structure"},
		{name: "1000 milliseconds", info: func(i *info) { i.accuracy = sequence(t, tlv(t, 0x80, []byte{3, 0xe8})) }, otherwise: "it does not look at the range"},
		{name: "purpose not critical", by: edit(purpose(t, false, timeStamping))},
		{name: "code as well", by: edit(purpose(t, true, timeStamping, codeSigning))},
		{name: "code", by: edit(purpose(t, true, codeSigning))},
		{name: "no content-type", envelope: without(0)},
		{name: "no message-digest", envelope: without(1)},
		{name: "no signing-certificate", envelope: without(2)},
		{name: "signing-certificate of version 1", envelope: version1(plain), otherwise: "it reads version 2 alone"},
		{name: "signing-certificate of another", envelope: func(e *envelope) {
			e.attributes = func(all [][]byte) [][]byte { all[2] = binding(t, other.certificate); return all }
		}},
		{name: "no certificates", envelope: func(e *envelope) { e.certificates = nil }},
		{name: "no signer", envelope: func(e *envelope) { e.signers = func([]byte) [][]byte { return nil } }},
		{name: "two signers", envelope: func(e *envelope) { e.signers = func(info []byte) [][]byte { return [][]byte{info, info} } },
			otherwise: "it takes the first signer that verifies"},
		{name: "a changed signature", envelope: func(e *envelope) {
			e.signers = func(info []byte) [][]byte { info[len(info)-1] ^= 1; return [][]byte{info} }
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, i := plain, newInfo(t)
			if test.by != nil {
				a = test.by
			}
			if test.info != nil {
				test.info(i)
			}
			var changes []func(*envelope)
			if test.envelope != nil {
				changes = append(changes, test.envelope)
			}
			der := a.token(t, i.der(t), changes...)
			_, theirs := a.tspClient(t, der)
			token, ours := timestamp.Parse(der)
			if ours == nil {
				_, ours = token.Verify()
			}
			if (ours == nil) == (theirs == nil) == (test.otherwise != "") {
				t.Errorf("ours %v, theirs %v, which differ: %q", ours, theirs, test.otherwise)
			}
		})
	}
}
