package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// appearances are the ways in which each screen must work: each width, scale and colour scheme is seen once, and not each
// with all others. Windows are 480 wide and pages 1280; 200 % zoom halves that in CSS pixels. English differs by the lengths
// of its words, which show at the most room and at the least.
func appearances(width int64, language string) []Appearance {
	all := []Appearance{
		{Width: width, Height: 680, Scale: 1},
		{Width: 360, Height: 640, Scale: 1, Dark: true},
		{Width: width / 2, Height: 340, Scale: 2},
	}
	if language == "en" {
		all = slices.Delete(all, 1, 2)
	}
	return all
}

// TestAccessibility checks every screen of portal and window against WCAG 2.2 AA and for sideways
// scrolling, in both languages, both colour schemes, at 360 pixels and at 200 % zoom.
func TestAccessibility(t *testing.T) {
	t.Parallel()
	accessible(t, Options{})
}

// announcements are one of each kind, on the first page.
const announcements = `{"announcements": [
	{"tr": {"title": "Bakım", "text": "Site kapalı olacak."}, "en": {"title": "Maintenance", "text": "The site will be closed."},
		"from": "2020-01-01", "until": "2100-01-01", "important": true},
	{"tr": {"title": "Yeni paket", "text": "Kurulum sayfasında."}, "en": {"title": "New package", "text": "On the Installation page."},
		"from": "2020-01-01", "until": "2100-01-01"}]}`

