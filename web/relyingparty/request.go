package relyingparty

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/login"
	"github.com/e-onay/e-onay/internal/protocol"
)

// Document is a document that a page asks to have signed. Its bytes are in one of Data, Base64 and Content.
type Document struct {
	// Name is for people, one line of at most 200 bytes. In containers and detached signatures of XAdES and JAdES it is signed.
	Name string `json:"name"`
	// MediaType is "text/plain" where it is empty.
	MediaType string `json:"mediaType,omitempty"`
	// Data is text, UTF-8, at most 10 MiB.
	Data string `json:"data,omitempty"`
	// Base64 are the bytes of anything else, which the page gets as base64.
	Base64 []byte `json:"base64,omitempty"`
	// Content are those of a document that is too large for that: the page fetches it by itself and gives it to the page
	// library as data, a Blob.
	Content *io.SectionReader `json:"-"`
}

// reader reads the document from its beginning; nil where it has not exactly one of the three.
func (d *Document) reader() *io.SectionReader {
	switch {
	case d.Content != nil && d.Data == "" && d.Base64 == nil:
		return d.Content
	case d.Base64 != nil && d.Data == "" && d.Content == nil:
		return io.NewSectionReader(bytes.NewReader(d.Base64), 0, int64(len(d.Base64)))
	case d.Data != "" && d.Base64 == nil && d.Content == nil:
		return io.NewSectionReader(strings.NewReader(d.Data), 0, int64(len(d.Data)))
	}
	return nil
}

// SignRequest is what a page asks for with the page library's sign. A page hands its JSON over whole, so that what is
// asked is what was signed here.
type SignRequest struct {
	// Purpose is shown as the site's words, one line of at most 300 bytes.
	Purpose string `json:"purpose"`
	// Code is a verification code, 15 digits that are in the first document too; empty means none.
	Code string `json:"code,omitempty"`
	// Documents are 1 to MaxDocuments.
	Documents []Document `json:"documents"`
	// SignatureOptions say what is made of them.
	SignatureOptions
	// Signed is the work of RequestSigner.
	Signed string `json:"signed,omitempty"`
}

// File is what became of a document that a page asked to have signed, as VerifyFile takes it: of the document with this
// number, or of all that are signed together (0). A number that the request does not have gives CodeRequestInvalid.
func (r SignRequest) File(document int, content *io.SectionReader) (SignedFile, error) {
	options := r.SignatureOptions.message()
	files := options.Files(len(r.Documents))
	if document < 0 || document >= len(files) {
		return SignedFile{}, fault.Errorf(fault.RequestInvalid, "no document %d", document)
	}
	f := SignedFile{SignatureOptions: r.SignatureOptions, Content: content}
	for _, i := range files[document] {
		f.Documents = append(f.Documents, r.Documents[i])
	}
	return f, nil
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
	var infos []protocol.DocumentInfo
	for i := range r.Documents {
		stated, err := r.Documents[i].stated()
		if err != nil {
			return s, fmt.Errorf("relyingparty: document %d: %w", i, err)
		}
		s.Documents = append(s.Documents, stated)
		infos = append(infos, protocol.DocumentInfo{Name: stated.Name, MediaType: r.Documents[i].mediaType(), Size: stated.Size})
	}
	options := r.SignatureOptions.message()
	if err := options.CheckDocuments(infos); err != nil {
		return s, fmt.Errorf("relyingparty: %w", err)
	}
	if !options.Equal(nil) {
		s.Signature = &options
	}
	return s, checkSizes(infos)
}

func (d *Document) mediaType() string { return cmp.Or(d.MediaType, protocol.MediaTypeText) }

// stated is what a statement has of the document. It reads all of it.
func (d *Document) stated() (stated protocol.StatedDocument, err error) {
	content := d.reader()
	if !isLine(d.Name, protocol.MaxName) || !protocol.IsMediaType(d.mediaType()) || content == nil || content.Size() == 0 || !utf8.ValidString(d.Data) {
		return stated, errors.New("its name is no line, its media type is none, it is empty, has its bytes twice, or is no text")
	}
	sum := sha256.New()
	_, err = io.Copy(sum, io.NewSectionReader(content, 0, content.Size()))
	return protocol.StatedDocument{Name: d.Name, Size: content.Size(), Digest: hex.EncodeToString(sum.Sum(nil))}, err
}

// checkSizes refuses what the page library would refuse.
func checkSizes(documents []protocol.DocumentInfo) error {
	var all int64
	for i, d := range documents {
		if limit := protocol.MaxSize(d.MediaType); d.Size > limit {
			return fmt.Errorf("relyingparty: document %d of more than %d bytes", i, limit)
		}
		all += d.Size
	}
	if all > protocol.MaxRequest {
		return fmt.Errorf("relyingparty: documents of more than %d bytes", protocol.MaxRequest)
	}
	return nil
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
