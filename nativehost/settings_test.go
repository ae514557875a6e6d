//go:build linux

package main_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// What manage.html asks for, on a virtual card through OpenSC and on SoftHSM2.

const freshPIN = "135246"

// settings is a session of the settings page with its list.
func settings(t *testing.T, m *machine, tokens int) (*window, protocol.CertificateList) {
	t.Helper()
	w := m.open(t)
	w.hello()
	return w, w.shows(tokens)
}

func (w *window) changePIN(token, old, new string) uint32 {
	w.t.Helper()
	return w.ask(protocol.HostChangePIN, protocol.HostChangePINBody{Token: token, Old: []byte(old), New: []byte(new)})
}

func (w *window) selfTest(certificate, pin string) uint32 {
	w.t.Helper()
	return w.ask(protocol.HostSelfTest, protocol.HostSelfTestBody{Certificate: certificate, PIN: []byte(pin)})
}

// The card takes the new PIN and no longer the old one; a wrong old one costs one try, what cannot be right none.
func TestChangePIN(t *testing.T) {
	t.Parallel()
	m := withReader(t)
	m.key(t, virtual.Signature, testcard.P256)
	m.put(t)
	w, list := settings(t, m.machine, 1)
	token, certificate := list.Tokens[0].ID, list.Certificates[0].ID
	for _, tt := range []struct {
		old, new string
		want     fault.Code
		tries    int
	}{
		{"", freshPIN, fault.PINEmpty, 3},
		{"24681ş", freshPIN, fault.PINCharacters, 3},
		{pin, "", fault.PINEmpty, 3},
		{pin, "12", fault.PINLength, 3},
		{pin, "111111", fault.PINWeak, 3},
		{pin, pin, fault.PINSame, 3},
		{"999999", freshPIN, fault.PINIncorrect, 2},
	} {
		w.refused(w.changePIN(token, tt.old, tt.new), tt.want)
		if tries, _ := m.card.Tries(); tries != tt.tries {
			t.Errorf("%s: %d tries are left, want %d", tt.want, tries, tt.tries)
		}
	}
	w.refused(w.changePIN("none", pin, freshPIN), fault.NoToken)
	w.answer(w.changePIN(token, pin, freshPIN), protocol.HostReady, nil)
	if tries, _ := m.card.Tries(); tries != 3 {
		t.Errorf("%d tries are left after the right one", tries)
	}
	w.refused(w.selfTest(certificate, pin), fault.PINIncorrect)
	w.answer(w.selfTest(certificate, freshPIN), protocol.HostReady, nil)
}

// A change that the card has begun cannot be called back: who cancels it hears what the card has done, since a person who
// takes the old PIN for the right one spends tries on it.
func TestCancelledChangeIsTold(t *testing.T) {
	t.Parallel()
	m := withReader(t)
	m.key(t, virtual.Signature, testcard.P256)
	m.put(t)
	w, list := settings(t, m.machine, 1)
	struck, answer := m.holds(t, virtual.ChangeReferenceData)
	id := w.changePIN(list.Tokens[0].ID, pin, freshPIN)
	happens(t, struck)
	w.answer(w.ask(protocol.HostCancel, protocol.HostCancelBody{Request: id}), protocol.HostReady, nil)
	answer()
	w.answer(id, protocol.HostReady, nil)
	w.answer(w.selfTest(list.Certificates[0].ID, freshPIN), protocol.HostReady, nil)
}

func TestChangePINOnSoftHSM(t *testing.T) {
	t.Parallel()
	m, _, _ := oneCard(t, testcard.P256)
	w, list := settings(t, m, 1)
	w.refused(w.changePIN(list.Tokens[0].ID, "999999", freshPIN), fault.PINIncorrect)
	w.answer(w.changePIN(list.Tokens[0].ID, pin, freshPIN), protocol.HostReady, nil)
	w.refused(w.selfTest(list.Certificates[0].ID, pin), fault.PINIncorrect)
	w.answer(w.selfTest(list.Certificates[0].ID, freshPIN), protocol.HostReady, nil)
}

// A card that does not like the new PIN keeps the old one.
func TestNewPINRefused(t *testing.T) {
	t.Parallel()
	const pinInvalid = 0xA1
	m, _ := withFault(t, testcard.Fault{Function: "C_SetPIN", Do: testcard.Return, Value: pinInvalid})
	c := m.insert(t, "Kart")
	c.key(t, testcard.P256, 1)
	w, list := settings(t, m, 1)
	w.refused(w.changePIN(list.Tokens[0].ID, pin, freshPIN), fault.PINRefused)
	w.answer(w.selfTest(list.Certificates[0].ID, pin), protocol.HostReady, nil)
}

