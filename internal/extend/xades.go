package extend

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmldsig/tolerant"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// stampForm is the canonical form that new time stamps name.
var stampForm = xmldsig.Canonicalization{Exclusive: true}

// xadesEditor adds unsigned properties to one signature of an XML document. They are put into its text, so that no byte of the rest
// changes; of an empty-element tag where they go become a start tag and an end tag. The document is read again after each step.
type xadesEditor struct {
	target Target
	number int // of the signature, from 0 on
	*tolerant.Document
	// prefix is that of XAdES with its colon, "" for the default namespace; later is that of new properties of version 1.4.1.
	prefix, later string
}

// openXAdES opens a signature. Counter-signatures, signatures without properties, and those of XAdES before 1.3.2 give fault.Unsupported.
func openXAdES(t Target) (Editor, error) {
	n, err := strconv.Atoi(t.ID)
	if err != nil {
		return nil, fault.Errorf(fault.Unsupported, "counter-signature %s", t.ID)
	}
	e := &xadesEditor{target: t, number: n - 1}
	if e.Document, err = formats.ReadXML(t.File, t.Documents); err != nil {
		return nil, err
	}
	if n < 1 || n > len(e.Signatures) {
		return nil, fault.Errorf(fault.Internal, "signature %d of %d", n, len(e.Signatures))
	}
	s := e.signature()
	switch {
	case s.Err != nil:
		return nil, s.Err
	case s.Properties == nil:
		return nil, fault.Errorf(fault.Unsupported, "a signature without the properties of XAdES")
	case s.Properties.Namespace != tolerant.XAdES132:
		return nil, fault.Errorf(fault.Unsupported, "properties of the namespace %s", s.Properties.Namespace)
	}
	if e.prefix = s.Properties.Element.Prefix; e.prefix != "" {
		e.prefix += ":"
	}
	if e.later = "xades141:"; e.prefix == e.later {
		e.later = "xades14:"
	}
	return e, nil
}

func (e *xadesEditor) signature() *tolerant.Signature { return e.Signatures[e.number] }

func (e *xadesEditor) properties() *tolerant.Properties { return e.signature().Properties }

// has reports whether there is an unsigned property of this name.
func (e *xadesEditor) has(local string) bool {
	return slices.ContainsFunc(e.properties().Unsigned, func(n *xmltree.Node) bool { return n.Local == local })
}

// File returns the document.
func (e *xadesEditor) File() (formats.Content, error) { return xmlContent(e.Source), nil }

func xmlContent(source string) formats.Content {
	return formats.Content{Reader: strings.NewReader(source), Size: int64(len(source))}
}

// SignatureTimeStamp adds a SignatureTimeStamp (EN 319 132-1, 5.3).
func (e *xadesEditor) SignatureTimeStamp(ctx context.Context, stamp Stamper) error {
	digest, err := e.SumNodes(e.target.Hash, stampForm, e.signature().SignatureValue)
	if err != nil {
		return err
	}
	return e.addStamp(ctx, stamp, digest, "SignatureTimeStamp", e.prefix+"SignatureTimeStamp")
}

// ArchiveTimeStamp adds an ArchiveTimeStamp of version 1.4.1 (EN 319 132-1, 5.5.2) over everything that the signature covers, which must be at
// hand, and everything that it has.
func (e *xadesEditor) ArchiveTimeStamp(ctx context.Context, stamp Stamper) error {
	digests, err := e.signature().SumArchive(e.target.Hash, stampForm, len(e.properties().Unsigned))
	if err != nil {
		return err
	}
	return e.addStamp(ctx, stamp, digests[0], "ArchiveTimeStamp", e.version141("ArchiveTimeStamp"))
}

// version141 is the start tag of a property of version 1.4.1.
func (e *xadesEditor) version141(local string) string {
	return fmt.Sprintf(`%s%s xmlns:%s="%s"`, e.later, local, strings.TrimSuffix(e.later, ":"), tolerant.XAdES141)
}

// addStamp asks for a time stamp over a digest, and adds it as a property whose start tag has this inside.
func (e *xadesEditor) addStamp(ctx context.Context, stamp Stamper, digest []byte, local, tag string) error {
	token, err := stampedBy(ctx, stamp, e.target.Hash, digest)
	if err != nil {
		return err
	}
	m := e.begin()
	m.open(fmt.Sprintf(`%s Id="%s"`, tag, e.newID(local)))
	m.add(`<ds:CanonicalizationMethod xmlns:ds="`, xmldsig.Namespace, `" Algorithm="`, stampForm.URI(), `"/>`)
	m.bytes(e.prefix+"EncapsulatedTimeStamp", token.DER)
	m.close()
	return e.insert(m.String())
}

// newID returns an identifier that nothing in the document has.
func (e *xadesEditor) newID(local string) string {
	ids := e.IDs()
	for i := len(e.properties().Unsigned) + 1; ; i++ {
		if id := fmt.Sprintf("%s_%d_%d", local, e.number+1, i); !ids.Has(id) {
			return id
		}
	}
}

