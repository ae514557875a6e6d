package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/test/testcard"
)

// TestServiceWorkerStops ends the extension's service worker at every moment a person could be at.
func TestServiceWorkerStops(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true, Key: testcard.RSA2048})
	j := NewJourney(w, nil)
	j.withoutBackground(j.LoggedIn(Ayse), Give)
}

// withoutBackground is the whole way, with what the extension runs beside its pages ended before each step.
func (j *Journey) withoutBackground(page *Page, act Act) {
	j.ToCode(page, act)
	j.w.Browser.StopBackground()
	window := j.Open(page)
	for _, step := range []string{"document", "code", "certificate", "pin"} {
		j.w.Browser.StopBackground()
		window.Forward(step)
	}
	j.w.Browser.StopBackground()
	j.Sign(window, j.w.Card.PIN)
	j.Finish(page, window, act)
}

// TestServiceWorkerStopsAndWindowCloses checks that the page is told even then.
func TestServiceWorkerStopsAndWindowCloses(t *testing.T) {
	t.Parallel()
	j := NewJourney(NewWorld(t, Options{}), nil)
	j.closesWithoutBackground(t, j.LoggedIn(Ayse))
}

func (j *Journey) closesWithoutBackground(t *testing.T, page *Page) {
	t.Helper()
	j.ToCode(page, Give)
	window := j.Open(page)
	j.w.Browser.StopBackground()
	window.Close()
	if code := page.Problem(); code != "cancelled" {
		t.Errorf("the page was told %q", code)
	}
}

// toldAtCode goes to screen 2/2 and expects to be told what is missing, and where to get it.
func toldAtCode(t *testing.T, w *World, page *Page, want string) {
	t.Helper()
	page.Goto(w.Portal.URL + "/nes/e-onay")
	page.Click("#consent")
	page.Click("#continue")
	page.Wait("#code")
	if code := page.Problem(); code != want {
		t.Errorf("the portal says %q, want %q", code, want)
	}
	page.Wait(`#problem a[href$="/kurulum"]`)
}

// TestNoExtension opens the portal in a browser without the extension.
func TestNoExtension(t *testing.T) {
	t.Parallel()
	noExtension(t, Options{})
}

func noExtension(t *testing.T, o Options) {
	o.NoExtension = true
	w := NewWorld(t, o)
	toldAtCode(t, w, NewJourney(w, nil).LoggedIn(Ayse), "extension_missing")
}

// TestNoHost has the extension without the host: portal and window say so, and it works once the host is there.
func TestNoHost(t *testing.T) {
	t.Parallel()
	noHost(t, Options{})
}

func noHost(t *testing.T, o Options) {
	o.NoHost = true
	w := NewWorld(t, o)
	j := NewJourney(w, nil)
	page := j.LoggedIn(Ayse)
	toldAtCode(t, w, page, "host_missing")
	w.InstallHost()
	page.Reload()
	page.Wait("#sign:not([disabled])")
	window := j.Open(page)
	j.ToPIN(window)
	j.Sign(window, w.Card.PIN)
	j.Finish(page, window, Give)
}

// TestHostKilled kills the host while the person is at the PIN: the window says so, and goes on when asked.
func TestHostKilled(t *testing.T) {
	t.Parallel()
	j := NewJourney(NewWorld(t, Options{}), nil)
	j.hostKilled(t, j.LoggedIn(Ayse), Give)
}

func (j *Journey) hostKilled(t *testing.T, page *Page, act Act) {
	t.Helper()
	j.ToCode(page, act)
	window := j.Open(page)
	j.ToPIN(window)
	if err := j.w.AwaitHosts(1)[0].Kill(); err != nil {
		t.Fatal(err)
	}
	if code := window.Failed(); code != "host_stopped" {
		t.Errorf("the window says %q", code)
	}
	j.w.NoWorkers()
	window.Click(action("retry"))
	window.Forward("pin")
	j.Sign(window, j.w.Card.PIN)
	j.Finish(page, window, act)
}

// TestNothingStays checks that host and worker end with the window.
func TestNothingStays(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	j, page, window := opened(t, w)
	j.ToPIN(window)
	window.Close()
	page.Problem()
	w.NoWorkers()
}

// TestSecretsStayInside looks for the PIN and the citizen number in everything the journey left on disk
// that is not meant to hold them.
func TestSecretsStayInside(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	j := NewJourney(w, nil)
	j.All(j.Login(Ayse), Give)
	for name, text := range map[string]string{"portal": w.Portal.Log(), "sandbox": w.Sandbox.Log()} {
		for _, secret := range []string{w.Card.PIN, Ayse.CitizenNumber} {
			if strings.Contains(text, secret) {
				t.Errorf("the %s's log holds %q", name, secret)
			}
		}
	}
	notOnDisk(t, w, w.Card.PIN)
}

// notOnDisk looks for a secret of digits in everything that a journey left on disk, but for the card's own memory. Digits
// after a point are the fraction of a time. A file that it puts there itself shows that it finds what is there.
func notOnDisk(t *testing.T, w *World, secret string) {
	t.Helper()
	planted := filepath.Join(w.Dir, "planted")
	if err := os.WriteFile(planted, []byte(`{"pin":"`+secret+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(planted)
	pattern := `.{0,40}(?<![\w.])` + secret + `(?!\w).{0,40}`
	grep := exec.Command("grep", "-raosP", "--exclude-dir=softhsm", pattern, w.Dir)
	grep.Env = append(os.Environ(), "LC_ALL=C") // bytes, not characters
	out, _ := grep.Output()                     // fails also where the browser has just deleted a file
	var found bool
	for line := range bytes.Lines(out) {
		if bytes.HasPrefix(line, []byte(planted+":")) {
			found = true
		} else {
			t.Errorf("a secret is on disk: %q", line)
		}
	}
	if !found {
		t.Fatal("the search finds nothing")
	}
}
