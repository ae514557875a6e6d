package inspection_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/wasm/inspection"
	"github.com/e-onay/e-onay/wasm/inspection/report"
)

const (
	inFile    = "report.signatures.title"
	content   = "report.signatures.content"
	elsewhere = "report.signed.state.elsewhere"
)

const consent = "Onay veriyorum.\n"

func (p *person) signCAdES(t testing.TB, file []byte, o cades.Options) []byte {
	t.Helper()
	return p.sign(t, file, func(s ades.Signer, documents []ades.Document) (ades.Prepared, error) {
		return cades.PrepareDocuments(s, documents, o)
	})
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// inspectBeside returns the report on a file of signatures over a content that is at hand.
func inspectBeside(t testing.TB, file, beside []byte) *report.Report {
	t.Helper()
	i := inspection.Inspector{Content: io.NewSectionReader(bytes.NewReader(beside), 0, int64(len(beside)))}
	made := i.Read(report.KindSignatures, bytes.NewReader(file), int64(len(file)))
	r, err := report.Parse(made.Encode(), report.KindSignatures, digestOf(file), isSentence)
	if err != nil {
		t.Fatalf("%v: %+v", err, made)
	}
	return r
}

// TestSignaturesAroundContent follows a file that holds its content: signed, signed beside, and counter-signed.
func TestSignaturesAroundContent(t *testing.T) {
	p := newPerson(t)
	name := p.certificate.Subject.CommonName
	file := p.signCAdES(t, []byte(consent), cades.Options{Form: cades.Attached})
	held := []string{"report.signatures.held", "report.signatures.digest" + grouped(digestOf([]byte(consent)))}
	r := inspect(t, report.KindSignatures, file)
	wantLines(t, r, inFile, name, when, holds)
	wantLines(t, r, content, held...)
	if want := (report.Part{Name: "content", Size: int64(len(consent)), SHA256: digestOf([]byte(consent)), Kind: "text"}); len(r.Parts) != 1 || r.Parts[0] != want {
		t.Errorf("%+v", r.Parts)
	}
	file = p.signCAdES(t, p.signCAdES(t, file, cades.Options{Form: cades.Parallel}), cades.Options{Form: cades.CounterSignature, Signer: 1})
	r = inspect(t, report.KindSignatures, file)
	wantLines(t, r, inFile, name, when, holds, name, when, holds, name, "report.signatures.counter"+name, when, holds)
	var places [][2]int
	for _, e := range r.Sections[0].Entries {
		places = append(places, [2]int{e.Signature, e.Depth})
	}
	if want := [][2]int{{1, 0}, {2, 0}, {0, 1}}; !slices.Equal(places, want) {
		t.Errorf("numbers and depths %v, want %v", places, want)
	}
	// What is given out is the content.
	var i inspection.Inspector
	i.Read(report.KindSignatures, bytes.NewReader(file), int64(len(file)))
	if data, err := i.Part(0); err != nil || string(data) != consent {
		t.Errorf("%q, %v", data, err)
	}
	// Of another content the signatures do not hold, but the counter-signature does: it is over a signature.
	r = inspect(t, report.KindSignatures, bytes.Replace(file, []byte("Onay"), []byte("Para"), 1))
	wantLines(t, r, inFile, "look", name, when, fails, "look", name, when, fails, name, "report.signatures.counter"+name, when, holds)
}

func grouped(digits string) string {
	var parts []string
	for chunk := range slices.Chunk([]byte(digits), 4) {
		parts = append(parts, string(chunk))
	}
	return strings.Join(parts, " ")
}

// TestSignaturesBesideContent has a file of signatures alone, with what they are over at hand, another in its place, and nothing.
func TestSignaturesBesideContent(t *testing.T) {
	p := newPerson(t)
	name := p.certificate.Subject.CommonName
	file := p.signCAdES(t, []byte(consent), cades.Options{})
	r := inspect(t, report.KindSignatures, file)
	wantLines(t, r, inFile, name, when, elsewhere)
	wantLines(t, r, content, "report.signatures.elsewhere")
	if r.Given != "" || len(r.Parts) > 0 || !r.Sections[1].Look {
		t.Errorf("%+v", r)
	}
	r = inspectBeside(t, file, []byte(consent))
	wantLines(t, r, inFile, name, when, holds)
	wantLines(t, r, content, "report.signatures.given")
	if r.Given != digestOf([]byte(consent)) {
		t.Errorf("over %s", r.Given)
	}
	r = inspectBeside(t, file, []byte("Onay vermiyorum.\n"))
	wantLines(t, r, inFile, "look", name, when, fails)
	// A file that holds its content is judged over that, whatever is beside it.
	r = inspectBeside(t, p.signCAdES(t, []byte(consent), cades.Options{Form: cades.Attached}), []byte("x"))
	wantLines(t, r, inFile, name, when, holds)
	if r.Given != "" || len(r.Parts) != 1 {
		t.Errorf("%+v", r)
	}
}

// TestSignaturesOverPDF has the strict reader read a content that is a PDF. One that it refuses is a content as any other.
func TestSignaturesOverPDF(t *testing.T) {
	p := newPerson(t)
	attached := cades.Options{Form: cades.Attached}
	scripted := pdftest.Build(pdftest.Pages("/OpenAction<</S/JavaScript/JS(x)>>", pdftest.Page{Text: "bir"}), "")
	r := inspect(t, report.KindSignatures, p.signCAdES(t, scripted, attached))
	wantLines(t, r, beside, "report.pdf.has.scripts")
	if r.PDF == nil || len(r.PDF.Pages) != 1 || r.Parts[0].Kind != "pdf" {
		t.Errorf("%+v", r)
	}
	broken := bytes.Replace(pdftest.Simple(), []byte("/Count 1"), []byte("/Count 2"), 1)
	r = inspect(t, report.KindSignatures, p.signCAdES(t, broken, attached))
	wantRefused(t, r, "")
	if r.PDF != nil || r.Parts[0].Kind != "pdf" {
		t.Errorf("%+v", r)
	}
}

// TestSignaturesOfOpenSSL reads what another program makes: content in pieces, two signers, an old hash.
func TestSignaturesOfOpenSSL(t *testing.T) {
	a, b := newPerson(t), newPerson(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "content"), bytes.Repeat([]byte(consent), 10_000), 0o600); err != nil {
		t.Fatal(err)
	}
	options := []string{"cms", "-sign", "-binary", "-in", "content", "-outform", "DER", "-out", "out", "-nodetach", "-stream"}
	for i, p := range []*person{a, b} {
		name := string(rune('a' + i))
		options = append(options, "-signer", pkitest.WriteCertificates(t, dir, name+".pem", p.certificate), "-inkey", pkitest.WriteKey(t, dir, name+".key", p.key))
	}
	sign := func(more ...string) []byte {
		openssl := exec.Command("openssl", append(slices.Clone(options), more...)...)
		openssl.Dir = dir
		if out, err := openssl.CombinedOutput(); err != nil {
			t.Fatalf("openssl: %v: %s", err, out)
		}
		file, err := os.ReadFile(filepath.Join(dir, "out"))
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	name := a.certificate.Subject.CommonName
	file := sign()
	r := inspect(t, report.KindSignatures, file)
	wantLines(t, r, inFile, name, when, holds, name, when, holds)
	if r.Parts[0].Size != int64(10_000*len(consent)) || r.Parts[0].Kind != "text" {
		t.Errorf("%+v", r.Parts)
	}
	wantLines(t, inspect(t, report.KindSignatures, sign("-md", "sha1")), inFile, name, when, unknown, name, when, unknown)
	wantLines(t, inspect(t, report.KindSignatures, sign("-nocerts")), inFile, "report.signed.nobody", when, unknown, "report.signed.nobody", when, unknown)
}

// TestRefusesSignatures refuses what cannot be read to its end, and what has more signatures than anybody looks at.
func TestRefusesSignatures(t *testing.T) {
	p := newPerson(t)
	file := p.signCAdES(t, []byte(consent), cades.Options{Form: cades.Attached})
	many := file
	for range 100 {
		many = p.signCAdES(t, many, cades.Options{Form: cades.Parallel})
	}
	for name, file := range map[string][]byte{
		"cut off":           file[:len(file)-7],
		"bytes behind it":   append(bytes.Clone(file), "x"...),
		"a poem":            []byte("a poem"),
		"101 signatures":    many,
		"a length too long": bytes.Replace(file, []byte("\x04\x10Onay"), []byte("\x04\x7fOnay"), 1),
	} {
		t.Run(name, func(t *testing.T) {
			wantRefused(t, inspect(t, report.KindSignatures, file), fault.ContainerMalformed)
		})
	}
}

// TestDSSSignatures inspects the files of EU DSS's tests of CAdES: of those that are invalid there, none is said to hold. Of a file whose
// content is elsewhere nothing is said; of cms-wrong-sign-cert-ref.p7m DSS means the time stamp, of which the window says nothing.
func TestDSSSignatures(t *testing.T) {
	tests, file := pkitest.DSS(t, "cades.json")
	read, tally := 0, pkitest.NewTally(t, "DSS CAdES", "the window")
	for _, test := range tests {
		for _, name := range test.Files {
			if strings.HasPrefix(name, "?") { // made by the test in Java
				continue
			}
			r := inspect(t, report.KindSignatures, file(name))
			wantRefused(t, r, "")
			said := lines(r, inFile)
			isElsewhere := slices.Contains(said, elsewhere)
			if isElsewhere {
				tally.Judged("content not at hand")
			} else {
				tally.Judged("")
			}
			isKnown := isElsewhere || path.Base(name) == "cms-wrong-sign-cert-ref.p7m"
			if read++; test.Verdict == "b-invalid" && !isKnown && !slices.Contains(said, fails) && !slices.Contains(said, unknown) {
				t.Errorf("%s: %q", name, said)
			}
		}
	}
	if read < 60 {
		t.Errorf("only %d files", read)
	}
}

// FuzzSignatures has a report be one that the window takes, whatever is read.
func FuzzSignatures(f *testing.F) {
	p := newPerson(f)
	held := p.signCAdES(f, []byte(consent), cades.Options{Form: cades.Attached})
	f.Add(held, []byte{})
	f.Add(p.signCAdES(f, held, cades.Options{Form: cades.CounterSignature}), []byte{})
	f.Add(p.signCAdES(f, []byte(consent), cades.Options{}), []byte(consent))
	f.Add(p.signCAdES(f, pdftest.Simple(), cades.Options{Form: cades.Attached}), []byte{})
	f.Fuzz(func(t *testing.T, file, content []byte) { inspectBeside(t, file, content) })
}
