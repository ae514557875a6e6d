package window

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/inventory"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
)

// What an act asks the window, and what it tells the window.

// Step returns the step on the screen.
func (w *Window) Step() screen.Step { return w.step }

// Asked reports whether the page's request is here and valid.
func (w *Window) Asked() bool { return w.asked }

// Origin returns the asking site's origin, as the browser reports it.
func (w *Window) Origin() string { return w.stored.Origin }

// SiteName returns the name of the site if it has signed this request, else nothing.
func (w *Window) SiteName() string { return w.site }

// SiteHasSigned reports whether the site has signed requests before.
func (w *Window) SiteHasSigned() bool { return w.siteHasSigned }

// StatedDocuments returns the documents that the site has signed; nil where it has signed nothing.
func (w *Window) StatedDocuments() []protocol.StatedDocument { return w.statedDocuments }

// Host returns the conversation with the host.
func (w *Window) Host() *hostclient.Client { return w.host }

// Inventory returns what readers and tokens hold.
func (w *Window) Inventory() *inventory.Inventory { return &w.inventory }

// Choices returns the certificates on the screen.
func (w *Window) Choices() []screen.Choice { return w.choices }

// Chosen returns the Certificate.ID of the chosen one; empty where there is none.
func (w *Window) Chosen() string { return w.chosen }

// RestrictTo makes one certificate the only choice.
func (w *Window) RestrictTo(id string) {
	w.onlyCertificate = id
}

// RefreshChoices makes the choices anew: the act now knows which certificates it can use.
func (w *Window) RefreshChoices() {
	if w.inventory.Listed {
		w.handleList(w.inventory)
	}
}

// ReachCard notes that the person has answered all questions before the card: a second attempt begins there.
func (w *Window) ReachCard() { w.cardReached = true }

// StartPageTimer limits the wait for the page's next message, in milliseconds.
func (w *Window) StartPageTimer(wait int) { w.do(loop.SetTimer{Timer: loop.TimerPage, Wait: wait}) }

// StopPageTimer takes that limit away: no message of the page is awaited.
func (w *Window) StopPageTimer() { w.do(loop.SetTimer{Timer: loop.TimerPage}) }

// SetTimeoutCode sets the problem of a page that does not answer in time.
func (w *Window) SetTimeoutCode(code fault.Code) { w.timeoutCode = code }

// MakeFinal lets no second attempt follow a failure: the page cannot be asked again.
func (w *Window) MakeFinal() { w.final = true }

// MarkLeaving notes that a part of the result has left. No second attempt follows, which would make it again, and a cancel
// waits for what the card has made already.
func (w *Window) MarkLeaving() { w.final, w.leaving = true, true }

// Final reports whether there is no second attempt.
func (w *Window) Final() bool { return w.final }

// Commit notes that the card is doing what must not be interrupted: from now on no cancel is taken.
func (w *Window) Commit() { w.committed = true }

// PageWaits reports whether the page still waits for the result.
func (w *Window) PageWaits() bool { return !w.pageDone }

// MarkPageTold notes that the page has the result.
func (w *Window) MarkPageTold() { w.pageDone = true }

// Day returns the day, where the person is, of a moment in seconds since 1970.
func (w *Window) Day(seconds int64) screen.Date { return w.calendar(seconds) }

// SaveCopy has the browser save a copy of a document, part by part.
func (w *Window) SaveCopy(part loop.SaveCopy) { w.do(part) }

// ReadPart has a file in a document come as a loop.PartRead.
func (w *Window) ReadPart(e loop.ReadPart) { w.do(e) }

// SavePart has the browser save a file that is in a document.
func (w *Window) SavePart(e loop.SavePart) { w.do(e) }

// ResetProgress forgets how far the card was: other work begins.
func (w *Window) ResetProgress() {
	w.stage, w.slow, w.done, w.total, w.looks, w.left = "", false, 0, 0, 0, 0
}

// StartSlowTimer has the window say after a while that the card is slow. On a reader with a PIN pad it does not: there the
// person types.
func (w *Window) StartSlowTimer(pin protocol.PINState) {
	if !pin.Pad {
		w.do(loop.SetTimer{Timer: loop.TimerSlow, Wait: slowWait})
	}
}
