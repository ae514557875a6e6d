package e2e

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/e-onay/e-onay/test/testcard"
)

// Person is one of the sandbox's synthetic people: the login gateway's radio and the certificate's subject.
type Person struct {
	Radio         string
	Name          string
	CitizenNumber string
	Mail          string // where one-time codes and notices go
}

// The synthetic people of domain.md.
var (
	Ayse   = Person{"person-1", "Ayşe Yılmaz", "10000000146", "ayse@ornek.test"}
	Mehmet = Person{"person-2", "Mehmet Öztürk", "11111111110", "mehmet@ornek.test"}
	Isil   = Person{"person-3", "Işıl Çiğdem Şahin", "11111111101", "isil@ornek.test"}
)

// Card is what a person signs with: a SoftHSM2 installation that stands for the cards in their readers, or
// a virtual card.
type Card struct {
	PIN string
	// Certificates are those that were issued for it.
	Certificates []*x509.Certificate
	// Module is the PKCS#11 library that shows it.
	Module string
	// Virtual is nil for SoftHSM2.
	Virtual *VirtualCard

	t     T
	hsm   *testcard.SoftHSM
	token *testcard.Token
	keys  byte

	waiting *ecdsa.PrivateKey // of an unset card's certificate
}

const (
	usualLabel = "e-imza"
	usualPIN   = "482915"
	usualPUK   = "93817264"
)

// NewCard returns a card without certificates; its module is found through Env.
func NewCard(t T, dir string) *Card {
	t.Helper()
	c := newCard(t, dir)
	c.PIN = usualPIN
	c.token = c.AddToken(usualLabel)
	return c
}

// NewUnsetCard is NewCard, of a card that has no PIN yet. Certificates can be stored on it; keys, which SoftHSM2 keeps
// for a PIN's holder only, come with Complete.
func NewUnsetCard(t T, dir string) *Card {
	t.Helper()
	c := newCard(t, dir)
	token, err := c.hsm.AddUnsetToken(usualLabel, usualPUK)
	if err != nil {
		t.Fatalf("make a token: %v", err)
	}
	c.token = token
	return c
}

func newCard(t T, dir string) *Card {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatalf("make %s: %v", dir, err)
	}
	hsm, err := testcard.NewSoftHSM(dir)
	if err != nil {
		t.Fatalf("make a SoftHSM2 installation: %v", err)
	}
	module, err := testcard.Module()
	if err != nil {
		t.Fatalf("%v: run `apt-get install softhsm2`", err)
	}
	return &Card{Module: module, t: t, hsm: hsm}
}

// Serial is the card's serial number as its PKCS#11 library shows it.
func (c *Card) Serial() string {
	if c.Virtual != nil {
		return c.Virtual.Serial()
	}
	return c.token.Serial
}

// AddToken adds another token, as a second card in a second reader.
func (c *Card) AddToken(label string) *testcard.Token {
	c.t.Helper()
	token, err := c.hsm.AddToken(label, c.PIN, usualPUK)
	if err != nil {
		c.t.Fatalf("make a token: %v", err)
	}
	return token
}

// Env is what the host needs in its environment to see this card.
func (c *Card) Env() []string {
	if c.Virtual != nil {
		return c.Virtual.env
	}
	return []string{c.hsm.Env()}
}

// Issue makes a key on the card and stores a certificate of the given kind ("valid", "expired", …) for it.
func (c *Card) Issue(s *Sandbox, who Person, kind string, key testcard.Kind) *x509.Certificate {
	c.t.Helper()
	var certificate *x509.Certificate
	switch {
	case c.Virtual != nil:
		certificate = c.Virtual.issue(s, who, kind, key)
	case c.PIN == "":
		certificate = c.issueUnset(s, who, kind)
	default:
		certificate = c.IssueTo(c.token, s, who, kind, key)
	}
	c.Certificates = append(c.Certificates, certificate)
	return certificate
}

