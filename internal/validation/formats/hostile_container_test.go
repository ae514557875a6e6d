package formats_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// hostileContainers have files that unpack to a hundred times their size, many digests of one file, and as many signatures, files and
// references as there may be.
func hostileContainers(tb testing.TB, w *validationtest.World) map[string]string {
	large := box{{"a.txt", strings.Repeat("a", 60<<20)}}
	reference := func(algorithm, name string, size int) string {
		return fmt.Sprintf(`<a:DataObjectReference URI=%q><ds:DigestMethod Algorithm=%q/><ds:DigestValue>%s</ds:DigestValue></a:DataObjectReference>`,
			name, algorithm, base64.StdEncoding.EncodeToString(make([]byte, size)))
	}
	list := func(references string) string {
		return strings.Replace(box{}.manifest(boxSignature), "</a:ASiCManifest>", references+"</a:ASiCManifest>", 1)
	}
	hashes := reference(sha1URI, "a.txt", 20) + reference(sha256URI, "a.txt", 32) + reference("http://www.w3.org/2001/04/xmldsig-more#sha384", "a.txt", 48) +
		reference("http://www.w3.org/2001/04/xmlenc#sha512", "a.txt", 64) + reference("http://www.w3.org/2007/05/xmldsig-more#sha3-512", "a.txt", 64)
	many := box{}
	names := ""
	for i := range 2000 {
		name := fmt.Sprintf("%d%s.txt", i, strings.Repeat("x", 200))
		if many = append(many, boxFile{name, name}); i < 99 {
			names += reference(sha256URI, name, 32)
		}
	}
	for i := range 100 {
		manifest := strings.Replace(list(names), boxSignature, fmt.Sprintf("META-INF/signature%d.p7s", i), 1)
		many = append(many, boxFile{fmt.Sprintf("META-INF/ASiCManifest%d.xml", i), manifest})
		many = append(many, boxFile{fmt.Sprintf("META-INF/signature%d.p7s", i), overList(w, manifest, nil)})
	}
	archived := large
	stamped := w.NewSignature("x").Sign().AddSignatureStamp(validationtest.Signed).AddArchiveStampV2(validationtest.Signed, true)
	stamped.Detached = true
	for i := range 100 {
		archived = append(archived, boxFile{fmt.Sprintf("META-INF/signature%d.p7s", i), string(stamped.DER())})
	}
	return map[string]string{
		"ASiC-S that unpacks to much": large.with(boxSignature, overList(w, "x", nil)).zip(tb),
		"many digests of a file":      signBox(w, large, list(hashes), nil).zip(tb),
		"many of everything":          many.zip(tb),
		"XML in 40 signatures":        hostileReferences().zip(tb),
		"archive stamps, version 2":   archived.zip(tb),
		"manifest that unpacks":       large.with(boxManifest, strings.Repeat(" ", 12<<20)).with(boxSignature, "x").zip(tb),
	}
}

// TestHostileContainer bounds what a container may cost.
func TestHostileContainer(t *testing.T) {
	w := validationtest.New(t)
	testHostile(t, hostileContainers(t, w), validation.DefaultPolicy(), validationtest.Signed)
}

// hostileReferences has 40 files of signatures with 50 references each to one XML file that unpacks to a hundred times its size, each by
// a canonical form of its own.
func hostileReferences() box {
	var references strings.Builder
	for i := range 50 {
		references.WriteString(over("a.xml", expression(excC14n, fmt.Sprintf(`<e:InclusiveNamespaces xmlns:e="%s" PrefixList="p%d"/>`, excC14n, i))))
	}
	signature := `<ds:Signature xmlns:ds="` + dsig + `" Id="s"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="` + c14n + `"/><ds:SignatureMethod Algorithm="` + more +
		`rsa-sha256"/>` + strings.ReplaceAll(references.String(), "%DIGEST%", xmlSHA256) + `</ds:SignedInfo><ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature>`
	b := box{{"a.xml", "<a>" + strings.Repeat("<b>metin</b>", 800_000) + "</a>"}}
	for i := range 40 {
		b = append(b, boxFile{fmt.Sprintf("META-INF/signatures%d.xml", i), signature})
	}
	return b
}
