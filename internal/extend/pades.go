package extend

import (
	"bytes"
	"context"
	"crypto"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
)

// padesEditor adds to one signature of a PDF (EN 319 142-1, 5.4), by an incremental update for each step: what is in the file is not
// touched. It holds in memory what was added.
//
// The time stamp of a signature is a document time stamp, which EN 319 142-1, 6.3, permits for B-T: an attribute of the signature
// would have to be put into bytes that later signatures of the file may cover. So it covers all signatures of the file.
type padesEditor struct {
	base      formats.Content
	hash      crypto.Hash
	added     []byte
	signature *pdf.Signature // which is to last
}

// openPAdES opens a signature of a PDF, by the ID that formats.Read gives it. Errors are those of formats.Read, and
// fault.SignatureMalformed where there is no such signature, or one that does not cover a revision.
func openPAdES(t Target) (Editor, error) {
	e := &padesEditor{base: t.File, hash: t.Hash}
	f, err := e.open()
	if err != nil {
		return nil, err
	}
	signatures, err := signaturesOf(f)
	if err != nil {
		return nil, err
	}
	signatures = slices.DeleteFunc(signatures, (*pdf.Signature).IsDocumentTimeStamp)
	n, err := strconv.Atoi(t.ID)
	if err != nil || n < 1 || n > len(signatures) {
		return nil, fault.Errorf(fault.SignatureMalformed, "a PDF with %d signatures, and not %q", len(signatures), t.ID)
	}
	if e.signature = signatures[n-1]; e.signature.Problem != nil {
		return nil, e.signature.Problem
	}
	return e, nil
}

func signaturesOf(f *pdf.File) ([]*pdf.Signature, error) {
	fields, err := f.Fields()
	if err != nil {
		return nil, err
	}
	return f.FindSignatures(fields)
}

// open reads the file with what was added. What readers may understand in several ways is not written to.
func (e *padesEditor) open() (*pdf.File, error) {
	file := e.content()
	f, err := pdf.OpenTolerant(file.Reader, file.Size)
	if err == nil && f.IsAmbiguous() {
		err = fault.Errorf(fault.PDFMalformed, "%s", f.Deviation())
	}
	return f, err
}

func (e *padesEditor) content() formats.Content {
	return formats.Content{Reader: &joined{e.base, e.added}, Size: e.base.Size + int64(len(e.added))}
}

// File returns the file with all that was added.
func (e *padesEditor) File() (formats.Content, error) {
	return formats.Content{Reader: &joined{e.base, bytes.Clone(e.added)}, Size: e.base.Size + int64(len(e.added))}, nil
}

// joined reads a file and what was added to it.
type joined struct {
	base  formats.Content
	added []byte
}

