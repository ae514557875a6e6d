package flow

import (
	"crypto/sha256"
	"encoding/hex"
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

// pageSays takes the request and the chunks that were pulled.
func (f *Flow) pageSays(t protocol.PageType, body json.RawMessage) error {
	switch {
	case t == protocol.PageSign && !f.asked:
		return f.pageAsks(body)
	case t == protocol.PageChunk && f.asked:
		return f.pageDelivers(body)
	}
	return protocol.Errorf(protocol.CodeRequestInvalid, "unexpected message")
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
	f.request, f.late = r, protocol.CodeRequestInvalid
	f.documents = make([]document, len(r.Documents))
	for i, info := range r.Documents {
		f.documents[i] = document{info: info, data: make([]byte, 0, info.Size)}
	}
	f.opened(r.Language)
	asked := protocol.RequestStatement{Request: protocol.PageSign, Purpose: r.Purpose, Code: r.Code}
	for _, d := range r.Documents {
		asked.Documents = append(asked.Documents, protocol.StatedDocument{Name: d.Name, Size: d.Size})
	}
	err = f.startSigned(r.Signed, r.Site, asked)
	if err != nil {
		return err
	}
	f.pull()
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
	if f.stated != nil && f.stated[f.pulling].Digest != hex.EncodeToString(digest[:]) {
		return protocol.Errorf(protocol.CodeDocumentChanged, "another document than the site has signed")
	}
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
