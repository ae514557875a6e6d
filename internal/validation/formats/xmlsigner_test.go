package formats_test

import (
	"crypto"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
	"github.com/e-onay/e-onay/internal/xades"
	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// TestXMLSigner has the signing-certificate property name several certificates, in any order, and KeyInfo have them in any: the signer's is
// found. A property that names another certificate finds none.
func TestXMLSigner(t *testing.T) {
	cert := func(der []byte) string {
		return `<xades:Cert><xades:CertDigest><ds:DigestMethod Algorithm="` + xmlSHA256 + `"/><ds:DigestValue>` + base64.StdEncoding.EncodeToString(hashOf(der)) + `</ds:DigestValue></xades:CertDigest></xades:Cert>`
	}
	inKeyInfo := func(der []byte) string {
		return "<ds:X509Certificate>" + base64.StdEncoding.EncodeToString(der) + "</ds:X509Certificate>"
	}
	w := validationtest.New(t)
	signer, ca, other := w.Signer.Raw, w.CA.Certificate.Raw, w.CA.Issue(t, w.TSAKey.Public()).Raw
	for name, test := range map[string]struct {
		named, embedded [][]byte
		sub             validation.SubIndication // "" for one that passes
	}{
		"alone":              {[][]byte{signer}, [][]byte{signer, ca}, ""},
		"first":              {[][]byte{signer, ca}, [][]byte{ca, signer}, ""},
		"last":               {[][]byte{ca, signer}, [][]byte{signer, ca}, ""},
		"twice":              {[][]byte{signer, signer}, [][]byte{ca, signer}, ""},
		"another":            {[][]byte{other}, [][]byte{signer, other}, validation.SigCryptoFailure},
		"another, not there": {[][]byte{other}, [][]byte{signer}, validation.NoSigningCertificateFound},
		"not embedded":       {[][]byte{signer}, [][]byte{ca}, validation.NoSigningCertificateFound},
		"none":               {nil, [][]byte{ca, signer}, validation.SigConstraintsFailure},
	} {
		t.Run(name, func(t *testing.T) {
			f := newXMLFile(t)
			f.World = w
			f.source = string(signXML(w, xades.Options{}, xmlDocument(invoiceXML)))
			property, keys := "<xades:SigningCertificateV2>", ""
			for _, der := range test.named {
				property += cert(der)
			}
			if property += "</xades:SigningCertificateV2>"; test.named == nil {
				property = ""
			}
			for _, der := range test.embedded {
				keys += inKeyInfo(der)
			}
			f.replace("<xades:SigningCertificateV2>", "</xades:SigningCertificateV2>", property)
			f.replace("<ds:X509Certificate>", "</ds:X509Data>", keys+"</ds:X509Data>")
			f.sign(isFirst)
			if got := f.judge(); got.SubIndication != test.sub || (test.sub == "") != (got.Indication == validation.Passed) {
				t.Errorf("%s %s %+v, want %q", got.Indication, got.SubIndication, got.Reasons, test.sub)
			}
		})
	}
}

// TestXMLProperties has signed properties that break the rules, and policies in the ways in which they are named.
func TestXMLProperties(t *testing.T) {
	const ofTime, certificate = "</xades:SigningTime>", "</xades:SigningCertificateV2>"
	policy := func(inside string) string {
		return certificate + "<xades:SignaturePolicyIdentifier>" + inside + "</xades:SignaturePolicyIdentifier>"
	}
	named := func(identifier string) string {
		return policy("<xades:SignaturePolicyId><xades:SigPolicyId><xades:Identifier>" + identifier + "</xades:Identifier></xades:SigPolicyId><xades:SigPolicyHash><ds:DigestMethod Algorithm=\"" +
			xmlSHA256 + "\"/><ds:DigestValue>AAAA</ds:DigestValue></xades:SigPolicyHash></xades:SignaturePolicyId>")
	}
	for name, test := range map[string]struct {
		old, new string
		sub      validation.SubIndication
		oid      string
	}{
		"time twice":          {ofTime, ofTime + "<xades:SigningTime>2020-01-01T00:00:00Z" + ofTime, validation.FormatFailure, ""},
		"no time":             {ofTime, "x" + ofTime, validation.FormatFailure, ""},
		"both certificates":   {certificate, certificate + "<xades:SigningCertificate/>", validation.FormatFailure, ""},
		"certificate of none": {certificate, "<xades:x/>" + certificate, validation.FormatFailure, ""},
		"place and role":      {certificate, certificate + "<xades:SignatureProductionPlace/><xades:SignerRoleV2/>", "", ""},
		"implied policy":      {certificate, policy("<xades:SignaturePolicyImplied/>"), validation.SignaturePolicyNotAvailable, ""},
		"policy":              {certificate, named("urn:oid:2.16.792.1.61.0.1.5070.3.3.1"), validation.PolicyProcessingError, "2.16.792.1.61.0.1.5070.3.3.1"},
		"policy in digits":    {certificate, named(" 2.16.792.1.61.0.1.5070.3.3.1 "), validation.PolicyProcessingError, "2.16.792.1.61.0.1.5070.3.3.1"},
		"unknown policy":      {certificate, named("OID.1.2.3"), validation.SignaturePolicyNotAvailable, "1.2.3"},
		"policy by address":   {certificate, named("http://policy.example/"), validation.SignaturePolicyNotAvailable, ""},
		"policy of no name":   {certificate, policy("<xades:SignaturePolicyId/>"), validation.FormatFailure, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newXMLFile(t)
			f.source = strings.Replace(f.source, test.old, test.new, 1)
			f.sign(isFirst)
			got := f.judge()
			if got.SubIndication != test.sub || (test.sub == "") != (got.Indication == validation.Passed) {
				t.Errorf("%s %s %+v, want %q", got.Indication, got.SubIndication, got.Reasons, test.sub)
			}
			if test.oid != "" && (got.Policy == nil || got.Policy.OID != test.oid) {
				t.Errorf("policy %+v", got.Policy)
			}
		})
	}
}

