package sandbox_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/web/production"
)

// personalised is what the machine answers.
type personalised struct {
	Return []byte
	Cards  string
	Keys   map[string][]byte
}

// readKey reads a private key of the sandbox's.
func readKey(t *testing.T, path string) *ecdsa.PrivateKey {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.(*ecdsa.PrivateKey)
}

// TestPersonaliser makes each card once: asked again, also after a restart, it answers with the same. It takes hand-overs of its portal
// alone, and makes nothing for what could be a real person.
func TestPersonaliser(t *testing.T) {
	dir := t.TempDir()
	p := startProgram(t, dir)
	key, opening := readKey(t, p.path("production/portal.key")), readKey(t, p.path("production/opening.key"))
	order := production.Order{Reference: "4F7K-2M9Q-XT3B-8WDN", Version: 5, Kind: "nes", Subject: "Ayşe Yılmaz", SubjectNumber: "10000000146", Mail: "ayse@ornek.test"}
	handed := func(key *ecdsa.PrivateKey, orders ...production.Order) map[string]any {
		t.Helper()
		data, err := production.Handover{Site: "http://localhost", Entries: orders}.Seal(key, &opening.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		return map[string]any{"handover": data}
	}
	ask := func() (made personalised) {
		t.Helper()
		status, answer := p.post("/production/personalise", handed(key, order))
		if status != http.StatusOK || json.Unmarshal(answer, &made) != nil {
			t.Fatalf("%d %s", status, answer)
		}
		return made
	}
	first := ask()
	var line struct {
		Serial, PUK string
		Certificate []byte
	}
	if err := json.Unmarshal([]byte(first.Cards), &line); err != nil || line.Serial == "" || line.PUK == "" {
		t.Fatalf("%s: %v", first.Cards, err)
	}
	certificate, err := x509.ParseCertificate(line.Certificate)
	if err != nil || certificate.Subject.SerialNumber != order.SubjectNumber {
		t.Fatalf("the certificate: %v", err)
	}
	private, err := x509.ParsePKCS8PrivateKey(first.Keys[order.Reference])
	if own, ok := private.(*ecdsa.PrivateKey); err != nil || !ok || !own.PublicKey.Equal(certificate.PublicKey) {
		t.Errorf("the card's key is not the certificate's: %v", err)
	}
	if err := p.end(os.Kill); err == nil {
		t.Fatal("it ended by itself")
	}
	p = startProgram(t, dir)
	if again := ask(); again.Cards != first.Cards || !reflect.DeepEqual(again.Keys, first.Keys) {
		t.Error("another card was made")
	}

	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	real, outside := order, order
	real.Reference, real.SubjectNumber = "0000-0000-0000-0001", "00000000000"
	outside.Reference = "../../x"
	for name, body := range map[string]any{
		"another portal's": handed(stranger, order), "another person": handed(key, real), "a path": handed(key, outside), "nothing": map[string]any{}, "another form": map[string]any{"a": 1},
	} {
		if status, answer := p.post("/production/personalise", body); status != http.StatusBadRequest || strings.Contains(string(answer), real.SubjectNumber) {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
}
