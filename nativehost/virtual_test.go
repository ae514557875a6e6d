//go:build linux

package main_test

import (
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

const puk = "87654321"

// A readerMachine is a machine with a reader, a card for it, and OpenSC.
type readerMachine struct {
	*machine
	service *testcard.PCSC
	card    *virtual.Card
	issuer  *card // of its certificates
}

// withReader puts a card without certificates beside the reader.
func withReader(t testing.TB) *readerMachine { return withReaderNamed(t, reader) }

// withReaderNamed is withReader with a reader of another name.
func withReaderNamed(t testing.TB, name string) *readerMachine {
	t.Helper()
	m := &readerMachine{machine: newMachine(t, installed(t, "opensc-pkcs11.so"))}
	m.useOpenSC(t)
	m.service = m.startPCSCWith(t, name)
	root := pkitest.Root(t, "Test Kök Sertifika")
	m.issuer = &card{root: root, sub: root.Sub(t, "Test Nitelikli Sertifika")}
	var err error
	if m.card, err = virtual.New(virtual.Options{PIN: pin, PUK: puk}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.card.Pull)
	return m
}

func (m *readerMachine) key(t testing.TB, slot virtual.Slot, kind testcard.Kind) *x509.Certificate {
	t.Helper()
	public, err := m.card.NewKey(slot, kind)
	if err != nil {
		t.Fatal(err)
	}
	certificate := m.issuer.sub.Issue(t, public)
	if err := m.card.Store(slot, certificate.Raw); err != nil {
		t.Fatal(err)
	}
	return certificate
}

// put inserts the card and returns when the service has seen it.
func (m *readerMachine) put(t testing.TB) {
	t.Helper()
	seen, err := m.card.Insert(m.service)
	if err != nil {
		t.Fatal(err)
	}
	happens(t, seen)
}

// holds has the card hold its answer to the next such command back until answer is called. What is to happen while the
// card is at work happens in between, however slow the machine is; the host has some time more to take notice of it.
func (m *readerMachine) holds(t testing.TB, ins byte) (struck <-chan struct{}, answer func()) {
	t.Helper()
	held := make(chan struct{})
	answer = sync.OnceFunc(func() { close(held) })
	t.Cleanup(answer)
	return m.card.SetFault(virtual.Fault{INS: ins, Do: virtual.Slow, Until: held, Delay: 300 * time.Millisecond}), answer
}

func happens(t testing.TB, what <-chan struct{}) {
	t.Helper()
	select {
	case <-what:
	case <-time.After(patience):
		t.Fatal("it does not happen")
	}
}

// shows waits until the list has so many tokens. A library may see a card before PC/SC has told the host of it; what is
// said of its kind comes with the next list.
func (w *window) shows(tokens int) protocol.CertificateList {
	w.t.Helper()
	hasCard := func(r protocol.Reader) bool { return r.Card }
	return w.await(fmt.Sprintf("%d tokens", tokens), func(list protocol.CertificateList) bool {
		return len(list.Tokens) == tokens && (tokens == 0 || len(list.Readers) == 0 || slices.ContainsFunc(list.Readers, hasCard))
	})
}

// A card in a reader is listed with the reader's name, and signs with every kind of key in every kind of
// slot; 9C wants its PIN just before the signature.
func TestVirtualCardSignsWithEachKey(t *testing.T) {
	t.Parallel()
	for slot, kind := range map[virtual.Slot]testcard.Kind{
		virtual.Signature: testcard.RSA2048, virtual.Authentication: testcard.P384,
		virtual.Retired(0): testcard.RSA3072, virtual.Management: testcard.P256,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			m := withReader(t)
			certificate := m.key(t, slot, kind)
			m.put(t)
			document := []byte("Onay veriyorum")
			w := m.open(t)
			w.hello()
			list := w.shows(1)
			if token := list.Tokens[0]; token.Reader != reader+" 00 00" || token.PIN.State != protocol.PINReady || token.PIN.Max != 8 {
				t.Errorf("token %+v", token)
			}
			if len(list.Certificates) != 1 || list.Certificates[0].Key != string(kind) {
				t.Fatalf("certificates %+v", list.Certificates)
			}
			var signed signedFiles
			w.answer(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, w.deliver(document))), protocol.HostSigned, &signed)
			checkSignature(t, m.issuer, signed.Signatures[0].Data, document, certificate.Raw)
		})
	}
}

// The card's own counter is what a person is told, before and after each try; a blocked card is left alone.
func TestVirtualCardTellsItsTries(t *testing.T) {
	t.Parallel()
	m := withReader(t)
	m.key(t, virtual.Signature, testcard.P256)
	m.put(t)
	w := m.open(t)
	w.hello()
	list := w.shows(1)
	shown := w.deliver([]byte("Onay veriyorum"))
	for i, want := range []struct {
		code  fault.Code
		state string
	}{
		{fault.PINIncorrect, protocol.PINReady},
		{fault.PINLastTry, protocol.PINFinal},
		{fault.PINLocked, protocol.PINLocked},
		{fault.PINLocked, protocol.PINLocked},
	} {
		failure := w.refused(w.ask(protocol.HostSign, signRequest(list.Certificates[0], "999999", shown)), want.code)
		if failure.PIN == nil || failure.PIN.State != want.state {
			t.Errorf("after %d wrong PINs: %+v", i+1, failure.PIN)
		}
		if state := w.list().Tokens[0].PIN.State; state != want.state {
			t.Errorf("listed after %d wrong PINs: %s", i+1, state)
		}
		if left, _ := m.card.Tries(); left != max(0, 2-i) {
			t.Errorf("%d tries left after %d wrong PINs", left, i+1)
		}
	}
	if n := m.card.Count(virtual.PINs); n != 3 {
		t.Errorf("the card heard %d PINs, want 3", n)
	}
}