// TestXMLKeyInfoSigned has a signature be over its own KeyInfo too, as some programs make it: that is no content.
func TestXMLKeyInfoSigned(t *testing.T) {
	f := newXMLFile(t)
	f.replace("<ds:KeyInfo>", "<ds:X509Data>", `<ds:KeyInfo Id="key"><ds:X509Data>`)
	f.replace("</ds:SignedInfo>", "<ds:SignatureValue", `<ds:Reference URI="#key"><ds:DigestMethod Algorithm="`+xmlSHA256+`"/><ds:DigestValue>`+
		base64.StdEncoding.EncodeToString(make([]byte, 32))+`</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue`)
	f.sign(isFirst)
	got := f.judge()
	if got.Indication != validation.Passed || got.Covers.Content != "attached" || len(got.Covers.Parts) != 1 || got.Covers.Digest == "" {
		t.Errorf("%s %+v, covers %+v", got.Indication, got.Reasons, got.Covers)
	}
	f.replace("<ds:KeyInfo ", ">", `<ds:KeyInfo Id="key" xml:lang="tr">`)
	if got := f.judge(); got.SubIndication != validation.HashFailure {
		t.Errorf("changed: %s %s", got.Indication, got.SubIndication)
	}
}

// replace puts text in place of what stands from the first begin to the end after it.
func (f *xmlFile) replace(begin, end, text string) {
	f.T.Helper()
	before, after, found := strings.Cut(f.source, begin)
	_, after, ended := strings.Cut(after, end)
	if !found || !ended {
		f.T.Fatalf("no %s", begin)
	}
	f.source = before + text + after
}

func hashOf(data []byte) []byte {
	h := crypto.SHA256.New()
	h.Write(data)
	return h.Sum(nil)
}

// TestXMLCounterSignature judges a counter-signature, one that is over something else, and one of a signature value that was changed.
func TestXMLCounterSignature(t *testing.T) {
	make := func(uri string) *xmlFile {
		f := newXMLFile(t)
		counter := string(signXML(f.World, xades.Options{Element: "tutar"}, xmlDocument(invoiceXML)))
		_, counter, _ = strings.Cut(counter, "<ds:Signature ")
		counter, _, _ = strings.Cut(counter, "</ds:Signature>")
		counter = "<ds:Signature " + counter + "</ds:Signature>"
		counter = strings.Replace(counter, `<ds:Transform Algorithm="`+xmldsig.EnvelopedURI+`"/>`, "", 1)
		counter = strings.Replace(counter, `URI="#tutar"`, `Type="http://uri.etsi.org/01903#CountersignedSignature" URI="`+uri+`"`, 1)
		f.add("<xades:CounterSignature>" + counter + "</xades:CounterSignature>")
		f.sign(func(n *xmltree.Node) bool { return n.Parent.Local == "CounterSignature" })
		return f
	}
	good := make("#value")
	got := good.judge()
	if got.Indication != validation.Passed || len(got.CounterSignatures) != 1 {
		t.Fatalf("%s %+v, %d counter-signatures", got.Indication, got.Reasons, len(got.CounterSignatures))
	}
	counter := got.CounterSignatures[0]
	if counter.ID != "1.1" || counter.Indication != validation.Passed || counter.Covers.Content != "signature" || counter.Level != "B" {
		t.Errorf("%s: %s %s %+v, covers %+v, level %q", counter.ID, counter.Indication, counter.SubIndication, counter.Reasons, counter.Covers, counter.Level)
	}
	other := make("#tutar").judge().CounterSignatures[0]
	if other.Indication != validation.Indeterminate || other.Reasons[0].Subject != "CounterSignature" {
		t.Errorf("over something else: %s %+v", other.Indication, other.Reasons)
	}
	good.sign(isFirst) // the same content by another value
	if changed := good.judge(); changed.Indication != validation.Passed || changed.CounterSignatures[0].SubIndication != validation.HashFailure {
		t.Errorf("of another value: %s, %s", changed.Indication, changed.CounterSignatures[0].SubIndication)
	}
	signatures, err := formats.Read(content([]byte(strings.Replace(good.source, "xades:CounterSignature", "xades:Other", 2))))
	if err != nil || len(signatures) != 2 || signatures[1].ID != "2" {
		t.Errorf("elsewhere: %d signatures, %v", len(signatures), err)
	}
}
