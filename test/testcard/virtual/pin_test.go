//go:build linux

package virtual_test

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

var signature = map[virtual.Slot]testcard.Kind{virtual.Signature: testcard.P256}

// login has OpenSC log in once and returns what the library answered.
func (d *desk) login(pin string) string {
	out, err := d.pkcs11("--login", "--pin", pin, "--list-objects", "--type", "privkey")
	if err == nil {
		return "CKR_OK"
	}
	return out
}

// Three wrong PINs block the card, each of them once; the PUK makes it well.
func TestBlockAndUnblock(t *testing.T) {
	d := newDesk(t, virtual.OpenSC{Unblock: "set_pin_in_unlogged_session"})
	card := d.insert(signature)
	for i, flag := range []string{"PIN initialized", "final user PIN try", "user PIN locked"} {
		if got := d.login("999999"); !strings.Contains(got, "CKR_PIN_") {
			t.Errorf("wrong PIN %d: %s", i+1, got)
		}
		if slots := d.must(d.pkcs11("--list-slots")); !strings.Contains(slots, flag) {
			t.Errorf("no %q after %d wrong PINs in\n%s", flag, i+1, slots)
		}
		if left, _ := card.Tries(); left != 2-i {
			t.Errorf("%d tries left after %d", left, i+1)
		}
	}
	if got := d.login(pin); !strings.Contains(got, "CKR_PIN_LOCKED") {
		t.Errorf("the right PIN on a blocked card: %s", got)
	}
	const fresh = "135790"
	d.must(d.pkcs11("--unlock-pin", "--puk", puk, "--new-pin", fresh))
	if got := d.login(fresh); got != "CKR_OK" {
		t.Errorf("with the PIN that the PUK set: %s", got)
	}
	if left, pukLeft := card.Tries(); left != 3 || pukLeft != 3 {
		t.Errorf("%d and %d tries left", left, pukLeft)
	}
}

// A card that has no PIN takes none, and gets one by the PUK.
func TestNoPIN(t *testing.T) {
	d := newDesk(t, virtual.OpenSC{Unblock: "set_pin_in_unlogged_session"})
	card, err := virtual.New(virtual.Options{PIN: pin, PUK: puk, NoPIN: true})
	if err != nil {
		t.Fatal(err)
	}
	d.issue(card, virtual.Signature, testcard.P256)
	d.put(card)
	if got := d.login(pin); !strings.Contains(got, "CKR_PIN_LOCKED") {
		t.Errorf("before it has a PIN: %s", got)
	}
	const first = "135790"
	d.must(d.pkcs11("--unlock-pin", "--puk", puk, "--new-pin", first))
	if got := d.login(first); got != "CKR_OK" {
		t.Errorf("with its first PIN: %s", got)
	}
}

func TestWrongPUK(t *testing.T) {
	d := newDesk(t, virtual.OpenSC{Unblock: "set_pin_in_unlogged_session"})
	card := d.insert(signature)
	for i := range 4 {
		if out, err := d.pkcs11("--unlock-pin", "--puk", "11111111", "--new-pin", "135790"); err == nil {
			t.Errorf("a wrong PUK was taken\n%s", out)
		}
		if _, left := card.Tries(); left != max(0, 2-i) {
			t.Errorf("%d tries of the PUK left after %d", left, i+1)
		}
	}
	if got := d.login(pin); got != "CKR_OK" {
		t.Errorf("the PIN after a blocked PUK: %s", got)
	}
}

func TestChangePIN(t *testing.T) {
	d := newDesk(t, virtual.OpenSC{})
	card := d.insert(signature)
	const fresh = "13579013"
	d.must(d.pkcs11("--login", "--pin", pin, "--change-pin", "--new-pin", fresh))
	if got := d.login(fresh); got != "CKR_OK" {
		t.Errorf("with the new PIN: %s", got)
	}
	if got := d.login(pin); !strings.Contains(got, "CKR_PIN_INCORRECT") {
		t.Errorf("with the old PIN: %s", got)
	}
	if n := card.Count(virtual.PINs); n < 3 {
		t.Errorf("%d PINs in the log, want all of them", n)
	}
	for _, e := range card.Log() {
		if s := e.String(); strings.Contains(s, fresh) || strings.Contains(s, pin) {
			t.Errorf("the log holds a PIN: %s", s)
		}
	}
}

// A PIN that cannot be one costs no try.
func TestMalformedPIN(t *testing.T) {
	d := newDesk(t, virtual.OpenSC{})
	card := d.insert(signature)
	for _, bad := range []string{"1234", "abcdef", "12345ş"} {
		if got := d.login(bad); got == "CKR_OK" {
			t.Errorf("%q was taken", bad)
		}
	}
	if left, _ := card.Tries(); left != 3 {
		t.Errorf("%d tries left", left)
	}
}
