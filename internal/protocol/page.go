package protocol

import "github.com/e-onay/e-onay/internal/fault"

// PageEnvelope is one message between a page and the extension. The page library posts it with
// window.postMessage to its own window; the content script relays it to the signing window's port
// and back, checked and otherwise as it is.
//
// Receivers drop, without an answer, whatever is not an object of this shape with their own
// direction, a known type and a request id they know: a page is full of other programs' messages.
type PageEnvelope struct {
	// EOnay is Version and marks the message as ours.
	EOnay int `json:"eonay"`
	// To is "extension" or "page".
	To string `json:"to"`
	// ID is the page library's id of the request, a fresh UUID.
	ID string `json:"id"`
	// Type names the body.
	Type PageType `json:"type"`
	// Body is the message of that type; absent when the type has none.
	Body any `json:"body,omitempty"`
	// InstallURL is where the site says how to install what is missing, beside the first message of a request that opens a
	// window; see IsInstallURL. It is no part of the body: an extension that does not know it passes it over.
	InstallURL string `json:"installURL,omitempty"`
}

// PageType names a message between page and extension.
type PageType string

// The messages a page sends.
const (
	PageStatus PageType = "status" // no body; answered by PageStatusReply
	PageSign   PageType = "sign"   // SignRequest; answered at once by PageAccepted, later by PageSignature, PageSigned or PageFailed
	PageChunk  PageType = "chunk"  // PageChunkBody; the answer to PagePull
	PageCancel PageType = "cancel" // no body; ends the request with fault.Cancelled

	PageAuthenticate PageType = "authenticate" // LoginRequest; answered at once by PageAccepted, later by PageAuthenticated or PageFailed
	PageCertificates PageType = "certificates" // CertificatesRequest; …, later by PageShown or PageFailed
	PageSignHash     PageType = "sign-hash"    // HashRequest; …, later by PageHashSigned or PageFailed

	PageDelegate PageType = "delegate" // DelegateRequest; answered by PageDelegated or PageFailed
	PageSetup    PageType = "setup"    // no body; answered by PageSetupOpened or PageFailed

	PagePIN     PageType = "pin"     // PINRequest; answered at once by PageAccepted, later by PageClaim, PageReported or PageFailed
	PageRelease PageType = "release" // PINRelease; an answer to PageClaim
	PageRefusal PageType = "refusal" // PINRefusal; the other answer to PageClaim
)

// The messages the extension sends.
const (
	PageStatusReply PageType = "status-reply" // StatusReply
	PageAccepted    PageType = "accepted"     // no body: the content script has the request
	PagePull        PageType = "pull"         // PagePullBody: the window wants bytes of a document
	PageProgress    PageType = "progress"     // ProgressBody
	PageSignature   PageType = "signature"    // SignaturePart: a part of a document's signed file
	PageSigned      PageType = "signed"       // SignResult
	PageFailed      PageType = "failed"       // Failure

	PageAuthenticated PageType = "authenticated" // LoginResult
	PageShown         PageType = "shown"         // CertificatesResult
	PageHashSigned    PageType = "hash-signed"   // HashResult

	PageDelegated   PageType = "delegated"    // no body: the frames that are there can ask
	PageSetupOpened PageType = "setup-opened" // no body: the extension's page about what is installed is open

	PageClaim    PageType = "claim"    // PINClaim: for the portal to judge
	PageReported PageType = "reported" // PINReport: the end of a PIN request whose PUK was released
)

// StatusReply tells versions and capabilities, and nothing about readers, cards or certificates.
type StatusReply struct {
	Extension string   `json:"extension" read:"text 0 1024"`
	Protocol  int      `json:"protocol" read:"whole 0"`
	Formats   []Format `json:"formats" read:"texts"`
	// Host is the host's version; empty when it did not answer, and HostProblem says why.
	Host        string   `json:"host" read:"text 0 1024"`
	HostProblem *Failure `json:"hostProblem,omitempty" read:"-"`
}

// SignRequest is what a page asks for: documents, never a digest.
type SignRequest struct {
	// Purpose is one line in the page's words, shown as a quotation.
	Purpose string `json:"purpose" read:"line MaxPurpose"`
	// Code is the verification code, CodeDigits decimal digits without spaces, or empty. When given,
	// it must stand in the text of the first document: the window compares and refuses otherwise.
	Code      string         `json:"code,omitempty" read:"digits CodeDigits"`
	Documents []DocumentInfo `json:"documents" read:"list 1 MaxDocuments"`
	SignatureOptions
	// Language is "tr" or "en": the page's language, used where the person has set none.
	Language string `json:"language" read:"language"`
	// Signed is the request as the site's server has signed it, of at most MaxSigned bytes, or empty.
	Signed string `json:"signed,omitempty" read:"text 0 MaxSigned"`
	// Site is what the content script found at the site's SitePath; a page cannot say it.
	Site string `json:"site,omitempty" read:"-"`
}

// DocumentInfo announces a document whose bytes the window will pull.
type DocumentInfo struct {
	Name      string `json:"name" read:"line MaxName"`
	MediaType string `json:"mediaType" read:"media MaxMediaType"`
	// Size is in bytes, at most MaxSize of the media type; all documents have MaxRequest at most.
	Size int64 `json:"size" read:"size MaxRequest"`
}

