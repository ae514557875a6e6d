package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestOtherPersonsCard logs in as one person and signs with another's card.
func TestOtherPersonsCard(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	j := NewJourney(w, nil)
	page := j.LoggedIn(Mehmet)
	j.ToCode(page, Give)
	window := j.Open(page)
	j.ToPIN(window)
	j.Sign(window, w.Card.PIN)
	if code := page.Problem(); code != "certificate_of_another" {
		t.Errorf("the portal says %q", code)
	}
	nothingRecorded(t, w)
}

// TestRevoked signs with a card that the authority's answer says is revoked, and then with one that is not.
func TestRevoked(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	j := NewJourney(w, nil)
	page := j.LoggedIn(Ayse)
	w.Sandbox.Misbehave("ocsp", "revoked")
	j.ToCode(page, Give)
	window := j.Open(page)
	j.ToPIN(window)
	j.Sign(window, w.Card.PIN)
	if code := page.Problem(); code != "certificate_revoked" {
		t.Errorf("the portal says %q", code)
	}
	nothingRecorded(t, w)
	w.Sandbox.Misbehave("ocsp", "ok")
	w.Browser.CloseWindows()
	j.All(page, Give)
}

// TestSignatureWaits signs while the authority's responder is away: the person reads that the signature has arrived, on every page
// that is about it, and on the result's page, by itself, what came of it once the responder is back.
func TestSignatureWaits(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	j := NewJourney(w, nil)
	page := j.LoggedIn(Ayse)
	w.Sandbox.Misbehave("ocsp", "down")
	j.ToCode(page, Give)
	window := j.Open(page)
	j.ToPIN(window)
	j.Sign(window, w.Card.PIN)
	window.AtStep("done")
	page.Wait("#pending[data-state]")
	inspectAll(t, "result while it is open", page, 1280, "tr")
	for _, path := range []string{"/", "/nes/e-onay"} {
		other := w.Browser.NewPage(w.Portal.URL + path)
		other.Wait("#pending")
		inspectAll(t, path, other, 1280, "tr")
		other.Close()
	}
	nothingRecorded(t, w)
	w.Sandbox.Misbehave("ocsp", "ok")
	page.Wait(`#result[data-act="give"]`)
	if n := w.Recorded(); n != 1 {
		t.Errorf("%d acts are recorded, want one", n)
	}
	w.Browser.CloseWindows()
	j.All(page, Withdraw)
}

// TestCodeExpires lets the code run out while the window is open.
func TestCodeExpires(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Portal: map[string]any{"code_lifetime_seconds": 20}})
	j, page, window := opened(t, w)
	j.ToPIN(window)
	page.WaitFor(`document.getElementById("remaining").dataset.seconds === "0"`)
	j.Sign(window, w.Card.PIN)
	if code := page.Problem(); code != "code_expired" {
		t.Errorf("the portal says %q", code)
	}
	nothingRecorded(t, w)
}

// TestConsentChanges changes the consent text between showing and signing.
func TestConsentChanges(t *testing.T) {
	t.Parallel()
	text := filepath.Join(t.TempDir(), "consent.txt")
	write := func(content string) {
		if err := os.WriteFile(text, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("Bundan sonraki başvurularımda E-Onaylı başvuruyu kullanmayı kabul ediyorum.\n")
	w := NewWorld(t, Options{Portal: map[string]any{"consent_text": text}})
	j, page, window := opened(t, w)
	j.ToPIN(window)
	write("Bundan sonraki başvurularımda bambaşka bir metni kabul ediyorum.\n")
	j.Sign(window, w.Card.PIN)
	if code := page.Problem(); code != "consent_changed" {
		t.Errorf("the portal says %q", code)
	}
	nothingRecorded(t, w)
}

// TestPost sends signatures that were really made to places where they do not belong.
func TestPost(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	j := NewJourney(w, nil)
	page := j.LoggedIn(Ayse)

	j.ToCode(page, Give)
	first := page.Act()
	elsewhere := page.SignBytes(j, []byte(first.Document+"ve başka her şeyi.\n"), first.Code)
	page.Posts(t, first.ID, elsewhere, "signature_invalid")
	page.Posts(t, first.ID, "AAAA", "signature_malformed")
	page.Posts(t, "yok", elsewhere, "act_unknown")
	good := page.SignBytes(j, []byte(first.Document), first.Code)
	nothingRecorded(t, w)

	// The same person in another session: the act is not theirs there.
	page.Click("#logout")
	page.Wait("#login")
	page.Close()
	page = j.LoggedIn(Ayse)
	j.ToCode(page, Give)
	second := page.Act()
	page.Posts(t, first.ID, good, "code_elsewhere")
	page.Posts(t, second.ID, good, "signature_invalid")
	nothingRecorded(t, w)

	better := page.SignBytes(j, []byte(second.Document), second.Code)
	page.Posts(t, second.ID, better, "")
	page.Posts(t, second.ID, better, "code_used")
	if n := w.Recorded(); n != 1 {
		t.Errorf("%d acts are recorded, want one", n)
	}
}

// TestTwoTabs signs in two tabs at once: the newer code counts, the older one is told why not.
func TestTwoTabs(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	j, older, olderWindow := opened(t, w)
	newer := w.Browser.NewPage(w.Portal.URL + "/nes")
	j.ToCode(newer, Give)
	newer.Click("#sign")
	var newerWindow *Page
	for _, window := range w.Browser.Windows(2) {
		if window.Target() != olderWindow.Target() {
			newerWindow = window
		}
	}
	j.ToPIN(newerWindow)
	j.ToPIN(olderWindow)
	j.Sign(olderWindow, w.Card.PIN)
	j.Sign(newerWindow, w.Card.PIN)
	newer.Wait(`#result[data-act="give"]`)
	if code := older.Problem(); code != "code_expired" {
		t.Errorf("the older tab is told %q", code)
	}
	if n := w.Recorded(); n != 1 {
		t.Errorf("%d acts are recorded, want one", n)
	}
}

// TestPortalKilled kills the portal while it asks the authority about a signature. It comes back, and the signature counts: the
// person signs nothing again.
func TestPortalKilled(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	w.Sandbox.Misbehave("ocsp", "hang") // holds the portal in the middle of the work
	j, page, window := opened(t, w)
	j.ToPIN(window)
	j.Sign(window, w.Card.PIN)
	window.AtStep("done")
	w.AwaitReceipt()
	w.Portal.Kill()
	start := time.Now()
	if code := page.Problem(); code != "unavailable" {
		t.Errorf("the page says %q", code)
	}
	nothingRecorded(t, w)
	w.Sandbox.Misbehave("ocsp", "ok")
	w.RestartPortal()
	page.Goto(w.Portal.URL + "/nes/e-onay/sonuc")
	page.Wait(`#result[data-act="give"]`)
	t.Logf("from killed to recorded: %v", time.Since(start))
	if n := w.Recorded(); n != 1 {
		t.Errorf("%d acts are recorded, want one", n)
	}
}