// Values adds CertificateValues and RevocationValues (EN 319 132-1, 5.4) with what is not there yet. What comes after them, or after an
// archive time stamp, goes into a TimeStampValidationData of version 1.4.1 (5.5.1). A signature with complete references and without values
// gets all of it: that is XAdES-X-L.
func (e *xadesEditor) Values(data validation.Data) error {
	isXL := e.has("CompleteCertificateRefs") && !e.has("CertificateValues") && !e.has("RevocationValues")
	if !isXL {
		data = missing(data, formats.EmbeddedXML(e.signature()))
	}
	first, further := e.begin(), e.begin()
	isLater := e.has("ArchiveTimeStamp")
	if len(data.Certificates) > 0 {
		to := first
		if isLater || e.has("CertificateValues") {
			to = further
		}
		to.open(e.prefix + "CertificateValues")
		for _, c := range data.Certificates {
			to.bytes(e.prefix+"EncapsulatedX509Certificate", c.Raw)
		}
		to.close()
	}
	if len(data.CRLs)+len(data.OCSPs) > 0 {
		to := first
		if isLater || e.has("RevocationValues") {
			to = further
		}
		to.open(e.prefix + "RevocationValues")
		to.list(e.prefix+"CRLValues", e.prefix+"EncapsulatedCRLValue", data.CRLs)
		to.list(e.prefix+"OCSPValues", e.prefix+"EncapsulatedOCSPValue", data.OCSPs)
		to.close()
	}
	added := first.String()
	if further.Len() > 0 {
		added += "<" + e.version141("TimeStampValidationData") + ">" + further.String() + "</" + e.later + "TimeStampValidationData>"
	}
	if added == "" {
		return nil
	}
	return e.insert(added)
}

// insert puts markup at the end of the unsigned properties of the signature, within further elements where they are missing, and reads the
// document again.
func (e *xadesEditor) insert(added string) error {
	qualifying := e.properties().Element
	group := func(local, inside string) string {
		return "<" + e.prefix + local + ">" + inside + "</" + e.prefix + local + ">"
	}
	unsigned := tolerant.Child(qualifying, "UnsignedProperties", tolerant.XAdES132)
	ofSignature := tolerant.Child(unsigned, "UnsignedSignatureProperties", tolerant.XAdES132)
	var source string
	switch {
	case ofSignature != nil:
		source = e.put(ofSignature, false, added)
	case unsigned != nil: // before those of data objects
		source = e.put(unsigned, true, group("UnsignedSignatureProperties", added))
	default:
		source = e.put(qualifying, false, group("UnsignedProperties", group("UnsignedSignatureProperties", added)))
	}
	if len(source) > tolerant.MaxSize {
		return fault.Errorf(fault.RequestTooLarge, "XML of %d bytes, over the limit of %d", len(source), tolerant.MaxSize)
	}
	d, err := formats.ReadXML(xmlContent(source), e.target.Documents)
	if err != nil {
		return fmt.Errorf("read what was made: %w", err)
	}
	e.Document = d
	if s := e.signature(); s.Err != nil || s.Properties == nil {
		return fault.Errorf(fault.Internal, "what was added spoils the signature: %v", s.Err)
	}
	return nil
}

// put returns the document with markup at the start or at the end of an element's content.
func (e *xadesEditor) put(n *xmltree.Node, atStart bool, added string) string {
	if n.IsEmptyTag() {
		start, end := n.Span()
		tag := strings.TrimRight(strings.TrimSuffix(e.Source[start:end], "/>"), " \t\r\n")
		name := n.Local
		if n.Prefix != "" {
			name = n.Prefix + ":" + name
		}
		return e.Source[:start] + tag + ">" + added + "</" + name + ">" + e.Source[end:]
	}
	start, at := n.Content()
	if atStart {
		at = start
	}
	return e.Source[:at] + added + e.Source[at:]
}

// markup is XML that is being written. The start tag of its outermost element declares the namespace of properties where their prefix
// might mean another one.
type markup struct {
	strings.Builder
	names    []string // of open elements
	declares string
}

// begin begins the markup of properties.
func (e *xadesEditor) begin() *markup {
	attribute := "xmlns"
	if e.prefix != "" {
		attribute += ":" + strings.TrimSuffix(e.prefix, ":")
	}
	return &markup{declares: fmt.Sprintf(` %s="%s"`, attribute, tolerant.XAdES132)}
}

func (m *markup) add(parts ...string) {
	for _, part := range parts {
		m.WriteString(part)
	}
}

// open writes a start tag: a name, and attributes.
func (m *markup) open(tag string) {
	name, _, _ := strings.Cut(tag, " ")
	m.add("<", tag)
	if len(m.names) == 0 {
		m.add(m.declares)
	}
	m.add(">")
	m.names = append(m.names, name)
}

// close writes the end tag of what was opened last.
func (m *markup) close() {
	last := len(m.names) - 1
	m.add("</", m.names[last], ">")
	m.names = m.names[:last]
}

// text writes an element with a text, within others; tag is as in open.
func (m *markup) text(tag, text string) {
	name, _, _ := strings.Cut(tag, " ")
	m.add("<", tag, ">", xmldsig.EscapeText(text), "</", name, ">")
}

func (m *markup) bytes(tag string, data []byte) { m.text(tag, base64.StdEncoding.EncodeToString(data)) }

// list writes an element with one for each value, if there are any.
func (m *markup) list(name, of string, values [][]byte) {
	if len(values) == 0 {
		return
	}
	m.open(name)
	for _, value := range values {
		m.bytes(of, value)
	}
	m.close()
}