// A card that leaves in the midst of a signature, noticed by the library or not, or that falls silent and is
// then pulled: the window hears it as that, soon, and signs with the card that comes back.
func TestVirtualCardPulled(t *testing.T) {
	t.Parallel()
	for name, cardFault := range map[string]virtual.Fault{
		"before C_Sign":       {INS: virtual.GeneralAuthenticate, Do: virtual.PullBefore},
		"after C_Sign":        {INS: virtual.GeneralAuthenticate, Do: virtual.PullAfter},
		"before the login":    {INS: virtual.Verify, Do: virtual.PullBefore},
		"silent in C_Sign":    {INS: virtual.GeneralAuthenticate, Do: virtual.Mute},
		"silent in the login": {INS: virtual.Verify, Do: virtual.Mute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := withReader(t)
			certificate := m.key(t, virtual.Signature, testcard.P384)
			m.put(t)
			document := []byte("Onay veriyorum")
			w := m.open(t)
			w.hello()
			list := w.shows(1)
			shown := w.deliver(document)
			struck := m.card.SetFault(cardFault)
			request := w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown))
			happens(t, struck)
			start := time.Now()
			m.card.Pull()
			w.refused(request, fault.TokenRemoved)
			if took := time.Since(start); took > atOnce {
				t.Errorf("the window heard of it after %v", took)
			}
			m.card.ClearFault()
			w.shows(0)
			m.put(t)
			list = w.shows(1)
			var signed signedFiles
			w.answer(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown)), protocol.HostSigned, &signed)
			checkSignature(t, m.issuer, signed.Signatures[0].Data, document, certificate.Raw)
			if left, _ := m.card.Tries(); left != 3 {
				t.Errorf("%d tries left", left)
			}
		})
	}
}

// A card that is pulled and put back at once, before any list has shown the reader empty: its library may take it for the
// one that it knows, and then fails at the next login. So another process lists it.
func TestVirtualCardPulledAndPutBack(t *testing.T) {
	t.Parallel()
	m := withReader(t)
	certificate := m.key(t, virtual.Signature, testcard.P384)
	m.put(t)
	document := []byte("Onay veriyorum")
	w := m.open(t)
	w.hello()
	list := w.shows(1)
	shown := w.deliver(document)
	before := w.child()
	m.card.Pull()
	w.changed()
	m.put(t)
	w.changed()
	list = w.await("the card is back", func(l protocol.CertificateList) bool { return len(l.Certificates) == 1 })
	if w.child() == before {
		t.Error("the library that knew the card has listed it")
	}
	var signed signedFiles
	w.answer(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown)), protocol.HostSigned, &signed)
	checkSignature(t, m.issuer, signed.Signatures[0].Data, document, certificate.Raw)
	if left, _ := m.card.Tries(); left != 3 {
		t.Errorf("%d tries left", left)
	}
}

// A card that leaves right after its answer: the signature may be out already or not. The next one is made,
// in a window of its own.
func TestVirtualCardPulledAfterItsAnswer(t *testing.T) {
	t.Parallel()
	m := withReader(t)
	certificate := m.key(t, virtual.Signature, testcard.P384)
	m.put(t)
	document := []byte("Onay veriyorum")
	w := m.open(t)
	w.hello()
	struck := m.card.SetFault(virtual.Fault{INS: virtual.GeneralAuthenticate, Do: virtual.PullAnswer})
	list := w.shows(1)
	id := w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, w.deliver(document)))
	happens(t, struck)
	start := time.Now()
	switch answer := w.next(); {
	case answer.ID == id && answer.Type == protocol.HostSigned:
		var signed signedFiles
		w.decodeSigned(answer, &signed)
		checkSignature(t, m.issuer, signed.Signatures[0].Data, document, certificate.Raw)
	case answer.Type != protocol.HostError || !strings.Contains(string(answer.Body), string(fault.TokenRemoved)):
		t.Errorf("answer %d %s %s", answer.ID, answer.Type, answer.Body)
	}
	if took := time.Since(start); took > atOnce {
		t.Errorf("the window heard of it after %v", took)
	}
	w.close()
	m.put(t)
	w = m.open(t)
	w.hello()
	list = w.shows(1)
	var signed signedFiles
	w.answer(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, w.deliver(document))), protocol.HostSigned, &signed)
	checkSignature(t, m.issuer, signed.Signatures[0].Data, document, certificate.Raw)
}

// A card that talks nonsense while it signs: no signature, in good time, and the next one is right.
func TestVirtualCardNonsense(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]virtual.Action{
		"garbage": virtual.Garbage, "no status": virtual.Short, "6Cxx": virtual.WrongLength, "61xx": virtual.Endless,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := withReader(t)
			certificate := m.key(t, virtual.Signature, testcard.P256)
			m.put(t)
			document := []byte("Onay veriyorum")
			w := m.open(t)
			w.hello()
			list := w.shows(1)
			shown := w.deliver(document)
			struck := m.card.SetFault(virtual.Fault{INS: virtual.GeneralAuthenticate, Do: do, Lasting: true})
			var failure protocol.HostFailure
			w.answer(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown)), protocol.HostError, &failure)
			happens(t, struck)
			t.Logf("%s: %s", failure.Code, failure.Detail)
			m.card.ClearFault()
			list = w.shows(1)
			var signed signedFiles
			w.answer(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown)), protocol.HostSigned, &signed)
			checkSignature(t, m.issuer, signed.Signatures[0].Data, document, certificate.Raw)
			if left, _ := m.card.Tries(); left != 3 {
				t.Errorf("%d tries left", left)
			}
		})
	}
}
