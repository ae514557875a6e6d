//go:build linux

package main_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	eonay "github.com/e-onay/e-onay"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
)

func TestCommands(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	for _, tt := range []struct {
		args           string
		status         int
		stdout, stderr string // parts of them
	}{
		{"version", 0, eonay.Version + "\n", ""},
		{"help", 0, "eonay-host install", ""},
		{"--version", 0, eonay.Version + "\n", ""},
		{"help doctor", 0, "Kullanım: eonay-host doctor [--json]", ""},
		{"help frobnicate", 2, "", "hata: \"frobnicate\" diye bir komut yok"},
		{"install --help", 0, "Kullanım: eonay-host install", ""},
		{"uninstall -h", 0, "Kullanım: eonay-host uninstall", ""},
		{"journal --lang en --help", 0, "Usage: eonay-host journal", ""},
		{"module --help", 0, "Kullanım: eonay-host module add DOSYA", ""},
		{"module add --help", 0, "Kullanım: eonay-host module add DOSYA", ""},
		{"module remove -h", 0, "Kullanım: eonay-host module add DOSYA", ""},
		{"version --help", 0, "Kullanım: eonay-host version", ""},
		{"serve --help", 0, "Kullanım:", ""},
		{"worker --help", 0, "Kullanım:", ""},
		{"doctor --frob", 2, "", "hata: seçenekler anlaşılmadı: \"doctor --frob\"\n"},
		{"install --browser-dir", 2, "", "hata: seçenekler anlaşılmadı: \"install --browser-dir\"\n"},
		{"module add /none.so", 1, "", "(/none.so: böyle bir dosya yok)\n"},
		{"module add /etc/passwd", 1, "", "(PKCS #11 sürücüsü değil (C_GetFunctionList yok))\n"},
		{"module remove /none.so --lang en", 1, "", "(not in the list)\n"},
		{"module remove /none.so", 1, "", "(listenizde yok)\n"},
		{"help --lang en", 0, "Usage:", ""},
		{"", 2, "", "Kullanım:"},
		{"frobnicate", 2, "", "hata: \"frobnicate\" diye bir komut yok\nöneri: "},
		{"install --frob", 2, "", "hata: "},
		{"install --lang en --frob", 2, "", "error: the options were not understood"},
		{"version extra", 2, "", "hata: "},
		{"doctor --browser-dir x", 2, "", "hata: "},
		{"doctor --system", 2, "", "hata: "},
		{"install --root x", 2, "", "hata: seçenekler anlaşılmadı: \"install --root x\"\n"},
		{"uninstall --system --browser-dir x", 2, "", "hata: "},
		{"worker", 2, "", ""},
		{"worker a b", 2, "", ""},
	} {
		t.Run(tt.args, func(t *testing.T) {
			stdout, stderr, status := m.command(t, strings.Fields(tt.args)...)
			if status != tt.status || !strings.Contains(stdout, tt.stdout) || !strings.Contains(stderr, tt.stderr) {
				t.Fatalf("status %d\n%s\n%s", status, stdout, stderr)
			}
			if (tt.stdout == "") != (stdout == "") || (tt.stderr == "") != (stderr == "") {
				t.Fatalf("output in the wrong place\n%q\n%q", stdout, stderr)
			}
		})
	}
}

func TestInstallCommands(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	lines := func(want int, mark string, args ...string) {
		t.Helper()
		stdout, stderr, status := m.command(t, append(args, "--lang", "en")...)
		if status != 0 || stderr != "" || strings.Count(stdout, "\n") != want || strings.Count(stdout, mark) != want {
			t.Fatalf("%v: status %d\n%s%s", args, status, stdout, stderr)
		}
	}
	lines(6, ": was not installed", "uninstall")
	lines(6, ": installed (", "install")
	lines(6, ": already installed (", "install")
	for _, path := range []string{
		".config/chromium/NativeMessagingHosts", ".config/google-chrome/NativeMessagingHosts", ".config/microsoft-edge/NativeMessagingHosts",
		".config/BraveSoftware/Brave-Browser/NativeMessagingHosts", ".config/vivaldi/NativeMessagingHosts", ".mozilla/native-messaging-hosts",
	} {
		data, err := os.ReadFile(filepath.Join(m.home, path, "tr.eonay.host.json"))
		if err != nil || !strings.Contains(string(data), `"path": "`+program+`"`) {
			t.Errorf("%s: %v\n%s", path, err, data)
		}
	}
	lines(6, ": removed (", "uninstall")

	profile := filepath.Join(m.home, "profile")
	lines(1, ": installed (", "install", "--browser-dir", profile)
	if _, err := os.Stat(filepath.Join(profile, "NativeMessagingHosts", "tr.eonay.host.json")); err != nil {
		t.Error(err)
	}
	lines(6, ": was not installed", "uninstall")
	lines(1, ": removed (", "uninstall", "--browser-dir", profile)
}

