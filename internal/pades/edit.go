package pades

import (
	"slices"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/pdf"
)

// An editor puts a signature into the document's structure.
type editor struct {
	f      *pdf.File
	form   *form
	update *pdf.Update
}

// Flags of an annotation (ISO 32000-2, table 167): it is printed, and stays where it is.
const annotationFlags = 1<<2 | 1<<7

// addSignature connects the signature dictionary with field, form, page and catalog.
func (e *editor) addSignature(p *place, signature pdf.Ref, s ades.Signer, o Options) error {
	appearance, err := e.appearance(p, s, o)
	if err != nil {
		return err
	}
	var added *pdf.Ref
	if p.field == nil {
		ref := e.update.Add(pdf.Dict{
			"Type": pdf.Name("Annot"), "Subtype": pdf.Name("Widget"), "FT": pdf.Name("Sig"), "T": pdf.TextString(p.name),
			"F": pdf.Integer(annotationFlags), "Rect": p.rect.Array(), "P": p.page.Ref, "V": signature, "AP": pdf.Dict{"N": appearance},
		})
		added = &ref
		if err := e.addAnnotation(p.page, ref); err != nil {
			return err
		}
	} else {
		e.fill(p.field, signature, appearance)
	}
	return e.editCatalog(added, signature, o)
}

// fill makes signature the value of an empty field, and gives its annotation the appearance.
func (e *editor) fill(field *pdf.Field, signature, appearance pdf.Ref) {
	dict := field.Dict.Clone()
	dict["V"] = signature
	widget := field.Widgets[0]
	annotation := dict
	if widget.Ref != field.Ref {
		annotation = widget.Dict.Clone()
		e.update.Set(widget.Ref, annotation)
	}
	annotation["AP"] = pdf.Dict{"N": appearance}
	e.update.Set(field.Ref, dict)
}

// addAnnotation adds an annotation to a page. A list that stands by itself is copied into the page: another page may have it, too.
func (e *editor) addAnnotation(page *pdf.Page, annotation pdf.Ref) error {
	annotations, err := page.Annotations(e.f)
	if err != nil {
		return err
	}
	dict := page.Dict.Clone()
	dict["Annots"] = append(slices.Clone(annotations), annotation)
	e.update.Set(page.Ref, dict)
	return nil
}

// editCatalog brings the form up to date, with a new field where there is one, and names a certification in Perms.
func (e *editor) editCatalog(added *pdf.Ref, signature pdf.Ref, o Options) error {
	old, err := e.f.Catalog()
	if err != nil {
		return err
	}
	root := e.f.Trailer()["Root"].(pdf.Ref) // Open has seen it
	catalog := old.Clone()
	changed, err := e.update.SignForm(catalog, added)
	if err != nil {
		return err
	}
	if o.Certify > 0 {
		permissions, err := e.form.dict(catalog["Perms"])
		if err != nil {
			return err
		}
		entries := pdf.Dict{"DocMDP": signature}
		for key, value := range permissions {
			if key != "DocMDP" {
				entries[key] = value
			}
		}
		catalog["Perms"] = entries
		changed = true
	}
	if changed {
		e.update.Set(root, catalog)
	}
	return nil
}
