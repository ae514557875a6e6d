// Package eyazisma reads packages of e-Yazışma, the official correspondence of Turkish institutions, in the versions 2.0 and
// 1.x: the letter, its metadata, its attachments, and the lists of digests that people sign. It checks every digest of every
// list over the parts themselves. internal/eyp puts signatures into such packages.
//
// # What a package is
//
// A zip archive by the Open Packaging Conventions (ECMA-376 part 2): parts, each with a content type, and relationships
// that say what each part is. Nobody signs the letter: who initials a package signs ParafOzeti.xml, who signs it PaketOzeti.xml,
// and the institution seals NihaiOzet.xml, each a list of references to parts with two digests each (SHA-384 and SHA-512; in
// 1.x one). What a signature covers is therefore only as good as the list under it.
//
// # What is wrong with one
//
// [Read] gives an error where there is no package to show. Whatever else is wrong is a [Problem] with a stable code and the
// part that it is about: a part that is missing, changed, in no list, or of which two programs could disagree. A package
// with a problem is not to be signed. Read is strict about what decides what a person sees and signs (names, relationships,
// content types, lists), and takes metadata as it is.
//
// All text comes from outside, and may have any characters that XML allows. Citizen numbers are not read.
//
// The package knows no certificates, so that the window's program can import it.
package eyazisma

import (
	"io"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/zipfile"
)

// Limits on a package, beside those of internal/zipfile and internal/xmltree.
const (
	MaxParts    = 2000
	maxXML      = 4 << 20 // bytes of one part that is read as XML
	maxProblems = 100     // that are told
)

// Package is a package as read.
type Package struct {
	Version string // "2.0", "1.3"
	// ID is the document's, the same in core properties, metadata and lists.
	ID string

	Letter      *Part // nil where there is none, which is a problem
	Metadata    Metadata
	Attachments []Attachment
	// Lists by the role of who signs them; nil where the package has none yet.
	Lists [3]*List

	// Parts are all, in the order in which they lie in the archive.
	Parts []*Part
	// Problems are what is wrong. There are no more than 100 of them.
	Problems []Problem
	// Missing is what the package lacks until it may be sent: an unfinished package has no problem for that.
	Missing []Problem

	archive *zipfile.Reader
	second  bool // version 2.0
}

// Role is why somebody signs a package.
type Role int

// Roles. The zero value is the usual one.
const (
	Sign    Role = iota // imza, over PaketOzeti
	Initial             // paraf, over ParafOzeti
	Seal                // mühür, over NihaiOzet
)

// order is in which people sign a package.
var order = [...]Role{Initial, Sign, Seal}

// Part is a file of the package.
type Part struct {
	Name      string // begins with a slash: "/Ekler/ek1.pdf"
	MediaType string
	Size      int64 // bytes

	entry   *zipfile.Entry
	digests map[string][]byte // by algorithm, once they have been computed
	listed  [3]bool           // by the list of a role; see Lists
}

// Open reads the part; see zipfile.Entry.Open for how it ends.
func (p *Part) Open() io.Reader { return p.entry.Open() }

// ReadAll returns the content of a part of at most limit bytes.
func (p *Part) ReadAll(limit int64) ([]byte, error) { return p.entry.ReadAll(limit) }

// List is a list of digests that somebody signs.
type List struct {
	Part       *Part
	References []Reference
	// Signature is the part with the signature over the list; nil where the package has none yet.
	Signature *Part

	unreadable bool // a problem says why; References are those before it
}

// Reference is an entry of a list.
type Reference struct {
	// Part is nil where the package does not have it: that is a problem, unless it is Outside of the package, where nobody can check
	// its digests.
	Part    *Part
	Outside bool
	// URI is as it stands in the list.
	URI string
	// Digests by the identifier of their algorithm.
	Digests map[string][]byte
}

// Attachment is what the metadata says of an attachment (Ek).
type Attachment struct {
	Number      string // SiraNo
	Title       string // Ad
	Description string
	Kind        string // DED: a file in the package; FZK: a physical object; HRF: a reference
	FileName    string // as the metadata has it
	Location    string // of a reference: its URI
	// Part is the file; nil where the attachment is none.
	Part *Part
	// Signed is false where no list covers the attachment (imzasız ek).
	Signed bool

	id string
}

// Problem is one thing that is wrong.
type Problem struct {
	Code   fault.Code
	Part   string // the name that it is about, from outside; "" for the whole
	Reason string // for the log
}

// Sound returns nil, or an error with the code of the first problem.
func (p *Package) Sound() error {
	if len(p.Problems) == 0 {
		return nil
	}
	first := p.Problems[0]
	return fault.Errorf(first.Code, "e-Yazışma: %.100q: %s", first.Part, first.Reason)
}

// Archive returns the archive that the package is.
func (p *Package) Archive() *zipfile.Reader { return p.archive }
