//go:build linux

package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/testcard"
)

func TestCommands(t *testing.T) {
	m := withSoftHSM(t)
	for _, tt := range []struct {
		args           string
		status         int
		stdout, stderr string // parts of them
	}{
		{"version", 0, "1.0.0\n", ""},
		{"help", 0, "eonay-host install", ""},
		{"install --help", 0, "Kullanım:", ""},
		{"help --lang en", 0, "Usage:", ""},
		{"", 2, "", "Kullanım:"},
		{"frobnicate", 2, "", "hata: \"frobnicate\" diye bir komut yok\nöneri: "},
		{"install --frob", 2, "", "hata: "},
		{"install --lang en --frob", 2, "", "error: the options were not understood"},
		{"version extra", 2, "", "hata: "},
		{"doctor --browser-dir x", 2, "", "hata: "},
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
	m := withSoftHSM(t)
	lines := func(want int, mark string, args ...string) {
		t.Helper()
		stdout, stderr, status := m.command(t, append(args, "--lang", "en")...)
		if status != 0 || stderr != "" || strings.Count(stdout, "\n") != want || strings.Count(stdout, mark) != want {
			t.Fatalf("%v: status %d\n%s%s", args, status, stdout, stderr)
		}
	}
	lines(5, ": was not installed", "uninstall")
	lines(5, ": installed (", "install")
	lines(5, ": already installed (", "install")
	for _, path := range []string{
		".config/chromium/NativeMessagingHosts", ".config/google-chrome/NativeMessagingHosts", ".config/microsoft-edge/NativeMessagingHosts",
		".config/BraveSoftware/Brave-Browser/NativeMessagingHosts", ".mozilla/native-messaging-hosts",
	} {
		data, err := os.ReadFile(filepath.Join(m.home, path, "tr.eonay.host.json"))
		if err != nil || !strings.Contains(string(data), `"path": "`+program+`"`) {
			t.Errorf("%s: %v\n%s", path, err, data)
		}
	}
	lines(5, ": removed (", "uninstall")

	profile := filepath.Join(m.home, "profile")
	lines(1, ": installed (", "install", "--browser-dir", profile)
	if _, err := os.Stat(filepath.Join(profile, "NativeMessagingHosts", "tr.eonay.host.json")); err != nil {
		t.Error(err)
	}
	lines(5, ": was not installed", "uninstall")
	lines(1, ": removed (", "uninstall", "--browser-dir", profile)
}

// The manifest names the program itself, not the link it was called by.
func TestInstallThroughALink(t *testing.T) {
	m := withSoftHSM(t)
	link := filepath.Join(m.home, "link")
	if err := os.Symlink(program, link); err != nil {
		t.Fatal(err)
	}
	real := program
	program = link
	defer func() { program = real }()
	if _, stderr, status := m.command(t, "install"); status != 0 {
		t.Fatal(stderr)
	}
	data, err := os.ReadFile(filepath.Join(m.home, ".config/chromium/NativeMessagingHosts/tr.eonay.host.json"))
	if err != nil || !strings.Contains(string(data), `"path": "`+real+`"`) {
		t.Fatalf("%v\n%s", err, data)
	}
}

func TestInstallWithoutPermission(t *testing.T) {
	m := withSoftHSM(t)
	if err := os.WriteFile(filepath.Join(m.home, ".mozilla"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, status := m.command(t, "install", "--lang", "en")
	if status != 1 || strings.Count(stdout, ": installed (") != 4 || !strings.HasPrefix(stderr, "error: Firefox: ") || !strings.HasSuffix(stderr, "\nhint: check that the folder is yours and can be written to\n") {
		t.Fatalf("status %d\n%s%s", status, stdout, stderr)
	}
}

// A home in which nothing can be made, whoever asks: every browser's error, and one hint.
func TestInstallIntoAReadOnlyHome(t *testing.T) {
	m := withSoftHSM(t)
	m.home = "/proc/self"
	stdout, stderr, status := m.command(t, "install", "--lang", "en")
	if status != 1 || stdout != "" || strings.Count(stderr, "error: ") != 5 || strings.Count(stderr, "hint: ") != 1 {
		t.Fatalf("status %d\n%s%s", status, stdout, stderr)
	}
	stderr = m.commandIn(t, "HOME=", "install", "--lang", "en")
	if !strings.HasPrefix(stderr, "error: ") || !strings.HasSuffix(stderr, "hint: set HOME to your own folder\n") {
		t.Fatalf("without a home:\n%s", stderr)
	}
}

func TestDoctor(t *testing.T) {
	crash := newFaulty(t, testcard.Fault{Function: "C_GetSlotList", Do: testcard.Crash})
	softHSM, err := testcard.Module()
	if err != nil {
		t.Fatal(err)
	}
	m := newMachine(t, softHSM)
	c := m.insert(t, "Kart")
	c.key(t, testcard.P256, 1)
	c.key(t, testcard.P256, 2, expired)
	if err := os.MkdirAll(filepath.Join(m.home, ".config", "chromium"), 0o700); err != nil {
		t.Fatal(err)
	}
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

func TestLanguageOfTheEnvironment(t *testing.T) {
	m := withSoftHSM(t)
	for value, want := range map[string]string{"en_GB.UTF-8": "error:", "en": "error:", "tr_TR.UTF-8": "hata:", "C": "hata:", "": "hata:"} {
		stderr := m.commandIn(t, "LANG="+value, "frobnicate")
		if !strings.HasPrefix(stderr, want) {
			t.Errorf("LANG=%s: %q", value, stderr)
		}
	}
}
