package flow

import (
	"crypto/sha256"
	"encoding/json"

	"github.com/e-onay/e-onay/internal/protocol"
)

// document is one document of the request, as far as it has come.
type document struct {
	info   protocol.DocumentInfo
	data   []byte
	text   Text
	digest []byte // SHA-256 of data once it is whole
}

func (d *document) whole() bool { return d.digest != nil }

func (f *Flow) requestRead(e RequestRead) {
	if f.over || f.pageOpen {
		return
	}
	if e.Stored == nil {
		f.fail(protocol.CodeRequestInvalid, "")
		return
	}
	origin, err := ParseOrigin(e.Stored.Origin)
	if err != nil {
		f.fail(protocol.CodeOf(err), "")
		return
	}
	f.stored, f.origin, f.pageOpen = *e.Stored, origin, true
	f.do(ConnectPage{})
	f.do(After{TimerPage, pageWait})
}

// post sends a message to the page.
func (f *Flow) post(t protocol.PageType, body any) {
	f.do(PostPage{protocol.PageEnvelope{EOnay: protocol.Version, To: "page", ID: f.stored.PageRequest, Type: t, Body: body}})
}

// pageMessage takes a message of the page. The content script passes on only messages of this
// request, so whatever is not one is not shrugged off: it ends the request.
func (f *Flow) pageMessage(raw []byte) {
	if f.over {
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
		f.fail(protocol.CodeRequestTooLarge, "")
		return
	}
	err := decode(raw, &m)
	if err != nil || m.To != "extension" || m.ID != f.stored.PageRequest {
		f.fail(protocol.CodeRequestInvalid, "")
		return
	}
	if m.EOnay != protocol.Version {
		f.fail(protocol.CodeExtensionOutdated, "")
		return
	}
	switch {
	case m.Type == protocol.PageSign && !f.asked:
		err = f.pageAsks(m.Body)
	case m.Type == protocol.PageChunk && f.asked:
		err = f.pageDelivers(m.Body)
	case m.Type == protocol.PageStatus:
		f.pageAsksStatus()
	case m.Type == protocol.PageCancel:
		f.pageCancelled()
	default:
		err = protocol.Errorf(protocol.CodeRequestInvalid, "unexpected message")
	}
	if err != nil {
		f.fail(protocol.CodeOf(err), "")
	}
}

// pageAsksStatus has the host say that it is there. One that is signing cannot, and need not, say more.
func (f *Flow) pageAsksStatus() {
	signing := f.host.asked != nil && f.host.asked.kind == protocol.HostSign
	if !f.host.open || signing {
		f.tellStatus()
		return
	}
	f.host.statusDue = true
	f.ask(protocol.HostPing, nil, nil)
}

// tellStatus tells the page the host's version, which is empty when there is none. The content script
// knows the rest.
func (f *Flow) tellStatus() {
	f.host.statusDue = false
	if f.over || !f.pageOpen {
		return
	}
	f.post(protocol.PageStatusReply, protocol.StatusReply{
		Protocol: protocol.Version, Formats: []protocol.Format{protocol.FormatCAdES}, Host: f.host.version,
	})
}

// pageCancelled ends the request because the page no longer wants it.
func (f *Flow) pageCancelled() {
	f.over = true
	f.end(protocol.CodeCancelled)
}

// pageClosed ends the request because nobody is there to take the signature.
func (f *Flow) pageClosed() {
	f.pageOpen = false
	if f.over || f.step == StepDone {
		return
	}
	f.over = true
	f.end(protocol.CodePageGone)
}

// end replaces whatever is on the screen by the end that the page made.
func (f *Flow) end(code protocol.Code) {
	f.problem, f.detail = code, ""
	f.show(StepFailed)
	f.dropHost()
	f.do(After{Timer: TimerPage})
}

// pageAsks takes the request itself, and pulls the first document.
func (f *Flow) pageAsks(body json.RawMessage) error {
	var r protocol.SignRequest
	err := json.Unmarshal(body, &r)
	if err != nil {
		return protocol.NewError(protocol.CodeRequestInvalid, err)
	}
	err = checkRequest(&r)
	if err != nil {
		return err
	}
	f.request, f.asked = r, true
	f.documents = make([]document, len(r.Documents))
	for i, info := range r.Documents {
		f.documents[i] = document{info: info, data: make([]byte, 0, info.Size)}
	}
	f.post(protocol.PageProgress, protocol.ProgressBody{Stage: protocol.StageOpened})
	f.pull()
	if f.step == StepLoading {
		f.show(StepWho)
	}
	return nil
}

