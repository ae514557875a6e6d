package asic_test

import (
	"archive/zip"
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/ades/adestest"
	"github.com/e-onay/e-onay/internal/asic"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/zipfile"
)

var when = time.Date(2026, 11, 29, 12, 34, 56, 0, time.UTC)

// person is a signer with a card, in Go.
type person struct {
	root   *pkitest.Authority
	key    crypto.Signer
	signer ades.Signer
}

func newPerson(t testing.TB, kind string) *person {
	t.Helper()
	p := &person{root: pkitest.Root(t, "Deneme Kök"), key: pkitest.Key(t, kind)}
	certificate := p.root.Issue(t, p.key.Public())
	hash, err := ades.HashFor(certificate.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	p.signer = ades.Signer{Certificate: certificate, Hash: hash, Time: when}
	return p
}

// sign returns the container, as bytes.
func (p *person) sign(t testing.TB, o asic.Options, documents ...ades.Document) []byte {
	t.Helper()
	prepared, err := asic.Prepare(p.signer, documents, o)
	if err != nil {
		t.Fatal(err)
	}
	var how crypto.SignerOpts = p.signer.Hash
	if p.signer.PSS {
		how = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: p.signer.Hash}
	}
	return adestest.Sign(t, p.key, how, prepared, documents...)
}

var (
	contract = ades.NewDocument("sözleşme & ek.txt", "text/plain", []byte("Madde 1\n"))
	plan     = ades.NewDocument("planlar/kat 1.bin", "application/octet-stream", bytes.Repeat([]byte{0, 1, 2, 3}, 3000))
)

func parse(container []byte) ([]*asic.Signature, error) {
	return asic.Parse(bytes.NewReader(container), int64(len(container)))
}

