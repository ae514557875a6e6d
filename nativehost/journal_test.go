//go:build linux

package main_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/journal"
	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// The journal: what is written down, and that nothing leaves without it.

func (m *machine) journalDir() string { return filepath.Join(m.folder(), "journal") }

// folder is where the key and the journal are.
func (m *machine) folder() string {
	return device.MachineFolder(filepath.Join(m.home, ".config", "e-onay"))
}

// deviceKey is where the machine's key is, when it is in a file.
func (m *machine) deviceKey() device.Options {
	return device.Where{Path: filepath.Join(m.folder(), "device.json"), TPM: device.NoTPM}.Options()
}

// acts reads the machine's journal, and proves it with the machine's key.
func (m *machine) acts(t testing.TB) (acts []journal.Act, err error) {
	t.Helper()
	key, _, err := device.Known(m.deviceKey())
	if err != nil {
		t.Fatal(err)
	}
	err = journal.New(m.journalDir(), nil, journal.DefaultLimits).Read(t.Context(), key.Signing, func(e journal.Entry) bool {
		acts = append(acts, e.Act)
		return true
	})
	return acts, err
}

// recorded wants exactly these acts, each as "kind outcome", in a list that is whole.
func (m *machine) recorded(t testing.TB, want ...string) []journal.Act {
	t.Helper()
	acts, err := m.acts(t)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range acts {
		got = append(got, a.Kind+" "+a.Outcome)
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("recorded %q, want %q", got, want)
	}
	return acts
}

// asked is a correct sign request of a site.
func asked(certificate protocol.Certificate, pin string, shown [][]byte, purpose string) protocol.HostSignBody {
	body := signRequest(certificate, pin, shown)
	body.Origin, body.Purpose = portal, purpose
	return body
}

// Every act on a card is written down, with what it came to, and by whom it was asked for; what is not an act is not.
func TestEachActIsJournaled(t *testing.T) {
	t.Parallel()
	m := withOpenSC(t)
	certificate, w, list := blocked(t, m)
	good := list.Certificates[0]
	w.refused(w.unblock(list.Tokens[0].ID, wrongPUK, freshPIN), fault.PUKIncorrect)
	w.answer(w.unblock(list.Tokens[0].ID, puk, freshPIN), protocol.HostReady, nil)
	shown := w.deliver([]byte("Onay veriyorum"))
	w.refused(w.ask(protocol.HostSign, asked(good, pin, [][]byte{make([]byte, sha256.Size)}, "E-Onay")), fault.DigestMismatch)
	w.refused(w.ask(protocol.HostSign, asked(good, "1", shown, "E-Onay")), fault.PINLength)
	w.refused(w.ask(protocol.HostSign, asked(good, pin, shown, "E-Onay")), fault.PINIncorrect)
	w.refused(w.ask(protocol.HostSign, asked(good, pin, shown, strings.Repeat("a", protocol.MaxPurpose+1))), fault.MessageInvalid)
	w.refused(w.selfTest("none", freshPIN), fault.NoCertificate)
	w.answer(w.changePIN(list.Tokens[0].ID, freshPIN, pin), protocol.HostReady, nil)
	w.answer(w.selfTest(good.ID, pin), protocol.HostReady, nil)
	c := w.claim(good, pin)
	w.reported(w.release(c.seal(t, puk), freshPIN), c, protocol.OutcomeDone)
	w.answer(w.ask(protocol.HostSign, asked(good, freshPIN, shown, "E-Onay")), protocol.HostSigned, nil)
	w.refused(w.ask(protocol.HostSign, asked(good, freshPIN, shown, "E-Onay")), fault.Sequence)
	acts := m.recorded(t, "self-test pin_incorrect", "self-test pin_last_try", "self-test pin_locked",
		"unblock puk_incorrect", "unblock done", "sign digest_mismatch", "sign pin_length", "sign pin_incorrect",
		"change-pin done", "self-test done", "sign done", "reset-pin done", "sign done")
	serial := fmt.Sprintf("%X", certificate.SerialNumber)
	for i, a := range acts {
		if a.Certificate != good.ID || a.Serial != serial || a.Issuer != "Test Nitelikli Sertifika" {
			t.Errorf("entry %d: certificate %+v", i+1, a)
		}
		if site := a.Kind == protocol.JournalSign || a.Kind == protocol.JournalReset; site != (a.Origin == portal) || site != (a.Purpose != "") {
			t.Errorf("entry %d: asked by %q for %q", i+1, a.Origin, a.Purpose)
		}
	}
	if t.Failed() {
		return
	}
	onTheClaim, last := acts[len(acts)-3], acts[len(acts)-1]
	sum := sha256.Sum256(c.Claim)
	if len(onTheClaim.Documents) != 1 || onTheClaim.Documents[0] != (journal.Document{Name: "claim.json", Digest: hex.EncodeToString(sum[:])}) {
		t.Errorf("the claim: %+v", onTheClaim.Documents)
	}
	if len(last.Documents) != 1 || last.Documents[0] != (journal.Document{Name: "onay.txt", Digest: hex.EncodeToString(shown[0])}) {
		t.Errorf("the document: %+v", last.Documents)
	}
	m.keepsNoSecret(t)
}

