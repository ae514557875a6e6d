//go:build linux

package main_test

import (
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
)

// A card whose only certificate cannot be read is not one without a certificate, and says why it cannot.
func TestOnlyAnUnreadableCertificate(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	c := m.insert(t, "Kart")
	public, err := c.token.NewKey(testcard.P256, "imza", []byte{1})
	if err != nil {
		t.Fatal(err)
	}
	negative := c.sub.Rewrite(t, c.sub.Issue(t, public), func(element int, der []byte) []byte {
		if element == 1 { // the serial number
			return []byte{2, 1, 0xfb}
		}
		return der
	})
	if err := c.token.StoreRaw(negative, []byte{1}, "imza"); err != nil {
		t.Fatal(err)
	}
	w := m.open(t)
	w.hello()
	list := w.list()
	want := protocol.Finding{Code: fault.CertificateMalformed, Subject: "Kart", Detail: "x509: negative serial number"}
	if len(list.Tokens) != 1 || len(list.Certificates) != 0 || len(list.Findings) != 1 || list.Findings[0] != want {
		t.Errorf("list %+v", list)
	}
}

// A certificate that Go's own reader refuses for an address in it is listed and signs; OpenSSL agrees.
func TestSignWithUnreadNames(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	c := m.insert(t, "Kart")
	public, err := c.token.NewKey(testcard.P256, "imza", []byte{1})
	if err != nil {
		t.Fatal(err)
	}
	raw := c.sub.Rewrite(t, c.sub.Issue(t, public), pkitest.Extended(t, pkitest.Mail(t, "ayşe@ornek.test")))
	if err := c.token.StoreRaw(raw, []byte{1}, "imza"); err != nil {
		t.Fatal(err)
	}
	w, list, shown := m.ready(t, []byte("Onay"))
	if len(list.Certificates) != 1 || len(list.Findings) != 0 {
		t.Fatalf("list %+v", list)
	}
	var signed signedFiles
	w.answer(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown)), protocol.HostSigned, &signed)
	checkSignature(t, c, signed.Signatures[0].Data, []byte("Onay"), raw)
}
