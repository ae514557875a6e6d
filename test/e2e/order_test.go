package e2e

import "testing"

// TestOrderPaid has somebody without a login and without a card follow their order, pay its fee at the provider's page, and come back.
func TestOrderPaid(t *testing.T) {
	t.Parallel()
	paysOrder(t, Options{})
}

func paysOrder(t *testing.T, o Options) {
	const number = "6H9N-4P1S-ZW5D-0YFQ"
	w := NewWorld(t, o)
	w.order(number)
	page := w.Browser.NewPage(w.Portal.URL + "/siparis-sorgulama")
	inspect := func(where string) {
		if !o.Firefox { // its tests change how a page looks by the extension
			inspectAll(t, where, page, 360, "tr")
		}
	}
	follow := func() {
		page.Type("#number", number)
		page.Type("#phone", "2233")
		page.Click("#look")
	}
	follow()
	page.Wait(`#result[data-order="payment_due"]`)
	inspect("an order whose fee is due")
	page.Click("#pay")
	page.Wait("#card-good")
	page.Click("#card-good")
	page.Click("#pay")
	page.Wait(`#result[data-payment="paid"]`)
	inspect("the result")
	page.Goto(w.Portal.URL + "/siparis-sorgulama")
	follow()
	page.Wait(`#result[data-order="paid"]`)
	page.Wait(`[data-payment="paid"]`)
	inspect("an order that was paid")
}

// order puts an order of card readers on record whose fee is due, by another program than the portal.
func (w *World) order(reference string) {
	w.t.Helper()
	w.write(`INSERT INTO goods_order (reference, version, kind, state, form, fee, created_at, changed_at)
		VALUES ('` + reference + `', 1, 'reader', 'payment_due', '{"mobile":"+905001112233"}', 75150, 1, 1);
		INSERT INTO goods_order_change (reference, version, event, at, note, to_state) VALUES ('` + reference + `', 1, 'create', 1, '', 'payment_due')`)
}