// digests are no place for a secret, but may have the digits of a short one in them.
var digests = regexp.MustCompile(`[0-9A-Fa-f]{28,}`)

// keepsNoSecret looks into every file of the journal.
func (m *machine) keepsNoSecret(t testing.TB) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(m.journalDir(), "*"))
	if err != nil || len(files) < 3 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		data = digests.ReplaceAll(data, nil)
		for what, secret := range map[string]string{"a PIN": pin, "the new PIN": freshPIN, "the PUK": puk, "the wrong PUK": wrongPUK, "the citizen number": testCitizen, "the document": "veriyorum"} {
			if strings.Contains(string(data), secret) {
				t.Errorf("%s holds %s", filepath.Base(name), what)
			}
		}
	}
}

// signedDocuments are those of all signatures in a list that is whole: an entry has as many as were signed meanwhile.
func (m *machine) signedDocuments(t testing.TB) (documents []journal.Document) {
	t.Helper()
	acts, err := m.acts(t)
	if err != nil {
		t.Fatal(err)
	}
	for _, act := range acts {
		if act.Kind == protocol.JournalSign && act.Outcome == string(protocol.OutcomeDone) {
			documents = append(documents, act.Documents...)
		}
	}
	return documents
}

// A citizen number that a site writes into its words does not get in, and the longest words that may come do.
func TestJournalMasksCitizenNumbers(t *testing.T) {
	t.Parallel()
	m, _, _ := oneCard(t, testcard.P256)
	w := m.open(t)
	w.hello()
	list := w.list()
	var shown [][]byte
	long := strings.Repeat("\x01", protocol.MaxName-len(testCitizen)) + testCitizen
	sum := sha256.Sum256(nil)
	for i := range protocol.MaxDocuments {
		document := textDocument(i, 0)
		document.Name = long
		w.answer(w.ask(protocol.HostDocument, document), protocol.HostReady, nil)
		shown = append(shown, sum[:])
	}
	body := asked(list.Certificates[0], pin, shown, strings.Repeat("\x02", protocol.MaxPurpose-len(testCitizen)-3)+testCitizen+"123")
	body.Origin = strings.Repeat("\x03", 300-len(testCitizen)) + testCitizen
	w.answer(w.ask(protocol.HostSign, body), protocol.HostSigned, nil)
	documents := m.signedDocuments(t)
	acts, _ := m.acts(t)
	act := acts[0]
	for _, got := range []string{act.Origin, documents[protocol.MaxDocuments-1].Name} {
		if !strings.HasSuffix(got, "\x03100*****146") && !strings.HasSuffix(got, "\x01100*****146") {
			t.Errorf("%q", got)
		}
	}
	if !strings.HasSuffix(act.Purpose, "\x02100********123") {
		t.Errorf("%q", act.Purpose)
	}
	m.keepsNoSecret(t)
}

