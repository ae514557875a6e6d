package relyingparty

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/login"
	"github.com/e-onay/e-onay/internal/protocol"
)

// Document is a document that a page asks to have signed.
type Document struct {
	// Name is for people, one line of at most 200 bytes.
	Name string `json:"name"`
	// Data is the text to sign, UTF-8, at most 10 MiB.
	Data string `json:"data"`
}

// SignRequest is what a page asks for with the page library's sign. A page hands its JSON over whole, so that what is
// asked is what was signed here.
type SignRequest struct {
	// Purpose is shown as the site's words, one line of at most 300 bytes.
	Purpose string `json:"purpose"`
	// Code is a verification code, 15 digits that are in the first document too; empty means none.
	Code string `json:"code,omitempty"`
	// Documents are 1 to 16.
	Documents []Document `json:"documents"`
	// Signed is the work of RequestSigner.
	Signed string `json:"signed,omitempty"`
}

// LoginRequest is the same for the page library's authenticate.
type LoginRequest struct {
	// Nonce is the session's challenge.
	Nonce string `json:"nonce"`
	// Purpose may be empty.
	Purpose string `json:"purpose,omitempty"`
	Signed  string `json:"signed,omitempty"`
}

// CertificateRequest is the same for the page library's certificates.
type CertificateRequest struct {
	// Purpose may be empty.
	Purpose string `json:"purpose,omitempty"`
	Signed  string `json:"signed,omitempty"`
}

// statement is what a site signs of the request; when and by whom is the signer's to say.
func (r SignRequest) statement() (protocol.RequestStatement, error) {
	s := protocol.RequestStatement{Request: protocol.PageSign, Purpose: r.Purpose, Code: r.Code}
	if !isLine(r.Purpose, protocol.MaxPurpose) {
		return s, errPurpose
	}
	if r.Code != "" && (len(r.Code) != protocol.CodeDigits || strings.Trim(r.Code, "0123456789") != "") {
		return s, fmt.Errorf("relyingparty: a code of other than %d digits", protocol.CodeDigits)
	}
	if len(r.Documents) < 1 || len(r.Documents) > protocol.MaxDocuments {
		return s, fmt.Errorf("relyingparty: %d documents", len(r.Documents))
	}
	for i, d := range r.Documents {
		if !isLine(d.Name, protocol.MaxName) || d.Data == "" || len(d.Data) > protocol.MaxTextDocument || !utf8.ValidString(d.Data) {
			return s, fmt.Errorf("relyingparty: document %d: its name is no line, or it is no text, or its length is wrong", i)
		}
		digest := sha256.Sum256([]byte(d.Data))
		s.Documents = append(s.Documents, protocol.StatedDocument{Name: d.Name, Size: int64(len(d.Data)), Digest: hex.EncodeToString(digest[:])})
	}
	return s, nil
}

func (r LoginRequest) statement() (protocol.RequestStatement, error) {
	s := protocol.RequestStatement{Request: protocol.PageAuthenticate, Purpose: r.Purpose, Nonce: r.Nonce}
	if r.Purpose != "" && !isLine(r.Purpose, protocol.MaxPurpose) {
		return s, errPurpose
	}
	return s, login.CheckNonce(r.Nonce)
}

func (r CertificateRequest) statement() (protocol.RequestStatement, error) {
	s := protocol.RequestStatement{Request: protocol.PageCertificates, Purpose: r.Purpose}
	if r.Purpose != "" && !isLine(r.Purpose, protocol.MaxPurpose) {
		return s, errPurpose
	}
	return s, nil
}

var errPurpose = fmt.Errorf("relyingparty: want a purpose of one line, of at most %d bytes", protocol.MaxPurpose)

// isLine tells whether text is one line of 1 to most bytes, as the page library wants it.
func isLine(text string, most int) bool {
	breaks := func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }
	return text != "" && len(text) <= most && utf8.ValidString(text) && !strings.ContainsFunc(text, breaks)
}
