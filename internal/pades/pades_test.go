package pades_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

var signedAt = time.Date(2026, 11, 30, 0, 15, 30, 0, time.UTC)

// person is a signer with a card, in Go.
type person struct {
	root, sub   *pkitest.Authority
	certificate *x509.Certificate
	key         crypto.Signer
}

func newPerson(t testing.TB, kind string) *person {
	t.Helper()
	p := &person{root: pkitest.Root(t, "Deneme Kök"), key: pkitest.Key(t, kind)}
	p.sub = p.root.Sub(t, "Deneme Alt Kök")
	p.certificate = p.sub.Issue(t, p.key.Public())
	return p
}

func (p *person) signer(t testing.TB) ades.Signer {
	t.Helper()
	hash, err := ades.HashFor(p.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return ades.Signer{Certificate: p.certificate, Chain: []*x509.Certificate{p.sub.Certificate}, Hash: hash, Time: signedAt}
}

// card is what a card answers.
func (p *person) card(t testing.TB, s ades.Signer, digest []byte) []byte {
	t.Helper()
	var options crypto.SignerOpts = s.Hash
	if s.PSS {
		options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: s.Hash}
	}
	value, err := p.key.Sign(rand.Reader, digest, options)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func (p *person) signWith(t testing.TB, s ades.Signer, file []byte, o pades.Options) ([]byte, error) {
	t.Helper()
	documents := []ades.Document{ades.NewDocument("belge.pdf", "application/pdf", file)}
	prepared, err := pades.Prepare(s, documents, o)
	if err != nil {
		if prepared != nil {
			t.Error("prepared, and an error")
		}
		return nil, err
	}
	pieces, err := prepared.Complete(p.card(t, s, prepared.Digest()))
	if err != nil {
		return nil, err
	}
	if err := pieces.Check(documents); err != nil {
		t.Fatal(err)
	}
	return io.ReadAll(pieces.Reader(documents))
}

// sign signs file, which must work.
func (p *person) sign(t testing.TB, file []byte, o pades.Options) []byte {
	t.Helper()
	signed, err := p.signWith(t, p.signer(t), file, o)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(signed, file) {
		t.Fatal("the document has changed")
	}
	return signed
}

func parse(file []byte) ([]*pades.Signature, error) {
	return pades.Parse(bytes.NewReader(file), int64(len(file)))
}

// last returns the newest signature of a file.
func last(t testing.TB, file []byte) *pades.Signature {
	t.Helper()
	all, err := parse(file)
	if err != nil {
		t.Fatal(err)
	}
	return all[len(all)-1]
}

func wantCode(t testing.TB, err error, want fault.Code) {
	t.Helper()
	if want == "" && err == nil {
		return
	}
	if err == nil || fault.CodeOf(err) != want {
		t.Errorf("%v, want %q", err, want)
	}
}

// der is what Contents holds, without the zeros behind it.
func der(t testing.TB, s *pades.Signature) []byte {
	t.Helper()
	var value asn1.RawValue
	if _, err := asn1.Unmarshal(s.Contents, &value); err != nil {
		t.Fatal(err)
	}
	return value.FullBytes
}

// judge has pdfsig, qpdf, mutool and openssl look at a file whose newest signature is p's, over the whole file.
func (p *person) judge(t *testing.T, file []byte, count int) {
	t.Helper()
	pdftest.Check(t, file)
	path := pdftest.Write(t, file)
	out, err := pdftest.Run(t, "pdfsig", "-nocert", path)
	if err != nil || strings.Count(out, "Signature is Valid.") != count || !strings.Contains(out, "Total document signed") ||
		strings.Count(out, "ETSI.CAdES.detached") != count {
		t.Errorf("pdfsig: %v: %s", err, out)
	}
	p.judgeCMS(t, file)
}

// judgeCMS has openssl verify the newest signature over what its ByteRange covers.
func (p *person) judgeCMS(t *testing.T, file []byte) {
	t.Helper()
	s := last(t, file)
	covered := append(bytes.Clone(file[:s.ByteRange[1]]), file[s.ByteRange[2]:]...)
	dir := t.TempDir()
	content, cms := filepath.Join(dir, "content"), filepath.Join(dir, "cms")
	for name, data := range map[string][]byte{content: covered, cms: der(t, s)} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	anchor := pkitest.WriteCertificates(t, dir, "root.pem", p.root.Certificate)
	if out, err := pdftest.Run(t, "openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", cms, "-content", content, "-CAfile", anchor, "-out", os.DevNull); err != nil {
		t.Errorf("openssl: %v: %s", err, out)
	}
}

// TestKindsOfFiles signs each kind of file three times, the second time visibly.
func TestKindsOfFiles(t *testing.T) {
	p := newPerson(t, "P-384")
	plain := pdftest.Build(pdftest.Pages("", pdftest.Page{Text: "Bir"}, pdftest.Page{Text: "Iki"}), "")
	for name, file := range map[string][]byte{
		"table":                      plain,
		"no end of line":             bytes.TrimSpace(plain),
		"object streams":             pdftest.QPDF(t, plain, "--object-streams=generate"),
		"linearised":                 pdftest.QPDF(t, plain, "--linearize"),
		"linearised, object streams": pdftest.QPDF(t, plain, "--linearize", "--object-streams=generate"),
		"PDF 2.0":                    pdftest.QPDF(t, plain, "--force-version=2.0"),
		"PDF 1.3":                    pdftest.QPDF(t, plain, "--force-version=1.3"),
	} {
		t.Run(name, func(t *testing.T) {
			for n, o := range []pades.Options{{}, {Stamp: &pades.Stamp{Area: pades.Area{Left: 50, Bottom: 50, Width: 200, Height: 60}}}, {Reason: "Onaylıyorum"}} {
				document := file
				file = p.sign(t, file, o)
				p.judge(t, file, n+1)
				all, err := parse(file)
				if err != nil || len(all) != n+1 {
					t.Fatalf("%d signatures, %v", len(all), err)
				}
				for i, s := range all {
					wantCode(t, s.Verify(nil), "")
					if (s.BytesAfter == 0) != (i == n) || s.Revision != i+1 {
						t.Errorf("signature %d covers revision %d, and %d bytes are behind it", i, s.Revision, s.BytesAfter)
					}
				}
				wantCode(t, all[n].Verify([]ades.Document{ades.NewDocument("", "", document)}), "")
				wantCode(t, all[n].Verify([]ades.Document{ades.NewDocument("", "", plain[:len(plain)-9])}), fault.SignatureInvalid)
			}
		})
	}
}

// TestKeys has each kind of key and way to sign judged; every length is, in the tests of package cades.
func TestKeys(t *testing.T) {
	kinds := []string{"RSA-2048", "P-256", "P-384", "P-521", "RSA-2048 PSS"}
	document := pdftest.Simple()
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			p := newPerson(t, kind)
			s := p.signer(t)
			s.PSS = strings.HasSuffix(kind, "PSS")
			file, err := p.signWith(t, s, document, pades.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if s.PSS {
				pdftest.Check(t, file) // pdfsig knows no PSS
			} else {
				p.judge(t, file, 1)
			}
			signature := last(t, file)
			wantCode(t, signature.Verify(nil), "")
			claims := signature.Claims()
			if !claims.Certificate.Equal(p.certificate) || len(claims.Certificates) != 2 || !claims.SigningTime.Equal(signedAt) || claims.Hash != s.Hash || claims.Policy != nil {
				t.Errorf("it claims %+v", claims)
			}
		})
	}
}

