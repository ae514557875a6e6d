//go:build linux

package main_test

import (
	"crypto/x509"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/test/testcard"
)

const testCitizen = pkitest.Citizen

// A card is a token with certificates of the Turkish profile, issued here.
type card struct {
	token *testcard.Token
	root  *pkitest.Authority
	sub   *pkitest.Authority
}

// insert adds a token to the machine.
func (m *machine) insert(t testing.TB, label string) *card {
	t.Helper()
	return m.insertWith(t, label, pin)
}

// insertWith adds a token with a PIN of its own.
func (m *machine) insertWith(t testing.TB, label, pin string) *card {
	t.Helper()
	token, err := m.hsm.AddToken(label, pin, soPIN)
	if err != nil {
		t.Fatal(err)
	}
	root := pkitest.Root(t, "Test Kök Sertifika")
	return &card{token: token, root: root, sub: root.Sub(t, "Test Nitelikli Sertifika")}
}

// key makes a key on the card and a certificate for it, changed by edits.
func (c *card) key(t testing.TB, kind testcard.Kind, id byte, edits ...pkitest.Edit) *x509.Certificate {
	t.Helper()
	public, err := c.token.NewKey(kind, "imza", []byte{id})
	if err != nil {
		t.Fatal(err)
	}
	certificate := c.sub.Issue(t, public, edits...)
	if err := c.token.Store(certificate.Raw, []byte{id}, "imza"); err != nil {
		t.Fatal(err)
	}
	return certificate
}

// oneCard is a machine with one good card.
func oneCard(t testing.TB, kind testcard.Kind) (*machine, *card, *x509.Certificate) {
	t.Helper()
	m := withSoftHSM(t)
	c := m.insert(t, "Kart")
	return m, c, c.key(t, kind, 1)
}

func expired(c *x509.Certificate) {
	c.NotBefore, c.NotAfter = time.Now().AddDate(-3, 0, 0), time.Now().Add(-time.Minute)
}

func notYetValid(c *x509.Certificate) {
	c.NotBefore = time.Now().Add(time.Hour)
}

func notQualified(c *x509.Certificate) { c.ExtraExtensions = nil }

func notForSigning(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }

// issueTo makes a key on a token and a certificate for it.
func issueTo(t testing.TB, token *testcard.Token) {
	t.Helper()
	root := pkitest.Root(t, "Test Kök Sertifika")
	c := &card{token: token, root: root, sub: root.Sub(t, "Test Nitelikli Sertifika")}
	c.key(t, testcard.P256, 1)
}
