package sign

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/window"
	"github.com/e-onay/e-onay/wasm/wire"
)

// document is one document of the request, as far as it has come.
type document struct {
	info   protocol.DocumentInfo
	data   []byte
	text   plaintext.Text
	digest []byte // SHA-256 of data once it is whole
	read   bool   // its end has been in view
}

func (d *document) whole() bool { return d.digest != nil }

// HandlePage takes the request and the chunks that were pulled.
func (a *Act) HandlePage(t protocol.PageType, body json.RawMessage) error {
	switch {
	case t == protocol.PageSign && !a.w.Asked():
		return a.pageAsks(body)
	case t == protocol.PageChunk && a.w.Asked():
		return a.pageDelivers(body)
	}
	return fault.Errorf(fault.RequestInvalid, "unexpected message")
}

// pageAsks takes the request itself, and pulls the first document.
func (a *Act) pageAsks(body json.RawMessage) error {
	var r protocol.SignRequest
	err := json.Unmarshal(body, &r)
	if err != nil {
		return fault.New(fault.RequestInvalid, err)
	}
	err = checkRequest(&r)
	if err != nil {
		return err
	}
	a.request = r
	a.w.SilenceMeans(fault.RequestInvalid)
	a.documents = make([]document, len(r.Documents))
	for i, info := range r.Documents {
		a.documents[i] = document{info: info, data: make([]byte, 0, info.Size)}
	}
	a.w.Accept(r.Language)
	asked := protocol.RequestStatement{Request: protocol.PageSign, Purpose: r.Purpose, Code: r.Code}
	for _, d := range r.Documents {
		asked.Documents = append(asked.Documents, protocol.StatedDocument{Name: d.Name, Size: d.Size})
	}
	err = a.w.CheckSite(r.Signed, r.Site, asked)
	if err != nil {
		return err
	}
	a.pull()
	return nil
}

// checkRequest enforces the limits of a request.
func checkRequest(r *protocol.SignRequest) error {
	if r.Format != protocol.FormatCAdES || r.Profile != protocol.ProfileP1 {
		return fault.Errorf(fault.Unsupported, "format or profile")
	}
	if r.Purpose == "" || len(r.Purpose) > protocol.MaxPurpose {
		return fault.Errorf(fault.RequestInvalid, "purpose")
	}
	if r.Code != "" && !wire.IsCode(r.Code) {
		return fault.Errorf(fault.RequestInvalid, "code")
	}
	if len(r.Documents) < 1 || len(r.Documents) > protocol.MaxDocuments {
		return fault.Errorf(fault.RequestInvalid, "number of documents")
	}
	for _, d := range r.Documents {
		switch {
		case d.Name == "" || len(d.Name) > protocol.MaxName:
			return fault.Errorf(fault.RequestInvalid, "document name")
		case d.MediaType != protocol.MediaTypeText:
			return fault.Errorf(fault.DocumentUnsupported, "media type")
		case d.Size < 1:
			return fault.Errorf(fault.RequestInvalid, "document size")
		case d.Size > protocol.MaxTextDocument:
			return fault.Errorf(fault.RequestTooLarge, "document size")
		}
	}
	return nil
}

// pull asks the page for the next stretch of the document being pulled.
func (a *Act) pull() {
	d := &a.documents[a.pulling]
	a.w.Post(protocol.PagePull, protocol.PagePullBody{Document: a.pulling, Offset: int64(len(d.data)), Length: d.missing()})
	a.w.AwaitPage(window.PageWait)
}

// missing is how many bytes the next chunk holds.
func (d *document) missing() int64 {
	return min(d.info.Size-int64(len(d.data)), protocol.ChunkSize)
}

// pageDelivers takes the chunk that was asked for, and no other.
func (a *Act) pageDelivers(body json.RawMessage) error {
	if a.pulling == len(a.documents) {
		return fault.Errorf(fault.RequestInvalid, "a chunk that nobody asked for")
	}
	var c protocol.PageChunkBody
	err := json.Unmarshal(body, &c)
	if err != nil {
		return fault.New(fault.RequestInvalid, err)
	}
	d := &a.documents[a.pulling]
	if c.Document != a.pulling || c.Offset != int64(len(d.data)) {
		return fault.Errorf(fault.RequestInvalid, "another chunk than the one asked for")
	}
	if int64(len(c.Data)) != d.missing() {
		return fault.Errorf(fault.DocumentChanged, "another length than the one announced")
	}
	d.data = append(d.data, c.Data...)
	if int64(len(d.data)) < d.info.Size {
		a.pull()
		return nil
	}
	err = a.documentWhole(d)
	if err != nil {
		return err
	}
	a.pulling++
	if a.pulling < len(a.documents) {
		a.pull()
	} else {
		a.w.StopAwaitingPage()
	}
	return nil
}

// documentWhole makes a document ready to be read, and hands its bytes to the host.
func (a *Act) documentWhole(d *document) error {
	text, err := plaintext.Read(d.data)
	if err != nil {
		return err
	}
	first := a.pulling == 0
	if first && a.request.Code != "" && !plaintext.HasCode(string(d.data), a.request.Code) {
		return fault.Errorf(fault.CodeNotInDocument, "code not in the first document")
	}
	digest := sha256.Sum256(d.data)
	if a.w.StatedDocuments() != nil && a.w.StatedDocuments()[a.pulling].Digest != hex.EncodeToString(digest[:]) {
		return fault.Errorf(fault.DocumentChanged, "another document than the site has signed")
	}
	d.text, d.digest = text, digest[:]
	if a.w.Host().Connected() {
		a.hostDocument(a.pulling)
	}
	return nil
}

// percent is how much of a document has come.
func (d *document) percent() int {
	return int(int64(len(d.data)) * 100 / d.info.Size)
}
