package sign

import (
	"bytes"
	"encoding/hex"
	"encoding/json"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/wire"
)

// requestedDocument is one document of the request.
type requestedDocument struct {
	info       protocol.DocumentInfo
	viewer     document.Viewer
	digest     []byte            // SHA-256, once all bytes have come
	data       []byte            // the bytes, where the window holds them, as far as they have come
	isHeld     bool              // data is whole
	onward     *passage          // that brings the bytes for the host; nil where none is under way
	shown      document.Readable // while the document is on the screen and its bytes are here; of one that cannot be shown, from its digest on
	isOpened   bool              // the person has had it on the screen
	endSeen    bool              // its end has been in view; or the person has said that they know what the window cannot show
	search     search
	inspection inspection
	opened     *requestedDocument // a file in it that the person has opened; nil where none is
}

// isWhole reports whether the document can be on the screen.
func (d *requestedDocument) isWhole() bool { return d.shown != nil }

// HandlePage takes the request.
func (a *Act) HandlePage(t protocol.PageType, body json.RawMessage) error {
	if t != protocol.PageSign || a.window.Asked() {
		return fault.Errorf(fault.RequestInvalid, "unexpected message")
	}
	return a.handleRequest(body)
}

// handleRequest takes the request itself, and begins to pull the documents.
func (a *Act) handleRequest(body json.RawMessage) error {
	var r protocol.SignRequest
	err := json.Unmarshal(body, &r)
	if err != nil {
		return fault.New(fault.RequestInvalid, err)
	}
	err = checkRequest(&r)
	if err != nil {
		return err
	}
	err = a.addDocuments(r.Documents)
	if err != nil {
		return err
	}
	a.request = r
	a.window.SetTimeoutCode(fault.RequestInvalid)
	a.window.Accept(r.Language)
	asked := protocol.RequestStatement{Request: protocol.PageSign, Purpose: r.Purpose, Code: r.Code, Signature: &r.SignatureOptions}
	for _, d := range r.Documents {
		asked.Documents = append(asked.Documents, protocol.StatedDocument{Name: d.Name, Size: d.Size})
	}
	err = a.window.CheckSite(r.Signed, r.Site, asked)
	if err != nil {
		return err
	}
	a.carryOn()
	return nil
}

// addDocuments takes the documents of a request, within the limit of all together.
func (a *Act) addDocuments(infos []protocol.DocumentInfo) error {
	documents := make([]requestedDocument, len(infos))
	names := make([]string, len(infos))
	var all int64
	for i, info := range infos {
		var err error
		documents[i], err = newDocument(info)
		if err != nil {
			return err
		}
		if info.Size > protocol.MaxRequest-all {
			return fault.Errorf(fault.RequestTooLarge, "documents together")
		}
		all += info.Size
		names[i] = plaintext.Short(info.Name)
	}
	a.documents, a.names = documents, names
	if a.hasList() {
		a.list, a.reading = newList(documents), nowhere
	}
	return nil
}

// checkRequest enforces the limits of a request.
func checkRequest(r *protocol.SignRequest) error {
	if r.Purpose == "" || len(r.Purpose) > protocol.MaxPurpose {
		return fault.Errorf(fault.RequestInvalid, "purpose")
	}
	if r.Code != "" && !wire.IsCode(r.Code) {
		return fault.Errorf(fault.RequestInvalid, "code")
	}
	if len(r.Documents) < 1 || len(r.Documents) > protocol.MaxDocuments {
		return fault.Errorf(fault.RequestInvalid, "number of documents")
	}
	return r.CheckDocuments(r.Documents)
}

// newDocument returns a document before its first byte, if a viewer can show it.
func newDocument(info protocol.DocumentInfo) (requestedDocument, error) {
	if info.Name == "" || len(info.Name) > protocol.MaxName {
		return requestedDocument{}, fault.Errorf(fault.RequestInvalid, "document name")
	}
	viewer, err := document.ViewerFor(info.MediaType, info.Size)
	if err != nil {
		return requestedDocument{}, err
	}
	return requestedDocument{info: info, viewer: viewer}, nil
}

// file is a document as viewers take it.
func (d *requestedDocument) file(data []byte) document.File {
	return document.File{Name: d.info.Name, MediaType: d.info.MediaType, Size: d.info.Size, SHA256: d.digest, Data: data}
}

// checkWhole judges a document whose bytes have come, by the beginning alone where the window does not hold them: then it
// is read when the person opens it.
func (a *Act) checkWhole(p *passage) error {
	d := &a.documents[p.document]
	data := p.head
	if p.holds {
		data = d.data
	} else if d.viewer.Head == 0 && !a.isCoded(p.document) {
		return document.CheckBeginning(d.info.MediaType, p.head)
	}
	shown, err := d.viewer.Read(d.file(data))
	if err != nil {
		return err
	}
	if a.isCoded(p.document) && (d.viewer.HasCode == nil || !d.viewer.HasCode(data, a.request.Code)) {
		return fault.Errorf(fault.CodeNotInDocument, "code not in the first document")
	}
	if d.viewer.Head > 0 || p.document == a.reading {
		d.shown = shown
	}
	return nil
}

// isCoded reports whether the verification code must stand in a document.
func (a *Act) isCoded(i int) bool { return i == 0 && a.request.Code != "" }

// checkDigest holds the digest of bytes that have come against what the site has signed, and against that of the bytes that
// came before for the same document.
func (a *Act) checkDigest(document int, digest []byte) error {
	d := &a.documents[document]
	if stated := a.window.StatedDocuments(); stated != nil && stated[document].Digest != hex.EncodeToString(digest) {
		return fault.Errorf(fault.DocumentChanged, "another document than the site has signed")
	}
	if d.digest != nil && !bytes.Equal(d.digest, digest) {
		return fault.Errorf(fault.DocumentChanged, "other bytes than before")
	}
	d.digest = digest
	return nil
}

// present puts a document on the screen, in place of the one that was there.
func (a *Act) present(i int) error {
	if err := a.bring(i); err != nil {
		return err
	}
	a.window.Show(screen.StepDocument)
	a.carryOn()
	return nil
}

// bring has a document's bytes come that the screen is to show, in place of those of the one that was there.
func (a *Act) bring(i int) error {
	if i != a.reading && a.reading != nowhere {
		a.putAway(a.reading)
	}
	a.reading = i
	d := &a.documents[i]
	switch {
	case d.shown != nil:
	case d.isHeld:
		shown, err := d.viewer.Read(d.file(d.data))
		if err != nil {
			return err
		}
		d.shown = shown
	case d.viewer.Head == 0 && (d.onward == nil || !d.onward.holds):
		a.pullForScreen(i)
	}
	return nil
}

// putAway lets go of what the screen needed of a document.
func (a *Act) putAway(i int) {
	d := &a.documents[i]
	if d.viewer.Head == 0 {
		d.shown = nil
	}
	d.inspection, d.opened = inspection{}, nil
	a.letGo(i)
}
