package pdf

import "slices"

// Flags of a form (ISO 32000-2, table 225): there are signatures, and the document may only be appended to.
const signaturesExist, appendOnly = 1, 2

// SignForm sets the flags of the form for a signature, and adds a field to it, unless added is nil. It says whether it has changed
// catalog, a copy of the document's: a form, or its list of fields, that stands by itself is changed there. All else of the form stays,
// NeedAppearances too.
func (u *Update) SignForm(catalog Dict, added *Ref) (bool, error) {
	old, ref, err := u.file.Form()
	if err != nil {
		return false, err
	}
	form := old.Clone()
	flags, err := u.file.Resolve(form["SigFlags"])
	if err != nil {
		return false, err
	}
	number, _ := flags.(Integer)
	edited := number&(signaturesExist|appendOnly) != signaturesExist|appendOnly
	if edited {
		form["SigFlags"] = number | signaturesExist | appendOnly
	}
	if added != nil {
		fields, err := u.file.Resolve(form["Fields"])
		if err != nil {
			return false, err
		}
		list, _ := fields.(Array) // Fields has read it
		list = append(slices.Clone(list), *added)
		if ref, ok := form["Fields"].(Ref); ok && fields != nil {
			u.Set(ref, list)
		} else {
			form["Fields"] = list
			edited = true
		}
	}
	switch {
	case !edited:
		return false, nil
	case ref != nil:
		u.Set(*ref, form)
		return false, nil
	case old == nil:
		catalog["AcroForm"] = u.Add(form)
	default:
		catalog["AcroForm"] = form
	}
	return true, nil
}
