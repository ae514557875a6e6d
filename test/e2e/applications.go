package e2e

import (
	"fmt"
	"strings"
)

// Apply has a person apply for a certificate: the form saves itself while it is written. Once it is submitted the application goes on
// by itself where E-Onay stands, to the state that is given. It returns the application's page.
func (j *Journey) Apply(p *Page, state string) (application string) {
	j.toApplication(p)
	j.observe("portal-application-kind", p)
	j.chooseKind(p)
	j.fillForm(p, "first")
	Eval[bool](p, `(scrollTo(0, 0), true)`)
	j.observe("portal-application-form", p)
	return j.submitForm(p, state)
}

// Renew has a person apply for the renewal of the certificate that an application led to. It returns the new application's page.
func (j *Journey) Renew(p *Page, replaced, state string) (application string) {
	j.toApplication(p)
	j.chooseKind(p)
	j.fillForm(p, "renewal")
	p.Click("#f-replaces-" + replaced)
	j.observe("portal-application-form", p)
	return j.submitForm(p, state)
}

// ApplyCarelessly applies as Apply does, and makes two mistakes first, so that tests see the pages that name them.
func (j *Journey) ApplyCarelessly(p *Page, state string) (application string) {
	j.toApplication(p)
	p.Click("#create")
	p.Wait("#problem")
	j.observe("portal-application-kind", p)
	j.chooseKind(p)
	p.Click("#continue")
	p.Wait("#problem")
	j.observe("portal-application-wrong", p)
	j.fillForm(p, "first")
	j.observe("portal-application-form", p)
	return j.submitForm(p, state)
}

// toApplication goes from the menu to where the kind of a new application is chosen.
func (j *Journey) toApplication(p *Page) {
	p.Goto(j.w.Portal.URL + "/basvurular")
	p.Wait("#new")
	j.observe("portal-applications", p)
	p.Click("#new")
	p.Wait("#create")
}

// chooseKind chooses a certificate for a person, and begins the form.
func (j *Journey) chooseKind(p *Page) {
	p.Click("#kind-nes")
	p.Click("#create")
	p.Wait("#application")
	p.Type("#f-birth_place", "Iğdır")
	p.WaitFor(`document.querySelector("[name=surum]").value !== "1" && /\d\d:\d\d/.test(document.querySelector("#saved").textContent)`)
}

// fillForm fills in what is not filled in yet, with a reason to apply.
func (j *Journey) fillForm(p *Page, reason string) {
	Eval[string](p, `document.querySelector("#f-birth_date").value = "1984-02-29"`) // typed in the browser's own language
	for selector, text := range map[string]string{
		"#f-mobile": "0532 123 45 67", "#f-mail": "ayse@example.tr", "#f-address": "Işık Sokak 3", "#f-district": "Çankaya", "#f-province": "Ankara",
		"#f-postcode": "06100", "#f-word": "ıhlamur ağacı",
	} {
		p.Type(selector, text)
	}
	for _, choice := range []string{"#f-reader-usb", "#f-years-3", "#f-reason-" + reason} {
		p.Click(choice)
	}
}

// submitForm goes from the filled form to the application's page, which it returns.
func (j *Journey) submitForm(p *Page, state string) (application string) {
	p.Click("#continue")
	p.Wait("#submit")
	j.observe("portal-application-summary", p)
	p.Click("#submit")
	p.Wait(`#result[data-state="` + state + `"]`)
	j.observe("portal-application-receipt", p)
	p.Click("#onward")
	p.Wait(`#state[data-state="` + state + `"]`)
	j.observe("portal-application", p)
	return p.URL()
}

// ApproveBySignature has the person sign the form of their application, and returns the signed PDF.
func (j *Journey) ApproveBySignature(p *Page, application string) []byte {
	j.toApprovalCode(p, application)
	window := j.Open(p)
	for _, step := range []string{"who", "document", "certificate"} { // no window reads a code in a PDF
		window.AtStep(step)
		j.observe("window-approval-"+step, window)
		window.Continue()
	}
	j.Sign(window, j.w.Card.PIN)
	window.AtStep("done")
	j.observe("window-done", window)
	window.Click(action("close"))
	p.Wait(`#state[data-state="under_review"]`)
	j.observe("portal-application-approved", p)
	j.w.Browser.NoWindow()
	return p.Download("#signed")
}

// toApprovalCode goes from an application to the page with the code for its form.
func (j *Journey) toApprovalCode(p *Page, application string) {
	p.Goto(application)
	p.Click("#esign")
	p.Wait("#go")
	j.observe("portal-approval-1", p)
	p.Click("#go")
	p.Wait("#sign:not([disabled])")
	j.observe("portal-approval-2", p)
}

// Brought has the sandbox's courier bring the card of the application that was sent last to its person, by the courier's own page.
func (j *Journey) Brought(p *Page) {
	p.Goto(j.w.Sandbox.URL + "/kargo")
	const newest = "article:first-of-type "
	for i, state := range []string{"on_its_way", "out_for_delivery", "delivered"} {
		p.Click(newest + `button[value="` + state + `"]`)
		p.WaitFor(fmt.Sprintf(`document.querySelectorAll("%sli").length === %d`, newest, 2+i)) // the order is the first
	}
	j.observe("courier", p)
}

// AwaitState opens an application once it has come to a state by itself, and shows it.
func (j *Journey) AwaitState(p *Page, application, state string) {
	p.Goto(application)
	Eval[bool](p, `(async () => {
		while (!(await (await fetch(location.href)).text()).includes('data-state="`+state+`" data-version='))
			await new Promise((again) => setTimeout(again, 250));
		return true;
	})()`)
	p.Reload()
	p.Wait(`#state[data-state="` + state + `"]`)
	j.observe("portal-application-"+strings.ReplaceAll(state, "_", "-"), p)
}
