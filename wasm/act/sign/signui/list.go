package signui

import (
	"strconv"
	"strings"

	"github.com/e-onay/e-onay/wasm/act/sign"
)

// List is the list of documents, of which any can be opened.
type List struct{ V *sign.View }

func (c *List) coming() string {
	return c.V.T("window.list.coming", "n", strconv.Itoa(c.V.List.Percent))
}

// rows says which rows of how many are on the screen.
func (c *List) rows() string {
	l := &c.V.List
	if l.Found == 0 {
		return c.V.T("window.find.none")
	}
	return c.V.T("window.list.rows", "n", strconv.Itoa(l.From+1), "m", strconv.Itoa(l.From+len(l.Rows)), "all", strconv.Itoa(l.Found))
}

func (c *List) isLast() bool { return c.V.List.From+len(c.V.List.Rows) >= c.V.List.Found }

// about says of what kind and size a document is, and what of it matters before it is signed.
func (c *List) about(row sign.Row) string {
	parts := []string{c.V.T("window.kind." + string(row.Kind)), c.V.Bytes(row.Size)}
	if row.Unseen {
		parts = append(parts, c.V.T("window.list.unseen"))
	}
	if row.IsOpened {
		parts = append(parts, c.V.T("window.list.opened"))
	}
	return strings.Join(parts, " · ")
}
