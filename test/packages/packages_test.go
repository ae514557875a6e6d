package packages

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	eonay "github.com/e-onay/e-onay"
	"github.com/e-onay/e-onay/test/e2e"
)

// inNamespace is set in the environment of the process that may mount.
const inNamespace = "EONAY_PACKAGES_NAMESPACE"

func TestMain(m *testing.M) {
	if os.Getenv(inNamespace) == "" {
		os.Exit(again())
	}
	var err error
	if shared, err = os.MkdirTemp("", "eonay-packages-"); err != nil {
		panic(err)
	}
	os.Setenv("TMPDIR", shared)
	code := m.Run()
	_ = os.RemoveAll(shared) // it is mounted elsewhere; nothing is mounted in it
	os.Exit(code)
}

// again runs this program in a namespace of its own, in which what is mounted is seen by it alone.
func again() int {
	if os.Geteuid() != 0 {
		fmt.Fprintln(os.Stderr, "only root may mount a clean system. Run, as root: make packages-test")
		return 1
	}
	runtime.LockOSThread() // the child ends with the thread that has started it
	command := exec.Command("/proc/self/exe", os.Args[1:]...)
	command.Env = append(os.Environ(), inNamespace+"=1")
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	err := command.Run()
	if ended, is := errors.AsType[*exec.ExitError](err); is {
		return max(1, ended.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// older is the version that people have who upgrade.
const older = "0.0.1"

// built is a package that make packages-test has made.
func built(name string) string { return filepath.Join(e2e.Root(), "build", "packages", "tested", name) }

func deb(version string) string { return built("e-onay_" + version + "_amd64.deb") }

// TestInstalled is the life of a package: people sign with what it has installed, it is upgraded, they sign on, it is downgraded
// and removed. Nothing of theirs is lost, and nothing of the package is left.
func TestInstalled(t *testing.T) {
	machine := manifests()
	s := newSystem(t)
	if _, err := os.Stat(filepath.Join(s.root, "usr/bin/eonay-host")); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("the system is not clean: %v", err)
	}
	before := s.changed()
	s.install(deb(older))
	refusesOthersProgram(t, s)
	if got := s.run("/root", "/usr/bin/eonay-host", "version"); got != eonay.Version+"\n" {
		t.Fatalf("version %q", got)
	}

	isForEverybody(t, s)

	inChromium := newPerson(t, s, false)
	inChromium.signs(e2e.Give)
	inChromium.isInOrder("Chromium")
	owned := inChromium.files()

	s.install(deb(eonay.Version))
	inChromium.has(owned)
	inChromium.isInOrder("Chromium")
	inChromium.signs(e2e.Withdraw) // with the journal and the key of before
	inChromium.isInOrder("Chromium")

	inFirefox := newPerson(t, s, true)
	inFirefox.signs(e2e.Give)
	inFirefox.isInOrder("Firefox")
	owned = inFirefox.files()

	s.install(deb(older)) // a downgrade
	inFirefox.has(owned)
	inFirefox.isInOrder("Firefox")

	s.run("/root", "/usr/bin/dpkg", "--remove", "e-onay")
	inFirefox.has(owned)
	// Debian's installer makes /etc/opt for no package, and dpkg removes a folder that the last package leaves empty.
	left := slices.DeleteFunc(s.changed(), func(path string) bool { return path == "etc/opt" })
	if !slices.Equal(left, before) {
		t.Errorf("left after the removal: %q", left)
	}
	if out, err := s.try("/root", "/usr/bin/dpkg", "--status", "e-onay"); err == nil {
		t.Errorf("dpkg still knows of it:\n%s", out)
	}
	if now := manifests(); !slices.Equal(now, machine) {
		t.Errorf("the machine that tests has other manifests than before: %q", now)
	}
}

// manifests are those of this machine, for everybody: this test writes into another system.
func manifests() (found []string) {
	for _, pattern := range []string{"/etc/*/native-messaging-hosts/*onay*", "/etc/opt/*/native-messaging-hosts/*onay*", "/usr/lib*/mozilla/native-messaging-hosts/*onay*"} {
		paths, _ := filepath.Glob(pattern) // its only error is of the pattern
		found = append(found, paths...)
	}
	return found
}

// isForEverybody asks the installed program as somebody without any rights: program and manifests are theirs to read.
func isForEverybody(t *testing.T, s *system) {
	t.Helper()
	const nobody = 65534
	home := filepath.Join(shared, "nobody")
	for _, trace := range []string{".config/chromium/Local State", ".config/google-chrome/Local State", ".config/microsoft-edge/Local State",
		".config/BraveSoftware/Brave-Browser/Local State", ".config/vivaldi/Local State", ".config/opera/Local State", ".mozilla/firefox/profiles.ini"} {
		browses(t, home, trace)
	}
	if err := errors.Join(os.Chmod(shared, 0o711), os.Chmod(home, 0o755)); err != nil {
		t.Fatal(err)
	}
	out, _ := s.as(nobody, home, "/usr/bin/eonay-host", "doctor", "--lang", "en")
	if n := strings.Count(out, ": knows this program, as it does for everybody"); n != 7 {
		t.Fatalf("%d browsers of seven know the program:\n%s", n, out)
	}
}

// refusesOthersProgram has root install for everybody a copy of the program that somebody else can change.
func refusesOthersProgram(t *testing.T, s *system) {
	t.Helper()
	const somebody = 65533
	program := filepath.Join(shared, "eonay-host")
	data, err := os.ReadFile(filepath.Join(s.root, "usr/bin/eonay-host"))
	if err == nil {
		err = errors.Join(os.WriteFile(program, data, 0o755), os.Chown(program, somebody, somebody))
	}
	if err != nil {
		t.Fatal(err)
	}
	before := s.changed()
	out, err := s.try("/root", program, "install", "--system", "--lang", "en")
	if err == nil || !strings.Contains(out, program+" belongs to another user") {
		t.Errorf("%v\n%s", err, out)
	}
	if now := s.changed(); !slices.Equal(now, before) {
		t.Errorf("written for everybody: %q", now)
	}
	s.run("/root", "/usr/bin/dpkg", "--verify", "e-onay")
}

// browses leaves what a browser makes at its first start.
func browses(t *testing.T, home, trace string) {
	t.Helper()
	path := filepath.Join(home, trace)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
}

// A person has a home and a browser in the system, and a card in a reader of this machine.
type person struct {
	t       *testing.T
	system  *system
	world   *e2e.World
	journey *e2e.Journey
	page    *e2e.Page
	acts    int
}

func newPerson(t *testing.T, s *system, firefox bool) *person {
	t.Helper()
	browser := "chromium"
	if firefox {
		browser = "firefox"
	}
	w := e2e.NewWorld(t, e2e.Options{Firefox: firefox, Virtual: true, Root: s.root, Secure: true, Extension: extension(t, browser)})
	p := &person{t: t, system: s, world: w, journey: e2e.NewJourney(w, nil)}
	p.page = p.journey.Login(e2e.Ayse)
	return p
}

// signs goes the whole way on the portal, and looks who has signed: the program that the package has installed.
func (p *person) signs(act e2e.Act) {
	p.t.Helper()
	p.journey.ToCode(p.page, act)
	window := p.journey.Open(p.page)
	p.journey.ToPIN(window)
	for _, host := range p.world.Hosts() {
		path, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", host.Pid))
		if want := filepath.Join(p.system.root, "usr/bin/eonay-host"); err != nil || path != want {
			p.t.Errorf("%s signs, want %s (%v)", path, want, err)
		}
	}
	p.journey.Sign(window, p.world.Card.PIN)
	p.journey.Finish(p.page, window, act)
	p.acts++
	if n := p.world.Recorded(); n != p.acts {
		p.t.Fatalf("%d acts are recorded, want %d", n, p.acts)
	}
}

// isInOrder asks the installed program: its browser finds it by the machine's manifest, and the journal is whole.
func (p *person) isInOrder(browser string) {
	p.t.Helper()
	trace := ".config/chromium/Local State" // the journey's profile is elsewhere
	if browser == "Firefox" {
		trace = ".mozilla/firefox/profiles.ini"
	}
	browses(p.t, p.world.Dir, trace)
	out, _ := p.system.try(p.world.Dir, "/usr/bin/eonay-host", "doctor", "--json") // there is no smart card service in the system
	var report struct {
		Checks []struct{ Level, Name string }
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		p.t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"machine", "journal", "key"} {
		if !slices.ContainsFunc(report.Checks, func(c struct{ Level, Name string }) bool { return c.Name == want && c.Level == "ok" }) {
			p.t.Errorf("%s: doctor does not say that %q is well:\n%s", browser, want, out)
		}
	}
	p.system.run(p.world.Dir, "/usr/bin/eonay-host", "journal") // fails if it is not whole
}

// files are those that the program keeps for the person, by their paths: settings, device key, journal.
func (p *person) files() map[string]string {
	p.t.Helper()
	found := map[string]string{}
	dir := filepath.Join(p.world.Dir, ".config", "e-onay")
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		found[path] = string(data)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	paths := slices.Collect(maps.Keys(found))
	for _, want := range []string{"/device.json", "/journal/"} {
		if !slices.ContainsFunc(paths, func(path string) bool { return strings.Contains(path, want) }) {
			p.t.Fatalf("the person has no %s: %q", want, paths)
		}
	}
	return found
}

// has compares the person's files with those of before.
func (p *person) has(before map[string]string) {
	p.t.Helper()
	now := p.files()
	for path, data := range before {
		if now[path] != data {
			p.t.Errorf("%s has changed", path)
		}
	}
}

// TestSameBytes makes the packages again, in another folder: whoever builds this commit gets the same.
func TestSameBytes(t *testing.T) {
	epoch, err := exec.Command("git", "log", "-1", "--format=%ct").Output()
	if err != nil {
		t.Fatal(err)
	}
	again := t.TempDir()
	pack := exec.Command(filepath.Join(e2e.Root(), "packaging/linux/pack.sh"), "amd64", eonay.Version, again, "deb", "rpm")
	pack.Env = append(os.Environ(), "SOURCE_DATE_EPOCH="+strings.TrimSpace(string(epoch)))
	if os.Getenv("SOURCE_DATE_EPOCH") != "" { // make's
		pack.Env = os.Environ()
	}
	if out, err := pack.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	files, err := os.ReadDir(again)
	if err != nil || len(files) != 2 {
		t.Fatalf("%d packages, %v", len(files), err)
	}
	for _, file := range files {
		one, errOne := os.ReadFile(built(file.Name()))
		other, errOther := os.ReadFile(filepath.Join(again, file.Name()))
		if errOne != nil || errOther != nil || !bytes.Equal(one, other) {
			t.Errorf("%s differs (%v, %v)", file.Name(), errOne, errOther)
		}
	}
}

// TestNoScripts: nothing of the package is run as root when it is installed, upgraded or removed, and nothing is kept back as
// configuration that an upgrade should replace.
func TestNoScripts(t *testing.T) {
	out, err := exec.Command("dpkg-deb", "--ctrl-tarfile", deb(eonay.Version)).Output()
	if err != nil {
		t.Fatal(err)
	}
	list := exec.Command("tar", "--list")
	list.Stdin = strings.NewReader(string(out))
	names, err := list.Output()
	if err != nil || string(names) != "./control\n./md5sums\n" {
		t.Errorf("%v, want control and md5sums alone:\n%s", err, names)
	}
	scripts, err := exec.Command("rpm", "--query", "--package", "--scripts", "--configfiles", built("e-onay-"+eonay.Version+"-1.x86_64.rpm")).CombinedOutput()
	if err != nil || len(scripts) != 0 {
		t.Errorf("%v\n%s", err, scripts)
	}
}

// TestRPM installs and removes the .rpm in an empty folder, without the systems that it is for.
func TestRPM(t *testing.T) {
	root := t.TempDir()
	rpm := func(arguments ...string) {
		t.Helper()
		out, err := exec.Command("rpm", append([]string{"--root", root, "--nodeps"}, arguments...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("rpm %q: %v\n%s", arguments, err, out)
		}
	}
	installed := func() (paths []string) {
		t.Helper()
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			inside, _ := filepath.Rel(root, path)
			if inside == "." || strings.HasPrefix(inside, "var") || strings.HasPrefix(inside, "root") { // rpm's own list
				return err
			}
			paths = append(paths, inside)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return paths
	}
	rpm("--install", built("e-onay-"+older+"-1.x86_64.rpm"))
	rpm("--upgrade", built("e-onay-"+eonay.Version+"-1.x86_64.rpm"))
	for _, want := range []string{"usr/bin/eonay-host", "usr/lib64/mozilla/native-messaging-hosts/tr.eonay.host.json",
		"etc/opt/chrome/native-messaging-hosts/tr.eonay.host.json", "usr/share/licenses/e-onay/copyright"} {
		if !slices.Contains(installed(), want) {
			t.Errorf("no %s in %q", want, installed())
		}
	}
	rpm("--erase", "e-onay")
	for _, path := range installed() {
		if info, err := os.Stat(filepath.Join(root, path)); err != nil || !info.IsDir() || strings.Contains(path, "onay") || strings.Contains(path, "native-messaging") {
			t.Errorf("%s is left", path)
		}
	}
}
