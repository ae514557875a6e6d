//go:build linux

package main_test

import (
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// Readers whose names are longer than the 64 bytes that a library has for them (CK_SLOT_INFO). Each has two slots, whose
// names differ after those.
var longNames = map[string]string{
	"OMNIKEY":                 "HID Global OMNIKEY 3x21 Smart Card Reader [OMNIKEY 3x21 Smart Card Reader]",
	"cut at a space":          "Hewlett-Packard Company HP USB Smartcard CCID Keyboard Reader [Sanal 0123456789] Sinama",
	"cut within a character":  "Akıllı Kart Okuyucusu (Geliştirme Örneği, Elektronik İmzaşşşşşşşşşşşşşş)",
	"as long as PC/SC allows": "Akilli Kart Okuyucu 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 01234567",
}

// Whatever the library makes of a reader's name, the card is known to be in that reader: its family says what its PIN is
// made of, a card that is pulled is noticed at once, and no login is left on it.
func TestLongReaderName(t *testing.T) {
	t.Parallel()
	for name, long := range longNames {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := withReaderNamed(t, long)
			m.key(t, virtual.Signature, testcard.P256)
			m.put(t)
			m.tellsTries(t)
			w, list := settings(t, m.machine, 1)
			token, full := list.Tokens[0], long+" 00 00"
			if token.Reader != full || list.Readers[0].Name != full {
				t.Errorf("the token is in %q, of %+v", token.Reader, list.Readers)
			}
			if token.PIN.Alphabet != protocol.PINDigits || token.PIN.Tries != 3 {
				t.Errorf("PIN %+v", token.PIN)
			}
			struck := m.card.SetFault(virtual.Fault{INS: virtual.Verify, Do: virtual.Mute})
			start := time.Now()
			request := w.selfTest(list.Certificates[0].ID, pin)
			happens(t, struck)
			m.card.Pull()
			w.refused(request, fault.TokenRemoved)
			if took := time.Since(start); took > atOnce {
				t.Errorf("the window heard of it after %v", took)
			}
		})
	}
}
