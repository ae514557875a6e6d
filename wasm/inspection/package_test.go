package inspection_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/eyazisma"
	"github.com/e-onay/e-onay/internal/eyazisma/eyptest"
	"github.com/e-onay/e-onay/internal/eyp"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/wasm/inspection"
	"github.com/e-onay/e-onay/wasm/inspection/report"
)

const (
	packaged = "report.package.title"
	inside   = "report.package.signed"
)

// newPackage is a package with a letter that is a PDF.
func newPackage() *eyptest.Package {
	p := eyptest.New("2.0")
	p.Set(eyptest.Letter, string(pdftest.Simple()))
	return p
}

func (p *person) signPackage(t testing.TB, archive []byte, role eyazisma.Role) []byte {
	t.Helper()
	return p.sign(t, archive, func(s ades.Signer, documents []ades.Document) (ades.Prepared, error) {
		return eyp.Prepare(s, documents, eyp.Options{Role: role})
	})
}

func TestPackage(t *testing.T) {
	made := newPackage()
	made.AddList(0)
	p := newPerson(t)
	archive := p.signPackage(t, made.Archive(t), eyazisma.Initial)
	r := inspect(t, report.KindPackage, archive)
	wantRefused(t, r, "")
	wantLines(t, r, packaged, "report.package.subject", "report.textKurum içi görevlendirme", "report.package.author", "report.textDeneme Kurumu",
		"report.package.recipients", "report.package.to.GRGAyşe Yılmaz", "report.package.to.BLGDeneme Kurumu",
		"report.package.related", "report.texta, Yazı, E-1, 2026-11-01")
	wantLines(t, r, "report.package.attachments", "Ek 1", "Ek 2", "look", "Ek 3", "report.package.unsigned",
		"Yönetmelik", "report.package.elsewherehttps://example.test/yonetmelik")
	wantLines(t, r, "report.package.missing", "NihaiUstveri.xml", "PaketOzeti.xml", "NihaiOzet.xml")
	wantLines(t, r, inside, p.certificate.Subject.CommonName, when, "report.package.role.1", holds)
	if len(r.PDF.Pages) != 1 || len(r.Parts) != 4 {
		t.Errorf("%d pages, %+v", len(r.PDF.Pages), r.Parts)
	}
	// What is given out is what was reported.
	var i inspection.Inspector
	i.Read(report.KindPackage, bytes.NewReader(archive), int64(len(archive)))
	for n, told := range r.Parts {
		data, err := i.Part(n)
		sum := sha256.Sum256(data)
		if err != nil || hex.EncodeToString(sum[:]) != told.SHA256 || int64(len(data)) != told.Size {
			t.Errorf("%+v: %d bytes, %v", told, len(data), err)
		}
	}
	letter, err := i.Part(r.Shown)
	if err != nil || !bytes.Equal(letter, pdftest.Simple()) {
		t.Errorf("the letter: %q, %v", letter, err)
	}
	for _, n := range []int{-1, len(r.Parts)} {
		if _, err := i.Part(n); err == nil {
			t.Errorf("there is a part %d", n)
		}
	}
}

func TestRefusesPackage(t *testing.T) {
	changed := func(change func(p *eyptest.Package)) []byte {
		p := newPackage()
		p.AddList(1)
		change(p)
		return p.Archive(t)
	}
	for name, tt := range map[string]struct {
		archive []byte
		want    fault.Code
	}{
		"no archive":         {[]byte("PK\x03\x04"), fault.ContainerMalformed},
		"a changed letter":   {changed(func(p *eyptest.Package) { p.Set(eyptest.Letter, "%PDF-1.7 another") }), fault.PackagePartChanged},
		"a part more":        {changed(func(p *eyptest.Package) { p.Set("Ekler/ek9.pdf", "x") }), fault.PackagePartExtra},
		"no letter":          {changed(func(p *eyptest.Package) { p.Drop(eyptest.Letter) }), fault.PackagePartMissing},
		"encrypted":          {changed(func(p *eyptest.Package) { p.Edit(t, eyptest.Core, "RESMIYAZISMA", "RESMIYAZISMA/SIFRELI") }), fault.PackageUnsupported},
		"a letter in Word":   {eyptest.Finished("2.0").Archive(t), fault.PDFMalformed},
		"a letter that lies": {func() []byte { p := eyptest.New("2.0"); p.Set(eyptest.Letter, "PK\x03\x04"); return p.Archive(t) }(), fault.PackageUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			wantRefused(t, inspect(t, report.KindPackage, tt.archive), tt.want)
		})
	}
}

// TestEYPSynthetic reads the packages of the suite, of which one is good.
func TestEYPSynthetic(t *testing.T) {
	suite := pkitest.Suite(t, "eyp-synthetic")
	data, err := os.ReadFile(filepath.Join(suite, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected map[string]struct{ Verdict string }
	if err := json.Unmarshal(data, &expected); err != nil || len(expected) != 9 {
		t.Fatalf("%d cases: %v", len(expected), err)
	}
	tally := pkitest.NewTally(t, "eyp-synthetic", "the window")
	for name, e := range expected {
		tally.Judged("")
		t.Run(name, func(t *testing.T) {
			archive, err := os.ReadFile(filepath.Join(suite, name))
			if err != nil {
				t.Fatal(err)
			}
			r := inspect(t, report.KindPackage, archive)
			if isGood := e.Verdict == "digests-ok"; isGood != (r.Refused == "") {
				t.Errorf("%s: refused with %q (%s)", e.Verdict, r.Refused, r.Reason)
			}
			if r.Refused == "" {
				wantLines(t, r, inside, "report.signed.nobody", "report.package.role.0", unknown, "report.signed.nobody", "report.package.role.1", unknown,
					"report.signed.nobody", "report.package.role.2", unknown)
			}
		})
	}
}

// FuzzPackage has a report be one that the window takes, whatever is read.
func FuzzPackage(f *testing.F) {
	p := newPackage()
	f.Add(p.Archive(f))
	p.AddList(1)
	f.Add(newPerson(f).signPackage(f, p.Archive(f), eyazisma.Sign))
	f.Fuzz(func(t *testing.T, file []byte) { inspect(t, report.KindPackage, file) })
}