// TestBouncyCastleAccepts has one signature judged by BouncyCastle, too; those of every key are, in the tests of package cades.
func TestBouncyCastleAccepts(t *testing.T) {
	file := newPerson(t, "P-384").sign(t, pdftest.Simple(), pades.Options{})
	s := last(t, file)
	dir := t.TempDir()
	covered := append(bytes.Clone(file[:s.ByteRange[1]]), file[s.ByteRange[2]:]...)
	for name, data := range map[string][]byte{"content": covered, "x.p7s": der(t, s)} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if verdict := pkitest.BouncyCastle(t, dir)["x.p7s"]; verdict != "accepts" {
		t.Errorf("BouncyCastle %s", verdict)
	}
}

// TestRoom checks that Contents is as large as key, chain and policy need.
func TestRoom(t *testing.T) {
	p := newPerson(t, "RSA-2048")
	s := p.signer(t)
	lengths := map[string]int{}
	policy := &ades.Policy{OID: []int{2, 16, 792, 1, 61, 0, 1, 5070, 3, 1, 1}, Hash: crypto.SHA256, Digest: make([]byte, 32), URI: "https://example.tr/p.pdf"}
	for name, change := range map[string]func(*ades.Signer){
		"chain": func(*ades.Signer) {}, "alone": func(s *ades.Signer) { s.Chain = nil }, "policy": func(s *ades.Signer) { s.Policy = policy },
	} {
		s := s
		change(&s)
		file, err := p.signWith(t, s, pdftest.Simple(), pades.Options{})
		if err != nil {
			t.Fatal(err)
		}
		signature := last(t, file)
		wantCode(t, signature.Verify(nil), "")
		lengths[name] = len(signature.Contents)
		if got := signature.Claims().Policy; (got != nil) != (s.Policy != nil) {
			t.Errorf("policy %v", got)
		}
		if name != "alone" {
			p.judge(t, file, 1)
		}
	}
	if lengths["chain"]-lengths["alone"] < len(p.sub.Certificate.Raw) || lengths["chain"] > 4000 || lengths["policy"] < lengths["chain"]+8000 {
		t.Errorf("rooms %v", lengths)
	}
}

