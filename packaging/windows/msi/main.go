// Command msi makes Windows' installers of the host, by wixl: for everybody who uses the machine, and for one person. The same
// program gives the same installer, byte by byte.
//
//	go run ./packaging/windows/msi -program eonay-host.exe -scope machine -out e-onay-1.0.0-x64.msi
//
// The variable SIGN names a command that signs a file in its place (./sign is one): it gets the program, then the installer. Where
// it is empty nothing is signed.
package main

import (
	"crypto/sha1"
	"crypto/sha256"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	eonay "github.com/e-onay/e-onay"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/install"
	"github.com/e-onay/e-onay/packaging/notices"
)

// A scope is whom an installer installs for. Its numbers are for good: Windows knows by upgrade what a newer version replaces, and
// by the others what a file or key belongs to.
type scope struct {
	root                             string // of the registry
	upgrade, host, chromium, firefox string
}

var scopes = map[string]scope{
	"machine": {"HKLM", "2D015453-2EC0-477C-99BC-8479B3B1387B", "4BD9F80A-4647-4381-985F-01F9B5C0328D", "76B2C5EC-72C4-4C40-988F-DECCB109BC2D", "F65CCC4C-A925-4BD5-960D-A2874915A900"},
	"person":  {"HKCU", "CC176828-516E-430A-A983-B6DBD5AA04D7", "046FC363-0B60-4E91-8333-BE973334EE99", "9F7E3FD1-A315-449C-B87C-7B93C8775708", "7BC81BA6-F257-4659-879A-D4955E7FDA3F"},
}

// date is that of every file, so that the same sources give the same installer.
var date = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

//go:embed e-onay.wxs
var source string

func main() {
	program := flag.String("program", "", "the host for Windows")
	name := flag.String("scope", "", "machine or person")
	out := flag.String("out", "", "the installer")
	version := flag.String("version", eonay.Version, "another version, for tests of upgrades")
	flag.Parse()
	s, ok := scopes[*name]
	if !ok || *program == "" || *out == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := build(*program, *out, *name, s, *version); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// build puts the installer's files together in a folder, has wixl write the installer, and signs both.
func build(program, out, name string, s scope, version string) error {
	folder, err := os.MkdirTemp("", "eonay-msi")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	digest, err := stage(folder, program)
	if err != nil {
		return err
	}
	ascii, turkish := withoutTurkish(source)
	if err := os.WriteFile(filepath.Join(folder, "e-onay.wxs"), []byte(ascii), 0o600); err != nil {
		return err
	}
	wixl := exec.Command("wixl", "--arch", "x64", "--output", "e-onay.msi")
	for variable, value := range map[string]string{
		"SCOPE": name, "ROOT": s.root, "VERSION": version, "UPGRADE": s.upgrade, "PRODUCT": number("product", name, version),
		"HOST": s.host, "CHROMIUM": s.chromium, "FIREFOX": s.firefox,
	} {
		wixl.Args = append(wixl.Args, "--define", variable+"="+value)
	}
	wixl.Args = append(wixl.Args, "e-onay.wxs")
	wixl.Dir = folder
	said, err := wixl.CombinedOutput()
	if err == nil && len(said) > 0 {
		err = errors.New("it has left something out")
	}
	if err != nil {
		return fmt.Errorf("wixl: %w\n%s", err, said)
	}
	written := filepath.Join(folder, "e-onay.msi")
	content, err := os.ReadFile(written)
	if err != nil {
		return err
	}
	if err := restore(content, turkish); err != nil {
		return err
	}
	if err := setCodePage(content); err != nil {
		return err
	}
	if err := settle(content, number("package", name, version, digest)); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(out, content, 0o644); err != nil {
		return err
	}
	return sign(out)
}

// stage writes what the installer contains, signs the program, and returns a digest of all of it.
func stage(folder, program string) (digest string, err error) {
	content, err := os.ReadFile(program)
	if err != nil {
		return "", err
	}
	licences, err := notices.Of(notices.Programs{OS: "windows", Arch: "amd64", Packages: []string{"./nativehost"}})
	if err != nil {
		return "", err
	}
	files := map[string][]byte{"eonay-host.exe": content, "LICENSES.txt": licences}
	for name, firefox := range map[string]bool{"chromium": false, "firefox": true} {
		path := filepath.Join(name, protocol.HostName+".json")
		if files[path], err = (install.Browser{Firefox: firefox}).Manifest(`..\eonay-host.exe`); err != nil {
			return "", err
		}
	}
	for path, content := range files {
		path = filepath.Join(folder, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return "", err
		}
		if err := os.WriteFile(path, content, 0o755); err != nil {
			return "", err
		}
	}
	signed := filepath.Join(folder, "eonay-host.exe")
	if err := sign(signed); err != nil {
		return "", err
	}
	for path := range files {
		if err := os.Chtimes(filepath.Join(folder, path), date, date); err != nil {
			return "", err
		}
	}
	content, err = os.ReadFile(signed)
	return fmt.Sprintf("%x", sha256.Sum256(slices.Concat(content, licences, []byte(source)))), err
}

// sign has the command of the variable SIGN sign a file in its place.
func sign(path string) error {
	command := os.Getenv("SIGN")
	if command == "" {
		return nil
	}
	if said, err := exec.Command(command, path).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", command, path, err, said)
	}
	return nil
}

// number returns a number of its own for the words (RFC 9562, 5.5), in the letters that Windows Installer wants.
func number(words ...string) string {
	sum := sha1.Sum([]byte("e-onay installer\x00" + strings.Join(words, "\x00")))
	sum[6] = sum[6]&0x0f | 0x50
	sum[8] = sum[8]&0x3f | 0x80
	return strings.ToUpper(fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16]))
}

// quoted are the values of attributes.
var quoted = regexp.MustCompile(`"[^"\n]*"`)
