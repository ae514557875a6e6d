package flow_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/flow"
)

const now = 1_800_000_000

// signer is a site that signs what it asks for.
type signer struct {
	*testing.T
	key    *ecdsa.PrivateKey
	header map[string]any
	site   protocol.SiteDocument
}

func newSigner(t *testing.T) *signer {
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
	return &signer{t, key, map[string]any{"alg": "ES256", "kid": "1", "typ": "eonay-request+jws"}, protocol.SiteDocument{Name: "Deneme ESHS", Keys: []protocol.SiteKey{published}}}
}

func url64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// sign makes the JWS of a statement.
func (s *signer) sign(statement any) string {
	s.Helper()
	input := url64(marshal(s.header)) + "." + url64(marshal(statement))
	digest := sha256.Sum256([]byte(input))
	r, v, err := ecdsa.Sign(rand.Reader, s.key, digest[:])
	if err != nil {
		s.Fatal(err)
	}
	return input + "." + url64(append(r.FillBytes(make([]byte, 32)), v.FillBytes(make([]byte, 32))...))
}

// statement is what the site signs of request().
func statement() protocol.RequestStatement {
	r := request()
	digest := sha256.Sum256([]byte(consent))
	return protocol.RequestStatement{
		Issuer: "https://online.example.tr", IssuedAt: now - 5, Expires: now + 300, Request: protocol.PageSign, Purpose: r.Purpose, Code: r.Code,
		Documents: []protocol.StatedDocument{{Name: r.Documents[0].Name, Size: r.Documents[0].Size, Digest: hex.EncodeToString(digest[:])}},
	}
}

// verify answers what the window has asked the browser to verify, as WebCrypto would.
func (w *surroundings) verify(at int64) {
	w.Helper()
	for _, e := range w.effects {
		v, ok := e.(flow.VerifySignature)
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
		w.on(flow.SignatureVerified{OK: ok, Now: at})
		return
	}
	w.Fatal("nothing to verify")
}

// asksSigned has the page ask with what a site has signed, and publishes.
func (w *window) asksSigned(signed string, site protocol.SiteDocument) {
	w.Helper()
	w.stored()
	r := request()
	r.Signed, r.Site = signed, string(marshal(site))
	w.page(protocol.PageSign, r)
}

func TestSignedRequest(t *testing.T) {
	s := newSigner(t)
	w := open(t)
	w.asksSigned(s.sign(statement()), s.site)
	w.wantStep(flow.StepLoading) // nothing is asked before it is known who vouches for the question
	w.verify(now)
	w.wantStep(flow.StepWho)
	if v := w.View(); v.Site != "Deneme ESHS" || v.Unsigned {
		t.Errorf("site %q, unsigned %v", v.Site, v.Unsigned)
	}
	if !w.has(flow.RememberSigner{Origin: "https://online.example.tr", Now: now}) {
		t.Error("the site is not remembered")
	}
	w.chunk(0, 0, consent)
	w.on(flow.Continue{})
	if !w.View().Document.Whole {
		t.Error("the document is not there")
	}
}

func TestUnsignedRequest(t *testing.T) {
	w := open(t)
	w.stored()
	w.page(protocol.PageSign, request())
	w.wantStep(flow.StepWho)
	if v := w.View(); v.Site != "" || !v.Unsigned {
		t.Errorf("site %q, unsigned %v", v.Site, v.Unsigned)
	}
}

// Every part of what is signed counts, and so does every part of how.
func TestSignedRequestRefused(t *testing.T) {
	tests := map[string]func(s *signer, st *protocol.RequestStatement){
		"another origin":      func(_ *signer, st *protocol.RequestStatement) { st.Issuer = "https://other.example.tr" },
		"another kind":        func(_ *signer, st *protocol.RequestStatement) { st.Request = protocol.PageAuthenticate },
		"another purpose":     func(_ *signer, st *protocol.RequestStatement) { st.Purpose = "Sözleşme" },
		"another code":        func(_ *signer, st *protocol.RequestStatement) { st.Code = "" },
		"a nonce":             func(_ *signer, st *protocol.RequestStatement) { st.Nonce = "n" },
		"no document":         func(_ *signer, st *protocol.RequestStatement) { st.Documents = nil },
		"another name":        func(_ *signer, st *protocol.RequestStatement) { st.Documents[0].Name = "b.txt" },
		"another size":        func(_ *signer, st *protocol.RequestStatement) { st.Documents[0].Size++ },
		"no digest":           func(_ *signer, st *protocol.RequestStatement) { st.Documents[0].Digest = "" },
		"over":                func(_ *signer, st *protocol.RequestStatement) { st.IssuedAt, st.Expires = now-301, now-1 },
		"not yet":             func(_ *signer, st *protocol.RequestStatement) { st.IssuedAt, st.Expires = now+301, now+400 },
		"good for long":       func(_ *signer, st *protocol.RequestStatement) { st.Expires = st.IssuedAt + 601 },
		"never good":          func(_ *signer, st *protocol.RequestStatement) { st.Expires = st.IssuedAt },
		"no algorithm":        func(s *signer, _ *protocol.RequestStatement) { s.header["alg"] = "none" },
		"another type":        func(s *signer, _ *protocol.RequestStatement) { s.header["typ"] = "JWT" },
		"an unknown key":      func(s *signer, _ *protocol.RequestStatement) { s.header["kid"] = "2" },
		"no key's name":       func(s *signer, _ *protocol.RequestStatement) { s.header["kid"], s.site.Keys[0].ID = "", "" },
		"something critical":  func(s *signer, _ *protocol.RequestStatement) { s.header["crit"] = []string{"b64"} },
		"another curve":       func(s *signer, _ *protocol.RequestStatement) { s.site.Keys[0].Curve = "P-384" },
		"another kind of key": func(s *signer, _ *protocol.RequestStatement) { s.site.Keys[0].Type = "OKP" },
		"another's key":       func(s *signer, _ *protocol.RequestStatement) { s.site.Keys[0] = newSigner(s.T).site.Keys[0] },
		"no name":             func(s *signer, _ *protocol.RequestStatement) { s.site.Name = "" },
		"a long name":         func(s *signer, _ *protocol.RequestStatement) { s.site.Name = strings.Repeat("a", 101) },
		"nine keys": func(s *signer, _ *protocol.RequestStatement) {
			s.site.Keys = append(s.site.Keys, make([]protocol.SiteKey, 8)...)
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			s, st := newSigner(t), statement()
			change(s, &st)
			refusesSigned(t, s.sign(st), s.site)
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
			s := newSigner(t)
			refusesSigned(t, change(s.sign(statement())), s.site)
		})
	}
}

