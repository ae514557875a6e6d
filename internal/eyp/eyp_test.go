package eyp_test

import (
	"archive/zip"
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/ades/adestest"
	"github.com/e-onay/e-onay/internal/eyazisma"
	"github.com/e-onay/e-onay/internal/eyazisma/eyptest"
	"github.com/e-onay/e-onay/internal/eyp"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

var when = time.Date(2026, 11, 29, 12, 34, 56, 0, time.UTC)

// roles by their numbers in eyptest.
var roles = [3]eyazisma.Role{eyazisma.Initial, eyazisma.Sign, eyazisma.Seal}

// person is a signer with a card, in Go.
type person struct {
	root   *pkitest.Authority
	key    crypto.Signer
	signer ades.Signer
}

func newPerson(t testing.TB, kind string) *person {
	t.Helper()
	p := &person{root: pkitest.Root(t, "Deneme Kök"), key: pkitest.Key(t, kind)}
	withKeyID := func(c *x509.Certificate) { c.SubjectKeyId = []byte(kind) }
	certificate := p.root.Issue(t, p.key.Public(), withKeyID)
	hash, err := ades.HashFor(certificate.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	p.signer = ades.Signer{Certificate: certificate, Hash: hash, Time: when}
	return p
}

func document(archive []byte) ades.Document {
	return ades.NewDocument("mektup.eyp", eyp.MediaType, archive)
}

func (p *person) prepare(archive []byte, o eyp.Options) (ades.Prepared, error) {
	return eyp.Prepare(p.signer, []ades.Document{document(archive)}, o)
}

// sign returns the package with a signature.
func (p *person) sign(t testing.TB, archive []byte, o eyp.Options) []byte {
	t.Helper()
	prepared, err := p.prepare(archive, o)
	if err != nil {
		t.Fatal(err)
	}
	return adestest.Sign(t, p.key, p.signer.Hash, prepared, document(archive))
}

func parse(archive []byte) ([]*eyp.Signature, error) {
	return eyp.Parse(bytes.NewReader(archive), int64(len(archive)))
}

// parts reads a package by archive/zip.
func parts(t testing.TB, archive []byte) map[string]string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range r.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(rc)
		if err != nil {
			t.Fatal(err)
		}
		out[f.Name] = string(data)
	}
	return out
}

func write(t testing.TB, data string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// openssl verifies a signature over a list; an attached one must hold it.
func (p *person) openssl(t *testing.T, signature, list string, attached bool) {
	t.Helper()
	held := filepath.Join(t.TempDir(), "held")
	args := []string{"cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", write(t, signature), "-out", held,
		"-CAfile", pkitest.WriteCertificates(t, t.TempDir(), "root.pem", p.root.Certificate)}
	if !attached {
		args = append(args, "-content", write(t, list))
	}
	if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
		t.Errorf("openssl: %v: %s", err, out)
	}
	if data, err := os.ReadFile(held); err != nil || string(data) != list {
		t.Errorf("the signature is over %d bytes: %v", len(data), err)
	}
}

// relationships and content types are what a signature may change beside its own part.
func mayChange(name string, role int) bool {
	folder, _, _ := strings.Cut(eyptest.Lists[role], "/")
	return name == eyptest.Types || name == eyptest.Signatures[role] || strings.HasPrefix(name, folder+"/_rels/")
}

// TestWholeLife signs a package step by step as it goes through an institution: initials, signature, seal.
func TestWholeLife(t *testing.T) {
	for _, attached := range []bool{false, true} {
		p := newPerson(t, "P-384")
		b := eyptest.New("2.0")
		for role := range roles {
			if role == 2 {
				b.AddFinalMetadata()
			}
			b.AddList(role)
			before := b.Archive(t)
			after := p.sign(t, before, eyp.Options{Role: roles[role], Attached: attached})
			if out, err := exec.Command("unzip", "-t", write(t, string(after))).CombinedOutput(); err != nil {
				t.Errorf("unzip: %v: %s", err, out)
			}
			had, has := parts(t, before), parts(t, after)
			for name, content := range had {
				if has[name] != content && !mayChange(name, role) {
					t.Errorf("role %d: %s has changed", role, name)
				}
			}
			p.openssl(t, has[eyptest.Signatures[role]], had[eyptest.Lists[role]], attached)

			signatures, err := parse(after)
			if err != nil || len(signatures) != role+1 {
				t.Fatalf("role %d: %d signatures, %v", role, len(signatures), err)
			}
			for _, s := range signatures {
				if err := s.Verify(nil); err != nil || s.Foreign {
					t.Errorf("role %d: the signature of role %d: %v", role, s.Role, err)
				}
				claims := s.Claims()
				if !claims.Certificate.Equal(p.signer.Certificate) || !claims.SigningTime.Equal(when) || claims.Hash != p.signer.Hash {
					t.Errorf("claims %+v", claims)
				}
				if s.Role == roles[role] && s.Verify([]ades.Document{document(before)}) != nil {
					t.Errorf("over its document: %v", s.Verify([]ades.Document{document(before)}))
				}
			}
			b.AddSignature(role, has[eyptest.Signatures[role]]) // the institution's program goes on with what it got
			if role == 0 && !strings.Contains(has[eyptest.Types], `Extension="imz"`) {
				t.Error("no content type for signatures")
			}
		}
		finished := b.Archive(t)
		read, err := eyazisma.Read(bytes.NewReader(finished), int64(len(finished)))
		if err != nil || read.Sound() != nil || len(read.Missing) != 0 {
			t.Errorf("finished: %v, %v, missing %v", err, read.Sound(), read.Missing)
		}
	}
}

