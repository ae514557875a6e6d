package settings

// advanced is the folded end of the page: the diagnosis, the journal, the hash pairs and the libraries. Few people need
// them, and they are as long as all the rest.
type advanced struct{ open bool }

// FoldAdvanced opens that end, or folds it.
type FoldAdvanced struct{}

func (FoldAdvanced) IsEvent() {}

// Part is a part of the page, as its list of contents names it.
type Part struct {
	ID   string // the element's
	Name string
}

// contents are the parts of the overview, in their order.
func (v *View) contents() []Part {
	parts := []Part{
		{"cards", v.T("manage.card")}, {"phrase-form", v.T("manage.phrase")}, {"sites", v.T("manage.sites")},
		{"language", v.T("manage.language")}, {"host", v.T("manage.program")},
	}
	if v.Institution.Present {
		parts = append(parts, Part{"institution", v.T("manage.institution")})
	}
	if v.Program.Works {
		parts = append(parts, Part{"advanced", v.T("manage.advanced")})
	}
	return parts
}
