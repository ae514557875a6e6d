package formats_test

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/asic"
	"github.com/e-onay/e-onay/internal/eyazisma/eyptest"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/pdf"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
	"github.com/e-onay/e-onay/internal/xades"
)

func content(data []byte) formats.Content {
	return formats.Content{Reader: bytes.NewReader(data), Size: int64(len(data))}
}

// holds reports whether a file has a text in it, as it is or in base64.
func holds(file []byte, text string) bool {
	return bytes.Contains(file, []byte(text)) || bytes.Contains(file, []byte(base64.StdEncoding.EncodeToString([]byte(text))))
}

// FuzzRead reads and judges whatever there is. Nothing passes but what was signed: the seeds over the content of their signer.
func FuzzRead(f *testing.F) {
	w := validationtest.New(f)
	signed := validationtest.Signed
	data := validation.Data{
		OCSPs: [][]byte{w.OCSP(w.CA, w.Signer, signed, 24*time.Hour)},
		CRLs:  [][]byte{w.CRL(w.Root, signed, 24*time.Hour)},
	}
	const text = "Onay veriyorum."
	f.Add(w.NewSignature(text).Sign().DER())
	f.Add(w.NewSignature(text).Sign().AddSignatureStamp(signed).AddOCSP(data.OCSPs[0]).AddCRL(data.CRLs[0]).AddArchiveStamp(signed.Add(time.Minute)).DER())
	f.Add(w.NewSignature(text).Sign().AddSignatureStamp(signed).AddReferencesStamp(signed).AddArchiveStampV2(signed, true).DER())
	f.Add(w.NewSignature(text).Sign().AddCounterSignature(w.Signer, w.Key).DER())
	f.Add(w.NewSignature(text).Sign().AddRecord(crypto.SHA256, signed, func(r *validationtest.Record, digests func(crypto.Hash) [][]byte) {
		r.Renew(signed.Add(time.Minute)).RenewTree(crypto.SHA512, signed.Add(2*time.Minute), digests(crypto.SHA512)...)
	}).DER())
	f.Add(signXML(w, xades.Options{}, xmlDocument("<not>"+text+"</not>")))
	f.Add(signXML(w, xades.Options{Form: xades.Enveloping}, ades.NewDocument("not.txt", "text/plain", []byte(text))))
	f.Add(signXML(w, xades.Options{Element: "a"}, xmlDocument(`<not><a Id="a">`+text+`</a></not>`)))
	f.Add([]byte("-----BEGIN CMS-----\nMAA=\n-----END CMS-----\n"))
	document := pdftest.Build(pdftest.Pages("", pdftest.Page{Text: text}), "")
	f.Add(w.SignPDF(document, signed, pades.Options{}))
	f.Add(updatedPDF(f, w.SignPDF(document, signed, pades.Options{Certify: 2}), func(_ *pdf.File, u *pdf.Update) {
		u.Set(pdf.Ref{Number: 5}, &pdf.NewStream{Dict: pdf.Dict{}, Data: []byte("BT ET")})
	}))
	f.Add(stampedPDF(f, w, w.SignPDF(document, signed, pades.Options{})))
	policy := validation.DefaultPolicy()
	policy.Anchors = []validation.Anchor{{Certificate: w.Root.Certificate}}
	f.Fuzz(func(t *testing.T, file []byte) {
		signatures, err := formats.Read(content(file))
		if err != nil {
			switch fault.CodeOf(err) {
			case fault.SignatureMalformed, fault.Unsupported, fault.PDFMalformed, fault.PDFEncrypted, fault.PDFUnsigned, fault.PDFOnlyStamped:
			default:
				t.Errorf("code of %v", err)
			}
			return
		}
		report := validation.Validate(validation.Input{Signatures: signatures, Policy: policy, Moment: signed.Add(time.Hour), Data: data})
		for i, s := range report.Signatures {
			switch {
			case s.Indication != validation.Passed && (s.SubIndication == "" || len(s.Reasons) == 0):
				t.Errorf("%s %q without a reason", s.Indication, s.SubIndication)
			case s.Indication == validation.Passed && (!s.Intact || s.Covers.Later == validation.LaterChanged || signatures[i].Covers.Digest == nil || !holds(file, text)):
				t.Error("passed over anything")
			}
		}
	})
}