// TestWhatIsThereStays holds a package that has content types and relationships for signatures against its bytes.
func TestWhatIsThereStays(t *testing.T) {
	b := eyptest.New("2.0")
	b.Edit(t, eyptest.Types, "</Types>", `<Override PartName="/Imzalar/ImzaCades.imz" ContentType="application/pkcs7-signature"/></Types>`)
	b.AddList(1)
	before := b.Archive(t)
	after := newPerson(t, "P-256").sign(t, before, eyp.Options{})
	directory := bytes.Index(before, []byte("PK\x01\x02"))
	if !bytes.HasPrefix(after, before[:directory]) {
		t.Error("the entries of the package have changed")
	}
}

// TestFurther has a second person sign the same list.
func TestFurther(t *testing.T) {
	for _, attached := range []bool{false, true} {
		first, second := newPerson(t, "P-384"), newPerson(t, "RSA-2048")
		b := eyptest.New("2.0")
		b.AddList(1)
		one := first.sign(t, b.Archive(t), eyp.Options{Attached: attached})
		two := second.sign(t, one, eyp.Options{Further: true})
		second.openssl(t, parts(t, two)[eyptest.Signatures[1]], b.Parts[eyptest.Lists[1]], attached)
		signatures, err := parse(two)
		if err != nil || len(signatures) != 2 || signatures[0].Verify(nil) != nil || signatures[1].Verify(nil) != nil {
			t.Fatalf("%d signatures, %v", len(signatures), err)
		}
		holding := eyptest.New("2.0")
		holding.AddList(1)
		holding.Edit(t, eyptest.Lists[1], "</PaketOzeti>", " </PaketOzeti>")
		holding.AddSignature(1, parts(t, one)[eyptest.Signatures[1]])
		if _, err := second.prepare(holding.Archive(t), eyp.Options{Further: true}); fault.CodeOf(err) != fault.SignatureInvalid {
			t.Errorf("beside a signature of another list: %v", err)
		}
		if signatures[0].Claims().Certificate.Equal(signatures[1].Claims().Certificate) {
			t.Error("both of one person")
		}
	}
}

// TestForeignSignatures reads what OpenSSL makes in a form that is not ours.
func TestForeignSignatures(t *testing.T) {
	p := newPerson(t, "P-256")
	for name, options := range map[string][]string{
		"detached, named by key": {"-cades", "-keyid"},
		"attached, named by key": {"-cades", "-keyid", "-nodetach"},
	} {
		t.Run(name, func(t *testing.T) {
			b := eyptest.New("2.0")
			b.AddList(1)
			sign := func(content string) string {
				dir := t.TempDir()
				out := filepath.Join(dir, "sig")
				args := append([]string{"cms", "-sign", "-binary", "-outform", "DER", "-in", write(t, content), "-out", out,
					"-signer", pkitest.WriteCertificates(t, dir, "c.pem", p.signer.Certificate), "-inkey", pkitest.WriteKey(t, dir, "k.pem", p.key)}, options...)
				if text, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
					t.Fatalf("openssl: %v: %s", err, text)
				}
				data, err := os.ReadFile(out)
				if err != nil {
					t.Fatal(err)
				}
				return string(data)
			}
			b.AddSignature(1, sign(b.Parts[eyptest.Lists[1]]))
			signatures, err := parse(b.Archive(t))
			if err != nil || len(signatures) != 1 {
				t.Fatalf("%d signatures, %v", len(signatures), err)
			}
			if err := signatures[0].Verify(nil); err != nil || !signatures[0].Foreign || !signatures[0].Claims().Certificate.Equal(p.signer.Certificate) {
				t.Errorf("%v, foreign %t", err, signatures[0].Foreign)
			}
			b.AddSignature(1, sign("another list"))
			signatures, err = parse(b.Archive(t))
			if err != nil || fault.CodeOf(signatures[0].Verify(nil)) != fault.SignatureInvalid {
				t.Errorf("over another list: %v", err)
			}
		})
	}
}

