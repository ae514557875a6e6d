package e2e

import (
	"bytes"
	"image"
	"image/png"
	"regexp"
	"strings"
	"testing"
)

// sealFee has a seal cost something, so that it is paid first.
var sealFee = map[string]any{"applications": map[string]any{"seal_fee": 75_000}}

// linkPattern is the link in the mail to whoever applies without a login.
var linkPattern = regexp.MustCompile(`http\S+/mali-muhur-basvuru/devam#\S+`)

// TestSealApplication: somebody who has not logged in applies for a company's seal, pays at the provider, comes back by the link in the mail, fills in
// the form, and it is approved by the code on the paper at the desk.
func TestSealApplication(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{Virtual: true, Portal: sealFee})
	j := NewJourney(w, nil)
	page := w.Browser.NewPage(w.Portal.URL + "/")
	application := j.BeginSeal(page)
	page.Click("#pay")
	page.Wait("#card-good")
	page.Click("#card-good")
	page.Click("#pay")
	page.Wait(`#result[data-payment="paid"]`)
	page.Click("#back")
	page.Wait("#opened")
	page.Click("#opened")
	page.Wait(`#state[data-state="draft"]`)
	page.Click("#close")
	page.Wait("#menu-seal-application")

	code := j.SubmitSeal(page, j.toSeal(page))
	w.Grant("reviewer", Ayse)
	j.CardLogin(page)
	reference := application[strings.LastIndex(application, "/")+1:]
	page.Goto(w.Portal.URL + "/masa/basvuru/" + reference + "/onay")
	page.Type("#kod", code)
	page.chooses("#tarama", "taranan.png", scan(t))
	page.Click("#do")
	page.Wait(`#state[data-state="under_review"]`)
	page.Wait("#without-login")
	j.Accept(page, reference, "in_production")
}

// BeginSeal has somebody begin an application for a company's seal, carelessly first, and stops before the fee is paid. It returns the
// application's page.
func (j *Journey) BeginSeal(p *Page) (application string) {
	p.Click("#menu-seal-application")
	p.Wait("#begin")
	j.observe("portal-seal-begin", p)
	p.Click("#begin")
	p.Wait("#problem")
	j.observe("portal-seal-begin-wrong", p)
	for selector, text := range map[string]string{
		"#f-tax_number": "1111111111", "#f-company": "Çınar A.Ş.", "#f-authorised": "Mehmet Demir", "#f-authorised_number": Mehmet.CitizenNumber,
		"#f-mobile": "0532 123 45 67", "#f-mail": "cinar@ornek.test",
	} {
		p.Type(selector, text)
	}
	p.Click("#begin")
	p.Wait("#pay")
	j.observe("portal-seal-pay", p)
	return strings.TrimSuffix(p.URL(), "/ode")
}

// toSeal follows the link in the newest mail, in which the key is, to the application, which it returns.
func (j *Journey) toSeal(p *Page) (application string) {
	message := j.w.Sandbox.Await(0, func(m Message) bool { return linkPattern.MatchString(m.Text) })
	p.Goto(linkPattern.FindString(message.Text))
	p.WaitFor(`document.querySelector("#key").value.length === 43`)
	if url := p.URL(); strings.Contains(url, "#") {
		p.t.Fatalf("the key stays in the address: %s", url)
	}
	j.observe("portal-seal-resume", p)
	p.Click("#resume")
	p.Wait("#state")
	j.observe("portal-seal-application", p)
	return p.URL()
}

// SubmitSeal fills in the form of an application for a seal, and submits it. It returns the code on its paper.
func (j *Journey) SubmitSeal(p *Page, application string) (code string) {
	p.Goto(application + "/form")
	p.Wait("#application")
	p.Click("#f-medium-card")
	p.Click("#f-delivery-address")
	for selector, text := range map[string]string{
		"#f-address": "Işık Sokak 3", "#f-district": "Çankaya", "#f-province": "Ankara", "#f-postcode": "06100", "#f-word": "ıhlamur ağacı",
	} {
		p.Type(selector, text)
	}
	j.observe("portal-seal-form", p)
	p.Click("#continue")
	p.Wait("#submit")
	p.Click("#submit")
	p.Wait(`#result[data-state="awaiting_approval"]`)
	p.Click("#onward")
	p.Wait("#paper")
	j.observe("portal-seal-awaiting", p)
	p.Click("#paper")
	p.Wait("#paper-code")
	j.observe("portal-seal-paper", p)
	return p.Text("#paper-code")
}

// scan is a picture of a blank paper.
func scan(t *testing.T) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewGray(image.Rect(0, 0, 210, 297))); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}
