package document

import (
	"strconv"
	"strings"

	"github.com/e-onay/e-onay/internal/xmltree"
	"github.com/e-onay/e-onay/wasm/plaintext"
)

// Fact is what matters of a document first, from one of its own elements. Name is the end of the key of its sentence.
type Fact struct{ Name, Value string }

const (
	ublPrefix = "urn:oasis:names:specification:ubl:schema:xsd:"
	ublBasic  = ublPrefix + "CommonBasicComponents-2"
	ublGroup  = ublPrefix + "CommonAggregateComponents-2"
)

// maxLines is how many lines of an invoice stand among the facts.
const maxLines = 20

// factsOf returns the facts of a UBL invoice (UBL-TR 1.2): who, to whom, number, date, total, lines. It returns none of other
// documents, and of one in which an element that there may be once is there twice: the tree shows both.
func factsOf(root *xmltree.Node) []Fact {
	if !root.Is(ublPrefix+"Invoice-2", "Invoice") {
		return nil
	}
	f := facts{}
	f.add("number", f.text(root, "ID"))
	f.add("date", strings.TrimSpace(f.text(root, "IssueDate")+" "+f.text(root, "IssueTime")))
	f.add("from", f.party(root, "AccountingSupplierParty"))
	f.add("to", f.party(root, "AccountingCustomerParty"))
	f.add("total", f.amount(f.one(root, ublGroup, "LegalMonetaryTotal"), "PayableAmount"))
	f.lines(root)
	if f.isAmbiguous {
		return nil
	}
	return f.list
}

type facts struct {
	list        []Fact
	isAmbiguous bool
}

func (f *facts) add(name, value string) {
	if value != "" {
		f.list = append(f.list, Fact{name, plaintext.Short(value)})
	}
}

// one is the one child element of a name; nil where there is none.
func (f *facts) one(n *xmltree.Node, space, local string) (found *xmltree.Node) {
	if n == nil {
		return nil
	}
	for _, e := range n.Elements() {
		if e.Is(space, local) {
			f.isAmbiguous = f.isAmbiguous || found != nil
			found = e
		}
	}
	return found
}

// text is the text of the one child element of a name.
func (f *facts) text(n *xmltree.Node, local string) string {
	e := f.one(n, ublBasic, local)
	if e == nil {
		return ""
	}
	text, _ := e.Leaf()
	return strings.TrimSpace(text)
}

// amount is an amount with its currency.
func (f *facts) amount(n *xmltree.Node, local string) string {
	e := f.one(n, ublBasic, local)
	if e == nil {
		return ""
	}
	text, _ := e.Leaf()
	currency, _ := e.Attribute("currencyID")
	return strings.TrimSpace(text + " " + currency)
}

// party is the name of a party: that of a firm, or of a person.
func (f *facts) party(root *xmltree.Node, role string) string {
	party := f.one(f.one(root, ublGroup, role), ublGroup, "Party")
	if name := f.text(f.one(party, ublGroup, "PartyName"), "Name"); name != "" {
		return name
	}
	person := f.one(party, ublGroup, "Person")
	return strings.TrimSpace(f.text(person, "FirstName") + " " + f.text(person, "FamilyName"))
}

// lines adds what is invoiced.
func (f *facts) lines(root *xmltree.Node) {
	n := 0
	for _, line := range root.Elements() {
		if !line.Is(ublGroup, "InvoiceLine") {
			continue
		}
		if n++; n <= maxLines {
			f.add("line", f.text(f.one(line, ublGroup, "Item"), "Name")+" × "+f.text(line, "InvoicedQuantity")+" = "+f.amount(line, "LineExtensionAmount"))
		}
	}
	if n > maxLines {
		f.add("more", strconv.Itoa(n-maxLines))
	}
}
