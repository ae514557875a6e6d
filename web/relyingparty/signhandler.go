package relyingparty

import (
	"log/slog"
	"net/http"

	"github.com/e-onay/e-onay/internal/protocol"
)

// MaxSignature is the longest signature, in bytes.
const MaxSignature = protocol.MaxSignature

// SignHandler has the site's own pages sign: ServeDocument to GET, ServeSignature to POST. Refusals are problem
// documents, as those of LoginHandler. All fields but Log are required. Who may come in, and what they are to sign, is
// the site's own business.
type SignHandler struct {
	// Origin is the site's own, as in Login.
	Origin   string
	Verifier *Verifier
	// Document returns what the person who asks is to sign: the site's own copy, byte for byte. A document that could
	// be signed twice has something in it that is used once.
	Document func(w http.ResponseWriter, r *http.Request) (document []byte, err error)
	// Signed records document and evidence, in one transaction that also sees that the document was still to be
	// signed, and returns where the page goes then. It must look whose signature it is (Evidence.Of).
	Signed func(w http.ResponseWriter, r *http.Request, document []byte, e *Evidence) (location string, err error)
	// Log gets refusals and their causes; nil means slog.Default.
	Log *slog.Logger
}

// ServeDocument answers GET with what the person is to sign, text/plain in UTF-8: the page hands it to the card as it is.
func (h *SignHandler) ServeDocument(w http.ResponseWriter, r *http.Request) {
	exchange{w, r, h.Origin, h.Log}.serve(http.MethodGet, func() (any, error) {
		document, err := h.Document(w, r)
		return text(document), err
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
