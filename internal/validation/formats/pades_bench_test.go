package formats_test

import (
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// BenchmarkPDFOf51Signatures reads and judges a PDF of 51 signatures and a document time stamp. EU DSS's own test of such a file allows 5
// seconds.
func BenchmarkPDFOf51Signatures(b *testing.B) {
	w := validationtest.New(b)
	file := pdftest.Simple()
	for range 51 {
		file = w.SignPDF(file, validationtest.Signed, pades.Options{})
	}
	file = stampedPDF(b, w, file)
	in := validation.Input{Policy: validation.DefaultPolicy(), Moment: validationtest.Signed.Add(time.Hour)}
	in.Policy.Anchors = []validation.Anchor{{Certificate: w.Root.Certificate}}
	in.Data.OCSPs = [][]byte{w.OCSP(w.CA, w.Signer, validationtest.Signed, 24*time.Hour)}
	in.Data.CRLs = [][]byte{w.CRL(w.Root, validationtest.Signed, 24*time.Hour)}
	b.ReportMetric(float64(len(file))/1e3, "kB")
	for b.Loop() {
		var err error
		if in.Signatures, err = formats.Read(content(file)); err != nil {
			b.Fatal(err)
		}
		for _, s := range validation.Validate(in).Signatures {
			if s.Indication != validation.Passed || s.Proven == nil {
				b.Fatalf("%s: %s %+v", s.ID, s.Indication, s.Reasons)
			}
		}
	}
}
