package document_test

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/plaintext"
)

func readTree(t testing.TB, xml string) *document.Tree {
	t.Helper()
	shown, err := read("application/xml", []byte(xml))
	if err != nil {
		t.Fatal(err)
	}
	return shown.(*document.Tree)
}

// rows are those of a tree, each behind a sign for each row above it.
func rows(t *document.Tree, below int, depth string) (all []string) {
	for _, n := range t.Children(below) {
		text := ""
		for _, run := range t.Row(n) {
			text += run.Text
		}
		all = append(all, depth+text)
		all = append(all, rows(t, n, depth+">")...)
	}
	return all
}

func TestTree(t *testing.T) {
	tree := readTree(t, `<?xml version="1.0"?><!-- başlık --><a xmlns="urn:a" xmlns:b="urn:b" b:no="1">
  <b>Şişli &lt;1&gt;</b> <b:c/> karışık <b><![CDATA[x]]>y</b><?git hadi?></a>`)
	want := []string{
		"<!-- başlık -->", `a {urn:a} b:no="1"`, ">b: Şişli <1>", ">b:c {urn:b}", "> karışık ", ">b: xy", "><?git hadi?>",
	}
	if got := rows(tree, -1, ""); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%q", got)
	}
	if !tree.Holds(1, `a {urn:a} b:no="1"`) || tree.Holds(1, "a") || tree.Holds(-1, "") || tree.Holds(len(want), "") {
		t.Error("another row is taken for it")
	}
	hits := tree.Find("ŞİŞLİ")
	if len(hits) != 1 || tree.Context(hits[0]) != "b: Şişli <1>" {
		t.Errorf("%+v", hits)
	}
	if path, places := tree.Path(hits[0].Start); len(path) != 2 || path[0] != 1 || path[1] != 2 || places[0] != 1 || places[1] != 0 {
		t.Errorf("path %v, places %v", path, places)
	}
}

func TestTreeShowsWhatIsHidden(t *testing.T) {
	tree := readTree(t, "<a b='\u202e'>1\u200b0"+strings.Repeat("x", 5000)+"</a>")
	if tree.Marks() != 3 { // two, and the end that is cut
		t.Errorf("%d marks", tree.Marks())
	}
	runs := tree.Row(0)
	if last := runs[len(runs)-1]; last.Kind != plaintext.RunMark || !strings.HasPrefix(last.Text, "⟦+") {
		t.Errorf("the row ends with %q", last.Text)
	}
	if _, err := read("text/xml", []byte("<a>"+strings.Repeat("\u200b", 1001)+"</a>")); fault.CodeOf(err) != fault.DocumentUnreadable {
		t.Errorf("a thousand invisible characters: %v", err)
	}
}

func TestTreeRefused(t *testing.T) {
	for _, xml := range []string{"", "text", "<a>", `<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`, "<a>&b;</a>", `<?xml version="1.0" encoding="ISO-8859-9"?><a/>`, "<a></a><b/>"} {
		if _, err := read("application/xml", []byte(xml)); fault.CodeOf(err) != fault.DocumentUnreadable {
			t.Errorf("%q: %v", xml, err)
		}
	}
}

const invoice = `<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" xmlns:a="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" xmlns:b="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<b:ID>ABC2026000000001</b:ID><b:IssueDate>2026-05-16</b:IssueDate>
<a:AccountingSupplierParty><a:Party><a:PartyName><b:Name>Deneme A.Ş.</b:Name></a:PartyName></a:Party></a:AccountingSupplierParty>
<a:AccountingCustomerParty><a:Party><a:Person><b:FirstName>Ayşe</b:FirstName><b:FamilyName>Örnek</b:FamilyName></a:Person></a:Party></a:AccountingCustomerParty>
<a:LegalMonetaryTotal><b:PayableAmount currencyID="TRY">600.00</b:PayableAmount></a:LegalMonetaryTotal>
<a:InvoiceLine><b:InvoicedQuantity>2</b:InvoicedQuantity><b:LineExtensionAmount currencyID="TRY">500.00</b:LineExtensionAmount><a:Item><b:Name>Kalem</b:Name></a:Item></a:InvoiceLine>
</Invoice>`

func TestFactsOfInvoice(t *testing.T) {
	want := []document.Fact{
		{Name: "number", Value: "ABC2026000000001"}, {Name: "date", Value: "2026-05-16"}, {Name: "from", Value: "Deneme A.Ş."}, {Name: "to", Value: "Ayşe Örnek"},
		{Name: "total", Value: "600.00 TRY"}, {Name: "line", Value: "Kalem × 2 = 500.00 TRY"},
	}
	got := readTree(t, invoice).Facts
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
	for name, other := range map[string]string{
		"a second total":    strings.Replace(invoice, "<a:LegalMonetaryTotal>", `<a:LegalMonetaryTotal><b:PayableAmount currencyID="TRY">6.00</b:PayableAmount>`, 1),
		"two totals":        strings.Replace(invoice, "<a:LegalMonetaryTotal>", `<a:LegalMonetaryTotal/><a:LegalMonetaryTotal>`, 1),
		"another namespace": strings.Replace(invoice, "xsd:Invoice-2", "xsd:Invoice-3", 1),
		"another document":  "<Invoice/>",
	} {
		if got := readTree(t, other).Facts; got != nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// FuzzTree reads whatever bytes as XML: each row is below the row above it, and is what it is compared with.
func FuzzTree(f *testing.F) {
	f.Add([]byte(invoice))
	f.Add([]byte("<a b='c'>d<e/>f<!-- g --></a>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		shown, err := read("application/xml", data)
		if err != nil {
			if fault.CodeOf(err) != fault.DocumentUnreadable {
				t.Fatal(err)
			}
			return
		}
		tree := shown.(*document.Tree)
		for n := range rows(tree, -1, "") {
			text := ""
			for _, run := range tree.Row(n) {
				text += run.Text
			}
			path, places := tree.Path(n)
			if !tree.Holds(n, text) || len(path) != len(places) || path[len(path)-1] != n {
				t.Fatalf("row %d is %q, at %v, %v", n, text, path, places)
			}
		}
	})
}