// A package's manifests are for everybody, below the folder that its files are gathered in, and name the program where the
// package will put it. Nothing of the person's, or of this system, is touched.
func TestInstallForTheSystem(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	root := filepath.Join(m.home, "root")
	run := func(verb string, want int, mark string) {
		t.Helper()
		stdout, stderr, status := m.command(t, verb, "--system", "--root", root, "--lang", "en")
		if status != 0 || stderr != "" || strings.Count(stdout, mark) != want || strings.Count(stdout, "\n") != want {
			t.Fatalf("%s: status %d\n%s%s", verb, status, stdout, stderr)
		}
	}
	run("install", 5, ": installed (")
	for folder, key := range map[string]string{
		"etc/chromium/native-messaging-hosts": "allowed_origins", "etc/opt/chrome/native-messaging-hosts": "allowed_origins",
		"etc/opt/edge/native-messaging-hosts":    "allowed_origins",
		"usr/lib/mozilla/native-messaging-hosts": "allowed_extensions", "usr/lib64/mozilla/native-messaging-hosts": "allowed_extensions",
	} {
		data, err := os.ReadFile(filepath.Join(root, folder, "tr.eonay.host.json"))
		if err != nil || !strings.Contains(string(data), `"path": "/usr/bin/eonay-host"`) || !strings.Contains(string(data), key) {
			t.Errorf("%s: %v\n%s", folder, err, data)
		}
	}
	if _, err := os.Stat(filepath.Join(m.home, ".config", "chromium")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the person's own folder: %v", err)
	}
	run("install", 5, ": already installed (")
	run("uninstall", 5, ": removed (")
	run("uninstall", 5, ": was not installed")
	stdout, stderr, status := m.command(t, "install", "--system", "--root", "/proc/self", "--lang", "en")
	if status != 1 || stdout != "" || strings.Count(stderr, "error: ") != 5 || !strings.HasSuffix(stderr, "\nhint: run the command as administrator (sudo)\n") {
		t.Errorf("where nothing can be made: status %d\n%s%s", status, stdout, stderr)
	}
}

// The manifest names the program itself, not the link it was called by.
func TestInstallThroughALink(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	link := filepath.Join(m.home, "link")
	if err := os.Symlink(program, link); err != nil {
		t.Fatal(err)
	}
	if out, status := says(t, exec.Command(link, "install"), m, m.home); status != 0 {
		t.Fatal(out)
	}
	data, err := os.ReadFile(filepath.Join(m.home, ".config/chromium/NativeMessagingHosts/tr.eonay.host.json"))
	if err != nil || !strings.Contains(string(data), `"path": "`+program+`"`) {
		t.Fatalf("%v\n%s", err, data)
	}
}

