package portaltest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// The pages of the logins with a card.
const (
	ESignature   = "/giris/kart/e-imza"
	IdentityCard = "/giris/kart/kimlik-karti"
)

// Nonce begins a login with a card, as the page at path does.
func (b *Browser) Nonce(path string) string {
	b.T.Helper()
	a := b.Do("POST", path+"/sorgu", "application/json", strings.NewReader("{}"))
	var body struct{ Nonce string }
	if err := json.Unmarshal([]byte(a.Body), &body); err != nil || a.Status != http.StatusOK || body.Nonce == "" {
		b.T.Fatalf("challenge: %d %s", a.Status, a.Body)
	}
	return body.Nonce
}

// Login returns what a page posts once a card has answered its challenge.
func (b *Browser) Login(c Card, nonce string) []byte {
	b.T.Helper()
	return Answered(b.T, nonce, pkitest.LoginToken(b.T, c.Certificate, c.Key, b.URL, nonce))
}

func Answered(t *testing.T, nonce string, token []byte) []byte {
	t.Helper()
	body, err := json.Marshal(map[string]string{"nonce": nonce, "token": string(token)})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func (b *Browser) PostLogin(path string, login []byte) Answer {
	b.T.Helper()
	return b.Do("POST", path, "application/json", bytes.NewReader(login))
}
