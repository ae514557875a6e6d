// Package tolerant reads XML signatures of other programs (XML Signature Syntax and Processing 1.1, here "XMLDSig", with the properties of
// XAdES), tolerantly in form and strictly in what it believes. internal/xmldsig and internal/xades are for signatures of our own acts.
//
// A document is one that internal/xmltree reads: UTF-8, without a document type declaration. A reference points at the whole
// document, at the one element that has an identifier, or at a file that the caller has; nothing is fetched. Of transforms
// it knows enveloped-signature, base64, Canonical XML 1.0 and 1.1, Exclusive XML Canonicalization, and those expressions of XPath and XPath
// Filter 2 that leave signatures out. Any other transform is not executed, and its reference is not believed.
//
// # Bounded work
//
// A hostile document may refer to itself in many ways, and a canonical form may be longer than its source. All canonical
// forms of one document together have a budget that grows with the document's size and counts its nodes; what goes beyond is ErrTooMuch. A digest
// over the same thing by the same transforms is computed once.
//
// # Errors
//
// fault.SignatureMalformed says that the rules of XMLDSig are broken, fault.SignatureAlgorithm that something is not known here,
// and fault.SignatureInvalid that something does not verify. ErrMissing and ErrTooMuch are for errors.Is.
//
// A Document and what is read from it are safe for concurrent use.
package tolerant

