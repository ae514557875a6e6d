package extend_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/extend"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
	"github.com/e-onay/e-onay/internal/xades"
)

const noteXML = `<?xml version="1.0"?><not xmlns="urn:x"><metin Id="metin">Olur.</metin><ek Id="ek">Ek.</ek></not>`

// xmlScene is a world, a file and a time.
type xmlScene struct {
	*validationtest.World
	file      []byte
	documents []formats.Document
	now       time.Time
	tokens    [][]byte // that were given, with what each is over
	digests   [][]byte
}

// newXMLScene signs documents.
func newXMLScene(t testing.TB, o xades.Options, documents ...ades.Document) *xmlScene {
	t.Helper()
	s := &xmlScene{World: validationtest.New(t), now: validationtest.Signed.Add(time.Minute)}
	s.file = s.SignXML(validationtest.Signed, nil, o, documents...)
	for _, d := range documents {
		s.documents = append(s.documents, formats.Document{Name: d.Name, Content: formats.Content{Reader: d.Content, Size: d.Size}})
	}
	return s
}

func (s *xmlScene) content() formats.Content {
	return formats.Content{Reader: bytes.NewReader(s.file), Size: int64(len(s.file))}
}

// stamp is the time-stamp authority.
func (s *xmlScene) stamp(_ context.Context, _ crypto.Hash, digest []byte) ([]byte, error) {
	token := s.Stamp(digest, s.now)
	s.tokens, s.digests = append(s.tokens, token), append(s.digests, slices.Clone(digest))
	return token, nil
}

// edit takes the file through a step. What was there before stays there.
func (s *xmlScene) edit(step func(e extend.Editor) error) error {
	s.T.Helper()
	e, err := extend.OpenXAdES(extend.Target{File: s.content(), Documents: s.documents, ID: "1", Hash: crypto.SHA256})
	if err != nil {
		return err
	}
	if err := step(e); err != nil {
		return err
	}
	c, err := e.File()
	if err != nil {
		return err
	}
	made, err := io.ReadAll(io.NewSectionReader(c.Reader, 0, c.Size))
	if err != nil {
		return err
	}
	if !isInserted(s.file, made) {
		s.T.Errorf("bytes of\n%s\nchanged in\n%s", s.file, made)
	}
	s.file = made
	return nil
}

// isInserted reports whether made is file with bytes put in at one place.
func isInserted(file, made []byte) bool {
	at := 0
	for at < len(file) && at < len(made) && file[at] == made[at] {
		at++
	}
	return len(made) >= len(file) && bytes.Equal(file[at:], made[len(made)-len(file)+at:])
}

// must is edit for what has to succeed.
func (s *xmlScene) must(step func(e extend.Editor) error) {
	s.T.Helper()
	if err := s.edit(step); err != nil {
		s.T.Fatal(err)
	}
}

func (s *xmlScene) signatureStamp(e extend.Editor) error {
	return e.SignatureTimeStamp(s.T.Context(), s.stamp)
}

func (s *xmlScene) archiveStamp(e extend.Editor) error {
	return e.ArchiveTimeStamp(s.T.Context(), s.stamp)
}

// data is what a verdict at the scene's time rests on; of the time stamps' authority alone where onStamps is set.
func (s *xmlScene) data(onStamps bool) (out validation.Data) {
	out.Certificates = []*x509.Certificate{s.TSA, s.Root.Certificate}
	out.CRLs = [][]byte{s.CRL(s.Root, s.now.Add(-time.Minute), 24*time.Hour)}
	if !onStamps {
		out.Certificates = append(out.Certificates, s.Signer, s.CA.Certificate)
		out.OCSPs = [][]byte{s.OCSP(s.CA, s.Signer, s.now.Add(-time.Minute), 24*time.Hour)}
	}
	return out
}

