package signaturecheck

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/wording"
	"github.com/e-onay/e-onay/web/portal/site"
)

// reportView is what the report's page shows.
type reportView struct {
	*wording.Account
	// Only is the file's only signature, whose verdict is that on the file; nil where there are others.
	Only *wording.Section
	// All are the signatures in their order, each before its counter-signatures.
	All []*wording.Section
	// File is the file of signatures, and Content the one beside it, or nil.
	File, Content *fileView
	// Unused says that no signature is over Content.
	Unused bool
	// Form asks for both files, where the signed one is missing or another; nil elsewhere.
	Form *formView
}

// fileView is a file that was given.
type fileView struct{ Name, Size, SHA256 string }

func (c *checker) view(v *site.Visit, u *upload, found *finding) reportView {
	words := wording.Words{Language: v.Language, Moment: func(at time.Time) string { return site.ExactMoment(v.Language, at) }}
	file := func(s *spooled) *fileView {
		if s == nil {
			return nil
		}
		return &fileView{s.shown(), words.Size(s.Content.Size), s.SHA256}
	}
	view := reportView{File: file(u.signature), Content: file(u.content)}
	asks := false
	if found.report == nil {
		view.Account = words.Unreadable(found.code)
		asks = found.code == fault.Unsupported || found.code == fault.PDFUnsigned // what a signature of its own may be over
	} else {
		view.Account = words.Report(found.report)
		asks = wantsContent(found.report.Signatures)
		view.Unused = u.content != nil && !found.usesContent
	}
	if sections := view.Sections; len(sections) == 1 && len(sections[0].CounterSignatures) == 0 {
		view.Only = sections[0]
	}
	view.All = flat(nil, view.Sections)
	if asks {
		form := c.form(true, true)
		view.Form = &form
	}
	return view
}

// flat lists sections in the order in which a page shows them.
func flat(out, sections []*wording.Section) []*wording.Section {
	for _, s := range sections {
		out = flat(append(out, s), s.CounterSignatures)
	}
	return out
}

// wantsContent reports whether a signature lacks its content, or is over another than was given.
func wantsContent(signatures []*validation.SignatureReport) bool {
	for _, s := range signatures {
		if s.SubIndication == validation.SignedDataNotFound || s.SubIndication == validation.HashFailure && s.Covers.Content == "detached" {
			return true
		}
	}
	return false
}

// jsonFile is one file of the report for programs, as web verify writes it, and the digests by which a file is known.
type jsonFile struct {
	File          string             `json:"file"`
	Size          int64              `json:"size"`
	SHA256        string             `json:"sha256"`
	ContentFile   string             `json:"content_file,omitempty"`
	ContentSHA256 string             `json:"content_sha256,omitempty"`
	Error         fault.Code         `json:"error,omitempty"`
	Report        *validation.Report `json:"report,omitempty"`
}

// answerJSON answers with the report for programs.
func answerJSON(v *site.Visit, u *upload, found *finding) error {
	file := jsonFile{
		File: u.signature.Name, Size: u.signature.Content.Size, SHA256: u.signature.SHA256, Error: found.code, Report: found.report,
	}
	if u.content != nil {
		file.ContentFile, file.ContentSHA256 = u.content.Name, u.content.SHA256
	}
	body, err := json.MarshalIndent(struct {
		Files []jsonFile `json:"files"`
	}{[]jsonFile{file}}, "", "  ")
	if err != nil {
		return err
	}
	v.W.Header().Set("Content-Disposition", `attachment; filename="imza-raporu.json"`)
	v.W.Header().Set("Content-Type", "application/json")
	v.W.WriteHeader(http.StatusOK)
	_, _ = v.W.Write(append(body, '\n')) // a browser that left is no concern
	return nil
}
