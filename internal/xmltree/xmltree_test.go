package xmltree_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// wellFormed are documents that are read, with the text of their root.
var wellFormed = map[string]string{
	`<a/>`:                          "",
	`<a></a >`:                      "",
	`<a>x</a>`:                      "x",
	"\ufeff<a/>\n":                  "",
	`<?xml version="1.0"?><a>ğ</a>`: "ğ",
	"<?xml version='1.0' encoding='utf-8' standalone = \"no\" ?>\r\n<a/>": "",
	"<a>x\r\ny\rz</a>":                                      "x\ny\nz",
	"<a>1<![CDATA[<&]]]]>2</a>":                             "1<&]]2",
	"<a><![CDATA[]]></a>":                                   "",
	"<a>&lt;&gt;&amp;&apos;&quot;&#65;&#x42;</a>":           `<>&'"AB`,
	"<a>&#13;&#xd;</a>":                                     "\r\r",
	`<!--c--><?p q?><a b="1" c='2'/><!--d--><?p?>`:          "",
	`<a xmlns="u:x" xmlns:b="u:y"><b:c b:d="" d=""/></a>`:   "",
	`<ş.1-ğ·>x</ş.1-ğ·>`:                                    "x",
	`<a xmlns:xml="http://www.w3.org/XML/1998/namespace"/>`: "",
	`<a>]] ></a>`:                                           "]] >",
}

// refused are documents that are not read, with a part of the reason.
var refused = map[string]string{
	"":                                   "no element",
	" <?xml version=\"1.0\"?><a/>":       "instruction",
	"text":                               "beside the root",
	"<a/><b/>":                           "beside the root",
	"<a/>x":                              "beside the root",
	"<a/>&#32;":                          "beside the root",
	"<a>":                                "end of",
	"<a></b>":                            "end of",
	"<a><b></a></b>":                     "end of",
	"<a></ab>":                           "end tag",
	"<a b/>":                             "no =",
	"<a b=c/>":                           "no quoted",
	"<a b='1'c='2'/>":                    "malformed",
	"<a b='1' b='2'/>":                   "twice",
	"<a b='<'/>":                         "< within",
	"<a b='&x;'/>":                       "entity",
	"<a>&x;</a>":                         "entity",
	"<a>&nbsp;</a>":                      "entity",
	"<a>& b</a>":                         "reference",
	"<a>&amp</a>":                        "reference",
	"<a>&#0;</a>":                        "character",
	"<a>&#xD800;</a>":                    "character",
	"<a>&#x110000;</a>":                  "character",
	"<a>&#xX;</a>":                       "character",
	"<a>&#;</a>":                         "character",
	"<a>&#-1;</a>":                       "character",
	"<a>]]></a>":                         "]]>",
	"<a><![CDATA[</a>":                   "follows",
	"<a><!ELEMENT b></a>":                "<!",
	"<a><!-- -- --></a>":                 "--",
	"<a><!--":                            "follows",
	"<a><?xml version='1.0'?></a>":       "instruction",
	"<a><?XML b?></a>":                   "instruction",
	"<a><?p:q b?></a>":                   "instruction",
	"<a><??></a>":                        "name",
	"<a><?p+?></a>":                      "target",
	"<!DOCTYPE a><a/>":                   "document type",
	"<!DOCTYPE a [<!ENTITY x 'y'>]><a/>": "document type",
	"<a>\x00</a>":                        "not allowed",
	"<a>\x0b</a>":                        "not allowed",
	"<a>\uffff</a>":                      "not allowed",
	"<a>\xff</a>":                        "not UTF-8",
	"<a>\xed\xa0\x80</a>":                "not UTF-8",
	"<a>\xfd</a>":                        "not UTF-8", // ı in ISO-8859-9
	"\xff\xfe<\x00a\x00/\x00>\x00":       "UTF-16",
	"\xfe\xff\x00<\x00a\x00/\x00>":       "UTF-16",
	"<\x00a\x00/\x00>\x00":               "UTF-16",
	"<?xml version='1.0' encoding='ISO-8859-9'?><a/>":            "encoding",
	"<?xml version='1.0' encoding='UTF-16'?><a/>":                "encoding",
	"<?xml version='1.1'?><a/>":                                  "version",
	"<?xml encoding='UTF-8'?><a/>":                               "version",
	"<?xml version='1.0' standalone='maybe'?><a/>":               "standalone",
	"<?xml version='1.0' standalone='no' encoding='UTF-8'?><a/>": "declaration",
	"<?xml version='1.0'encoding='UTF-8'?><a/>":                  "declaration",
	"<b:a/>":                          "not declared",
	"<a b:c=''/>":                     "not declared",
	"<a><b xmlns:c='u:x'/><c:d/></a>": "not declared",
	"<a:b:c xmlns:a='u:x'/>":          "malformed",
	"<:a/>":                           "malformed",
	"<a: xmlns:a='u:x'/>":             "malformed",
	"<a xmlns:b=''/>":                 "undeclared",
	"<a xmlns:xmlns='u:x'/>":          "reserved",
	"<a xmlns:xml='u:x'/>":            "reserved",
	"<a xmlns:b='http://www.w3.org/XML/1998/namespace'/>": "reserved",
	"<a xmlns='http://www.w3.org/2000/xmlns/'/>":          "reserved",
	"<a xmlns:b='u:x' xmlns:b='u:y'/>":                    "twice",
	"<a xmlns:b='u:x' xmlns:c='u:x' b:d='1' c:d='2'/>":    "twice",
	"<-a/>": "name",
	"< a/>": "name",
	"<a/ >": "malformed",
	strings.Repeat("<a>", 129) + strings.Repeat("</a>", 129): "within each other",
	"<a " + strings.Repeat("b='' ", 257) + "/>":              "attributes",
	"<" + strings.Repeat("a", 1025) + "/>":                   "name",
	"<a xmlns='u:" + strings.Repeat("a", 2048) + "'/>":       "namespace",
	"<a>" + strings.Repeat("<b/>", 1<<20) + "</a>":           "nodes",
	"<a>" + strings.Repeat(" ", 14<<20) + "</a>":             "over the limit",
}

