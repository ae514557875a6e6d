package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestOtherPersonsCard logs in as one person and signs with another's card.
func TestOtherPersonsCard(t *testing.T) {
	w := NewWorld(t, Options{})
	j := NewJourney(w, nil)
	page := j.Login(Mehmet)
	j.ToCode(page, Give)
	window := j.Open(page)
	j.ToPIN(window)
	j.Sign(window, w.Card.PIN)
	if code := page.Problem(); code != "certificate_of_another" {
		t.Errorf("the portal says %q", code)
	}
	nothingRecorded(t, w)
}

// TestRevocation signs while the authority's answers are missing, wrong or no.
func TestRevocation(t *testing.T) {
	w := NewWorld(t, Options{})
	j := NewJourney(w, nil)
	page := j.Login(Ayse)
	for _, tt := range []struct{ part, how, code string }{
		{"ocsp", "down", "revocation_unavailable"},
		{"crl", "down", "revocation_unavailable"},
		{"ocsp", "wrong-nonce", "revocation_invalid"},
		{"ocsp", "wrong-signer", "revocation_invalid"},
		{"crl", "stale", "revocation_invalid"},
		{"ocsp", "revoked", "certificate_revoked"},
	} {
		t.Run(tt.part+" "+tt.how, func(t *testing.T) {
			w.Sandbox.Misbehave(tt.part, tt.how)
			defer w.Sandbox.Misbehave(tt.part, "ok")
			j.ToCode(page, Give)
			window := j.Open(page)
			j.ToPIN(window)
			j.Sign(window, w.Card.PIN)
			if code := page.Problem(); code != tt.code {
				t.Errorf("the portal says %q, want %q", code, tt.code)
			}
			nothingRecorded(t, w)
			w.Browser.CloseWindows()
		})
	}
	j.All(page, Give)
}

// TestCodeExpires lets the code run out while the window is open.
func TestCodeExpires(t *testing.T) {
	w := NewWorld(t, Options{Portal: map[string]any{"code_lifetime_seconds": 4}})
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
	w := NewWorld(t, Options{})
	j := NewJourney(w, nil)
	page := j.Login(Ayse)

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
	page = j.Login(Ayse)
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

// TestPortalKilled kills the portal while it verifies; it comes back, nothing is half recorded, and
// the person signs again.
func TestPortalKilled(t *testing.T) {
	w := NewWorld(t, Options{})
	w.Sandbox.Misbehave("ocsp", "hang") // holds the portal in the middle of the work
	j, page, window := opened(t, w)
	j.ToPIN(window)
	j.Sign(window, w.Card.PIN)
	window.AtStep("done")
	w.Portal.Kill()
	if code := page.Problem(); code != "unavailable" {
		t.Errorf("the page says %q", code)
	}
	nothingRecorded(t, w)
	w.Sandbox.Misbehave("ocsp", "ok")
	w.RestartPortal()
	w.Browser.CloseWindows()
	start := time.Now()
	j.All(page, Give)
	t.Logf("from killed to recorded: %v", time.Since(start))
}

// TestWithdraw gives, withdraws and gives again.
func TestWithdraw(t *testing.T) {
	w := NewWorld(t, Options{})
	j := NewJourney(w, nil)
	j.Language = "en"
	page := j.Login(Ayse)
	for i, act := range []Act{Give, Withdraw, Give} {
		j.All(page, act)
		if n := w.Recorded(); n != i+1 {
			t.Fatalf("%d acts are recorded, want %d", n, i+1)
		}
	}
}
