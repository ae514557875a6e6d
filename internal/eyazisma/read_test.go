package eyazisma_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/eyazisma"
	"github.com/e-onay/e-onay/internal/eyazisma/eyptest"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

func read(archive []byte) (*eyazisma.Package, error) {
	return eyazisma.Read(bytes.NewReader(archive), int64(len(archive)))
}

func TestRead(t *testing.T) {
	for _, version := range []string{"2.0", "1.3"} {
		t.Run(version, func(t *testing.T) {
			p, err := read(eyptest.Finished(version).Archive(t))
			if err != nil {
				t.Fatal(err)
			}
			if p.Sound() != nil || len(p.Missing) != 0 {
				t.Fatalf("problems %v, missing %v", p.Problems, p.Missing)
			}
			if p.Version != version || p.ID != eyptest.ID || p.Letter.Name != "/"+eyptest.Letter || p.Letter.MediaType != "application/pdf" {
				t.Errorf("version %s, ID %s, letter %+v", p.Version, p.ID, p.Letter)
			}
			if data, err := io.ReadAll(p.Letter.Open()); err != nil || string(data) != "%PDF-1.7 Sayın Ayşe Yılmaz," {
				t.Errorf("letter %q, %v", data, err)
			}
			m := p.Metadata
			signers := []eyazisma.Signer{{Name: "Ayşe Yılmaz", Title: "Daire Başkanı", Date: "2026-11-29T12:00:00Z"}}
			recipients := []eyazisma.Recipient{{Name: "Ayşe Yılmaz", Purpose: "GRG", Urgency: "NRM"}, {Name: "Deneme Kurumu", Purpose: "BLG", Urgency: "ACL"}}
			related := []eyazisma.Related{{Label: "a", Number: "E-1", Date: "2026-11-01T00:00:00Z", Title: "Yazı"}}
			if m.Subject != "Kurum içi görevlendirme" || m.Author != "Deneme Kurumu" || m.Confidentiality != "YOK" ||
				!reflect.DeepEqual(m.Signers, signers) || !reflect.DeepEqual(m.Recipients, recipients) || !reflect.DeepEqual(m.Related, related) {
				t.Errorf("metadata %+v", m)
			}
			var attachments []string
			for _, a := range p.Attachments {
				name := "-"
				if a.Part != nil {
					name = a.Part.Name
				}
				attachments = append(attachments, fmt.Sprint(a.Number, a.Title, a.Kind, name, a.Signed))
			}
			if got := strings.Join(attachments, "|"); got != "1Ek 1DED/Ekler/ek1.pdftrue|2Ek 2DED/Ekler/ek2.pdftrue|3Ek 3DED/ImzasizEkler/ek3.pdffalse|4YönetmelikHRF-true" {
				t.Errorf("attachments %s", got)
			}
			if strings.Contains(fmt.Sprintf("%+v", m), "10000000146") {
				t.Error("a citizen number is read")
			}
		})
	}
}

// TestReadUnfinished reads a package at each of its steps: nothing is wrong, and something is missing.
func TestReadUnfinished(t *testing.T) {
	const final, list, signed, seal = "/NihaiUstveri/NihaiUstveri.xml", "/PaketOzeti/PaketOzeti.xml", "/Imzalar/ImzaCades.imz", "/NihaiOzet/NihaiOzet.xml"
	b := eyptest.New("2.0")
	for i, step := range []struct {
		do      func()
		missing []string
	}{
		{func() {}, []string{final, list, seal}},
		{func() { b.AddList(0) }, []string{final, "/Paraflar/ParafImzaCades.imz", list, seal}},
		{func() { b.AddSignature(0, "imza") }, []string{final, list, seal}},
		{func() { b.AddList(1) }, []string{final, signed, seal}},
		{func() { b.AddSignature(1, "imza") }, []string{final, seal}},
		{b.AddFinalMetadata, []string{seal}},
		{func() { b.AddList(2) }, []string{"/Muhur/MuhurCades.imz"}},
		{func() { b.AddSignature(2, "imza") }, nil},
	} {
		step.do()
		p, err := read(b.Archive(t))
		if err != nil || p.Sound() != nil {
			t.Fatalf("step %d: %v, %v", i, err, p.Sound())
		}
		var missing []string
		for _, m := range p.Missing {
			missing = append(missing, m.Part)
		}
		if !slices.Equal(missing, step.missing) {
			t.Errorf("step %d: missing %q, want %q", i, missing, step.missing)
		}
	}
}

