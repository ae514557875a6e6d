package e2e

import (
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/test/testcard/virtual"
)

// TestHostileDocuments is what a page does with a document that is too large for the window to hold, and with many. What
// window and host make of each is in wasm/act/sign and nativehost; 1,001 documents are in TestHostilePage/shapes.
func TestHostileDocuments(t *testing.T) {
	t.Parallel()
	h := hostile{NewWorld(t, Options{Virtual: true})}
	t.Run("other bytes when asked again", h.otherBytesAgain)
	t.Run("leaves in the middle of many", h.leavesMany)
	t.Run("honest, after all of it", h.honest)
}

// otherBytesAgain answers the window's pulls by itself. The window asks again for each copy that the person saves: one of the
// same bytes is saved, and other bytes end the request.
func (h hostile) otherBytesAgain(t *testing.T) {
	p := h.fresh(t)
	p.Gesture(talk + `
		window.letter = "A";
		addEventListener("message", ({ data }) => {
			if (data?.to !== "page" || data.type !== "pull") return;
			const { document, offset, length } = data.body;
			raw("chunk", { document, offset, data: btoa(letter.repeat(length)) });
		});
		raw("sign", { ...request, documents: [{ name: "b.bin", mediaType: "application/octet-stream", size: 33 << 20 }] })`)
	window := h.w.Browser.Window()
	window.Forward("document")
	window.Wait("#digest")
	Eval[bool](window, `(window.copies = 0, URL.createObjectURL = () => (window.copies++, "data:,"), true)`)
	window.Click(action("save-copy"))
	window.WaitFor(`window.copies === 1`)
	Eval[bool](p, `(window.letter = "B", true)`)
	window.Click(action("save-copy"))
	if code := window.Failed(); code != "document_changed" {
		t.Errorf("the window says %q", code)
	}
	if n := Eval[int](window, `window.copies`); n != 1 {
		t.Errorf("%d copies were saved", n)
	}
	p.WaitFor(`heard.at(-1).type === "failed"`)
	if got := Eval[string](p, `heard.at(-1).body.code`); got != "document_changed" {
		t.Errorf("the page got %q", got)
	}
}

// leavesMany goes in the middle of two hundred signatures: the person is told, the card does not go on to the end, and the
// journal says that the rest was called off.
func (h hostile) leavesMany(t *testing.T) {
	p := h.fresh(t)
	p.asksMany(manyDocuments(200) + `.slice(0, 200)`)
	window := h.w.Browser.Window()
	window.Forward("pin")
	card, held := h.w.Card.Virtual, make(chan struct{})
	struck := card.SetFault(virtual.Fault{INS: virtual.GeneralAuthenticate, After: 100, Do: virtual.Slow, Until: held, Delay: time.Second})
	window.Type("#pin", h.w.Card.PIN)
	window.Click(action("sign"))
	card.Await(struck)
	Eval[bool](p, `(setTimeout(() => { location.href = "/baska"; }), true)`)
	if code := window.Failed(); code != "page_gone" {
		t.Errorf("the window says %q", code)
	}
	close(held)
	h.w.NoWorkers()
	if n := card.Count(signatures); n >= 200 {
		t.Errorf("the card was asked for %d signatures", n)
	}
	if last := h.w.lastAct(t); last.Outcome != fault.Cancelled || len(last.Documents) == 0 {
		t.Errorf("the journal says %q of %d documents", last.Outcome, len(last.Documents))
	}
}

// signatures are the commands that have a card sign.
func signatures(e virtual.Exchange) bool { return e.INS == virtual.GeneralAuthenticate }
