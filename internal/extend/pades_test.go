package extend_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/extend"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

func pdfContent(file []byte) formats.Content {
	return formats.Content{Reader: bytes.NewReader(file), Size: int64(len(file))}
}

// pdfWorld extends PDFs, with time stamps at times of the test's choice.
type pdfWorld struct {
	*validationtest.World
	digest []byte // that was stamped last
}

func (w *pdfWorld) at(at time.Time) extend.Stamper {
	return func(_ context.Context, hash crypto.Hash, digest []byte) ([]byte, error) {
		if hash != crypto.SHA256 {
			w.T.Errorf("a time stamp by %v", hash)
		}
		w.digest = digest
		return w.Stamp(digest, at), nil
	}
}

// step makes one step, checks that nothing that was there has changed, and returns the file.
func (w *pdfWorld) step(file []byte, id string, step func(extend.Editor) error) []byte {
	w.T.Helper()
	e, err := extend.OpenPAdES(extend.Target{File: pdfContent(file), ID: id, Hash: crypto.SHA256})
	if err != nil {
		w.T.Fatal(err)
	}
	if err := step(e); err != nil {
		w.T.Fatal(err)
	}
	made, err := e.File()
	if err != nil {
		w.T.Fatal(err)
	}
	all, err := io.ReadAll(io.NewSectionReader(made.Reader, 0, made.Size))
	if err != nil || int64(len(all)) != made.Size || !bytes.HasPrefix(all, file) {
		w.T.Fatalf("%d bytes, %v: what was there has changed", len(all), err)
	}
	return all
}

func (w *pdfWorld) stamped(file []byte, at time.Time) []byte {
	w.T.Helper()
	return w.step(file, "1", func(e extend.Editor) error { return e.ArchiveTimeStamp(context.Background(), w.at(at)) })
}

func (w *pdfWorld) judge(file []byte, moment time.Time) []*validation.SignatureReport {
	w.T.Helper()
	signatures, err := formats.Read(pdfContent(file))
	if err != nil {
		w.T.Fatal(err)
	}
	policy := validation.DefaultPolicy()
	policy.Anchors = []validation.Anchor{{Certificate: w.Root.Certificate}}
	in := validation.Input{Signatures: signatures, Policy: policy, Moment: moment}
	if moment.After(validationtest.Day(2028, 1, 1).Add(-1)) { // the last time stamp's authority is judged today
		in.Data.CRLs = [][]byte{w.CRL(w.Root, moment, 24*time.Hour)}
	}
	return validation.Validate(in).Signatures
}

// values is what a signature of the world wants at a time.
func (w *pdfWorld) values(at time.Time) validation.Data {
	return validation.Data{
		Certificates: []*x509.Certificate{w.Signer, w.CA.Certificate, w.Root.Certificate, w.TSA},
		OCSPs:        [][]byte{w.OCSP(w.CA, w.Signer, at, 24*time.Hour)}, CRLs: [][]byte{w.CRL(w.Root, at, 24*time.Hour)},
	}
}

