//go:build linux

package main_test

import (
	"encoding/json"
	"fmt"
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

// registry writes modules.json with a library in the place of akisp11; none of the machine's own is found
// under its name.
func (m *machine) registry(t *testing.T, library string) {
	t.Helper()
	text := fmt.Sprintf(`{"version":1,"places":{"linux":[%q]},"modules":[{"id":"akisp11","files":{"linux":[%q]},"quirks":["initialize-null"]}]}`,
		filepath.Dir(library), filepath.Base(library))
	if err := os.WriteFile(filepath.Join(m.home, ".config", "e-onay", "modules.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// insertBlank puts a card that knows no command into the reader and waits until a window has seen it.
func (m *machine) insertBlank(t *testing.T, service *testcard.PCSC, atr string) *window {
	t.Helper()
	w := m.open(t)
	w.hello()
	w.list()
	card, err := service.Insert(atr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { card.Remove() })
	w.changed()
	return w
}

// withAKIS is a machine on which libraries are looked for, with an AKİS card in its reader: one that has no
// library of its own family, if library is empty.
func withAKIS(t *testing.T, library string) (*machine, *window) {
	t.Helper()
	m := newMachine(t)
	m.configure(t, `{}`)
	if library != "" {
		m.registry(t, library)
	}
	return m, m.insertBlank(t, m.startPCSC(t), atr)
}

// A card whose library is not installed: the finding names its family, the log and the doctor say where it
// was looked for, and the doctor where to get it.
func TestNoLibraryForTheFamily(t *testing.T) {
	t.Parallel()
	m, w := withAKIS(t, "")
	list := w.list()
	if len(list.Findings) != 1 || !hasFinding(list, fault.NoModule, "AKİS 2.x") {
		t.Fatalf("findings %+v", list.Findings)
	}
	if f := list.Findings[0]; !strings.Contains(f.Detail, "libakisp11.so, libtckkp11.so: /usr/lib/akis, /opt/akis/lib") || !strings.HasPrefix(f.Driver.TR, "AKİS sürücüsü, ") || f.Driver.EN == "" {
		t.Errorf("finding %+v", f)
	}
	want := []protocol.Reader{{Name: reader + " 00 00", Card: true, Family: "AKİS 2.x"}, {Name: reader + " 00 01"}}
	if !slices.Equal(list.Readers, want) {
		t.Errorf("readers %+v", list.Readers)
	}
	out, _, status := m.command(t, "doctor")
	for _, want := range []string{
		"tamam  Okuyucu " + reader + " 00 00: kartın türü AKİS 2.x (ATR " + atr + ").",
		"hata   AKİS 2.x sürücüsü bulunamadı. AKİS sürücüsü, ", "libakisp11.so, libtckkp11.so", "/usr/lib/akis, /opt/akis/lib", "eonay-host module add",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if status != 1 {
		t.Errorf("status %d", status)
	}
	w.close()
	if log := w.stderr.String(); !strings.Contains(log, "family=akis-2") || !strings.Contains(log, "/opt/akis/lib") {
		t.Errorf("log:\n%s", log)
	}
}

// Its library is there, but does not see it; is for another processor; cannot be loaded.
func TestLibraryOfTheFamilyIsOfNoUse(t *testing.T) {
	t.Parallel()
	foreign := func(t *testing.T) string {
		library, err := os.ReadFile(newFaulty(t, testcard.Fault{}).Path)
		if err != nil {
			t.Fatal(err)
		}
		library[18] = 22 // e_machine: a mainframe
		return write(t, string(library))
	}
	for _, tt := range []struct {
		name    string
		library func(*testing.T) string
		want    fault.Code
		doctor  string
	}{
		{"no token", func(t *testing.T) string { return newFaulty(t, testcard.Fault{Arguments: testcard.Crash}).Path }, fault.CardUnrecognized, "Sürücü faulty.so: çalışıyor, 0 kart görüyor."},
		{"architecture", foreign, fault.ModuleArchitecture, "bu bilgisayarın işlemcisi için değil (built for EM_S390"},
		{"junk", func(t *testing.T) string { return write(t, "not a library") }, fault.ModuleFailed, "file too short"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			library := tt.library(t)
			m, w := withAKIS(t, library)
			subject := filepath.Base(library)
			if tt.want == fault.CardUnrecognized {
				subject = "AKİS 2.x"
			}
			if list := w.list(); len(list.Findings) != 1 || !hasFinding(list, tt.want, subject) {
				t.Fatalf("findings %+v", list.Findings)
			}
			out, _, _ := m.command(t, "doctor")
			if !strings.Contains(out, tt.doctor) || strings.Contains(out, "AKİS 2.x sürücüsü bulunamadı") {
				t.Errorf("no %q, or told as missing, in\n%s", tt.doctor, out)
			}
		})
	}
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "library.so")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A card with an AKİS answer to reset that only OpenSC can read: the fallback finds it and signs, and the
// next window asks OpenSC first, which the doctor tells.
func TestFallbackIsRemembered(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.configure(t, `{}`)
	own := newFaulty(t, testcard.Fault{Function: "C_GetSlotList"}) // counts
	m.registry(t, own.Path)
	service := m.startPCSC(t)
	m.useOpenSC(t)
	insertVirtual(t, service)
	for first := true; ; first = false {
		w, list, shown := m.ready(t, []byte("Onay"))
		if len(list.Certificates) != 1 || len(list.Findings) != 0 || list.Tokens[0].Module != "opensc-pkcs11.so" {
			t.Fatalf("list %+v", list)
		}
		if asked := own.Calls() > 0; asked != first {
			t.Fatalf("the first time %v, the family's own library asked %v", first, asked)
		}
		w.answer(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown)), protocol.HostSigned, nil)
		w.close()
		if !first {
			break
		}
	}
	memory, err := os.ReadFile(filepath.Join(m.home, ".cache", "e-onay", "modules.json"))
	if err != nil || !json.Valid(memory) || !strings.Contains(string(memory), strings.ToLower(atr)) {
		t.Fatalf("%v: %s", err, memory)
	}
	if out, _, _ := m.command(t, "doctor", "--lang", "en"); !strings.Contains(out, "opensc-pkcs11.so: it has read such a card before.") {
		t.Errorf("doctor:\n%s", out)
	}
}

// A card whose own library is not installed works with another one: the doctor says so and where the library is to be
// had, and calls nothing broken.
func TestAnotherLibraryReadsTheCard(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.configure(t, `{}`)
	service := m.startPCSC(t)
	m.useOpenSC(t)
	insertVirtual(t, service)
	if _, stderr, status := m.command(t, "install"); status != 0 {
		t.Fatal(stderr)
	}
	out, _, status := m.command(t, "doctor")
	if !strings.Contains(out, "uyarı  AKİS 2.x sürücüsü kurulu değil; kart başka bir sürücüyle çalışıyor.") || !strings.Contains(out, "kurumun sitesindeki") {
		t.Errorf("not told, or without the place, in\n%s", out)
	}
	if status != 0 || strings.Contains(out, "hata ") {
		t.Errorf("status %d in\n%s", status, out)
	}
}

// useOpenSC sets OpenSC up for virtual cards.
func (m *machine) useOpenSC(t testing.TB) {
	t.Helper()
	conf, err := virtual.OpenSC{}.Write(m.home)
	if err != nil {
		t.Fatal(err)
	}
	m.more = append(m.more, conf)
}

// insertVirtual puts a PIV card with an AKİS answer to reset and a good certificate into the reader, and
// returns when the service has seen it.
func insertVirtual(t *testing.T, service *testcard.PCSC) {
	t.Helper()
	card, err := virtual.New(virtual.Options{PIN: pin, ATR: atr})
	if err != nil {
		t.Fatal(err)
	}
	public, err := card.NewKey(virtual.Signature, testcard.P256)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pkitest.Root(t, "Test Kök").Issue(t, public)
	if err := card.Store(virtual.Signature, certificate.Raw); err != nil {
		t.Fatal(err)
	}
	seen, err := card.Insert(service)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(card.Pull)
	select {
	case <-seen:
	case <-time.After(patience):
		t.Fatal("the service does not see the card")
	}
}

// A family with two libraries: where the first shows nothing, the second is asked, and the fallback is not.
func TestSecondLibraryOfTheFamily(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.configure(t, `{}`)
	openSC, err := os.ReadFile(installed(t, "opensc-pkcs11.so"))
	if err != nil {
		t.Fatal(err)
	}
	second := write(t, string(openSC))
	first, last := newFaulty(t, testcard.Fault{Function: "C_GetSlotList"}), newFaulty(t, testcard.Fault{Function: "C_GetSlotList"})
	text := `{"version":1,"modules":[`
	for id, path := range map[string]string{"akisp11": first.Path, "opensc": last.Path, "tckkp11": second} {
		text += fmt.Sprintf(`{"id":%q,"files":{"linux":[%q]},"places":{"linux":[%q]}},`, id, filepath.Base(path), filepath.Dir(path))
	}
	text = strings.TrimSuffix(text, ",") + `]}`
	if err := os.WriteFile(filepath.Join(m.home, ".config", "e-onay", "modules.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	service := m.startPCSC(t)
	m.useOpenSC(t)
	insertVirtual(t, service)
	w := m.open(t)
	w.hello()
	list := w.list()
	if len(list.Certificates) != 1 || len(list.Findings) != 0 || list.Tokens[0].Module != filepath.Base(second) {
		t.Fatalf("list %+v", list)
	}
	if first.Calls() == 0 || last.Calls() != 0 {
		t.Error("the first library was not asked, or the fallback was")
	}
}

// A person's registry that is broken is a finding with its name, its line is told by the doctor, and what
// is built in works on.
func TestBrokenRegistry(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	m.insert(t, "Kart").key(t, testcard.P256, 1)
	path := filepath.Join(m.home, ".config", "e-onay", "modules.json")
	if err := os.WriteFile(path, []byte("{\n\"version\": 2}"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := m.open(t)
	w.hello()
	if list := w.list(); len(list.Certificates) != 1 || !hasFinding(list, fault.ModuleFailed, "modules.json") {
		t.Fatalf("list %+v", list)
	}
	if out, _, _ := m.command(t, "doctor"); !strings.Contains(out, path+":2: ") {
		t.Errorf("doctor:\n%s", out)
	}
}
