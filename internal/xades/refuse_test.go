package xades_test

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/xades"
)

const (
	isMalformed = fault.SignatureMalformed
	isProperty  = fault.SignatureAttributes
	isAlgorithm = fault.SignatureAlgorithm
	isInvalid   = fault.SignatureInvalid
)

// replace returns a change of the first place that a pattern matches.
func replace(pattern, by string) func(string) string {
	expression := regexp.MustCompile(pattern)
	return func(signed string) string {
		at := expression.FindStringSubmatchIndex(signed)
		if at == nil {
			return "" // nothing is changed: the test fails
		}
		return signed[:at[0]] + string(expression.ExpandString(nil, by, signed, at)) + signed[at[1]:]
	}
}

// changes are what is changed in a good signature of each of three forms, with the code of the refusal and a part of its reason.
var changes = map[string]struct {
	change func(string) string
	want   fault.Code
	reason string
}{
	"Canonical XML 1.1":                  {replace(`CanonicalizationMethod Algorithm="[^"]*"`, `CanonicalizationMethod Algorithm="http://www.w3.org/2006/12/xml-c14n11"`), isAlgorithm, "CanonicalizationMethod"},
	"XPath":                              {replace(`Transform Algorithm="[^"]*"`, `Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"`), isAlgorithm, "xpath"},
	"XSLT":                               {replace(`Transform Algorithm="[^"]*"`, `Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"`), isAlgorithm, "xslt"},
	"SHA-1":                              {replace(`DigestMethod Algorithm="[^"]*"`, `DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"`), isAlgorithm, "sha1"},
	"RSA with SHA-1":                     {replace(`SignatureMethod Algorithm="[^"]*"`, `SignatureMethod Algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1"`), isAlgorithm, "rsa-sha1"},
	"HMAC":                               {replace(`SignatureMethod Algorithm="[^"]*"`, `SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"`), isAlgorithm, "hmac"},
	"parameters of the signature":        {replace(`(<ds:SignatureMethod [^/]*[^>]*?)/>`, `$1><ds:HMACOutputLength>1</ds:HMACOutputLength></ds:SignatureMethod>`), isAlgorithm, "parameters"},
	"a method without algorithm":         {replace(`SignatureMethod Algorithm=`, `SignatureMethod algorithm=`), isMalformed, "without Algorithm"},
	"a comment in a digest":              {replace(`<ds:DigestValue>`, `<ds:DigestValue><!-- -->`), isMalformed, "text alone"},
	"an element in a digest":             {replace(`<ds:DigestValue>`, `<ds:DigestValue><a/>`), isMalformed, "text alone"},
	"a comment in SignedInfo":            {replace(`<ds:SignedInfo>`, `<ds:SignedInfo><!-- -->`), isMalformed, "comment"},
	"text in SignedInfo":                 {replace(`<ds:SignedInfo>`, `<ds:SignedInfo>x`), isMalformed, "text"},
	"a short digest":                     {replace(`<ds:DigestValue>[^<]*`, `<ds:DigestValue>AAAA`), isMalformed, "digest of 3 bytes"},
	"base64 with stray bits":             {replace(`<ds:DigestValue>[^<]*`, `<ds:DigestValue>AAB=`), isMalformed, "base64"},
	"two SignedInfo":                     {replace(`(<ds:SignedInfo>.*</ds:SignedInfo>)`, `$1$1`), isMalformed, "SignatureValue"},
	"no SignatureValue":                  {replace(`<ds:SignatureValue>.*</ds:SignatureValue>`, ``), isMalformed, "SignatureValue"},
	"a large SignatureValue":             {replace(`<ds:SignatureValue>`, `<ds:SignatureValue>`+strings.Repeat("AAAA", 400)), isMalformed, "bytes"},
	"no KeyInfo":                         {replace(`<ds:KeyInfo>.*</ds:KeyInfo>`, ``), isMalformed, "no KeyInfo"},
	"a Reference without URI":            {replace(`(<ds:Reference[^>]*) URI="[^"]*"`, `$1`), isMalformed, "without URI"},
	"an XPointer":                        {replace(`URI="#SignedProperties_([^"]*)"`, `URI="#xpointer(id('SignedProperties_$1'))"`), isAlgorithm, "of the form"},
	"a Reference to nothing":             {replace(`URI="#SignedProperties_`, `URI="#x`), isMalformed, "no element"},
	"no Reference to the properties":     {replace(`<ds:Reference [^>]*01903#SignedProperties.*?</ds:Reference>`, ``), isMalformed, "no Reference to the signed"},
	"two References to the properties":   {replace(`(<ds:Reference [^>]*01903#SignedProperties.*?</ds:Reference>)`, `$1$1`), isMalformed, "points at"},
	"a Reference of another type":        {replace(` Type="http://uri.etsi.org/01903#SignedProperties"`, ``), isMalformed, "points at"},
	"a Reference of the type, elsewhere": {replace(`<ds:Reference (Id="[^"]*" )?(Type="[^"]*" )?URI="([^"]*)"`, `<ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" URI=""`), isMalformed, "points at"},
	"a Reference to the signature":       {replace(`(<ds:Signature [^>]*Id=")([^"]*)(".*)URI="#SignedProperties_[^"]*"`, `$1$2${3}URI="#$2"`), isMalformed, "points at"},
	"a Manifest":                         {replace(`<ds:Reference (Id="[^"]*" )?(Type="[^"]*" )?URI="([^"]*)"`, `<ds:Reference Type="http://www.w3.org/2000/09/xmldsig#Manifest" URI=""`), isMalformed, "points at"},
	"a file with transforms":             {replace(`(<ds:Reference [^>]*)URI="[^"]*"><ds:Transforms>`, `${1}URI="a"><ds:Transforms>`), isAlgorithm, "another file"},
	"a transform twice":                  {replace(`(<ds:Transform [^>]*>)`, `$1$1`), isAlgorithm, "after another"},
	"1,100 References":                   {replace(`(<ds:Reference .*?</ds:Reference>)`, strings.Repeat(`$1`, 1100)), isMalformed, "references"},
	"10 References within the document":  {replace(`(<ds:Reference .*?</ds:Reference>)`, strings.Repeat(`$1`, 10)), isMalformed, "references"},
	"parameters of a canonicalization":   {replace(`(<ds:CanonicalizationMethod [^/]*[^>]*?)/>`, `$1><a/></ds:CanonicalizationMethod>`), isAlgorithm, "parameters"},

	"properties of another signature": {replace(`Target="#`, `Target="#x`), isMalformed, "another signature"},
	"properties twice":                {replace(`(<xades:QualifyingProperties.*</xades:QualifyingProperties>)`, `$1<xades:QualifyingProperties xmlns:xades="http://uri.etsi.org/01903/v1.3.2#"/>`), isMalformed, "twice"},
	"properties of XAdES 1.1.1":       {replace(`xmlns:xades="http://uri.etsi.org/01903/v1.3.2#"`, `xmlns:xades="http://uri.etsi.org/01903/v1.1.1#"`), isMalformed, "XAdES 1.3.2"},
	"something beside the properties": {replace(`<xades:QualifyingProperties `, `<a/><xades:QualifyingProperties `), isMalformed, "beside"},
	"an Object that nothing covers":   {replace(`<ds:Object>`, `<ds:Object Id="x">text</ds:Object><ds:Object>`), isMalformed, "no Reference covers"},
	"something else in the signature": {replace(`<ds:Object>`, `<a/><ds:Object>`), isMalformed, "Object"},
	"an unknown property":             {replace(`<xades:SigningTime>`, `<xades:Other/><xades:SigningTime>`), isProperty, "not supported"},
	"a property of something else":    {replace(`<xades:SigningTime>`, `<a/><xades:SigningTime>`), isProperty, "not one of XAdES"},
	"two times":                       {replace(`(<xades:SigningTime>.*</xades:SigningTime>)`, `$1$1`), isProperty, "twice"},
	"no time":                         {replace(`<xades:SigningTime>.*</xades:SigningTime>`, ``), isProperty, "missing"},
	"a time without zone":             {replace(`(<xades:SigningTime>[^<]*)Z`, `$1`), isProperty, "SigningTime"},
	"no certificate":                  {replace(`<xades:SigningCertificate.*</xades:SigningCertificate(V2)?>`, ``), isProperty, "missing"},
	"two certificates":                {replace(`(<xades:SigningTime>)`, `<xades:SigningCertificate/>$1`), isMalformed, "Cert"},
	"an implied policy":               {replace(`<xades:SignaturePolicyId>.*</xades:SignaturePolicyId>`, `<xades:SignaturePolicyImplied/>`), isProperty, "implied"},
	"a policy by address":             {replace(`urn:oid:2.16`, `http://x/`), isProperty, "object identifier"},
	"a policy with a needless zero":   {replace(`urn:oid:2.16`, `urn:oid:2.016`), isProperty, "object identifier"},
	"a policy with transforms":        {replace(`<xades:SigPolicyHash>`, `<ds:Transforms/><xades:SigPolicyHash>`), isMalformed, "SigPolicyHash"},
	"a certified role":                {replace(`<xades:SignaturePolicyIdentifier>`, `<xades:SignerRoleV2><xades:CertifiedRolesV2/></xades:SignerRoleV2><xades:SignaturePolicyIdentifier>`), isProperty, "roles"},
	"the certificate's digest":        {replace(`(<xades:CertDigest><ds:DigestMethod [^>]*><ds:DigestValue>)..`, `${1}AA`), isProperty, "no embedded certificate"},
	"another way to the key":          {replace(`<ds:KeyInfo>`, `<ds:KeyInfo><ds:RetrievalMethod/>`), isMalformed, "RetrievalMethod"},
	"another key":                     {replace(`</ds:KeyInfo>`, `<ds:KeyValue><ds:RSAKeyValue/></ds:KeyValue></ds:KeyInfo>`), isMalformed, "KeyValue"},
	"a certificate that is none":      {replace(`<ds:X509Certificate>....`, `<ds:X509Certificate>AAAA`), isMalformed, "certificate"},
	"17 certificates":                 {replace(`(<ds:X509Certificate>.*?</ds:X509Certificate>)`, strings.Repeat(`$1`, 17)), isMalformed, "certificates"},
	"a DataObjectFormat of nothing":   {replace(`</xades:SignedSignatureProperties>(<xades:SignedDataObjectProperties>.*</xades:SignedDataObjectProperties>)?`, `</xades:SignedSignatureProperties><xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference="#x"/></xades:SignedDataObjectProperties>`), isProperty, "DataObjectFormat"},
	"a time stamp of the data":        {replace(`</xades:SignedSignatureProperties>(<xades:SignedDataObjectProperties>.*</xades:SignedDataObjectProperties>)?`, `</xades:SignedSignatureProperties><xades:SignedDataObjectProperties><xades:AllDataObjectsTimeStamp/></xades:SignedDataObjectProperties>`), isProperty, "not supported"},

	"another time":                     {replace(`<xades:SigningTime>2`, `<xades:SigningTime>3`), isInvalid, "digest"},
	"another value":                    {replace(`<ds:SignatureValue>....`, `<ds:SignatureValue>AAAA`), isInvalid, "signature value"},
	"a longer value":                   {replace(`<ds:SignatureValue>`, `<ds:SignatureValue>AAAA`), isInvalid, ""},
	"the other algorithm's identifier": {replace(`#ecdsa-sha256`, `#rsa-sha256`), isInvalid, "key of type"},
}

