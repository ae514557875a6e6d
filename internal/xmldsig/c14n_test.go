package xmldsig_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// trees are documents whose canonical forms are easily got wrong. An element of each has the identifier "apex".
var trees = []string{
	`<a xmlns="u:1" xmlns:b="u:2"><b:c xmlns="" id="apex"><d xmlns="u:1"/><e/></b:c></a>`,
	`<a xmlns="u:1"><b:c xmlns:b="u:2" id="apex"><d/></b:c></a>`,
	`<a xmlns:b="u:9" xmlns:c="u:1"><c:d id="apex" b:x="1" c:y="2" z="3" xml:lang="tr"/></a>`,
	`<a xml:lang="tr" xml:space="preserve" xml:base="u:b"><b><c id="apex" xml:base="u:c"/></b></a>`,
	"<?p q  r?><!-- c --><a id=\"apex\" b='\t\n&#9;&#10;&#13;&lt;>\"&amp;'>\r\n<!--x-->&#13;<![CDATA[<&>]]>&gt;\"<?q?></a><!-- d --><?r s?>",
	`<a xmlns:b="u:1" id="apex"><b:c xmlns:b="u:2"><b:d xmlns:b="u:1"/><b:e/></b:c><b:f/></a>`,
	`<a xmlns:b="u:1"><c id="apex"><d/><b:e b:f=""/></c></a>`,
	`<a xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b" xml:lang="tr" id="apex"/>`,
	`<a xmlns:xml="http://www.w3.org/XML/1998/namespace" id="apex"/>`,
	`<a id="apex"><ş ğ="İ">𝒳</ş></a>`,
}

// randomTree returns a document with namespaces at random: redeclared, undeclared, used here and there.
func randomTree(r *rand.Rand) string {
	var b strings.Builder
	b.WriteString(`<r xmlns:b="u:b" xmlns:c="u:c" xmlns:d="u:d">`)
	apex := r.IntN(8)
	count := 0
	var element func(depth int, hasDefault bool)
	element = func(depth int, hasDefault bool) {
		name := []string{"x", "b:x", "c:y", "d:z"}[r.IntN(4)]
		fmt.Fprintf(&b, "<%s", name)
		if count == apex {
			b.WriteString(` id="apex"`)
		}
		count++
		if r.IntN(3) == 0 {
			fmt.Fprintf(&b, ` xmlns="%s"`, []string{"", "u:b", "u:e"}[r.IntN(3)])
		}
		for _, prefix := range []string{"b", "c", "d", "f"} {
			if r.IntN(5) == 0 {
				fmt.Fprintf(&b, ` xmlns:%s="u:%s"`, prefix, []string{prefix, prefix + prefix}[r.IntN(2)])
			}
			if prefix != "f" && r.IntN(4) == 0 {
				fmt.Fprintf(&b, ` %s:%s="v"`, prefix, []string{"k", "m", "n"}[r.IntN(3)])
			}
		}
		if r.IntN(4) == 0 {
			fmt.Fprintf(&b, ` xml:%s="1" k="&#x9;"`, []string{"lang", "space"}[r.IntN(2)])
		}
		b.WriteString(">")
		for range r.IntN(4) {
			switch r.IntN(4) {
			case 0:
				b.WriteString("text &lt; &#13;")
			case 1:
				b.WriteString("<!-- comment --><?target?>")
			default:
				if depth < 6 {
					element(depth+1, hasDefault)
				}
			}
		}
		fmt.Fprintf(&b, "</%s>", name)
	}
	for count <= apex {
		element(0, false)
	}
	b.WriteString("</r>")
	return b.String()
}

func allTrees() []string {
	r := rand.New(rand.NewPCG(1, 2))
	all := append([]string{}, trees...)
	for range 150 {
		all = append(all, randomTree(r))
	}
	return all
}

// canonical returns the five forms that Santuario is asked for, of the element with the identifier apex.
func canonical(t *testing.T, source string) (forms []string) {
	t.Helper()
	d := parse(t, source)
	apex, err := d.IDs().Find("apex")
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	for _, c := range []xmldsig.Canonicalization{
		{}, {Comments: true}, {Exclusive: true}, {Exclusive: true, Comments: true}, {Exclusive: true, Prefixes: []string{"", "b"}},
	} {
		var b bytes.Buffer
		if err := c.WriteElement(&b, d, apex, nil); err != nil {
			t.Fatal(err)
		}
		forms = append(forms, b.String())
	}
	return forms
}

func parse(t testing.TB, source string) *xmltree.Document {
	t.Helper()
	d, err := xmltree.Parse([]byte(source))
	if err != nil {
		t.Fatalf("%q: %v", source, err)
	}
	return d
}

// TestCanonicalElement has Santuario write the canonical forms of an element within a document.
func TestCanonicalElement(t *testing.T) {
	dir := t.TempDir()
	all := allTrees()
	for i, source := range all {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.canon", i)), []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	verdicts := pkitest.Santuario(t, dir)
	for i, source := range all {
		want := strings.Split(verdicts[fmt.Sprintf("%d.canon", i)], " ")
		for j, form := range canonical(t, source) {
			if len(want) != 5 || want[j] != base64.StdEncoding.EncodeToString([]byte(form)) {
				theirs, _ := base64.StdEncoding.DecodeString(want[j])
				t.Fatalf("%s\nform %d: %s\nSantuario: %s", source, j, form, theirs)
			}
		}
	}
}

// TestCanonicalDocument has libxml2 write the canonical forms of whole documents, with comments.
func TestCanonicalDocument(t *testing.T) {
	file := filepath.Join(t.TempDir(), "document.xml")
	for _, source := range allTrees() {
		if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		for option, c := range map[string]xmldsig.Canonicalization{
			"--c14n": {Comments: true}, "--c14n11": {V11: true, Comments: true}, "--exc-c14n": {Exclusive: true, Comments: true},
		} {
			want, err := exec.Command("xmllint", "--nonet", option, file).Output()
			if errors.Is(err, exec.ErrNotFound) {
				t.Fatalf("%v: run `make deps`", err)
			}
			var got bytes.Buffer
			if err := c.WriteDocument(&got, parse(t, source), nil); err != nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Fatalf("%s\n%s: %s\nlibxml2: %s", source, option, got.String(), want)
			}
		}
	}
}

