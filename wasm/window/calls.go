package window

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/inventory"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
)

// What an act asks the window, and tells it.

// Step is what is on the screen.
func (w *Window) Step() screen.Step { return w.step }

// Asked reports whether the page's request is here and valid.
func (w *Window) Asked() bool { return w.asked }

// Origin is the asking site's, as the browser reports it.
func (w *Window) Origin() string { return w.stored.Origin }

// SiteName is the name of a site that has signed this request; empty where it has not.
func (w *Window) SiteName() string { return w.site }

// SiteSigns reports whether the site has signed requests before.
func (w *Window) SiteSigns() bool { return w.signs }

// StatedDocuments are the documents that the site has signed; nil where it has signed nothing.
func (w *Window) StatedDocuments() []protocol.StatedDocument { return w.stated }

// Host is the conversation with the host.
func (w *Window) Host() *hostclient.Client { return w.host }

// Inventory is what readers and tokens hold.
func (w *Window) Inventory() *inventory.Inventory { return &w.inventory }

// Choices are the certificates on the screen.
func (w *Window) Choices() []screen.Choice { return w.choices }

// Chosen is the Certificate.ID of the chosen one; empty where there is none.
func (w *Window) Chosen() string { return w.chosen }

// OnlyWith says that the act is about this certificate, and no other is a choice.
func (w *Window) OnlyWith(id string) {
	w.only = id
}

// ChooseAgain looks at the inventory again, now that it is known what for.
func (w *Window) ChooseAgain() {
	if w.inventory.Listed {
		w.listed(w.inventory)
	}
}

// AllAnswered says that the person has answered all that comes before the card: a second attempt begins there.
func (w *Window) AllAnswered() { w.examined = true }

// AwaitPage waits so many milliseconds for the page's next message; StopAwaitingPage waits no more.
func (w *Window) AwaitPage(wait int) { w.do(loop.After{Timer: loop.TimerPage, Wait: wait}) }

// StopAwaitingPage stops waiting for the page's next message.
func (w *Window) StopAwaitingPage() { w.do(loop.After{Timer: loop.TimerPage}) }

// SilenceMeans sets the problem of a page that does not answer in time.
func (w *Window) SilenceMeans(code fault.Code) { w.late = code }

// MakeFinal makes whatever fails from now on the end: the page cannot be asked twice.
func (w *Window) MakeFinal() { w.final = true }

// Final reports whether there is no second attempt.
func (w *Window) Final() bool { return w.final }

// Commit says that the card is at work on what must not be interrupted: nobody can cancel.
func (w *Window) Commit() { w.committed = true }

// PageWaits reports whether the page still waits for the end, PageKnows says that it has been told.
func (w *Window) PageWaits() bool { return !w.over }

// PageKnows says that the page has been told the end.
func (w *Window) PageKnows() { w.over = true }

// ForgetProgress begins a stretch of work of which nothing is known yet.
func (w *Window) ForgetProgress() { w.stage, w.slow = "", false }

// SpeakOfSlowness has the window speak of a slow card after a while. Who types on the reader is not slow.
func (w *Window) SpeakOfSlowness(pin protocol.PINState) {
	if !pin.Pad {
		w.do(loop.After{Timer: loop.TimerSlow, Wait: slowWait})
	}
}
