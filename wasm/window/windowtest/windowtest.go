// Package windowtest plays page, host and person for the tests of acts.
package windowtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
)

const (
	PageID           = "3b241101-e2bb-4255-8caf-4136c566a962"
	VerificationCode = "168857414351237"
	Consent          = "E-Onay veriyorum.\nDoğrulama kodu: " + VerificationCode + "\n"
)

// Surroundings are what a window has around it. They keep every effect, so that a test can ask what the page and the
// host were told.
type Surroundings struct {
	*testing.T
	HandleEvent func(loop.Event) []loop.Effect
	Effects     []loop.Effect
	// read is the document on the screen, where there is one that is whole; nil where the act has none.
	read func() (parts []loop.Part, whole bool)
	// asked is what was posted to the present host in the first looked effects, to which others are only added: an act with a
	// thousand documents has thousands, and is looked at after each.
	asked  []loop.PostHost
	looked int
	// answered are the parts of documents that this host has answered; hosts counts the hosts that there were.
	answered, hosts int
}

// New returns the surroundings of a window that has just been opened with effects, and takes events by handle. read is nil
// where the act shows no documents.
func New(t *testing.T, handle func(loop.Event) []loop.Effect, effects []loop.Effect, read func() (parts []loop.Part, whole bool)) Surroundings {
	return Surroundings{T: t, HandleEvent: handle, Effects: effects, read: read}
}

// Calendar has one day.
func Calendar(seconds int64) screen.Date { return screen.Date{Year: 2026, Month: 12, Day: 31} }

// On hands events over. A test that goes on from a document counts as having read it to its end, unchanged.
func (w *Surroundings) On(events ...loop.Event) {
	w.Helper()
	for _, e := range events {
		if c, ok := e.(loop.Continue); ok && c.Shown == nil && w.read != nil {
			if parts, whole := w.read(); whole {
				w.Effects = append(w.Effects, w.HandleEvent(loop.EndSeen{})...)
				e = loop.Continue{Shown: parts}
			}
		}
		w.Effects = append(w.Effects, w.HandleEvent(e)...)
	}
}

// Stored has the browser bring what the broker kept of the request.
func (w *Surroundings) Stored() {
	w.On(loop.RequestRead{Stored: &protocol.StoredRequest{TabID: 7, Origin: "https://online.example.tr", PageRequest: PageID}})
}

// Page has the page send a message.
func (w *Surroundings) Page(t protocol.PageType, body any) {
	w.Helper()
	w.On(Said(Marshal(protocol.PageEnvelope{EOnay: protocol.Version, To: "extension", ID: PageID, Type: t, Body: body})))
}

// Said is a message of the page as start.js hands it over: of a chunk, the bytes beside it.
func Said(raw []byte) loop.PageMessage {
	var m map[string]json.RawMessage
	var body map[string]json.RawMessage
	var data []byte
	if json.Unmarshal(raw, &m) != nil || string(m["type"]) != `"chunk"` || json.Unmarshal(m["body"], &body) != nil ||
		json.Unmarshal(body["data"], &data) != nil || len(data) > protocol.ChunkSize {
		return loop.PageMessage{Raw: raw}
	}
	delete(body, "data")
	m["body"] = Marshal(body)
	return loop.PageMessage{Raw: Marshal(m), Data: data}
}

// Chunk has the page send a part of a document.
func (w *Surroundings) Chunk(document int, offset int64, data string) {
	w.Helper()
	m := Said(Marshal(protocol.PageEnvelope{EOnay: protocol.Version, To: "extension", ID: PageID, Type: protocol.PageChunk, Body: protocol.PageChunkBody{Document: document, Offset: offset, Data: []byte{}}}))
	m.Data = []byte(data)
	w.On(m)
}

// Marshal returns v as JSON.
func Marshal(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}

// Answer has the host answer what it was asked last; of parts of documents, which come several at a time, the oldest.
func (w *Surroundings) Answer(t protocol.HostType, body any) {
	w.Helper()
	asked := w.HostAsked()
	last := asked[len(asked)-1].Envelope
	if !isTransfer(last.Type) {
		w.Host(last.ID, t, body)
		return
	}
	if hosts := w.hostsStarted(); hosts != w.hosts {
		w.hosts, w.answered = hosts, 0
	}
	var transfers []uint32
	for _, p := range asked {
		if isTransfer(p.Envelope.Type) {
			transfers = append(transfers, p.Envelope.ID)
		}
	}
	if w.answered == len(transfers) {
		w.Fatal("the host has answered all that it was asked")
	}
	w.answered++
	w.Host(transfers[w.answered-1], t, body)
}

// Answered is how many parts of documents the present host has answered.
func (w *Surroundings) Answered() int {
	if w.hostsStarted() != w.hosts {
		return 0
	}
	return w.answered
}

func isTransfer(t protocol.HostType) bool {
	return t == protocol.HostDocument || t == protocol.HostChunk
}

func (w *Surroundings) hostsStarted() (n int) {
	for _, e := range w.Effects {
		if _, ok := e.(loop.ConnectHost); ok {
			n++
		}
	}
	return n
}

