package sign_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// statement is what the site signs of request().
func statement() protocol.RequestStatement {
	r := windowtest.SignRequest()
	digest := sha256.Sum256([]byte(windowtest.Consent))
	return protocol.RequestStatement{
		Issuer: "https://online.example.tr", IssuedAt: windowtest.Now - 5, Expires: windowtest.Now + 300, Request: protocol.PageSign, Purpose: r.Purpose, Code: r.Code,
		Documents: []protocol.StatedDocument{{Name: r.Documents[0].Name, Size: r.Documents[0].Size, Digest: hex.EncodeToString(digest[:])}},
	}
}

func TestSignedRequest(t *testing.T) {
	s := windowtest.NewSigner(t)
	w := open(t)
	w.asksSigned(s.Sign(statement()), s.Site)
	w.wantStep(screen.StepLoading) // nothing is asked before it is known who vouches for the question
	w.Verify(windowtest.Now)
	w.wantStep(screen.StepWho)
	if v := w.View(); v.Site != "Deneme ESHS" || v.Unsigned {
		t.Errorf("site %q, unsigned %v", v.Site, v.Unsigned)
	}
	if !w.Has(loop.RememberSigner{Origin: "https://online.example.tr", Now: windowtest.Now}) {
		t.Error("the site is not remembered")
	}
	w.Chunk(0, 0, windowtest.Consent)
	w.On(loop.Continue{})
	if !w.View().Document.Whole {
		t.Error("the document is not there")
	}
}

func TestUnsignedRequest(t *testing.T) {
	w := open(t)
	w.Stored()
	w.Page(protocol.PageSign, windowtest.SignRequest())
	w.wantStep(screen.StepWho)
	if v := w.View(); v.Site != "" || !v.Unsigned {
		t.Errorf("site %q, unsigned %v", v.Site, v.Unsigned)
	}
}

// Every part of what is signed counts, and so does every part of how.
func TestSignedRequestRefused(t *testing.T) {
	tests := map[string]func(s *windowtest.Signer, st *protocol.RequestStatement){
		"another origin":  func(_ *windowtest.Signer, st *protocol.RequestStatement) { st.Issuer = "https://other.example.tr" },
		"another kind":    func(_ *windowtest.Signer, st *protocol.RequestStatement) { st.Request = protocol.PageAuthenticate },
		"another purpose": func(_ *windowtest.Signer, st *protocol.RequestStatement) { st.Purpose = "Sözleşme" },
		"another code":    func(_ *windowtest.Signer, st *protocol.RequestStatement) { st.Code = "" },
		"a nonce":         func(_ *windowtest.Signer, st *protocol.RequestStatement) { st.Nonce = "n" },
		"no document":     func(_ *windowtest.Signer, st *protocol.RequestStatement) { st.Documents = nil },
		"another name":    func(_ *windowtest.Signer, st *protocol.RequestStatement) { st.Documents[0].Name = "b.txt" },
		"another size":    func(_ *windowtest.Signer, st *protocol.RequestStatement) { st.Documents[0].Size++ },
		"another format": func(_ *windowtest.Signer, st *protocol.RequestStatement) {
			st.Signature = &protocol.SignatureOptions{Format: protocol.FormatJAdES, Profile: protocol.ProfileP1}
		},
		"another form": func(_ *windowtest.Signer, st *protocol.RequestStatement) {
			st.Signature = &protocol.SignatureOptions{Format: protocol.FormatCAdES, Profile: protocol.ProfileP1, CAdES: &protocol.CAdESOptions{Form: protocol.CAdESAttached}}
		},
		"no digest": func(_ *windowtest.Signer, st *protocol.RequestStatement) { st.Documents[0].Digest = "" },
		"over": func(_ *windowtest.Signer, st *protocol.RequestStatement) {
			st.IssuedAt, st.Expires = windowtest.Now-301, windowtest.Now-1
		},
		"not yet": func(_ *windowtest.Signer, st *protocol.RequestStatement) {
			st.IssuedAt, st.Expires = windowtest.Now+301, windowtest.Now+400
		},
		"good for long":       func(_ *windowtest.Signer, st *protocol.RequestStatement) { st.Expires = st.IssuedAt + 601 },
		"never good":          func(_ *windowtest.Signer, st *protocol.RequestStatement) { st.Expires = st.IssuedAt },
		"no algorithm":        func(s *windowtest.Signer, _ *protocol.RequestStatement) { s.Header["alg"] = "none" },
		"another type":        func(s *windowtest.Signer, _ *protocol.RequestStatement) { s.Header["typ"] = "JWT" },
		"an unknown key":      func(s *windowtest.Signer, _ *protocol.RequestStatement) { s.Header["kid"] = "2" },
		"no key's name":       func(s *windowtest.Signer, _ *protocol.RequestStatement) { s.Header["kid"], s.Site.Keys[0].ID = "", "" },
		"something critical":  func(s *windowtest.Signer, _ *protocol.RequestStatement) { s.Header["crit"] = []string{"b64"} },
		"another curve":       func(s *windowtest.Signer, _ *protocol.RequestStatement) { s.Site.Keys[0].Curve = "P-384" },
		"another kind of key": func(s *windowtest.Signer, _ *protocol.RequestStatement) { s.Site.Keys[0].Type = "OKP" },
		"another's key": func(s *windowtest.Signer, _ *protocol.RequestStatement) {
			s.Site.Keys[0] = windowtest.NewSigner(s.T).Site.Keys[0]
		},
		"no name":            func(s *windowtest.Signer, _ *protocol.RequestStatement) { s.Site.Name = "" },
		"an address as name": func(s *windowtest.Signer, _ *protocol.RequestStatement) { s.Site.Name = "turkiye.gov.tr" },
		"a long name":        func(s *windowtest.Signer, _ *protocol.RequestStatement) { s.Site.Name = strings.Repeat("a", 101) },
		"nine keys": func(s *windowtest.Signer, _ *protocol.RequestStatement) {
			s.Site.Keys = append(s.Site.Keys, make([]protocol.SiteKey, 8)...)
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			s, st := windowtest.NewSigner(t), statement()
			change(s, &st)
			refusesSigned(t, s.Sign(st), s.Site)
		})
	}
}

