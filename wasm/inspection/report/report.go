// Package report is what the inspector (wasm/inspect) tells the signing window of a document: in the window's own sentences, which it
// names by their keys, with texts of the document in them. The inspector has read bytes from outside, in a worker of its own;
// so Parse takes no more than what a report may have.
package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
)

// Kind is what a document is read as.
type Kind string

// The kinds.
const (
	KindPDF        Kind = "pdf"
	KindPackage    Kind = "package"    // of e-Yazışma
	KindSignatures Kind = "signatures" // a file of signatures in CMS (.p7s)
)

// Limits on a report.
const (
	MaxReport = 4 << 20 // bytes of its JSON
	MaxPages  = 5000
	MaxText   = 1000  // bytes of one text
	MaxLines  = 20000 // and entries and sections, together
	MaxDepth  = 4     // of entries under others
)

// Report is what was found in a document: why it is refused, or what is in it.
type Report struct {
	SHA256   string     `json:"sha256"` // of what was read, in hexadecimal digits
	Refused  fault.Code `json:"refused,omitempty"`
	Reason   string     `json:"reason,omitempty"` // for the help desk
	PDF      *PDF       `json:"pdf,omitempty"`    // of a package, the letter; of signatures, what is signed, where that is a PDF
	Parts    []Part     `json:"parts,omitempty"`
	Shown    int        `json:"shown,omitempty"` // the number of the part that is shown: a package's letter, or what is signed
	Given    string     `json:"given,omitempty"` // of signatures, the SHA-256 of the content that was given beside them
	Sections []Section  `json:"sections,omitempty"`
}

// Part is a file in the document, which the inspector can give out. Its number is its index.
type Part struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // in hexadecimal digits
	Kind   string `json:"kind"`   // by its bytes, as package document names kinds
}

// PDF is what is compared with pdf.js's reading.
type PDF struct {
	// ID is the identifier in the newest trailer, in hexadecimal digits: the original's, and the revision's where that is another; nil
	// where it is none that can be compared.
	ID    []string `json:"id,omitempty"`
	Pages []Page   `json:"pages"`
}

// Page is a page: the number and generation of its object, its box in units of the page, and by how many degrees it is turned.
type Page struct {
	Object [2]int     `json:"o"`
	Box    [4]float64 `json:"b"`
	Turn   int        `json:"t,omitempty"`
}

// Section is a list under a heading. Title and Note are keys of sentences; Note, which may be empty, stands below the list.
type Section struct {
	Title   string  `json:"title"`
	Look    bool    `json:"look,omitempty"` // the person should look at it
	Entries []Entry `json:"entries"`
	Note    string  `json:"note,omitempty"`
}

// Entry is something in a list: its name, from the document, or the key of a sentence; and what is said of it.
type Entry struct {
	Name      string `json:"name,omitempty"`
	Key       string `json:"key,omitempty"`
	Look      bool   `json:"look,omitempty"`
	Part      *int   `json:"part,omitempty"`      // the number of the file that it is; nil where it is none
	Depth     int    `json:"depth,omitempty"`     // how deep it stands under the entries before it, to MaxDepth
	Signature int    `json:"signature,omitempty"` // which signature of the file it is, the first being 1; 0 where it is none of those
	Lines     []Line `json:"lines,omitempty"`
}

// Line is a sentence with {text}, which is from the document, or {date}, which is At in seconds since 1970.
type Line struct {
	Key  string `json:"key"`
	Text string `json:"text,omitempty"`
	At   int64  `json:"at,omitempty"`
}

// Prefix is what keys in a report begin with.
const Prefix = "report."

// Encode writes a report.
func (r Report) Encode() []byte {
	data, err := json.Marshal(r)
	if err != nil { // no report has what JSON cannot say
		panic(err)
	}
	return data
}

