package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestSignedRequests is a site that signs what its pages ask for, and whoever would ask in its name.
func TestSignedRequests(t *testing.T) {
	t.Parallel()
	h := hostile{NewWorld(t, Options{Virtual: true})}
	t.Run("name", h.signedName)
	t.Run("unsigned afterwards", h.unsignedAfterwards)
	t.Run("login", h.signedLogin)
	t.Run("certificate and signature", h.signedCertificate)
	t.Run("another request", h.signedOther)
	t.Run("another document", h.signedDocument)
	t.Run("another site", h.signedByAnother)
	t.Run("what is published", h.publishedOtherwise)
	t.Run("new key", h.signedByNewKey)
	t.Run("service worker", h.serviceWorker)
	t.Run("portal", h.portalSigns)
}

// signingSite is a site that signs, by the published words alone. What it publishes is the test's to change.
type signingSite struct {
	hostile
	t   *testing.T
	url string
	key *ecdsa.PrivateKey

	mutex   sync.Mutex
	publish http.HandlerFunc
}

func (h hostile) signing(t *testing.T) *signingSite {
	t.Helper()
	s := &signingSite{hostile: h, t: t, key: newKey(t)}
	s.publishes(publishing("Deneme Sitesi", s.key))
	s.url = StartSite(t, func(mux *http.ServeMux) {
		mux.HandleFunc("GET /.well-known/eonay.json", func(w http.ResponseWriter, r *http.Request) {
			s.mutex.Lock()
			publish := s.publish
			s.mutex.Unlock()
			publish(w, r)
		})
		mux.HandleFunc("GET /worker.js", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = io.WriteString(w, worker) // a browser that left is no concern
		})
	}).URL
	return s
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (s *signingSite) publishes(publish http.HandlerFunc) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.publish = publish
}

func url64(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

func coordinates(key *ecdsa.PrivateKey) (x, y []byte) {
	point, _ := key.PublicKey.Bytes() // a key that was generated has a point
	return point[1:33], point[33:]
}

// named is a name for a key.
func named(key *ecdsa.PrivateKey) string {
	x, _ := coordinates(key)
	return hex.EncodeToString(x[:8])
}

// siteDocument is what a site publishes.
func siteDocument(name string, keys ...*ecdsa.PrivateKey) []byte {
	list := []map[string]string{}
	for _, key := range keys {
		x, y := coordinates(key)
		list = append(list, map[string]string{"kty": "EC", "crv": "P-256", "kid": named(key), "x": url64(x), "y": url64(y)})
	}
	data, _ := json.Marshal(map[string]any{"name": name, "keys": list}) // strings cannot fail
	return data
}

func publishing(name string, keys ...*ecdsa.PrivateKey) http.HandlerFunc {
	return answering(siteDocument(name, keys...))
}

func answering(data []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(data) // a browser that left is no concern
	}
}

// statement is what is signed.
type statement map[string]any

// with returns a copy with another member.
func (s statement) with(name string, value any) statement {
	changed := statement{}
	for n, v := range s {
		changed[n] = v
	}
	changed[name] = value
	return changed
}

// states is the site's statement about a request.
func (s *signingSite) states(request string) statement {
	now := time.Now().Unix()
	return statement{"iss": s.url, "iat": now, "exp": now + 300, "request": request}
}

const text = "Merhaba.\n"

// signature is the statement about plain.
func (s *signingSite) signature() statement {
	digest := sha256.Sum256([]byte(text))
	documents := []map[string]any{{"name": "belge.txt", "size": len(text), "sha256": hex.EncodeToString(digest[:])}}
	return s.states("sign").with("purpose", "deneme").with("documents", documents)
}

// login is the statement about asksLogin.
func (s *signingSite) login() statement {
	return s.states("authenticate").with("purpose", "Üye girişi").with("nonce", nonce)
}

