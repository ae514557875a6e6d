package xades

import (
	"fmt"
	"io"
	"strings"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// place is where a signature goes: into a document instead of its bytes from..to, with opening before it and closing
// after it; or into a file of its own, where size is 0.
type place struct {
	from, to, size   int64
	opening, closing string
	before, after    string // the document around it
	// signatureID is the identifier that the document has for its signature; "" for none.
	signatureID string
}

const xmlDeclaration = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"

// Namespaces of what e-Fatura and its relatives are written in.
const (
	ublExtensions = "urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2"
	ublAggregates = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
	ublBasics     = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
	eArchive      = "http://earsiv.efatura.gov.tr"
)

// findPlace finds the place for a signature.
func findPlace(documents []ades.Document, o Options) (place, error) {
	if o.Form != Enveloped {
		p := place{opening: xmlDeclaration}
		if o.Container {
			p.opening += `<asic:XAdESSignatures xmlns:asic="` + containerNamespace + `">`
			p.closing = `</asic:XAdESSignatures>`
		}
		return p, nil
	}
	source, err := readDocument(documents[0])
	if err != nil {
		return place{}, err
	}
	d, err := xmltree.ParseString(source)
	if err != nil {
		return place{}, fault.Errorf(fault.XMLMalformed, "%w", err)
	}
	if d.RelativeNamespace != "" {
		return place{}, fault.Errorf(fault.XMLMalformed, "the namespace %.100q is not absolute: no canonical form", d.RelativeNamespace)
	}
	p, parent, err := findInDocument(d, o)
	if err != nil {
		return place{}, err
	}
	if err := checkOthers(d, parent); err != nil {
		return place{}, err
	}
	p.size = int64(len(source))
	p.before, p.after = source[:p.from], source[p.to:]
	return p, nil
}

// readDocument reads a document that is not over MaxDocument.
func readDocument(d ades.Document) (string, error) {
	if d.Size > MaxDocument {
		return "", fault.Errorf(fault.RequestTooLarge, "a document of %d bytes is over the limit of %d", d.Size, MaxDocument)
	}
	return readString(d.Content, d.Size)
}

// readString reads so many bytes.
func readString(r io.ReaderAt, size int64) (string, error) {
	var b strings.Builder
	b.Grow(int(size))
	n, err := io.Copy(&b, io.NewSectionReader(r, 0, size))
	if err == nil && n < size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return "", fmt.Errorf("XML of %d bytes ends after %d: %w", size, n, err)
	}
	return b.String(), nil
}

// findInDocument finds the place within a document, and the element there that the signature goes into.
func findInDocument(d *xmltree.Document, o Options) (place, *xmltree.Node, error) {
	switch {
	case o.Dialect == UBLTR && d.Root.Is(eArchive, "eArsivRaporu"):
		// Where the schema of e-Arşiv's reports has it, by the word of one program that writes them.
		for _, n := range d.Root.Elements() {
			if n.Is(eArchive, "baslik") {
				return inside(d, n, "", ""), n, nil
			}
		}
		return place{}, nil, fault.Errorf(fault.XMLPlace, "a report of e-Arşiv without its heading baslik")
	case o.Dialect == UBLTR:
		p, parent, err := findInUBL(d)
		p.signatureID = ublSignatureID(d)
		return p, parent, err
	case o.Element == "":
		return inside(d, d.Root, "", ""), d.Root, nil
	}
	n, err := d.IDs().Find(o.Element)
	if err != nil {
		return place{}, nil, fault.Errorf(fault.XMLPlace, "%w", err)
	}
	if !xmltree.IsNCName(o.Element) {
		return place{}, nil, fault.Errorf(fault.XMLPlace, "an identifier that no reference can point at")
	}
	return inside(d, n, "", ""), n, nil
}

// inside is the place at the end of an element, within further markup.
func inside(d *xmltree.Document, n *xmltree.Node, opening, closing string) place {
	start, end := n.Span()
	if !n.IsEmptyTag() {
		_, at := n.Content()
		return place{from: int64(at), to: int64(at), opening: opening, closing: closing}
	}
	tag, _ := strings.CutSuffix(d.Source[start:end], "/>")
	from := start + len(strings.TrimRight(tag, " \t\r\n"))
	name := qualified(n.Prefix, n.Local)
	return place{from: int64(from), to: int64(end), opening: ">" + opening, closing: closing + "</" + name + ">"}
}