// PagePullBody asks for Length bytes of document Document from Offset.
type PagePullBody struct {
	Document int   `json:"document" read:"whole 0"`
	Offset   int64 `json:"offset" read:"whole 0"`
	Length   int64 `json:"length" read:"whole 1 ChunkSize"`
}

// PageChunkBody carries them; Data is base64 on both parts of the way.
type PageChunkBody struct {
	Document int    `json:"document" read:"whole 0"`
	Offset   int64  `json:"offset" read:"whole 0"`
	Data     []byte `json:"data" read:"base64 ChunkSize"`
}

// ProgressBody tells the page how far the person is.
type ProgressBody struct {
	// Stage may be one of a later version, which the page library leaves out.
	Stage Stage `json:"stage" read:"text 0 40"`
}

// Stage is how far a request has come. A page learns no more than this before its end.
type Stage string

// Stages in their order.
const (
	StageOpened  Stage = "opened"  // the window is up and has the request
	StageAgreed  Stage = "agreed"  // the person went on from the first question
	StageSigning Stage = "signing" // the PIN is given, the card is at work
)

// SignaturePart is the next part of a document's signed file: bytes that are new, or a span of a document that the receiver
// has. The parts of one document come in a row, and the documents in their order; one that is not signed is passed over.
type SignaturePart struct {
	// Document is the document's place in the request; 0 where one signature is over all of them.
	Document int `json:"document" read:"whole 0"`
	// Data are new bytes, at most ChunkSize, base64 in JSON; Span is there in their place.
	Data []byte `json:"data,omitempty" read:"base64 ChunkSize"`
	Span Span   `json:"span,omitzero" read:"object"`
	// Last tells that the file is whole. A file has at most MaxParts parts, with at most MaxNewBytes that are new.
	Last bool `json:"last,omitempty" read:"flag"`
}

// Span is a part of one of the request's documents, which need not be the one that is signed.
type Span struct {
	Document int   `json:"document" read:"whole 0"`
	Offset   int64 `json:"offset" read:"whole 0"`
	Length   int64 `json:"length" read:"whole 1"`
}

// SignResult is the end of a request of which one document at least was signed.
type SignResult struct {
	// Outcomes are those of all documents, in their order; one where one signature is over all of them.
	Outcomes []Outcome `json:"outcomes" read:"list 1 MaxDocuments"`
}

// Outcome is what became of one document.
type Outcome struct {
	// Code says why the document was not signed; empty where its signed file has come, to its last part.
	Code fault.Code `json:"code,omitempty" read:"name"`
	// Message is the sentence of Code for people; a host leaves it out.
	Message Sentence `json:"message,omitzero" read:"object"`
}

// DelegateRequest lets frames ask: those of these origins, in the tab's own page. It replaces an earlier one.
type DelegateRequest struct {
	// Origins are at most MaxDelegates, as browsers write them; none takes back what was delegated.
	Origins []string `json:"origins" read:"origins MaxDelegates MaxOrigin"`
}

// Failure is the end of a request that produced nothing.
type Failure struct {
	Code fault.Code `json:"code" read:"name"`
	// Message is the sentence for people, in the page's two languages.
	Message Sentence `json:"message" read:"object"`
	// Detail is for the page's developer, in English, where the request itself is wrong: which option, and what is allowed.
	Detail string `json:"detail,omitempty" read:"-"`
	// InstallURL is where the extension's maker says how to install what is missing, where something is.
	InstallURL string `json:"installURL,omitempty" read:"-"`
}

// Sentence is one sentence in both languages of the project.
type Sentence struct {
	// TR is it in Turkish, EN in English.
	TR string `json:"tr" read:"text 0 4096"`
	EN string `json:"en" read:"text 0 4096"`
}

// Names by which page, content script, broker and window find each other.
const (
	// PageAttribute is the attribute by which the content script announces the extension on the
	// document element, before any script of the page runs; its value is the extension's version.
	PageAttribute = "data-eonay"
	// PortPrefix, before the page's request id, is the name of the port which the signing window
	// opens to the content script.
	PortPrefix = "eonay:"
	// RequestPrefix, before the id in the window's address, is the key of a StoredRequest.
	RequestPrefix = "request:"
)

// StoredRequest is what the broker keeps in storage.session for a signing window, under the key
// "request:" + the id in the window's address. It is all a window knows of who asks; nothing in it
// comes from the page except PageRequest, an opaque id.
type StoredRequest struct {
	TabID   int `json:"tabId"`
	FrameID int `json:"frameId"`
	// DocumentID names the very document that asked, so that a tab that has gone elsewhere is not
	// mistaken for it.
	DocumentID string `json:"documentId"`
	// Origin is the asking document's origin as the browser reports it.
	Origin string `json:"origin"`
	// Embedder is the origin of the tab's page, as the browser reports it, where a frame of it asks; else empty.
	Embedder    string `json:"embedder,omitempty"`
	PageRequest string `json:"pageRequest"`
	// WindowID is -1 until the window is there.
	WindowID int   `json:"windowId"`
	OpenedAt int64 `json:"openedAt"` // milliseconds since 1970
	// Released is true from when the page has handed a release over until it has heard what came of it: nothing makes the
	// window go but the person.
	Released bool `json:"released,omitempty"`
}
