//go:build linux

package wine

import (
	"bytes"
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	eonay "github.com/e-onay/e-onay"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
)

// older is a version before every one.
const older = "0.0.1"

// newInstaller makes an installer of the program for a scope. signing is the environment of packaging/windows/sign, if any.
func newInstaller(t *testing.T, scope, version string, signing ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "e-onay.msi")
	cmd := exec.Command("go", "run", "../../packaging/windows/msi", "-program", built, "-scope", scope, "-version", version, "-out", path)
	cmd.Env = append(append(os.Environ(), "SIGN="), signing...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// made are the installers of this run, by scope and version.
var made = map[[2]string][]byte{}

// installer returns the path of an installer that is made once.
func installer(t *testing.T, scope, version string) string {
	t.Helper()
	of := [2]string{scope, version}
	if made[of] == nil {
		content, err := os.ReadFile(newInstaller(t, scope, version))
		if err != nil {
			t.Fatal(err)
		}
		made[of] = content
	}
	path := filepath.Join(t.TempDir(), "e-onay.msi")
	write(t, path, made[of])
	return path
}

// table returns what an installer has in a table, as a judge reads it that knows nothing of us.
func table(t *testing.T, installer, name string) string {
	t.Helper()
	out, err := exec.Command("msiinfo", "export", installer, name).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// installs has Windows Installer do something with an installer, without asking, and returns whether it did.
func installs(t *testing.T, act, installer string) bool {
	t.Helper()
	cmd := wine("msiexec", act, "Z:"+strings.ReplaceAll(installer, "/", `\`), "/qn")
	err := cmd.Run()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return err == nil
}

// entries counts what Windows lists of ours as installed.
func entries(t *testing.T) int {
	t.Helper()
	return strings.Count(ran(t, "reg", "query", `HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall`, "/s"), "REG_SZ    E-Onay\r\n    DisplayVersion")
}

// An installer puts the program and every browser's manifest where they belong, in the place of an older version and in that of
// no newer one; its removal leaves what is the person's, and nothing else.
func TestInstallers(t *testing.T) {
	for _, tt := range []struct{ scope, root, folder string }{
		{"machine", "HKLM", `C:\Program Files\e-Onay`},
		{"person", "HKCU", local + `\Programs\e-Onay`},
	} {
		t.Run(tt.scope, func(t *testing.T) {
			p := newPerson(t)
			if err := os.RemoveAll(onDisk(local + `\Programs`)); err != nil {
				t.Fatal(err)
			}
			p.program = tt.folder + `\eonay-host.exe`
			used(t)
			const kept = local + `\e-onay\host.json`
			write(t, onDisk(kept), []byte(`{"search":false}`))
			before, after := installer(t, tt.scope, older), installer(t, tt.scope, eonay.Version)
			for _, path := range []string{before, after} {
				if !installs(t, "/i", path) {
					t.Fatalf("%s was not installed", path)
				}
			}
			if installs(t, "/i", before) {
				t.Error("an older version was put in the place of a newer one")
			}
			if n := entries(t); n != 1 {
				t.Errorf("%d entries among what is installed", n)
			}
			manifests := manifestsOf(t, tt.root)
			for _, browser := range keys {
				if program := starts(t, manifests[browser]); program != p.program {
					t.Errorf("%s starts %s", browser, program)
				}
			}
			if checks := p.checks(t); !slices.Contains(checks, "ok machine") || slices.Contains(checks, "fail absent") {
				t.Errorf("%q", checks)
			}
			if licences, err := os.ReadFile(onDisk(tt.folder + `\LICENSES.txt`)); err != nil || !bytes.Contains(licences, []byte("github.com/miekg/pkcs11")) {
				t.Errorf("no licences of what it brings (%v)", err)
			}
			w := p.open(t, `C:\`)
			if welcome := w.hello(); welcome.Version != eonay.Version {
				t.Errorf("%+v", welcome)
			}
			w.close()
			if !installs(t, "/x", after) {
				t.Fatal("it was not removed")
			}
			if n := entries(t); n != 0 {
				t.Errorf("%d entries among what is installed", n)
			}
			if _, err := os.Stat(onDisk(tt.folder)); err == nil {
				t.Errorf("%s is left", tt.folder)
			}
			if left := manifestsOf(t, tt.root); len(left) > 0 {
				t.Errorf("left: %q", left)
			}
			if _, err := os.Stat(onDisk(kept)); err != nil {
				t.Errorf("the person's configuration: %v", err)
			}
		})
	}
}

// An installer says in Turkish what it is, in the code page that it names; the same sources give the same bytes, and another
// version or scope another installer.
func TestInstallerIsTheSame(t *testing.T) {
	one, other := installer(t, "machine", eonay.Version), newInstaller(t, "machine", eonay.Version)
	contents := map[string][]byte{}
	for _, path := range []string{one, other, installer(t, "machine", older), installer(t, "person", eonay.Version)} {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		contents[path] = content
	}
	if !bytes.Equal(contents[one], contents[other]) {
		t.Error("two installers of the same sources differ")
	}
	numbers := map[string]bool{}
	for path := range contents {
		out, err := exec.Command("msiinfo", "suminfo", path).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		_, number, _ := strings.Cut(string(out), "Revision number (UUID): ")
		number, _, _ = strings.Cut(number, "\n")
		numbers[number] = true
		if !strings.Contains(string(out), "Template: x64;1055\n") || !strings.Contains(table(t, path, "_ForceCodepage"), "1254") {
			t.Errorf("not in Turkish: %s", out)
		}
	}
	if len(numbers) != 3 {
		t.Errorf("three installers have %d numbers", len(numbers))
	}
	if properties := table(t, one, "Property"); !strings.Contains(properties, "ProductVersion\t"+eonay.Version) || !strings.Contains(properties, "Kartınızla imza: E-Onay uzantısının programı.") {
		t.Error(properties)
	}
	if conditions := table(t, one, "LaunchCondition"); !strings.Contains(conditions, "E-Onay’ın daha yeni bir sürümü kurulu.") {
		t.Error(conditions)
	}
}

// The program and its installer are signed by the command that the release names; what was changed afterwards does not verify.
func TestSignedInstaller(t *testing.T) {
	dir := t.TempDir()
	root := pkitest.Root(t, "RSA-2048 code root")
	key := pkitest.Key(t, "RSA-2048 code")
	certificate := root.Issue(t, key.Public(), func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}
		c.KeyUsage = x509.KeyUsageDigitalSignature
	})
	anchor := pkitest.WriteCertificates(t, dir, "root.pem", root.Certificate)
	sign, err := filepath.Abs("../../packaging/windows/sign")
	if err != nil {
		t.Fatal(err)
	}
	signed := newInstaller(t, "machine", eonay.Version, "SIGN="+sign,
		"SIGN_CERTIFICATE="+pkitest.WriteCertificates(t, dir, "code.pem", certificate), "SIGN_KEY="+pkitest.WriteKey(t, dir, "code.key", key))
	verifies := func(path string) bool {
		return exec.Command("osslsigncode", "verify", "-CAfile", anchor, "-in", path).Run() == nil
	}
	if !verifies(signed) {
		t.Error("the installer's signature does not verify")
	}
	extract := exec.Command("msiextract", signed)
	extract.Dir = dir
	if out, err := extract.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	programs, err := filepath.Glob(filepath.Join(dir, "*", "eonay-host.exe"))
	if err != nil || len(programs) != 1 {
		t.Fatalf("%q, %v", programs, err)
	}
	for _, path := range []string{programs[0], signed} {
		if !verifies(path) {
			t.Errorf("%s: the signature does not verify", path)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		content[len(content)/2] ^= 1
		write(t, path, content)
		if verifies(path) {
			t.Errorf("%s: changed, the signature still verifies", path)
		}
	}
	if content, err := os.ReadFile(filepath.Join(filepath.Dir(programs[0]), "chromium", protocol.HostName+".json")); err != nil || !bytes.Contains(content, []byte(protocol.ChromiumExtensionID)) {
		t.Errorf("the manifest for Chromium: %s, %v", content, err)
	}
	if content, err := os.ReadFile(filepath.Join(filepath.Dir(programs[0]), "LICENSES.txt")); err != nil || !bytes.Contains(content, []byte("github.com/miekg/pkcs11 v")) {
		t.Errorf("the licences: %d bytes, %v", len(content), err)
	}
}