func TestVerifyRefuses(t *testing.T) {
	p := newPerson(t, "P-256")
	signed := func(attached bool) (*eyptest.Package, string) {
		b := eyptest.New("2.0")
		b.AddList(1)
		after := parts(t, p.sign(t, b.Archive(t), eyp.Options{Attached: attached}))
		b.AddSignature(1, after[eyptest.Signatures[1]])
		return b, after[eyptest.Signatures[1]]
	}
	for name, change := range map[string]func(*eyptest.Package){
		"letter changed":     func(b *eyptest.Package) { b.Set(eyptest.Letter, "%PDF-1.7 başka") },
		"attachment added":   func(b *eyptest.Package) { b.Set("Ekler/ek9.pdf", "x"); b.Relate("ek", "/Ekler/ek9.pdf", "IdEk_9A") },
		"attachment dropped": func(b *eyptest.Package) { b.Drop(eyptest.Annex1) },
		"list and letter changed": func(b *eyptest.Package) {
			old := b.Reference(eyptest.Letter)
			b.Set(eyptest.Letter, "%PDF-1.7 başka")
			b.Edit(t, eyptest.Lists[1], old, b.Reference(eyptest.Letter))
		},
	} {
		for _, attached := range []bool{false, true} {
			b, _ := signed(attached)
			change(b)
			signatures, err := parse(b.Archive(t))
			if err != nil || len(signatures) != 1 {
				t.Fatalf("%s: %v", name, err)
			}
			if err := signatures[0].Verify(nil); fault.CodeOf(err) != fault.SignatureInvalid {
				t.Errorf("%s, attached %t: %v", name, attached, err)
			}
		}
	}
	b, signature := signed(false)
	good := b.Archive(t)
	signatures, err := parse(good)
	if err != nil {
		t.Fatal(err)
	}
	other := eyptest.New("2.0")
	other.Set(eyptest.Letter, "%PDF-1.7 başka")
	other.AddList(1)
	for name, documents := range map[string][]ades.Document{
		"another package":     {document(other.Archive(t))},
		"no package":          {document([]byte("x"))},
		"package before this": {document(eyptest.New("2.0").Archive(t))},
		"two packages":        {document(good), document(good)},
	} {
		if err := signatures[0].Verify(documents); fault.CodeOf(err) != fault.SignatureInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i := 0; i < len(signature); i += 3 {
		spoilt := []byte(signature)
		spoilt[i] ^= 1
		b.AddSignature(1, string(spoilt))
		// What CMS itself leaves unsigned makes another program's signature of ours.
		if signatures, err := parse(b.Archive(t)); err == nil && signatures[0].Verify(nil) == nil && !signatures[0].Foreign {
			t.Errorf("byte %d of the signature does not matter", i)
		}
	}
}

// TestPrepareRefuses has packages that must not be signed, with what is wrong, before a card is asked.
func TestPrepareRefuses(t *testing.T) {
	p := newPerson(t, "P-256")
	at := func(steps ...func(*eyptest.Package)) *eyptest.Package {
		b := eyptest.New("2.0")
		for _, step := range steps {
			step(b)
		}
		return b
	}
	list := func(role int) func(*eyptest.Package) { return func(b *eyptest.Package) { b.AddList(role) } }
	signed := func(role int) func(*eyptest.Package) {
		return func(b *eyptest.Package) { b.AddSignature(role, "imza") }
	}
	final := (*eyptest.Package).AddFinalMetadata
	for name, test := range map[string]struct {
		b    *eyptest.Package
		o    eyp.Options
		want fault.Code
	}{
		"no list":                          {at(), eyp.Options{}, fault.PackageIncomplete},
		"no list for initials":             {at(list(1)), eyp.Options{Role: eyazisma.Initial}, fault.PackageSigned},
		"initials are missing":             {at(list(0), list(1)), eyp.Options{}, fault.PackageIncomplete},
		"initials are there":               {at(list(0), signed(0)), eyp.Options{Role: eyazisma.Initial}, fault.PackageSigned},
		"signature is there":               {at(list(1), signed(1)), eyp.Options{}, fault.PackageSigned},
		"nobody to sign beside":            {at(list(1)), eyp.Options{Further: true}, fault.PackageIncomplete},
		"further beside what is none":      {at(list(1), signed(1)), eyp.Options{Further: true}, fault.SignatureMalformed},
		"final list is there":              {at(list(1), final, list(2)), eyp.Options{}, fault.PackageSigned},
		"seal before the signature":        {at(list(1), final, list(2)), eyp.Options{Role: eyazisma.Seal}, fault.PackageIncomplete},
		"seal without the signature":       {at(final, list(2)), eyp.Options{Role: eyazisma.Seal}, fault.PackageIncomplete},
		"seal without final metadata":      {at(list(1), signed(1), list(2)), eyp.Options{Role: eyazisma.Seal}, fault.PackageIncomplete},
		"signature that is none":           {at(list(1), signed(1), final, list(2)), eyp.Options{Role: eyazisma.Seal}, fault.SignatureMalformed},
		"seal is there":                    {eyptest.Finished("2.0"), eyp.Options{Role: eyazisma.Seal}, fault.PackageSigned},
		"role that there is not":           {at(list(1)), eyp.Options{Role: 3}, fault.RequestInvalid},
		"letter changed":                   {at(list(1), func(b *eyptest.Package) { b.Set(eyptest.Letter, "x") }), eyp.Options{}, fault.PackagePartChanged},
		"part that nothing names":          {at(list(1), func(b *eyptest.Package) { b.Set("Ekler/ek9.pdf", "x") }), eyp.Options{}, fault.PackagePartExtra},
		"version 1.3":                      {eyptest.Finished("1.3"), eyp.Options{}, fault.PackageUnsupported},
		"relationship to no signature yet": {at(list(1), signed(1), func(b *eyptest.Package) { b.Drop(eyptest.Signatures[1]) }), eyp.Options{}, fault.PackagePartMissing},
	} {
		if prepared, err := p.prepare(test.b.Archive(t), test.o); err == nil || fault.CodeOf(err) != test.want || prepared != nil {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	good := at(list(1)).Archive(t)
	for name, documents := range map[string][]ades.Document{"none": nil, "two": {document(good), document(good)}, "not at hand": {{Size: 1}}} {
		if _, err := eyp.Prepare(p.signer, documents, eyp.Options{}); fault.CodeOf(err) != fault.RequestInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := eyp.Prepare(p.signer, []ades.Document{document([]byte("x"))}, eyp.Options{}); fault.CodeOf(err) != fault.ContainerMalformed {
		t.Errorf("no package: %v", err)
	}
	if prepared, err := eyp.Prepare(ades.Signer{Hash: crypto.SHA256, Time: when}, []ades.Document{document(good)}, eyp.Options{}); err == nil || prepared != nil {
		t.Error("prepared without a certificate")
	}
	prepared, err := p.prepare(good, eyp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	value, err := p.key.Sign(rand.Reader, make([]byte, 32), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := prepared.Complete(value); fault.CodeOf(err) != fault.TokenError {
		t.Errorf("another signature of the card: %v", err)
	}
}

// TestSealRefusesASignatureThatDoesNotHold seals nothing over a signature of another list.
func TestSealRefusesASignatureThatDoesNotHold(t *testing.T) {
	p := newPerson(t, "P-256")
	other := eyptest.New("2.0")
	other.Set(eyptest.Letter, "%PDF-1.7 başka")
	other.AddList(1)
	b := eyptest.New("2.0")
	b.AddList(1)
	b.AddSignature(1, parts(t, p.sign(t, other.Archive(t), eyp.Options{}))[eyptest.Signatures[1]])
	b.AddFinalMetadata()
	b.AddList(2)
	if _, err := p.prepare(b.Archive(t), eyp.Options{Role: eyazisma.Seal}); fault.CodeOf(err) != fault.SignatureInvalid {
		t.Errorf("%v", err)
	}
}

// FuzzParse reads any bytes as a package with signatures.
func FuzzParse(f *testing.F) {
	p := newPerson(f, "P-256")
	for _, attached := range []bool{false, true} {
		b := eyptest.New("2.0")
		b.AddList(1)
		f.Add(p.sign(f, b.Archive(f), eyp.Options{Attached: attached}))
	}
	f.Fuzz(func(t *testing.T, archive []byte) {
		signatures, err := parse(archive)
		if err != nil {
			return
		}
		for _, s := range signatures {
			if s.Verify(nil) == nil && s.Claims().Certificate == nil {
				t.Error("a signature of nobody verifies")
			}
		}
	})
}

// FuzzSignature puts any bytes into the place of a signature.
func FuzzSignature(f *testing.F) {
	p := newPerson(f, "P-256")
	b := eyptest.New("2.0")
	b.AddList(1)
	good := parts(f, p.sign(f, b.Archive(f), eyp.Options{}))[eyptest.Signatures[1]]
	f.Add([]byte(good))
	f.Fuzz(func(t *testing.T, signature []byte) {
		spoilt := eyptest.New("2.0")
		spoilt.AddList(1)
		spoilt.AddSignature(1, string(signature))
		signatures, err := parse(spoilt.Archive(t))
		if err != nil {
			return
		}
		for _, s := range signatures {
			if s.Verify(nil) == nil && s.Claims().Certificate == nil {
				t.Error("a signature of nobody verifies")
			}
		}
	})
}
