package extend

import (
	"crypto/sha1"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/validation"
)

// maxStored is how large an element of the store is that is compared with what is to be added, and maxStoredAll how many are, in bytes.
const maxStored, maxStoredAll = 10 << 20, 64 << 20

// store is the document security store of a PDF (ISO 32000-2, 12.8.4.3), to which validation data is added.
type store struct {
	file   *pdf.File
	update *pdf.Update
	dict   pdf.Dict
	refs   map[validation.Object]pdf.Object // of the elements, by what they hold
	left   int64                            // bytes that may still be compared
}

// Values adds certificates, lists and answers to the document security store, and to the entry of the signature in VRI. What is in
// the store already is not added to it again.
func (e *padesEditor) Values(data validation.Data) error {
	f, err := e.open()
	if err != nil {
		return err
	}
	s := &store{file: f, refs: map[validation.Object]pdf.Object{}, left: maxStoredAll}
	if s.update, err = f.NewUpdate(); err != nil {
		return err
	}
	catalog, err := f.Catalog()
	if err != nil {
		return err
	}
	if s.dict, err = s.resolved(catalog["DSS"]); err != nil {
		return err
	}
	all := map[pdf.Name][][]byte{"CRLs": data.CRLs, "OCSPs": data.OCSPs}
	for _, c := range data.Certificates {
		all["Certs"] = append(all["Certs"], c.Raw)
	}
	entry := pdf.Dict{}
	for _, list := range []pdf.Name{"Certs", "CRLs", "OCSPs"} {
		refs, err := s.add(list, all[list])
		if err != nil {
			return err
		}
		if len(refs) > 0 {
			entry[list[:len(list)-1]] = refs
		}
	}
	if len(entry) == 0 {
		return nil
	}
	if err := s.addEntry(vriKey(e.signature), entry); err != nil {
		return err
	}
	if ref, ok := catalog["DSS"].(pdf.Ref); ok {
		s.update.Set(ref, s.dict)
	} else {
		catalog = catalog.Clone()
		catalog["DSS"] = s.update.Add(s.dict)
		s.update.Set(f.Trailer()["Root"].(pdf.Ref), catalog) // Open has seen it
	}
	appended, err := s.update.Write(nil)
	if err != nil {
		return err
	}
	return e.append(appended.Bytes, 0)
}

// vriKey names a signature in VRI: by the SHA-1 of its Contents, with the zeros behind what that holds (EN 319 142-1, 5.4.2.3).
func vriKey(s *pdf.Signature) pdf.Name {
	sum := sha1.Sum(s.Contents)
	return pdf.Name(strings.ToUpper(hex.EncodeToString(sum[:])))
}

// resolved returns a copy of the dictionary to which o leads. If o leads to nothing it returns an empty one.
func (s *store) resolved(o pdf.Object) (pdf.Dict, error) {
	v, err := s.file.Resolve(o)
	if err != nil {
		return nil, err
	}
	d, ok := v.(pdf.Dict)
	if v != nil && !ok {
		return nil, fault.Errorf(fault.PDFMalformed, "a part of the document security store is no dictionary")
	}
	return d.Clone(), nil
}

// add adds to a list of the store what is not there, and returns the references of all.
func (s *store) add(list pdf.Name, all [][]byte) (pdf.Array, error) {
	if len(all) == 0 {
		return nil, nil
	}
	v, err := s.file.Resolve(s.dict[list])
	if err != nil {
		return nil, err
	}
	old, ok := v.(pdf.Array)
	if v != nil && !ok {
		return nil, fault.Errorf(fault.PDFMalformed, "%s of the document security store is no list", list)
	}
	for _, o := range old {
		if err := s.know(o); err != nil {
			return nil, err
		}
	}
	now, refs := slices.Clone(old), pdf.Array{}
	for _, der := range all {
		name := validation.ObjectOf(der)
		ref, known := s.refs[name]
		if !known {
			ref = s.update.Add(&pdf.NewStream{Dict: pdf.Dict{}, Data: der})
			s.refs[name] = ref
			now = append(now, ref)
		}
		if !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	switch ref, isRef := s.dict[list].(pdf.Ref); {
	case len(now) == len(old):
	case isRef && v != nil:
		s.update.Set(ref, now)
	default:
		s.dict[list] = now
	}
	return refs, nil
}

// know reads an element of the store. One that cannot be read is not compared.
func (s *store) know(o pdf.Object) error {
	v, err := s.file.Resolve(o)
	stream, ok := v.(*pdf.Stream)
	_, isRef := o.(pdf.Ref)
	if err != nil || !ok || !isRef || s.left <= 0 {
		return err
	}
	data, err := s.file.Data(stream, min(maxStored, s.left))
	if err != nil && fault.CodeOf(err) != fault.PDFMalformed {
		return err
	}
	if s.left -= int64(len(data)); err == nil {
		s.refs[validation.ObjectOf(data)] = o
	}
	return nil
}

// addEntry adds to the entry of a signature in VRI.
func (s *store) addEntry(key pdf.Name, more pdf.Dict) error {
	entries, err := s.resolved(s.dict["VRI"])
	if err != nil {
		return err
	}
	entry, err := s.resolved(entries[key])
	if err != nil {
		return err
	}
	for list, refs := range more {
		v, err := s.file.Resolve(entry[list])
		if err != nil {
			return err
		}
		all, _ := v.(pdf.Array)
		all = slices.Clone(all)
		for _, ref := range refs.(pdf.Array) {
			if !slices.Contains(all, ref) {
				all = append(all, ref)
			}
		}
		entry[list] = all
	}
	entries[key] = s.update.Add(entry)
	if ref, ok := s.dict["VRI"].(pdf.Ref); ok {
		s.update.Set(ref, entries)
	} else {
		s.dict["VRI"] = s.update.Add(entries)
	}
	return nil
}