// A signature counts in the one form that it has.
func TestSignedRequestMalformed(t *testing.T) {
	tests := map[string]func(jws string) string{
		"a changed signature":    func(jws string) string { return jws[:len(jws)-6] + "AAAAAA" },
		"a short signature":      func(jws string) string { return jws[:len(jws)-4] },
		"two parts":              func(jws string) string { return jws[:strings.LastIndex(jws, ".")] },
		"four parts":             func(jws string) string { return jws + "." },
		"base64 of another kind": func(jws string) string { return "+" + jws[1:] },
		"a line end":             func(jws string) string { return jws[:4] + "\n" + jws[4:] },
		"longer than may be":     func(jws string) string { return jws + strings.Repeat("A", protocol.MaxSigned) },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			s := windowtest.NewSigner(t)
			refusesSigned(t, change(s.Sign(statement())), s.Site)
		})
	}
}

func refusesSigned(t *testing.T, signed string, site protocol.SiteDocument) {
	t.Helper()
	w := open(t)
	w.asksSigned(signed, site)
	if w.View().Step == screen.StepLoading {
		w.Verify(windowtest.Now)
	}
	w.wantProblem(fault.RequestSignature)
	if got := w.LastTold(); got != "failed request_signature" {
		t.Errorf("the page was told %q", got)
	}
}

func TestDocumentMustBeTheSignedOne(t *testing.T) {
	s := windowtest.NewSigner(t)
	w := open(t)
	w.asksSigned(s.Sign(statement()), s.Site)
	w.Verify(windowtest.Now)
	w.Chunk(0, 0, strings.Replace(windowtest.Consent, "veriyorum", "vermiyoru", 1))
	w.wantProblem(fault.DocumentChanged)
}

// A host that fails meanwhile does not let a request by whose signature is not verified.
func TestSignedRequestAfterAFailure(t *testing.T) {
	s := windowtest.NewSigner(t)
	w := open(t)
	w.asksSigned(s.Sign(statement()), s.Site)
	w.On(loop.HostClosed{Reason: "not found"}, loop.Retry{})
	w.wantStep(screen.StepLoading)
	w.On(loop.SignatureVerified{OK: false, Now: windowtest.Now})
	w.wantProblem(fault.RequestSignature)
	w.On(loop.SignatureVerified{OK: true, Now: windowtest.Now})
	w.wantProblem(fault.RequestSignature)
}

// A site that has signed a request once must sign every later one.
func TestSiteThatHasSignedMustSign(t *testing.T) {
	stored := loop.RequestRead{Stored: &protocol.StoredRequest{TabID: 7, Origin: "https://online.example.tr", PageRequest: windowtest.PageID}, SignedAt: windowtest.Now, Now: windowtest.Now + 364*24*60*60}
	w := open(t)
	w.On(stored)
	w.Page(protocol.PageSign, windowtest.SignRequest())
	w.wantProblem(fault.RequestUnsigned)
	later := stored
	later.Now = windowtest.Now + 365*24*60*60
	w = open(t)
	w.On(later)
	w.Page(protocol.PageSign, windowtest.SignRequest())
	w.wantStep(screen.StepWho)
}

// Whatever is said to be signed: no panic, and nobody is asked anything before the signature is verified.
func FuzzSignedRequest(f *testing.F) {
	f.Add("a.b.c", "{}")
	s := windowtest.NewSigner(&testing.T{})
	f.Add(s.Sign(statement()), string(windowtest.Marshal(s.Site)))
	f.Fuzz(func(t *testing.T, signed, site string) {
		w := open(t)
		w.Stored()
		r := windowtest.SignRequest()
		r.Signed, r.Site = signed, site
		w.Page(protocol.PageSign, r)
		if step := w.View().Step; signed != "" && step != screen.StepLoading && step != screen.StepFailed {
			t.Errorf("step %q", step)
		}
	})
}
