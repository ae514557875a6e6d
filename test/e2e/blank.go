package e2e

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"

	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// Blank is a virtual card with a key, before it has a certificate. It has no PIN: its person makes the first one.
type Blank struct {
	*Card
	puk    string // goes to the machine that personalises it, and nowhere else
	public []byte
}

// NewBlank returns a blank card for the world's reader.
func (w *World) NewBlank() *Blank {
	w.t.Helper()
	number, err := rand.Int(rand.Reader, big.NewInt(1e8))
	if err != nil {
		w.t.Fatalf("choose a PUK: %v", err)
	}
	puk := fmt.Sprintf("%08d", number)
	card := w.Card.Virtual.another(virtual.Options{PUK: puk, NoPIN: true})
	key, err := card.NewKey(virtual.Signature, testcard.P384)
	if err != nil {
		w.t.Fatalf("make a key: %v", err)
	}
	public, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		w.t.Fatalf("encode a public key: %v", err)
	}
	return &Blank{Card: &Card{Module: w.Card.Module, Virtual: card, t: w.t}, puk: puk, public: public}
}

// OfficersCard returns another virtual card for the world's reader, with a person's certificate.
func (w *World) OfficersCard(who Person) *Card {
	w.t.Helper()
	card := &Card{PIN: usualPIN, Module: w.Card.Module, Virtual: w.Card.Virtual.Another(), t: w.t}
	card.Issue(w.Sandbox, who, "valid", testcard.P384)
	return card
}

// Exchange puts another virtual card into the reader.
func (w *World) Exchange(card *Card) {
	w.t.Helper()
	w.Card.Virtual.Pull()
	w.Card = card
	card.Virtual.Insert()
}

// produce has the sandbox's machine make what was handed over, on cards of its own. It returns what the machine has signed.
func (s *Sandbox) produce(handover []byte) (returned []byte) {
	s.t.Helper()
	var made struct {
		Return []byte `json:"return"`
	}
	s.post("/production/personalise", map[string]any{"handover": handover}, &made)
	return made.Return
}

// forgetMade has the machine forget what it has made for an application, so that it makes another certificate the next time.
func (s *Sandbox) forgetMade(reference string) {
	s.t.Helper()
	if err := os.Remove(filepath.Join(s.Dir, "production", "made", reference+".json")); err != nil {
		s.t.Fatalf("forget what was produced: %v", err)
	}
}

// personalise has the sandbox's machine produce what was handed over: one application, on the blank card. It returns what the machine has
// signed, and the lines by which its cards are put on record.
func (s *Sandbox) personalise(handover []byte, reference string, blank *Blank) (returned, lines []byte) {
	s.t.Helper()
	var made struct {
		Return []byte `json:"return"`
		Cards  string `json:"cards"`
	}
	s.post("/production/personalise", map[string]any{
		"handover": handover,
		"cards":    []map[string]any{{"reference": reference, "serial": blank.Serial(), "puk": blank.puk, "publicKey": blank.public}},
	}, &made)
	var card struct {
		Certificate []byte `json:"certificate"`
	}
	if err := json.Unmarshal([]byte(made.Cards), &card); err != nil {
		s.t.Fatalf("read what was produced: %v", err)
	}
	certificate, err := x509.ParseCertificate(card.Certificate)
	if err == nil {
		err = blank.Virtual.Store(virtual.Signature, card.Certificate)
	}
	if err != nil {
		s.t.Fatalf("store what was produced: %v", err)
	}
	blank.Certificates = append(blank.Certificates, certificate)
	return made.Return, []byte(made.Cards)
}