// sign makes the JWS.
func (s *signingSite) sign(key *ecdsa.PrivateKey, st statement) string {
	s.t.Helper()
	encode := func(v any) string {
		data, err := json.Marshal(v)
		if err != nil {
			s.t.Fatal(err)
		}
		return url64(data)
	}
	input := encode(map[string]string{"alg": "ES256", "kid": named(key), "typ": "eonay-request+jws"}) + "." + encode(st)
	digest := sha256.Sum256([]byte(input))
	r, v, err := ecdsa.Sign(rand.Reader, key, digest[:])
	if err != nil {
		s.t.Fatal(err)
	}
	return input + "." + url64(append(r.FillBytes(make([]byte, 32)), v.FillBytes(make([]byte, 32))...))
}

// signed is a call of the page library with what is signed.
func signed(call, jws string) string { return strings.Replace(call, "{", `{ signed: "`+jws+`",`, 1) }

const (
	asksSignature   = "sign(" + plain + ")"
	asksCertificate = "certificates({})"
)

// shows checks that the window shows the site's name beside its origin.
func (s *signingSite) shows(window *Page) {
	s.t.Helper()
	window.AtStep("who")
	if name, origin := window.Text("#site b"), window.Text("#origin"); name != "Deneme Sitesi" || origin != s.url {
		s.t.Errorf("the window shows %q of %q", name, origin)
	}
}

// asks has a page of the site ask, which is taken.
func (s *signingSite) asks(call string, key *ecdsa.PrivateKey, st statement) (*Page, *Page) {
	s.t.Helper()
	p := s.load(s.t, s.url)
	p.call(signed(call, s.sign(key, st)))
	window := s.w.Browser.Window()
	s.shows(window)
	return p, window
}

// refuses has a page of the site make a call, which ends with a code in window and page.
func (s *signingSite) refuses(t *testing.T, call, code string) {
	t.Helper()
	p := s.load(t, s.url)
	p.call(call)
	if got := s.w.Browser.Window().Failed(); got != code {
		t.Errorf("the window shows %q, want %q", got, code)
	}
	if got := p.outcome(); got != code {
		t.Errorf("the page got %q, want %q", got, code)
	}
}

func (h hostile) signedName(t *testing.T) {
	s := h.signing(t)
	p, window := s.asks(asksSignature, s.key, s.signature())
	if Eval[bool](window, `document.querySelector("#unsigned") !== null`) {
		t.Error("the request is marked as unsigned")
	}
	s.signs(window)
	if got := p.outcome(); !strings.HasPrefix(got, `{"signatures":`) {
		t.Errorf("the page got %q", got)
	}
	p = h.fresh(t)
	p.ask(plain)
	window = h.w.Browser.Window()
	window.Wait("#unsigned")
	if Eval[bool](window, `document.querySelector("#site") !== null`) {
		t.Error("a site that has not signed has a name")
	}
}

// unsignedAfterwards is a script that got into the page of a site that has signed, and has no key: it asks in our words, for
// each window, and in Web eID's. All acts are in wasm/act.
func (h hostile) unsignedAfterwards(t *testing.T) {
	s := h.signing(t)
	s.asks(asksSignature, s.key, s.signature())
	for name, call := range map[string]string{"signature": asksSignature, "login": asksLogin} {
		t.Run(name, func(t *testing.T) { s.refuses(t, call, "request_unsigned") })
	}
	t.Run("Web eID", func(t *testing.T) {
		p := s.load(t, s.url)
		p.speaks("authenticate", webEIDNonce)
		if got := h.w.Browser.Window().Failed(); got != "request_unsigned" {
			t.Errorf("the window shows %q", got)
		}
		if got := p.hears("authenticate", "failure").Error.EOnay; got != "request_unsigned" {
			t.Errorf("the page got %q", got)
		}
	})
}

