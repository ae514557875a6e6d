package credential_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/act/credential"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/window/windowtest"
)

// cardWindow is the window for acts without a document, with its surroundings.
type cardWindow struct {
	windowtest.Surroundings
	*credential.Act
}

func openCard(t *testing.T) *cardWindow {
	t.Helper()
	c, effects := credential.New(windowtest.Calendar)
	return &cardWindow{windowtest.New(t, c.Handle, effects, nil), c}
}

const (
	cardSite = "https://online.example.tr" // that of stored
	cardKey  = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00"
)

var (
	nonce   = strings.Repeat("bm9uY2U+", 5) + "/w=="
	cardDER = []byte("a certificate in DER")
	cardID  = idOf(cardDER)

	es256     = protocol.SignatureAlgorithm{Crypto: "ECC", Hash: "SHA-256", Padding: "NONE"}
	exported  = protocol.HostExportedBody{Data: cardDER, Algorithms: []protocol.SignatureAlgorithm{es256}}
	loggedIn  = protocol.LoginResult{Token: `{"format":"eonay-login:1","signature":"AQ=="}`}
	hashDone  = protocol.HashResult{Algorithm: es256, Signature: bytes.Repeat([]byte{1}, 64)}
	permitted = protocol.HostHashSites{Sites: []protocol.HostHashSite{{Key: cardKey, Origin: cardSite, Issuer: "Deneme ESHS", Serial: "0A", Since: 1}}}
	cardActs  = []protocol.PageType{protocol.PageAuthenticate, protocol.PageCertificates, protocol.PageSignHash}
)

