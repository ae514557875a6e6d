package formats_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
	"github.com/e-onay/e-onay/internal/xades"
	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// xmlFile is a signed document that a test adds properties to, with imprints that it computes itself.
type xmlFile struct {
	*validationtest.World
	source string
}

func newXMLFile(t *testing.T) *xmlFile {
	w := validationtest.New(t)
	signed := string(signXML(w, xades.Options{}, xmlDocument(invoiceXML)))
	const groups = "<xades:UnsignedProperties><xades:UnsignedSignatureProperties></xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
	signed = strings.Replace(signed, "</xades:QualifyingProperties>", groups+"</xades:QualifyingProperties>", 1)
	return &xmlFile{w, strings.Replace(signed, "<ds:SignatureValue>", `<ds:SignatureValue Id="value">`, 1)}
}

// add adds an unsigned property, the last one.
func (f *xmlFile) add(property string) *xmlFile {
	f.source = strings.Replace(f.source, "</xades:UnsignedSignatureProperties>", property+"</xades:UnsignedSignatureProperties>", 1)
	return f
}

// part returns the canonical form of the elements of a name, in their order, or of all of the document without the signature for "".
func (f *xmlFile) part(c xmldsig.Canonicalization, local string) []byte {
	f.T.Helper()
	d, err := xmltree.ParseString(f.source)
	if err != nil {
		f.T.Fatal(err)
	}
	var b bytes.Buffer
	if local == "" {
		err = c.WriteDocument(&b, d, xmldsig.Find(d)[0])
	}
	d.Elements(func(n *xmltree.Node) bool {
		if n.Local == local && err == nil {
			err = c.WriteElement(&b, d, n, nil)
		}
		return true
	})
	if err != nil || b.Len() == 0 {
		f.T.Fatalf("no %s: %v", local, err)
	}
	return b.Bytes()
}

// property is a time stamp over parts in the canonical form c, with further elements before its token.
func (f *xmlFile) property(name string, c xmldsig.Canonicalization, at time.Time, further string, parts ...string) string {
	f.T.Helper()
	h := crypto.SHA256.New()
	for _, part := range parts {
		form := c
		if part == "" || part == "SignedProperties" { // references name their own
			form = xmldsig.Canonicalization{Exclusive: true}
		}
		h.Write(f.part(form, part))
	}
	token := base64.StdEncoding.EncodeToString(f.Stamp(h.Sum(nil), at))
	tag := "xades:" + name
	if strings.HasPrefix(name, "xades141:") {
		tag = name
	}
	return fmt.Sprintf(`<%s xmlns:xades141="http://uri.etsi.org/01903/v1.4.1#">%s<ds:CanonicalizationMethod Algorithm="%s"/><xades:EncapsulatedTimeStamp>%s</xades:EncapsulatedTimeStamp></%[1]s>`,
		tag, further, c.URI(), token)
}

// sign signs an element of the document again: its references, then its value.
func (f *xmlFile) sign(which func(*xmltree.Node) bool) {
	f.T.Helper()
	read := func() *xmldsig.Signature {
		d, err := xmltree.ParseString(f.source)
		if err != nil {
			f.T.Fatal(err)
		}
		var found *xmltree.Node
		d.Elements(func(n *xmltree.Node) bool {
			if n.Is(xmldsig.Namespace, "Signature") && which(n) {
				found = n
			}
			return found == nil
		})
		s, err := xmldsig.Read(d, d.IDs(), found)
		if err != nil {
			f.T.Fatal(err)
		}
		return s
	}
	put := func(at int, data []byte) {
		text := base64.StdEncoding.EncodeToString(data)
		f.source = f.source[:at] + text + f.source[at+len(text):]
	}
	for i := range read().References {
		r := read().References[i]
		sum, err := read().Compute(r)
		if err != nil {
			f.T.Fatal(err)
		}
		start, _ := r.ValueSpan()
		put(start, sum)
	}
	digest, err := read().SignedDigest()
	if err != nil {
		f.T.Fatal(err)
	}
	value, err := f.Key.Sign(rand.Reader, digest, crypto.SHA256)
	if err == nil {
		value, err = xmldsig.EncodeValue(f.Key.Public().(*ecdsa.PublicKey), value)
	}
	if err != nil {
		f.T.Fatal(err)
	}
	start, _ := read().ValueSpan()
	put(start, value)
}

func isFirst(*xmltree.Node) bool { return true }

func (f *xmlFile) judge() *validation.SignatureReport {
	f.T.Helper()
	return judgeXML(f.World, []byte(f.source)).Signatures[0]
}