// spoilt are changes of a finished package of version 2.0: the code of the first problem, and the part that it is about. A change to a list
// or to what lists name comes with the digests that a forger would make.
var spoilt = map[string]struct {
	change func(*testing.T, *eyptest.Package)
	want   fault.Code
	part   string
}{
	"letter changed":          {func(t *testing.T, p *eyptest.Package) { p.Set(eyptest.Letter, "%PDF-1.7 başka") }, fault.PackagePartChanged, eyptest.Letter},
	"attachment changed":      {func(t *testing.T, p *eyptest.Package) { p.Set(eyptest.Annex1, "%PDF-1.7 başka") }, fault.PackagePartChanged, eyptest.Annex1},
	"signature changed":       {func(t *testing.T, p *eyptest.Package) { p.Set(eyptest.Signatures[1], "başka") }, fault.PackagePartChanged, eyptest.Signatures[1]},
	"attachment gone":         {func(t *testing.T, p *eyptest.Package) { p.Drop(eyptest.Annex2) }, fault.PackagePartMissing, eyptest.Annex2},
	"letter gone":             {func(t *testing.T, p *eyptest.Package) { p.Drop(eyptest.Letter) }, fault.PackagePartMissing, eyptest.Letter},
	"signature gone":          {func(t *testing.T, p *eyptest.Package) { p.Drop(eyptest.Signatures[2]) }, fault.PackagePartMissing, eyptest.Signatures[2]},
	"part that nothing names": {func(t *testing.T, p *eyptest.Package) { p.Set("Ekler/ek9.pdf", "x") }, fault.PackagePartExtra, "Ekler/ek9.pdf"},
	"attachment in no list": {func(t *testing.T, p *eyptest.Package) {
		p.Set("Ekler/ek9.pdf", "x")
		p.Relate("ek", "/Ekler/ek9.pdf", "IdEk_9A")
	}, fault.PackagePartExtra, "Ekler/ek9.pdf"},
	"relationship of another": {func(t *testing.T, p *eyptest.Package) { p.Relate("arsivozellikleri", "/"+eyptest.Letter, "X") }, fault.PackagePartExtra, eyptest.Letter},
	"second letter": {func(t *testing.T, p *eyptest.Package) {
		p.Set("UstYazi/2.pdf", "x")
		p.Relate("ustyazi", "/UstYazi/2.pdf", "X")
	}, fault.PackageMalformed, "UstYazi/2.pdf"},
	"letter that is attachment": {func(t *testing.T, p *eyptest.Package) { p.Relate("ek", "/"+eyptest.Letter, "X") }, fault.PackageMalformed, eyptest.Letter},
	"letter that is twice":      {func(t *testing.T, p *eyptest.Package) { edit(p, "ustyazi", "/"+eyptest.Unsigned) }, fault.PackageMalformed, eyptest.Unsigned},
	"letter at another place":   {func(t *testing.T, p *eyptest.Package) { move(p, eyptest.Letter, "ustyazi", "Ekler/ustyazi.pdf") }, fault.PackageMalformed, "Ekler/ustyazi.pdf"},
	"metadata at another place": {func(t *testing.T, p *eyptest.Package) { move(p, eyptest.Metadata, "ustveri", "Ustveri/Baska.xml") }, fault.PackageMalformed, "Ustveri/Baska.xml"},
	"third digest":              {func(t *testing.T, p *eyptest.Package) { list(t, p, p.Reference(eyptest.Annex1), third(p)) }, fault.PackageMalformed, eyptest.Lists[2]},
	"list at another place":     {func(t *testing.T, p *eyptest.Package) { edit(p, "nihaiozet", "/"+eyptest.Final) }, fault.PackageMalformed, eyptest.Final},
	"seal of another name": {func(t *testing.T, p *eyptest.Package) {
		p.Edit(t, "NihaiOzet/_rels/NihaiOzet.xml.rels", "../Muhur/MuhurCades.imz", "../Imzalar/ImzaCades.imz")
	}, fault.PackageMalformed, eyptest.Signatures[1]},
	"signature of another kind": {func(t *testing.T, p *eyptest.Package) {
		p.Edit(t, "NihaiOzet/_rels/NihaiOzet.xml.rels", "muhurcades", "imzaxades")
	}, fault.PackagePartExtra, eyptest.Signatures[2]},
	"DTD in the metadata": {func(t *testing.T, p *eyptest.Package) {
		p.Set(eyptest.Metadata, "<!DOCTYPE x>"+p.Parts[eyptest.Metadata])
		again(p)
	}, fault.PackageMalformed, eyptest.Metadata},
	"metadata of another letter": {func(t *testing.T, p *eyptest.Package) { p.Edit(t, eyptest.Metadata, eyptest.ID, "X"); again(p) }, fault.PackageMalformed, eyptest.Metadata},
	"subject twice": {func(t *testing.T, p *eyptest.Package) {
		p.Edit(t, eyptest.Metadata, "<t:Konu>", "<t:Konu>x</t:Konu><t:Konu>")
		again(p)
	}, fault.PackageMalformed, eyptest.Metadata},
	"comment in the subject": {func(t *testing.T, p *eyptest.Package) {
		p.Edit(t, eyptest.Metadata, "Kurum içi", "Kurum<!-- --> içi")
		again(p)
	}, fault.PackageMalformed, eyptest.Metadata},
	"attachment in no metadata": {func(t *testing.T, p *eyptest.Package) { p.Edit(t, eyptest.Metadata, `"2A"`, `"7A"`); again(p) }, fault.PackagePartMissing, eyptest.Annex2},
	"attachment twice":          {func(t *testing.T, p *eyptest.Package) { p.Edit(t, eyptest.Metadata, `"2A"`, `"1A"`); again(p) }, fault.PackagePartMissing, eyptest.Annex2},
	"list of another letter":    {func(t *testing.T, p *eyptest.Package) { list(t, p, eyptest.ID, "X") }, fault.PackageMalformed, eyptest.Lists[2]},
	"list of another version":   {func(t *testing.T, p *eyptest.Package) { list(t, p, "NihaiOzet-2", "NihaiOzet-1") }, fault.PackageMalformed, eyptest.Lists[2]},
	"reference twice": {func(t *testing.T, p *eyptest.Package) {
		list(t, p, "</NihaiOzet>", p.Reference(eyptest.Letter)+"</NihaiOzet>")
	}, fault.PackageMalformed, eyptest.Letter},
	"reference outside": {func(t *testing.T, p *eyptest.Package) { list(t, p, `"/Ekler/ek2.pdf"`, `"/../etc/passwd"`) }, fault.PackageMalformed, eyptest.Lists[2]},
	"reference to an address": {func(t *testing.T, p *eyptest.Package) {
		list(t, p, `"/Ekler/ek2.pdf"`, `"http://example.test/ek2.pdf"`)
	}, fault.PackageMalformed, eyptest.Lists[2]},
	"reference without a slash": {func(t *testing.T, p *eyptest.Package) { list(t, p, `"/Ekler/ek2.pdf"`, `"Ekler/ek2.pdf"`) }, fault.PackageMalformed, eyptest.Lists[2]},
	"reference to what is gone": {func(t *testing.T, p *eyptest.Package) {
		list(t, p, "</NihaiOzet>", strings.Replace(p.Reference(eyptest.Letter), eyptest.Letter, "UstYazi/2.pdf", 1)+"</NihaiOzet>")
	}, fault.PackagePartMissing, "UstYazi/2.pdf"},
	"reference that is hidden": {func(t *testing.T, p *eyptest.Package) {
		list(t, p, `"/Ekler/ek2.pdf" Type="http://eyazisma.dpt/bilesen#dahili"`, `"/Ekler/ek2.pdf" Type="http://eyazisma.dpt/bilesen#harici"`)
	}, fault.PackageMalformed, eyptest.Lists[2]},
	"reference of no type":      {func(t *testing.T, p *eyptest.Package) { list(t, p, `bilesen#dahili`, `bilesen`) }, fault.PackageMalformed, eyptest.Lists[2]},
	"reference that is missing": {func(t *testing.T, p *eyptest.Package) { list(t, p, p.Reference(eyptest.Annex1), "") }, fault.PackagePartExtra, eyptest.Annex1},
	"core that is not listed":   {func(t *testing.T, p *eyptest.Package) { list(t, p, p.Reference(eyptest.Core), "") }, fault.PackagePartExtra, eyptest.Core},
	"signature not listed":      {func(t *testing.T, p *eyptest.Package) { list(t, p, p.Reference(eyptest.Signatures[1]), "") }, fault.PackagePartExtra, eyptest.Signatures[1]},
	"one digest":                {func(t *testing.T, p *eyptest.Package) { list(t, p, "xmldsig-more#sha384", "xmldsig-more#sha512") }, fault.PackageMalformed, eyptest.Lists[2]},
	"digest by SHA-1": {func(t *testing.T, p *eyptest.Package) {
		list(t, p, "2001/04/xmldsig-more#sha384", "2000/09/xmldsig#sha1")
	}, fault.PackageMalformed, eyptest.Lists[2]},
	"second digest is another": {func(t *testing.T, p *eyptest.Package) {
		p.Parts["x"] = "x"
		other := p.Reference("x")
		delete(p.Parts, "x")
		list(t, p, half(p.Reference(eyptest.Letter)), half(other))
	}, fault.PackagePartChanged, eyptest.Letter},
	"no content type":          {func(t *testing.T, p *eyptest.Package) { p.Edit(t, eyptest.Types, `"pdf"`, `"odt"`) }, fault.PackageMalformed, eyptest.Letter},
	"relationships of nothing": {func(t *testing.T, p *eyptest.Package) { drop(p, "parafozeti"); p.Drop(eyptest.Lists[0]) }, fault.PackagePartMissing, eyptest.Lists[0]},
	"no letter":                {func(t *testing.T, p *eyptest.Package) { drop(p, "ustyazi") }, fault.PackagePartExtra, eyptest.Letter},
}