// The self-test leaves the session as it is, also with an expired certificate, and gives no signature away.
func TestSelfTest(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	c := m.insert(t, "Kart")
	c.key(t, testcard.RSA2048, 1)
	c.key(t, testcard.P384, 2, expired)
	w, list := settings(t, m, 1)
	for _, certificate := range list.Certificates {
		for range 2 {
			id := w.selfTest(certificate.ID, pin)
			answer := w.next()
			if answer.ID != id || answer.Type != protocol.HostReady || len(answer.Body) != 0 {
				t.Fatalf("%d %s %s", answer.ID, answer.Type, answer.Body)
			}
		}
	}
	w.refused(w.selfTest("none", pin), fault.NoCertificate)
	w.refused(w.selfTest(list.Certificates[0].ID, "24681ş"), fault.PINCharacters)
	shown := w.deliver([]byte("Onay"))
	usable := slices.IndexFunc(list.Certificates, func(c protocol.Certificate) bool { return c.Problem == "" })
	w.answer(w.ask(protocol.HostSign, signRequest(list.Certificates[usable], pin, shown)), protocol.HostSigned, nil)
}

// A key that is not the certificate's is found out.
func TestSelfTestOfAnotherKey(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	c := m.insert(t, "Kart")
	if _, err := c.token.NewKey(testcard.P256, "başka", []byte{1}); err != nil {
		t.Fatal(err)
	}
	public := pkitest.Key(t, "P-256").Public()
	if err := c.token.Store(c.sub.Issue(t, public).Raw, []byte{1}, "imza"); err != nil {
		t.Fatal(err)
	}
	w, list := settings(t, m, 1)
	w.refused(w.selfTest(list.Certificates[0].ID, pin), fault.KeyMissing)
}

func TestExport(t *testing.T) {
	t.Parallel()
	m, _, certificate := oneCard(t, testcard.P256)
	w, list := settings(t, m, 1)
	var exported protocol.HostExportedBody
	w.answer(w.ask(protocol.HostExport, protocol.HostExportBody{Certificate: list.Certificates[0].ID}), protocol.HostExported, &exported)
	if !bytes.Equal(exported.Data, certificate.Raw) {
		t.Error("not the certificate")
	}
	w.refused(w.ask(protocol.HostExport, protocol.HostExportBody{Certificate: strings.Repeat("0", 64)}), fault.NoCertificate)
}

// Without a list, and while documents come in, nothing can be named.
func TestSettingsRequestsOutOfOrder(t *testing.T) {
	t.Parallel()
	w := withSoftHSM(t).open(t)
	w.hello()
	w.refused(w.ask(protocol.HostExport, protocol.HostExportBody{}), fault.Sequence)
	w.refused(w.selfTest("none", pin), fault.Sequence)
	w.refused(w.changePIN("none", pin, freshPIN), fault.Sequence)
	w.answer(w.ask(protocol.HostDocument, textDocument(0, 4)), protocol.HostReady, nil)
	w.list()
	w.refused(w.selfTest("none", pin), fault.Sequence)
	w.refused(w.ask(protocol.HostDiagnose, nil), fault.Sequence)
	w.refused(w.ask(protocol.HostAddModule, protocol.HostModuleBody{Path: "/lib"}), fault.Sequence)
}

