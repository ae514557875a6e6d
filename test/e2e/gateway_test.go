package e2e

import (
	"strings"
	"testing"
)

// toWay goes from the portal to the first page of one of the gateway's ways.
func (j *Journey) toWay(page *Page, way string) {
	page.Goto(j.w.Portal.URL + "/giris")
	page.Click("#to-gateway")
	page.Wait("#login-submit")
	j.speak(page)
	page.Click("#way-" + way)
	page.Wait("#login-next")
}

// askPhone has Mobil İmza ask a person's phone, and waits until the page does.
func (j *Journey) askPhone(page *Page) {
	page.Type("#phone", "0599 000 00 01")
	Eval[bool](page, `document.querySelector("#operator").selectedIndex = 2, true`)
	page.Click("#login-next")
	page.Wait("#to-phone")
}

// TestGatewayWays logs in by Mobil İmza: cancelled once while the phone is asked, then confirmed on the phone while the page waits, and
// signs. What the person reads of the act says by which way they had logged in. Then they log in by E-İmza, at the gateway, with the
// same card and window.
func TestGatewayWays(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	j := NewJourney(w, nil)
	page, phone := w.Browser.NewPage(w.Portal.URL+"/"), w.Browser.NewPage(w.Sandbox.URL+"/telefon")
	j.toWay(page, "mobil-imza")
	j.askPhone(page)
	page.Click("#login-cancel")
	page.Wait("#cancelled")
	if at := page.URL(); !strings.HasPrefix(at, w.Portal.URL+"/giris?") {
		t.Errorf("a cancelled login leads to %s", at)
	}
	j.toWay(page, "mobil-imza")
	j.askPhone(page)
	phone.Reload()
	phone.Click(".confirm")
	page.Wait("#menu-nes")
	phone.Close()
	if shown := page.Text(".person"); !strings.Contains(shown, Ayse.Name) {
		t.Errorf("logged in is %q", shown)
	}
	j.All(page, Give)
	page.Goto(w.Portal.URL + "/nes/e-onay/sonuc")
	page.Wait(`#login-way[data-way="mobile_signature"]`)
	w.Browser.CloseWindows()
	page.Click(`form[action="/cikis"] button`)
	page.Wait("#login")
	j.toWay(page, "e-imza")
	page.Wait("#card-login:not([disabled])")
	page.Click("#card-login")
	hostile{w}.signs(w.Browser.Window())
	page.Wait("#menu-nes")
}

// gatewayWays walks through every page of the gateway's ways. It ends without a login.
func (j *Journey) gatewayWays(page *Page, check Observer) {
	j.toWay(page, "sifre")
	page.Click("#login-next")
	page.Wait("#problem")
	check("gateway-password-problem", page)
	j.toWay(page, "e-imza")
	page.Wait("#card-login:not([disabled])")
	check("gateway-card", page)
	j.toWay(page, "mobil-imza")
	check("gateway-phone", page)
	j.askPhone(page)
	page.Goto(page.URL() + "&dur=1") // or it reloads itself meanwhile
	page.Wait("#reload")
	check("gateway-waiting", page)
	phone := j.w.Browser.NewPage(j.w.Sandbox.URL + "/telefon?lang=" + j.Language)
	phone.Wait(".confirm")
	check("gateway-telephone", phone)
	phone.Click(".refuse")
	phone.Close()
	page.Click("#reload")
	page.Wait("#login-again")
	check("gateway-refused", page)
	j.toWay(page, "banka")
	check("gateway-banks", page)
	page.Click("#bank-ornek")
	page.Click("#login-next")
	page.Wait("#person-1")
	check("gateway-bank", page)
	page.Click("#login-cancel")
	page.Wait("#cancelled")
	check("portal-login-cancelled", page)
}