// want judges the file at the scene's time by what it embeds, and more.
func (s *xmlScene) want(t testing.TB, level, form string, more ...validation.Data) *validation.SignatureReport {
	t.Helper()
	signatures, err := formats.Read(s.content(), s.documents...)
	if err != nil {
		t.Fatal(err)
	}
	policy := validation.DefaultPolicy()
	policy.Anchors = []validation.Anchor{{Certificate: s.Root.Certificate}}
	in := validation.Input{Signatures: signatures, Policy: policy, Moment: s.now}
	if len(more) > 0 {
		in.Data = more[0]
	}
	got := validation.Validate(in).Signatures[0]
	if got.Indication != validation.Passed || got.Level != level || got.Form != form {
		t.Errorf("%s %s of level %q and form %q, want passed of %q and %q: %+v", got.Indication, got.SubIndication, got.Level, got.Form, level, form, got.Reasons)
	}
	for _, stamp := range got.TimeStamps {
		if stamp.Indication != validation.Passed {
			t.Errorf("%s: %s %s %+v", stamp.Name, stamp.Indication, stamp.SubIndication, stamp.Reasons)
		}
	}
	return got
}

var xmlForms = map[string]func(t testing.TB) *xmlScene{
	"enveloped": func(t testing.TB) *xmlScene {
		return newXMLScene(t, xades.Options{}, ades.NewDocument("not.xml", "text/xml", []byte(noteXML)))
	},
	"enveloping": func(t testing.TB) *xmlScene {
		return newXMLScene(t, xades.Options{Form: xades.Enveloping}, ades.NewDocument("not.txt", "text/plain", []byte("Olur.")))
	},
	"detached": func(t testing.TB) *xmlScene {
		return newXMLScene(t, xades.Options{Form: xades.Detached}, ades.NewDocument("a b.txt", "text/plain", []byte("Olur.")),
			ades.NewDocument("ç.txt", "text/plain", []byte("Ek.")))
	},
}

// TestXAdESLasts takes signatures through all baseline levels, and another archive time stamp, until everybody's certificate but those of the
// last authority and the root has expired. xmlsec1 and openssl judge what was made.
func TestXAdESLasts(t *testing.T) {
	for name, make := range xmlForms {
		t.Run(name, func(t *testing.T) {
			s := make(t)
			s.want(t, "B", "BES", s.data(false))
			s.must(s.signatureStamp)
			s.now = s.now.Add(time.Minute)
			s.want(t, "T", "T", s.data(false))
			s.must(func(e extend.Editor) error { return e.Values(s.data(false)) })
			s.want(t, "LT", "")
			s.must(s.archiveStamp)
			s.now = s.now.Add(time.Minute)
			s.want(t, "LTA", "", s.data(true))

			s.now = validationtest.Day(2026, 6, 1) // the signer has half a year yet
			s.must(func(e extend.Editor) error { return e.Values(s.data(true)) })
			s.must(s.archiveStamp)
			s.now = validationtest.Day(2032, 1, 1) // signer and CA have expired
			got := s.want(t, "LTA", "", s.data(true))
			if len(got.TimeStamps) != 3 || !got.Proven.Equal(validationtest.Signed.Add(time.Minute)) {
				t.Errorf("%d time stamps, proven %v", len(got.TimeStamps), got.Proven)
			}
			s.judgeByOthers(t)
		})
	}
}