// A diagnosis says the same as the terminal, and for a help desk nothing personal.
func TestDiagnosis(t *testing.T) {
	t.Parallel()
	m, c, _ := oneCard(t, testcard.P256)
	m.browse(t, ".config/chromium/Local State")
	if _, stderr, status := m.command(t, "install", "--lang", "tr"); status != 0 {
		t.Fatal(stderr)
	}
	w, _ := settings(t, m, 1)
	began := time.Now()
	var d protocol.Diagnosis
	w.answer(w.ask(protocol.HostDiagnose, nil), protocol.HostDiagnosis, &d)
	terminal, _, _ := m.command(t, "doctor", "--lang", "tr")
	if d.Checks[1].Name != "caller" { // the terminal has none
		t.Fatalf("check %+v", d.Checks[1])
	}
	d.Checks = slices.Delete(d.Checks, 1, 2)
	var whole, shared strings.Builder
	for _, check := range d.Checks {
		whole.WriteString(check.Text.TR + "\n")
		shared.WriteString(check.Shared.TR + check.Shared.EN + "\n")
		if !strings.Contains(terminal, check.Text.TR) {
			t.Errorf("the terminal does not say %q", check.Text.TR)
		}
	}
	if lines := strings.Count(terminal, "\n"); lines != len(d.Checks) {
		t.Errorf("%d lines in the terminal, %d checks", lines, len(d.Checks))
	}
	holder := "Ayşe Yılmaz"
	if !strings.Contains(whole.String(), holder) {
		t.Fatalf("the diagnosis does not name the holder:\n%s", &whole)
	}
	stdout, stderr, status := m.command(t, "doctor", "--json")
	if status != 0 || stderr != "" {
		t.Fatalf("status %d\n%s", status, stderr)
	}
	for name, text := range map[string]string{"for a help desk": shared.String(), "--json": stdout} {
		for _, personal := range []string{holder, "100*****146", testCitizen, m.home, "Kart Kart"} {
			if strings.Contains(text, personal) {
				t.Errorf("%s has %q in\n%s", name, personal, text)
			}
		}
	}
	var report struct {
		OK       bool
		Time     string
		Version  string
		Platform string
		Checks   []protocol.Check
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatal(err)
	}
	if !report.OK || report.Version == "" || report.Platform != "linux/amd64" && report.Platform != "linux/arm64" || len(report.Checks) != len(d.Checks) {
		t.Errorf("report %+v", report)
	}
	if at, err := time.Parse(time.RFC3339, report.Time); err != nil || at.Unix() < d.Time || d.Time < began.Unix() {
		t.Errorf("the diagnosis of %d, the report of %q: %v", d.Time, report.Time, err)
	}
	if !slices.Equal(d.Modules, []string{c.module(t)}) {
		t.Errorf("modules %q", d.Modules)
	}
}

func (c *card) module(t *testing.T) string {
	t.Helper()
	module, err := testcard.Module()
	if err != nil {
		t.Fatal(err)
	}
	return module
}

// A library that is added is used at once, also by later sessions, and no longer when it was removed.
func TestAddModule(t *testing.T) {
	t.Parallel()
	softHSM, _ := softHSMFile(t)
	m := newMachine(t)
	c := m.insert(t, "Kart")
	c.key(t, testcard.P256, 1)
	w := m.open(t)
	w.hello()
	w.shows(0)
	for range 2 { // twice is once
		w.answer(w.ask(protocol.HostAddModule, protocol.HostModuleBody{Path: softHSM}), protocol.HostReady, nil)
	}
	w.shows(1)
	later, _ := settings(t, m, 1)
	later.answer(later.ask(protocol.HostRemoveModule, protocol.HostModuleBody{Path: softHSM}), protocol.HostReady, nil)
	later.shows(0)
	later.refused(later.ask(protocol.HostRemoveModule, protocol.HostModuleBody{Path: softHSM}), fault.ModulePath)
	config, err := os.ReadFile(filepath.Join(m.home, ".config", "e-onay", "host.json"))
	if err != nil || strings.Contains(string(config), "softhsm") {
		t.Errorf("%v\n%s", err, config)
	}
	for _, kept := range []string{`"search": false`, `"tpm": "none"`, `"keyring": false`} {
		if !strings.Contains(string(config), kept) {
			t.Errorf("without %s:\n%s", kept, config)
		}
	}
}

