//go:build linux

package main_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// Cards that lie, through the real service and the real OpenSC, which some lies stop for good. Whatever a card says, an
// answer comes in time, with a code that may be true; the card hears no PIN that nobody gave; and when it behaves again,
// so does the session.

// trueOfLies are the codes that may be true of a card that lies: it does not work, or says so. It has not left, nobody
// else has it, and neither host nor person has done wrong.
var trueOfLies = []fault.Code{
	fault.TokenError, fault.ModuleCrashed, fault.ModuleTimeout, fault.NoModule,
	fault.NoCertificate, fault.CertificateMalformed, fault.KeyMissing, fault.KeyUnsupported, fault.CardChanged,
	fault.PINIncorrect, fault.PINLastTry, fault.PINLocked, fault.PINNotSet,
}

// A liesMachine has a session with a card that lies from time to time.
type liesMachine struct {
	*readerMachine
	w    *window
	list protocol.CertificateList
}

func withLies(t *testing.T, slot virtual.Slot) *liesMachine {
	t.Helper()
	m := &liesMachine{readerMachine: withReader(t)}
	m.key(t, slot, testcard.P256)
	m.put(t)
	m.w, m.list = settings(t, m.machine, 1)
	return m
}

// seeds is how many kinds of lies there are of each.
const seeds = 8

// lies has the card lie, each time with another seed.
func (m *liesMachine) lies(t *testing.T, fault virtual.Fault, pins int, entered func(seed uint64) string) {
	t.Helper()
	for seed := range uint64(seeds) {
		fault.Seed = seed
		m.lie(t, fault, pins, entered(seed))
	}
}

// lie has the card lie from the given fault on, while the person tries to sign with a PIN. Afterwards it is good, and signs.
func (m *liesMachine) lie(t *testing.T, fault virtual.Fault, pins int, entered string) {
	t.Helper()
	fault.Do = virtual.Hostile
	seed := fault.Seed
	before := m.card.Count(virtual.PINs)
	struck := m.card.SetFault(fault)
	id := m.w.selfTest(m.list.Certificates[0].ID, entered)
	switch answer := m.w.next(); {
	case answer.ID == id && answer.Type == protocol.HostReady: // not every lie is in the way
	case answer.ID == id && answer.Type == protocol.HostError:
		checkLie(t, seed, answer.Body)
	default:
		t.Fatalf("seed %d: answer %d %s %s", seed, answer.ID, answer.Type, answer.Body)
	}
	happens(t, struck)
	m.card.ClearFault()
	if n := m.card.Count(virtual.PINs) - before; n > pins {
		t.Errorf("seed %d: the card heard %d PINs", seed, n)
	}
	if left, _ := m.card.Tries(); left < 2 {
		t.Errorf("seed %d: %d tries are left", seed, left)
	}
	m.list = m.w.shows(1)
	m.w.answer(m.w.selfTest(m.list.Certificates[0].ID, pin), protocol.HostReady, nil)
}

func checkLie(t *testing.T, seed uint64, body []byte) {
	t.Helper()
	var f protocol.HostFailure
	if err := json.Unmarshal(body, &f); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(trueOfLies, f.Code) {
		t.Errorf("seed %d: refused with %s (%s)", seed, f.Code, f.Detail)
	}
}

func checkFindings(t *testing.T, list protocol.CertificateList) {
	t.Helper()
	for _, f := range list.Findings {
		if !slices.Contains(trueOfLies, f.Code) {
			t.Errorf("found %s (%s)", f.Code, f.Detail)
		}
	}
}

func rightPIN(uint64) string { return pin }

// Lies about what is asked while a signature is made, one for each.
func TestHostileCard(t *testing.T) {
	t.Parallel()
	for seed := range uint64(seeds) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { // OpenSC waits for what some of them promise, and the host for OpenSC
			t.Parallel()
			m := withLies(t, virtual.Authentication)
			for after := range 5 {
				m.lie(t, virtual.Fault{After: after, Seed: seed}, 1, pin)
			}
		})
	}
}

// Lies about the PIN, for as long as it is asked about. A wrong PIN is sent once, be it called right or wrong.
func TestHostileCardAtLogin(t *testing.T) {
	t.Parallel()
	withLies(t, virtual.Authentication).lies(t, virtual.Fault{INS: virtual.Verify, Lasting: true}, 1, func(seed uint64) string {
		return []string{pin, "999999"}[seed%2]
	})
}

// Lies about the signature, of a key that wants its PIN twice.
func TestHostileCardWhileSigning(t *testing.T) {
	t.Parallel()
	m := withLies(t, virtual.Signature)
	m.lies(t, virtual.Fault{INS: virtual.GeneralAuthenticate, Lasting: true}, 2, rightPIN)
}

// Lies while the card is read: one, or one after the other from somewhere on. Seed 6 stops OpenSC 0.23.
func TestHostileCardListed(t *testing.T) {
	t.Parallel()
	m := withLies(t, virtual.Authentication)
	for _, seed := range []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15} {
		killWorker(t, m.w)
		m.w.list() // tells of it; the next list has a new worker, which reads the card
		struck := m.card.SetFault(virtual.Fault{Do: virtual.Hostile, After: int(seed), Lasting: seed%2 == 0, Seed: seed})
		list := m.w.list()
		happens(t, struck)
		checkFindings(t, list)
		m.card.ClearFault()
		list = m.w.await("the card is read anew", func(l protocol.CertificateList) bool { return len(l.Certificates) == 1 })
		m.w.answer(m.w.selfTest(list.Certificates[0].ID, pin), protocol.HostReady, nil)
	}
}