// judgeByOthers has xmlsec1 verify the signature, and openssl each time stamp.
func (s *xmlScene) judgeByOthers(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("signed.xml", s.file)
	for _, d := range s.documents {
		data := make([]byte, d.Size)
		if _, err := d.Reader.ReadAt(data, 0); err != nil {
			t.Fatal(err)
		}
		write(d.Name, data)
	}
	if len(s.documents) == 1 { // xmlsec1 opens no file by an escaped name
		complaint := pkitest.XMLSec(t, dir, "signed.xml", "--id-attr:Id", xades.Namespace+":SignedProperties")
		if complaint != "" {
			t.Errorf("xmlsec1: %s", complaint)
		}
	}
	if verdict := pkitest.Santuario(t, dir)["signed.xml"]; verdict != "accepts" {
		t.Errorf("Santuario %s", verdict)
	}
	anchors := write("anchors.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Root.Certificate.Raw}))
	for i, token := range s.tokens {
		out, err := exec.Command("openssl", "ts", "-verify", "-digest", hex.EncodeToString(s.digests[i]), "-in", write("token", token), "-token_in",
			"-CAfile", anchors, "-attime", strconv.FormatInt(validationtest.Signed.Unix(), 10)).CombinedOutput()
		if err != nil {
			t.Errorf("openssl ts: %v %s", err, out)
		}
	}
}

// TestXAdESLong makes what the Turkish guide calls ES-XL: complete references and values, without a time stamp of the references.
func TestXAdESLong(t *testing.T) {
	s := xmlForms["enveloped"](t)
	s.must(s.signatureStamp)
	s.now = s.now.Add(time.Minute)
	data := s.data(false)
	references := validation.Data{Certificates: []*x509.Certificate{s.CA.Certificate, s.Root.Certificate}, CRLs: data.CRLs, OCSPs: data.OCSPs}
	s.must(func(e extend.Editor) error {
		if err := e.References(references); err != nil {
			return err
		}
		return e.Values(data)
	})
	s.want(t, "", "XL")
	sum := sha256.Sum256(s.CA.Certificate.Raw)
	if digest := base64.StdEncoding.EncodeToString(sum[:]); !bytes.Contains(s.file, []byte("<ds:DigestValue xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">"+digest+"</ds:DigestValue>")) {
		t.Error("no reference to the CA")
	}
	for _, part := range []string{"<ds:X509SerialNumber", "CN=Doğrulama Kök", "<xades:CRLIdentifier><xades:Issuer>", "<xades:ByName>", "<xades:ProducedAt>2024-05-06T07:09:09Z<"} {
		if !bytes.Contains(s.file, []byte(part)) {
			t.Errorf("no %s", part)
		}
	}
	before := len(s.file)
	s.must(func(e extend.Editor) error { return e.References(references) })
	s.must(func(e extend.Editor) error { return e.Values(data) })
	if len(s.file) != before {
		t.Error("what is there was added again")
	}
	s.must(s.archiveStamp)
	s.now = s.now.Add(time.Minute)
	s.want(t, "", "A", s.data(true))
	s.judgeByOthers(t)
}

// TestXAdESSeveral adds to each of two signatures of one document; the other one stays good.
func TestXAdESSeveral(t *testing.T) {
	s := newXMLScene(t, xades.Options{Element: "metin"}, ades.NewDocument("not.xml", "text/xml", []byte(noteXML)))
	first := s.file
	second := newXMLScene(t, xades.Options{Element: "ek"}, ades.NewDocument("not.xml", "text/xml", first))
	second.documents = nil
	for _, id := range []string{"1", "2", "1"} {
		e, err := extend.OpenXAdES(extend.Target{File: second.content(), ID: id, Hash: crypto.SHA256})
		if err != nil {
			t.Fatal(err)
		}
		if err := second.signatureStamp(e); err != nil {
			t.Fatal(err)
		}
		c, err := e.File()
		if err != nil {
			t.Fatal(err)
		}
		if second.file, err = io.ReadAll(io.NewSectionReader(c.Reader, 0, c.Size)); err != nil {
			t.Fatal(err)
		}
	}
	signatures, err := formats.Read(second.content())
	if err != nil || len(signatures) != 2 {
		t.Fatalf("%d signatures, %v", len(signatures), err)
	}
	for i, s := range signatures {
		if want := 2 - i; len(s.TimeStamps) != want {
			t.Errorf("signature %s has %d time stamps, want %d", s.ID, len(s.TimeStamps), want)
		}
	}
}
