//go:build linux

package main_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
)

// personID is a user without privileges, and without a line in the list of users. Root may open everything, so where
// the tests run as root, the host runs as this user.
const personID = 12345

// person returns the user that the host is to run as, and whether that is another than the test's.
func person() (uid int, another bool) {
	if os.Getuid() != 0 {
		return os.Getuid(), false
	}
	return personID, true
}

// asPerson returns the program for a window, as the person runs it. What lies in folders is given to them.
func asPerson(t testing.TB, folders []string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(program, args...)
	uid, another := person()
	if !another {
		return cmd
	}
	for _, folder := range append(folders, program) {
		if err := os.Chmod(filepath.Dir(folder), 0o711); err != nil {
			t.Fatal(err)
		}
	}
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Lchown(path, uid, uid)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	return cmd
}

// says runs a command with other variables, in a folder, and returns what it printed.
func says(t *testing.T, cmd *exec.Cmd, m *machine, folder string, variables ...string) (string, int) {
	t.Helper()
	cmd.Env, cmd.Dir = append(m.env(), variables...), folder
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// A folder of downloads that is the working directory is the place of nothing, whatever the environment says: a
// configuration in it would name code that the worker loads.
func TestWorkingDirectoryConfiguresNothing(t *testing.T) {
	t.Parallel()
	faulty := newFaulty(t, testcard.Fault{Function: "C_Initialize", Do: testcard.Pass})
	m := withSoftHSM(t)
	downloads := t.TempDir()
	for _, below := range []string{"e-onay", ".config/e-onay"} {
		folder := filepath.Join(downloads, below)
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "host.json"), []byte(`{"modules":["`+faulty.Path+`"]}`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, variables := range [][]string{{"XDG_CONFIG_HOME=."}, {"XDG_CONFIG_HOME=", "HOME=."}, {"XDG_CONFIG_HOME=", "HOME="}} {
		out, _ := says(t, exec.Command(program, "doctor"), m, downloads, append(variables, "XDG_CACHE_HOME=.")...)
		if strings.Contains(out, faulty.Path) || faulty.Calls() != 0 {
			t.Errorf("%q: the library was used\n%s", variables, out)
		}
		if _, err := os.Stat(filepath.Join(downloads, "e-onay", "modules.json")); err == nil {
			t.Errorf("%q: something was written", variables)
		}
	}
}

// Where not even the list of users knows the person's folder, people hear it, and a window too.
func TestWithoutAHome(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root runs programs as a user who is in no list")
	}
	m := withSoftHSM(t)
	for _, args := range [][]string{{"install"}, {"doctor"}, {"journal"}, {"module", "add", "/x.so"}} {
		out, status := says(t, asPerson(t, nil, args...), m, "/", "XDG_CONFIG_HOME=", "HOME=", "LANG=en")
		if status != 1 || out != "error: your own folder is not known\nhint: set HOME to your own folder\n" {
			t.Errorf("%q: status %d\n%s", args, status, out)
		}
	}
	w := m.start(t, asPerson(t, nil, "serve", origin), "XDG_CONFIG_HOME=", "HOME=")
	var failure protocol.HostFailure
	w.answer(0, protocol.HostError, &failure)
	if failure.Code != fault.Internal || !strings.Contains(failure.Detail, "folder is not known") {
		t.Errorf("%+v", failure)
	}
}

// What others can write is not read, and nothing is written beside it: no library is loaded, no signature is given, and
// doctor says which file or folder it is.
func TestPlacesOfOthers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		path string // below the home
		mode fs.FileMode
	}{
		"folder": {".config/e-onay", 0o777},
		"above":  {".config", 0o777},
		"file":   {".config/e-onay/host.json", 0o666},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			faulty := newFaulty(t, testcard.Fault{Function: "C_Initialize", Do: testcard.Pass})
			m := newMachine(t, faulty.Path)
			path := filepath.Join(m.home, tt.path)
			if err := os.Chmod(path, tt.mode); err != nil {
				t.Fatal(err)
			}
			stdout, _, status := m.command(t, "doctor", "--lang", "en")
			told := "fail   " + path + " can be changed by other users, so it is not used. Type: chmod go-w " + path
			if status != 1 || strings.Count(stdout, told) != 1 || faulty.Calls() != 0 {
				t.Errorf("status %d, the library called\n%s", status, stdout)
			}
		})
	}
	t.Run("manifest", func(t *testing.T) { // whoever writes it names the program that gets PINs
		m := newMachine(t)
		m.browse(t, ".config/google-chrome/Local State")
		if _, stderr, status := m.command(t, "install"); status != 0 {
			t.Fatal(stderr)
		}
		path := filepath.Join(m.home, ".config/google-chrome/NativeMessagingHosts/tr.eonay.host.json")
		if err := os.Chmod(path, 0o666); err != nil {
			t.Fatal(err)
		}
		stdout, _, status := m.command(t, "doctor", "--lang", "en")
		if told := "fail   " + path + " can be changed by other users"; status != 1 || !strings.Contains(stdout, told) {
			t.Errorf("status %d\n%s", status, stdout)
		}
	})
	m, _, _ := oneCard(t, testcard.P256)
	w, list, shown := m.ready(t, []byte("Onay"))
	if err := os.Chmod(filepath.Join(m.home, ".config"), 0o777); err != nil {
		t.Fatal(err)
	}
	failure := w.refused(w.ask(protocol.HostSign, signRequest(list.Certificates[0], pin, shown)), fault.JournalFailed)
	if !strings.Contains(failure.Detail, "can be changed by other users") {
		t.Errorf("%+v", failure)
	}
}