// Lies about the tries that are left, to OpenSC and to the host's own question: told is what the card said, or nothing.
func TestHostileTries(t *testing.T) {
	t.Parallel()
	m := withReader(t)
	m.key(t, virtual.Authentication, testcard.P256)
	m.tellsTries(t)
	m.put(t)
	w, _ := settings(t, m.machine, 1)
	for seed := range uint64(24) {
		struck := m.card.SetFault(virtual.Fault{INS: virtual.Verify, Do: virtual.Hostile, Lasting: true, Seed: seed})
		list := w.list()
		happens(t, struck)
		checkFindings(t, list)
		for _, token := range list.Tokens {
			log := m.card.Log() // the host asks last
			if said := log[len(log)-1].Status; token.PIN.Tries != 0 && said != virtual.StatusTries|virtual.Status(token.PIN.Tries) {
				t.Errorf("seed %d: told of %d tries, where the card said %04X", seed, token.PIN.Tries, uint16(said))
			}
		}
		m.card.ClearFault()
		if s := w.shows(1).Tokens[0].PIN; s.Tries != 3 || s.State != protocol.PINReady {
			t.Errorf("seed %d: afterwards %+v", seed, s)
		}
	}
	if n := m.card.Count(virtual.PINs); n != 0 {
		t.Errorf("the card heard %d PINs", n)
	}
}

// A malformed certificate file, in whatever way, is not listed, and hides no other.
func TestHostileCertificateFile(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 0))
	noise := make([]byte, 60_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	var bomb bytes.Buffer
	pump := gzip.NewWriter(&bomb)
	for range 100 { // six megabytes from six thousand bytes; OpenSC takes as many steps for any length
		_, _ = pump.Write(make([]byte, 64<<10)) // into memory
	}
	pump.Close()
	m := withReader(t)
	m.key(t, virtual.Authentication, testcard.P256)
	other := m.key(t, virtual.Signature, testcard.P384)
	m.put(t)
	w, _ := settings(t, m.machine, 1)
	slot := virtual.Signature
	object := func(b []byte) error { return m.card.StoreObject(slot, b) }
	for name, store := range map[string]func() error{
		"empty":         func() error { return object(nil) },
		"noise":         func() error { return object(noise) },
		"outer length":  func() error { return object([]byte{0x53, 0x82, 0xff, 0xff, 0x70, 1, 0x30}) },
		"inner length":  func() error { return object([]byte{0x53, 8, 0x70, 0x84, 0xff, 0xff, 0xff, 0xff, 0x30, 0x03}) },
		"no length":     func() error { return object([]byte{0x53, 2, 0x70, 0x82}) },
		"noise for one": func() error { return m.card.Store(slot, noise) },
		"cut":           func() error { return m.card.Store(slot, other.Raw[:len(other.Raw)/2]) },
		"endless DER":   func() error { return m.card.Store(slot, bytes.Repeat([]byte{0x30, 0x80}, 30_000)) },
		"DER of 4 GiB": func() error {
			return m.card.Store(slot, append([]byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff}, other.Raw...))
		},
		"bomb":                func() error { return m.card.StoreCompressed(slot, bomb.Bytes()) },
		"noise as compressed": func() error { return m.card.StoreCompressed(slot, noise) },
	} {
		t.Run(name, func(t *testing.T) {
			if err := store(); err != nil {
				t.Fatal(err)
			}
			killWorker(t, w)
			w.list() // tells of it
			list := w.list()
			checkFindings(t, list)
			if len(list.Certificates) != 1 || list.Certificates[0].Key != string(testcard.P256) {
				t.Fatalf("listed %+v", list.Certificates)
			}
			w.answer(w.selfTest(list.Certificates[0].ID, pin), protocol.HostReady, nil)
		})
	}
}

// A card whose files lie: their sizes, the directories of objects, the objects. OpenSC reads them as PKCS #15. The good
// card that comes after it is read and signs.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	m := withReader(t)
	if _, err := (virtual.OpenSC{Files: true}).Write(m.home); err != nil {
		t.Fatal(err)
	}
	m.key(t, virtual.Authentication, testcard.P256)
	liar, err := virtual.New(virtual.Options{PIN: pin})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(liar.Pull)
	good := m.card
	m.card = liar
	liar.SetFault(virtual.Fault{Do: virtual.Files, Lasting: true})
	m.put(t)
	w := m.open(t)
	w.hello()
	for seed := range uint64(20) {
		read := liar.Count(beginnings)
		liar.SetFault(virtual.Fault{Do: virtual.Files, Lasting: true, Seed: seed})
		checkFindings(t, w.list())
		if liar.Count(beginnings) == read {
			t.Errorf("seed %d: no file is read", seed)
		}
	}
	if n := liar.Count(virtual.PINs); n != 0 {
		t.Errorf("the card heard %d PINs", n)
	}
	liar.Pull()
	m.card = good
	m.put(t)
	list := w.await("the good card", func(l protocol.CertificateList) bool { return len(l.Certificates) == 1 })
	w.answer(w.selfTest(list.Certificates[0].ID, pin), protocol.HostReady, nil)
}

// beginnings matches the beginning of each file that is read.
func beginnings(e virtual.Exchange) bool {
	return e.INS == virtual.ReadBinary && e.P1 == 0 && e.P2 == 0
}
