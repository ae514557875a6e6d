package e2e

import (
	"encoding/pem"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/test/testcard"
	"github.com/e-onay/e-onay/test/testtpm"
)

// Options is how a world differs from the usual one: one person with one good card.
type Options struct {
	Firefox     bool           // in place of Chromium
	Private     bool           // the extension is allowed in private windows
	NoExtension bool           // the browser has no extension
	NoHost      bool           // the host is not installed
	EmptyCard   bool           // the card has no certificate yet
	Virtual     bool           // a virtual card in a virtual reader, in place of SoftHSM2
	NoCard      bool           // the virtual card is not in the reader yet
	NoPIN       bool           // a token of SoftHSM2 that has no PIN yet, and a certificate without its key
	TPM         bool           // the machine has one, in software, whose vendor the portal knows; else the host's key is in a file
	Portal      map[string]any // changes to the portal's settings
	Key         testcard.Kind  // of the certificate; "" is P-384, as the Turkish authorities issue now
	Policy      map[string]any // what the institution has set in the browser's managed storage
	OwnBrowser  bool           // started for this world alone, which may kill it
	Root        string         // the browser is that of the system in this folder, with the host that is installed there
	Extension   string         // a folder, in place of the built extension
	Secure      bool           // the portal is at https, under PortalName
}

// World is everything a journey needs, running.
type World struct {
	Dir     string
	Sandbox *Sandbox
	Portal  *Process
	Card    *Card
	Browser *Browser

	t             T
	browser       BrowserOptions
	portalChanges map[string]any
	tpm           string // the way to it, or noTPM
	person        Person // has logged in last
}

// NewWorld starts a sandbox, a portal, a browser and a card in a folder of their own, and ends them
// with the test. The browser of a test may have served another one.
func NewWorld(t T, o Options) *World {
	t.Helper()
	if !testing.Testing() || o.OwnBrowser || o.Root != "" || o.Policy != nil || o.Firefox && o.Private { // which Firefox is told at its start
		w := NewServices(t, tempDir(t), o)
		w.RestartBrowser()
		return w
	}
	s := takeStation(t, o.Firefox)
	w := NewServices(t, s.dir, o)
	w.Browser = s.browser(t, w.browser)
	return w
}

// RestartBrowser starts the browser, as it was, after it was killed.
func (w *World) RestartBrowser() {
	w.t.Helper()
	w.Browser = StartBrowser(w.t, w.browser)
}

// NewServices is NewWorld without the browser, in a given folder.
func NewServices(t T, dir string, o Options) *World {
	t.Helper()
	w := &World{Dir: dir, t: t, portalChanges: map[string]any{}, tpm: noTPM}
	maps.Copy(w.portalChanges, o.Portal)
	if o.TPM {
		w.startTPM()
	}
	if o.Secure {
		address, listen := startProxy(t)
		w.Sandbox = StartSandbox(t, filepath.Join(dir, "sandbox"), address, "-portal-listen", listen)
	} else {
		w.Sandbox = StartSandbox(t, filepath.Join(dir, "sandbox"), FreeURL(t))
	}
	w.Portal = StartPortal(t, w.Sandbox, w.portalChanges)
	w.makeCard(o)
	w.ConfigureHost(w.Card.Module)
	w.browser = BrowserOptions{Firefox: o.Firefox, Private: o.Private, Profile: w.profile(), Env: w.Env(), Root: o.Root}
	if o.Policy != nil {
		w.setPolicy(o)
	}
	switch {
	case o.Extension != "":
		w.browser.Extension = o.Extension
	case !o.NoExtension:
		w.browser.Extension = extension(t, o.Firefox)
	}
	if !o.NoHost && o.Root == "" {
		w.InstallHost()
	}
	return w
}

func (w *World) makeCard(o Options) {
	w.t.Helper()
	switch {
	case o.Virtual:
		w.Card = NewVirtualCard(w.t, readerDir(w.Dir))
	case o.NoPIN:
		w.Card = NewUnsetCard(w.t, softHSMDir(w.Dir))
	default:
		w.Card = NewCard(w.t, softHSMDir(w.Dir))
	}
	if o.Key == "" {
		o.Key = testcard.P384
	}
	if !o.EmptyCard {
		w.Card.Issue(w.Sandbox, Ayse, "valid", o.Key)
	}
	if o.Virtual && !o.NoCard {
		w.Card.Virtual.Insert()
	}
}

func (w *World) startTPM() {
	w.t.Helper()
	dir := filepath.Join(w.Dir, "tpm")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		w.t.Fatalf("make %s: %v", dir, err)
	}
	tpm, err := testtpm.Start(dir)
	if err != nil {
		w.t.Fatalf("start a TPM: %v", err)
	}
	w.t.Cleanup(tpm.Stop)
	w.tpm = tpm.Socket()
	ca, key, err := testtpm.NewVendor()
	if err == nil {
		_, err = tpm.Endorse(testtpm.RSA, testtpm.EndorsementCertificate(testtpm.RSA), ca, key)
	}
	if err != nil {
		w.t.Fatalf("endorse the TPM: %v", err)
	}
	roots := filepath.Join(dir, "vendor.pem")
	if err := os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw}), 0o600); err != nil {
		w.t.Fatalf("write the TPM's vendor: %v", err)
	}
	w.portalChanges["tpm_roots"] = roots
}

