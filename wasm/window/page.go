package window

import (
	"encoding/json"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/wire"
)

func (w *Window) requestRead(e loop.RequestRead) {
	if w.over || w.pageOpen {
		return
	}
	if e.Stored == nil {
		w.Fail(fault.RequestInvalid, "")
		return
	}
	origin, err := screen.ParseOrigin(e.Stored.Origin)
	if err != nil {
		w.Fail(fault.CodeOf(err), "")
		return
	}
	if e.Stored.Embedder != "" {
		w.embedder, err = screen.ParseOrigin(e.Stored.Embedder)
		if err != nil {
			w.Fail(fault.CodeOf(err), "")
			return
		}
	}
	w.stored, w.origin, w.pageOpen = *e.Stored, origin, true
	w.signs = e.SignedAt != 0 && e.Now-e.SignedAt < signerLife
	w.do(loop.ConnectPage{})
	w.do(loop.After{Timer: loop.TimerPage, Wait: PageWait})
}

// Post sends a message to the page.
func (w *Window) Post(t protocol.PageType, body any) {
	w.do(loop.PostPage{Envelope: protocol.PageEnvelope{EOnay: protocol.Version, To: "page", ID: w.stored.PageRequest, Type: t, Body: body}})
}

// pageMessage takes a message of the page. The content script passes on only messages of this
// request, so whatever is not one is not shrugged off: it ends the request.
func (w *Window) pageMessage(raw []byte) {
	if w.over {
		return
	}
	var m struct {
		EOnay int               `json:"eonay"`
		To    string            `json:"to"`
		ID    string            `json:"id"`
		Type  protocol.PageType `json:"type"`
		Body  json.RawMessage   `json:"body"`
	}
	if len(raw) > protocol.MaxHostMessage {
		w.pageFails(fault.RequestTooLarge)
		return
	}
	err := wire.Decode(raw, &m)
	if err != nil || m.To != "extension" || m.ID != w.stored.PageRequest {
		w.pageFails(fault.RequestInvalid)
		return
	}
	if m.EOnay != protocol.Version {
		w.pageFails(fault.ExtensionOutdated)
		return
	}
	switch m.Type {
	case protocol.PageCancel:
		w.pageCancelled()
	default:
		err = w.act.HandlePage(m.Type, m.Body)
	}
	if err != nil {
		w.pageFails(fault.CodeOf(err))
	}
}

// pageFails ends the request for a message that should not be, or that does not come. What the card must finish no
// page interrupts.
func (w *Window) pageFails(code fault.Code) {
	if !w.committed {
		w.Fail(code, "")
	}
}

// pageCancelled ends the request because the page no longer wants it.
func (w *Window) pageCancelled() {
	w.over = true
	if !w.committed {
		w.end(fault.Cancelled)
	}
}

// pageClosed ends the request because nobody is there to take the signature.
func (w *Window) pageClosed() {
	w.pageOpen = false
	if w.over || w.step == screen.StepDone {
		return
	}
	w.over = true
	if !w.committed {
		w.end(fault.PageGone)
	}
}

// pageLanguage is the language the page speaks, if it is a plausible tag (BCP 47, 4.4.1).
func pageLanguage(tag string) string {
	if len(tag) > 35 {
		return ""
	}
	return tag
}