func (h hostile) signedLogin(t *testing.T) {
	s := h.signing(t)
	p, window := s.asks(asksLogin, s.key, s.login())
	s.signs(window)
	if got := p.outcome(); !strings.HasPrefix(got, `{"token":`) {
		t.Errorf("the page got %q", got)
	}
}

// signedCertificate asks twice, and must sign twice: the second question needs no press, but a signature.
func (h hostile) signedCertificate(t *testing.T) {
	s := h.signing(t)
	call := signed(asksCertificate, s.sign(s.key, s.states("certificates"))) + `.then(() => client.sign(` + signed(plain, s.sign(s.key, s.signature())) + `))`
	p := s.load(t, s.url)
	p.call(call)
	window := h.w.Browser.Window()
	s.shows(window)
	window.Forward("certificate")
	window.Continue()
	window = h.w.Browser.WindowAfter(window)
	s.shows(window)
	s.signs(window)
	if got := p.outcome(); !strings.HasPrefix(got, `{"signatures":`) {
		t.Errorf("the page got %q", got)
	}
}

// signedOther has a page ask for something else than what its site has signed: a word of it, what is over by the browser's
// clock, and what is of another address than the browser's. Every part of a statement is in wasm/act/sign.
func (h hostile) signedOther(t *testing.T) {
	for name, tt := range map[string]struct {
		call string
		sign func(s *signingSite) statement
	}{
		"purpose": {strings.Replace(asksSignature, "deneme", "başka", 1), (*signingSite).signature},
		"what is over": {asksLogin, func(s *signingSite) statement {
			return s.login().with("iat", time.Now().Unix()-400).with("exp", time.Now().Unix()-100)
		}},
		"of another address": {asksLogin, func(s *signingSite) statement { return s.login().with("iss", "https://baska.test") }},
	} {
		t.Run(name, func(t *testing.T) {
			s := h.signing(t)
			s.refuses(t, signed(tt.call, s.sign(s.key, tt.sign(s))), "request_signature")
		})
	}
}

// signedDocument has a page hand over other bytes of the same length.
func (h hostile) signedDocument(t *testing.T) {
	s := h.signing(t)
	s.refuses(t, signed(strings.Replace(asksSignature, "Merhaba", "Elveda!", 1), s.sign(s.key, s.signature())), "document_changed")
}

// signedByAnother uses what another site has signed, and a key that the site does not publish.
func (h hostile) signedByAnother(t *testing.T) {
	t.Run("signature", func(t *testing.T) {
		s, other := h.signing(t), h.signing(t)
		s.publishes(publishing("Deneme Sitesi", s.key, other.key)) // even so
		s.refuses(t, signed(asksSignature, other.sign(other.key, other.signature())), "request_signature")
	})
	t.Run("key", func(t *testing.T) {
		s := h.signing(t)
		s.refuses(t, signed(asksSignature, s.sign(newKey(t), s.signature())), "request_signature")
	})
}

// publishedOtherwise has a site publish what is of no use, in the ways that are the browser's business. The others are in
// extension/card.test.js.
func (h hostile) publishedOtherwise(t *testing.T) {
	for name, publish := range map[string]func(s *signingSite) http.HandlerFunc{
		"elsewhere": func(s *signingSite) http.HandlerFunc {
			there := publishing("Deneme Sitesi", s.key)
			return func(w http.ResponseWriter, r *http.Request) {
				if r.URL.RawQuery != "" {
					there(w, r)
					return
				}
				http.Redirect(w, r, r.URL.Path+"?elsewhere", http.StatusFound) // on the same site, even so
			}
		},
		"no answer": func(*signingSite) http.HandlerFunc {
			return func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		},
		"no end": func(s *signingSite) http.HandlerFunc {
			begins := answering(siteDocument("Deneme Sitesi", s.key))
			return func(w http.ResponseWriter, r *http.Request) {
				begins(w, r)
				_ = http.NewResponseController(w).Flush() // a browser that left is no concern
				<-r.Context().Done()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := h.signing(t)
			s.publishes(publish(s))
			s.refuses(t, signed(asksSignature, s.sign(s.key, s.signature())), "request_signature")
		})
	}
}