// TestPAdES makes a signature last, step by step, in files of several kinds, and has others judge what comes of it.
func TestPAdES(t *testing.T) {
	const expired = 2028 // the signer's certificate by then
	for name, file := range map[string][]byte{
		"table":                      pdftest.Simple(),
		"cross-reference stream":     pdftest.QPDF(t, pdftest.Simple(), "--object-streams=generate"),
		"linearised":                 pdftest.QPDF(t, pdftest.Simple(), "--linearize"),
		"form that stands by itself": pdftest.Build(append(pdftest.Pages("/AcroForm 6 0 R", pdftest.Page{Text: "x"}), pdftest.Object{Number: 6, Body: "<</Fields 7 0 R>>"}, pdftest.Object{Number: 7, Body: "[]"}), ""),
	} {
		t.Run(name, func(t *testing.T) {
			w := &pdfWorld{World: validationtest.New(t)}
			signed := validationtest.Signed
			file := w.SignPDF(file, signed, pades.Options{})
			check := func(level string, moment time.Time, want validation.Indication) {
				t.Helper()
				pdftest.Check(t, file)
				s := w.judge(file, moment)[0]
				if s.Level != level || s.Indication != want || !s.Intact {
					t.Errorf("level %q, want %q; %s %s %+v", s.Level, level, s.Indication, s.SubIndication, s.Reasons)
				}
			}
			check("B", signed, validation.Indeterminate) // without revocation data
			file = w.step(file, "1", func(e extend.Editor) error {
				return e.SignatureTimeStamp(context.Background(), w.at(signed.Add(time.Minute)))
			})
			check("T", signed.Add(time.Hour), validation.Indeterminate)
			w.judgeStamp(file, signed.Add(time.Minute))
			file = w.step(file, "1", func(e extend.Editor) error { return e.Values(w.values(signed.Add(2 * time.Minute))) })
			check("LT", signed.Add(time.Hour), validation.Passed)
			file = w.stamped(file, signed.Add(3*time.Minute))
			check("LTA", validationtest.Day(expired, 1, 1), validation.Passed)
			w.judgeStamp(file, signed.Add(3*time.Minute))
			again := w.values(validationtest.Day(2027, 6, 1))
			file = w.step(file, "1", func(e extend.Editor) error { return e.Values(again) })
			file = w.stamped(file, validationtest.Day(2027, 6, 1))
			check("LTA", validationtest.Day(expired, 1, 1), validation.Passed)
			s := w.judge(file, validationtest.Day(expired, 1, 1))[0]
			if s.Covers.Later != validation.LaterSigned || s.Proven == nil || !s.Proven.Equal(signed.Add(time.Minute)) {
				t.Errorf("later %q, proven %v", s.Covers.Later, s.Proven)
			}
		})
	}
}

// judgeStamp has pdfsig see the newest document time stamp, and openssl verify its token over what was stamped.
func (w *pdfWorld) judgeStamp(file []byte, at time.Time) {
	w.T.Helper()
	out, err := pdftest.Run(w.T, "pdfsig", "-nocert", pdftest.Write(w.T, file))
	if err != nil || !strings.Contains(out, "Signature Field Name: Timestamp") || !strings.Contains(out, "Total document signed") {
		w.T.Errorf("pdfsig: %v: %s", err, out)
	}
	signatures, err := formats.Read(pdfContent(file))
	if err != nil {
		w.T.Fatal(err)
	}
	stamps := signatures[0].TimeStamps
	dir := w.T.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			w.T.Fatal(err)
		}
		return path
	}
	token := write("token", stamps[len(stamps)-1].Token.DER)
	root := write("root.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.Root.Certificate.Raw}))
	if out, err := exec.Command("openssl", "ts", "-verify", "-digest", hex.EncodeToString(w.digest), "-in", token, "-token_in", "-CAfile", root,
		"-attime", strconv.FormatInt(at.Unix(), 10)).CombinedOutput(); err != nil {
		w.T.Errorf("openssl ts: %v: %s", err, out)
	}
}

// TestPAdESOfSeveral extends the first of two signatures, under a certification that permits nothing: no signature is changed by that.
func TestPAdESOfSeveral(t *testing.T) {
	w := &pdfWorld{World: validationtest.New(t)}
	signed := validationtest.Signed
	for name, o := range map[string]pades.Options{"certified for no change": {Certify: 1}, "approved": {}} {
		t.Run(name, func(t *testing.T) {
			file := w.SignPDF(pdftest.Simple(), signed, o)
			if o.Certify == 0 {
				file = w.SignPDF(file, signed, pades.Options{})
			}
			file = w.step(file, "1", func(e extend.Editor) error { return e.Values(w.values(signed)) })
			file = w.stamped(file, signed.Add(time.Minute))
			for _, s := range w.judge(file, signed.Add(time.Hour)) {
				if s.Indication != validation.Passed || s.Level != "LTA" || s.Covers.Later != validation.LaterSigned {
					t.Errorf("%s: %s %q %+v", s.ID, s.Indication, s.Level, s.Reasons)
				}
			}
		})
	}
}

