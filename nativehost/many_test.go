//go:build linux

package main_test

import (
	"encoding/hex"
	"fmt"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// Several documents in one request: each signature leaves as soon as it is in the journal, and what happens to one does not
// take the others along.

// several are documents that differ.
func several(n int) (documents [][]byte) {
	for i := range n {
		documents = append(documents, fmt.Appendf(nil, "Onay %d\n", i))
	}
	return documents
}

// checkMany holds the answer against the documents and the journal: those that were signed are good and in it, in their
// order; the others have the code, and are in it with that.
func (m *machine) checkMany(t *testing.T, c *card, signed signedFiles, documents [][]byte, certificate []byte, atLeast int, code fault.Code) {
	t.Helper()
	if len(signed.Outcomes) != len(documents) {
		t.Fatalf("%d outcomes", len(signed.Outcomes))
	}
	var good, bad [][]byte
	for i, o := range signed.Outcomes {
		if o.Code == "" {
			checkSignature(t, c, signed.Signatures[i].Data, documents[i], certificate)
			good = append(good, documents[i])
			continue
		}
		if o.Code != code {
			t.Errorf("document %d: %s", i, o.Code)
		}
		bad = append(bad, documents[i])
	}
	if len(good) < atLeast || len(bad) == 0 {
		t.Errorf("%d are signed, and %d not", len(good), len(bad))
	}
	var digests []string
	for _, d := range m.signedDocuments(t) {
		digests = append(digests, d.Digest)
	}
	want := []string{}
	for _, d := range good {
		want = append(want, hex.EncodeToString(sha256Of(string(d))))
	}
	if fmt.Sprint(digests) != fmt.Sprint(want) {
		t.Errorf("journaled %q, signed %q", digests, want)
	}
	acts, _ := m.acts(t)
	last := acts[len(acts)-1]
	if last.Outcome != string(code) || len(last.Documents) != len(bad) || last.Format != "cades" {
		t.Errorf("the last entry: %+v", last)
	}
}

// The card leaves in the middle: what was signed has left, and the rest has the card's code. There is no second attempt in
// the session.
func TestCardPulledInTheMiddle(t *testing.T) {
	t.Parallel()
	m := withReader(t)
	certificate := m.key(t, virtual.Retired(0), testcard.P256)
	m.put(t)
	documents := several(6)
	w := m.open(t)
	w.hello()
	list := w.shows(1)
	request := asked(list.Certificates[0], pin, w.deliver(documents...), "E-Onay")
	m.card.SetFault(virtual.Fault{INS: virtual.GeneralAuthenticate, After: 3, Do: virtual.PullBefore})
	var signed signedFiles
	w.answer(w.ask(protocol.HostSign, request), protocol.HostSigned, &signed)
	m.checkMany(t, m.issuer, signed, documents, certificate.Raw, 3, fault.TokenRemoved)
	w.refused(w.ask(protocol.HostSign, request), fault.Sequence)
}

// file waits for the next signed file.
func (w *window) file() {
	w.t.Helper()
	for {
		e := w.read()
		if e.ID != 0 {
			w.t.Fatalf("answer %d %s %s", e.ID, e.Type, e.Body)
		}
		if e.Type == protocol.HostSignature {
			w.keepPart(e)
			if w.parts[len(w.parts)-1].Last {
				return
			}
		}
	}
}

// A window that cancels in the middle gets what was signed, and the rest is cancelled.
func TestCancelledInTheMiddle(t *testing.T) {
	t.Parallel()
	m := withReader(t)
	certificate := m.key(t, virtual.Retired(0), testcard.P256)
	m.put(t)
	documents := several(5)
	w := m.open(t)
	w.hello()
	list := w.shows(1)
	request := asked(list.Certificates[0], pin, w.deliver(documents...), "E-Onay")
	m.card.SetFault(virtual.Fault{INS: virtual.GeneralAuthenticate, After: 2, Do: virtual.Mute})
	id := w.ask(protocol.HostSign, request)
	w.file() // each leaves while the card is at work
	w.file()
	parts := w.parts
	w.answer(w.ask(protocol.HostCancel, protocol.HostCancelBody{Request: id}), protocol.HostReady, nil)
	w.parts = parts
	var signed signedFiles
	w.answer(id, protocol.HostSigned, &signed)
	m.checkMany(t, m.issuer, signed, documents, certificate.Raw, 2, fault.Cancelled)
}

// Where the journal finds no more room in the middle, nothing more leaves, and the card stops.
func TestJournalFullInTheMiddle(t *testing.T) {
	t.Parallel()
	m := withReader(t)
	certificate := m.key(t, virtual.Retired(0), testcard.P256)
	m.put(t)
	documents := several(5)
	w := m.open(t)
	w.hello()
	list := w.shows(1)
	request := asked(list.Certificates[0], pin, w.deliver(documents...), "E-Onay")
	held := make(chan struct{})
	m.card.SetFault(virtual.Fault{INS: virtual.GeneralAuthenticate, After: 1, Do: virtual.Slow, Until: held})
	id := w.ask(protocol.HostSign, request)
	w.file()
	w.limit(0)
	close(held)
	var signed signedFiles
	w.answer(id, protocol.HostSigned, &signed)
	w.limit(unix.RLIM_INFINITY)
	for i, o := range signed.Outcomes {
		if want := map[bool]fault.Code{true: "", false: fault.JournalFailed}[i == 0]; o.Code != want {
			t.Errorf("document %d: %q, want %q", i, o.Code, want)
		}
	}
	checkSignature(t, m.issuer, signed.Signatures[0].Data, documents[0], certificate.Raw)
	if got := m.signedDocuments(t); len(got) != 1 {
		t.Errorf("%d documents in the journal", len(got))
	}
}

// kill -9 at whatever the host does to the journal: every file that came out is in it.
func TestFilesSurviveAKill(t *testing.T) {
	t.Parallel()
	m, _, _ := oneCard(t, testcard.P256)
	w := m.open(t)
	w.hello()
	w.answer(w.selfTest(w.list().Certificates[0].ID, pin), protocol.HostReady, nil)
	w.close()
	documents := several(12)
	before, partly := 0, 0
	for n := 0; ; n += 3 {
		w, list, shown := m.ready(t, documents...)
		seen := m.killedAt(t, w, n)
		w.ask(protocol.HostSign, asked(list.Certificates[0], pin, shown, "E-Onay"))
		given := w.files()
		happened := seen()
		after := len(m.signedDocuments(t))
		if given > after-before {
			t.Fatalf("killed at %d: %d files came out, %d are in the journal", n, given, after-before)
		}
		if given > 0 && given < len(documents) {
			partly++
		}
		before = after
		if happened <= n {
			break // it was not killed
		}
	}
	t.Logf("killed among the files %d times", partly)
}
