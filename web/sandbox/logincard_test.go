package sandbox_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// gatewayCard is a card with which somebody logs in at the gateway.
type gatewayCard struct {
	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
}

func (p *relyingParty) newCard(kind, citizenNumber string) gatewayCard {
	p.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	status, answer := p.world.post("/ca/issue", map[string]any{"publicKey": spki(p.t, key.Public()), "name": "Ayşe Yılmaz", "citizenNumber": citizenNumber, "kind": kind})
	var made issued
	if err := json.Unmarshal(answer, &made); err != nil || status != http.StatusOK {
		p.t.Fatalf("%d %s %v", status, answer, err)
	}
	certificate, err := x509.ParseCertificate(made.Certificate)
	if err != nil {
		p.t.Fatal(err)
	}
	return gatewayCard{key, certificate}
}

// fetch sends a request as the page's script does, and returns the members of the answer.
func (p *relyingParty) fetch(method, path string, body []byte) (status int, said map[string]any) {
	p.t.Helper()
	r, err := http.NewRequest(method, p.world.url+path, bytes.NewReader(body))
	if err == nil {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Origin", p.world.url)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	response, text := p.do(r, err)
	if err := json.Unmarshal([]byte(text), &said); err != nil {
		p.t.Fatalf("%s %s: %s %s", method, path, response.Status, text)
	}
	return response.StatusCode, said
}

// logInWithCard answers the challenge of a way's page at origin.
func (p *relyingParty) logInWithCard(way, id string, c gatewayCard, origin string) (status int, said map[string]any) {
	p.t.Helper()
	path := "/login/" + way + "/kart?id=" + id
	status, request := p.fetch(http.MethodGet, path, nil)
	if status != http.StatusOK {
		return status, request
	}
	nonce := fmt.Sprint(request["nonce"])
	body, err := json.Marshal(map[string]string{"nonce": nonce, "token": string(pkitest.LoginToken(p.t, c.certificate, c.key, origin, nonce))})
	if err != nil {
		p.t.Fatal(err)
	}
	return p.fetch(http.MethodPost, path, body)
}

// TestCardsAtTheGateway logs in with the card of each kind, by the gateway's own challenge.
func TestCardsAtTheGateway(t *testing.T) {
	w := start(t)
	for way, kind := range map[string]string{"e-imza": "valid", "kimlik-karti": "identity-card"} {
		p := newRelyingParty(t, w)
		page := p.begin(way)
		response, _ := p.get("/login/" + way + "?id=" + hiddenID.FindStringSubmatch(page)[1])
		want := "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self' http://localhost:4711; frame-ancestors 'none'; base-uri 'none'"
		if got := response.Header.Get("Content-Security-Policy"); got != want {
			t.Errorf("%s: CSP %q, want %q", way, got, want)
		}
		for _, want := range []string{`src="/login/card.js"`, `id="card-login"`} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page lacks %s", way, want)
			}
		}
		status, said := p.logInWithCard(way, hiddenID.FindStringSubmatch(page)[1], p.newCard(kind, "10000000146"), w.url)
		if status != http.StatusOK {
			t.Fatalf("%s: %d %v", way, status, said)
		}
		response, body := p.get(strings.TrimPrefix(fmt.Sprint(said["location"]), w.url))
		claims, problem := p.identify(p.returned(response, body).Get("code"))
		if got := fmt.Sprint(claims["acr"], " ", claims["amr"]); problem != "" || got != high+" [urn:deneme:yol:"+way+" sc pin]" || claims["name"] != "Ayşe Yılmaz" {
			t.Errorf("%s: %v as %s, %s", way, claims["name"], got, problem)
		}
	}
	for _, name := range []string{"/login/card.js", "/login/e-onay/client.js", "/login/e-onay/protocol.gen.js"} {
		if len(w.get(w.url+name)) == 0 {
			t.Errorf("%s is empty", name)
		}
	}
}

// TestCardsAtTheGatewayRefused: a card of another kind, of nobody here, for another site, for a login that is over or at another level.
func TestCardsAtTheGatewayRefused(t *testing.T) {
	w := start(t)
	maker := newRelyingParty(t, w)
	valid, identity, stranger := maker.newCard("valid", "10000000146"), maker.newCard("identity-card", "10000000146"), maker.newCard("valid", "12345678901")
	for _, test := range []struct {
		name, way string
		card      gatewayCard
		origin    string
		asked     string
		cancelled bool
		code      string
	}{
		{"an identity card as E-İmza", "e-imza", identity, w.url, "", false, "certificate_not_qualified"},
		{"E-İmza as an identity card", "kimlik-karti", valid, w.url, "", false, "certificate_not_qualified"},
		{"nobody's card", "e-imza", stranger, w.url, "", false, "certificate_of_another"},
		{"for another site", "e-imza", valid, "http://localhost:4711", "", false, "login_failed"},
		{"a cancelled login", "e-imza", valid, w.url, "", true, "form_expired"},
		{"another level", "e-imza", valid, w.url, low, false, "form_expired"},
	} {
		p := newRelyingParty(t, w)
		_, page := p.open(oauth2.S256ChallengeOption(p.verifier), oauth2.SetAuthURLParam("acr_values", test.asked))
		if test.cancelled {
			p.press(page, url.Values{"action": {"cancel"}})
		}
		status, said := p.logInWithCard(test.way, hiddenID.FindStringSubmatch(page)[1], test.card, test.origin)
		if status < 400 || said["code"] != test.code {
			t.Errorf("%s: %d %v, want %s", test.name, status, said, test.code)
		}
	}
}
