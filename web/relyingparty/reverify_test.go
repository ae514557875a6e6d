package relyingparty_test

import (
	"context"
	"crypto/x509"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// kept is what a site keeps of evidence.
func kept(e *relyingparty.Evidence, received time.Time) relyingparty.Kept {
	k := relyingparty.Kept{ReceivedAt: received, VerifiedAt: e.VerifiedAt}
	for _, c := range e.Path {
		k.Path = append(k.Path, c.Raw)
	}
	for _, c := range e.CRLSigners {
		k.CRLSigners = append(k.CRLSigners, c.Raw)
	}
	for _, a := range []*relyingparty.Answer{e.OCSP} {
		if a != nil {
			k.OCSP = append(k.OCSP, relyingparty.KeptAnswer{DER: a.DER, URL: a.URL})
		}
	}
	for _, a := range append([]*relyingparty.Answer{e.CRL}, e.CRLs...) {
		if a != nil {
			k.CRLs = append(k.CRLs, relyingparty.KeptAnswer{DER: a.DER, URL: a.URL})
		}
	}
	return k
}

// TestReverify verifies kept evidence long after, without the network, and finds whatever is changed in it.
func TestReverify(t *testing.T) {
	w := newWorld(t, "P-256")
	received := time.Now()
	signature := w.sign(t, received, w.sub.Certificate)
	e, err := w.verify(signature, document)
	wantCode(t, err, "")
	good := kept(e, received)
	asked := w.requests.Load()
	later := w.newVerifier()
	later.Now = func() time.Time { return received.AddDate(20, 0, 0) }
	again, err := later.Reverify(t.Context(), signature, document, good)
	wantCode(t, err, "")
	if again.CitizenNumber != e.CitizenNumber || !again.SigningTime.Equal(e.SigningTime) || !again.VerifiedAt.Equal(e.VerifiedAt) {
		t.Errorf("got %+v", again)
	}
	other, err := w.verify(w.sign(t, received.Add(time.Second), w.sub.Certificate), document)
	wantCode(t, err, "")
	asked2 := w.requests.Load()

	for name, test := range map[string]struct {
		change func(k *relyingparty.Kept)
		code   fault.Code
	}{
		"without addresses":             {func(k *relyingparty.Kept) { k.OCSP[0].URL, k.CRLs[0].URL = "", "" }, ""},
		"the answer for another one":    {func(k *relyingparty.Kept) { k.OCSP[0].DER = other.OCSP.DER }, fault.RevocationInvalid},
		"a changed answer":              {func(k *relyingparty.Kept) { k.OCSP[0].DER[len(k.OCSP[0].DER)-1] ^= 1 }, fault.RevocationInvalid},
		"no answer":                     {func(k *relyingparty.Kept) { k.OCSP = nil }, fault.RevocationUnavailable},
		"a changed list":                {func(k *relyingparty.Kept) { k.CRLs[0].DER[len(k.CRLs[0].DER)-1] ^= 1 }, fault.RevocationInvalid},
		"no list":                       {func(k *relyingparty.Kept) { k.CRLs = nil }, fault.RevocationUnavailable},
		"from another address":          {func(k *relyingparty.Kept) { k.CRLs[0].URL += "x" }, fault.RevocationUnavailable},
		"without its anchor":            {func(k *relyingparty.Kept) { k.Path = k.Path[:2] }, fault.CertificateUntrusted},
		"no path":                       {func(k *relyingparty.Kept) { k.Path = nil }, fault.CertificateUntrusted},
		"a certificate that is garbage": {func(k *relyingparty.Kept) { k.Path[1] = []byte("x") }, fault.CertificateMalformed},
		"arrived on another day":        {func(k *relyingparty.Kept) { k.ReceivedAt = received.Add(24 * time.Hour) }, fault.SignatureTime},
		"verified on another day":       {func(k *relyingparty.Kept) { k.VerifiedAt = received.Add(24 * time.Hour) }, fault.RevocationInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			k := good
			k.Path = slices.Clone(good.Path)
			k.OCSP = []relyingparty.KeptAnswer{{DER: slices.Clone(good.OCSP[0].DER), URL: good.OCSP[0].URL}}
			k.CRLs = []relyingparty.KeptAnswer{{DER: slices.Clone(good.CRLs[0].DER), URL: good.CRLs[0].URL}}
			test.change(&k)
			_, err := later.Reverify(context.Background(), signature, document, k)
			wantCode(t, err, test.code)
		})
	}
	_, err = later.Reverify(t.Context(), signature, []byte("başka"), good)
	wantCode(t, err, fault.SignatureInvalid)
	_, err = later.Reverify(t.Context(), other.Signature, document, good) // the nonce
	wantCode(t, err, fault.RevocationInvalid)
	stranger := &relyingparty.Verifier{Anchors: []*x509.Certificate{newWorld(t, "P-256").root.Certificate}}
	_, err = stranger.Reverify(t.Context(), signature, document, good)
	wantCode(t, err, fault.CertificateUntrusted)
	if n := w.requests.Load(); n != asked2 || asked2 <= asked {
		t.Errorf("%d requests were made while nobody was to be asked", n-asked2)
	}
}

// TestReverifyFallback verifies evidence with a list in place of an OCSP answer only where the site takes that.
func TestReverifyFallback(t *testing.T) {
	w := newWorld(t, "P-256")
	w.down = "/ocsp"
	w.verifier.CRLFallback = true
	received := time.Now()
	e, err := w.verify(w.sign(t, received, w.sub.Certificate), document)
	wantCode(t, err, "")
	k := kept(e, received)
	if len(k.OCSP) != 0 || len(k.CRLs) != 2 {
		t.Fatalf("%d answers and %d lists", len(k.OCSP), len(k.CRLs))
	}
	_, err = w.newVerifier().Reverify(t.Context(), e.Signature, document, k)
	wantCode(t, err, fault.RevocationUnavailable)
	_, err = w.verifier.Reverify(t.Context(), e.Signature, document, k)
	wantCode(t, err, "")
}

// TestReverifyLogin verifies a kept login again, and none that was made for another nonce or site, or of other bytes.
func TestReverifyLogin(t *testing.T) {
	w := newLoginWorld(t, "P-256")
	nonce := w.challenge(t)
	token := w.token(t, relyingparty.FormatLogin, "ES256", origin, nonce).json(t)
	received := time.Now()
	e, err := w.verifyLogin(token)
	wantCode(t, err, "")
	k := kept(e, received)
	asked := w.requests.Load()
	later := func(origin string) *relyingparty.Login {
		v := w.newVerifier()
		v.Now = func() time.Time { return received.AddDate(20, 0, 0) }
		return &relyingparty.Login{Origin: origin, Verifier: v}
	}
	again, err := later(origin).Reverify(t.Context(), nonce, token, k)
	wantCode(t, err, "")
	if again.CitizenNumber != e.CitizenNumber {
		t.Error("it is another person's")
	}
	_, err = later("https://baska.example").Reverify(t.Context(), nonce, token, k)
	wantCode(t, err, fault.LoginFailed)
	_, err = later(origin).Reverify(t.Context(), w.challenge(t), token, k)
	wantCode(t, err, fault.LoginFailed)
	_, err = later(origin).Reverify(t.Context(), nonce, append(token, ' '), k) // of the token's very bytes is the responder's nonce
	wantCode(t, err, fault.RevocationInvalid)
	if w.requests.Load() != asked {
		t.Error("the network was asked")
	}
}