// TestEveryByteIsCovered changes each byte but those of Contents, and puts bytes before, between and behind.
func TestEveryByteIsCovered(t *testing.T) {
	p := newPerson(t, "P-256")
	file := p.sign(t, pdftest.Simple(), pades.Options{})
	s := last(t, file)
	refused := func(what string, changed []byte) {
		all, err := parse(changed)
		if err == nil && all[0].Verify(nil) == nil {
			t.Error(what)
		}
	}
	for i := range file {
		if i > int(s.ByteRange[1]) && i < int(s.ByteRange[2])-1 {
			continue
		}
		changed := bytes.Clone(file)
		changed[i] ^= 1
		refused(fmt.Sprintf("byte %d, %q, can be %q", i, file[i], changed[i]), changed)
	}
	refused("a space before", append([]byte(" "), file...))
	refused("a space behind", append(bytes.Clone(file), ' '))
	refused("an end of line behind", append(bytes.Clone(file), '\n'))
	padding := int(s.ByteRange[2]) - 3 // the last digits of Contents
	changed := bytes.Clone(file)
	changed[padding] = '1'
	refused("something in the padding", changed)
	changed[padding] = ' '
	refused("a space in the padding", changed)
}

func TestDistrustsTheCard(t *testing.T) {
	p := newPerson(t, "P-256")
	s := p.signer(t)
	prepared, err := pades.Prepare(s, []ades.Document{ades.NewDocument("", "", pdftest.Simple())}, pades.Options{})
	if err != nil {
		t.Fatal(err)
	}
	value := p.card(t, s, prepared.Digest())
	value[len(value)-1] ^= 1
	_, err = prepared.Complete(value)
	wantCode(t, err, fault.TokenError)
}

func TestPrepareWants(t *testing.T) {
	p := newPerson(t, "P-256")
	s := p.signer(t)
	document := ades.NewDocument("", "", pdftest.Simple())
	none, timeless := s, s
	none.Certificate = nil
	timeless.Time = time.Time{}
	for name, test := range map[string]struct {
		s         ades.Signer
		documents []ades.Document
	}{
		"a certificate":       {none, []ades.Document{document}},
		"a time":              {timeless, []ades.Document{document}},
		"a hash":              {ades.Signer{Certificate: p.certificate, Time: signedAt}, []ades.Document{document}},
		"a document":          {s, nil},
		"one document":        {s, []ades.Document{document, document}},
		"content":             {s, []ades.Document{{Size: 100}}},
		"as much as it says":  {s, []ades.Document{{Size: document.Size + 10, Content: document.Content}}},
		"a PDF":               {s, []ades.Document{ades.NewDocument("", "", []byte("metin"))}},
		"one of known length": {s, []ades.Document{{Size: 1 << 40, Content: document.Content}}},
	} {
		if prepared, err := pades.Prepare(test.s, test.documents, pades.Options{}); err == nil || prepared != nil {
			t.Errorf("%s: prepared", name)
		}
	}
}

// TestFiftySignatures signs a PDF with fifty earlier signatures.
func TestFiftySignatures(t *testing.T) {
	p := newPerson(t, "P-256")
	file := pdftest.Simple()
	for range 50 {
		file = p.sign(t, file, pades.Options{})
	}
	began := time.Now()
	file = p.sign(t, file, pades.Options{})
	if d := time.Since(began); d > time.Second {
		t.Errorf("the 51st signature took %v", d)
	}
	all, err := parse(file)
	if err != nil || len(all) != 51 {
		t.Fatalf("%d signatures, %v", len(all), err)
	}
	for i, s := range all {
		wantCode(t, s.Verify(nil), "")
		if s.Field.Name != fmt.Sprint("Signature", i+1) {
			t.Errorf("field %q", s.Field.Name)
		}
	}
}