// checkRequest enforces the limits of a request.
func checkRequest(r *protocol.SignRequest) error {
	if r.Format != protocol.FormatCAdES || r.Profile != protocol.ProfileP1 {
		return protocol.Errorf(protocol.CodeUnsupported, "format or profile")
	}
	if r.Purpose == "" || len(r.Purpose) > protocol.MaxPurpose {
		return protocol.Errorf(protocol.CodeRequestInvalid, "purpose")
	}
	if r.Code != "" && !isCode(r.Code) {
		return protocol.Errorf(protocol.CodeRequestInvalid, "code")
	}
	if len(r.Documents) < 1 || len(r.Documents) > protocol.MaxDocuments {
		return protocol.Errorf(protocol.CodeRequestInvalid, "number of documents")
	}
	for _, d := range r.Documents {
		switch {
		case d.Name == "" || len(d.Name) > protocol.MaxName:
			return protocol.Errorf(protocol.CodeRequestInvalid, "document name")
		case d.MediaType != protocol.MediaTypeText:
			return protocol.Errorf(protocol.CodeDocumentUnsupported, "media type")
		case d.Size < 1:
			return protocol.Errorf(protocol.CodeRequestInvalid, "document size")
		case d.Size > protocol.MaxTextDocument:
			return protocol.Errorf(protocol.CodeRequestTooLarge, "document size")
		}
	}
	return nil
}

func isCode(s string) bool {
	for i := range len(s) {
		if !digit(s[i]) {
			return false
		}
	}
	return len(s) == protocol.CodeDigits
}

// pull asks the page for the next stretch of the document being pulled.
func (f *Flow) pull() {
	d := &f.documents[f.pulling]
	f.post(protocol.PagePull, protocol.PagePullBody{Document: f.pulling, Offset: int64(len(d.data)), Length: d.missing()})
	f.do(After{TimerPage, pageWait})
}

// missing is how many bytes the next chunk holds.
func (d *document) missing() int64 {
	return min(d.info.Size-int64(len(d.data)), protocol.ChunkSize)
}

// pageDelivers takes the chunk that was asked for, and no other.
func (f *Flow) pageDelivers(body json.RawMessage) error {
	if f.pulling == len(f.documents) {
		return protocol.Errorf(protocol.CodeRequestInvalid, "a chunk that nobody asked for")
	}
	var c protocol.PageChunkBody
	err := json.Unmarshal(body, &c)
	if err != nil {
		return protocol.NewError(protocol.CodeRequestInvalid, err)
	}
	d := &f.documents[f.pulling]
	if c.Document != f.pulling || c.Offset != int64(len(d.data)) {
		return protocol.Errorf(protocol.CodeRequestInvalid, "another chunk than the one asked for")
	}
	if int64(len(c.Data)) != d.missing() {
		return protocol.Errorf(protocol.CodeDocumentChanged, "another length than the one announced")
	}
	d.data = append(d.data, c.Data...)
	if int64(len(d.data)) < d.info.Size {
		f.pull()
		return nil
	}
	err = f.documentWhole(d)
	if err != nil {
		return err
	}
	f.pulling++
	if f.pulling < len(f.documents) {
		f.pull()
	} else {
		f.do(After{Timer: TimerPage})
	}
	return nil
}

// documentWhole makes a document ready to be read, and hands its bytes to the host.
func (f *Flow) documentWhole(d *document) error {
	text, err := ReadText(d.data)
	if err != nil {
		return err
	}
	first := f.pulling == 0
	if first && f.request.Code != "" && !HasCode(string(d.data), f.request.Code) {
		return protocol.Errorf(protocol.CodeCodeNotInDocument, "code not in the first document")
	}
	digest := sha256.Sum256(d.data)
	d.text, d.digest = text, digest[:]
	if f.host.open {
		f.hostDocument(f.pulling)
	}
	return nil
}

// percent is how much of a document has come.
func (d *document) percent() int {
	return int(int64(len(d.data)) * 100 / d.info.Size)
}

// pageLanguage is the language the page speaks, if it is a plausible tag (BCP 47, 4.4.1).
func (f *Flow) pageLanguage() string {
	if len(f.request.Language) > 35 {
		return ""
	}
	return f.request.Language
}