func TestParse(t *testing.T) {
	for source, want := range wellFormed {
		d, err := xmltree.Parse([]byte(source))
		if err != nil {
			t.Errorf("%q: %v", source, err)
			continue
		}
		if text, ok := d.Root.Leaf(); ok && text != want {
			t.Errorf("%q: text %q, want %q", source, text, want)
		}
		checkSpans(t, d)
	}
}

func TestParseRefuses(t *testing.T) {
	for source, want := range refused {
		_, err := xmltree.Parse([]byte(source))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %q", source, err, want)
		}
	}
}

// TestLibxmlAgrees changes each byte of the documents above, and asks libxml2 about all that is still read: it must read it too.
func TestLibxmlAgrees(t *testing.T) {
	dir := t.TempDir()
	accepted := map[string]string{} // source by file
	for source := range wellFormed {
		for i := range source {
			for _, by := range []string{"", "<", "&", "'", "/", " ", ":", "]", "?", "-", "\r", "a"} {
				changed := source[:i] + by + source[i+1:]
				if _, err := xmltree.Parse([]byte(changed)); err == nil {
					accepted[strconv.Itoa(len(accepted))] = changed
				}
			}
		}
	}
	arguments := []string{"--noout", "--nonet"}
	for file, source := range accepted {
		write(t, dir, file, source)
		arguments = append(arguments, file)
	}
	if len(accepted) < 500 {
		t.Fatalf("only %d documents", len(accepted))
	}
	if complaints := xmllint(t, dir, arguments...); complaints != "" {
		t.Errorf("libxml2 refuses, in files of %q:\n%s", accepted, complaints)
	}
	write(t, dir, "bad", "<a></b>")
	if complaints := xmllint(t, dir, "--noout", "bad"); !strings.Contains(complaints, "mismatch") {
		t.Errorf("libxml2 accepts what is not well-formed: %s", complaints)
	}
}

func write(t *testing.T, dir, file, source string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, file), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
}

// xmllint returns what libxml2 complains of.
func xmllint(t *testing.T, dir string, arguments ...string) string {
	t.Helper()
	command := exec.Command("xmllint", arguments...)
	command.Dir = dir
	var complaints strings.Builder
	command.Stderr = &complaints
	err := command.Run()
	if errors.Is(err, exec.ErrNotFound) {
		t.Fatalf("%v: run `make deps`", err)
	}
	var errs strings.Builder
	for line := range strings.Lines(complaints.String()) {
		aboutURIs := strings.Contains(line, " is not a valid URI") || strings.Contains(line, "is not absolute") // no rule of XML
		if strings.Contains(line, " error : ") && !aboutURIs {
			errs.WriteString(line)
		}
	}
	return errs.String()
}

// checkSpans holds what the tree says of the source against the source.
func checkSpans(t *testing.T, d *xmltree.Document) {
	t.Helper()
	d.Elements(func(n *xmltree.Node) bool {
		start, end := n.Span()
		from, to := n.Content()
		markup := d.Source[start:end]
		name := n.Local
		if n.Prefix != "" {
			name = n.Prefix + ":" + name
		}
		if !strings.HasPrefix(markup, "<"+name) || !strings.HasSuffix(markup, ">") || from > to || from < start || to > end {
			t.Errorf("element %s: span %q", name, markup)
		}
		if n.IsEmptyTag() != strings.HasSuffix(markup[:from-start], "/>") || !n.IsEmptyTag() && !strings.HasPrefix(d.Source[to:end], "</"+name) {
			t.Errorf("element %s: content %q of %q", name, d.Source[from:to], markup)
		}
		return true
	})
}

func TestAttributeValuesAreNormalized(t *testing.T) {
	d, err := xmltree.Parse([]byte("<a b=' x\r\ny\rz\tw&#10;&#9;&lt; '/>"))
	if err != nil {
		t.Fatal(err)
	}
	if value, ok := d.Root.Attribute("b"); value != " x y z w\n\t< " || !ok {
		t.Errorf("value %q", value)
	}
}