func BenchmarkFiftySignatures(b *testing.B) {
	p := newPerson(b, "P-256")
	file := pdftest.Simple()
	for range 50 {
		file = p.sign(b, file, pades.Options{})
	}
	for b.Loop() {
		if _, err := pades.Prepare(p.signer(b), []ades.Document{ades.NewDocument("", "", file)}, pades.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// large is a document of so many bytes, of which only a few are in memory: its page has zeros as content.
type large struct {
	head, tail []byte
	size       int64
}

func newLarge(zeros int64) *large {
	objects := pdftest.Pages("", pdftest.Page{})
	var head, tail bytes.Buffer
	head.WriteString("%PDF-1.7\n")
	offsets := []int{0}
	for _, o := range objects[:4] {
		offsets = append(offsets, head.Len())
		fmt.Fprintf(&head, "%d 0 obj\n%s\nendobj\n", o.Number, o.Body)
	}
	offsets = append(offsets, head.Len())
	fmt.Fprintf(&head, "5 0 obj\n<</Length %d>>\nstream\n", zeros)
	tail.WriteString("\nendstream\nendobj\n")
	start := int64(head.Len()) + zeros + int64(tail.Len())
	tail.WriteString("xref\n0 6\n0000000000 65535 f\r\n")
	for _, offset := range offsets[1:] {
		fmt.Fprintf(&tail, "%010d 00000 n\r\n", offset)
	}
	fmt.Fprintf(&tail, "trailer\n<</Root 1 0 R/Size 6>>\nstartxref\n%d\n%%%%EOF\n", start)
	return &large{head: head.Bytes(), tail: tail.Bytes(), size: int64(head.Len()) + zeros + int64(tail.Len())}
}

func (l *large) ReadAt(b []byte, offset int64) (int, error) {
	tail := l.size - int64(len(l.tail))
	for i := range b {
		at := offset + int64(i)
		switch {
		case at >= l.size:
			return i, io.EOF
		case at < int64(len(l.head)):
			b[i] = l.head[at]
		case at >= tail:
			b[i] = l.tail[at-tail]
		default:
			b[i] = 0
		}
	}
	return len(b), nil
}

// TestMemory signs a document of 100 MB in the memory of one of a kilobyte.
func TestMemory(t *testing.T) {
	p := newPerson(t, "P-256")
	l := newLarge(100_000_000)
	documents := []ades.Document{{Size: l.size, Content: l}}
	s := p.signer(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	prepared, err := pades.Prepare(s, documents, pades.Options{})
	if err != nil {
		t.Fatal(err)
	}
	pieces, err := prepared.Complete(p.card(t, s, prepared.Digest()))
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 2<<20 {
		t.Errorf("%d bytes were allocated", n)
	}
	whole := pieces.Reader(documents)
	all, err := pades.Parse(whole, whole.Size())
	if err != nil {
		t.Fatal(err)
	}
	wantCode(t, all[0].Verify(nil), "")
}

// TestOtherFormats puts a detached CAdES signature, which is one for a file of its own, into a PDF, and takes a PDF's out of it.
func TestOtherFormats(t *testing.T) {
	p := newPerson(t, "P-256")
	file := p.sign(t, pdftest.Simple(), pades.Options{})
	s := last(t, file)
	if _, err := cades.Parse(der(t, s)); err == nil {
		t.Error("a PDF's signature is read as a detached one")
	}
	covered := append(bytes.Clone(file[:s.ByteRange[1]]), file[s.ByteRange[2]:]...)
	signer := p.signer(t)
	signer.Chain = nil
	h := signer.Hash.New()
	h.Write(covered)
	detached, err := cades.Sign(cades.Request{Signer: signer, ContentDigest: h.Sum(nil)}, func(digest []byte) ([]byte, error) { return p.card(t, signer, digest), nil })
	if err != nil {
		t.Fatal(err)
	}
	value := make([]byte, len(s.Contents))
	copy(value, detached)
	copy(file[s.ByteRange[1]+1:], hex.EncodeToString(value))
	wantCode(t, last(t, file).Verify(nil), fault.SignatureAttributes)
}