// Host has the host send a message.
func (w *Surroundings) Host(id uint32, t protocol.HostType, body any) {
	w.Helper()
	e := protocol.HostEnvelope{ID: id, Type: t}
	if body != nil {
		e.Body = Marshal(body)
	}
	w.On(loop.HostMessage{Raw: Marshal(e)})
}

// Fails has the host refuse what it was asked last.
func (w *Surroundings) Fails(code fault.Code, pin *protocol.PINState) {
	w.Helper()
	w.Answer(protocol.HostError, protocol.HostFailure{Code: code, PIN: pin})
}

// HostAsked is what was posted to the host since it was last connected.
func (w *Surroundings) HostAsked() []loop.PostHost {
	for _, e := range w.Effects[w.looked:] {
		switch e := e.(type) {
		case loop.ConnectHost:
			w.asked = nil
		case loop.PostHost:
			w.asked = append(w.asked, e)
		}
	}
	w.looked = len(w.Effects)
	return w.asked
}

// Told is what was posted to the page, as "type" or "type code" or "type stage".
func (w *Surroundings) Told() []string {
	var told []string
	for _, e := range w.Effects {
		p, ok := e.(loop.PostPage)
		if !ok {
			continue
		}
		line := string(p.Envelope.Type)
		switch body := p.Envelope.Body.(type) {
		case protocol.Failure:
			line += " " + string(body.Code)
			if body.Message.TR == "" || strings.HasPrefix(body.Message.TR, "error.") {
				w.Errorf("failure without a sentence: %+v", body)
			}
		case protocol.ProgressBody:
			line += " " + string(body.Stage)
		case protocol.PINReport:
			line += " " + string(body.Outcome)
		}
		told = append(told, line)
	}
	return told
}

// LastTold is the last of Told, empty where there is none.
func (w *Surroundings) LastTold() string {
	told := w.Told()
	if len(told) == 0 {
		return ""
	}
	return told[len(told)-1]
}

// Has reports whether the window has had this effect.
func (w *Surroundings) Has(want loop.Effect) bool {
	for _, e := range w.Effects {
		if fmt.Sprintf("%T%v", e, e) == fmt.Sprintf("%T%v", want, want) {
			return true
		}
	}
	return false
}

var (
	IDA = strings.Repeat("a", 64)
	IDB = strings.Repeat("b", 64)
)

// Certificate is one on the card of Token, with the problem that keeps it from signing.
func Certificate(id string, problem fault.Code) protocol.Certificate {
	return protocol.Certificate{
		ID: id, Token: "t", Holder: "Ayşe Yılmaz", Issuer: "Deneme ESHS", CitizenMasked: "100*****146",
		NotAfter: 1798675200, Key: "EC P-384", Qualified: true, Problem: problem,
	}
}

// Token is a card whose PIN is in the state.
func Token(pin protocol.PINState) protocol.Token {
	return protocol.Token{ID: "t", Label: "Kart", Reader: "Okuyucu", Module: "m.so", PIN: pin}
}

// ReadyPIN has all of its tries.
var ReadyPIN = protocol.PINState{Min: 4, Max: 8, State: protocol.PINReady}

// List is a host's list of one card.
func List(pin protocol.PINState, certificates ...protocol.Certificate) protocol.CertificateList {
	return protocol.CertificateList{Tokens: []protocol.Token{Token(pin)}, Certificates: certificates}
}

// Findings is a host's list of obstacles alone.
func Findings(codes ...fault.Code) protocol.CertificateList {
	var l protocol.CertificateList
	for _, c := range codes {
		l.Findings = append(l.Findings, protocol.Finding{Code: c})
	}
	return l
}

// Digest is the SHA-256 of s.
func Digest(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

// Asked are the types of what the host was asked.
func (w *Surroundings) Asked() []string {
	var types []string
	for _, p := range w.HostAsked() {
		types = append(types, string(p.Envelope.Type))
	}
	return types
}

// Sent is the body of the host's last request, and the PIN beside it.
func Sent[T any](w *Surroundings) (body T, pin string) {
	w.Helper()
	asked := w.HostAsked()
	last := asked[len(asked)-1]
	if err := json.Unmarshal(last.Envelope.Body, &body); err != nil {
		w.Fatal(err)
	}
	return body, string(last.PIN)
}

// Cleared reports whether a PIN was overwritten.
func Cleared(pin []byte) bool { return bytes.Equal(pin, make([]byte, len(pin))) }

// SignRequest asks for one signature.
func SignRequest() protocol.SignRequest {
	return protocol.SignRequest{
		Purpose: "E-Onay verilmesi", Code: VerificationCode, SignatureOptions: protocol.SignatureOptions{Format: protocol.FormatCAdES, Profile: protocol.ProfileP1}, Language: "tr",
		Documents: []protocol.DocumentInfo{{Name: "E-Onay.txt", MediaType: protocol.MediaTypeText, Size: int64(len(Consent))}},
	}
}

// PINRequest asks for a new PIN.
func PINRequest() protocol.PINRequest {
	return protocol.PINRequest{Purpose: "Kilit çözme", Code: VerificationCode, Act: "aB-_9", Language: "tr"}
}