func (j *joined) ReadAt(p []byte, at int64) (n int, err error) {
	if at < 0 {
		return 0, errors.New("extend: read before the beginning of a file")
	}
	if at < j.base.Size {
		n, err = j.base.Reader.ReadAt(p[:min(int64(len(p)), j.base.Size-at)], at)
		if int64(n) < min(int64(len(p)), j.base.Size-at) {
			return n, err
		}
	}
	if rest := at + int64(n) - j.base.Size; n < len(p) && rest < int64(len(j.added)) {
		n += copy(p[n:], j.added[rest:])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// References is fault.Unsupported: PAdES has none.
func (e *padesEditor) References(validation.Data) error {
	return fault.Errorf(fault.Unsupported, "complete references in a PDF")
}

// SignatureTimeStamp adds a document time stamp.
func (e *padesEditor) SignatureTimeStamp(ctx context.Context, stamp Stamper) error {
	return e.addStamp(ctx, stamp)
}

// ArchiveTimeStamp adds a document time stamp.
func (e *padesEditor) ArchiveTimeStamp(ctx context.Context, stamp Stamper) error {
	return e.addStamp(ctx, stamp)
}

// stampRoom is kept for a token at first, in bytes, and maxStampRoom at most.
const stampRoom, maxStampRoom = 16 << 10, 1 << 20

// addStamp adds a document time stamp over all that is there (EN 319 142-1, 5.4.3). A token that does not fit is asked for again,
// over a file with more room: where the gap ends is part of what is stamped.
func (e *padesEditor) addStamp(ctx context.Context, stamp Stamper) error {
	for room := stampRoom; room <= maxStampRoom; {
		u, err := e.prepareStamp(room)
		if err != nil {
			return err
		}
		digest, err := u.digest(e.content(), e.hash)
		if err != nil {
			return err
		}
		token, err := stampedBy(ctx, stamp, e.hash, digest)
		if err != nil {
			return err
		}
		if len(token.DER) > room {
			room = 2 * len(token.DER)
			continue
		}
		hex.Encode(u.bytes[u.contents:], token.DER)
		return e.append(u.bytes, 1)
	}
	return fault.Errorf(fault.TimestampInvalid, "time stamps of more than %d bytes", maxStampRoom)
}

// append takes an update, once the file with it is read: with so many signatures more, the newest over the whole file.
func (e *padesEditor) append(update []byte, more int) error {
	before, err := e.open()
	if err != nil {
		return err
	}
	old, err := signaturesOf(before)
	if err != nil {
		return err
	}
	next := &padesEditor{base: e.base, added: slices.Concat(e.added, update)}
	f, err := next.open()
	if err != nil {
		return fmt.Errorf("extend: what was made is not read: %w", err)
	}
	now, err := signaturesOf(f)
	if err != nil {
		return fmt.Errorf("extend: what was made is not read: %w", err)
	}
	newest := slices.ContainsFunc(now, func(s *pdf.Signature) bool {
		return s.Problem == nil && s.IsDocumentTimeStamp() && s.ByteRange[2]+s.ByteRange[3] == f.Size()
	})
	if len(now) != len(old)+more || newest != (more > 0) || len(f.Revisions()) != len(before.Revisions())+1 {
		return fault.Errorf(fault.Internal, "extend: what was made is read as something else")
	}
	e.added = next.added
	return nil
}

// stampUpdate is an update with a document time stamp, whose Contents is zeros.
type stampUpdate struct {
	bytes    []byte
	contents int // where in bytes its digits begin
	room     int
}

// byteRangeDigits is room for three numbers up to pdf.MaxFile, with spaces.
const byteRangeDigits = 3 * 11

// prepareStamp makes the update: a signature dictionary, and a field for it without an annotation, which no page shows.
func (e *padesEditor) prepareStamp(room int) (*stampUpdate, error) {
	f, err := e.open()
	if err != nil {
		return nil, err
	}
	if err := mayStamp(f); err != nil {
		return nil, err
	}
	update, err := f.NewUpdate()
	if err != nil {
		return nil, err
	}
	raw := bytes.TrimSuffix(pdf.Bytes(pdf.Dict{
		"Type": pdf.Name("DocTimeStamp"), "Filter": pdf.Name("Adobe.PPKLite"), "SubFilter": pdf.Name("ETSI.RFC3161"),
	}), []byte(">>"))
	raw = append(raw, "/ByteRange [0 "...)
	byteRange := len(raw)
	raw = append(raw, bytes.Repeat([]byte(" "), byteRangeDigits)...)
	raw = append(raw, "]/Contents <"...)
	contents := len(raw)
	raw = append(raw, bytes.Repeat([]byte("0"), 2*room)...)
	value := update.Add(pdf.Raw(append(raw, ">>>"...)))
	name, err := freeName(f)
	if err != nil {
		return nil, err
	}
	field := update.Add(pdf.Dict{"FT": pdf.Name("Sig"), "T": pdf.TextString(name), "V": value})
	catalog, err := f.Catalog()
	if err != nil {
		return nil, err
	}
	catalog = catalog.Clone()
	isChanged, err := update.SignForm(catalog, &field)
	if err != nil {
		return nil, err
	}
	if isChanged {
		update.Set(f.Trailer()["Root"].(pdf.Ref), catalog) // Open has seen it
	}
	appended, err := update.Write([]byte(name))
	if err != nil {
		return nil, err
	}
	u := &stampUpdate{bytes: appended.Bytes, contents: appended.Starts[value] + contents, room: room}
	gap := f.Size() + int64(u.contents) - 1
	after := gap + 2 + 2*int64(room)
	size := f.Size() + int64(len(u.bytes))
	copy(u.bytes[appended.Starts[value]+byteRange:], fmt.Sprintf("%-*s", byteRangeDigits, fmt.Sprintf("%d %d %d", gap, after, size-after)))
	return u, nil
}

// digest is that of the file and the update, but for Contents with its brackets.
func (u *stampUpdate) digest(file formats.Content, by crypto.Hash) ([]byte, error) {
	sum := by.New()
	if n, err := io.Copy(sum, io.NewSectionReader(file.Reader, 0, file.Size)); err != nil || n != file.Size {
		return nil, fmt.Errorf("extend: read a PDF: %d bytes of %d: %w", n, file.Size, err)
	}
	sum.Write(u.bytes[:u.contents-1])
	sum.Write(u.bytes[u.contents+2*u.room+1:])
	return sum.Sum(nil), nil
}

// mayStamp refuses what usage rights do not allow; DocMDP and FieldMDP allow document time stamps and validation data always (ISO
// 32000-2, table 257).
func mayStamp(f *pdf.File) error {
	permissions, err := f.Permissions()
	if err != nil || permissions.UsageRights == nil {
		return err
	}
	for key, right := range map[pdf.Name]pdf.Name{"Signature": "Modify", "Form": "Add"} {
		isAllowed, err := f.Allows(permissions.UsageRights, key, right)
		if err != nil {
			return err
		}
		if !isAllowed {
			return fault.Errorf(fault.PDFForbidden, "the usage rights of the document do not allow a time stamp")
		}
	}
	return nil
}

// freeName returns the first of Timestamp1, Timestamp2 … that no field has.
func freeName(f *pdf.File) (string, error) {
	fields, err := f.Fields()
	if err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		name := fmt.Sprint("Timestamp", n)
		if !slices.ContainsFunc(fields, func(f pdf.Field) bool {
			return f.Name == name || len(f.Name) > len(name) && f.Name[:len(name)+1] == name+"."
		}) {
			return name, nil
		}
	}
}