func TestIDs(t *testing.T) {
	d, err := xmltree.Parse([]byte(`<a Id="1" xmlns:o="u:o"><b ID="2" id="2"/><c xml:id="3" o:Id="5"/><d id="4"/><e Id="4"/><f id="4"/><g Id=""/></a>`))
	if err != nil {
		t.Fatal(err)
	}
	ids := d.IDs()
	for id, want := range map[string]string{"1": "a", "2": "b", "3": "c", "4": "", "5": "", "": ""} {
		n, err := ids.Find(id)
		if want == "" && err == nil || want != "" && !n.Is("", want) {
			t.Errorf("%q: %v, %v", id, n, err)
		}
	}
	if !ids.Has("4") || ids.Has("5") {
		t.Error("Has is wrong about 4 or 5")
	}
}

func TestRelativeNamespace(t *testing.T) {
	for source, want := range map[string]string{
		`<a xmlns="urn:x"><b xmlns=""/></a>`: "",
		`<a><b xmlns:c="x"/></a>`:            "x",
		`<a xmlns="/x:y"/>`:                  "/x:y",
		`<a xmlns="1:y"/>`:                   "1:y",
	} {
		d, err := xmltree.Parse([]byte(source))
		if err != nil || d.RelativeNamespace != want {
			t.Errorf("%q: %v, %v", source, d, err)
		}
	}
}

// TestParseBoundsTime reads the largest documents of the worst kinds.
func TestParseBoundsTime(t *testing.T) {
	fill := func(head, part, tail string) string {
		return head + strings.Repeat(part, min((xmltree.MaxSize-len(head)-len(tail))/len(part), 1<<18)) + tail
	}
	var many strings.Builder
	for i := range 250 {
		many.WriteString(" xmlns:" + strings.Repeat("n", i+1) + `="u:x"`)
	}
	for name, source := range map[string]string{
		"references":     fill("<a>", "&lt;", "</a>"),
		"namespaces":     fill("<a "+many.String()+">", "<n:b n:c=''/>", "</a>"),
		"deep":           fill(strings.Repeat("<a>", 120), "<b/>", strings.Repeat("</a>", 120)),
		"open CDATA":     fill("<a>", "<![CDATA[", ""),
		"open comments":  fill("<a>", "<!-- ", ""),
		"line ends":      fill("<a>", "\r", "</a>"),
		"CDATA sections": fill("<a>", "<![CDATA[]]>", "</a>"),
	} {
		start := time.Now()
		_, err := xmltree.Parse([]byte(source))
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%s: %v (%v)", name, took, err)
		}
	}
}

// TestBadXML reads the suite of documents that attack readers.
func TestBadXML(t *testing.T) {
	dir := pkitest.Suite(t, "bad-xml")
	files, err := filepath.Glob(filepath.Join(dir, "*.xml"))
	if err != nil || len(files) != 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	tally := pkitest.NewTally(t, "bad-xml", "xmltree")
	for _, file := range files {
		tally.Judged("")
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, err = xmltree.Parse(data)
		isGood := filepath.Base(file) == "simple.xml" || filepath.Base(file) == "simple-ns.xml"
		if isGood != (err == nil) {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
	}
}

// FuzzParse looks for documents that are read and whose nodes are not where the tree says.
func FuzzParse(f *testing.F) {
	for source := range wellFormed {
		f.Add([]byte(source))
	}
	for source := range refused {
		if len(source) < 1000 {
			f.Add([]byte(source))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := xmltree.Parse(data)
		if err == nil {
			checkSpans(t, d)
		}
	})
}

// TestCount counts the nodes of elements: what a canonical form costs is told by it.
func TestCount(t *testing.T) {
	for source, want := range map[string]int{
		`<a/>`:                                1,
		`<a b="1" xmlns="u:x"/>`:              3,
		`<a>x<b c="1">y</b><!--z--><?p?></a>`: 7,
		`<a>` + strings.Repeat("<b>", 100) + strings.Repeat("</b>", 100) + `</a>`: 101,
	} {
		d, err := xmltree.ParseString(source)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Root.Count(); got != want {
			t.Errorf("%.60s: %d nodes, want %d", source, got, want)
		}
	}
}

// TestChildren has elements of very many children and of few beside each other: none may have those of another.
func TestChildren(t *testing.T) {
	var source strings.Builder
	source.WriteString("<a>")
	for i := range 600 {
		source.WriteString("<b>" + strings.Repeat("<c/>", i) + "</b>")
	}
	d, err := xmltree.ParseString(source.String() + "</a>")
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range d.Root.Children {
		if len(b.Children) != i || b.Parent != d.Root {
			t.Fatalf("element %d has %d children", i, len(b.Children))
		}
		for _, c := range b.Children {
			if c.Local != "c" || c.Parent != b || len(c.Children) != 0 {
				t.Fatalf("element %d has %q of another", i, c.Local)
			}
		}
	}
}