func accessible(t *testing.T, o Options) {
	announced := filepath.Join(t.TempDir(), "duyurular.json")
	if err := os.WriteFile(announced, []byte(announcements), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Portal = map[string]any{
		"announcements": announced, "applications": sealFee["applications"],
		"desk": map[string]any{"announcements_by_one": true}, // the walk has one editor
	}
	inBothLanguages(t, o, pagesElsewhere, func(t *testing.T, j *Journey, check Observer) {
		w := j.w
		page := w.Browser.NewPage(w.Portal.URL + "/giris/kart/e-imza")
		j.speak(page)
		page.Wait("#card-login:not([disabled])")
		check("portal-login-card", page)
		j.gatewayWays(page, check)
		page.Goto(w.Portal.URL + "/basvuru-formu-ve-taahhutname")
		check("portal-undertaking", page)
		page.Goto(w.Portal.URL + "/borc-sorgulama")
		check("portal-debt", page)
		page.Goto(w.Portal.URL + "/gonderi-sorgulama")
		check("portal-shipment", page)
		w.checkPayment(page, check)
		page.Goto(w.Portal.URL + "/muhur-yetki-sorgulama")
		check("portal-seal", page)
		page.Goto(w.Portal.URL + "/")
		j.BeginSeal(page)
		j.toSeal(page)
		page.Goto(w.Portal.URL + "/kart-okuyucu-basvuru")
		w.orders(page, check)
		page.Goto(w.Portal.URL + "/siparis-sorgulama")
		check("portal-order-track", page)
		page.Goto(w.Portal.URL + "/iptal-askiya-alma")
		check("portal-status-number", page)
		page.Type("#number", Ayse.CitizenNumber)
		page.Click("#continue")
		page.Wait("#word")
		check("portal-status-word", page)
		page.Goto(w.Portal.URL + "/yardim/pin-blocked")
		check("portal-help-answer", page)
		page.Goto(w.Portal.URL + "/yardim")
		page.Type("#question", "kartım kilitlendi")
		page.Click("#ask")
		page.Wait("#results details[open]")
		check("portal-help", page)
		page.Goto(w.Portal.URL + "/giris/kart/e-imza")
		w.checkDesk(page, check)
		page.Close()
		page = j.Login(Ayse)
		page.Goto(w.Portal.URL + "/kurulum")
		check("portal-install", page)
		page.Goto(w.Portal.URL + "/oturumlarim")
		check("portal-sessions", page)
		page.Goto(w.Portal.URL + "/verilerim")
		check("portal-data", page)
		page.Goto(w.Portal.URL + "/verilerim/sil")
		check("portal-erasure", page)
		page.Goto(w.Portal.URL + "/yok")
		check("portal-not-found", page)
		j.All(page, Give)
		application := j.ApplyCarelessly(page, "under_review")
		j.All(page, Withdraw)
		page.Goto(w.Portal.URL + "/belgelerim")
		check("portal-documents", page)
		j.checkSuspension(page, check)
		page.Goto(application + "/odeme")
		check("portal-own-payment", page)
		j.waitsAgain(page, application)
		w.checkDispute(page, check)
		w.checkFailures(t, page, check)
		page.Goto(w.Portal.URL + "/verilerim/sil")
		page.Click("#confirm")
		page.Click("#erase")
		page.Wait("#erased")
		check("portal-erased", page)
		settings := w.SetPhrase("mavi kapı")
		settings.Click(`input[name="language"][value="` + j.Language + `"]`)
		settings.Wait(`html[lang="` + j.Language + `"]`)
		check("window-settings", settings)
	})
}

// TestNewPINAccessibility is TestAccessibility for the screens of PIN Oluşturma / Kilit Çözme.
func TestNewPINAccessibility(t *testing.T) {
	t.Parallel()
	inBothLanguages(t, Options{Virtual: true}, nil, func(t *testing.T, j *Journey, check Observer) {
		w := j.w
		page := j.Login(Ayse)
		page.Goto(w.Portal.URL + "/nes/pin")
		check("portal-pin-no-card", page)
		w.Record(Ayse)
		sent := j.ToOneTimeCode(page)
		j.Confirm(page, "0000 0000")
		page.Problem()
		check("portal-pin-code-wrong", page)
		j.Confirm(page, w.Sandbox.OneTimeCode(*sent)) // asked for so soon, no other is sent
		page.Wait("#reset:not([disabled])")
		check("portal-pin-2", page)
		window := j.OpenNewPIN(page)
		j.ToNewPIN(window)
		j.SetPIN(window, "", "111111")
		window.Wait("#problem")
		check("window-pin-problem", window)
		window.Press(Escape)
		page.Problem()
		check("portal-pin-cancelled", page)
		NewJourney(w, func(name string, p *Page) {
			if name == "window-last-try" || name == "window-blocked" { // the others have been checked
				check(name, p)
			}
		}).Block(page)
		j.NewPIN(page, "", FreshPIN)
		page.Goto(w.Portal.URL + "/cihazlar")
		check("portal-machines", page)
		page.Click(`a[href$="/iptal"]`)
		page.Wait("#revoke")
		check("portal-revoke", page)
		page.Click("#revoke")
		page.Wait("section[data-revoked]")
		check("portal-machines-revoked", page)
		j.ToNewPINCode(page)
		window = j.OpenNewPIN(page)
		j.ToNewPIN(window)
		j.SetPIN(window, FreshPIN, usualPIN)
		window.Failed()
		check("window-pin-failed", window)
		window.Click(action("close"))
		page.Problem()
		check("portal-pin-problem", page)
		j.checkSandbox(check)
	})
}

// inBothLanguages has a person pass screens, each of which is checked: in Firefox only those of the window, once and in one
// language, since it is the look that is another there. Where elsewhere is not nil, all pages of the portal but those are to be passed.
func inBothLanguages(t *testing.T, o Options, elsewhere map[string]string, pass func(*testing.T, *Journey, Observer)) {
	languages := []string{"tr", "en"}
	if o.Firefox {
		languages = languages[:1]
	}
	for _, language := range languages {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			seen, pages := map[string]bool{}, map[string]bool{}
			check := func(name string, p *Page) {
				width := widthOf(name)
				if o.Firefox && (width != 480 || seen[name]) {
					return
				}
				seen[name] = true
				pages[Eval[string](p, `document.querySelector("main")?.dataset.page ?? ""`)] = true
				inspectAll(t, name, p, width, language)
				if got := Eval[string](p, "document.documentElement.lang"); got != language {
					t.Errorf("%s is in %q, want %q", name, got, language)
				}
			}
			j := NewJourney(NewWorld(t, o), check)
			j.Language = language
			pass(t, j, check)
			if elsewhere != nil && !o.Firefox {
				inspectedAll(t, pages, elsewhere)
			}
		})
	}
}

