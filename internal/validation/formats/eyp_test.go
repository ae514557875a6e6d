package formats_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/eyazisma/eyptest"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// overList is a CAdES signature over a list of digests.
func overList(w *validationtest.World, list string, edit func(*validationtest.Signature)) string {
	s := w.NewSignature(list)
	s.Detached = true
	if s.Sign(); edit != nil {
		edit(s)
	}
	return string(s.DER())
}

// signedPackage is a package with initials, signature and seal, each over its list.
func signedPackage(w *validationtest.World, version string) *eyptest.Package {
	p := eyptest.New(version)
	for role, list := range eyptest.Lists {
		if version != "2.0" && role != 1 {
			continue
		}
		if role == 2 {
			p.AddFinalMetadata()
		}
		p.AddList(role)
		p.AddSignature(role, overList(w, p.Parts[list], nil))
	}
	return p
}

// TestPackage judges packages of e-Yazışma: what each signature is worth, from the initials to the seal.
func TestPackage(t *testing.T) {
	w := validationtest.New(t)
	const ok = validation.SubIndication("")
	changed, missing, wrong := validation.HashFailure, validation.SignedDataNotFound, validation.SigConstraintsFailure
	type verdicts [3]validation.SubIndication
	for _, test := range []struct {
		name   string
		change func(*eyptest.Package)
		want   verdicts
	}{
		{"good", func(*eyptest.Package) {}, verdicts{ok, ok, ok}},
		{"attached", func(p *eyptest.Package) {
			list := p.Parts[eyptest.Lists[2]]
			p.Parts[eyptest.Signatures[2]] = string(w.NewSignature(list).Sign().DER())
		}, verdicts{ok, ok, ok}},
		{"attached, another list", func(p *eyptest.Package) {
			p.Parts[eyptest.Signatures[2]] = string(w.NewSignature(p.Parts[eyptest.Lists[1]]).Sign().DER())
		}, verdicts{ok, ok, changed}},
		{"signature of another list", func(p *eyptest.Package) {
			p.Parts[eyptest.Signatures[2]] = p.Parts[eyptest.Signatures[1]]
		}, verdicts{ok, ok, changed}},
		{"letter changed", func(p *eyptest.Package) { p.Parts[eyptest.Letter] += "x" }, verdicts{changed, changed, changed}},
		{"core changed, which the seal alone covers", func(p *eyptest.Package) { p.Parts[eyptest.Core] += "\n" }, verdicts{ok, ok, changed}},
		{"unsigned attachment changed", func(p *eyptest.Package) { p.Parts[eyptest.Unsigned] += "x" }, verdicts{ok, ok, ok}},
		{"attachment gone", func(p *eyptest.Package) { p.Drop(eyptest.Annex1) }, verdicts{wrong, wrong, wrong}},
		{"list changed", func(p *eyptest.Package) { p.Parts[eyptest.Lists[2]] += "\n" }, verdicts{ok, ok, changed}},
		{"part that nothing names", func(p *eyptest.Package) { p.Set("Ekler/ek9.pdf", "x") }, verdicts{wrong, wrong, wrong}},
		{"letter of a relationship changed", func(p *eyptest.Package) {
			for i, line := range p.Relations {
				p.Relations[i] = strings.Replace(line, "/ustyazi /"+eyptest.Letter, "/ustyazi /"+eyptest.Annex1, 1)
			}
		}, verdicts{wrong, wrong, wrong}},
		{"reference outside of the package", func(p *eyptest.Package) {
			list := p.Parts[eyptest.Lists[2]]
			list = strings.Replace(list, "</NihaiOzet>", strings.NewReplacer("/"+eyptest.Unsigned, "http://example.test/x.pdf", "dahili", "harici").Replace(p.Reference(eyptest.Unsigned))+"</NihaiOzet>", 1)
			p.Parts[eyptest.Lists[2]], p.Parts[eyptest.Signatures[2]] = list, overList(w, list, nil)
		}, verdicts{ok, ok, ok}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := signedPackage(w, "2.0")
			test.change(p)
			all := judge(t, w, string(p.Archive(t)))
			if len(all) != 3 {
				t.Fatalf("%d signatures", len(all))
			}
			for i, got := range all {
				if got.SubIndication != test.want[i] && !(test.want[i] == wrong && got.SubIndication == missing) {
					t.Errorf("%d: %s %+v, want %s", i, got.SubIndication, got.Reasons, test.want[i])
				}
				if got.Intact != (got.SubIndication == ok) || got.Format != "CAdES" || got.ID != fmt.Sprint(i+1) {
					t.Errorf("%d: %s of %s, intact: %t", i, got.ID, got.Format, got.Intact)
				}
			}
		})
	}
}