import (
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// Limits on one document.
const (
	// MaxSize is the largest document, in bytes.
	MaxSize = xmltree.MaxSize
	// MaxSignatures is how many signatures are read, counter-signatures among them.
	MaxSignatures = 64

	maxReferences   = 1024 // of one signature, with those of its manifests
	maxTransforms   = 8    // of one reference
	maxValue        = 2 << 10
	maxCertificates = 64 // of one KeyInfo
	// Work is counted in bytes that are read and written for canonical forms. A node costs as much as nodeWork bytes besides, so that a form
	// of a long text costs less than one of many elements; to parse a form costs parseWork for each byte of it. A document of a megabyte
	// has 20 forms if it is mostly text, 8 if it has an element every 22 bytes, and one more if that is parsed again. A smaller
	// document, with the files that references are over, has the work of a megabyte.
	workPerByte = 40
	leastWork   = workPerByte << 20
	nodeWork    = 32
	parseWork   = 30 // for each byte
)

var (
	// ErrMissing says that what a reference is over is not at hand.
	ErrMissing = errors.New("what is signed is not at hand")
	// ErrTooMuch says that the canonical forms of a document are more work than its size allows.
	ErrTooMuch = errors.New("the canonical forms are too much work")
)

func malformed(format string, args ...any) error {
	return fault.Errorf(fault.SignatureMalformed, format, args...)
}

func unsupported(format string, args ...any) error {
	return fault.Errorf(fault.SignatureAlgorithm, format, args...)
}

// External is a file that references may be over. Open may be called several times, and concurrently.
type External struct {
	Name   string // "" where it is not known
	IsPath bool   // the file is in a container: Name is its path there, and nothing else names it
	Size   int64
	Open   func() io.Reader
	Digest func(crypto.Hash) ([]byte, error)
}

// Document is a document with signatures.
type Document struct {
	*xmltree.Document
	// Signatures are all but counter-signatures, in document order.
	Signatures []*Signature

	ids       xmltree.IDs
	externals []External

	work    *Work
	mu      sync.Mutex // of digests
	digests map[string]digest
}

// Work is what may still be read and written for canonical forms, in bytes. The documents of one container share it.
type Work struct{ left atomic.Int64 }

// WorkFor returns the work that so many bytes of documents, and of the files that they may be over, are worth.
func WorkFor(size int64) *Work {
	w := new(Work)
	w.left.Store(max(workPerByte*size, leastWork))
	return w
}

// digest is what was found of a reference.
type digest struct {
	sum  []byte
	size int64
	err  error
}

// Read reads the signatures of a document. externals are the files that they may be over. A document that internal/xmltree does not read, or
// with too many signatures, gives fault.SignatureMalformed; what is wrong with one signature stands in that.
func Read(source string, externals ...External) (*Document, error) {
	size := int64(len(source))
	for _, file := range externals {
		size += file.Size
	}
	return ReadWithin(WorkFor(size), source, externals...)
}

// ReadWithin is Read for one of several documents that share their work.
func ReadWithin(work *Work, source string, externals ...External) (*Document, error) {
	tree, err := xmltree.ParseString(source)
	if err != nil {
		return nil, malformed("%w", err)
	}
	d := &Document{Document: tree, ids: tree.IDs(), externals: externals, work: work, digests: map[string]digest{}}
	var elements []*xmltree.Node
	tree.Elements(func(n *xmltree.Node) bool {
		if n.Is(xmldsig.Namespace, "Signature") {
			elements = append(elements, n)
		}
		return len(elements) <= MaxSignatures
	})
	if len(elements) > MaxSignatures {
		return nil, malformed("more than %d signatures", MaxSignatures)
	}
	all := map[*xmltree.Node]*Signature{}
	for _, element := range elements { // an outer signature comes before those in it
		s := read(d, element)
		all[element] = s
		if of := countersigned(element, all); of != nil {
			s.Counters = of
			of.CounterSignatures = append(of.CounterSignatures, s)
			continue
		}
		d.Signatures = append(d.Signatures, s)
	}
	return d, nil
}

// countersigned returns the signature whose unsigned property CounterSignature an element is in; nil where it is in none.
func countersigned(element *xmltree.Node, all map[*xmltree.Node]*Signature) *Signature {
	property := element.Parent
	if property == nil || property.Local != "CounterSignature" {
		return nil
	}
	for n := property.Parent; n != nil; n = n.Parent {
		if s := all[n]; s != nil {
			if s.Properties != nil && property.Parent == s.Properties.unsignedParent {
				return s
			}
			return nil
		}
	}
	return nil
}

// external returns the file that a URI names. A file is named by the whole URI, or by its last segment where only one file has that
// name; one file alone answers the only external reference of a signature whatever that is called, since its digest says whether it is
// the one.
func (d *Document) external(r *Reference) (*External, error) {
	if !r.HasURI {
		return d.onlyExternal(r)
	}
	name, err := url.PathUnescape(r.URI)
	if err != nil {
		name = r.URI
	}
	for i := range d.externals {
		if d.externals[i].Name == name && name != "" {
			return &d.externals[i], nil
		}
	}
	last := path.Base(name)
	if uri, err := url.Parse(r.URI); err == nil && uri.Fragment == "" && path.Base(uri.Path) != "." {
		last = path.Base(uri.Path)
	}
	var found *External
	for i := range d.externals {
		if path.Base(d.externals[i].Name) != last || d.externals[i].Name == "" || d.externals[i].IsPath {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("several files are called %.100q: %w", last, ErrMissing)
		}
		found = &d.externals[i]
	}
	if found != nil {
		return found, nil
	}
	return d.onlyExternal(r)
}

func (d *Document) onlyExternal(r *Reference) (*External, error) {
	if len(d.externals) == 1 && r.isOnlyExternal && !d.externals[0].IsPath {
		return &d.externals[0], nil
	}
	return nil, ErrMissing
}

// spend takes work from the budget.
func (d *Document) spend(work int64) error {
	if d.work.left.Add(-work) < 0 {
		return ErrTooMuch
	}
	return nil
}

// workOf is the work of going through an element.
func workOf(n *xmltree.Node) int64 {
	start, end := n.Span()
	return int64(end-start) + nodeWork*int64(n.Count())
}

// meter counts what is written to w, against the budget of a document.
type meter struct {
	w    io.Writer
	of   *Document
	size int64
}

func (m *meter) Write(p []byte) (int, error) {
	if err := m.of.spend(int64(len(p))); err != nil {
		return 0, err
	}
	m.size += int64(len(p))
	return m.w.Write(p)
}

// WriteElement writes the canonical form of an element of the document, within the budget.
func (d *Document) WriteElement(w io.Writer, c xmldsig.Canonicalization, n *xmltree.Node) error {
	if err := d.spend(workOf(n)); err != nil {
		return err
	}
	return c.WriteSubset(&meter{w: w, of: d}, d.Document, n, nil)
}

// Text returns the text of an element without white space around it; comments and elements in it are left out.
func Text(n *xmltree.Node) string {
	if n == nil {
		return ""
	}
	var b strings.Builder
	for _, c := range n.Children {
		if c.Kind == xmltree.Text {
			b.WriteString(c.Text)
		}
	}
	return strings.TrimSpace(b.String())
}

// Decode decodes the base64 that an element's text is, with white space and with or without padding.
func Decode(n *xmltree.Node) ([]byte, error) { return decode(Text(n)) }

func decode(text string) ([]byte, error) {
	packed := strings.TrimRight(strings.Join(strings.Fields(text), ""), "=")
	data, err := base64.RawStdEncoding.DecodeString(packed)
	if err != nil {
		return nil, malformed("base64: %w", err)
	}
	return data, nil
}

// Child returns the first element of this name within n, in any of the namespaces, or nil. n may be nil.
func Child(n *xmltree.Node, local string, spaces ...string) *xmltree.Node {
	if n == nil {
		return nil
	}
	for _, c := range n.Children {
		for _, space := range spaces {
			if c.Is(space, local) {
				return c
			}
		}
	}
	return nil
}