// files reads a container by archive/zip.
func files(t testing.TB, container []byte) map[string][]byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(container), int64(len(container)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for _, f := range r.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if out[f.Name], err = io.ReadAll(rc); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func write(t testing.TB, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func (p *person) openssl(t *testing.T, signature, content []byte) {
	t.Helper()
	out, err := exec.Command("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", write(t, signature), "-content", write(t, content),
		"-CAfile", pkitest.WriteCertificates(t, t.TempDir(), "root.pem", p.root.Certificate), "-out", os.DevNull).CombinedOutput()
	if err != nil {
		t.Errorf("openssl: %v: %s", err, out)
	}
}

// judge has unzip test the archive, xmllint read each manifest, openssl verify each CAdES signature, and openssl make each digest
// that a manifest names.
func (p *person) judge(t *testing.T, container []byte) {
	t.Helper()
	if out, err := exec.Command("unzip", "-t", write(t, container)).CombinedOutput(); err != nil {
		t.Errorf("unzip: %v: %s", err, out)
	}
	all := files(t, container)
	for name, manifest := range all {
		if !strings.HasPrefix(name, "META-INF/ASiCManifest") {
			continue
		}
		path := write(t, manifest)
		p.openssl(t, all[xpath(t, path, `string(//*[local-name()="SigReference"]/@URI)`)], manifest)
		count := xpath(t, path, `count(//*[local-name()="DataObjectReference"])`)
		for i := 1; fmt.Sprint(i-1) != count; i++ {
			reference := fmt.Sprintf(`(//*[local-name()="DataObjectReference"])[%d]`, i)
			file := strings.NewReplacer("%C3%B6", "ö", "%C5%9F", "ş", "%20", " ").Replace(xpath(t, path, "string("+reference+"/@URI)"))
			method := xpath(t, path, "string("+reference+`/*[local-name()="DigestMethod"]/@Algorithm)`)
			digest := exec.Command("sh", "-c", `openssl dgst -binary -"$1" "$2" | openssl base64 -A`, "sh", method[strings.LastIndexByte(method, '#')+1:], write(t, all[file]))
			out, err := digest.CombinedOutput()
			if want := xpath(t, path, "string("+reference+`/*[local-name()="DigestValue"])`); err != nil || string(out) != want {
				t.Errorf("%s: openssl's digest %s, the manifest's %s: %v", file, out, want, err)
			}
		}
	}
}

// judgeXAdES has Santuario verify signatures. It is told that they lie beside their files, since it reads no containers.
func judgeXAdES(t *testing.T, container []byte, want int) {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files(t, container) {
		name = strings.Replace(name, "META-INF/signatures", "signatures", 1)
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	verdicts := pkitest.Santuario(t, dir)
	for i := range want {
		if name := fmt.Sprintf("signatures%d.xml", i); verdicts[name] != "accepts" {
			t.Errorf("%s: Santuario %s", name, verdicts[name])
		}
	}
}

func xpath(t *testing.T, file, expression string) string {
	t.Helper()
	out, err := exec.Command("xmllint", "--nonet", "--xpath", expression, file).CombinedOutput()
	if err != nil {
		t.Fatalf("xmllint: %v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

func TestContainers(t *testing.T) {
	for _, test := range []struct {
		name, kind string
		options    asic.Options
		documents  []ades.Document
	}{
		{"E, two files", "P-384", asic.Options{}, []ades.Document{contract, plan}},
		{"E, one file, RSA", "RSA-2048", asic.Options{}, []ades.Document{plan}},
		{"S", "P-256", asic.Options{Simple: true}, []ades.Document{contract}},
		{"S, RSA-4096", "RSA-4096", asic.Options{Simple: true}, []ades.Document{contract}},
		{"E, XAdES", "P-384", asic.Options{XAdES: true}, []ades.Document{contract, plan}},
		{"S, XAdES, RSA", "RSA-2048", asic.Options{Simple: true, XAdES: true}, []ades.Document{contract}},
		{"E, file without a type", "P-521", asic.Options{}, []ades.Document{ades.NewDocument("a", "", nil)}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newPerson(t, test.kind)
			container := p.sign(t, test.options, test.documents...)
			p.judge(t, container)
			all := files(t, container)
			if test.options.Simple && !test.options.XAdES {
				p.openssl(t, all["META-INF/signature.p7s"], all[test.documents[0].Name])
			}
			signatures, err := parse(container)
			if err != nil || len(signatures) != 1 {
				t.Fatalf("%d signatures, %v", len(signatures), err)
			}
			s := signatures[0]
			for name, documents := range map[string][]ades.Document{"no documents": nil, "its documents": test.documents} {
				if err := s.Verify(documents); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			changed := slices.Clone(test.documents)
			changed[0] = ades.NewDocument(changed[0].Name, "text/plain", []byte("Madde 2\n"))
			renamed := slices.Clone(test.documents)
			renamed[0].Name = "b"
			for name, documents := range map[string][]ades.Document{
				"another document": changed, "another name": renamed, "a document more": append(slices.Clone(test.documents), plan), "the first only twice": {test.documents[0], test.documents[0]},
			} {
				if err := s.Verify(documents); fault.CodeOf(err) != fault.SignatureInvalid {
					t.Errorf("%s: %v", name, err)
				}
			}
			claims := s.Claims()
			if !claims.Certificate.Equal(p.signer.Certificate) || !claims.SigningTime.Equal(when) || claims.Hash != p.signer.Hash || claims.Algorithm == x509.UnknownSignatureAlgorithm {
				t.Errorf("claims %+v", claims)
			}
			if len(s.Covered()) != len(test.documents) || s.Uncovered() != nil {
				t.Errorf("it covers %q, not %q", s.Covered(), s.Uncovered())
			}
		})
	}
}

func TestPSS(t *testing.T) {
	p := newPerson(t, "RSA-2048")
	p.signer.PSS = true
	container := p.sign(t, asic.Options{}, contract)
	p.judge(t, container)
	if s, err := parse(container); err != nil || s[0].Verify(nil) != nil || !strings.HasSuffix(s[0].Claims().Algorithm.String(), "RSAPSS") {
		t.Errorf("%v", err)
	}
}

// TestPolicy names a signature policy, as the profiles P2, P3 and P4 do.
func TestPolicy(t *testing.T) {
	p := newPerson(t, "P-256")
	p.signer.Policy = &ades.Policy{OID: asn1.ObjectIdentifier{2, 16, 792, 1, 61, 0, 1, 5070, 3, 3, 1}, Hash: crypto.SHA256, Digest: make([]byte, 32), URI: "https://example.test/policy"}
	for _, o := range []asic.Options{{}, {Simple: true}} {
		container := p.sign(t, o, contract)
		p.judge(t, container)
		s, err := parse(container)
		if err != nil || s[0].Verify(nil) != nil {
			t.Fatalf("%v", err)
		}
		if got := s[0].Claims().Policy; !reflect.DeepEqual(got, p.signer.Policy) {
			t.Errorf("policy %+v", got)
		}
	}
}

// TestFurtherSignature signs a container that another person has signed. What was there stays byte for byte.
func TestFurtherSignature(t *testing.T) {
	for name, kind := range map[string]asic.Options{"CAdES": {}, "XAdES": {XAdES: true}} {
		t.Run(name, func(t *testing.T) { testFurtherSignature(t, kind) })
	}
}

func testFurtherSignature(t *testing.T, kind asic.Options) {
	first, second := newPerson(t, "P-384"), newPerson(t, "RSA-2048 second")
	one := first.sign(t, kind, contract, plan)
	container := ades.NewDocument("x.asice", asic.MediaTypeE, one)
	kind.Further = true
	two := second.sign(t, kind, container)
	first.root = second.root // the same
	first.judge(t, two)
	if kind.XAdES {
		judgeXAdES(t, two, 2)
	}
	r, err := zipfile.Open(bytes.NewReader(one), int64(len(one)))
	if err != nil {
		t.Fatal(err)
	}
	last := r.Entries[len(r.Entries)-1]
	if !bytes.HasPrefix(two, one[:last.Offset+last.Length]) {
		t.Error("what was there has changed")
	}
	signatures, err := parse(two)
	if err != nil || len(signatures) != 2 {
		t.Fatalf("%d signatures, %v", len(signatures), err)
	}
	for i, p := range []*person{first, second} {
		if err := signatures[i].Verify([]ades.Document{plan, contract}); err != nil || !signatures[i].Claims().Certificate.Equal(p.signer.Certificate) {
			t.Errorf("signature %d: %v", i, err)
		}
	}

	spoilt := bytes.Replace(one, []byte("Madde 1"), []byte("Madde 2"), 1)
	if _, err := asic.Prepare(second.signer, []ades.Document{ades.NewDocument("x.asice", asic.MediaTypeE, spoilt)}, kind); err == nil {
		t.Error("signed beside a signature that does not hold")
	}
	kind.XAdES = !kind.XAdES
	if _, err := asic.Prepare(second.signer, []ades.Document{container}, kind); fault.CodeOf(err) != fault.PackageUnsupported {
		t.Errorf("beside a signature of another kind: %v", err)
	}
}

// TestEveryByteOfWhatIsSigned changes the bytes of files, manifest and signature one by one.
func TestEveryByteOfWhatIsSigned(t *testing.T) {
	for _, o := range []asic.Options{{}, {XAdES: true}, {Simple: true}} {
		container := newPerson(t, "P-256").sign(t, o, contract)
		r, err := zipfile.Open(bytes.NewReader(container), int64(len(container)))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range r.Entries {
			for i := e.DataOffset; i < e.DataOffset+e.CompressedSize; i++ {
				spoilt := bytes.Clone(container)
				spoilt[i] ^= 1
				if signatures, err := parse(spoilt); err == nil && signatures[0].Verify(nil) == nil {
					t.Errorf("%+v, %s: byte %d is not covered", o, e.Name, i-e.DataOffset)
				}
			}
		}
	}
}

func TestPrepareRefuses(t *testing.T) {
	p := newPerson(t, "P-256")
	named := func(names ...string) (out []ades.Document) {
		for _, name := range names {
			out = append(out, ades.NewDocument(name, "text/plain", []byte("x")))
		}
		return out
	}
	absent := ades.Document{Name: "a", Size: 3}
	short := ades.NewDocument("a", "", []byte("abc"))
	short.Size = 4
	for name, test := range map[string]struct {
		documents []ades.Document
		options   asic.Options
		want      fault.Code
	}{
		"no document":              {nil, asic.Options{}, fault.RequestInvalid},
		"too many":                 {make([]ades.Document, asic.MaxFiles+1), asic.Options{}, fault.RequestInvalid},
		"two in an ASiC-S":         {named("a", "b"), asic.Options{Simple: true}, fault.RequestInvalid},
		"name that leads out":      {named("../a"), asic.Options{}, fault.RequestInvalid},
		"name of the container's":  {named("meta-inf/signature001.p7s"), asic.Options{}, fault.RequestInvalid},
		"mimetype":                 {named("MimeType"), asic.Options{}, fault.RequestInvalid},
		"names that are one":       {named("a", "A"), asic.Options{}, fault.RequestInvalid},
		"folder":                   {named("a/"), asic.Options{}, fault.RequestInvalid},
		"content that is not here": {[]ades.Document{absent}, asic.Options{}, fault.Internal},
		"content that is short":    {[]ades.Document{short}, asic.Options{}, fault.Internal},
		"further over no archive":  {named("a"), asic.Options{Further: true}, fault.ContainerMalformed},
		"further over an ASiC-S":   {[]ades.Document{ades.NewDocument("a", "", p.sign(t, asic.Options{Simple: true}, contract))}, asic.Options{Further: true}, fault.PackageUnsupported},
	} {
		if prepared, err := asic.Prepare(p.signer, test.documents, test.options); fault.CodeOf(err) != test.want || err == nil || prepared != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, spoil := range map[string]func(*ades.Signer){
		"no certificate": func(s *ades.Signer) { s.Certificate = nil },
		"no hash":        func(s *ades.Signer) { s.Hash = 0 },
		"SHA-1":          func(s *ades.Signer) { s.Hash = crypto.SHA1 },
	} {
		s := p.signer
		spoil(&s)
		if prepared, err := asic.Prepare(s, named("a"), asic.Options{}); err == nil || prepared != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCompleteRefusesAnotherSignature(t *testing.T) {
	p := newPerson(t, "P-256")
	prepared, err := asic.Prepare(p.signer, []ades.Document{contract}, asic.Options{})
	if err != nil {
		t.Fatal(err)
	}
	value, err := p.key.Sign(rand.Reader, make([]byte, 32), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := prepared.Complete(value); fault.CodeOf(err) != fault.TokenError {
		t.Errorf("%v", err)
	}
}

// noise is a document of any size that is in no memory.
type noise struct{}

func (noise) ReadAt(p []byte, offset int64) (int, error) {
	for i := range p {
		p[i] = byte(offset + int64(i))
	}
	return len(p), nil
}

// TestMemoryOfALargeDocument bounds all that is allocated for a document of 256 MiB, made and read.
func TestMemoryOfALargeDocument(t *testing.T) {
	const limit = 8 << 20
	p := newPerson(t, "P-256")
	d := ades.Document{Name: "film.bin", Size: 256 << 20, Content: noise{}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	prepared, err := asic.Prepare(p.signer, []ades.Document{d}, asic.Options{})
	if err != nil {
		t.Fatal(err)
	}
	value, err := p.key.Sign(rand.Reader, prepared.Digest(), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	pieces, err := prepared.Complete(value)
	if err != nil {
		t.Fatal(err)
	}
	signatures, err := asic.Parse(pieces.Reader([]ades.Document{d}), pieces.Size())
	if err != nil {
		t.Fatal(err)
	}
	if err := signatures[0].Verify(nil); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > limit {
		t.Errorf("%d bytes allocated, over %d", used, limit)
	}
}

// TestNames holds the names in META-INF against those of the standard, which other readers look for.
func TestNames(t *testing.T) {
	for _, name := range []string{"META-INF/manifest.xml", "META-INF/signatures0.xml"} {
		if _, there := files(t, newPerson(t, "P-256").sign(t, asic.Options{XAdES: true}, contract))[name]; !there {
			t.Errorf("no %s", name)
		}
	}
	container := newPerson(t, "P-256").sign(t, asic.Options{}, contract)
	if !bytes.HasPrefix(container[30:], []byte("mimetype"+asic.MediaTypeE)) {
		t.Error("mimetype is not first, stored, without extra fields")
	}
	for name := range files(t, container) {
		if strings.HasPrefix(name, "META-INF/") && !regexp.MustCompile(`^META-INF/(ASiCManifest\d*\.xml|signature\d*\.p7s)$`).MatchString(name) {
			t.Errorf("name %s", name)
		}
	}
}
