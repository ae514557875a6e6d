package formats_test

import (
	"bytes"
	"encoding/base64"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
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