// half is the second digest of a reference.
func half(reference string) string {
	_, second, _ := strings.Cut(reference, "</DigestItem>")
	return second
}

// edit lets a relationship name another part.
func edit(p *eyptest.Package, kind, target string) {
	for i, line := range p.Relations {
		if f := strings.Fields(line); strings.HasSuffix(f[0], "/"+kind) {
			p.Relations[i] = f[0] + " " + target + " " + f[2]
		}
	}
}

// move puts a part to another place, with relationship and lists.
func move(p *eyptest.Package, name, kind, place string) {
	p.Set(place, p.Parts[name])
	p.Drop(name)
	edit(p, kind, "/"+place)
	again(p)
}

// third is the reference to an attachment with a third digest, of something else.
func third(p *eyptest.Package) string {
	item := strings.TrimSuffix(half(p.Reference(eyptest.Lists[0])), "</Reference>")
	return strings.Replace(p.Reference(eyptest.Annex1), "<DigestItem>", item+"<DigestItem>", 1)
}

func drop(p *eyptest.Package, kind string) {
	for i, line := range p.Relations {
		if strings.Contains(line, "/"+kind+" ") {
			p.Relations = append(p.Relations[:i:i], p.Relations[i+1:]...)
			return
		}
	}
}

// again makes all lists anew.
func again(p *eyptest.Package) {
	for role, name := range eyptest.Lists {
		p.Drop(name)
		p.Drop(eyptest.Signatures[role])
		drop(p, map[int]string{0: "parafozeti", 1: "PaketOzeti", 2: "nihaiozet"}[role])
	}
	p.Drop(eyptest.Final)
	drop(p, "nihaiustveri")
	for role := range eyptest.Lists {
		if role == 2 {
			p.AddFinalMetadata()
		}
		p.AddList(role)
		p.AddSignature(role, "imza")
	}
}