func refusesSigned(t *testing.T, signed string, site protocol.SiteDocument) {
	t.Helper()
	w := open(t)
	w.asksSigned(signed, site)
	if w.View().Step == flow.StepLoading {
		w.verify(now)
	}
	w.wantProblem(protocol.CodeRequestSignature)
	if got := w.lastTold(); got != "failed request_signature" {
		t.Errorf("the page was told %q", got)
	}
}

func TestSignedDocumentIsAnother(t *testing.T) {
	s := newSigner(t)
	w := open(t)
	w.asksSigned(s.sign(statement()), s.site)
	w.verify(now)
	w.chunk(0, 0, strings.Replace(consent, "veriyorum", "vermiyoru", 1))
	w.wantProblem(protocol.CodeDocumentChanged)
}

// A host that fails meanwhile does not let a request by whose signature is not verified.
func TestSignedRequestAfterAFailure(t *testing.T) {
	s := newSigner(t)
	w := open(t)
	w.asksSigned(s.sign(statement()), s.site)
	w.on(flow.HostClosed{Reason: "not found"}, flow.Retry{})
	w.wantStep(flow.StepLoading)
	w.on(flow.SignatureVerified{OK: false, Now: now})
	w.wantProblem(protocol.CodeRequestSignature)
	w.on(flow.SignatureVerified{OK: true, Now: now})
	w.wantProblem(protocol.CodeRequestSignature)
}

// Who has signed once must sign again, in whatever words its page asks.
func TestSignerMustSign(t *testing.T) {
	stored := flow.RequestRead{Stored: &protocol.StoredRequest{TabID: 7, Origin: "https://online.example.tr", PageRequest: pageID}, SignedAt: now, Now: now + 364*24*60*60}
	w := open(t)
	w.on(stored)
	w.page(protocol.PageSign, request())
	w.wantProblem(protocol.CodeRequestUnsigned)
	later := stored
	later.Now = now + 365*24*60*60
	w = open(t)
	w.on(later)
	w.page(protocol.PageSign, request())
	w.wantStep(flow.StepWho)
	webEID := loginRequest()
	webEID.Format = protocol.LoginFormatWebEID
	for _, ask := range []struct {
		act  protocol.PageType
		body any
	}{
		{protocol.PageAuthenticate, loginRequest()}, {protocol.PageAuthenticate, webEID},
		{protocol.PageCertificates, asks(protocol.PageCertificates)}, {protocol.PageSignHash, hashRequest()},
	} {
		c := openCard(t)
		c.on(stored)
		c.page(ask.act, ask.body)
		c.wantProblem(protocol.CodeRequestUnsigned)
	}
}

func TestSignedLogin(t *testing.T) {
	s := newSigner(t)
	for nonce, fits := range map[string]bool{loginRequest().Nonce: true, strings.Repeat("B", 44): false} {
		r := loginRequest()
		r.Signed = s.sign(protocol.RequestStatement{
			Issuer: "https://online.example.tr", IssuedAt: now, Expires: now + 60, Request: protocol.PageAuthenticate, Purpose: r.Purpose, Nonce: nonce,
		})
		r.Site = string(marshal(s.site))
		c := openCard(t)
		c.stored()
		c.page(protocol.PageAuthenticate, r)
		if !fits {
			c.wantProblem(protocol.CodeRequestSignature)
			continue
		}
		c.verify(now)
		c.wantStep(flow.StepWho)
		if v := c.View(); v.Site != "Deneme ESHS" {
			t.Errorf("site %q", v.Site)
		}
	}
}

// Whatever is said to be signed: no panic, and nobody is asked anything before the signature is verified.
func FuzzSignedRequest(f *testing.F) {
	f.Add("a.b.c", "{}")
	s := newSigner(&testing.T{})
	f.Add(s.sign(statement()), string(marshal(s.site)))
	f.Fuzz(func(t *testing.T, signed, site string) {
		w := open(t)
		w.stored()
		r := request()
		r.Signed, r.Site = signed, site
		w.page(protocol.PageSign, r)
		if step := w.View().Step; signed != "" && step != flow.StepLoading && step != flow.StepFailed {
			t.Errorf("step %q", step)
		}
	})
}
