package e2e

import (
	"crypto/x509"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// ReaderName is the virtual reader's, as the service shows it: it adds the numbers of reader and slot.
const ReaderName = "ACS ACR39U ICC Reader 00 00"

// VirtualReader tries out whether this machine can have a virtual reader, and says why not.
func VirtualReader() error {
	if _, err := virtual.OpenSCModule(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "eonay-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	reader, err := testcard.StartPCSC(dir, "trial")
	if err != nil {
		return err
	}
	defer reader.Stop()
	card, err := virtual.New(virtual.Options{})
	if err != nil {
		return err
	}
	seen, err := card.Insert(reader)
	if err != nil {
		return err
	}
	defer card.Pull()
	select {
	case <-seen:
		return nil
	case <-time.After(Patience / 4):
		return errors.New("the smart card service sees no card in its virtual reader")
	}
}

// VirtualCard is a card of our own behind the real smart card service and the real OpenSC.
type VirtualCard struct {
	*virtual.Card

	t         T
	dir       string
	pluggable bool // the reader
	reader    *testcard.PCSC
	env       []string
	slots     []virtual.Slot // still free
}

// NewVirtualCard returns a card without certificates beside an empty reader.
func NewVirtualCard(t T, dir string) *Card {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatalf("make %s: %v", dir, err)
	}
	module, err := virtual.OpenSCModule()
	if err != nil {
		t.Fatalf("%v: run `apt-get install opensc-pkcs11`", err)
	}
	v := &VirtualCard{t: t, dir: dir, slots: newSlots()}
	v.startService()
	conf, err := virtual.OpenSC{Unblock: "set_pin_in_unlogged_session"}.Write(dir)
	if err != nil {
		t.Fatalf("set up OpenSC: %v", err)
	}
	v.env = []string{testcard.PCSCEnv(dir), conf}
	if v.Card, err = virtual.New(virtual.Options{PIN: usualPIN, PUK: usualPUK}); err != nil {
		t.Fatalf("make a virtual card: %v", err)
	}
	t.Cleanup(v.Card.Pull)
	return &Card{PIN: usualPIN, Module: module, Virtual: v, t: t}
}

func newSlots() []virtual.Slot {
	return []virtual.Slot{virtual.Signature, virtual.Authentication, virtual.Retired(0), virtual.Retired(1)}
}

func (v *VirtualCard) startService() {
	v.t.Helper()
	var reader *testcard.PCSC
	var err error
	if v.pluggable {
		reader, err = testcard.StartPluggablePCSC(v.dir)
	} else {
		reader, err = testcard.StartPCSC(v.dir, "ACS ACR39U ICC Reader")
	}
	if err != nil {
		v.t.Fatalf("start the smart card service: %v: run `apt-get install pcscd vsmartcard-vpcd`", err)
	}
	v.reader = reader
	v.t.Cleanup(reader.Stop)
}

// KillService ends the smart card service as a crash does; the reader goes with it.
func (v *VirtualCard) KillService() {
	v.reader.Kill()
	v.Pull()
}

// RestartService starts the service again, with the card in the reader.
func (v *VirtualCard) RestartService() {
	v.t.Helper()
	v.startService()
	v.Insert()
}

// Pluggable puts a reader that can be unplugged in the place of the one there is, with the card in it.
func (v *VirtualCard) Pluggable() {
	v.t.Helper()
	v.KillService()
	v.RestartPluggable()
}

// RestartPluggable is RestartService with a reader that can be unplugged.
func (v *VirtualCard) RestartPluggable() {
	v.t.Helper()
	v.pluggable = true
	v.RestartService()
}

// Unplug pulls the reader out, with the card in it.
func (v *VirtualCard) Unplug() {
	v.t.Helper()
	v.Pull() // or a command that it has not answered would keep the reader
	if err := v.reader.Unplug(); err != nil {
		v.t.Fatalf("unplug the reader: %v", err)
	}
}

// Plug plugs the reader in again, with the card in it.
func (v *VirtualCard) Plug() {
	v.t.Helper()
	v.PlugEmpty()
	v.Insert()
}

// PlugEmpty plugs the reader in again, without a card.
func (v *VirtualCard) PlugEmpty() {
	v.t.Helper()
	if err := v.reader.Plug(); err != nil {
		v.t.Fatalf("plug the reader in: %v", err)
	}
}

// Another returns a second card without certificates, for the same reader.
func (v *VirtualCard) Another() *VirtualCard {
	v.t.Helper()
	return v.another(virtual.Options{PIN: usualPIN, PUK: usualPUK})
}

func (v *VirtualCard) another(o virtual.Options) *VirtualCard {
	v.t.Helper()
	card, err := virtual.New(o)
	if err != nil {
		v.t.Fatalf("make a virtual card: %v", err)
	}
	v.t.Cleanup(card.Pull)
	other := *v
	other.Card, other.slots = card, newSlots()
	return &other
}

// Keep has another program take the card to itself, until it is told to let go.
func (v *VirtualCard) Keep() (letGo func()) {
	v.t.Helper()
	letGo, err := v.reader.Keep(ReaderName)
	if err != nil {
		v.t.Fatalf("keep the card: %v", err)
	}
	v.t.Cleanup(letGo)
	return letGo
}

// Insert puts the card into the reader and returns when the service has seen it.
func (v *VirtualCard) Insert() {
	v.t.Helper()
	seen, err := v.Card.Insert(v.reader)
	if err != nil {
		v.t.Fatalf("insert the card: %v", err)
	}
	v.Await(seen)
}

// Hold has the card hold its answer to the next such command back until answer is called, and for some time more, in which
// browser and host take notice of what was done meanwhile.
func (v *VirtualCard) Hold(ins byte, more time.Duration) (struck <-chan struct{}, answer func()) {
	held := make(chan struct{})
	answer = sync.OnceFunc(func() { close(held) })
	v.t.Cleanup(answer)
	return v.SetFault(virtual.Fault{INS: ins, Do: virtual.Slow, Until: held, Delay: more}), answer
}

// Await waits for something of the card, such as a fault that strikes.
func (v *VirtualCard) Await(what <-chan struct{}) {
	v.t.Helper()
	select {
	case <-what:
	case <-time.After(Patience):
		v.t.Fatalf("nothing happened to the card in %v", Patience)
	}
}

// issue makes a key in the next slot, and a certificate for it.
func (v *VirtualCard) issue(s *Sandbox, who Person, kind string, key testcard.Kind) *x509.Certificate {
	v.t.Helper()
	if len(v.slots) == 0 {
		v.t.Fatalf("the card has no slot left")
	}
	slot := v.slots[0]
	v.slots = v.slots[1:]
	public, err := v.NewKey(slot, key)
	if err != nil {
		v.t.Fatalf("make a key: %v", err)
	}
	certificate := s.Issue(who, kind, public)
	if err := v.Store(slot, certificate.Raw); err != nil {
		v.t.Fatalf("store a certificate: %v", err)
	}
	return certificate
}