const (
	certificateRefs = `<xades:CompleteCertificateRefs><xades:CertRefs/></xades:CompleteCertificateRefs>`
	revocationRefs  = `<xades:CompleteRevocationRefs/>`
	certificateV2   = `<xades141:CompleteCertificateRefsV2 xmlns:xades141="http://uri.etsi.org/01903/v1.4.1#"/>`
)

// TestXMLStamps has time stamps of each kind over what they must be over, and over something else.
func TestXMLStamps(t *testing.T) {
	inclusive, exclusive, comments := xmldsig.Canonicalization{}, xmldsig.Canonicalization{Exclusive: true}, xmldsig.Canonicalization{Comments: true}
	signed := validationtest.Signed
	stamped := func(f *xmlFile) *xmlFile {
		return f.add(f.property("SignatureTimeStamp", inclusive, signed, "", "SignatureValue"))
	}
	referenced := func(f *xmlFile) *xmlFile { return stamped(f).add(certificateRefs).add(revocationRefs) }
	archive := []string{"", "SignedProperties", "SignedInfo", "SignatureValue", "KeyInfo", "SignatureTimeStamp"}
	for name, test := range map[string]struct {
		before      func(*xmlFile) *xmlFile
		property    string
		c           xmldsig.Canonicalization
		parts       []string
		kind        validation.StampKind
		form, level string
	}{
		"signature":            {nil, "SignatureTimeStamp", inclusive, []string{"SignatureValue"}, validation.SignatureStamp, "T", "T"},
		"signature, exclusive": {nil, "SignatureTimeStamp", exclusive, []string{"SignatureValue"}, validation.SignatureStamp, "T", "T"},
		"signature, comments":  {nil, "SignatureTimeStamp", comments, []string{"SignatureValue"}, validation.SignatureStamp, "T", "T"},
		"references":           {referenced, "SigAndRefsTimeStamp", exclusive, []string{"SignatureValue", "SignatureTimeStamp", "CompleteCertificateRefs", "CompleteRevocationRefs"}, validation.ReferencesStamp, "X", ""},
		"references alone":     {referenced, "RefsOnlyTimeStamp", inclusive, []string{"CompleteCertificateRefs", "CompleteRevocationRefs"}, validation.ReferencesStamp, "X", ""},
		"references in another order": {func(f *xmlFile) *xmlFile { return stamped(f).add(revocationRefs).add(certificateRefs) }, "RefsOnlyTimeStamp", inclusive,
			[]string{"CompleteCertificateRefs", "CompleteRevocationRefs"}, validation.ReferencesStamp, "X", ""},
		"references of version 2": {func(f *xmlFile) *xmlFile { return stamped(f).add(certificateV2).add(revocationRefs) }, "xades141:SigAndRefsTimeStampV2", inclusive,
			[]string{"SignatureValue", "SignatureTimeStamp", "CompleteCertificateRefsV2", "CompleteRevocationRefs"}, validation.ReferencesStamp, "X", ""},
		"archive":            {stamped, "xades141:ArchiveTimeStamp", exclusive, archive, validation.ArchiveStamp, "T", "T"}, // without values it is no LTA
		"archive of 1.3.2":   {stamped, "ArchiveTimeStamp", inclusive, archive, validation.ArchiveStamp, "T", ""},
		"archive, inclusive": {stamped, "xades141:ArchiveTimeStamp", inclusive, archive, validation.ArchiveStamp, "T", "T"},
	} {
		t.Run(name, func(t *testing.T) {
			for i := -1; i < len(test.parts); i++ { // all of them, then without each
				f := newXMLFile(t)
				if test.before != nil {
					f = test.before(f)
				}
				parts := test.parts
				if i >= 0 && len(parts) > 1 {
					parts = slices.Delete(slices.Clone(parts), i, i+1)
				} else if i >= 0 {
					parts = []string{"KeyInfo"}
				}
				got := f.add(f.property(test.property, test.c, signed.Add(time.Minute), "", parts...)).judge()
				last := got.TimeStamps[0] // the latest comes first
				if isWhole := i < 0; isWhole != (last.Indication == validation.Passed) || !isWhole && last.SubIndication != validation.HashFailure {
					t.Errorf("over %q: %s %s %+v", parts, last.Indication, last.SubIndication, last.Reasons)
				}
				if last.Kind != test.kind || got.Form != test.form || got.Level != test.level || got.Indication != validation.Passed {
					t.Errorf("%s, form %q, level %q, %s %+v", last.Kind, got.Form, got.Level, got.Indication, got.Reasons)
				}
			}
		})
	}
}