// issueUnset stores a certificate, whose key waits for somebody with a PIN.
func (c *Card) issueUnset(s *Sandbox, who Person, kind string) *x509.Certificate {
	c.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		c.t.Fatalf("make a key: %v", err)
	}
	certificate := s.Issue(who, kind, key.Public())
	c.keys++
	if err := c.token.Store(certificate.Raw, []byte{c.keys}, kind); err != nil {
		c.t.Fatalf("store a certificate: %v", err)
	}
	c.waiting = key
	return certificate
}

// Complete stores the key that waits for the card's PIN, by another program than ours.
func (c *Card) Complete(pin string) {
	c.t.Helper()
	der, err := x509.MarshalECPrivateKey(c.waiting)
	if err != nil {
		c.t.Fatalf("encode a key: %v", err)
	}
	path := filepath.Join(filepath.Dir(c.hsm.ConfPath), "key.der")
	if err := os.WriteFile(path, der, 0o600); err != nil {
		c.t.Fatalf("write a key: %v", err)
	}
	command := exec.Command("pkcs11-tool", "--module", c.Module, "--login", "--pin", pin,
		"--write-object", path, "--type", "privkey", "--id", hex.EncodeToString([]byte{c.keys}), "--usage-sign")
	command.Env = append(os.Environ(), c.hsm.Env())
	if out, err := command.CombinedOutput(); err != nil {
		c.t.Fatalf("store a key: %v: %s", err, out)
	}
}

// IssueTo is Issue on a given token, for a key with the options.
func (c *Card) IssueTo(token *testcard.Token, s *Sandbox, who Person, kind string, key testcard.Kind, options ...testcard.Option) *x509.Certificate {
	c.t.Helper()
	c.keys++
	id := []byte{c.keys}
	public, err := token.NewKey(key, kind, id, options...)
	if err != nil {
		c.t.Fatalf("make a key: %v", err)
	}
	certificate := s.Issue(who, kind, public)
	if err := token.Store(certificate.Raw, id, kind); err != nil {
		c.t.Fatalf("store a certificate: %v", err)
	}
	return certificate
}

// SignTimes measures C_Sign alone, n times, with the card's first key, in milliseconds.
func (c *Card) SignTimes(kind testcard.Kind, n int) []float64 {
	c.t.Helper()
	nanoseconds, err := c.token.Signing(kind, []byte{1}, n)
	if err != nil {
		c.t.Fatalf("time C_Sign: %v", err)
	}
	var times []float64
	for _, ns := range nanoseconds {
		times = append(times, float64(ns)/1e6)
	}
	return times
}

// Issue has the sandbox's authority issue a certificate.
func (s *Sandbox) Issue(who Person, kind string, public crypto.PublicKey) *x509.Certificate {
	s.t.Helper()
	spki, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		s.t.Fatalf("encode a public key: %v", err)
	}
	var answer struct {
		Certificate []byte `json:"certificate"`
	}
	s.post("/ca/issue", map[string]any{
		"publicKey": spki, "name": who.Name, "citizenNumber": who.CitizenNumber, "kind": kind}, &answer)
	certificate, err := x509.ParseCertificate(answer.Certificate)
	if err != nil {
		s.t.Fatalf("read the issued certificate: %v", err)
	}
	return certificate
}

// Serial is a certificate's serial number as the sandbox takes it.
func Serial(c *x509.Certificate) string { return hex.EncodeToString(c.SerialNumber.Bytes()) }

// ConfigureHost writes the host's configuration: these modules and no others, and not the keyring of whoever runs this.
func (w *World) ConfigureHost(modules ...string) {
	w.t.Helper()
	dir := filepath.Join(w.Dir, ".config", "e-onay")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		w.t.Fatalf("make %s: %v", dir, err)
	}
	data, err := json.Marshal(map[string]any{"modules": modules, "search": false, "tpm": w.tpm, "keyring": false})
	if err != nil {
		w.t.Fatalf("encode the host's configuration: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "host.json"), data, 0o600); err != nil {
		w.t.Fatalf("write the host's configuration: %v", err)
	}
}
