//go:build linux

package main_test

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/journal"
	"github.com/e-onay/e-onay/nativehost/messaging"
	"github.com/e-onay/e-onay/test/testcard"
)

// The journal of a host that is killed, of a disk that is full, of a key that does not answer, and of several hosts.

// killedAt kills the window's host at the nth thing that happens in the folder of the machine's journal. seen waits for
// the host's end, and tells how many did.
func (m *machine) killedAt(t *testing.T, w *window, n int) (seen func() int) {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	events := os.NewFile(uintptr(fd), "inotify")
	if _, err := unix.InotifyAddWatch(fd, m.journalDir(), unix.IN_ALL_EVENTS); err != nil {
		t.Fatal(err)
	}
	counted := make(chan int, 1)
	go func() {
		total := 0
		buffer := make([]byte, unix.SizeofInotifyEvent+unix.NAME_MAX+1)
		for {
			size, err := events.Read(buffer)
			if err != nil {
				counted <- total
				return
			}
			for at := 0; at < size; total++ {
				if total == n {
					w.cmd.Process.Kill()
				}
				at += unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(buffer[at+unix.SizeofInotifyEvent-4:]))
			}
		}
	}()
	return func() int {
		w.close()
		events.Close()
		return <-counted
	}
}

// gives reads until the host is gone, or has answered the last request, and reports whether it gave a signature.
func (w *window) gives() bool { return w.files() > 0 }

// files is gives, and how many signed files.
func (w *window) files() (whole int) {
	for {
		frame, err := w.in.Read()
		if err != nil {
			return whole
		}
		var e protocol.HostEnvelope
		if err := messaging.Decode(frame, &e); err != nil {
			w.t.Fatal(err)
		}
		var part protocol.HostSignatureBody
		if e.Type == protocol.HostSignature && json.Unmarshal(e.Body, &part) == nil && part.Last {
			whole++
		}
		if e.ID == w.last {
			return whole
		}
	}
}

// kill -9 at whatever it does to the journal: a signature that came out is in it, one that is in it by itself is at
// most the one that was under way, and the list is whole and goes on.
func TestJournalSurvivesAKill(t *testing.T) {
	t.Parallel()
	m, _, _ := oneCard(t, testcard.P256)
	w := m.open(t)
	w.hello()
	w.answer(w.selfTest(w.list().Certificates[0].ID, pin), protocol.HostReady, nil)
	w.close()
	entries, gave, kept := 1, 0, 0
	for n := 0; ; n++ {
		w, list, shown := m.ready(t, []byte("Onay"))
		seen := m.killedAt(t, w, n)
		w.ask(protocol.HostSign, asked(list.Certificates[0], pin, shown, "E-Onay"))
		given := w.gives()
		happened := seen()
		acts, err := m.acts(t)
		if err != nil {
			t.Fatalf("killed at %d: %v", n, err)
		}
		acts = withoutFindings(acts)
		fresh := len(acts) - entries
		entries = len(acts)
		if fresh < 0 || fresh > 1 || given && fresh == 0 {
			t.Fatalf("killed at %d: %d more entries, signature given: %v", n, fresh, given)
		}
		if fresh == 1 {
			kept++
		}
		if given {
			gave++
		}
		if happened <= n {
			break // it was not killed
		}
	}
	if gave == entries-1 || kept == 0 {
		t.Errorf("%d signatures came out, %d entries were made: the host was not killed where it matters", gave, kept)
	}
	if page := m.page(t); page.State != protocol.JournalWhole || page.SetAside != 0 || page.Total != uint64(entries+page.Warnings) {
		t.Errorf("%+v", page)
	}
}

// withoutFindings leaves out what the journal says of lines that a crash has left behind the signed end.
func withoutFindings(acts []journal.Act) []journal.Act {
	return slices.DeleteFunc(acts, func(a journal.Act) bool { return a.Kind == protocol.JournalUnproven })
}

// page is what `journal --json` prints.
func (m *machine) page(t testing.TB) (page protocol.JournalPage) {
	t.Helper()
	stdout, stderr, status := m.command(t, "journal", "--json")
	if err := json.Unmarshal([]byte(stdout), &page); err != nil || (status == 0) != (page.State == protocol.JournalWhole || page.State == protocol.JournalEmpty) {
		t.Fatalf("status %d, %v\n%s%s", status, err, stdout, stderr)
	}
	return page
}

