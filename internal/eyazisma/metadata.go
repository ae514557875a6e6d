package eyazisma

import (
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// Metadata is what the package says of the letter, in Ustveri and, for number, date and signers, in NihaiUstveri (2.0) or
// BelgeImza (1.x). Whatever is not there is "".
type Metadata struct {
	Subject         string // Konu
	Number          string // BelgeNo
	Date            string // as it stands there, an xsd:dateTime
	Confidentiality string // GuvenlikKodu: YOK, HZO, OZL, GZL, CGZ; in 1.x also TSD, KSO
	Author          string // Olusturan
	Recipients      []Recipient
	Related         []Related
	Signers         []Signer
}

// Recipient is one of the distribution list (Dagitim).
type Recipient struct {
	Name    string
	Purpose string // GRG: to act, BLG: to know
	Urgency string // NRM, ACL, GNL; in 1.x also IVD
}

// Related is another document that the letter names (Ilgi).
type Related struct{ Label, Number, Date, Title string }

// Signer is who has signed, as the package says it: a claim, which no signature of the person's covers.
type Signer struct{ Name, Title, Date string }

// readMetadata reads the metadata, as far as it is there.
func (r *reader) readMetadata() {
	m := &r.out.Metadata
	if root, f := r.metadataRoot(kindMetadata, map[bool]string{true: "UstVeri", false: "Ustveri"}[r.out.second], "Ustveri"); root != nil {
		if id := f.text(root, "BelgeId"); !strings.EqualFold(id, r.out.ID) {
			r.problem(fault.PackageMalformed, folders[kindMetadata], "the metadata is of another document, %.100q", id)
		}
		m.Subject, m.Confidentiality = f.text(root, "Konu"), f.text(root, "GuvenlikKodu")
		m.Number, m.Date = f.text(root, "BelgeNo"), f.text(root, "Tarih")
		m.Author = f.party(f.one(root, "Olusturan"))
		for _, e := range f.list(root, "DagitimListesi", "Dagitim") {
			m.Recipients = append(m.Recipients, Recipient{f.party(e), f.text(e, "DagitimTuru"), f.text(e, "Ivedilik")})
		}
		for _, e := range f.list(root, "Ilgiler", "Ilgi") {
			m.Related = append(m.Related, Related{f.text(e, "Etiket"), f.text(e, "BelgeNo"), f.text(e, "Tarih"), f.text(e, "Ad")})
		}
		for _, e := range f.list(root, "Ekler", "Ek") {
			r.out.Attachments = append(r.out.Attachments, f.attachment(e))
		}
		r.problemOf(folders[kindMetadata], f.err)
		r.matchAttachments()
	}
	if root, f := r.metadataRoot(kindFinalMetadata, "NihaiUstVeri", "NihaiUstveri"); root != nil {
		m.Number, m.Date = f.text(root, "BelgeNo"), f.text(root, "Tarih")
		m.Signers = f.signers(f.list(root, "BelgeImzalar", "Imza"))
		r.problemOf(folders[kindFinalMetadata], f.err)
	}
	if root, f := r.metadataRoot(kindSigners, "BelgeImza", "BelgeImza"); root != nil {
		m.Signers = f.signers(f.list(root, "ImzaListesi", "Imza"))
		r.problemOf(folders[kindSigners], f.err)
	}
	r.metadataRoot(kindTargets, "BelgeHedef", "BelgeHedef") // its recipients are those of the letter's metadata
}

// metadataRoot reads one of the parts with metadata; nil where it is not there, or where a problem has been noted.
func (r *reader) metadataRoot(kind, root, schema string) (*xmltree.Node, *fields) {
	part := r.single[kind]
	if part == nil {
		return nil, nil
	}
	node, err := r.readEntry(part.entry, r.schema(schema), root)
	if err != nil {
		r.problemOf(part.Name, err)
		return nil, nil
	}
	return node, &fields{space: r.schema("Tipler")}
}

// matchAttachments finds the part of each attachment: its relationship is named after it.
func (r *reader) matchAttachments() {
	byID := map[string]*Part{}
	for _, part := range r.out.Parts {
		if kind := r.kinds[part]; kind == kindAttachment || kind == kindUnsigned {
			byID[r.attachmentKey(part)] = part
		}
	}
	const inside = "DED" // dahili elektronik dosya
	for i := range r.out.Attachments {
		a := &r.out.Attachments[i]
		if a.Kind != inside {
			continue
		}
		key := kindAttachment + " IDEK_"
		if !a.Signed {
			key = kindUnsigned + " IDIMZASIZEK_"
		}
		key += strings.ToUpper(a.id)
		if a.Part = byID[key]; a.Part == nil {
			r.problem(fault.PackagePartMissing, folders[kindAttachment]+a.FileName, "the metadata has an attachment that is not in the package, or twice")
		}
		delete(byID, key)
	}
	for _, part := range r.out.Parts {
		if byID[r.attachmentKey(part)] == part {
			r.problem(fault.PackagePartExtra, part.Name, "an attachment that the metadata does not have")
		}
	}
}

// attachmentKey is what tells an attachment's part from others: kind and identifier of its relationship.
func (r *reader) attachmentKey(part *Part) string {
	return r.kinds[part] + " " + strings.ToUpper(r.ids[part])
}

// fields reads elements of one namespace. err is the first thing that was wrong.
type fields struct {
	space string
	err   error
}

// one returns the child of this name, or nil.
func (f *fields) one(e *xmltree.Node, local string) (found *xmltree.Node) {
	if e == nil {
		return nil
	}
	for _, c := range e.Elements() {
		if !c.Is(f.space, local) {
			continue
		}
		if found != nil && f.err == nil {
			f.err = malformed("%s twice", local)
		}
		found = c
	}
	return found
}

// text returns the text of the child of this name, or "".
func (f *fields) text(e *xmltree.Node, local string) string {
	child := f.one(e, local)
	if child == nil {
		return ""
	}
	text, ok := child.Leaf()
	if !ok && f.err == nil {
		f.err = malformed("%s is not a text", local)
	}
	return strings.TrimSpace(text)
}

// list returns the children named item of the child named local.
func (f *fields) list(e *xmltree.Node, local, item string) (out []*xmltree.Node) {
	parent := f.one(e, local)
	if parent == nil {
		return nil
	}
	for _, c := range parent.Elements() {
		if c.Is(f.space, item) {
			out = append(out, c)
		}
	}
	return out
}

// party returns the name of an institution, a company or a person.
func (f *fields) party(e *xmltree.Node) string {
	for _, kind := range []string{"KurumKurulus", "TuzelSahis"} {
		if party := f.one(e, kind); party != nil {
			return f.text(party, "Adi")
		}
	}
	return f.person(f.one(e, "GercekSahis"))
}

// person returns the name of a person.
func (f *fields) person(e *xmltree.Node) string {
	p := f.one(e, "Kisi")
	var names []string
	for _, local := range []string{"OnEk", "IlkAdi", "IkinciAdi", "Soyadi"} {
		if name := f.text(p, local); name != "" {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

func (f *fields) signers(list []*xmltree.Node) (out []Signer) {
	for _, e := range list {
		who := f.one(e, "Imzalayan")
		out = append(out, Signer{f.person(who), f.text(who, "Gorev"), f.text(e, "Tarih")})
	}
	return out
}

func (f *fields) attachment(e *xmltree.Node) Attachment {
	a := Attachment{
		Number: f.text(e, "SiraNo"), Title: f.text(e, "Ad"), Description: f.text(e, "Aciklama"), Kind: f.text(e, "Tur"),
		FileName: f.text(e, "DosyaAdi"), Location: f.text(e, "Referans"),
		Signed: f.text(e, "ImzaliMi") != "false" && f.text(e, "ImzaliMi") != "0",
	}
	if id := f.one(e, "Id"); id != nil {
		a.id, _ = id.Attribute("Value")
	}
	return a
}
