package pdf

import (
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
)

// Signature is the value of a signature field (ISO 32000-2, 12.8.1): its dictionary, with a ByteRange that has been checked. What
// stands in Contents is for others to read.
type Signature struct {
	Field Field
	Ref   Ref
	Dict  Dict
	// SubFilter is the form of Contents: ETSI.CAdES.detached, adbe.pkcs7.detached, ETSI.RFC3161 …
	SubFilter Name
	// ByteRange covers the file from its beginning to the end of a revision, but for exactly the string Contents, with its brackets.
	ByteRange [4]int64
	// Contents is the whole string, with the zeros behind what it holds.
	Contents String
	// Revision is the index of the one that the signature ends with; nothing of a later one is covered.
	Revision int
	// Permissions is what a DocMDP transform of this signature allows afterwards, 1 to 3; 0 where it has none (table 257).
	Permissions int
	// Certifies says that this is the document's certification signature: DocMDP of the catalog's Perms.
	Certifies bool
	// Lock says which fields a FieldMDP transform of this signature locks; nil where it has none.
	Lock *FieldLock
	// Problem is why nothing may be believed of a signature that [File.FindSignatures] has found: what it covers is not what a
	// revision was, or its dictionary cannot be read. Then the fields behind Dict may be empty.
	Problem error
}

// IsDocumentTimeStamp reports whether it is one (ISO 32000-2, 12.8.5). Type may be left out.
func (s *Signature) IsDocumentTimeStamp() bool {
	return s.Dict["SubFilter"] == Name("ETSI.RFC3161") && (s.Dict["Type"] == nil || s.Dict["Type"] == Name("DocTimeStamp"))
}

// FieldLock says which fields must not change any more (ISO 32000-2, table 258).
type FieldLock struct {
	Action Name // All, Include or Exclude
	Fields []string
}

// Locks says whether the lock is on the field of that name. A name in the list stands for the fields below it, too.
func (l *FieldLock) Locks(name string) bool {
	named := slices.ContainsFunc(l.Fields, func(f string) bool {
		return name == f || len(name) > len(f) && name[:len(f)] == f && name[len(f)] == '.'
	})
	switch l.Action {
	case "Include":
		return named
	case "Exclude":
		return !named
	}
	return true
}

// unsound returns an error with fault.SignatureMalformed.
func unsound(format string, args ...any) error {
	return fault.Errorf(fault.SignatureMalformed, format, args...)
}

// Signatures returns the signatures in fields (of [File.Fields]), the oldest first. Where one does not cover its whole revision,
// or another's ends with the same, the error has fault.SignatureMalformed.
func (f *File) Signatures(fields []Field) ([]*Signature, error) {
	permissions, err := f.Permissions()
	if err != nil {
		return nil, err
	}
	var out []*Signature
	for _, field := range fields {
		if field.Type != "Sig" || field.Dict["V"] == nil {
			continue
		}
		ref, ok := field.Dict["V"].(Ref)
		if !ok {
			return nil, unsound("the value of a signature field is no reference")
		}
		s, err := f.readSignature(ref)
		if err != nil {
			return nil, err
		}
		s.Field = field
		s.Certifies = permissions.Certification == ref
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b *Signature) int { return a.Revision - b.Revision })
	for i := 1; i < len(out); i++ {
		if out[i].Revision == out[i-1].Revision {
			return nil, unsound("two signatures cover revision %d", out[i].Revision+1)
		}
	}
	return out, nil
}

// readSignature returns what could be read of a signature beside an error, too.
func (f *File) readSignature(ref Ref) (*Signature, error) {
	s := &Signature{Ref: ref}
	e := f.table.get(ref.Number)
	if e.kind != inFile {
		return s, unsound("the signature %d is in an object stream, or not there", ref.Number)
	}
	o, err := f.getInFile(ref, e)
	if err != nil {
		return s, err
	}
	d, ok := o.value.(Dict)
	if !ok {
		return s, unsound("the signature %d is no dictionary", ref.Number)
	}
	s.Dict = d
	s.SubFilter, _ = d["SubFilter"].(Name)
	if s.Contents, ok = d["Contents"].(String); !ok {
		return s, unsound("the signature %d has no Contents", ref.Number)
	}
	if err := s.readByteRange(); err != nil {
		return s, err
	}
	if err := f.checkByteRange(s, o.values["Contents"]); err != nil {
		return s, err
	}
	if f.revisionOf(e.where) != s.Revision {
		return s, unsound("the signature %d is not in the revision that it covers", ref.Number)
	}
	return s, f.readTransforms(s)
}

func (s *Signature) readByteRange() error {
	a, ok := s.Dict["ByteRange"].(Array)
	if !ok || len(a) != len(s.ByteRange) {
		return unsound("the ByteRange of signature %d does not have four numbers", s.Ref.Number)
	}
	for i := range a {
		n, ok := a[i].(Integer)
		if !ok || n < 0 || n > MaxFile {
			return unsound("the ByteRange of signature %d has something else than offsets", s.Ref.Number)
		}
		s.ByteRange[i] = int64(n)
	}
	return nil
}