// list changes the list that nothing covers but the seal.
func list(t *testing.T, p *eyptest.Package, old, replacement string) {
	t.Helper()
	p.Edit(t, eyptest.Lists[2], old, replacement)
}

func TestReadFindsProblems(t *testing.T) {
	for name, test := range spoilt {
		t.Run(name, func(t *testing.T) {
			b := eyptest.Finished("2.0")
			test.change(t, b)
			p, err := read(b.Archive(t))
			if err != nil {
				t.Fatalf("no package: %v", err)
			}
			if len(p.Problems) == 0 || p.Problems[0].Code != test.want || p.Problems[0].Part != "/"+test.part {
				t.Errorf("problems %q, want %s of %s", p.Problems, test.want, test.part)
			}
			if fault.CodeOf(p.Sound()) != test.want {
				t.Errorf("%v", p.Sound())
			}
		})
	}
}

// TestReadRefuses has files that are no package, or none to be shown.
func TestReadRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*testing.T, *eyptest.Package)
		want   fault.Code
	}{
		"no content types": {func(t *testing.T, p *eyptest.Package) { p.Drop(eyptest.Types) }, fault.PackageMalformed},
		"content type twice": {func(t *testing.T, p *eyptest.Package) {
			p.Edit(t, eyptest.Types, "</Types>", `<Default Extension="PDF" ContentType="text/html"/></Types>`)
		}, fault.PackageMalformed},
		"content types of another kind": {func(t *testing.T, p *eyptest.Package) { p.Edit(t, eyptest.Types, "Default", "Standard") }, fault.PackageMalformed},
		"no relationships":              {func(t *testing.T, p *eyptest.Package) { p.Relations = nil }, fault.PackageMalformed},
		"relationships that are no XML": {func(t *testing.T, p *eyptest.Package) { p.Set(eyptest.Root, "x") }, fault.PackageMalformed},
		"same identifier twice":         {func(t *testing.T, p *eyptest.Package) { p.Relate("ek", "/"+eyptest.Annex1, "IdEk_1A") }, fault.PackageMalformed},
		"target that leads out":         {func(t *testing.T, p *eyptest.Package) { edit(p, "ustyazi", "../x") }, fault.PackageMalformed},
		"target with two slashes":       {func(t *testing.T, p *eyptest.Package) { edit(p, "ustyazi", "UstYazi//ustyazi.pdf") }, fault.PackageMalformed},
		"target at another host":        {func(t *testing.T, p *eyptest.Package) { edit(p, "ustyazi", "//example.test/ustyazi.pdf") }, fault.PackageMalformed},
		"target that is an address":     {func(t *testing.T, p *eyptest.Package) { edit(p, "ustyazi", "http://example.test/ustyazi.pdf") }, fault.PackageMalformed},
		"encrypted":                     {func(t *testing.T, p *eyptest.Package) { p.Relate("sifreliicerik", "/"+eyptest.Letter, "X") }, fault.PackageUnsupported},
		"encrypted, by its category": {func(t *testing.T, p *eyptest.Package) {
			p.Edit(t, eyptest.Core, "RESMIYAZISMA", "RESMIYAZISMA/SIFRELI")
		}, fault.PackageUnsupported},
		"other category": {func(t *testing.T, p *eyptest.Package) { p.Edit(t, eyptest.Core, "RESMIYAZISMA", "OZEL") }, fault.PackageMalformed},
		"version 3":      {func(t *testing.T, p *eyptest.Package) { p.Edit(t, eyptest.Core, ">2.0<", ">3.0<") }, fault.PackageUnsupported},
		"two versions": {func(t *testing.T, p *eyptest.Package) {
			p.Edit(t, eyptest.Core, "<version>", "<version>1.3</version><version>")
		}, fault.PackageMalformed},
		"two names that are one":        {func(t *testing.T, p *eyptest.Package) { p.Set("UstYazi/ustyaz%69.pdf", "x") }, fault.ContainerMalformed},
		"part named out of the package": {func(t *testing.T, p *eyptest.Package) { p.Set("Ekler/%2e%2e/x.pdf", "x") }, fault.PackageMalformed},
		"relationships of a broken kind": {func(t *testing.T, p *eyptest.Package) {
			p.Edit(t, "NihaiOzet/_rels/NihaiOzet.xml.rels", `Target="`, `TargetMode="External" Target="`)
		}, fault.PackageMalformed},
	} {
		b := eyptest.Finished("2.0")
		test.change(t, b)
		if p, err := read(b.Archive(t)); err == nil || fault.CodeOf(err) != test.want || p != nil {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

// TestReadFinds1x holds a package of version 1.x against its one digest.
func TestReadFinds1x(t *testing.T) {
	b := eyptest.Finished("1.3")
	b.Set(eyptest.Targets, `<BelgeHedef xmlns="urn:dpt:eyazisma:schema:xsd:BelgeHedef-1"> </BelgeHedef>`)
	p, err := read(b.Archive(t))
	if err != nil || fault.CodeOf(p.Sound()) != fault.PackagePartChanged {
		t.Errorf("%v, %v", err, p.Sound())
	}
}

// TestEYPSynthetic reads packages that others have made and judged.
func TestEYPSynthetic(t *testing.T) {
	folder := pkitest.Suite(t, "eyp-synthetic")
	data, err := os.ReadFile(filepath.Join(folder, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected map[string]struct{ Verdict, Why string }
	if err := json.Unmarshal(data, &expected); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.eyp"))
	if err != nil || len(files) != len(expected) || len(files) < 9 {
		t.Fatalf("%d files for %d verdicts: %v", len(files), len(expected), err)
	}
	tally := pkitest.NewTally(t, "eyp-synthetic", "eyazisma")
	for _, file := range files {
		tally.Judged("")
		want := expected[filepath.Base(file)]
		archive, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := read(archive)
		good := err == nil && p.Sound() == nil && len(p.Missing) == 0
		if good != (want.Verdict == "digests-ok") || want.Verdict == "" {
			t.Errorf("%s: %v, want %s: %s", filepath.Base(file), err, want.Verdict, want.Why)
		}
	}
}

// FuzzRead reads any bytes as a package, with the limits on what is told.
func FuzzRead(f *testing.F) {
	for _, version := range []string{"2.0", "1.3"} {
		f.Add(eyptest.Finished(version).Archive(f))
	}
	f.Fuzz(func(t *testing.T, archive []byte) {
		p, err := read(archive)
		if (p == nil) == (err == nil) {
			t.Fatalf("%v, %v", p, err)
		}
		if p != nil && p.Sound() == nil {
			checkSound(t, p)
		}
	})
}

// FuzzList puts any bytes into the place of each kind of XML in turn.
func FuzzList(f *testing.F) {
	b := eyptest.Finished("2.0")
	names := []string{eyptest.Lists[2], eyptest.Metadata, eyptest.Final, eyptest.Core, eyptest.Types, "NihaiOzet/_rels/NihaiOzet.xml.rels"}
	for i, name := range names {
		f.Add(i, b.Parts[name])
	}
	f.Fuzz(func(t *testing.T, which int, xml string) {
		b := eyptest.Finished("2.0")
		b.Set(names[uint(which)%uint(len(names))], xml)
		p, err := read(b.Archive(t))
		if err == nil && p.Sound() == nil {
			checkSound(t, p)
		}
	})
}

// checkSound holds a package without problems against what that means.
func checkSound(t *testing.T, p *eyazisma.Package) {
	t.Helper()
	if p.Letter == nil {
		t.Error("sound without a letter")
	}
	for role, l := range p.Lists {
		if l == nil {
			continue
		}
		listed := map[*eyazisma.Part]bool{}
		for _, r := range l.References {
			listed[r.Part] = true
		}
		if !listed[p.Letter] {
			t.Errorf("the list of role %d does not name the letter", role)
		}
	}
}