// FuzzJAdES reads and judges whatever there is. Nothing passes but what was signed.
func FuzzJAdES(f *testing.F) {
	w := validationtest.New(f)
	signed, data := validationtest.Signed, revocation(w)
	good := newJWS(w, consent).sign()
	f.Add([]byte(good.compact()))
	f.Add([]byte(rawPayload(w).flattened()))
	f.Add([]byte(newJWS(w, consent).sign().sigTst(signed).values(data).arcTst(signed.Add(time.Minute), nil).general(good)))
	clear := newJWS(w, consent).sign()
	clear.clear = true
	f.Add([]byte(clear.sigTst(signed).arcTst(signed, func(o object) string { return asJSON(f, o) }).add(object{"cSig": good.compact()}).flattened()))
	f.Add([]byte(newJWS(w, "").with("sigD", object{"mId": "http://uri.etsi.org/19182/ObjectIdByURI", "pars": []string{"a"}}).sign().compact()))
	f.Fuzz(func(t *testing.T, file []byte) { fuzzed(t, w, data, file, consent) })
}

// fuzzed judges a file that may be anything. It passes only with the text that was signed in it.
func fuzzed(t *testing.T, w *validationtest.World, data validation.Data, file []byte, texts ...string) {
	t.Helper()
	signatures, err := formats.Read(content(file), formats.Document{Name: "a", Content: content([]byte("x"))})
	if err != nil {
		switch fault.CodeOf(err) {
		case fault.SignatureMalformed, fault.Unsupported, fault.ContainerMalformed, fault.PackageMalformed, fault.PackageUnsupported:
		default:
			t.Errorf("code of %v", err)
		}
		return
	}
	policy := validation.DefaultPolicy()
	policy.Anchors = []validation.Anchor{{Certificate: w.Root.Certificate}}
	report := validation.Validate(validation.Input{Signatures: signatures, Policy: policy, Moment: validationtest.Signed.Add(time.Hour), Data: data})
	for _, s := range report.Signatures {
		isOurs := slices.ContainsFunc(texts, func(text string) bool {
			isIt := func(hexadecimal string) bool {
				return slices.ContainsFunc([]crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512}, func(by crypto.Hash) bool {
					h := by.New()
					h.Write([]byte(text))
					return hexadecimal == hex.EncodeToString(h.Sum(nil))
				})
			}
			return isIt(s.Covers.Digest) || slices.ContainsFunc(s.Covers.Parts, func(p validation.PartReport) bool { return isIt(p.Digest) })
		})
		switch {
		case s.Indication != validation.Passed && (s.SubIndication == "" || len(s.Reasons) == 0):
			t.Errorf("%s %q without a reason", s.Indication, s.SubIndication)
		case s.Indication == validation.Passed && (!s.Intact || !isOurs):
			t.Errorf("passed over %+v", s.Covers)
		}
	}
}

// FuzzContainer reads and judges whatever begins as a ZIP does.
func FuzzContainer(f *testing.F) {
	w := validationtest.New(f)
	data := revocation(w)
	files := filesBox()
	signed := signBox(w, files, files.manifest(boxSignature, "a.txt"), nil)
	f.Add([]byte(signed.zip(f)))
	f.Add([]byte(signed.with(boxStamp, "x").with("META-INF/signatures.xml", "<x/>").zip(f)))
	f.Add(signedPackage(w, "2.0").Archive(f))
	f.Fuzz(func(t *testing.T, file []byte) {
		fuzzed(t, w, data, append([]byte("PK\x03\x04"), bytes.TrimPrefix(file, []byte("PK\x03\x04"))...), "bir", eyptest.New("2.0").Parts[eyptest.Letter])
	})
}

// FuzzManifest puts whatever there is into the place of a manifest, over which there is a signature: it passes only with the file as
// it is.
func FuzzManifest(f *testing.F) {
	w := validationtest.New(f)
	data := revocation(w)
	files := filesBox()
	f.Add(files.manifest(boxSignature, "a.txt", "klasör/b.txt"), false)
	f.Add(sha1Manifest(files), false)
	f.Add(files.manifest(boxStamp, "a.txt", boxSignature, boxManifest), true)
	f.Add(strings.Replace(files.manifest(boxSignature, "a.txt"), "<a:DataObjectReference", `<a:ASiCManifestExtensions/><a:DataObjectReference MimeType="x" Rootfile="true"`, 1), false)
	stamp := w.Stamp(make([]byte, 32), validationtest.Signed)
	f.Fuzz(func(t *testing.T, manifest string, isArchive bool) {
		w := *w
		w.T = t
		b := files
		if isArchive {
			b = signBox(&w, b, b.manifest(boxSignature, "a.txt"), nil).with(boxArchive, manifest).with(boxStamp, string(stamp))
		} else {
			b = signBox(&w, b, manifest, nil)
		}
		fuzzed(t, &w, data, []byte(b.zip(t)), "bir", "iki", asic.MediaTypeE, manifest)
	})
}
