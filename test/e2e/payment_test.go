package e2e

import "strings"

// checkPayment pays the fee of an application without a login: once with a card that is declined, then with one that asks for a code. It
// inspects the screens, those of the sandbox's provider too.
func (w *World) checkPayment(page *Page, check Observer) {
	w.t.Helper()
	const reference = "6H9N-4P1S-ZW5D-0YFQ"
	w.record(Isil, reference, "payment_due", "NULL, NULL, NULL")
	for _, card := range []string{"declined", "secure"} {
		page.Goto(w.Portal.URL + "/borc-sorgulama")
		page.Type("#number", reference)
		page.Type("#digits", Isil.CitizenNumber[len(Isil.CitizenNumber)-4:])
		page.Click("#query")
		page.Wait(`#result[data-debt="due"]`)
		if card == "declined" {
			check("portal-debt-due", page)
		}
		page.Click("#pay")
		page.Wait("#sum")
		if card == "declined" {
			page.Click("#pay")
			page.Wait("#problem")
			check("provider-problem", page)
		}
		page.Click("#card-" + card)
		page.Click("#pay")
		if card == "declined" {
			page.Wait(`#result[data-payment="failed"]`)
			check("portal-payment-failed", page)
			continue
		}
		page.Wait("#code")
		check("provider-code", page)
		page.Type("#code", "123456")
		page.Click("#pay")
		page.Wait("#result")
		if state := page.Attribute("#result", "data-payment"); !strings.HasPrefix(state, "paid") {
			w.t.Fatalf("the payment is %s", state)
		}
		check("portal-payment-paid", page)
	}
}

// checkSuspension has a person suspend a certificate of theirs and resume it, and inspects the screens.
func (j *Journey) checkSuspension(page *Page, check Observer) {
	w := j.w
	w.t.Helper()
	const reference = "7J0P-5Q2T-0X6E-1ZGR"
	w.record(Ayse, reference, "active", "'0abd', 1, 4102444800000")
	page.Goto(w.Portal.URL + "/nes/iptal-askiya-alma")
	page.Wait("#c-" + reference)
	check("portal-status", page)
	page.Click(`a[href*="` + reference + `"]`)
	page.Wait("#confirm")
	check("portal-status-act", page)
	page.Click(`#confirm[data-event="suspend"]`)
	page.Wait(`[data-state="suspended"]`)
	check("portal-status-suspended", page)
	page.Click(`[data-certificate="` + reference + `"] [data-act="resume"]`)
	page.Wait(`#confirm[data-event="resume"]`)
	check("portal-status-resume", page)
	page.Click("#confirm")
	j.Identify(page, Ayse) // what gives a certificate its worth back wants a login for it
	page.Click(`#confirm[data-event="resume"]`)
	page.Wait(`[data-certificate="` + reference + `"][data-state="active"]`)
	check("portal-status-resumed", page)
}

// orders orders a card reader without a login, on the page of the form, and inspects the screens.
func (w *World) orders(page *Page, check Observer) {
	w.t.Helper()
	page.Click("#order")
	page.Wait("#problem")
	check("portal-order", page)
	page.Click("#f-reader-usb")
	for field, text := range map[string]string{
		"quantity": "1", "buyer": "Ayşe Yılmaz", "buyer_number": Ayse.CitizenNumber, "mobile": "0532 123 45 67", "mail": Ayse.Mail,
		"address": "Işık Sokak 3", "district": "Çankaya", "province": "Ankara", "postcode": "06100",
	} {
		page.Type("#f-"+field, text)
	}
	page.Click("#order")
	page.Wait("#receipt")
	check("portal-order-receipt", page)
}