// What may not be added: not a library, not for this machine, one that fails, and for the extension one that
// others than the administrator can write.
func TestAddModuleRefuses(t *testing.T) {
	t.Parallel()
	softHSM, content := softHSMFile(t)
	safe := safeFolder(t)
	file := func(dir, name string, content []byte, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	link := filepath.Join(safe, "link.so")
	if err := os.Symlink(file(t.TempDir(), "anywhere.so", content, 0o755), link); err != nil {
		t.Fatal(err)
	}
	foreign := file(safe, "foreign.so", content, 0o755)
	if err := os.Chown(foreign, 1234, 1234); err != nil {
		t.Fatal(err)
	}
	machineOf := func(b []byte) []byte { b = bytes.Clone(b); b[18] = 22; return b } // EM_S390
	faulty := func(name string, fault testcard.Fault) string {
		t.Helper()
		dir := filepath.Join(safe, name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		library, err := testcard.NewFaulty(dir, fault)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { library.Close() })
		return library.Path
	}
	m := newMachine(t)
	w := m.open(t)
	w.hello()
	for name, tt := range map[string]struct {
		path string
		want fault.Code
	}{
		"relative":          {"libsofthsm2.so", fault.ModulePath},
		"detours":           {filepath.Dir(softHSM) + "/../softhsm/libsofthsm2.so", fault.ModulePath},
		"empty":             {"", fault.ModulePath},
		"endless":           {"/" + strings.Repeat("a", 5000), fault.ModulePath},
		"line end":          {"/lib\n/a.so", fault.ModulePath},
		"nothing there":     {"/none/libakisp11.so", fault.ModulePath},
		"folder":            {safe, fault.ModulePath},
		"device":            {"/dev/zero", fault.ModulePath},
		"text":              {file(safe, "text.so", []byte("not a library"), 0o755), fault.ModulePath},
		"another library":   {installed(t, "libpcsclite.so.1"), fault.ModulePath},
		"anybody writes it": {file(safe, "open.so", content, 0o777), fault.ModulePath},
		"in a common place": {file(t.TempDir(), "library.so", content, 0o755), fault.ModulePath},
		"a link to one":     {link, fault.ModulePath},
		"another's":         {foreign, fault.ModulePath},
		"architecture":      {file(safe, "s390.so", machineOf(content), 0o755), fault.ModuleArchitecture},
		"fails":             {faulty("fails", testcard.Fault{Function: "C_Initialize", Do: testcard.Return, Value: 5}), fault.ModuleFailed},
		"crashes":           {faulty("crashes", testcard.Fault{Function: "C_GetSlotList", Do: testcard.Crash}), fault.ModuleCrashed},
	} {
		t.Run(name, func(t *testing.T) {
			w.refused(w.ask(protocol.HostAddModule, protocol.HostModuleBody{Path: tt.path}), tt.want)
			var d protocol.Diagnosis
			w.answer(w.ask(protocol.HostDiagnose, nil), protocol.HostDiagnosis, &d)
			if len(d.Modules) != 0 {
				t.Errorf("added all the same: %q", d.Modules)
			}
		})
	}
	t.Run("broken configuration", func(t *testing.T) {
		m.configure(t, "{\n\"modules\": 1}")
		w.refused(w.ask(protocol.HostAddModule, protocol.HostModuleBody{Path: softHSM}), fault.Internal)
		if data, err := os.ReadFile(filepath.Join(m.home, ".config", "e-onay", "host.json")); err != nil || string(data) != "{\n\"modules\": 1}" {
			t.Errorf("%v, %s", err, data)
		}
	})
}

// safeFolder is one that only the administrator can write, like those of drivers. Nothing below /tmp is.
func safeFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/usr/local/lib", "eonay-test-")
	if err != nil {
		t.Fatalf("%v: this test makes a folder as drivers' installers do: run `sudo make test`", err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// In a terminal a person adds a library of their own.
func TestModuleCommand(t *testing.T) {
	t.Parallel()
	_, content := softHSMFile(t)
	m := newMachine(t)
	c := m.insert(t, "Kart")
	c.key(t, testcard.P256, 1)
	own := filepath.Join(t.TempDir(), "libsofthsm2.so")
	if err := os.WriteFile(own, content, 0o700); err != nil {
		t.Fatal(err)
	}
	if stdout, stderr, status := m.command(t, "module", "add", own); status != 0 || stdout != own+": eklendi\n" || stderr != "" {
		t.Fatalf("status %d\n%s%s", status, stdout, stderr)
	}
	settings(t, m, 1)
	if _, stderr, status := m.command(t, "module", "add", "/none.so"); status != 1 || !strings.HasPrefix(stderr, "hata: Burada kullanılabilecek bir kart sürücüsü yok.") {
		t.Errorf("status %d, %s", status, stderr)
	}
	if _, _, status := m.command(t, "module", "remove", own); status != 0 {
		t.Errorf("status %d", status)
	}
	settings(t, m, 0)
	for _, args := range [][]string{{"module"}, {"module", "add"}, {"module", "list", "x"}, {"module", "add", "a", "b"}} {
		if _, _, status := m.command(t, args...); status != 2 {
			t.Errorf("%q: status %d", args, status)
		}
	}
}
