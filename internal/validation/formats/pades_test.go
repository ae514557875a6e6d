package formats_test

import (
	"bytes"
	"context"
	"crypto"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/extend"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// pdfRoom is how many bytes Contents of embedded has.
const pdfRoom = 8 << 10

// embedded is a PDF of one revision with a signature dictionary of these entries, whose Contents is what sign makes of the bytes that
// ByteRange covers.
func embedded(entries string, sign func(covered []byte) []byte) []byte {
	zeros := strings.Repeat("0", 2*pdfRoom)
	file := pdftest.Build(append(pdftest.Pages("/AcroForm<</Fields[6 0 R]/SigFlags 3>>", pdftest.Page{Text: judged}),
		pdftest.Object{Number: 6, Body: "<</FT/Sig/T(a)/V 7 0 R>>"},
		pdftest.Object{Number: 7, Body: "<</Type/Sig/Filter/Adobe.PPKLite/ByteRange[0 11111 22222 33333]/Contents<" + zeros + ">" + entries + ">>"},
	), "")
	start := bytes.Index(file, []byte("<"+zeros))
	end := start + len(zeros) + 2
	for placeholder, n := range map[string]int{"11111": start, "22222": end, "33333": len(file) - end} {
		file = bytes.Replace(file, []byte(placeholder), fmt.Appendf(nil, "%05d", n), 1)
	}
	hex.Encode(file[start+1:], sign(append(bytes.Clone(file[:start]), file[end:]...)))
	return file
}

// detached is a signature over what is covered, before it is signed.
func detached(w *validationtest.World, covered []byte) *validationtest.Signature {
	s := w.NewSignature(string(covered))
	s.Detached = true
	return s
}

// judgePDF judges a PDF with all the data that its signer wants.
func judgePDF(t *testing.T, w *validationtest.World, file []byte) []*validation.SignatureReport {
	t.Helper()
	signatures, err := formats.Read(content(file))
	if err != nil {
		t.Fatal(err)
	}
	in := validation.Input{Signatures: signatures, Policy: validation.DefaultPolicy(), Moment: validationtest.Signed.Add(time.Hour)}
	in.Policy.Anchors = []validation.Anchor{{Certificate: w.Root.Certificate}}
	in.Data.OCSPs = [][]byte{w.OCSP(w.CA, w.Signer, validationtest.Signed, 24*time.Hour)}
	in.Data.CRLs = [][]byte{w.CRL(w.Root, validationtest.Signed, 24*time.Hour)}
	return validation.Validate(in).Signatures
}

const (
	etsi  = "/SubFilter/ETSI.CAdES.detached"
	adobe = "/SubFilter/adbe.pkcs7.detached"
	madeM = "/M(D:20240506070809Z)"
)

// TestPAdES has dictionaries and CMS of several programs, and pdfsig judge the same files.
func TestPAdES(t *testing.T) {
	w := validationtest.New(t)
	plain := func(covered []byte) []byte {
		return detached(w, covered).Without(cms.OIDSigningTime).Sign().DER()
	}
	withTime := func(covered []byte) []byte { return detached(w, covered).Sign().DER() }
	oid := []int{1, 2, 3, 4}
	for name, test := range map[string]struct {
		entries       string
		sign          func([]byte) []byte
		indication    validation.Indication
		subIndication validation.SubIndication
		reason        string // code and subject of the first
		level, form   string
		claimed       bool
	}{
		"baseline":                 {etsi + madeM, plain, validation.Passed, "", "", "B", "BES", true},
		"no time":                  {etsi, plain, validation.Passed, "", "", "", "BES", false},
		"time in the CMS":          {etsi + madeM, withTime, validation.Passed, "", "", "", "BES", true},
		"time that is none":        {etsi + "/M(dün)", plain, validation.Passed, "", "", "", "BES", false},
		"adbe.pkcs7.detached":      {adobe, withTime, validation.Passed, "", "", "", "", true},
		"adbe.pkcs7.sha1":          {"/SubFilter/adbe.pkcs7.sha1", withTime, validation.Indeterminate, validation.SigConstraintsFailure, "unsupported adbe.pkcs7.sha1", "", "", false},
		"adbe.x509.rsa_sha1":       {"/SubFilter/adbe.x509.rsa_sha1", withTime, validation.Indeterminate, validation.SigConstraintsFailure, "unsupported adbe.x509.rsa_sha1", "", "", false},
		"no SubFilter":             {"", withTime, validation.Indeterminate, validation.SigConstraintsFailure, "unsupported SubFilter", "", "", false},
		"SubFilter of odd letters": {"/SubFilter/a#0Ab", withTime, validation.Indeterminate, validation.SigConstraintsFailure, "unsupported a?b", "", "", false},
		"nobody is bound": {adobe, func(covered []byte) []byte {
			return detached(w, covered).Without(cms.OIDSigningCertificateV2).Sign().DER()
		}, validation.Indeterminate, validation.SigConstraintsFailure, "signer_unbound signing-certificate", "", "", true},
		"time stamp": {etsi + madeM, func(covered []byte) []byte {
			return detached(w, covered).Without(cms.OIDSigningTime).Sign().AddSignatureStamp(validationtest.Signed).DER()
		}, validation.Passed, "", "", "T", "BES", true},
		"revocation data of Adobe": {etsi + madeM, func(covered []byte) []byte {
			s := detached(w, covered).Without(cms.OIDSigningTime)
			s.Signed = append(s.Signed, adobeRevocation(w))
			return s.Sign().DER()
		}, validation.Passed, "", "", "B", "BES", true},
		"signature policy": {etsi + madeM, func(covered []byte) []byte {
			s := detached(w, covered).Without(cms.OIDSigningTime)
			s.Signed = append(s.Signed, s.Policy(oid, make([]byte, 32), ""))
			return s.Sign().DER()
		}, validation.Indeterminate, validation.SignaturePolicyNotAvailable, "policy_unknown 1.2.3.4", "B", "EPES", true},
		"content of its own": {etsi + madeM, func(covered []byte) []byte {
			s := detached(w, covered[:9])
			s.Detached = false
			return s.Sign().DER()
		}, validation.Failed, validation.FormatFailure, "malformed eContent", "", "", true},
		"bytes behind the CMS": {etsi + madeM, func(covered []byte) []byte { return append(plain(covered), 0, 1) },
			validation.Failed, validation.FormatFailure, "malformed Contents", "", "", false},
		"no CMS":        {etsi + madeM, func([]byte) []byte { return []byte("imza") }, validation.Failed, validation.FormatFailure, "malformed Contents", "", "", false},
		"other content": {etsi + madeM, func([]byte) []byte { return plain([]byte("x")) }, validation.Failed, validation.HashFailure, "content_changed ", "B", "BES", true},
	} {
		t.Run(name, func(t *testing.T) {
			file := embedded(test.entries, test.sign)
			s := judgePDF(t, w, file)[0]
			reason := ""
			if len(s.Reasons) > 0 {
				reason = string(s.Reasons[0].Code) + " " + s.Reasons[0].Subject
			}
			if s.Indication != test.indication || s.SubIndication != test.subIndication || reason != test.reason {
				t.Errorf("%s %s %+v", s.Indication, s.SubIndication, s.Reasons)
			}
			if s.Format != "PAdES" || s.Level != test.level || s.Form != test.form || (s.Claimed != nil) != test.claimed {
				t.Errorf("%s-%s, form %q, claimed %v", s.Format, s.Level, s.Form, s.Claimed)
			}
			if s.Covers.Content != "revision" || s.Covers.Revision != 1 || s.Covers.Revisions != 1 || s.Covers.Later != "" {
				t.Errorf("covers %+v", s.Covers)
			}
			out, _ := pdftest.Run(t, "pdfsig", "-nocert", pdftest.Write(t, file))
			if s.Intact && !strings.Contains(out, "Signature is Valid.") || s.SubIndication == validation.HashFailure && !strings.Contains(out, "Digest Mismatch.") {
				t.Errorf("pdfsig: %s", out)
			}
		})
	}
}

// adobeRevocation is adbe-revocationInfoArchival (ISO 32000-2, 12.8.3.3.2).
func adobeRevocation(w *validationtest.World) []byte {
	list := func(der []byte) []byte { return pkitest.TLV(w.T, 0x30, der) }
	at := validationtest.Signed
	return validationtest.Attribute(w.T, []int{1, 2, 840, 113583, 1, 1, 8}, pkitest.TLV(w.T, 0x30,
		pkitest.TLV(w.T, 0xa0, list(w.CRL(w.Root, at, time.Hour))), pkitest.TLV(w.T, 0xa1, list(w.OCSP(w.CA, w.Signer, at, time.Hour)))))
}

// TestPAdESRefuses tells why a PDF cannot be judged as a whole.
func TestPAdESRefuses(t *testing.T) {
	w := validationtest.New(t)
	good := w.SignPDF(pdftest.Simple(), validationtest.Signed, pades.Options{})
	stamp := func(covered []byte) []byte {
		h := crypto.SHA256.New()
		h.Write(covered)
		return w.Stamp(h.Sum(nil), validationtest.Signed)
	}
	for name, test := range map[string]struct {
		file []byte
		code fault.Code
	}{
		"no signature":           {pdftest.Simple(), fault.PDFUnsigned},
		"a time stamp alone":     {embedded("/SubFilter/ETSI.RFC3161", stamp), fault.PDFOnlyStamped},
		"encrypted":              {pdftest.QPDF(t, pdftest.Simple(), "--encrypt", "", "x", "256", "--"), fault.PDFEncrypted},
		"cut":                    {good[:len(good)-9], fault.PDFMalformed},
		"bytes behind the end":   {append(bytes.Clone(good), "%x"...), fault.PDFMalformed},
		"bytes before the start": {append([]byte("x\n"), good...), fault.PDFMalformed},
		"header far behind":      {append(make([]byte, 1024), good...), fault.Unsupported},
	} {
		file := bytes.Replace(test.file, []byte("/Type/Sig/Filter/Adobe.PPKLite/ByteRange"), []byte("/Filter/Adobe.PPKLite          /ByteRange"), 1)
		if _, err := formats.Read(content(file)); fault.CodeOf(err) != test.code {
			t.Errorf("%s: %v, want %s", name, err, test.code)
		}
	}
}

// TestByteRangeGames moves what a ByteRange covers: nothing of that is intact.
func TestByteRangeGames(t *testing.T) {
	w := validationtest.New(t)
	file := w.SignPDF(pdftest.Simple(), validationtest.Signed, pades.Options{})
	f, err := pdf.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	fields, _ := f.Fields()
	found, err := f.Signatures(fields)
	if err != nil {
		t.Fatal(err)
	}
	r := found[0].ByteRange
	numbers := func(a, b, c, d int64) []byte {
		old := fmt.Sprintf("[0 %-33s]", fmt.Sprintf("%d %d %d", r[1], r[2], r[3]))
		made := fmt.Sprintf("[%d %-33s]", a, fmt.Sprintf("%d %d %d", b, c, d))
		return bytes.Replace(file, []byte(old), []byte(made), 1)
	}
	size := int64(len(file))
	for name, changed := range map[string][]byte{
		"begins behind the beginning": numbers(1, r[1], r[2], r[3]),
		"gap begins before Contents":  numbers(0, r[1]-20, r[2], r[3]),
		"gap ends behind Contents":    numbers(0, r[1], r[2]+2, r[3]-2),
		"gap ends inside":             numbers(0, r[1], r[2]-1, r[3]+1),
		"ends before the end":         numbers(0, r[1], r[2], r[3]-8),
		"ends behind the end":         numbers(0, r[1], r[2], r[3]+1),
		"whole file":                  numbers(0, size, size, 0),
		"second part is the first":    numbers(0, r[1], 0, r[1]),
		"two numbers":                 bytes.Replace(file, fmt.Appendf(nil, "%d %d %d", r[1], r[2], r[3]), fmt.Appendf(nil, "%d%s", r[1], strings.Repeat(" ", len(fmt.Sprint(r[2], r[3]))+1)), 1),
		"in an object stream":         pdftest.QPDF(t, file, "--object-streams=generate"),
		"written anew":                pdftest.QPDF(t, file),
	} {
		t.Run(name, func(t *testing.T) {
			for _, s := range judgePDF(t, w, changed) {
				if s.Intact || s.Indication != validation.Failed || s.SubIndication != validation.FormatFailure || s.Reasons[0].Subject != "ByteRange" {
					t.Errorf("%s %s %+v", s.Indication, s.SubIndication, s.Reasons)
				}
			}
		})
	}
}

// updatedPDF appends a revision.
func updatedPDF(t testing.TB, file []byte, change func(f *pdf.File, u *pdf.Update)) []byte {
	t.Helper()
	f, err := pdf.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	u, err := f.NewUpdate()
	if err != nil {
		t.Fatal(err)
	}
	change(f, u)
	appended, err := u.Write(nil)
	if err != nil {
		t.Fatal(err)
	}
	return append(bytes.Clone(file), appended.Bytes...)
}

// TestLaterRevisions has revisions after a signature: what changes the document is not valid, however good the signature.
func TestLaterRevisions(t *testing.T) {
	w := validationtest.New(t)
	document := pdftest.Build(append(pdftest.Pages("/AcroForm<</Fields[6 0 R 7 0 R]>>", pdftest.Page{Text: "x", More: "/Annots[6 0 R 7 0 R]"}),
		pdftest.Object{Number: 6, Body: "<</FT/Tx/T(Ad)/Subtype/Widget/Rect[0 0 9 9]/P 4 0 R>>"},
		pdftest.Object{Number: 7, Body: "<</FT/Sig/T(Imza)/Subtype/Widget/Rect[0 0 0 0]/P 4 0 R/Lock<</Action/Include/Fields[()]/P 3>>>>"}), "")
	fill := func(f *pdf.File, u *pdf.Update) {
		o, _ := f.Get(pdf.Ref{Number: 6})
		d := o.(pdf.Dict).Clone()
		d["V"] = pdf.String("Veli")
		u.Set(pdf.Ref{Number: 6}, d)
	}
	paint := func(_ *pdf.File, u *pdf.Update) {
		u.Set(pdf.Ref{Number: 5}, &pdf.NewStream{Dict: pdf.Dict{}, Data: []byte("BT ET")})
	}
	sign := func(o pades.Options, file []byte) []byte { return w.SignPDF(file, validationtest.Signed, o) }
	annotate := func(f *pdf.File, u *pdf.Update) {
		o, _ := f.Get(pdf.Ref{Number: 4})
		d := o.(pdf.Dict).Clone()
		list, _ := f.Resolve(d["Annots"])
		d["Annots"] = append(slices.Clone(list.(pdf.Array)), u.Add(pdf.Dict{"Subtype": pdf.Name("Text"), "Rect": pdf.Rectangle{X1: 9, Y1: 9}.Array()}))
		u.Set(pdf.Ref{Number: 4}, d)
	}
	certified := func(p int) []byte { return sign(pades.Options{Certify: p}, document) }
	for name, test := range map[string]struct {
		file      []byte
		later     []validation.LaterChanges
		isGood    []bool
		revisions []int
	}{
		"nothing":                        {certified(0), []validation.LaterChanges{""}, []bool{true}, []int{2}},
		"another signature":              {sign(pades.Options{}, certified(0)), []validation.LaterChanges{"signed", ""}, []bool{true, true}, []int{2, 3}},
		"form":                           {updatedPDF(t, certified(0), fill), []validation.LaterChanges{"filled"}, []bool{true}, []int{2}},
		"form, and signed":               {sign(pades.Options{}, updatedPDF(t, certified(2), fill)), []validation.LaterChanges{"filled", ""}, []bool{true, true}, []int{2, 4}},
		"form, certified for no change":  {updatedPDF(t, certified(1), fill), []validation.LaterChanges{"changed"}, []bool{false}, []int{2}},
		"form after a second signature":  {updatedPDF(t, sign(pades.Options{}, certified(2)), fill), []validation.LaterChanges{"filled", "filled"}, []bool{true, true}, []int{2, 3}},
		"note, which both permit":        {updatedPDF(t, sign(pades.Options{Field: "Imza"}, certified(3)), annotate), []validation.LaterChanges{"filled", "filled"}, []bool{true, true}, []int{2, 3}},
		"note, which one permits":        {updatedPDF(t, sign(pades.Options{Field: "Imza"}, certified(2)), annotate), []validation.LaterChanges{"changed", "changed"}, []bool{false, false}, []int{2, 3}},
		"content":                        {updatedPDF(t, certified(0), paint), []validation.LaterChanges{"changed"}, []bool{false}, []int{2}},
		"content between two signatures": {sign(pades.Options{}, updatedPDF(t, certified(0), paint)), []validation.LaterChanges{"changed", ""}, []bool{false, true}, []int{2, 4}},
	} {
		t.Run(name, func(t *testing.T) {
			for i, s := range judgePDF(t, w, test.file) {
				isGood := s.Indication == validation.Passed
				if !s.Intact || isGood != test.isGood[i] || s.Covers.Later != test.later[i] || s.Covers.Revision != test.revisions[i] {
					t.Errorf("%s: %s %+v; covers %+v", s.ID, s.Indication, s.Reasons, s.Covers)
				}
				if !isGood && (s.SubIndication != validation.SigConstraintsFailure || s.Reasons[0].Code != validation.ReasonLaterChanged || s.Reasons[0].Detail == "") {
					t.Errorf("%s: %s %+v", s.ID, s.SubIndication, s.Reasons)
				}
			}
		})
	}
}

// stampedPDF adds a document time stamp.
func stampedPDF(t testing.TB, w *validationtest.World, file []byte) []byte {
	t.Helper()
	at := validationtest.Signed
	o := extend.Options{Policy: validation.DefaultPolicy(), Now: func() time.Time { return at }}
	o.Policy.Anchors = []validation.Anchor{{Certificate: w.Root.Certificate}}
	o.Data = validation.Data{OCSPs: [][]byte{w.OCSP(w.CA, w.Signer, at, 24*time.Hour)}, CRLs: [][]byte{w.CRL(w.Root, at, 24*time.Hour)}}
	o.Stamp = func(_ context.Context, _ crypto.Hash, digest []byte) ([]byte, error) { return w.Stamp(digest, at), nil }
	made, err := extend.Extend(context.Background(), content(file), nil, extend.T, o)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]byte, made.File.Size)
	if _, err := made.File.Reader.ReadAt(out, 0); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestDocumentStampOfAnother changes what a document time stamp covers.
