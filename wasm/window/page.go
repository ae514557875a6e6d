package window

import (
	"encoding/json"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/wire"
)

// handleRequest takes what the broker kept of the request, and connects to the page.
func (w *Window) handleRequest(e loop.RequestRead) {
	if w.pageDone || w.pageConnected {
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
	w.stored, w.origin, w.pageConnected = *e.Stored, origin, true
	w.siteHasSigned = e.SignedAt != 0 && e.Now-e.SignedAt < signerLife
	w.do(loop.ConnectPage{})
	w.do(loop.SetTimer{Timer: loop.TimerPage, Wait: PageWait})
}

// Post sends a message to the page.
func (w *Window) Post(t protocol.PageType, body any) {
	w.do(loop.PostPage{Envelope: protocol.PageEnvelope{EOnay: protocol.Version, To: "page", ID: w.stored.PageRequest, Type: t, Body: body}})
}

// handlePage takes a message of the page. The content script passes on only messages of this request, so a message that is
// not one ends the request. data are the bytes of a chunk.
func (w *Window) handlePage(raw, data []byte) {
	if w.pageDone {
		return
	}
	var m struct {
		EOnay int               `json:"eonay"`
		To    string            `json:"to"`
		ID    string            `json:"id"`
		Type  protocol.PageType `json:"type"`
		Body  json.RawMessage   `json:"body"`

		InstallURL string `json:"installURL"`
	}
	if len(raw) > protocol.MaxHostMessage {
		w.failByPage(fault.RequestTooLarge)
		return
	}
	err := wire.Decode(raw, &m)
	if err != nil || m.To != "extension" || m.ID != w.stored.PageRequest {
		w.failByPage(fault.RequestInvalid)
		return
	}
	if m.EOnay != protocol.Version {
		w.failByPage(fault.ExtensionOutdated)
		return
	}
	if !w.asked {
		w.installURL = m.InstallURL
	}
	switch m.Type {
	case protocol.PageCancel:
		w.handlePageCancel()
	case protocol.PageChunk:
		err = w.handleChunk(m.Body, data)
	default:
		err = w.act.HandlePage(m.Type, m.Body)
	}
	if err != nil {
		w.failByPage(fault.CodeOf(err))
	}
}

// handleChunk hands the bytes of a document to an act that has requested some. They come beside the message: a message
// that has them in it still is one whose base64 is none.
func (w *Window) handleChunk(body json.RawMessage, data []byte) error {
	signing, ok := w.act.(interface {
		HandleChunk(protocol.PageChunkBody) error
	})
	var c protocol.PageChunkBody
	err := json.Unmarshal(body, &c)
	if !ok || !w.asked || err != nil || len(c.Data) > 0 {
		return fault.Errorf(fault.RequestInvalid, "a chunk")
	}
	c.Data = data
	return signing.HandleChunk(c)
}

// failByPage ends the request for a message that should not be, or that does not come, unless the card is doing what must
// not be interrupted.
func (w *Window) failByPage(code fault.Code) {
	if !w.committed {
		w.Fail(code, "")
	}
}

// handlePageCancel ends the request because the page no longer wants it.
func (w *Window) handlePageCancel() {
	w.pageDone = true
	if !w.committed {
		w.showEnd(fault.Cancelled)
	}
}

// handlePageClosed ends the request because the page is gone.
func (w *Window) handlePageClosed() {
	w.pageConnected = false
	if w.pageDone || w.step == screen.StepDone {
		return
	}
	w.pageDone = true
	if !w.committed {
		w.showEnd(fault.PageGone)
	}
}

// pageLanguage is the language the page speaks, if it is a plausible tag (BCP 47, 4.4.1).
func pageLanguage(tag string) string {
	if len(tag) > 35 {
		return ""
	}
	return tag
}