func TestInstallWithoutPermission(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	if err := os.WriteFile(filepath.Join(m.home, ".mozilla"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, status := m.command(t, "install", "--lang", "en")
	if status != 1 || strings.Count(stdout, ": installed (") != 5 || !strings.HasPrefix(stderr, "error: Firefox: ") || !strings.HasSuffix(stderr, "\nhint: check that the folder is yours and can be written to\n") {
		t.Fatalf("status %d\n%s%s", status, stdout, stderr)
	}
}

// A home in which nothing can be made, whoever asks: every browser's error, and one hint.
func TestInstallIntoAReadOnlyHome(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	m.home = "/proc/self"
	stdout, stderr, status := m.command(t, "install", "--lang", "en")
	if status != 1 || stdout != "" || strings.Count(stderr, "error: ") != 6 || strings.Count(stderr, "hint: ") != 1 {
		t.Fatalf("status %d\n%s%s", status, stdout, stderr)
	}
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	crash := newFaulty(t, testcard.Fault{Function: "C_GetSlotList", Do: testcard.Crash})
	softHSM, _ := softHSMFile(t)
	m := newMachine(t, softHSM)
	c := m.insert(t, "Kart")
	c.key(t, testcard.P256, 1)
	c.key(t, testcard.P256, 2, expired)
	m.browse(t, ".config/chromium/Local State", ".config/mozilla/firefox/profiles.ini") // Firefox from 147 on
	check := func(status int, want ...string) {
		t.Helper()
		stdout, stderr, got := m.command(t, "doctor")
		if got != status || stderr != "" {
			t.Fatalf("status %d\n%s%s", got, stdout, stderr)
		}
		for _, line := range want {
			if !strings.Contains(stdout, line) {
				t.Errorf("no %q in\n%s", line, stdout)
			}
		}
		if strings.Contains(stdout, testCitizen) {
			t.Error("the citizen number is not masked")
		}
	}
	good := []string{
		"tamam  Sürücü libsofthsm2.so: çalışıyor, 1 kart görüyor.", "tamam  Kart Kart: okunuyor, kilitli değil.", "uyarı  Kart hizmeti çalışmıyor.",
		"tamam  Sertifika Ayşe Yılmaz (100*****146), ", ": imza için uygun.", "uyarı  Sertifika Ayşe Yılmaz (100*****146), ", "Sertifikanın süresi dolmuş.",
	}
	check(1, append(good, "hata   Chromium: bu programı tanımıyor.")...)
	if _, stderr, status := m.command(t, "install", "--lang", "tr"); status != 0 {
		t.Fatal(stderr)
	}
	check(0, append(good, "tamam  Chromium: bu programı tanıyor.", "tamam  Firefox: bu programı tanıyor.")...)

	m.configure(t, `{"modules":["`+crash.Path+`","`+softHSM+`"],"search":false}`)
	check(1, append(good, "hata   Sürücü "+crash.Path+": beklenmedik biçimde durdu (")...)
	m.configure(t, "{\n\"modules\": 1}")
	check(1, "hata   Ayar dosyası okunamadı: "+filepath.Join(m.home, ".config/e-onay/host.json")+":2: ")
	m.configure(t, `{"modules":["/none/libakisp11.so"],"search":false}`)
	check(1, "hata   Sürücü /none/libakisp11.so: çalıştırılamadı (/none/libakisp11.so: cannot open shared object file: No such file or directory). ")
	m.configure(t, `{"search":false}`)
	check(1, "hata   Bilinen bir kart sürücüsü bulunamadı.")

	stdout, _, _ := m.command(t, "doctor", "--lang", "en")
	if !strings.Contains(stdout, "fail   No known card driver was found.") {
		t.Errorf("English:\n%s", stdout)
	}
}

// browse leaves what browsers make at their first start.
func (m *machine) browse(t *testing.T, traces ...string) {
	t.Helper()
	for _, trace := range traces {
		path := filepath.Join(m.home, trace)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Only a browser that has been used is spoken of: our own folders, and other programs', prove none.
func TestDoctorKnowsWhichBrowsersThereAre(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	lines := func(want ...string) {
		t.Helper()
		stdout, _, _ := m.command(t, "doctor", "--lang", "en")
		var got []string
		for line := range strings.Lines(stdout) {
			if strings.Contains(line, "this program") || strings.Contains(line, "browser has been used") {
				got = append(got, strings.TrimSpace(line))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q\nwant %q", got, want)
		}
	}
	const none = "warn   No known browser has been used. Install Chromium, Chrome, Edge, Brave or Firefox and open it once."
	lines(none)
	for _, verb := range []string{"install", "uninstall"} {
		if _, stderr, status := m.command(t, verb); status != 0 {
			t.Fatal(stderr)
		}
		lines(none)
	}
	if left, err := filepath.Glob(filepath.Join(m.home, ".config", "*", "NativeMessagingHosts")); err != nil || len(left) != 0 {
		t.Errorf("uninstall leaves %q, %v", left, err)
	}
	m.browse(t, ".config/google-chrome/Local State")
	lines("fail   Chrome: does not know this program. Type eonay-host install.")
	if _, stderr, status := m.command(t, "install"); status != 0 {
		t.Fatal(stderr)
	}
	lines("ok     Chrome: knows this program.")
	m.browse(t, ".mozilla/firefox/profiles.ini") // before 147
	lines("ok     Chrome: knows this program.", "ok     Firefox: knows this program.")
}

// A browser that talks with this program knows it, wherever from.
func TestDiagnosisKnowsItsBrowser(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	m.browse(t, ".config/chromium/Local State", ".mozilla/firefox/profiles.ini")
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"serve", origin}, "ok caller, warn elsewhere Chromium, fail absent Firefox"},
		{[]string{"serve", "/usr/lib/mozilla/native-messaging-hosts/tr.eonay.host.json", protocol.FirefoxExtensionID}, "ok caller, fail absent Chromium, warn elsewhere Firefox"},
	} {
		w := m.run(t, tt.args...)
		w.hello()
		var d protocol.Diagnosis
		w.answer(w.ask(protocol.HostDiagnose, nil), protocol.HostDiagnosis, &d)
		var got []string
		for _, c := range d.Checks {
			switch c.Name {
			case "caller":
				got = append(got, string(c.Level)+" "+c.Name)
			case "elsewhere", "absent", "manifest", "foreign", "browsers":
				browser, _, _ := strings.Cut(c.Text.EN, ":")
				got = append(got, string(c.Level)+" "+c.Name+" "+browser)
			}
		}
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("%q: %q, want %s", tt.args, got, tt.want)
		}
	}
}

func TestLanguageOfTheEnvironment(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	for value, want := range map[string]string{"en_GB.UTF-8": "error:", "en": "error:", "tr_TR.UTF-8": "hata:", "C": "hata:", "": "hata:"} {
		stderr := m.commandIn(t, "LANG="+value, "frobnicate")
		if !strings.HasPrefix(stderr, want) {
			t.Errorf("LANG=%s: %q", value, stderr)
		}
	}
}