// TestXMLContentStamps signs time stamps of what is signed: of all of it, of a reference, and of one that is not there.
func TestXMLContentStamps(t *testing.T) {
	id := func(f *xmlFile) string {
		_, after, _ := strings.Cut(f.source, `<ds:Reference Id="`)
		before, _, _ := strings.Cut(after, `"`)
		return before
	}
	include := func(uri, data string) string { return `<xades:Include URI="` + uri + `"` + data + `/>` }
	for name, test := range map[string]struct {
		property, part string
		further        func(*xmlFile) string
		sub            validation.SubIndication // "" for one that passes
	}{
		"all":                     {"AllDataObjectsTimeStamp", "", nil, ""},
		"of something else":       {"AllDataObjectsTimeStamp", "KeyInfo", nil, validation.HashFailure},
		"individual":              {"IndividualDataObjectsTimeStamp", "", func(f *xmlFile) string { return include("#"+id(f), ` referencedData="true"`) }, ""},
		"of the reference itself": {"IndividualDataObjectsTimeStamp", "", func(f *xmlFile) string { return include("#"+id(f), "") }, validation.NoPOE},
		"of none":                 {"IndividualDataObjectsTimeStamp", "", func(*xmlFile) string { return include("#none", ` referencedData="true"`) }, validation.NoPOE},
		"without Include":         {"IndividualDataObjectsTimeStamp", "", func(*xmlFile) string { return "" }, validation.NoPOE},
	} {
		t.Run(name, func(t *testing.T) {
			f := newXMLFile(t)
			further := ""
			if test.further != nil {
				further = test.further(f)
			}
			stamp := f.property(test.property, xmldsig.Canonicalization{Exclusive: true}, validationtest.Signed, further, test.part)
			f.source = strings.Replace(f.source, "</xades:SignedDataObjectProperties>", stamp+"</xades:SignedDataObjectProperties>", 1)
			f.sign(isFirst)
			got := f.judge()
			if got.Indication != validation.Passed || len(got.TimeStamps) != 1 || got.TimeStamps[0].Kind != validation.ContentStamp || got.Proven != nil {
				t.Fatalf("%s %+v, %d time stamps", got.Indication, got.Reasons, len(got.TimeStamps))
			}
			if s := got.TimeStamps[0]; s.SubIndication != test.sub || (test.sub == "") != (s.Indication == validation.Passed) {
				t.Errorf("%s %s %+v, want %q", s.Indication, s.SubIndication, s.Reasons, test.sub)
			}
		})
	}
}

// TestXMLStampsThatProveNothing names what is not judged here, and what is no time stamp.
func TestXMLStampsThatProveNothing(t *testing.T) {
	f := newXMLFile(t)
	good := f.property("SignatureTimeStamp", xmldsig.Canonicalization{}, validationtest.Signed, "", "SignatureValue")
	for name, test := range map[string]struct {
		property string
		sub      validation.SubIndication
	}{
		"XML time stamp":   {strings.ReplaceAll(good, "EncapsulatedTimeStamp", "XMLTimeStamp"), validation.NoPOE},
		"no token":         {`<xades:SignatureTimeStamp><xades:EncapsulatedTimeStamp>AAAA</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>`, validation.NoSigningCertificateFound},
		"unknown C14N":     {strings.Replace(good, xmldsig.Canonicalization{}.URI(), "urn:x", 1), validation.NoPOE},
		"distributed":      {f.property("ArchiveTimeStamp", xmldsig.Canonicalization{}, validationtest.Signed, `<xades:Include URI="#value"/>`, "SignatureValue"), validation.NoPOE},
		"of version 2":     {strings.ReplaceAll(good, "xades:SignatureTimeStamp", "xades:ArchiveTimeStampV2"), validation.HashFailure},
		"of another space": {strings.ReplaceAll(strings.ReplaceAll(good, "<xades:SignatureTimeStamp ", `<x:SignatureTimeStamp xmlns:x="urn:x" `), "</xades:SignatureTimeStamp", "</x:SignatureTimeStamp"), "none"},
	} {
		one := &xmlFile{f.World, f.source}
		got := one.add(test.property).judge()
		switch {
		case test.sub == "none" && len(got.TimeStamps) == 0:
		case len(got.TimeStamps) != 1 || got.TimeStamps[0].SubIndication != test.sub || got.Proven != nil:
			t.Errorf("%s: %+v", name, got.TimeStamps)
		}
	}
	many := &xmlFile{f.World, f.source}
	many.add(strings.Repeat(good, validation.MaxTimeStamps+1))
	if got := many.judge(); got.Indication != validation.Indeterminate || got.Reasons[0].Code != validation.ReasonTooMany {
		t.Errorf("%s %+v", got.Indication, got.Reasons)
	}
	noted := f.add(`<e:SealingEvidenceRecords xmlns:e="http://uri.etsi.org/19132/v1.1.1#"/>`).judge()
	if noted.Indication != validation.Passed || len(noted.Notes) != 1 || noted.Notes[0].Subject != "evidence-record" {
		t.Errorf("%+v", noted.Notes)
	}
}