// refusals are the codes that an inspector may refuse a document with.
var refusals = []fault.Code{
	fault.DocumentUnreadable, fault.DocumentAmbiguous, fault.PDFMalformed, fault.PDFEncrypted,
	fault.ContainerMalformed, fault.PackageMalformed, fault.PackageUnsupported, fault.PackagePartMissing, fault.PackagePartExtra,
	fault.PackagePartChanged, fault.PackageIncomplete,
}

// Parse reads the report on a document with that SHA-256, read as that kind; isSentence tells keys of sentences. Members that
// are unknown are ignored. The error says what is wrong with it.
func Parse(data []byte, kind Kind, digest string, isSentence func(key string) bool) (*Report, error) {
	if len(data) > MaxReport {
		return nil, fmt.Errorf("a report of %d bytes", len(data))
	}
	r := &Report{}
	if err := json.Unmarshal(data, r); err != nil {
		return nil, fmt.Errorf("a report that is none: %w", err)
	}
	c := checker{isSentence: isSentence}
	c.text(r.Reason)
	switch {
	case r.SHA256 != digest:
		return nil, errors.New("a report on other bytes")
	case r.Refused != "" && slices.Contains(refusals, r.Refused):
		*r = Report{SHA256: r.SHA256, Refused: r.Refused, Reason: r.Reason}
	case r.Refused != "" || r.PDF != nil && (len(r.PDF.Pages) < 1 || len(r.PDF.Pages) > MaxPages):
		return nil, errors.New("no pages, or a refusal that is none")
	case !r.isOf(kind):
		return nil, errors.New("a report of another kind")
	}
	c.parts = len(r.Parts)
	for _, p := range r.Parts {
		c.part(p)
	}
	for _, s := range r.Sections {
		c.section(s)
	}
	if c.isBad || c.lines > MaxLines {
		return nil, errors.New("a report with sentences, texts or times that it cannot have")
	}
	return r, nil
}

// isOf reports whether a report has the pages and the parts of one on a document of a kind.
func (r *Report) isOf(kind Kind) bool {
	parts := len(r.Parts)
	switch kind {
	case KindPDF:
		return r.PDF != nil && parts == 0 && r.Given == ""
	case KindPackage:
		return r.PDF != nil && 0 <= r.Shown && r.Shown < parts && r.Given == ""
	case KindSignatures:
		return r.Shown == 0 && (parts == 1 && r.Given == "" || parts == 0 && r.PDF == nil)
	}
	return false
}

// checker looks at what is said.
type checker struct {
	isSentence func(key string) bool
	parts      int
	lines      int
	isBad      bool
}

func (c *checker) part(p Part) {
	c.lines++
	c.text(p.Name)
	c.isBad = c.isBad || p.Name == "" || p.Size < 0 || len(p.SHA256) != 64 || strings.Trim(p.SHA256, "0123456789abcdef") != "" ||
		!c.isSentence("window.kind."+p.Kind)
}

func (c *checker) section(s Section) {
	c.key(s.Title)
	c.key(s.Note)
	c.isBad = c.isBad || s.Title == ""
	for _, e := range s.Entries {
		c.key(e.Key)
		c.text(e.Name)
		c.isBad = c.isBad || (e.Key == "") == (e.Name == "") || e.Part != nil && (*e.Part < 0 || *e.Part >= c.parts) ||
			e.Depth < 0 || e.Depth > MaxDepth || e.Signature < 0
		for _, l := range e.Lines {
			c.key(l.Key)
			c.text(l.Text)
			c.isBad = c.isBad || l.Key == "" || l.At < 0 || l.At > lastSecond
		}
	}
}

// lastSecond is the end of 9999.
const lastSecond = 253402300799

// key notes a key that may be empty.
func (c *checker) key(key string) {
	c.lines++
	c.isBad = c.isBad || key != "" && !(strings.HasPrefix(key, Prefix) && c.isSentence(key))
}

func (c *checker) text(text string) { c.isBad = c.isBad || len(text) > MaxText }