// TestParseRefuses changes good signatures. A refusal is for the reason that is expected.
func TestParseRefuses(t *testing.T) {
	p := newPerson(t, "P-256")
	p.signer.Policy = policy
	for _, what := range []string{"enveloped", "UBL-TR, empty content", "enveloping, digest of object"} {
		f := forms[what]
		signed := string(p.sign(t, f.options, f.documents...))
		for name, test := range changes {
			changed := test.change(signed)
			if changed == "" {
				t.Errorf("%s, %s: nothing is changed", what, name)
				continue
			}
			err := verify([]byte(changed), f.documents...)
			if fault.CodeOf(err) != test.want || err == nil || !strings.Contains(err.Error(), test.reason) {
				t.Errorf("%s, %s: %v, want %s of %q", what, name, err, test.want, test.reason)
			}
		}
	}
}

// TestWrapping moves what is signed to where a program that looks for it by its place does not see it.
func TestWrapping(t *testing.T) {
	p := newPerson(t, "P-256")
	signed := string(p.sign(t, xades.Options{}, xml(note)))
	element := string(p.sign(t, xades.Options{Element: "metin"}, xml(note)))
	properties := regexp.MustCompile(`<xades:SignedProperties.*</xades:SignedProperties>`)
	signature := regexp.MustCompile(`<ds:Signature .*</ds:Signature>`)
	root := regexp.MustCompile(`<not.*</not>`)
	withForged := func(inner string) string { // the properties are others, and the signed ones stand elsewhere
		genuine := properties.FindString(signed)
		forged := strings.Replace(strings.Replace(genuine, `Id="`, `Id="x`, 1), "<xades:SigningTime>2", "<xades:SigningTime>1", 1)
		return strings.Replace(strings.Replace(signed, genuine, forged, 1), "</ds:Signature>", strings.Replace(inner, "%", genuine, 1)+"</ds:Signature>", 1)
	}
	elsewhere := func() string { // the same, where nothing else covers it
		genuine := properties.FindString(element)
		forged := strings.Replace(strings.Replace(genuine, `Id="`, `Id="x`, 1), "<xades:SigningTime>2", "<xades:SigningTime>1", 1)
		return strings.Replace(strings.Replace(element, genuine, forged, 1), "<kime", `<ek xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:xades="`+
			xades.Namespace+`">`+genuine+"</ek><kime", 1)
	}
	for name, test := range map[string]struct {
		signed string
		want   fault.Code
	}{
		"properties outside the signature": {elsewhere(), isMalformed},
		"another root around it":           {root.ReplaceAllString(signed, `<not xmlns="urn:x"><metin>Olmaz.</metin>$0</not>`), isInvalid},
		"the signature into another root":  {`<not xmlns="urn:x"><metin>Olmaz.</metin>` + signature.FindString(signed) + `</not>`, isInvalid},
		"two elements of the identifier":   {strings.Replace(element, `<metin Id="metin">`, `<metin id="metin"/><metin Id="metin">`, 1), isMalformed},
		"the identifier on the root too":   {strings.Replace(element, `dil="tr"`, `dil="tr" ID="metin"`, 1), isMalformed},
		"properties in another Object":     {withForged(`<ds:Object>%</ds:Object>`), isMalformed},
		"properties of a nested one":       {withForged(`<ds:Object><xades:QualifyingProperties xmlns:xades="http://uri.etsi.org/01903/v1.3.2#">%</xades:QualifyingProperties></ds:Object>`), isMalformed},
		"something after the signature":    {strings.Replace(signed, "</ds:Signature>", "</ds:Signature><ek/>", 1), isInvalid},
		"a comment is not covered":         {strings.Replace(signed, "Olur.<!-- a -->", "Ol<!-- a -->maz.", 1), isInvalid},
		"something within the signature":   {strings.Replace(signed, "</ds:Signature>", "<ek/></ds:Signature>", 1), isMalformed},
	} {
		if err := verify([]byte(test.signed)); fault.CodeOf(err) != test.want {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
	// Comments are in no canonical form that a reference has, so that a document with another one must be told by its bytes.
	recommented := strings.Replace(signed, "<!-- a -->", "<!-- b -->", 1)
	if err := verify([]byte(recommented)); err != nil {
		t.Errorf("another comment, without the document: %v", err)
	}
	if err := verify([]byte(recommented), xml(note)); fault.CodeOf(err) != isInvalid {
		t.Errorf("another comment, with the document: %v", err)
	}
}

// TestUnsignedProperties adds what a site adds: it is named, and the signature holds.
func TestUnsignedProperties(t *testing.T) {
	signed := newPerson(t, "P-256").sign(t, xades.Options{}, xml(note))
	added := bytes.Replace(signed, []byte("</xades:SignedProperties>"), []byte("</xades:SignedProperties><xades:UnsignedProperties>"+
		"<xades:UnsignedSignatureProperties><xades:SignatureTimeStamp/></xades:UnsignedSignatureProperties></xades:UnsignedProperties>"), 1)
	signatures, err := xades.Parse(bytes.NewReader(added), int64(len(added)))
	if err != nil {
		t.Fatal(err)
	}
	if err := signatures[0].Verify(nil); err != nil || len(signatures[0].Unsigned) != 1 || signatures[0].Unsigned[0] != "SignatureTimeStamp" {
		t.Errorf("%v, %v", signatures[0].Unsigned, err)
	}
	countersigned := bytes.Replace(added, []byte("<xades:SignatureTimeStamp/>"), []byte("<xades:CounterSignature/>"), 1)
	if err := verify(countersigned); fault.CodeOf(err) != isProperty {
		t.Errorf("a counter-signature: %v", err)
	}
}

// TestIssuerSerialIsCompared has a certificate's serial number differ, in a signature that is good otherwise.
func TestIssuerSerialIsCompared(t *testing.T) {
	p := newPerson(t, "P-256")
	other := pkitest.Root(t, "Deneme Kök").Issue(t, p.key.Public())
	f := forms["prescription"]
	signed := string(p.sign(t, f.options, f.documents...))
	changed := strings.Replace(signed, p.signer.Certificate.SerialNumber.String(), other.SerialNumber.String(), 1)
	if err := verify([]byte(changed)); fault.CodeOf(err) != isProperty || !strings.Contains(err.Error(), "serial") {
		t.Error(err)
	}
}

// TestParseRefusesFiles gives whole files that are no signatures.
func TestParseRefusesFiles(t *testing.T) {
	signed := string(newPerson(t, "P-256").sign(t, xades.Options{Element: "metin"}, xml(note)))
	one := regexp.MustCompile(`<ds:Signature .*</ds:Signature>`).FindString(signed)
	for name, source := range map[string]string{
		"nothing":         "",
		"no signature":    note,
		"no XML":          "%PDF-1.7",
		"a document type": "<!DOCTYPE a>" + note,
		"its base64":      base64.StdEncoding.EncodeToString([]byte(signed)),
		"40 signatures":   "<a>" + strings.Repeat(one, 40) + "</a>",
		"too large":       signed + strings.Repeat(" ", xades.MaxSize),
	} {
		if _, err := xades.Parse(strings.NewReader(source), int64(len(source))); fault.CodeOf(err) != isMalformed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzParse looks for files on which the reader fails otherwise than by an error, and for accepted ones that cover nothing.
func FuzzParse(f *testing.F) {
	p := newPerson(f, "P-256")
	p.signer.Chain = nil
	for _, form := range forms {
		f.Add(p.sign(f, form.options, form.documents...))
	}
	f.Fuzz(func(t *testing.T, signed []byte) {
		signatures, err := xades.Parse(bytes.NewReader(signed), int64(len(signed)))
		if err != nil {
			return
		}
		for _, s := range signatures {
			if len(s.Elements())+len(s.Files()) == 0 || s.Claims().Certificate == nil || s.Claims().Hash == 0 {
				t.Fatal("accepted, and covers nothing or is of nobody")
			}
			_ = s.Verify(nil)
		}
	})
}

// FuzzPrepare signs documents, whatever they are: what is signed is verified, with the document and without.
func FuzzPrepare(f *testing.F) {
	p := newPerson(f, "P-256")
	for _, source := range []string{note, prescription, invoice(""), invoice(emptyContent), invoice(otherContent), "<a/>", "<?p?><a b='1' />\r\n<!--c-->"} {
		f.Add([]byte(source), true, false)
		f.Add([]byte(source), false, true)
		f.Add([]byte(source), false, false)
	}
	f.Fuzz(func(t *testing.T, source []byte, isUBL, isEnveloping bool) {
		o := xades.Options{}
		switch {
		case isUBL:
			o.Dialect = xades.UBLTR
		case isEnveloping:
			o.Form = xades.Enveloping
		}
		document := ades.NewDocument("a.xml", "text/xml", source)
		prepared, err := xades.Prepare(p.signer, []ades.Document{document}, o)
		if err != nil {
			return
		}
		pieces, err := prepared.Complete(p.card(t, prepared.Digest()))
		if err != nil {
			t.Fatal(err)
		}
		signed := make([]byte, pieces.Size())
		if _, err := pieces.Reader([]ades.Document{document}).ReadAt(signed, 0); err != nil {
			t.Fatal(err)
		}
		signatures, err := xades.Parse(bytes.NewReader(signed), int64(len(signed)))
		if err != nil {
			t.Fatalf("what was signed is not read: %v", err)
		}
		last := signatures[len(signatures)-1]
		for _, s := range signatures { // another one may have been there
			if s.Claims().Certificate.Equal(p.signer.Certificate) {
				last = s
			}
		}
		if err := last.Verify(nil); err != nil {
			t.Fatal(err)
		}
		if err := last.Verify([]ades.Document{document}); err != nil {
			t.Fatalf("with the document: %v", err)
		}
	})
}