// noTPM keeps the host from the TPM of whoever runs the tests, in its configuration.
const noTPM = "none"

// What is in a world's home folder: the browser's profile with what Chromium knows of hosts, and the cards.
func profileDir(home string) string { return filepath.Join(home, "profile") }
func hostsDir(home string) string   { return filepath.Join(profileDir(home), "NativeMessagingHosts") }
func softHSMDir(home string) string { return filepath.Join(home, "softhsm") }
func readerDir(home string) string  { return filepath.Join(home, "reader") }

func (w *World) profile() string { return profileDir(w.Dir) }

// Env is what browser and host need in their environment to live in this world.
func (w *World) Env() []string { return append(w.Card.Env(), homeEnv(w.Dir)...) }

func homeEnv(dir string) []string {
	return []string{"HOME=" + dir, "XDG_CONFIG_HOME=" + filepath.Join(dir, ".config"), "XDG_CACHE_HOME=" + filepath.Join(dir, ".cache")}
}

// InstallHost registers the built host for the world's browser, by the host's own command.
func (w *World) InstallHost() {
	w.t.Helper()
	install := exec.Command(Built(w.t, "eonay-host"), "install", "--browser-dir", w.profile())
	hosts := hostsDir(w.Dir)
	if w.browser.Firefox { // which looks into the person's home folder, whatever the profile
		install = exec.Command(Built(w.t, "eonay-host"), "install")
		install.Env = append(os.Environ(), w.Env()...)
		hosts = filepath.Join(w.Dir, ".mozilla", "native-messaging-hosts")
		if err := os.MkdirAll(filepath.Dir(hosts), 0o700); err != nil {
			w.t.Fatalf("make Firefox's folder: %v", err)
		}
	}
	if out, err := install.CombinedOutput(); err != nil {
		w.t.Fatalf("install the host: %v\n%s", err, out)
	}
	if _, err := os.Stat(hosts); err != nil {
		w.t.Fatalf("install wrote no manifest: %v", err)
	}
}

func extension(t T, inFirefox bool) string {
	t.Helper()
	browser := "chromium"
	if inFirefox {
		browser = "firefox"
	}
	return filepath.Dir(Built(t, "extension/"+browser+"/manifest.json"))
}

// BrowserCommand is the browser for a person, with a window, at the portal.
func (w *World) BrowserCommand() *exec.Cmd {
	arguments := []string{
		"--no-first-run", "--no-default-browser-check", "--disable-sync", "--lang=tr",
		"--disable-features=DisableLoadExtensionCommandLineSwitch",
		"--user-data-dir=" + w.profile(),
		"--disable-extensions-except=" + extension(w.t, false), "--load-extension=" + extension(w.t, false),
	}
	if os.Getuid() == 0 {
		arguments = append(arguments, "--no-sandbox") // Chromium's sandbox does not start for root
	}
	command := exec.Command(Chromium, append(arguments, w.Portal.URL)...)
	command.Env = append(os.Environ(), w.Env()...)
	return command
}

// ShellCommand writes a command with what its environment adds, to be pasted into a shell.
func ShellCommand(c *exec.Cmd) string {
	words := append(slices.Clone(c.Env[len(os.Environ()):]), c.Args...)
	for i, word := range words {
		words[i] = "'" + word + "'"
	}
	return "env " + strings.Join(words, " ")
}

func tempDir(t T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "eonay-")
	if err != nil {
		t.Fatalf("make a folder: %v", err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Logf("remove %s: %v", dir, err)
		}
	})
	return dir
}

// SetPhrase sets the security phrase in the settings page and returns the page.
func (w *World) SetPhrase(phrase string) *Page {
	p := w.Browser.ExtensionPage("manage.html")
	p.Type("#phrase", phrase)
	p.Click(action("save-phrase"))
	p.Wait("#saved .notice")
	return p
}

// RestartPortal starts the portal again after it was killed, with the settings it had.
func (w *World) RestartPortal() {
	w.t.Helper()
	w.Portal = StartPortal(w.t, w.Sandbox, w.portalChanges)
}

// Reconfigure starts the portal again, with another setting.
func (w *World) Reconfigure(name string, value any) {
	w.t.Helper()
	w.Portal.Stop()
	w.portalChanges[name] = value
	w.RestartPortal()
}

// Recorded returns how many acts the portal's database holds, by another program than the portal.
func (w *World) Recorded() int {
	w.t.Helper()
	return w.rows("act")
}

// AwaitReceipt waits until the portal has put a signature on record as received.
func (w *World) AwaitReceipt() {
	w.t.Helper()
	for began := time.Now(); w.rows("receipt") == 0; {
		if time.Since(began) > Patience {
			w.t.Fatalf("no signature is received")
		}
	}
}

// rows counts the rows of a table of the portal's database, by another program than the portal.
func (w *World) rows(table string) int {
	w.t.Helper()
	database := filepath.Join(w.Sandbox.Dir, "portal.db")
	out, err := exec.Command("sqlite3", "-readonly", database, "SELECT count(*) FROM "+table).CombinedOutput()
	if err != nil {
		w.t.Fatalf("look into %s: %v: %s", database, err, out)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		w.t.Fatalf("look into %s: %v", database, err)
	}
	return n
}