// sudo that keeps HOME takes nothing from the person: nothing is made in their folders, and they can go on.
func TestSudoKeepsThePersonsFolder(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("only root can do what sudo does")
	}
	m := withSoftHSM(t)
	asPerson(t, []string{m.home})
	softHSM, _ := softHSMFile(t)
	before := owners(t, m.home)
	for _, args := range [][]string{{"module", "add", softHSM}, {"module", "remove", softHSM}, {"install"}, {"uninstall"}} {
		stdout, stderr, status := m.command(t, slices.Concat(args[:1], []string{"--lang", "en"}, args[1:])...)
		want := "error: " + m.home + " belongs to another user, so it is not used\nhint: run the command as yourself, without sudo"
		if status != 1 || stdout != "" || !strings.HasPrefix(stderr, want) {
			t.Errorf("%q: status %d\n%s%s", args, status, stdout, stderr)
		}
	}
	if after := owners(t, m.home); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// owners lists all files below a folder.
func owners(t *testing.T, folder string) string {
	t.Helper()
	out, err := exec.Command("find", folder, "-printf", "%P %U %m\n").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// A link may be led elsewhere later by whoever owns it, so the list has what it led to when it was checked. The library
// keeps the quirks of its name.
func TestAddedModuleIsFreeOfLinks(t *testing.T) {
	t.Parallel()
	softHSM, _ := softHSMFile(t)
	m := newMachine(t)
	link := filepath.Join(m.home, "driver.so")
	if err := os.Symlink(softHSM, link); err != nil {
		t.Fatal(err)
	}
	w := m.open(t)
	w.hello()
	listed := func() []string {
		var d protocol.Diagnosis
		w.answer(w.ask(protocol.HostDiagnose, nil), protocol.HostDiagnosis, &d)
		return d.Modules
	}
	real, err := filepath.EvalSymlinks(softHSM)
	if err != nil {
		t.Fatal(err)
	}
	w.answer(w.ask(protocol.HostAddModule, protocol.HostModuleBody{Path: link}), protocol.HostReady, nil)
	if got := listed(); len(got) != 1 || got[0] != real {
		t.Errorf("the window's list has %q, want %q", got, real)
	}
	w.answer(w.ask(protocol.HostRemoveModule, protocol.HostModuleBody{Path: link}), protocol.HostReady, nil)
	if got := listed(); len(got) != 0 {
		t.Errorf("not removed by its link: %q", got)
	}
	if stdout, stderr, status := m.command(t, "module", "add", link); status != 0 || stdout != real+": eklendi\n" {
		t.Errorf("status %d\n%s%s", status, stdout, stderr)
	}
}

// In a terminal too, a library that others can write is not added.
func TestModuleCommandOfOthersFile(t *testing.T) {
	t.Parallel()
	_, content := softHSMFile(t)
	m := newMachine(t)
	dir := t.TempDir()
	library := filepath.Join(dir, "driver.so")
	if err := os.WriteFile(library, content, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777|fs.ModeSticky); err != nil { // as /tmp
		t.Fatal(err)
	}
	_, stderr, status := m.command(t, "module", "add", library)
	if status != 1 || !strings.HasPrefix(stderr, "hata: "+dir+" başka kullanıcılarca değiştirilebiliyor") {
		t.Errorf("status %d\n%s", status, stderr)
	}
}

// Where others can write the folder of a browser's manifests, install says so, and writes those of the other browsers.
func TestInstallBesideAFolderOfOthers(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	folder := filepath.Join(m.home, ".config", "chromium", "NativeMessagingHosts")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, status := m.command(t, "install")
	if status != 1 || !strings.HasPrefix(stderr, "hata: "+folder+" başka kullanıcılarca değiştirilebiliyor") {
		t.Errorf("status %d\n%s", status, stderr)
	}
	if strings.Contains(stdout, folder) || !strings.Contains(stdout, "Firefox") {
		t.Errorf("%s", stdout)
	}
	if err := os.WriteFile(filepath.Join(m.home, ".config", "chromium", "Local State"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if stdout, _, _ := m.command(t, "doctor"); !strings.Contains(stdout, folder+" ") {
		t.Errorf("doctor does not name the folder:\n%s", stdout)
	}
}
