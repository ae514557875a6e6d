package e2e

import (
	"bytes"
	"testing"
)

// TestSignatureCheck gives E-Onay, takes document and signature home, and has them verified by the page that is open to all: without a
// login, without the document, with it, and with another one.
func TestSignatureCheck(t *testing.T) {
	t.Parallel()
	w := NewWorld(t, Options{})
	j := NewJourney(w, nil)
	page := j.LoggedIn(Ayse)
	j.All(page, Give)
	document, signature := page.Download("#document"), page.Download("#signature")
	page.Click("#logout")
	page.Wait("#login")
	page.Click("#menu-check")
	page.Wait("#check")
	inspectAll(t, "verify", page, 1280, "tr")

	page.chooses("#imza", "onay.p7s", signature)
	page.Click("#verify")
	page.Wait(`#verdict[data-tone="unknown"]`)
	inspectAll(t, "verify without the content", page, 1280, "tr")

	page.chooses("#imza", "onay.p7s", signature)
	page.chooses("#icerik", "onay.txt", document)
	page.Click("#verify")
	page.Wait(`#verdict[data-tone="good"]`)
	page.Wait("#print:not([hidden])")
	Eval[bool](page, `(dispatchEvent(new Event("beforeprint")), true)`)
	if closed := Eval[int](page, `document.querySelectorAll("details:not([open])").length`); closed > 0 {
		t.Errorf("%d details are closed on paper", closed)
	}
	inspectAll(t, "verify, good, all open", page, 1280, "tr")
	Eval[bool](page, `(dispatchEvent(new Event("afterprint")), true)`)
	if opened := Eval[int](page, `document.querySelectorAll("details[open]").length`); opened > 0 {
		t.Errorf("%d details stay open after printing", opened)
	}

	page.Click("#again")
	page.Click("#separate")
	page.Wait("#icerik")
	page.chooses("#imza", "onay.p7s", signature)
	page.chooses("#icerik", "onay.txt", bytes.Replace(document, []byte("E-Onay"), []byte("e-Onay"), 1))
	page.TabTo("#verify")
	page.Press(Enter)
	page.Wait(`#verdict[data-tone="bad"]`)
	inspectAll(t, "verify, another file", page, 1280, "tr")
}

// checksSignature has the page İmza Doğrulama judge what a person takes home from the page of the result, which is open.
func (w *World) checksSignature(page *Page) {
	w.t.Helper()
	document, signature := page.Download("#document"), page.Download("#signature")
	page.Goto(w.Portal.URL + "/imza-dogrulama")
	page.Click("#separate")
	page.Wait("#icerik")
	page.chooses("#imza", "onay.p7s", signature)
	page.chooses("#icerik", "onay.txt", document)
	page.Click("#verify")
	page.Wait(`#verdict[data-tone="good"]`)
}