// TestPAdESValuesOnce adds what is there already.
func TestPAdESValuesOnce(t *testing.T) {
	w := &pdfWorld{World: validationtest.New(t)}
	signed := validationtest.Signed
	data := w.values(signed)
	file := w.SignPDF(w.SignPDF(pdftest.Simple(), signed, pades.Options{}), signed, pades.Options{})
	for _, id := range []string{"1", "2", "1"} {
		file = w.step(file, id, func(e extend.Editor) error { return e.Values(data) })
	}
	file = w.step(file, "1", func(e extend.Editor) error { return e.Values(validation.Data{}) })
	f, err := pdf.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	catalog, _ := f.Catalog()
	dss, _ := f.Resolve(catalog["DSS"])
	vri, _ := f.Resolve(dss.(pdf.Dict)["VRI"])
	for list, want := range map[pdf.Name]int{"Certs": 4, "CRLs": 1, "OCSPs": 1} {
		if got := len(dss.(pdf.Dict)[list].(pdf.Array)); got != want {
			t.Errorf("%d in %s, want %d", got, list, want)
		}
		for _, key := range vri.(pdf.Dict).Keys() {
			entry, _ := f.Resolve(vri.(pdf.Dict)[key])
			if got := len(entry.(pdf.Dict)[list[:len(list)-1]].(pdf.Array)); got != want {
				t.Errorf("%d in %s of %s, want %d", got, list, key, want)
			}
		}
	}
	if len(vri.(pdf.Dict)) != 2 || bytes.Count(file, data.CRLs[0]) != 1 {
		t.Errorf("%d entries, the list %d times", len(vri.(pdf.Dict)), bytes.Count(file, data.CRLs[0]))
	}
}

// TestPAdESRefuses names what cannot be extended.
func TestPAdESRefuses(t *testing.T) {
	w := &pdfWorld{World: validationtest.New(t)}
	good := w.SignPDF(pdftest.Simple(), validationtest.Signed, pades.Options{})
	stamped := w.stamped(good, validationtest.Signed)
	for name, test := range map[string]struct {
		file []byte
		id   string
		code fault.Code
	}{
		"no signature of that number":    {good, "2", fault.SignatureMalformed},
		"a time stamp":                   {stamped, "2", fault.SignatureMalformed},
		"no number":                      {good, "1.1", fault.SignatureMalformed},
		"encrypted":                      {pdftest.QPDF(t, pdftest.Simple(), "--encrypt", "", "x", "256", "--"), "1", fault.PDFEncrypted},
		"signature that covers too much": {append(bytes.Clone(good), "1"...), "1", fault.PDFMalformed},
		"no PDF":                         {[]byte("metin"), "1", fault.PDFMalformed},
	} {
		if _, err := extend.OpenPAdES(extend.Target{File: pdfContent(test.file), ID: test.id, Hash: crypto.SHA256}); fault.CodeOf(err) != test.code {
			t.Errorf("%s: %v, want %s", name, err, test.code)
		}
	}
	e, err := extend.OpenPAdES(extend.Target{File: pdfContent(good), ID: "1", Hash: crypto.SHA256})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.References(validation.Data{}); fault.CodeOf(err) != fault.Unsupported {
		t.Errorf("references: %v", err)
	}
	huge := func(_ context.Context, _ crypto.Hash, digest []byte) ([]byte, error) {
		return w.Stamp(digest, validationtest.Signed, validationtest.Attribute(t, []int{1, 2, 3}, append([]byte{4, 0x83, 0x10, 0, 0}, make([]byte, 1<<20)...))), nil
	}
	if err := e.ArchiveTimeStamp(context.Background(), huge); fault.CodeOf(err) != fault.TimestampInvalid {
		t.Errorf("huge time stamp: %v", err)
	}
	if made, err := e.File(); err != nil || made.Size != int64(len(good)) {
		t.Errorf("%d bytes after an error, %v", made.Size, err)
	}
}

// TestPAdESLongStamp has a token that does not fit at first: it is asked for once more, over the file with more room.
func TestPAdESLongStamp(t *testing.T) {
	w := &pdfWorld{World: validationtest.New(t)}
	filler := validationtest.Attribute(t, []int{1, 2, 3}, append([]byte{4, 0x82, 0x50, 0}, make([]byte, 0x5000)...))
	asked := 0
	file := w.step(w.SignPDF(pdftest.Simple(), validationtest.Signed, pades.Options{}), "1", func(e extend.Editor) error {
		return e.ArchiveTimeStamp(context.Background(), func(_ context.Context, _ crypto.Hash, digest []byte) ([]byte, error) {
			asked++
			return w.Stamp(digest, validationtest.Signed, filler), nil
		})
	})
	s := w.judge(file, validationtest.Signed.Add(time.Hour))[0]
	if asked != 2 || s.Level != "T" || len(s.TimeStamps) != 1 || s.TimeStamps[0].SubIndication == validation.HashFailure {
		t.Errorf("asked %d times, level %q, %+v", asked, s.Level, s.TimeStamps)
	}
}

