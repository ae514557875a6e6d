package relyingparty_test

import (
	"bytes"
	"crypto/x509"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/ades/adestest"
	"github.com/e-onay/e-onay/internal/asic"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/eyazisma"
	"github.com/e-onay/e-onay/internal/eyazisma/eyptest"
	"github.com/e-onay/e-onay/internal/eyp"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/jades"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/signature"
	"github.com/e-onay/e-onay/internal/xades"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// asked is what a site asks for, and how the host says the same.
type asked struct {
	relyingparty.SignatureOptions
	host      signature.Options
	documents []relyingparty.Document
}

func section(data []byte) *io.SectionReader {
	return io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data)))
}

// file has the world's person make what is asked for.
func (w *world) file(t testing.TB, a asked, at time.Time) []byte {
	t.Helper()
	hash, err := ades.HashFor(w.leaf.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	r := signature.Request{Signer: ades.Signer{Certificate: w.leaf, Chain: []*x509.Certificate{w.sub.Certificate}, Hash: hash, Time: at}, Options: a.host}
	for _, d := range a.documents {
		content := d.Content
		switch {
		case d.Base64 != nil:
			content = section(d.Base64)
		case content == nil:
			content = section([]byte(d.Data))
		}
		r.Documents = append(r.Documents, ades.Document{Name: d.Name, MediaType: d.MediaType, Size: content.Size(), Content: content})
	}
	profile := a.Profile
	if profile == "" {
		profile = "P1"
	}
	format, err := signature.Lookup(string(a.Format), string(profile))
	if err != nil {
		t.Fatal(err)
	}
	prepared, err := format.Prepare(r)
	if err != nil {
		t.Fatal(err)
	}
	return adestest.Sign(t, w.key, hash, prepared, r.Documents...)
}

func (w *world) verifyFile(t testing.TB, a asked, file []byte) (*relyingparty.Evidence, error) {
	return w.verifier.VerifyFile(t.Context(), relyingparty.SignedFile{SignatureOptions: a.SignatureOptions, Content: section(file), Documents: a.documents})
}

func binary(name, mediaType string, data []byte) relyingparty.Document {
	return relyingparty.Document{Name: name, MediaType: mediaType, Base64: data}
}

// forms are all that a page can ask for, by their names in docs/protocol/signing.md. Mehmet is somebody who has signed before.
func forms(t testing.TB, mehmet *world) map[string]asked {
	text := relyingparty.Document{Name: "onay.txt", Data: "Onay veriyorum.\n"}
	other := binary("ek.bin", "application/octet-stream", []byte{1, 2, 3})
	pdf := binary("a.pdf", "application/pdf", pdftest.Simple())
	xml := binary("a.xml", "application/xml", []byte(`<a xmlns="urn:a"><b Id="b1">Onay</b></a>`))
	p := eyptest.New("2.0")
	p.AddList(1)
	letter := binary("a.eyp", "application/eyazisma", p.Archive(t))
	earlier := time.Now().Add(-time.Minute)
	options := func(f relyingparty.Format) relyingparty.SignatureOptions {
		return relyingparty.SignatureOptions{Format: f}
	}
	detached := asked{options("cades"), signature.Options{}, []relyingparty.Document{text}}
	attached := asked{options("cades"), signature.Options{CAdES: cades.Options{Form: cades.Attached}}, []relyingparty.Document{text}}
	attached.CAdES = &relyingparty.CAdESOptions{Form: relyingparty.CAdESAttached}
	container := asked{options("asic"), signature.Options{ASiC: asic.Options{XAdES: true}}, []relyingparty.Document{text, other}}
	container.Together = true
	all := map[string]asked{
		"cades detached": detached, "cades attached": attached, "asic asic-e": container,
		"pades approval": {options("pades"), signature.Options{}, []relyingparty.Document{pdf}},
		"pades again": {options("pades"), signature.Options{}, []relyingparty.Document{
			binary("a.pdf", "application/pdf", mehmet.file(t, asked{options("pades"), signature.Options{}, []relyingparty.Document{pdf}}, earlier))}},
		"xades enveloped": {options("xades"), signature.Options{}, []relyingparty.Document{xml}},
		"jades attached":  {options("jades"), signature.Options{}, []relyingparty.Document{text}},
		"eyp signature":   {options("eyp"), signature.Options{}, []relyingparty.Document{letter}},
	}
	add := func(name string, format relyingparty.Format, host signature.Options, set func(*relyingparty.SignatureOptions), documents ...relyingparty.Document) {
		a := asked{options(format), host, documents}
		a.Together = len(documents) > 1
		set(&a.SignatureOptions)
		all[name] = a
	}
	cadesForm := func(form relyingparty.CAdESForm) func(*relyingparty.SignatureOptions) {
		return func(o *relyingparty.SignatureOptions) { o.CAdES = &relyingparty.CAdESOptions{Form: form} }
	}
	xadesOptions := func(x relyingparty.XAdESOptions) func(*relyingparty.SignatureOptions) {
		return func(o *relyingparty.SignatureOptions) { o.XAdES = &x }
	}
	p7s := binary("a.p7s", "application/pkcs7-signature", mehmet.file(t, detached, earlier))
	held := binary("a.p7s", "application/pkcs7-signature", mehmet.file(t, attached, earlier))
	add("cades parallel", "cades", signature.Options{CAdES: cades.Options{Form: cades.Parallel}}, cadesForm("parallel"), text, p7s)
	add("cades parallel, attached", "cades", signature.Options{CAdES: cades.Options{Form: cades.Parallel}}, cadesForm("parallel"), held)
	add("cades counter-signature", "cades", signature.Options{CAdES: cades.Options{Form: cades.CounterSignature}}, cadesForm("counter-signature"), text, p7s)
	add("pades certification", "pades", signature.Options{PAdES: pades.Options{Certify: 2}}, func(o *relyingparty.SignatureOptions) {
		o.PAdES = &relyingparty.PAdESOptions{Form: relyingparty.PAdESCertification}
	}, pdf)
	add("xades element", "xades", signature.Options{XAdES: xades.Options{Element: "b1"}}, xadesOptions(relyingparty.XAdESOptions{Element: "b1"}), xml)
	add("xades enveloping", "xades", signature.Options{XAdES: xades.Options{Form: xades.Enveloping, Dialect: xades.EPrescription}},
		xadesOptions(relyingparty.XAdESOptions{Form: relyingparty.XAdESEnveloping, Dialect: relyingparty.XAdESERecete}), xml)
	add("xades detached", "xades", signature.Options{XAdES: xades.Options{Form: xades.Detached}}, xadesOptions(relyingparty.XAdESOptions{Form: relyingparty.XAdESDetached}), text, other)
	add("asic asic-s", "asic", signature.Options{ASiC: asic.Options{Simple: true}}, func(o *relyingparty.SignatureOptions) {
		o.ASiC = &relyingparty.ASiCOptions{Form: relyingparty.ASiCS, Signature: relyingparty.FormatCAdES}
	}, text)
	add("asic further", "asic", signature.Options{ASiC: asic.Options{Further: true, XAdES: true}}, func(o *relyingparty.SignatureOptions) {
		o.ASiC = &relyingparty.ASiCOptions{Form: relyingparty.ASiCFurther}
	}, binary("a.asice", "application/vnd.etsi.asic-e+zip", mehmet.file(t, container, earlier)))
	add("jades detached", "jades", signature.Options{JAdES: jades.Options{Detached: true, Serialization: jades.General}}, func(o *relyingparty.SignatureOptions) {
		o.JAdES = &relyingparty.JAdESOptions{Form: relyingparty.JAdESDetached, Serialization: relyingparty.JAdESGeneral}
	}, text, other)
	initialled := eyptest.New("2.0")
	initialled.AddList(0)
	add("eyp initials", "eyp", signature.Options{EYP: eyp.Options{Role: eyazisma.Initial, Attached: true}}, func(o *relyingparty.SignatureOptions) {
		o.EYP = &relyingparty.EYPOptions{Form: relyingparty.EYPInitials}
	}, binary("b.eyp", "application/eyazisma", initialled.Archive(t)))
	return all
}

// others are how many signatures of somebody else are in a form's file.
var others = map[string]int{"pades again": 1, "cades parallel": 1, "cades parallel, attached": 1, "cades counter-signature": 1, "asic further": 1}

// TestVerifyFile verifies each form, and refuses it for other documents, another time or profile, and as another form.
func TestVerifyFile(t *testing.T) {
	w, mehmet := newWorld(t, "P-256"), newWorld(t, "P-384")
	all := forms(t, mehmet)
	files := map[string][]byte{}
	for name, a := range all {
		files[name] = w.file(t, a, time.Now())
	}
	for name, a := range all {
		t.Run(name, func(t *testing.T) {
			e, err := w.verifyFile(t, a, files[name])
			wantCode(t, err, "")
			if !e.Signer.Equal(w.leaf) || e.CitizenNumber != pkitest.Citizen || e.OCSP == nil || len(e.Others) != others[name] || e.VerifiedAt.IsZero() {
				t.Errorf("evidence %+v", e)
			}
			_, err = w.verifyFile(t, a, w.file(t, a, time.Now().Add(-time.Hour)))
			wantCode(t, err, fault.SignatureTime)
			changed := a
			changed.documents = slices.Clone(a.documents)
			changed.documents[0] = otherContent(t, a.documents[0])
			if _, err := w.verifyFile(t, changed, files[name]); err == nil {
				t.Error("accepted for another document")
			}
			for form, as := range all {
				if form == name || as.Format != a.Format {
					continue
				}
				as.documents = a.documents
				if _, err := w.verifyFile(t, as, files[name]); err == nil && !isAnother[name+" as "+form] {
					t.Errorf("accepted as %s", form)
				}
			}
			if _, err := w.verifyFile(t, a, append(slices.Clone(files[name]), ' ', '\n')); err == nil && a.Format != "xades" && a.Format != "jades" {
				t.Error("accepted with bytes behind it")
			}
			checkProfile(t, w, a)
		})
	}
}

// isAnother are forms that are one and the same for a file: the same signature of a PDF; ASiC-E of one file.
var isAnother = map[string]bool{
	"pades approval as pades again": true, "pades again as pades approval": true, "asic asic-s as asic asic-e": true,
	"cades parallel, attached as cades attached": true, "cades parallel, attached as cades parallel": true,
}

// otherContent returns a document of the same kind with other content.
func otherContent(t *testing.T, d relyingparty.Document) relyingparty.Document {
	t.Helper()
	d.Content = nil
	switch {
	case d.Data != "":
		d.Data += " "
	case d.MediaType == "application/pdf":
		d.Base64 = pdftest.Build(pdftest.Pages("", pdftest.Page{Text: "Merhaba!"}), "")
	case d.MediaType == "application/xml":
		d.Base64 = bytes.Replace(d.Base64, []byte("Onay"), []byte("onay"), 1)
	case d.MediaType == "application/eyazisma":
		p := eyptest.New("2.0")
		p.Set(eyptest.Annex1, "%PDF-1.7 ek 1, baska")
		p.AddList(1)
		p.AddList(0)
		d.Base64 = p.Archive(t)
	default: // a file that somebody else has signed
		stranger := newWorld(t, "P-256")
		for _, a := range forms(t, stranger) {
			if last := a.documents[len(a.documents)-1]; last.MediaType == d.MediaType {
				d.Base64 = last.Base64
			}
		}
	}
	return d
}

// checkProfile signs in P4, and verifies that as P4 alone.
func checkProfile(t *testing.T, w *world, a asked) {
	t.Helper()
	if a.Format == "asic" || a.Format == "jades" {
		a.Profile = "P4"
		_, err := w.verifyFile(t, a, nil)
		wantCode(t, err, fault.Unsupported)
		return
	}
	p1 := a
	a.Profile = "P4"
	file := w.file(t, a, time.Now())
	_, err := w.verifyFile(t, a, file)
	wantCode(t, err, "")
	_, err = w.verifyFile(t, p1, file)
	wantCode(t, err, fault.SignatureAttributes)
}

// TestVerifyFileThatShowsMore has files in which a genuine signature over the very documents stands beside something else.
func TestVerifyFileThatShowsMore(t *testing.T) {
	w, mehmet := newWorld(t, "P-256"), newWorld(t, "P-384")
	all := forms(t, mehmet)
	pdf := all["pades approval"]
	signed := w.file(t, pdf, time.Now())
	later := pdf
	later.documents = []relyingparty.Document{binary("a.pdf", "application/pdf", signed)}
	_, err := w.verifyFile(t, pdf, mehmet.file(t, later, time.Now()))
	wantCode(t, err, fault.SignatureInvalid)

	_, err = w.verifyFile(t, pdf, pdf.documents[0].Base64)
	wantCode(t, err, fault.SignatureMalformed)

	enveloping := all["xades enveloping"]
	file := w.file(t, enveloping, time.Now())
	start := bytes.Index(file, []byte("<ds:Signature"))
	around := slices.Concat([]byte("<a>Hayır"), file[start:], []byte("</a>"))
	_, err = w.verifyFile(t, enveloping, around)
	wantCode(t, err, fault.SignatureInvalid)

	element := all["xades element"]
	file = w.file(t, element, time.Now())
	_, err = w.verifyFile(t, element, bytes.Replace(file, []byte("<b "), []byte("<c/><b "), 1))
	wantCode(t, err, fault.SignatureInvalid)

	parallel := all["cades parallel"]
	_, err = w.verifyFile(t, parallel, w.file(t, all["cades detached"], time.Now()))
	wantCode(t, err, fault.SignatureInvalid)
	_, err = w.verifyFile(t, parallel, parallel.documents[1].Base64)
	wantCode(t, err, fault.SignatureAttributes)
}

// TestVerifyFileKeepsAnswers verifies a file again from what was kept.
func TestVerifyFileKeepsAnswers(t *testing.T) {
	w := newWorld(t, "P-256")
	a := forms(t, w)["pades approval"]
	file := w.file(t, a, time.Now())
	e, err := w.verifyFile(t, a, file)
	wantCode(t, err, "")
	kept := relyingparty.Kept{
		OCSP: []relyingparty.KeptAnswer{{DER: e.OCSP.DER, URL: e.OCSP.URL}}, CRLs: []relyingparty.KeptAnswer{{DER: e.CRLs[0].DER, URL: e.CRLs[0].URL}},
		ReceivedAt: e.VerifiedAt, VerifiedAt: e.VerifiedAt,
	}
	for _, c := range e.Path {
		kept.Path = append(kept.Path, c.Raw)
	}
	asked := w.requests.Load()
	again, err := w.verifier.ReverifyFile(t.Context(), relyingparty.SignedFile{SignatureOptions: a.SignatureOptions, Content: section(file), Documents: a.documents}, kept)
	wantCode(t, err, "")
	if w.requests.Load() != asked || !bytes.Equal(again.Digest, e.Digest) {
		t.Error("it asked somebody, or is about another file")
	}
}

// TestVerifyFileInLittleMemory verifies a PDF of 100 MB that lies in a file.
func TestVerifyFileInLittleMemory(t *testing.T) {
	w := newWorld(t, "P-256")
	w.verifier.Intermediates = []*x509.Certificate{w.sub.Certificate}
	stream := make([]byte, 100_000_000)
	objects := append(pdftest.Pages("", pdftest.Page{Text: "Merhaba"}), pdftest.Object{Number: 6, Body: "<</Length 100000000>>\nstream\n" + string(stream) + "\nendstream"})
	a := asked{SignatureOptions: relyingparty.SignatureOptions{Format: relyingparty.FormatPAdES}}
	open := func(name string, data []byte) *io.SectionReader {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		return io.NewSectionReader(file, 0, int64(len(data)))
	}
	a.documents = []relyingparty.Document{{Name: "a.pdf", MediaType: "application/pdf", Content: open("a.pdf", pdftest.Build(objects, ""))}}
	signed := open("signed.pdf", w.file(t, a, time.Now()))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := w.verifier.VerifyFile(t.Context(), relyingparty.SignedFile{SignatureOptions: a.SignatureOptions, Content: signed, Documents: a.documents})
	runtime.ReadMemStats(&after)
	wantCode(t, err, "")
	if used := after.TotalAlloc - before.TotalAlloc; used > 32<<20 {
		t.Errorf("it took %d MiB of memory", used>>20)
	}
}
