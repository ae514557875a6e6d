package flow

import (
	"encoding/json"

	"github.com/e-onay/e-onay/internal/protocol"
)

func (w *window) requestRead(e RequestRead) {
	if w.over || w.pageOpen {
		return
	}
	if e.Stored == nil {
		w.fail(protocol.CodeRequestInvalid, "")
		return
	}
	origin, err := ParseOrigin(e.Stored.Origin)
	if err != nil {
		w.fail(protocol.CodeOf(err), "")
		return
	}
	if e.Stored.Embedder != "" {
		w.embedder, err = ParseOrigin(e.Stored.Embedder)
		if err != nil {
			w.fail(protocol.CodeOf(err), "")
			return
		}
	}
	w.stored, w.origin, w.pageOpen = *e.Stored, origin, true
	w.signs = e.SignedAt != 0 && e.Now-e.SignedAt < signerLife
	w.do(ConnectPage{})
	w.do(After{TimerPage, pageWait})
}

// post sends a message to the page.
func (w *window) post(t protocol.PageType, body any) {
	w.do(PostPage{protocol.PageEnvelope{EOnay: protocol.Version, To: "page", ID: w.stored.PageRequest, Type: t, Body: body}})
}

// pageMessage takes a message of the page. The content script passes on only messages of this
// request, so whatever is not one is not shrugged off: it ends the request.
func (w *window) pageMessage(raw []byte) {
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
		w.pageFails(protocol.CodeRequestTooLarge)
		return
	}
	err := decode(raw, &m)
	if err != nil || m.To != "extension" || m.ID != w.stored.PageRequest {
		w.pageFails(protocol.CodeRequestInvalid)
		return
	}
	if m.EOnay != protocol.Version {
		w.pageFails(protocol.CodeExtensionOutdated)
		return
	}
	switch m.Type {
	case protocol.PageStatus:
		w.pageAsksStatus()
	case protocol.PageCancel:
		w.pageCancelled()
	default:
		err = w.act.pageSays(m.Type, m.Body)
	}
	if err != nil {
		w.pageFails(protocol.CodeOf(err))
	}
}

// pageFails ends the request for a message that should not be, or that does not come. What the card must finish no
// page interrupts.
func (w *window) pageFails(code protocol.Code) {
	if !w.committed {
		w.fail(code, "")
	}
}

// pageAsksStatus has the host say that it is there. One whose card is at work cannot, and need not, say more.
func (w *window) pageAsksStatus() {
	if !w.host.open || w.host.asked.works() {
		w.tellStatus()
		return
	}
	w.host.statusDue = true
	w.ask(&hostRequest{kind: protocol.HostPing})
}

// tellStatus tells the page the host's version, which is empty when there is none. The content script
// knows the rest.
func (w *window) tellStatus() {
	w.host.statusDue = false
	if w.over || !w.pageOpen {
		return
	}
	w.post(protocol.PageStatusReply, protocol.StatusReply{
		Protocol: protocol.Version, Formats: []protocol.Format{protocol.FormatCAdES}, Host: w.host.version,
	})
}

// pageCancelled ends the request because the page no longer wants it.
func (w *window) pageCancelled() {
	w.over = true
	if !w.committed {
		w.end(protocol.CodeCancelled)
	}
}

// pageClosed ends the request because nobody is there to take the signature.
func (w *window) pageClosed() {
	w.pageOpen = false
	if w.over || w.step == StepDone {
		return
	}
	w.over = true
	if !w.committed {
		w.end(protocol.CodePageGone)
	}
}

// pageLanguage is the language the page speaks, if it is a plausible tag (BCP 47, 4.4.1).
func pageLanguage(tag string) string {
	if len(tag) > 35 {
		return ""
	}
	return tag
}

func isCode(s string) bool {
	for i := range len(s) {
		if !digit(s[i]) {
			return false
		}
	}
	return len(s) == protocol.CodeDigits
}