// checkByteRange checks that the gap is exactly the string Contents, and that the rest is a whole revision.
func (f *File) checkByteRange(s *Signature, contents span) error {
	r := s.ByteRange
	if r[0] != 0 || (span{r[1], r[2]}) != contents {
		return unsound("the ByteRange of signature %d leaves out %d to %d, and Contents is %d to %d", s.Ref.Number, r[1], r[2], contents.start, contents.end)
	}
	gap, err := f.readAt(contents.start, contents.end-contents.start)
	if err != nil {
		return err
	}
	digits := gap[1 : len(gap)-1]
	if gap[0] != '<' || len(digits)%2 != 0 || slices.ContainsFunc(digits, func(c byte) bool { return !isHex(c) }) {
		return unsound("Contents of signature %d is no string of hexadecimal digits alone", s.Ref.Number)
	}
	end := r[2] + r[3]
	for i, revision := range f.revisions {
		if end < revision.End || end > revision.End+revision.Newline && !f.isSpaceBetween(revision.End, end) {
			continue
		}
		if i == len(f.revisions)-1 && end != f.size && !f.isSpaceBetween(end, f.size) {
			break
		}
		s.Revision = i
		return nil
	}
	return unsound("the ByteRange of signature %d ends at offset %d, where no revision ends", s.Ref.Number, end)
}

// readTransforms reads what the signature's Reference says of later changes (ISO 32000-2, 12.8.2).
func (f *File) readTransforms(s *Signature) error {
	references, err := f.array(s.Dict["Reference"], "Reference of a signature")
	if err != nil {
		return err
	}
	for _, o := range references {
		reference, err := f.dict(o, "a signature reference")
		if err != nil {
			return err
		}
		parameters, err := f.dict(reference["TransformParams"], "TransformParams")
		if err != nil {
			return err
		}
		switch reference["TransformMethod"] {
		case Name("DocMDP"):
			p := parameters.integer("P", 2)
			if p < 1 || p > 3 || s.Permissions != 0 {
				return unsound("DocMDP of signature %d allows %d, or is there twice", s.Ref.Number, p)
			}
			s.Permissions = int(p)
		case Name("FieldMDP"):
			if s.Lock != nil {
				return unsound("signature %d has FieldMDP twice", s.Ref.Number)
			}
			if s.Lock, err = f.Lock(parameters); err != nil {
				return err
			}
		}
	}
	return nil
}

// Lock reads Action and Fields of a FieldMDP transform, or of a field's Lock.
func (f *File) Lock(d Dict) (*FieldLock, error) {
	action, _ := d["Action"].(Name)
	if action != "All" && action != "Include" && action != "Exclude" {
		return nil, unsound("a lock of fields with the action %.20q", action)
	}
	lock := &FieldLock{Action: action}
	names, err := f.array(d["Fields"], "Fields of a lock")
	if err != nil {
		return nil, err
	}
	for _, o := range names {
		raw, err := resolveTo[String](f, o, "the name of a locked field")
		if err != nil {
			return nil, err
		}
		name, err := Text(raw)
		if err != nil {
			return nil, err
		}
		lock.Fields = append(lock.Fields, name)
	}
	return lock, nil
}

// Permissions is the catalog's Perms (ISO 32000-2, 12.8.6).
type Permissions struct {
	// Certification is the signature that certifies the document; its zero value where none does.
	Certification Ref
	// UsageRights are the parameters of the UR3 transform; nil where there is none.
	UsageRights Dict
}

// Permissions reads the catalog's Perms.
func (f *File) Permissions() (Permissions, error) {
	var out Permissions
	catalog, err := f.Catalog()
	if err != nil {
		return out, err
	}
	d, err := f.dict(catalog["Perms"], "Perms")
	if err != nil {
		return out, err
	}
	if certification := d["DocMDP"]; certification != nil {
		ref, ok := certification.(Ref)
		if !ok {
			return out, malformed("DocMDP of Perms is no reference")
		}
		out.Certification = ref
	}
	for _, key := range []Name{"UR3", "UR"} {
		if d[key] == nil {
			continue
		}
		rights, err := f.usageRights(d[key])
		if err != nil {
			return out, err
		}
		out.UsageRights = rights
	}
	return out, nil
}

// usageRights returns the parameters of a usage rights signature's transform; an empty dictionary where it has none.
func (f *File) usageRights(o Object) (Dict, error) {
	signature, err := f.dict(o, "the usage rights")
	if err != nil {
		return nil, err
	}
	references, err := f.array(signature["Reference"], "Reference of the usage rights")
	if err != nil {
		return nil, err
	}
	for _, o := range references {
		reference, err := f.dict(o, "a signature reference")
		if err != nil {
			return nil, err
		}
		parameters, err := f.dict(reference["TransformParams"], "TransformParams")
		if err != nil {
			return nil, err
		}
		if method := reference["TransformMethod"]; (method == Name("UR3") || method == Name("UR")) && parameters != nil {
			return parameters, nil
		}
	}
	return Dict{}, nil
}

// Allows says whether usage rights have right in the list under key (ISO 32000-2, table 259).
func (f *File) Allows(rights Dict, key, right Name) (bool, error) {
	list, err := f.array(rights[key], "a list of usage rights")
	return slices.Contains(list, Object(right)), err
}