func TestDocumentStampOfAnother(t *testing.T) {
	w := validationtest.New(t)
	file := stampedPDF(t, w, w.SignPDF(pdftest.Simple(), validationtest.Signed, pades.Options{}))
	for _, changed := range [][]byte{file, bytes.Replace(file, []byte("Merhaba"), []byte("Merhabb"), 1)} {
		s := judgePDF(t, w, changed)[0]
		isChanged := bytes.Contains(changed, []byte("Merhabb"))
		if s.Intact == isChanged || (s.Proven == nil) != isChanged || (s.TimeStamps[0].SubIndication == validation.HashFailure) != isChanged {
			t.Errorf("intact %t, proven %v, time stamp %s", s.Intact, s.Proven, s.TimeStamps[0].SubIndication)
		}
	}
}

// TestPDFAnomalies judges the PDFs that pyHanko's tests have for readers to stumble over.
func TestPDFAnomalies(t *testing.T) {
	const unsigned = "pdf_unsigned"
	want := map[string]string{ // an error, or what is said of each signature
		"base.pdf":                     "FORMAT_FAILURE",                            // zeros in place of a signature
		"extensions-update-direct.pdf": "intact signed, CRYPTO_CONSTRAINTS_FAILURE", // Ed25519
		"form-update-no-override-appearance-stream-ap-indirect.pdf": "intact signed, intact",
		"form-update-original-ap-type-wrong.pdf":                    "intact signed, intact",
		"form-update-override-appearance-stream-ap-indirect.pdf":    "intact signed, intact",
		"form-update-override-appearance-stream.pdf":                "intact signed, intact",
		"malformed-xref-space-padded.pdf":                           "pdf_malformed",
		"minimal-hybrid-xref.pdf":                                   unsigned,
		"minimal-hybrid-xref-mswordstyle.pdf":                       unsigned,
		"minimal-hybrid-xref-weirdgen.pdf":                          unsigned,
		"one-byterange.pdf":                                         "FORMAT_FAILURE",
		"signature-gap-too-big.pdf":                                 "FORMAT_FAILURE",
		"tail-uncovered.pdf":                                        "FORMAT_FAILURE",
	}
	paths, err := filepath.Glob(filepath.Join(pkitest.Suite(t, "pdf-anomalies"), "*.pdf"))
	if err != nil || len(paths) != len(want) {
		t.Errorf("%d files, want %d, %v", len(paths), len(want), err)
	}
	tally := pkitest.NewTally(t, "pdf-anomalies", "validation")
	for _, path := range paths {
		tally.Judged("")
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		signatures, err := formats.Read(content(file))
		if err != nil {
			got = append(got, string(fault.CodeOf(err)))
		}
		report := validation.Validate(validation.Input{Signatures: signatures, Policy: validation.DefaultPolicy(), Moment: validationtest.Signed})
		for _, s := range report.Signatures {
			switch {
			case s.Indication == validation.Passed:
				t.Errorf("%s: passed", path)
			case s.Intact:
				got = append(got, strings.TrimSpace("intact "+string(s.Covers.Later)))
			default:
				got = append(got, string(s.SubIndication))
			}
		}
		if all := strings.Join(got, ", "); all != want[filepath.Base(path)] {
			t.Errorf("%s: %s", filepath.Base(path), all)
		}
	}
}
