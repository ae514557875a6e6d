//go:build linux

package wine

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/process"
)

// A browser's conversation: the program tells what it is, answers what it is asked, and ends with its window.
func TestConversation(t *testing.T) {
	p := newPerson(t)
	w := p.open(t, `C:\`)
	if welcome := w.hello(); welcome.Platform != "windows/amd64" {
		t.Errorf("%+v", welcome)
	}
	w.ask(protocol.HostPing, nil, protocol.HostReady, nil)
	w.close()
	if status := w.cmd.ProcessState.ExitCode(); status != 0 {
		t.Errorf("exit status %d\n%s", status, &w.stderr)
	}
}

// What is no frame is answered once, and ends the conversation.
func TestMalformedFrame(t *testing.T) {
	p := newPerson(t)
	w := p.open(t, `C:\`)
	w.raw([]byte{0xff, 0xff, 0xff, 0xff})
	if e := w.read(); e.Type != protocol.HostError {
		t.Errorf("%+v", e)
	}
}

// A card is read and signs through a library below a folder with Turkish letters; what was done is in the journal, in the
// folder that stays on this machine, and nothing is in the one that goes with the person to others.
func TestCardSigns(t *testing.T) {
	p := newPerson(t)
	p.withLibrary(t, local+`\Sürücü`)
	w := p.open(t, `C:\`)
	w.hello()
	certificate := w.certificate()
	w.ask(protocol.HostSelfTest, protocol.HostSelfTestBody{Certificate: certificate, PIN: []byte("135790")}, protocol.HostError, nil)
	w.ask(protocol.HostSelfTest, protocol.HostSelfTestBody{Certificate: certificate, PIN: []byte(pin)}, protocol.HostReady, nil)
	var page protocol.JournalPage
	w.ask(protocol.HostJournal, protocol.HostJournalBody{Limit: 10}, protocol.HostJournalPage, &page)
	var done []fault.Code
	for _, e := range page.Entries {
		done = append(done, e.Outcome)
	}
	if page.State != protocol.JournalWhole || !slices.Equal(done, []fault.Code{protocol.OutcomeDone, fault.PINIncorrect}) {
		t.Errorf("journal %s: %q", page.State, done)
	}
	w.close()
	machines, err := filepath.Glob(onDisk(local+`\e-onay\machines`) + "/*/device.json")
	if err != nil || len(machines) != 1 {
		t.Errorf("device keys: %q, %v", machines, err)
	}
	if _, err := os.Stat(filepath.Join(roaming(t), "e-onay")); err == nil {
		t.Error("something is in the roaming folder")
	}
}

// A library finds what lies beside it, and nothing that lies in the current folder, which may be one of downloads.
func TestLibraryLoadsNothingFromTheCurrentFolder(t *testing.T) {
	p := newPerson(t)
	library := p.withLibrary(t, local+`\Sürücü`)
	const downloads = people + `İndirilenler`
	loads := func(folder string) bool {
		t.Helper()
		helper := filepath.Join(onDisk(folder), "eonay-helper.dll")
		write(t, helper, nil)
		if err := compile("helper.c", helper, "-shared"); err != nil {
			t.Fatal(err)
		}
		w := p.open(t, downloads)
		w.hello()
		w.certificate()
		w.close()
		_, err := os.Stat(helper + ".loaded")
		return err == nil
	}
	if loads(downloads) {
		t.Error("a library was loaded from the current folder")
	}
	if !loads(strings.TrimSuffix(library, `\imza sürücüsü.dll`)) {
		t.Error("the library beside the first was not found")
	}
}

// A library beside the program, of the name of one of the system's, is not taken for it: whoever gets a file into a folder of
// downloads would have it loaded by a program that lies there.
func TestLibraryBesideTheProgramIsNotTheSystems(t *testing.T) {
	p := newPerson(t)
	planted := filepath.Join(filepath.Dir(onDisk(p.program)), "winscard.dll")
	if err := compile("helper.c", planted, "-shared"); err != nil {
		t.Fatal(err)
	}
	p.checks(t)
	if _, err := os.Stat(planted + ".loaded"); err == nil {
		t.Error("winscard.dll was loaded from the folder of the program")
	}
}

// What a library has started ends with the window.
func TestLibraryLeavesNoProcess(t *testing.T) {
	p := newPerson(t)
	library := p.withLibrary(t, local+`\Sürücü`)
	if err := compile("linger.c", filepath.Join(filepath.Dir(onDisk(library)), "linger.exe")); err != nil {
		t.Fatal(err)
	}
	w := p.open(t, `C:\`)
	w.hello()
	w.certificate()
	left := pids(t, "linger.exe")
	if len(left) == 0 {
		t.Fatal("the library has started nothing")
	}
	watched, err := process.Open(left[0])
	if err != nil {
		t.Fatal(err)
	}
	defer watched.Close()
	w.close()
	if ended, err := watched.Ends(patience); !ended || err != nil {
		t.Errorf("it is still there (%v)", err)
	}
}

// Firefox ends the job in which it has put the program, with its window and while the card is at work: the session is not in it, gives
// the act up by itself, and writes it down.
func TestSessionOutlivesTheBrowsersJob(t *testing.T) {
	p := newPerson(t)
	beside := filepath.Dir(onDisk(p.withLibrary(t, local+`\Sürücü`)))
	browser := onDisk(`C:\browser.exe`)
	if err := compile("browser.c", browser, "-municode"); err != nil {
		t.Fatal(err)
	}
	w := openWith(t, `C:\`, wine(`C:\browser.exe`, p.program, origin))
	w.hello()
	certificate := w.certificate()
	write(t, filepath.Join(beside, "gate"), nil)
	signing := appears(t, beside, "signing")
	w.send(protocol.HostSelfTest, protocol.HostSelfTestBody{Certificate: certificate, PIN: []byte(pin)})
	signing()
	sessions := pids(t, "serve\x00"+origin)
	if len(sessions) != 1 {
		t.Fatalf("%d sessions", len(sessions))
	}
	session, err := process.Open(sessions[0])
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if err := w.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	w.close()
	if ended, err := session.Ends(patience); !ended || err != nil {
		t.Fatalf("the session does not end (%v)", err)
	}
	if out, status := p.command(t, "journal", "--json"); status != 0 || !strings.Contains(out, `"kind":"self-test","outcome":"cancelled"`) {
		t.Errorf("status %d: %s", status, out)
	}
}
