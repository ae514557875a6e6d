package inspection

import (
	"bytes"
	"encoding/hex"
	"io"
	"slices"
	"strconv"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/wasm/inspection/report"
)

// readPDF reads a PDF. A form in XFA, and a signature that covers something else than its revision, have common readers show
// something else than others do, or say that something else is signed: the error has fault.DocumentAmbiguous.
func readPDF(file io.ReaderAt, size int64) (out report.Report, err error) {
	f, err := pdf.Open(file, size)
	if err != nil {
		return out, err
	}
	pages, err := f.Shapes()
	if err != nil {
		return out, err
	}
	if len(pages) < 1 || len(pages) > report.MaxPages {
		return out, fault.Errorf(fault.DocumentUnreadable, "%d pages", len(pages))
	}
	out.PDF = &report.PDF{ID: identifier(f.Trailer())}
	for _, p := range pages {
		out.PDF.Pages = append(out.PDF.Pages, report.Page{
			Object: [2]int{p.Ref.Number, p.Ref.Generation}, Box: [4]float64{p.Box.X0, p.Box.Y0, p.Box.X1, p.Box.Y1}, Turn: p.Rotate,
		})
	}
	features, err := f.Features()
	if err != nil {
		return out, err
	}
	if features.XFA {
		return out, fault.Errorf(fault.DocumentAmbiguous, "a form in XFA, which some programs show in place of the pages")
	}
	fields, err := f.Fields()
	if err != nil {
		return out, err
	}
	signatures, err := readSignatures(f, fields)
	out.Sections = append(beside(features, fields), signatures...)
	return out, err
}

// identifier is ID of the newest trailer (ISO 32000-2, 14.4) where it is two strings of 16 bytes, which pdf.js tells too: the second
// alone where it is another than the first.
func identifier(trailer pdf.Dict) (id []string) {
	list, _ := trailer["ID"].(pdf.Array)
	if len(list) != 2 {
		return nil
	}
	for _, o := range list {
		s, _ := o.(pdf.String)
		if len(s) != 16 || bytes.Equal(s, make([]byte, 16)) {
			return nil
		}
		id = append(id, hex.EncodeToString(s))
	}
	if id[1] == id[0] {
		id[1] = ""
	}
	return id
}

// beside lists what a document has beside its pages; nothing where that is nothing.
func beside(f pdf.Features, fields []pdf.Field) []report.Section {
	forms := slices.ContainsFunc(fields, func(f pdf.Field) bool { return f.Type != "Sig" })
	list := report.Section{Title: "report.pdf.beside", Look: true}
	for _, feature := range []struct {
		name string
		has  bool
	}{
		{"scripts", f.Scripts}, {"actions", f.Actions}, {"outside", f.Outside}, {"hidden", f.Hidden}, {"layers", f.Layers}, {"attachments", f.Files},
		{"media", f.Media}, {"forms", forms}, {"links", f.Links},
	} {
		if feature.has {
			list.Entries = append(list.Entries, report.Entry{Key: "report.pdf.has." + feature.name})
		}
	}
	if list.Entries == nil {
		return nil
	}
	return []report.Section{list}
}

// maxSignatures is how many signatures are judged: the revision of each is compared with the newest.
const maxSignatures = 100

func readSignatures(f *pdf.File, fields []pdf.Field) ([]report.Section, error) {
	isSignature := func(f pdf.Field) bool { return f.Type == "Sig" && f.Dict["V"] != nil }
	if !slices.ContainsFunc(fields, isSignature) {
		return nil, nil
	}
	signatures, err := pades.ParseFile(f)
	if fault.CodeOf(err) == fault.SignatureMalformed {
		return nil, fault.New(fault.DocumentAmbiguous, err)
	}
	if err != nil {
		return nil, err
	}
	if len(signatures) > maxSignatures {
		return nil, fault.Errorf(fault.DocumentUnreadable, "%d signatures", len(signatures))
	}
	var all []signature
	for _, s := range signatures {
		one, err := readSignature(s)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return signed("report.signed.title", all), nil
}

// readSignature judges one signature: one of this project's form by pades, another by cms.
func readSignature(s *pades.Signature) (out signature, err error) {
	out.isTimestamp = s.SubFilter == "ETSI.RFC3161"
	if s.Certifies && s.Permissions >= 1 && s.Permissions <= 3 {
		out.role = "report.signed.level." + strconv.Itoa(s.Permissions)
	}
	switch {
	case s.Problem == nil:
		claims := s.Claims()
		out.by, out.at, out.state = holder(claims.Certificate), claims.SigningTime, cms.Holds
		if err := s.Verify(nil); err != nil {
			out.state = cms.Fails
		}
	case s.SubFilter == "adbe.pkcs7.detached" || s.SubFilter == "ETSI.CAdES.detached":
		if err := readForeign(s, &out); err != nil {
			return out, err
		}
	}
	out.later = "report.signed.later.nothing"
	if s.BytesAfter > 0 {
		err := s.LaterChanges()
		switch {
		case err == nil:
			out.later = "report.signed.later.signed"
		case fault.CodeOf(err) == fault.SignatureInvalid:
			out.later, out.isChanged = "report.signed.later.changed", true
		default:
			return out, err
		}
	}
	return out, nil
}

// readForeign judges a signature in CMS that is not of this project's form. What cms cannot read stays unknown.
func readForeign(s *pades.Signature, out *signature) error {
	if made, ok := s.Dict["M"].(pdf.String); ok {
		if at, err := pdf.Time(made); err == nil {
			out.at = at
		}
	}
	data, err := cms.Read(bytes.NewReader(s.Contents), int64(len(s.Contents)))
	if err != nil || len(data.Signers) != 1 || data.Content != nil {
		return nil
	}
	digests, err := data.Digests(s.Digest)
	if err != nil {
		return err
	}
	v := data.Verify(digests)[0]
	out.by, out.state = holder(v.Certificate), v.State
	if !v.SigningTime.IsZero() {
		out.at = v.SigningTime
	}
	return nil
}