func idOf(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

func loginRequest() protocol.LoginRequest {
	return protocol.LoginRequest{Format: protocol.LoginFormat, Nonce: nonce, Purpose: "Üye girişi", Language: "tr"}
}

func hashRequest() protocol.HashRequest {
	return protocol.HashRequest{Certificate: cardDER, Hash: bytes.Repeat([]byte{7}, 32), Function: "SHA-256", Language: "tr"}
}

func asks(act protocol.PageType) any {
	switch act {
	case protocol.PageAuthenticate:
		return loginRequest()
	case protocol.PageCertificates:
		return protocol.CertificatesRequest{Purpose: "Başvurunun imzalanması", Language: "tr"}
	}
	return hashRequest()
}

func cardCertificate() protocol.Certificate {
	c := windowtest.Certificate(cardID, "")
	c.PublicKey = cardKey
	return c
}

// cardUntil drives a fresh window to a step of an act, with one certificate on the card.
func cardUntil(t *testing.T, act protocol.PageType, step screen.Step) *cardWindow {
	t.Helper()
	return cardWith(t, act, step, windowtest.List(windowtest.ReadyPIN, cardCertificate()), permitted)
}

func cardWith(t *testing.T, act protocol.PageType, step screen.Step, l protocol.CertificateList, sites protocol.HostHashSites) *cardWindow {
	t.Helper()
	w := openCard(t)
	result := map[protocol.PageType]func(){
		protocol.PageAuthenticate: func() { w.Answer(protocol.HostAuthenticated, loggedIn) },
		protocol.PageCertificates: func() { w.Answer(protocol.HostExported, exported) },
		protocol.PageSignHash:     func() { w.Answer(protocol.HostHashSigned, hashDone) },
	}
	next := func() { w.On(loop.Continue{}) }
	for _, s := range []struct {
		step screen.Step
		do   func()
	}{
		{screen.StepLoading, func() {}},
		{screen.StepWho, func() { w.Stored(); w.Page(act, asks(act)); w.greeted(l, sites) }},
		{screen.StepCertificate, next},
		{screen.StepPIN, next},
		{screen.StepWorking, func() { w.On(pinentry.Submit{PIN: []byte("1234")}) }},
		{screen.StepDone, result[act]},
	} {
		if s.step == screen.StepPIN && act == protocol.PageCertificates {
			continue
		}
		if s.step == screen.StepWorking && act == protocol.PageCertificates {
			s.do = next
		}
		s.do()
		if s.step == screen.StepCertificate && step == screen.StepWaiting {
			s.step = screen.StepWaiting
		}
		w.wantStep(s.step)
		if s.step == step {
			return w
		}
	}
	t.Fatalf("no way to %q", step)
	return nil
}

// greeted has the host answer what it is asked by itself.
func (w *cardWindow) greeted(l protocol.CertificateList, sites protocol.HostHashSites) {
	w.Helper()
	w.Answer(protocol.HostWelcome, protocol.Welcome{Protocol: protocol.Version, Version: "0.1.0"})
	w.Answer(protocol.HostCertificateList, l)
	if asked := w.Asked(); asked[len(asked)-1] == "hash-sites" {
		w.Answer(protocol.HostHashSiteList, sites)
	}
}

func (w *cardWindow) wantStep(step screen.Step) {
	w.Helper()
	if got := w.View().Step; got != step {
		w.Fatalf("step %q (problem %q, alert %q), want %q", got, w.View().Problem, w.View().Alert.Code, step)
	}
}

func (w *cardWindow) wantProblem(code fault.Code) {
	w.Helper()
	w.wantStep(screen.StepFailed)
	if got := w.View().Problem; got != code {
		w.Fatalf("problem %q, want %q", got, code)
	}
}

func TestEachActIsDone(t *testing.T) {
	for _, tt := range []struct {
		act   protocol.PageType
		told  []string
		asked []string
	}{
		{protocol.PageAuthenticate, []string{"progress opened", "progress agreed", "progress signing", "authenticated"}, []string{"hello", "certificates", "authenticate"}},
		{protocol.PageCertificates, []string{"progress opened", "progress agreed", "shown"}, []string{"hello", "certificates", "export"}},
		{protocol.PageSignHash, []string{"progress opened", "progress agreed", "progress signing", "hash-signed"}, []string{"hello", "certificates", "hash-sites", "sign-hash"}},
	} {
		w := cardUntil(t, tt.act, screen.StepDone)
		if !slices.Equal(w.Told(), tt.told) || !slices.Equal(w.Asked(), tt.asked) {
			t.Errorf("%s: the page was told %q, the host asked %q", tt.act, w.Told(), w.Asked())
		}
		if !w.Has(loop.DropHost{}) || !w.Has(loop.SetTimer{Timer: loop.TimerClose, Wait: 8000}) {
			t.Errorf("%s: the host is not dropped, or the window does not close by itself", tt.act)
		}
	}
}

// What the host is asked with: the page's words, and the browser's word for who they are from.
func TestHostGetsTheBrowsersOrigin(t *testing.T) {
	login, pin := windowtest.Sent[protocol.HostLoginBody](&cardUntil(t, protocol.PageAuthenticate, screen.StepWorking).Surroundings)
	want := protocol.HostLoginBody{Certificate: cardID, Told: protocol.PINReady, Format: protocol.LoginFormat, Nonce: nonce, Origin: cardSite, Purpose: "Üye girişi"}
	if string(windowtest.Marshal(login)) != string(windowtest.Marshal(want)) || pin != "1234" {
		t.Errorf("a login with PIN %q: %+v", pin, login)
	}
	export, pin := windowtest.Sent[protocol.HostExportBody](&cardUntil(t, protocol.PageCertificates, screen.StepWorking).Surroundings)
	if export.Certificate != cardID || pin != "" {
		t.Errorf("a certificate with PIN %q: %+v", pin, export)
	}
	hash, pin := windowtest.Sent[protocol.HostSignHashBody](&cardUntil(t, protocol.PageSignHash, screen.StepWorking).Surroundings)
	if hash.Certificate != cardID || !bytes.Equal(hash.Hash, hashRequest().Hash) || hash.Function != "SHA-256" || hash.Origin != cardSite || pin != "1234" {
		t.Errorf("a hash with PIN %q: %+v", pin, hash)
	}
}

// What the page gets.
func TestPageGetsTheResult(t *testing.T) {
	for act, want := range map[protocol.PageType]any{
		protocol.PageAuthenticate: loggedIn,
		protocol.PageCertificates: protocol.CertificatesResult{Certificates: []protocol.ShownCertificate{{Data: cardDER, Algorithms: []protocol.SignatureAlgorithm{es256}}}},
		protocol.PageSignHash:     hashDone,
	} {
		w := cardUntil(t, act, screen.StepDone)
		var got any
		for _, e := range w.Effects {
			if p, ok := e.(loop.PostPage); ok {
				got = p.Envelope.Body
			}
		}
		if string(windowtest.Marshal(got)) != string(windowtest.Marshal(want)) {
			t.Errorf("%s: %s", act, windowtest.Marshal(got))
		}
	}
	w := cardUntil(t, protocol.PageCertificates, screen.StepWorking)
	w.Answer(protocol.HostExported, protocol.HostExportedBody{Data: cardDER})
	posted, _ := w.Effects[slices.IndexFunc(w.Effects, isShown)].(loop.PostPage)
	if !strings.Contains(string(windowtest.Marshal(posted)), `"algorithms":[]`) {
		t.Errorf("a key without algorithms: %s", windowtest.Marshal(posted))
	}
}

func isShown(e loop.Effect) bool {
	p, ok := e.(loop.PostPage)
	return ok && p.Envelope.Type == protocol.PageShown
}

// Every request that a page must not make.
func TestBadRequests(t *testing.T) {
	login := func(change func(r *protocol.LoginRequest)) any { r := loginRequest(); change(&r); return r }
	hash := func(change func(r *protocol.HashRequest)) any { r := hashRequest(); change(&r); return r }
	long := strings.Repeat("ş", protocol.MaxPurpose/2+1)
	for _, tt := range []struct {
		name string
		act  protocol.PageType
		body any
	}{
		{"no login", protocol.PageAuthenticate, nil},
		{"a login of another shape", protocol.PageAuthenticate, map[string]any{"nonce": 1}},
		{"another format", protocol.PageAuthenticate, login(func(r *protocol.LoginRequest) { r.Format = "eonay-login:2" })},
		{"no format", protocol.PageAuthenticate, login(func(r *protocol.LoginRequest) { r.Format = "" })},
		{"no nonce", protocol.PageAuthenticate, login(func(r *protocol.LoginRequest) { r.Nonce = "" })},
		{"a short nonce", protocol.PageAuthenticate, login(func(r *protocol.LoginRequest) { r.Nonce = nonce[4:] })},
		{"a long nonce", protocol.PageAuthenticate, login(func(r *protocol.LoginRequest) { r.Nonce = strings.Repeat("A", protocol.MaxNonce+4) })},
		{"a nonce with a line", protocol.PageAuthenticate, login(func(r *protocol.LoginRequest) { r.Nonce = "\n" + nonce[1:] })},
		{"a nonce of another alphabet", protocol.PageAuthenticate, login(func(r *protocol.LoginRequest) { r.Nonce = "-_" + nonce[2:] })},
		{"a nonce with its end within", protocol.PageAuthenticate, login(func(r *protocol.LoginRequest) { r.Nonce = "====" + nonce[4:] })},
		{"a nonce of three signs of its end", protocol.PageAuthenticate, login(func(r *protocol.LoginRequest) { r.Nonce = nonce[:41] + "===" })},
		{"a nonce that is no whole base64", protocol.PageAuthenticate, login(func(r *protocol.LoginRequest) { r.Nonce = strings.Repeat("A", 45) })},
		{"a long purpose", protocol.PageAuthenticate, login(func(r *protocol.LoginRequest) { r.Purpose = long })},
		{"a long purpose for a certificate", protocol.PageCertificates, protocol.CertificatesRequest{Purpose: long}},
		{"no question for a certificate", protocol.PageCertificates, nil},
		{"no certificate", protocol.PageSignHash, hash(func(r *protocol.HashRequest) { r.Certificate = nil })},
		{"a large certificate", protocol.PageSignHash, hash(func(r *protocol.HashRequest) { r.Certificate = make([]byte, protocol.MaxCertificate+1) })},
		{"no hash", protocol.PageSignHash, hash(func(r *protocol.HashRequest) { r.Hash = nil })},
		{"a short hash", protocol.PageSignHash, hash(func(r *protocol.HashRequest) { r.Hash = r.Hash[1:] })},
		{"another function's hash", protocol.PageSignHash, hash(func(r *protocol.HashRequest) { r.Function = "SHA-384" })},
		{"an unknown function", protocol.PageSignHash, hash(func(r *protocol.HashRequest) { r.Function = "SHA-1" })},
		{"no function", protocol.PageSignHash, hash(func(r *protocol.HashRequest) { r.Function, r.Hash = "", nil })},
		{"a document's signature", protocol.PageSign, windowtest.SignRequest()},
		{"a new PIN", protocol.PagePIN, windowtest.PINRequest()},
		{"a chunk", protocol.PageChunk, protocol.PageChunkBody{Data: []byte("x")}},
		{"an answer", protocol.PageAuthenticated, loggedIn},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := openCard(t)
			w.Stored()
			w.Page(tt.act, tt.body)
			w.wantProblem(fault.RequestInvalid)
			if w.LastTold() != "failed request_invalid" || w.View().Retriable {
				t.Errorf("told %q, retriable %v", w.LastTold(), w.View().Retriable)
			}
		})
	}
	for name, nonce := range map[string]string{"the shortest": strings.Repeat("A", protocol.MinNonce), "the longest": strings.Repeat("+/z9", protocol.MaxNonce/4)} {
		w := openCard(t)
		w.Stored()
		w.Page(protocol.PageAuthenticate, login(func(r *protocol.LoginRequest) { r.Nonce, r.Format, r.Purpose = nonce, protocol.LoginFormatWebEID, "" }))
		if w.View().Step != screen.StepWho {
			t.Errorf("%s nonce: %q", name, w.View().Problem)
		}
	}
}

// A page asks once.
func TestSecondRequestEndsTheFirst(t *testing.T) {
	for _, act := range cardActs {
		for _, second := range cardActs {
			w := cardUntil(t, act, screen.StepWho)
			w.Page(second, asks(second))
			w.wantProblem(fault.RequestInvalid)
		}
	}
}
