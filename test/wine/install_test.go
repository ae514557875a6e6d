//go:build linux

package wine

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/e-onay/e-onay/internal/protocol"
)

// keys are where browsers look in the registry, of the person or of the machine.
var keys = []string{`Chromium`, `Google\Chrome`, `Microsoft\Edge`, `BraveSoftware\Brave-Browser`, `Mozilla`}

// manifestsOf returns the paths of the manifests that the browsers' keys name, of the person (HKCU) or of the machine (HKLM).
func manifestsOf(t *testing.T, root string) map[string]string {
	t.Helper()
	const file = `C:\exported.reg`
	ran(t, "reg", "export", root+`\Software`, file, "/y")
	content, err := os.ReadFile(onDisk(file))
	if err != nil {
		t.Fatal(err)
	}
	units := make([]uint16, len(content)/2)
	if err := binary.Read(bytes.NewReader(content), binary.LittleEndian, units); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(utf16.Decode(units)), "\r\n", "\n")
	manifests := map[string]string{}
	for _, browser := range keys {
		_, values, _ := strings.Cut(text, `\Software\`+browser+`\NativeMessagingHosts\`+protocol.HostName+"]\n")
		if name, ok := strings.CutPrefix(values, `@="`); ok {
			name, _, _ = strings.Cut(name, `"`)
			manifests[browser] = strings.ReplaceAll(name, `\\`, `\`)
		}
	}
	return manifests
}

// starts returns the program that a browser starts by a manifest: by its path, or by one that begins at the manifest's folder.
func starts(t *testing.T, manifest string) string {
	t.Helper()
	var m struct{ Name, Path, Type string }
	content, err := os.ReadFile(onDisk(manifest))
	if err == nil {
		err = json.Unmarshal(content, &m)
	}
	if err != nil || m.Name != protocol.HostName || m.Type != "stdio" {
		t.Fatalf("%s: %s, %v", manifest, content, err)
	}
	if strings.HasPrefix(m.Path, `C:\`) {
		return m.Path
	}
	folder := manifest[:strings.LastIndex(manifest, `\`)]
	return `C:\` + strings.ReplaceAll(strings.TrimPrefix(filepath.Join(onDisk(folder), strings.ReplaceAll(m.Path, `\`, "/")), onDisk(`C:\`)+"/"), "/", `\`)
}

// used leaves what Chrome and Firefox leave at their first start.
func used(t *testing.T) {
	t.Helper()
	write(t, onDisk(local+`\Google\Chrome\User Data\Local State`), nil)
	write(t, filepath.Join(roaming(t), "Mozilla", "Firefox", "profiles.ini"), nil)
}

// roaming is the folder that goes with the person to other machines.
func roaming(t *testing.T) string {
	t.Helper()
	found, err := filepath.Glob(onDisk(`C:\users`) + "/*/AppData/Roaming")
	if err != nil || len(found) == 0 {
		t.Fatalf("%q, %v", found, err)
	}
	return found[0]
}

// Every browser's key of the person names a manifest that names this program, and doctor finds both; what install has done
// uninstall undoes, and leaves a key that names something else.
func TestInstall(t *testing.T) {
	p := newPerson(t)
	used(t)
	if checks := p.checks(t); !slices.Contains(checks, "fail absent") {
		t.Errorf("before: %q", checks)
	}
	t.Cleanup(func() { p.command(t, "uninstall") }) // a test that ends early leaves no keys for the next one
	if out, status := p.command(t, "install"); status != 0 {
		t.Fatalf("status %d: %s", status, out)
	}
	manifests := manifestsOf(t, "HKCU")
	for _, browser := range keys {
		if program := starts(t, manifests[browser]); program != p.program {
			t.Errorf("%s starts %s", browser, program)
		}
	}
	if checks := p.checks(t); !slices.Contains(checks, "ok manifest") || slices.Contains(checks, "fail absent") {
		t.Errorf("installed: %q", checks)
	}
	ran(t, "reg", "add", `HKCU\Software\Mozilla\NativeMessagingHosts\`+protocol.HostName, "/ve", "/d", `C:\other.json`, "/f")
	if checks := p.checks(t); !slices.Contains(checks, "fail foreign") {
		t.Errorf("with another's key: %q", checks)
	}
	if out, status := p.command(t, "uninstall"); status != 0 {
		t.Fatalf("status %d: %s", status, out)
	}
	if left := manifestsOf(t, "HKCU"); len(left) != 1 || left["Mozilla"] != `C:\other.json` {
		t.Errorf("keys that are left: %q", left)
	}
	if left, err := filepath.Glob(onDisk(local+`\e-onay`) + "/*/*.json"); err != nil || len(left) > 0 {
		t.Errorf("left: %q, %v", left, err)
	}
	ran(t, "reg", "delete", `HKCU\Software\Mozilla\NativeMessagingHosts\`+protocol.HostName, "/f")
}

// A manifest or a configuration that everybody can change, or exchange, is told and not used.
func TestFolderOfEverybody(t *testing.T) {
	p := newPerson(t)
	p.withLibrary(t, local+`\Sürücü`)
	if checks := p.checks(t); !slices.Contains(checks, "ok token") {
		t.Fatalf("of the person alone: %q", checks)
	}
	for _, path := range []string{local + `\e-onay\host.json`, local + `\e-onay`, people} {
		at := onDisk(strings.TrimSuffix(path, `\`))
		if err := os.Chmod(at, 0o777); err != nil {
			t.Fatal(err)
		}
		if checks := p.checks(t); !slices.Contains(checks, "fail placeopen") || slices.Contains(checks, "ok token") {
			t.Errorf("%s: %q", path, checks)
		}
		if err := os.Chmod(at, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// A person with a Windows in English reads English, unless the environment says otherwise.
func TestLanguageOfWindows(t *testing.T) {
	p := newPerson(t)
	for environment, want := range map[string]string{"": "Usage:", "tr_TR.UTF-8": "Kullanım:"} {
		cmd := wine("cmd", "/c", "set LC_ALL="+environment+"& eonay-host.exe help")
		cmd.Dir = filepath.Dir(onDisk(p.program))
		if out, err := cmd.Output(); !strings.HasPrefix(string(out), want) || err != nil {
			t.Errorf("LC_ALL=%s: %.60s, %v", environment, out, err)
		}
	}
}
