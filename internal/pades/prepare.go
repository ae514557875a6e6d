package pades

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pdf"
)

// Unsigned is a signed PDF that lacks only the card's part. It does not change.
type Unsigned struct {
	document ades.Document
	appended []byte // to the document, Contents being zeros
	contents int    // where the digits of Contents begin in appended
	room     int    // bytes that Contents has room for
	cms      *cades.Unsigned
	stamped  *stamped // where the signature is seen; nil where it is invisible
}

// Prepare puts together what is appended to the one document, and what is to be signed of it. It reads the document once, and holds
// in memory what is appended. Errors carry the codes of package pdf, fault.PDFForbidden, fault.RequestInvalid where the options do
// not fit the document, and fault.KeyUnsupported.
func Prepare(s ades.Signer, documents []ades.Document, o Options) (ades.Prepared, error) {
	if len(documents) != 1 || documents[0].Content == nil {
		return nil, errors.New("pades: a PDF is signed alone, and its content must be at hand")
	}
	if s.Certificate == nil {
		return nil, errors.New("pades: no certificate")
	}
	if year := s.Time.UTC().Year(); year < 1950 || year > 9999 {
		return nil, fmt.Errorf("pades: signing time in the year %d", year)
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	document := documents[0]
	room, err := roomFor(s)
	if err != nil {
		return nil, err
	}
	f, err := pdf.Open(document.Content, document.Size)
	if err != nil {
		return nil, err
	}
	if err := f.CheckObjects(); err != nil {
		return nil, err
	}
	u := &Unsigned{document: document, room: room}
	if err := u.append(f, s, o); err != nil {
		return nil, err
	}
	if err := u.reread(); err != nil {
		return nil, err
	}
	digest, err := u.contentDigest(s)
	if err != nil {
		return nil, err
	}
	if u.cms, err = cades.Prepare(cades.Request{Signer: s, ContentDigest: digest, InPDF: true}); err != nil {
		return nil, err
	}
	return u, nil
}

// roomFor reckons how many bytes Contents needs: for the CMS by key, chain and policy, and where a policy is named for the time
// stamp that the site adds to it.
func roomFor(s ades.Signer) (int, error) {
	if !s.Hash.Available() {
		return 0, fmt.Errorf("pades: hash %v", s.Hash)
	}
	room, err := cades.MaxSize(cades.Request{Signer: s, ContentDigest: make([]byte, s.Hash.Size()), InPDF: true})
	if s.Policy != nil {
		room += timeStampRoom
	}
	return room, err
}

// append makes the update, with zeros for Contents.
func (u *Unsigned) append(f *pdf.File, s ades.Signer, o Options) error {
	form, err := readForm(f)
	if err != nil {
		return err
	}
	place, err := form.place(o)
	if err != nil {
		return err
	}
	if err := form.allows(place, s.Hash, o); err != nil {
		return err
	}
	if place.isVisible() {
		u.stamped = &stamped{place.page.Index, place.fromTop()}
	}
	update, err := f.NewUpdate()
	if err != nil {
		return err
	}
	e := &editor{f: f, form: form, update: update}
	dictionary := signatureDictionary(f, place, s, o, u.room)
	signature := update.Add(dictionary.raw)
	if err := e.addSignature(place, signature, s, o); err != nil {
		return err
	}
	appended, err := update.Write(s.Certificate.Raw)
	if err != nil {
		return err
	}
	u.appended = appended.Bytes
	start := appended.Starts[signature]
	u.contents = start + dictionary.contents
	u.writeByteRange(start + dictionary.byteRange)
	return nil
}

// dictionary is a signature dictionary, with where in it the numbers of ByteRange and the digits of Contents begin.
type dictionary struct {
	raw       pdf.Raw
	byteRange int
	contents  int
}

// byteRangeDigits is room for three numbers up to pdf.MaxFile, with spaces.
const byteRangeDigits = 3 * 11

// signatureDictionary writes the dictionary (ISO 32000-2, table 255), with zeros in place of what is not known yet.
func signatureDictionary(f *pdf.File, p *place, s ades.Signer, o Options, room int) dictionary {
	entries := pdf.Dict{
		"Type": pdf.Name("Sig"), "Filter": pdf.Name("Adobe.PPKLite"), "SubFilter": subFilter, "M": pdf.Date(s.Time),
	}
	if o.Reason != "" {
		entries["Reason"] = pdf.TextString(o.Reason)
	}
	if o.Location != "" {
		entries["Location"] = pdf.TextString(o.Location)
	}
	if references := references(f, p, o); len(references) > 0 {
		entries["Reference"] = references
	}
	raw := bytes.TrimSuffix(pdf.Bytes(entries), []byte(">>"))
	raw = append(raw, "/ByteRange [0 "...)
	out := dictionary{byteRange: len(raw)}
	raw = append(raw, bytes.Repeat([]byte(" "), byteRangeDigits)...)
	raw = append(raw, "]/Contents <"...)
	out.contents = len(raw)
	raw = append(raw, bytes.Repeat([]byte("0"), 2*room)...)
	out.raw = append(raw, ">>>"...)
	return out
}

// references returns the transforms of the signature: DocMDP where it certifies, FieldMDP where the field's Lock says so (ISO
// 32000-2, 12.8.2).
func references(f *pdf.File, p *place, o Options) pdf.Array {
	var out pdf.Array
	docMDP := func(permissions int) {
		out = append(out, pdf.Dict{
			"Type": pdf.Name("SigRef"), "TransformMethod": pdf.Name("DocMDP"),
			"TransformParams": pdf.Dict{"Type": pdf.Name("TransformParams"), "V": pdf.Name("1.2"), "P": pdf.Integer(permissions)},
		})
	}
	if o.Certify > 0 {
		docMDP(o.Certify)
	}
	if p.lock == nil {
		return out
	}
	parameters := pdf.Dict{"Type": pdf.Name("TransformParams"), "V": pdf.Name("1.2"), "Action": p.lock.Action}
	if len(p.lock.Fields) > 0 {
		fields := pdf.Array{}
		for _, name := range p.lock.Fields {
			fields = append(fields, pdf.TextString(name))
		}
		parameters["Fields"] = fields
	}
	out = append(out, pdf.Dict{
		"Type": pdf.Name("SigRef"), "TransformMethod": pdf.Name("FieldMDP"), "TransformParams": parameters, "Data": f.Trailer()["Root"],
	})
	if p.lockPermissions > 0 && o.Certify == 0 {
		docMDP(p.lockPermissions)
	}
	return out
}

// writeByteRange writes the three numbers that were not known before; at is where in appended.
func (u *Unsigned) writeByteRange(at int) {
	gap := u.document.Size + int64(u.contents) - 1
	after := gap + 2 + 2*int64(u.room)
	size := u.document.Size + int64(len(u.appended))
	copy(u.appended[at:], fmt.Sprintf("%-*s", byteRangeDigits, fmt.Sprintf("%d %d %d", gap, after, size-after)))
}

// reread has the strict reader read what was made, before a card signs it: one signature more, in a revision of its own, which is
// the last.
func (u *Unsigned) reread() error {
	whole := u.Preview().Reader([]ades.Document{u.document})
	f, err := pdf.Open(whole, whole.Size())
	if err != nil {
		return fmt.Errorf("pades: what was made is not read: %w", err)
	}
	form, err := readForm(f)
	if err != nil {
		return fmt.Errorf("pades: what was made is not read: %w", err)
	}
	n := len(form.signatures)
	if n == 0 || form.signatures[n-1].Revision != len(f.Revisions())-1 || form.signatures[n-1].ByteRange[1] != u.document.Size+int64(u.contents)-1 {
		return fault.Errorf(fault.Internal, "pades: what was made is read as something else")
	}
	return nil
}

// contentDigest is that of all but Contents, with its brackets.
func (u *Unsigned) contentDigest(s ades.Signer) ([]byte, error) {
	sum := s.Hash.New()
	n, err := io.Copy(sum, u.document.Reader())
	if err != nil {
		return nil, fmt.Errorf("pades: read the document: %w", err)
	}
	if n != u.document.Size {
		return nil, fmt.Errorf("pades: document of %d bytes ends after %d", u.document.Size, n)
	}
	sum.Write(u.appended[:u.contents-1])
	sum.Write(u.appended[u.contents+2*u.room+1:])
	return sum.Sum(nil), nil
}

// Digest returns what the card signs.
func (u *Unsigned) Digest() []byte { return u.cms.Digest() }

// Preview returns the file as it will be, but for the signature itself: what a person is shown before the card signs.
func (u *Unsigned) Preview() ades.Pieces { return u.pieces(u.appended) }

// stamped is where a signature is seen.
type stamped struct {
	page    int
	fromTop float64
}

// StampedAt returns the index of the page that shows the signature, the first being 0, and how far the middle of the stamp is from
// the upper edge of the page as it is shown: 0 to 1, of the page's height. ok is false where it is invisible.
func (u *Unsigned) StampedAt() (page int, fromTop float64, ok bool) {
	if u.stamped == nil {
		return 0, 0, false
	}
	return u.stamped.page, u.stamped.fromTop, true
}

func (u *Unsigned) pieces(appended []byte) ades.Pieces {
	return ades.Pieces{ades.Whole(0, u.document), {Bytes: bytes.Clone(appended)}}
}

// Complete returns the document and what is appended to it. The whole is read once more, by [Parse], which must find this
// signature over the whole file.
func (u *Unsigned) Complete(cardSignature []byte) (ades.Pieces, error) {
	der, err := u.cms.Complete(cardSignature)
	if err != nil {
		return nil, err
	}
	if len(der) > u.room {
		return nil, fmt.Errorf("pades: a signature of %d bytes in room for %d", len(der), u.room)
	}
	appended := bytes.Clone(u.appended)
	hex.Encode(appended[u.contents:], der)
	pieces := u.pieces(appended)
	whole := pieces.Reader([]ades.Document{u.document})
	signatures, err := Parse(whole, whole.Size())
	if err != nil {
		return nil, fmt.Errorf("pades: what was made is not read: %w", err)
	}
	last := signatures[len(signatures)-1]
	if last.Problem != nil || last.BytesAfter != 0 || !bytes.Equal(last.der, der) {
		return nil, fault.Errorf(fault.Internal, "pades: what was made is read as another signature: %w", last.Problem)
	}
	return pieces, nil
}