// TestCanonicalDocumentWithoutComments checks what xmllint cannot write.
func TestCanonicalDocumentWithoutComments(t *testing.T) {
	var got bytes.Buffer
	if err := (xmldsig.Canonicalization{}).WriteDocument(&got, parse(t, "<?p q?><!--c--><a>x<!--c-->y</a><!--c--><?p?>"), nil); err != nil {
		t.Fatal(err)
	}
	if want := "<?p q?>\n<a>xy</a>\n<?p?>"; got.String() != want {
		t.Errorf("%q, want %q", got.String(), want)
	}
}

// TestNearestXMLAttributes checks what Canonical XML 1.0 (2.4) and libxml2 have for the first element, and Santuario has not:
// of several ancestors' xml:lang the nearest one.
func TestNearestXMLAttributes(t *testing.T) {
	form := canonical(t, `<a xml:lang="tr" xml:space="preserve"><b xml:lang="en"><c id="apex"/></b></a>`)[0]
	if want := `<c id="apex" xml:lang="en" xml:space="preserve"></c>`; form != want {
		t.Errorf("%s, want %s", form, want)
	}
}

// TestVersion11 checks what Canonical XML 1.1 has otherwise (2.4): a part of a document does not inherit xml:id, and has no form here where
// xml:base stands around it. The rest is that of 1.0.
func TestVersion11(t *testing.T) {
	write := func(source string, c xmldsig.Canonicalization) (string, error) {
		var b bytes.Buffer
		d := parse(t, source)
		err := c.WriteElement(&b, d, d.Root.Elements()[0], nil)
		return b.String(), err
	}
	const around = `<a xml:id="x" xml:lang="tr"><b/></a>`
	for want, c := range map[string]xmldsig.Canonicalization{
		`<b xml:id="x" xml:lang="tr"></b>`: {}, `<b xml:lang="tr"></b>`: {V11: true}, `<b></b>`: {Exclusive: true},
	} {
		if got, err := write(around, c); got != want || err != nil {
			t.Errorf("%s: %q, %v; want %q", c.URI(), got, err, want)
		}
	}
	if _, err := write(`<a xml:base="http://x/"><b/></a>`, xmldsig.Canonicalization{V11: true}); fault.CodeOf(err) != fault.SignatureAlgorithm {
		t.Error(err)
	}
}

// TestCanonicalFormIsBounded writes a form that is three hundred times as long as its document, up to the limit.
func TestCanonicalFormIsBounded(t *testing.T) {
	d := parse(t, `<a xmlns:p="urn:`+strings.Repeat("x", 2000)+`">`+strings.Repeat("<p:b/>", 100_000)+"</a>")
	start := time.Now()
	var size counter
	err := xmldsig.Canonicalization{Exclusive: true}.WriteDocument(&size, d, nil)
	if fault.CodeOf(err) != fault.SignatureAlgorithm || size > 40*counter(len(d.Source)) || time.Since(start) > time.Minute {
		t.Errorf("%d bytes of %d in %v, %v", size, len(d.Source), time.Since(start), err)
	}
}

type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// TestSubset leaves several elements out, each with all that is in it.
func TestSubset(t *testing.T) {
	var b bytes.Buffer
	omit := func(n *xmltree.Node) bool { return n.Local == "x" }
	err := xmldsig.Canonicalization{}.WriteSubset(&b, parse(t, `<a>1<x><b/></x>2<c><x/>3</c></a>`), nil, omit)
	if want := `<a>12<c>3</c></a>`; b.String() != want || err != nil {
		t.Errorf("%q, %v; want %q", b.String(), err, want)
	}
}

func TestRelativeNamespaceHasNoCanonicalForm(t *testing.T) {
	err := xmldsig.Canonicalization{}.WriteDocument(&bytes.Buffer{}, parse(t, `<a xmlns="x"/>`), nil)
	if fault.CodeOf(err) != fault.SignatureAlgorithm {
		t.Error(err)
	}
}

// TestCanonicalFormBoundsTime writes large documents of the worst kinds.
func TestCanonicalFormBoundsTime(t *testing.T) {
	var many strings.Builder
	for i := range 250 {
		fmt.Fprintf(&many, ` xmlns:n%d="u:x"`, i)
	}
	for name, source := range map[string]string{
		"deep":       strings.Repeat("<a>", 120) + strings.Repeat("<b/>", 400_000) + strings.Repeat("</a>", 120),
		"namespaces": "<a" + many.String() + ">" + strings.Repeat("<n0:b n0:c=''/>", 200_000) + "</a>",
	} {
		d := parse(t, source)
		for _, c := range []xmldsig.Canonicalization{{}, {Exclusive: true, Prefixes: []string{"n1", "n2"}}} {
			start := time.Now()
			if err := c.WriteDocument(&bytes.Buffer{}, d, nil); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took > time.Minute {
				t.Errorf("%s: %v", name, took)
			}
		}
	}
}
