package formats_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
)

// hostileXML are documents that make a reader work, or that look for one that does.
func hostileXML() map[string]string {
	one := func(references, before, after string) string {
		return before + `<ds:Signature xmlns:ds="` + dsig + `" Id="s"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="` + c14n + `"/><ds:SignatureMethod Algorithm="` + more +
			`rsa-sha256"/>` + strings.ReplaceAll(references, "%DIGEST%", xmlSHA256) + `</ds:SignedInfo><ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature>` + after
	}
	const enveloped = dsig + "enveloped-signature"
	nested := func(n int, from string) (b string) {
		return strings.Repeat(from, n)
	}
	var elements, ends, byID, byChain, manifest strings.Builder
	for i := range 100 {
		fmt.Fprintf(&elements, `<a Id="i%d">`, i)
		ends.WriteString("</a>")
	}
	for i := range 1000 {
		byID.WriteString(over(fmt.Sprintf("#i%d", i%100), strings.Repeat(excC14n, 1), c14n))
		byChain.WriteString(over("", enveloped, expression(excC14n, fmt.Sprintf(`<e:InclusiveNamespaces xmlns:e="%s" PrefixList="p%d"/>`, excC14n, i))))
		manifest.WriteString(over("#i0"))
	}
	filler := strings.Repeat("<b>metin</b>", 80_000)
	long := "urn:" + strings.Repeat("x", 2000)
	var signatures strings.Builder
	for range 64 {
		signatures.WriteString(one(nested(50, over("", enveloped, excC14n))+over("", enveloped), "", ""))
	}
	name := strings.Repeat("x", 1000)
	deep := one(over("#i0"), strings.Repeat("<"+name+">", 100)+`<b Id="i0"/>`+strings.Repeat("<c/>", 200_000), strings.Repeat("</"+name+">", 100))
	return map[string]string{
		"10,000 references":              one(nested(10_000, over("", enveloped)), "<a>"+filler, "</a>"),
		"1,000 references, all the same": one(nested(1000, over("", enveloped)), "<a>"+filler, "</a>"),
		"1,000 elements in each other":   one(byID.String(), elements.String()+filler, ends.String()),
		"1,000 canonical forms":          one(byChain.String(), "<a>"+filler, "</a>"),
		"a long namespace":               one(over("", enveloped, excC14n), `<a xmlns:p="`+long+`">`+strings.Repeat("<p:b/>", 80_000), "</a>"),
		"a manifest of 1,000":            one(strings.Replace(over("#m"), "<ds:Reference", `<ds:Reference Type="`+dsig+`Manifest"`, 1), `<a Id="i0"><ds:Manifest xmlns:ds="`+dsig+`" Id="m">`+strings.ReplaceAll(manifest.String(), "%DIGEST%", xmlSHA256)+"</ds:Manifest>"+filler, "</a>"),
		"64 signatures":                  "<a>" + filler + signatures.String() + "</a>",
		"65 signatures":                  "<a>" + signatures.String() + one(over("", enveloped), "", "") + "</a>",
		"parsed again and again":         one(nested(100, over("", enveloped, c14n, c14n, excC14n, c14n, excC14n, c14n, excC14n)), "<a>"+filler, "</a>"),
		"base64 of everything":           one(nested(900, over("#i0", dsig+"base64", dsig+"base64")), `<a Id="i0">`+strings.Repeat("QUFB", 200_000), "</a>"),
		"signatures within each other":   strings.Repeat(`<ds:Signature xmlns:ds="`+dsig+`"><ds:Object>`, 60) + strings.Repeat(`</ds:Object></ds:Signature>`, 60),
		"many identifiers":               one(over("#i0"), "<a>"+strings.Repeat(`<b Id="i0"/>`, 80_000), "</a>"),
		"a text of 1 MB as identifier":   one(over("#"+strings.Repeat("i", 1<<20)), "<a>", "</a>"),
		"a transform of 1 MB":            one(over("", expression(xpath, "<ds:XPath>"+strings.Repeat("(", 1<<20)+"</ds:XPath>")), "<a>", "</a>"),
		"900 external references":        one(nested(900, over("a.txt", c14n)), "<a>", "</a>"),
		"uncovered elements, deep":       deep,
		"uncovered elements":             one(over("#i0"), `<a><b Id="i0"/>`+strings.Repeat("<c/>", 200_000), "</a>"),
	}
}

// besideXML is the file that references of hostileXML may be over.
var besideXML = formats.Document{Name: "a.txt", Content: content([]byte("<a>" + strings.Repeat("<b/>", 1000) + "</a>"))}

// TestHostileXML reads and judges each within a processor's time for each megabyte of it, and passes none.
func TestHostileXML(t *testing.T) {
	testHostile(t, hostileXML(), validation.DefaultPolicy(), time.Now(), besideXML)
}