func qualified(prefix, local string) string {
	if prefix == "" {
		return local
	}
	return prefix + ":" + local
}

// findInUBL finds the place in a document of UBL: in an ExtensionContent that is empty; in a new one where there is none, and
// that in a new UBLExtensions, the first child of the root by UBL's schema, where that is missing too.
func findInUBL(d *xmltree.Document) (place, *xmltree.Node, error) {
	prefix, ok := prefixOf(d.Root, ublExtensions)
	if !ok {
		return place{}, nil, fault.Errorf(fault.XMLPlace, "the root declares no prefix for UBL's extensions")
	}
	extensions := child(d.Root, ublExtensions, "UBLExtensions")
	if extensions == nil {
		if d.Root.IsEmptyTag() {
			return place{}, nil, fault.Errorf(fault.XMLPlace, "a document of UBL without content")
		}
		opening, closing := wrapped(prefix, "UBLExtensions", "UBLExtension", "ExtensionContent")
		at, _ := d.Root.Content()
		return place{from: int64(at), to: int64(at), opening: opening, closing: closing}, d.Root, nil
	}
	for _, extension := range extensions.Elements() {
		content := child(extension, ublExtensions, "ExtensionContent")
		if content == nil {
			continue
		}
		if text, ok := content.Leaf(); ok && strings.TrimSpace(text) == "" {
			return inside(d, content, "", ""), content, nil
		}
	}
	opening, closing := wrapped(prefix, "UBLExtension", "ExtensionContent")
	return inside(d, extensions, opening, closing), extensions, nil
}

// prefixOf returns the prefix that a root has for a namespace, "" for the default one.
func prefixOf(root *xmltree.Node, namespace string) (prefix string, ok bool) {
	for _, d := range root.Declarations {
		if d.URI == namespace {
			return d.Prefix, true
		}
	}
	return "", false
}

// child returns the first element of this name within n, or nil. n may be nil.
func child(n *xmltree.Node, space, local string) *xmltree.Node {
	if n == nil {
		return nil
	}
	for _, c := range n.Children {
		if c.Is(space, local) {
			return c
		}
	}
	return nil
}

// wrapped returns the start tags and the end tags of elements within each other.
func wrapped(prefix string, names ...string) (opening, closing string) {
	for _, name := range names {
		opening += "<" + qualified(prefix, name) + ">"
		closing = "</" + qualified(prefix, name) + ">" + closing
	}
	return opening, closing
}

// ublSignatureID returns the identifier by which a document of UBL already names its signature, in cac:Signature, if
// nothing has it.
func ublSignatureID(d *xmltree.Document) string {
	n := child(d.Root, ublAggregates, "Signature")
	n = child(n, ublAggregates, "DigitalSignatureAttachment")
	n = child(n, ublAggregates, "ExternalReference")
	n = child(n, ublBasics, "URI")
	if n == nil {
		return ""
	}
	text, _ := n.Leaf()
	id, isFragment := strings.CutPrefix(strings.TrimSpace(text), "#")
	if !isFragment || !xmltree.IsNCName(id) || len(id) > 100 || d.IDs().Has(id) {
		return ""
	}
	return id
}

// checkOthers refuses a document with a signature that would break when something is put into parent, or that is not
// understood.
func checkOthers(d *xmltree.Document, parent *xmltree.Node) error {
	elements := xmldsig.Find(d)
	if len(elements) >= maxSignatures {
		return fault.Errorf(fault.XMLSigned, "%d signatures", len(elements))
	}
	ids := d.IDs()
	for _, element := range elements {
		other, err := xmldsig.Read(d, ids, element)
		if err != nil {
			return fault.Errorf(fault.XMLSigned, "a signature that is not understood: %w", err)
		}
		for _, r := range other.References {
			if !r.IsSameDocument() {
				continue
			}
			target, err := other.Target(r)
			if err != nil {
				return fault.Errorf(fault.XMLSigned, "a signature that is not understood: %w", err)
			}
			if target.Contains(parent) {
				return fault.Errorf(fault.XMLSigned, "a signature covers the place where another would stand")
			}
		}
	}
	return nil
}