// widthOf returns how wide a screen is, by its name.
func widthOf(name string) int64 {
	if strings.HasPrefix(name, "window-") {
		return 480
	}
	return 1280
}

// checkFailures inspects the screens that tell of something wrong.
func (w *World) checkFailures(t *testing.T, page *Page, check Observer) {
	t.Helper()
	quiet := NewJourney(w, nil)
	page.Goto(w.Portal.URL + "/nes/e-onay")
	page.Click("#continue")
	page.Wait("#problem")
	check("portal-unchecked", page)
	quiet.ToCode(page, Give)
	window := quiet.Open(page)
	quiet.ToPIN(window)
	window.Click(action("sign"))
	window.Wait(`[data-code="pin_empty"]`)
	check("window-pin-empty", window)
	for _, host := range w.AwaitHosts(1) {
		if err := host.Kill(); err != nil {
			t.Fatal(err)
		}
	}
	window.Failed()
	check("window-failed", window)
	window.Click(action("close"))
	page.Problem()
	check("portal-problem", page)
}

// checkDispute has a person send back what their institution has entered for them, without saying why, and inspects the screen.
func (w *World) checkDispute(page *Page, check Observer) {
	w.t.Helper()
	const reference = "8K2M-6Q0T-XZ5D-1YFR"
	w.record(Ayse, reference, "pre_applied", "NULL, NULL, NULL")
	page.Goto(w.Portal.URL + "/basvurular/" + reference + "/geri-gonder")
	page.Click(`[name="yanlis"]`)
	page.Click("#send-back")
	page.Wait("#problem")
	check("portal-application-dispute", page)
}

// inspectAll inspects a screen in each appearance, and leaves it in the first.
func inspectAll(t *testing.T, name string, p *Page, width int64, language string) {
	t.Helper()
	p.WaitFor(`document.readyState === "complete"`) // with its look
	rules, all := allRules, appearances(width, language)
	for _, a := range all {
		p.Appear(a)
		inspect(t, fmt.Sprintf("%s at %d×%.0f dark=%t", name, a.Width, a.Scale, a.Dark), p, rules)
		if rules = rulesOfLook; language == "en" {
			rules = ""
		}
	}
	p.Appear(all[0])
}

// inspectBoth is inspectAll of a page of the extension in both languages, and leaves it in Turkish: such a page speaks another as
// soon as the person has chosen it, anywhere.
func inspectBoth(t *testing.T, name string, p *Page, width int64) {
	t.Helper()
	for _, language := range []string{"en", "tr"} {
		Eval[bool](p, `chrome.storage.local.set({ language: "`+language+`" }).then(() => true)`)
		p.Wait(`html[lang="` + language + `"]`)
		inspectAll(t, name+" in "+language, p, width, language)
	}
}

// inspect holds a screen against rules of axe-core, none if they are "", and looks for what is wider than the window.
func inspect(t *testing.T, name string, p *Page, rules string) {
	t.Helper()
	if rules != "" {
		for _, v := range p.Axe(rules) {
			for _, node := range v.Nodes {
				t.Errorf("%s: %s (%s)\n%s\n%s", name, v.ID, v.Help, node.HTML, node.Summary)
			}
		}
	}
	if over, culprit := p.Overflow(); over > 0 {
		t.Errorf("%s: %d pixels wider than the window: %s", name, over, culprit)
	}
}