// kill -9 among many acts, sent without waiting: all that was answered is there.
func TestAnsweredActsSurviveAKill(t *testing.T) {
	t.Parallel()
	m, _, _ := oneCard(t, testcard.P256)
	entries := 0
	for round := range 20 {
		w := m.open(t)
		w.hello()
		certificate := w.list().Certificates[0].ID
		const many = 40
		for range many {
			w.selfTest(certificate, "1") // is refused on its way to the card
		}
		for range 1 + round*many/20 {
			w.next()
			entries++
		}
		w.cmd.Process.Kill()
		for { // what it had said before it died
			if _, err := w.in.Read(); err != nil {
				break
			}
			entries++
		}
		w.close()
		acts, err := m.acts(t)
		acts = withoutFindings(acts)
		if err != nil || len(acts) < entries || len(acts) > entries+1 {
			t.Fatalf("round %d: %d entries, %d answers, %v", round, len(acts), entries, err)
		}
		entries = len(acts)
	}
}

// Several hosts at once write one list.
func TestJournalOfSeveralHosts(t *testing.T) {
	t.Parallel()
	m, _, _ := oneCard(t, testcard.P256)
	const hosts, many = 4, 25
	var windows []*window
	for range hosts {
		w := m.open(t)
		w.hello()
		certificate := w.list().Certificates[0].ID
		for range many {
			w.selfTest(certificate, "1")
		}
		windows = append(windows, w)
	}
	for _, w := range windows {
		for range many {
			var failure protocol.HostFailure
			if e := w.next(); json.Unmarshal(e.Body, &failure) != nil || failure.Code != fault.PINLength {
				t.Fatalf("answer %d %s %s", e.ID, e.Type, e.Body)
			}
		}
	}
	if acts, err := m.acts(t); err != nil || len(acts) != hosts*many {
		t.Errorf("%d entries, %v", len(acts), err)
	}
}

// limit is how long a file may become that the window's host writes: a disk that is full, which needs no root.
func (w *window) limit(size uint64) {
	w.t.Helper()
	limit := unix.Rlimit{Cur: size, Max: unix.RLIM_INFINITY}
	if err := unix.Prlimit(w.cmd.Process.Pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
		w.t.Fatal(err)
	}
}