// TestPackageCovers says which files a signature covers, and which it does not.
func TestPackageCovers(t *testing.T) {
	w := validationtest.New(t)
	for _, version := range []string{"2.0", "1.3"} {
		all := judge(t, w, string(signedPackage(w, version).Archive(t)))
		got := all[len(all)/2] // the signature, between initials and seal
		check(t, got, "", "")
		parts := names(got.Covers)
		for _, name := range []string{eyptest.Letter, eyptest.Metadata, eyptest.Annex1, eyptest.Annex2} {
			if !slices.Contains(parts, name) {
				t.Errorf("%s: %s is not covered: %q", version, name, parts)
			}
		}
		if !slices.Equal(got.Covers.Uncovered, []string{eyptest.Unsigned}) {
			t.Errorf("%s: not covered: %q", version, got.Covers.Uncovered)
		}
	}
}

// TestPackageLasts judges the signature of a package years later, by its own time stamps.
func TestPackageLasts(t *testing.T) {
	w := validationtest.New(t)
	data := revocation(w)
	stamped, later := validationtest.Signed.Add(time.Minute), validationtest.Day(2031, 1, 1)
	p := eyptest.New("2.0")
	p.AddList(1)
	p.AddSignature(1, overList(w, p.Parts[eyptest.Lists[1]], func(s *validationtest.Signature) {
		s.AddSignatureStamp(stamped).AddOCSP(data.OCSPs[0]).AddCRL(data.CRLs[0]).AddArchiveStamp(stamped.Add(time.Hour))
	}))
	fresh := validation.Data{CRLs: [][]byte{w.CRL(w.Root, later, 24*time.Hour)}}
	got := judgeAt(t, w, later, fresh, string(p.Archive(t)))[0]
	check(t, got, "", "")
	if got.Level != "LTA" {
		t.Errorf("level %s", got.Level)
	}
}

// TestPackageRefused has packages that cannot be read, and one without signatures.
func TestPackageRefused(t *testing.T) {
	w := validationtest.New(t)
	unsigned := eyptest.New("2.0")
	unsigned.AddList(1)
	encrypted := signedPackage(w, "2.0")
	encrypted.Relate("sifreliicerik", "/"+eyptest.Letter, "X")
	damaged := signedPackage(w, "2.0")
	damaged.Set(eyptest.Root, "x")
	for name, test := range map[string]struct {
		file *eyptest.Package
		code fault.Code
	}{
		"unsigned":  {unsigned, fault.Unsupported},
		"encrypted": {encrypted, fault.PackageUnsupported},
		"damaged":   {damaged, fault.PackageMalformed},
	} {
		if _, err := formats.Read(content(test.file.Archive(t))); fault.CodeOf(err) != test.code {
			t.Errorf("%s: %v, want %s", name, err, test.code)
		}
	}
}

// TestPackageSuite puts a real signature over the list of each package that others have made and judged: it passes where the digests
// are good, and nowhere else.
func TestPackageSuite(t *testing.T) {
	folder := pkitest.Suite(t, "eyp-synthetic")
	w := validationtest.New(t)
	data, err := os.ReadFile(filepath.Join(folder, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected map[string]struct{ Verdict string }
	if err := json.Unmarshal(data, &expected); err != nil || len(expected) < 9 {
		t.Fatalf("%d verdicts: %v", len(expected), err)
	}
	tally := pkitest.NewTally(t, "eyp-synthetic", "validation")
	for name, want := range expected {
		tally.Judged("")
		file, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		b := unbox(t, file)
		b = b.with(eyptest.Signatures[1], overList(w, b.get(eyptest.Lists[1]), nil))
		signatures, err := formats.Read(content([]byte(b.zip(t))))
		passed := false
		if err == nil {
			for _, s := range judge(t, w, b.zip(t)) {
				passed = passed || s.Indication == validation.Passed
			}
		}
		if passed != (want.Verdict == "digests-ok") {
			t.Errorf("%s: passed: %t of %d signatures, %v; want %s", name, passed, len(signatures), err, want.Verdict)
		}
	}
}
