package relyingparty

import (
	"log/slog"
	"net/http"

	"github.com/e-onay/e-onay/internal/protocol"
)

// MaxSignature is the longest signature, in bytes.
const MaxSignature = protocol.MaxSignature

// SignHandler has the site's own pages sign: ServeRequest to GET, ServeSignature to POST. Refusals are problem
// documents, as those of LoginHandler. Purpose and Name are for ServeRequest, which needs them; all other fields but Requests and
// Log are required. Who may come in, and what they are to sign, is the site's own business.
type SignHandler struct {
	// Origin is the site's own, as in Login.
	Origin   string
	Verifier *Verifier
	// Purpose is what the window shows as the site's words, one line of at most 300 bytes.
	Purpose string
	// Name is the document's, one line of at most 200 bytes.
	Name string
	// Document returns what the person who asks is to sign: the site's own copy, byte for byte. A document that could
	// be signed twice has something in it that is used once.
	Document func(w http.ResponseWriter, r *http.Request) (document []byte, err error)
	// Signed records document and evidence, in one transaction that also sees that the document was still to be
	// signed, and returns where the page goes then. It must look whose signature it is (Evidence.Of).
	Signed func(w http.ResponseWriter, r *http.Request, document []byte, e *Evidence) (location string, err error)
	// Requests signs what the page asks for; nil means that it is not signed. Its Origin is this one.
	Requests *RequestSigner
	// Log gets refusals and their causes; nil means slog.Default.
	Log *slog.Logger
}

// ServeRequest answers GET with a SignRequest of the document: a page hands it to the page library's sign as it is.
func (h *SignHandler) ServeRequest(w http.ResponseWriter, r *http.Request) {
	exchange{w, r, h.Origin, h.Log}.serve(http.MethodGet, func() (any, error) {
		document, err := h.Document(w, r)
		if err != nil {
			return nil, err
		}
		return h.Requests.Signature(SignRequest{Purpose: h.Purpose, Documents: []Document{{Name: h.Name, Data: string(document)}}})
	})
}

// ServeSignature takes a POST of a signature in DER, application/pkcs7-signature (RFC 8551) of at most MaxSignature
// bytes, and answers with {"location": …}.
func (h *SignHandler) ServeSignature(w http.ResponseWriter, r *http.Request) {
	x := exchange{w, r, h.Origin, h.Log}
	x.serve(http.MethodPost, func() (any, error) {
		signature, err := x.body("application/pkcs7-signature", MaxSignature)
		if err != nil {
			return nil, err
		}
		document, err := h.Document(w, r)
		if err != nil {
			return nil, err
		}
		evidence, err := h.Verifier.Verify(r.Context(), signature, document)
		if err != nil {
			return nil, err
		}
		to, err := h.Signed(w, r, document, evidence)
		return location{to}, err
	})
}