// Where an entry finds no room no signature leaves, whatever part of it there was room for, and the list is as before;
// what the card did with its PIN is told as it is. With room, the same request is signed.
func TestNothingIsSignedWithoutRoom(t *testing.T) {
	t.Parallel()
	m, c, certificate := oneCard(t, testcard.P256)
	w := m.open(t)
	w.hello()
	list := w.list()
	document := []byte("Onay")
	request := asked(list.Certificates[0], pin, w.deliver(document), "E-Onay")
	w.limit(0) // not even for the device key
	w.refused(w.ask(protocol.HostSign, request), fault.JournalFailed)
	w.limit(unix.RLIM_INFINITY)
	w.answer(w.selfTest(list.Certificates[0].ID, pin), protocol.HostReady, nil)
	written, err := os.Stat(filepath.Join(m.journalDir(), "entries-000000000001.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range []int64{-written.Size(), 0, 1, 100} {
		w.limit(uint64(written.Size() + room))
		w.refused(w.ask(protocol.HostSign, request), fault.JournalFailed)
		w.refused(w.selfTest(list.Certificates[0].ID, "999999"), fault.PINIncorrect)
		m.recorded(t, "self-test done")
	}
	w.answer(w.changePIN(list.Tokens[0].ID, pin, freshPIN), protocol.HostReady, nil)
	w.answer(w.changePIN(list.Tokens[0].ID, freshPIN, pin), protocol.HostReady, nil)
	m.recorded(t, "self-test done")
	w.limit(unix.RLIM_INFINITY)
	var signed signedFiles
	w.answer(w.ask(protocol.HostSign, request), protocol.HostSigned, &signed)
	checkSignature(t, c, signed.Signatures[0].Data, document, certificate.Raw)
	m.recorded(t, "self-test done", "sign done")
	w.close()
	if n := strings.Count(w.stderr.String(), "not in the journal"); n != 6 {
		t.Errorf("the log tells of %d missing entries\n%s", n, w.stderr)
	}
}

// Without the device key nothing is signed, and the card hears no PIN; the rest is done, and the log tells.
func TestNothingIsSignedWithoutTheDeviceKey(t *testing.T) {
	t.Parallel()
	m, faulty := withFault(t, testcard.Fault{Function: "C_Login", Do: testcard.Pass})
	m.insert(t, "Kart").key(t, testcard.P256, 1)
	dir := t.TempDir()
	tpm := startTPM(t, dir)
	m.configureModule(t, faulty.Path, tpm.Socket())
	tpm.Stop() // its socket stays
	w, list, shown := m.ready(t, []byte("Onay"))
	request := asked(list.Certificates[0], pin, shown, "E-Onay")
	w.refused(w.ask(protocol.HostSign, request), fault.DeviceUnavailable)
	if n := faulty.Calls(); n != 0 {
		t.Errorf("%d logins", n)
	}
	w.answer(w.selfTest(list.Certificates[0].ID, pin), protocol.HostReady, nil)
	startTPM(t, dir)
	w.answer(w.ask(protocol.HostSign, request), protocol.HostSigned, nil)
	w.close()
	if page := m.page(t); page.State != protocol.JournalWhole || page.Total != 1 || page.Protection != protocol.ProtectionTPM {
		t.Errorf("%+v", page)
	}
	if n := strings.Count(w.stderr.String(), "not in the journal"); n != 1 {
		t.Errorf("the log tells of %d missing entries\n%s", n, w.stderr)
	}
}

// Where nothing can be written down nothing is signed, and the card hears no PIN.
func TestNothingIsSignedWithoutAJournal(t *testing.T) {
	t.Parallel()
	m, faulty := withFault(t, testcard.Fault{Function: "C_Login", Do: testcard.Pass})
	m.insert(t, "Kart").key(t, testcard.P256, 1)
	for _, name := range []string{"lock", "lock.1", "lock.2", "lock.3"} {
		if err := os.MkdirAll(filepath.Join(m.journalDir(), name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	w, list, shown := m.ready(t, []byte("Onay"))
	request := asked(list.Certificates[0], pin, shown, "E-Onay")
	w.refused(w.ask(protocol.HostSign, request), fault.JournalFailed)
	if n := faulty.Calls(); n != 0 {
		t.Errorf("%d logins", n)
	}
	if err := os.Remove(filepath.Join(m.journalDir(), "lock.3")); err != nil {
		t.Fatal(err)
	}
	w.answer(w.ask(protocol.HostSign, request), protocol.HostSigned, nil)
	m.recorded(t, "sign done")
}

// Whatever is done to the files is seen.
func TestJournalDetectsEachChange(t *testing.T) {
	t.Parallel()
	m, _, _ := oneCard(t, testcard.P256)
	w := m.open(t)
	w.hello()
	for range 5 {
		w.refused(w.selfTest(w.list().Certificates[0].ID, "1"), fault.PINLength)
	}
	w.close()
	lines, head := filepath.Join(m.journalDir(), "entries-000000000001.jsonl"), filepath.Join(m.journalDir(), "head.json")
	whole := map[string]string{}
	for _, path := range []string{lines, head} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		whole[path] = string(data)
	}
	entry := func(n int) string { return strings.SplitAfter(whole[lines], "\n")[n-1] }
	for name, tt := range map[string]struct{ path, old, new string }{
		"an outcome changed":    {lines, "pin_length", "done"},
		"the oldest removed":    {lines, entry(1), ""},
		"one removed":           {lines, entry(3), ""},
		"the newest removed":    {lines, entry(5), ""},
		"one doubled":           {lines, entry(3), entry(3) + entry(3)},
		"two exchanged":         {lines, entry(2) + entry(3), entry(3) + entry(2)},
		"truncated":             {lines, entry(4)[10:] + entry(5), ""},
		"all gone":              {lines, whole[lines], ""},
		"the head of a shorter": {head, `"number":5`, `"number":4`},
		"no head":               {head, whole[head], ""},
	} {
		for path, data := range whole {
			if path == tt.path {
				data = strings.Replace(data, tt.old, tt.new, 1)
			}
			if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if page := m.page(t); page.State != protocol.JournalBroken {
			t.Errorf("%s: %s", name, page.State)
		}
	}
}