// TestExtendPDF has the engine make both signatures of a PDF last, and again before the time-stamp authority's certificate ends. One time stamp
// is enough for both.
func TestExtendPDF(t *testing.T) {
	s := newScene(t)
	file := s.SignPDF(pdftest.Simple(), validationtest.Signed, pades.Options{})
	file = s.SignPDF(file, validationtest.Signed, pades.Options{})
	want := func(level string, stamps, asked int, data validation.Data) {
		t.Helper()
		pdftest.Check(t, file)
		for _, got := range s.judge(t, file, data) {
			if got.Indication != validation.Passed || got.Level != level || len(got.TimeStamps) != stamps {
				t.Errorf("%s: %s %s of level %q, %d time stamps: %+v", got.ID, got.Indication, got.SubIndication, got.Level, len(got.TimeStamps), got.Reasons)
			}
		}
		if s.stamps != asked {
			t.Errorf("%d time stamps were asked for, want %d", s.stamps, asked)
		}
	}
	before := s.values()
	file, _ = s.extend(t, file, extend.T)
	want("T", 1, 1, before)
	file, _ = s.extend(t, file, extend.LT)
	want("LT", 1, 1, validation.Data{})
	file, result := s.extend(t, file, extend.LTA)
	want("LTA", 2, 2, validation.Data{})
	if !bytes.HasPrefix(read(t, result.File), file) {
		t.Error("another file")
	}
	s.now = validationtest.Day(2035, 1, 1)
	file, _ = s.extend(t, file, extend.LTA)
	want("LTA", 3, 3, validation.Data{})
	s.now = validationtest.Day(2039, 12, 1)
	want("LTA", 3, 3, lists{s}.Revocation(s.TSA, s.Root.Certificate))
	_ = s.refuse(t, file, extend.XL, fault.Unsupported)
}

// values are what the authorities say at the scene's time.
func (s *scene) values() (out validation.Data) {
	for _, one := range []validation.Data{answers{s}.Revocation(s.Signer, s.CA.Certificate), lists{s}.Revocation(s.CA.Certificate, s.Root.Certificate)} {
		out.CRLs, out.OCSPs = append(out.CRLs, one.CRLs...), append(out.OCSPs, one.OCSPs...)
	}
	return out
}

// FuzzPAdES adds to whatever can be read: what comes of it is read again, and begins with what was there.
func FuzzPAdES(f *testing.F) {
	w := &pdfWorld{World: validationtest.New(f)}
	signed := w.SignPDF(pdftest.Simple(), validationtest.Signed, pades.Options{})
	data := w.values(validationtest.Signed)
	f.Add(signed)
	f.Add(w.step(signed, "1", func(e extend.Editor) error { return e.Values(data) }))
	f.Add(w.stamped(signed, validationtest.Signed))
	f.Fuzz(func(t *testing.T, file []byte) {
		world := *w.World
		world.T = t
		w := &pdfWorld{World: &world}
		e, err := extend.OpenPAdES(extend.Target{File: pdfContent(file), ID: "1", Hash: crypto.SHA256})
		if err == nil {
			err = e.Values(data)
		}
		if err == nil {
			err = e.ArchiveTimeStamp(context.Background(), w.at(validationtest.Signed))
		}
		if err != nil {
			if fault.CodeOf(err) == fault.Internal {
				t.Errorf("refused without a code: %v", err)
			}
			return
		}
		made, err := e.File()
		if err != nil {
			t.Fatal(err)
		}
		if all := read(t, made); !bytes.HasPrefix(all, file) {
			t.Error("what was there has changed")
		}
		signatures, err := formats.Read(made)
		if err != nil || len(signatures) == 0 {
			t.Fatalf("%d signatures, %v", len(signatures), err)
		}
	})
}
