package sign

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/window"
	"github.com/e-onay/e-onay/wasm/wire"
)

// requestedDocument is one document of the request, as far as it has come.
type requestedDocument struct {
	info    protocol.DocumentInfo
	viewer  document.Viewer
	data    []byte
	shown   document.Readable // once it is whole
	digest  []byte            // SHA-256 of data once it is whole
	endSeen bool              // its end has been in view; or the person has said that they know what the window cannot show
	search  search
	pages   loop.PagesRead // of a PDF
}

func (d *requestedDocument) isWhole() bool { return d.digest != nil }

// HandlePage takes the request, and the chunks that were requested.
func (a *Act) HandlePage(t protocol.PageType, body json.RawMessage) error {
	switch {
	case t == protocol.PageSign && !a.window.Asked():
		return a.handleRequest(body)
	case t == protocol.PageChunk && a.window.Asked():
		return a.handleChunk(body)
	}
	return fault.Errorf(fault.RequestInvalid, "unexpected message")
}

// handleRequest takes the request itself, and requests the first chunk of the first document.
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
	documents := make([]requestedDocument, len(r.Documents))
	for i, info := range r.Documents {
		documents[i], err = newDocument(info)
		if err != nil {
			return err
		}
	}
	a.request, a.documents = r, documents
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
	a.requestChunks()
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
	return requestedDocument{info: info, viewer: viewer, data: make([]byte, 0, info.Size)}, nil
}

// maxPulls is how many stretches are asked of the page at a time, so that neither side waits for the other.
const maxPulls = 4

// position is a place in the request's documents.
type position struct {
	document int
	offset   int64
}

// requestChunks asks the page for the next stretches of the documents.
func (a *Act) requestChunks() {
	for len(a.pulls) < maxPulls && a.asked.document < len(a.documents) {
		size := a.documents[a.asked.document].info.Size
		pull := protocol.PagePullBody{Document: a.asked.document, Offset: a.asked.offset, Length: min(size-a.asked.offset, protocol.ChunkSize)}
		a.pulls = append(a.pulls, pull)
		a.window.Post(protocol.PagePull, pull)
		a.asked.offset += pull.Length
		if a.asked.offset == size {
			a.asked = position{document: a.asked.document + 1}
		}
	}
	if len(a.pulls) > 0 {
		a.window.StartPageTimer(window.PageWait)
	} else {
		a.window.StopPageTimer()
	}
}

// handleChunk takes the stretch that was requested first; any other ends the request.
func (a *Act) handleChunk(body json.RawMessage) error {
	if len(a.pulls) == 0 {
		return fault.Errorf(fault.RequestInvalid, "a chunk that was not requested")
	}
	var c protocol.PageChunkBody
	err := json.Unmarshal(body, &c)
	if err != nil {
		return fault.New(fault.RequestInvalid, err)
	}
	pull := a.pulls[0]
	if c.Document != pull.Document || c.Offset != pull.Offset {
		return fault.Errorf(fault.RequestInvalid, "another chunk than the requested one")
	}
	if int64(len(c.Data)) != pull.Length {
		return fault.Errorf(fault.DocumentChanged, "another length than the one announced")
	}
	a.pulls = a.pulls[1:]
	a.requestChunks() // before the work on this one
	d := &a.documents[a.pulling]
	d.data = append(d.data, c.Data...)
	if int64(len(d.data)) < d.info.Size {
		return nil
	}
	if err := a.completeDocument(d); err != nil {
		return err
	}
	a.pulling++
	return nil
}

// completeDocument makes a document readable, compares it with what the site has signed, and sends its bytes to the host.
func (a *Act) completeDocument(d *requestedDocument) error {
	digest := sha256.Sum256(d.data)
	shown, err := d.viewer.Read(document.File{Name: d.info.Name, MediaType: d.info.MediaType, Size: d.info.Size, SHA256: digest[:], Data: d.data})
	if err != nil {
		return err
	}
	first := a.pulling == 0
	if first && a.request.Code != "" && (d.viewer.HasCode == nil || !d.viewer.HasCode(d.data, a.request.Code)) {
		return fault.Errorf(fault.CodeNotInDocument, "code not in the first document")
	}
	if a.window.StatedDocuments() != nil && a.window.StatedDocuments()[a.pulling].Digest != hex.EncodeToString(digest[:]) {
		return fault.Errorf(fault.DocumentChanged, "another document than the site has signed")
	}
	d.shown, d.digest = shown, digest[:]
	if a.window.Host().Connected() {
		a.sendDocument(a.pulling)
	}
	return nil
}

// percent is how much of a document has come.
func (d *requestedDocument) percent() int {
	return int(int64(len(d.data)) * 100 / d.info.Size)
}