// A signature whose card was pulled, and one that was cancelled, are written down as that, also where the window goes with it.
func TestFailedSignaturesAreJournaled(t *testing.T) {
	t.Parallel()
	m := withReader(t)
	m.key(t, virtual.Signature, testcard.P256)
	m.put(t)
	signs := func() (w *window, id uint32) { // in a window of its own: a library may be late to see a card that came back
		w = m.open(t)
		w.hello()
		list := w.shows(1)
		request := asked(list.Certificates[0], pin, w.deliver([]byte("Onay")), "E-Onay")
		struck := m.card.SetFault(virtual.Fault{INS: virtual.GeneralAuthenticate, Do: virtual.Mute})
		id = w.ask(protocol.HostSign, request)
		happens(t, struck)
		return w, id
	}
	w, id := signs()
	m.card.Pull()
	w.refused(id, fault.TokenRemoved)
	w.close()
	m.card.ClearFault()
	m.put(t)
	w, id = signs()
	w.answer(w.ask(protocol.HostCancel, protocol.HostCancelBody{Request: id}), protocol.HostReady, nil)
	w.refused(id, fault.Cancelled)
	w.close()
	m.card.Pull()
	m.card.ClearFault()
	m.put(t)
	w, id = signs()
	w.ask(protocol.HostCancel, protocol.HostCancelBody{Request: id})
	w.close()
	m.recorded(t, "sign token_removed", "sign cancelled", "sign cancelled")
}

// page asks for a part of the journal.
func (w *window) page(want protocol.HostJournalBody) (page protocol.JournalPage) {
	w.t.Helper()
	w.answer(w.ask(protocol.HostJournal, want), protocol.HostJournalPage, &page)
	return page
}

