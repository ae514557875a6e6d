package xades_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/xades"
	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// TestJudgesAcceptOurs has Apache Santuario and xmlsec1 verify what is made, in each form and with each kind of key.
func TestJudgesAcceptOurs(t *testing.T) {
	dir := t.TempDir()
	made := map[string]string{} // what, by file
	for name, p := range signers(t) {
		for what, f := range forms {
			p.signer.Policy = policy
			file := fmt.Sprintf("%d.xml", len(made))
			write(t, dir, file, p.sign(t, f.options, f.documents...))
			made[file] = what + ", " + name
			for _, d := range f.documents {
				if f.options.Form == xades.Detached {
					write(t, dir, d.Name, contentOf(t, d))
				}
			}
		}
	}
	write(t, dir, "element.xml", newPerson(t, "P-384").sign(t, xades.Options{Element: "metin"}, xml(note)))
	made["element.xml"] = "an element"
	judge(t, dir, made)
}

// identifiers tell xmlsec1 which attributes are identifiers.
var identifiers = []string{"--id-attr:Id", "urn:x:metin", "--id-attr:Id", xades.Namespace + ":SignedProperties"}

// judge asks both about files in dir.
func judge(t *testing.T, dir string, made map[string]string) {
	t.Helper()
	verdicts := pkitest.Santuario(t, dir)
	for file, what := range made {
		if verdicts[file] != "accepts" {
			t.Errorf("%s: Santuario %s", what, verdicts[file])
		}
		// Debian's xmlsec1 knows no RSASSA-PSS, and opens no file by an escaped name.
		if strings.Contains(what, "PSS") || strings.Contains(what, "several") {
			continue
		}
		if complaint := pkitest.XMLSec(t, dir, file, identifiers...); complaint != "" {
			t.Errorf("%s: xmlsec1: %s", what, complaint)
		}
	}
}

func contentOf(t *testing.T, d ades.Document) []byte {
	t.Helper()
	content := make([]byte, d.Size)
	if _, err := d.Reader().ReadAt(content, 0); err != nil && d.Size > 0 {
		t.Fatal(err)
	}
	return content
}

// TestJudgesRefuse checks that the judges can say no.
func TestJudgesRefuse(t *testing.T) {
	dir := t.TempDir()
	signed := newPerson(t, "P-256").sign(t, xades.Options{}, xml(note))
	write(t, dir, "bad.xml", bytes.Replace(signed, []byte("Olur."), []byte("Olmaz."), 1))
	write(t, dir, "none.xml", []byte(note))
	verdicts := pkitest.Santuario(t, dir)
	if !strings.HasPrefix(verdicts["bad.xml"], "refuses") || !strings.HasPrefix(verdicts["none.xml"], "refuses") {
		t.Errorf("Santuario: %v", verdicts)
	}
	if complaint := pkitest.XMLSec(t, dir, "bad.xml", identifiers...); !strings.Contains(complaint, "digests differ") && !strings.Contains(complaint, "data and digest do not match") {
		t.Errorf("xmlsec1 about changed text: %s", complaint)
	}
}

// TestUBLTR signs the documents of the suite, and has both judges verify them.
func TestUBLTR(t *testing.T) {
	suite := pkitest.Suite(t, "ubl-tr")
	files, err := filepath.Glob(filepath.Join(suite, "*.xml"))
	if err != nil || len(files) != 8 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	dir, tally := t.TempDir(), pkitest.NewTally(t, "ubl-tr", "xades")
	made := map[string]string{}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range []string{"RSA-2048", "P-384"} {
			document := ades.NewDocument("fatura.xml", "text/xml", source)
			signed := newPerson(t, kind).sign(t, xades.Options{Dialect: xades.UBLTR}, document)
			name := kind + filepath.Base(file)
			write(t, dir, name, signed)
			made[name] = name
			tally.Judged("")
			if err := verify(signed, document); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	judge(t, dir, made)
}

// TestXAdESOracle reads what xmlsec1 has signed, and what was spoilt afterwards.
func TestXAdESOracle(t *testing.T) {
	suite := pkitest.Suite(t, "xades-oracle")
	data, err := os.ReadFile(filepath.Join(suite, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected map[string]struct{ Verdict string }
	if err := json.Unmarshal(data, &expected); err != nil || len(expected) != 8 {
		t.Fatalf("%d cases, %v", len(expected), err)
	}
	tally := pkitest.NewTally(t, "xades-oracle", "xades")
	for file, want := range expected {
		tally.Judged("")
		signed, err := os.ReadFile(filepath.Join(suite, file))
		if err != nil {
			t.Fatal(err)
		}
		if err := verify(signed); (err == nil) != (want.Verdict == "intact") {
			t.Errorf("%s: %v, and it is %s", file, err, want.Verdict)
		}
	}
}

// TestCardSignsSignedInfo checks what the threat model says of the bytes whose digest the card signs, and that no other
// format reads the whole.
func TestCardSignsSignedInfo(t *testing.T) {
	p := newPerson(t, "P-256")
	for what, f := range forms {
		prepared, err := xades.Prepare(p.signer, f.documents, f.options)
		if err != nil {
			t.Fatal(err)
		}
		pieces, err := prepared.Complete(p.card(t, prepared.Digest()))
		if err != nil {
			t.Fatal(err)
		}
		signed, err := io.ReadAll(pieces.Reader(f.documents))
		if err != nil {
			t.Fatal(err)
		}
		d, err := xmltree.Parse(signed)
		if err != nil {
			t.Fatal(err)
		}
		s, err := xmldsig.Read(d, d.IDs(), xmldsig.Find(d)[0])
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := s.Canonicalization.WriteElement(&b, d, s.Element.Elements()[0], nil); err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(b.Bytes()); !bytes.Equal(sum[:], prepared.Digest()) {
			t.Errorf("%s: the card signs something else than SignedInfo", what)
		}
		if !bytes.HasPrefix(b.Bytes(), []byte("<ds:SignedInfo ")) || b.Len() <= 128 {
			t.Errorf("%s: it signs %q", what, b.Bytes())
		}
		if _, err := cades.ParseFile(bytes.NewReader(signed), int64(len(signed))); err == nil {
			t.Errorf("%s: CAdES reads it", what)
		}
	}
}