// signedByNewKey replaces a site's key: as long as both are published, both are good.
func (h hostile) signedByNewKey(t *testing.T) {
	s := h.signing(t)
	before, after := s.key, newKey(t)
	s.asks(asksSignature, before, s.signature())
	s.publishes(publishing("Deneme Sitesi", after, before))
	for _, key := range []*ecdsa.PrivateKey{before, after} {
		p, window := s.asks(asksSignature, key, s.signature())
		s.signs(window)
		p.outcome()
	}
	s.publishes(publishing("Deneme Sitesi", after))
	s.refuses(t, signed(asksSignature, s.sign(before, s.signature())), "request_signature")
}

// worker is a script that has got itself between the page and its server. It answers with what the page tells it.
const worker = `let published = "";
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => { published = event.data; event.source.postMessage("taken"); });
self.addEventListener("fetch", (event) => {
	if (event.request.url.endsWith("/eonay.json")) event.respondWith(new Response(published));
});`

// serviceWorker has a script in the page publish a key of its own.
func (h hostile) serviceWorker(t *testing.T) {
	s := h.signing(t)
	mine := newKey(t)
	p := s.load(t, s.url)
	document, _ := json.Marshal(string(siteDocument("Deneme Sitesi", mine))) // a string cannot fail
	got := Eval[string](p, `(async () => {
		navigator.serviceWorker.register("/worker.js");
		const { active } = await navigator.serviceWorker.ready;
		await new Promise((done) => {
			navigator.serviceWorker.addEventListener("message", done);
			active.postMessage(`+string(document)+`);
			navigator.serviceWorker.startMessages();
		});
		while (navigator.serviceWorker.controller === null) await new Promise((done) => setTimeout(done, 5));
		return (await fetch("/.well-known/eonay.json")).text();
	})()`)
	t.Cleanup(func() { // or it would be in the pages of a later site at this port
		Eval[bool](p, `navigator.serviceWorker.ready.then((registration) => registration.unregister())`)
	})
	if !strings.Contains(got, named(mine)) {
		t.Fatalf("the page's own script gets %q", got)
	}
	p.call(signed(asksSignature, s.sign(mine, s.signature())))
	if got := h.w.Browser.Window().Failed(); got != "request_signature" {
		t.Errorf("the window shows %q", got)
	}
}

// portalSigns has the portal sign what its own pages ask for, after a login with the card; then a script in its page asks.
func (h hostile) portalSigns(t *testing.T) {
	h.w.Browser.CloseWindows()
	p := h.w.Browser.NewPage(h.w.Portal.URL + "/giris/kart/e-imza")
	signs := func(button string) {
		t.Helper()
		p.Wait(button + ":not([disabled])")
		p.Click(button)
		window := h.w.Browser.Window()
		window.AtStep("who")
		if name, origin := window.Text("#site b"), window.Text("#origin"); name != "Deneme ESHS" || origin != h.w.Portal.URL {
			t.Errorf("the window shows %q of %q", name, origin)
		}
		h.signs(window)
	}
	signs("#card-login")
	p.Wait("#menu-nes")
	h.w.Browser.CloseWindows()
	NewJourney(h.w, nil).ToCode(p, Give)
	signs("#sign")
	p.Wait(`#result[data-act="give"]`)
	h.w.Browser.CloseWindows()
	p.Gesture(`import("/static/client.js").then((client) => client.sign(` + plain + `)).then(() => "signed", (e) => e.code)
		.then((outcome) => { window.outcome = outcome; })`)
	if got := h.w.Browser.Window().Failed(); got != "request_unsigned" {
		t.Errorf("the window shows %q", got)
	}
	if got := p.outcome(); got != "request_unsigned" {
		t.Errorf("the page got %q", got)
	}
}