// The settings page reads the journal in parts, and so does a terminal; both say of a changed one that it is. What is
// asked for beyond the bounds is refused, and looking makes nothing.
func TestJournalIsShown(t *testing.T) {
	t.Parallel()
	m, _, _ := oneCard(t, testcard.P256)
	w := m.open(t)
	w.refused(w.ask(protocol.HostJournal, protocol.HostJournalBody{Limit: 1}), fault.Sequence)
	w.hello()
	list := w.list()
	if page := w.page(protocol.HostJournalBody{Limit: 50}); page.State != protocol.JournalEmpty || page.Entries == nil || page.Protection != "" {
		t.Errorf("before the first: %+v", page)
	}
	stdout, _, status := m.command(t, "journal", "--lang", "en")
	if status != 0 || stdout != "Nothing was done on this computer yet.\n" {
		t.Errorf("status %d, %s", status, stdout)
	}
	m.checks(t, "journalempty", m.journalDir())
	if _, err := os.Stat(m.journalDir()); !os.IsNotExist(err) {
		t.Errorf("looking made it: %v", err)
	}
	w.answer(w.selfTest(list.Certificates[0].ID, pin), protocol.HostReady, nil)
	w.refused(w.selfTest(list.Certificates[0].ID, "999999"), fault.PINIncorrect)
	shown := w.deliver([]byte("Onay"))
	w.answer(w.ask(protocol.HostSign, asked(list.Certificates[0], pin, shown, "E\x1b[2J-Onay")), protocol.HostSigned, nil)
	w.close()

	w = m.open(t)
	w.hello()
	page := w.page(protocol.HostJournalBody{Limit: 1})
	if page.State != protocol.JournalWhole || page.Total != 3 || page.First != 1 || !page.More || page.SetAside != 0 || page.Protection != protocol.ProtectionFile {
		t.Errorf("%+v", page)
	}
	newest := page.Entries[0]
	if newest.Number != 3 || newest.Kind != protocol.JournalSign || newest.Outcome != protocol.OutcomeDone || newest.Origin != portal ||
		newest.Serial != list.Certificates[0].Serial || newest.Issuer != list.Certificates[0].Issuer || time.Since(time.Unix(newest.Time, 0)).Abs() > time.Minute ||
		len(newest.Documents) != 1 || newest.Documents[0].Digest != hex.EncodeToString(shown[0]) {
		t.Errorf("%+v", newest)
	}
	page = w.page(protocol.HostJournalBody{Limit: 50, Before: 3, Search: "PIN_INCORRECT"})
	if len(page.Entries) != 1 || page.Entries[0].Number != 2 || page.More || page.Total != 3 {
		t.Errorf("%+v", page)
	}
	for _, want := range []protocol.HostJournalBody{{}, {Limit: -1}, {Limit: protocol.MaxJournalPage + 1}, {Limit: 1, Search: strings.Repeat("a", protocol.MaxPurpose+1)}} {
		w.refused(w.ask(protocol.HostJournal, want), fault.MessageInvalid)
	}

	stdout, _, status = m.command(t, "journal", "--lang", "en")
	if newest, oldest := strings.Index(stdout, "Signature: done"), strings.Index(stdout, "Test of the card: done"); newest < 0 || newest > oldest {
		t.Errorf("the newest is not the first:\n%s", stdout)
	}
	for _, want := range []string{"1  ", "Test of the card: done\n", "Test of the card: Wrong PIN", `"` + portal + `" "E\x1b[2J-Onay"`, "\n3 entries, the record is whole"} {
		if status != 0 || !strings.Contains(stdout, want) {
			t.Errorf("status %d, no %q in\n%s", status, want, stdout)
		}
	}
	stdout, _, status = m.command(t, "journal", "--json")
	var all protocol.JournalPage
	if err := json.Unmarshal([]byte(stdout), &all); err != nil || status != 0 || all.State != protocol.JournalWhole || len(all.Entries) != 3 {
		t.Errorf("status %d, %v\n%s", status, err, stdout)
	}
	m.checks(t, "journal", m.journalDir(), "3 entries")

	m.harm(t, "E\\u001b[2J-Onay", "E-Onay")
	if page := w.page(protocol.HostJournalBody{Limit: 50}); page.State != protocol.JournalBroken || len(page.Entries) != 3 || page.Entries[0].Purpose != "E-Onay" {
		t.Errorf("%+v", page)
	}
	for _, args := range [][]string{{"journal", "--lang", "en"}, {"journal", "--lang", "en", "--json"}} {
		stdout, stderr, status := m.command(t, args...)
		if status != 1 || !strings.Contains(stdout, "E-Onay") || !strings.Contains(stderr, "cannot be trusted") || !strings.Contains(stderr, "\nhint: ") {
			t.Errorf("%q: status %d\n%s%s", args, status, stdout, stderr)
		}
	}
	m.checks(t, "journalbroken", m.journalDir(), "3 entries")
	// It does not prevent signing, and is kept.
	w.answer(w.selfTest(w.list().Certificates[0].ID, pin), protocol.HostReady, nil)
	if page := w.page(protocol.HostJournalBody{Limit: 50}); page.State != protocol.JournalWhole || page.Total != 2 || page.SetAside != 1 || page.Entries[1].Kind != protocol.JournalSetAside {
		t.Errorf("%+v", page)
	}
	m.checks(t, "journalaside", m.journalDir())
	m.checks(t, "journalwarnings", "warnings that E-Onay itself has written: 1")
}

// harm changes a part of the machine's journal.
func (m *machine) harm(t testing.TB, old, new string) {
	t.Helper()
	path := filepath.Join(m.journalDir(), "entries-000000000001.jsonl")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(data), old, new, 1)
	if changed == string(data) {
		t.Fatalf("no %q in\n%s", old, data)
	}
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
}

// checks wants a check of the doctor's, with these words.
func (m *machine) checks(t testing.TB, name string, words ...string) {
	t.Helper()
	stdout, _, _ := m.command(t, "doctor", "--json")
	var report struct{ Checks []protocol.Check }
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(report.Checks, func(c protocol.Check) bool { return c.Name == name && c.Part == protocol.PartProgram }) {
		t.Errorf("no check %s in %s", name, stdout)
	}
	text, _, _ := m.command(t, "doctor", "--lang", "en")
	for _, want := range words {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
