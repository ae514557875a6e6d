package formats_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"io"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// zeros is content of any size that takes no memory.
type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) {
	clear(p)
	return len(p), nil
}

// gibibyte is the large content.
const gibibyte = 1 << 30

// BenchmarkJudge measures the judging of files, each beside the least that it takes: the public-key operations, or the digest. `make bench`
// prints it.
func BenchmarkJudge(b *testing.B) {
	w := validationtest.New(b)
	in := validation.Input{Policy: validation.DefaultPolicy(), Moment: validationtest.Signed.Add(time.Hour)}
	in.Policy.Anchors = []validation.Anchor{{Certificate: w.Root.Certificate}}
	in.Data.OCSPs = [][]byte{w.OCSP(w.CA, w.Signer, validationtest.Signed, 24*time.Hour)}
	in.Data.CRLs = [][]byte{w.CRL(w.Root, validationtest.Signed, 24*time.Hour)}
	judge := func(b *testing.B, file []byte, documents ...formats.Document) {
		b.Helper()
		signatures, err := formats.Read(content(file), documents...)
		if err != nil {
			b.Fatal(err)
		}
		once := in
		once.Signatures = signatures
		for _, s := range validation.Validate(once).Signatures {
			if s.Indication != validation.Passed {
				b.Fatalf("%+v", s)
			}
		}
	}

	signed := pdftest.Simple() // EU DSS's own test of such a file allows 5 seconds
	for range 51 {
		signed = w.SignPDF(signed, validationtest.Signed, pades.Options{})
	}
	signed = stampedPDF(b, w, signed)
	b.Run("PDF of 51 signatures", func(b *testing.B) {
		for b.Loop() {
			judge(b, signed)
		}
	})

	small := w.NewSignature("Onay veriyorum.").Sign().DER()
	b.Run("CAdES-B with status", func(b *testing.B) {
		for b.Loop() {
			judge(b, small)
		}
	})
	b.Run("CAdES-B with status floor", func(b *testing.B) {
		digest := sha256.Sum256(small)
		operations := []*ecdsa.PublicKey{}
		for _, signer := range []*x509.Certificate{
			w.Signer,           // over the signed attributes
			w.CA.Certificate,   // over the signer's certificate
			w.Root.Certificate, // over the CA's
			w.CA.Certificate,   // over the answer on the signer
			w.Root.Certificate, // over the list on the CA
		} {
			operations = append(operations, signer.PublicKey.(*ecdsa.PublicKey))
		}
		value, err := w.Key.Sign(nil, digest[:], crypto.SHA256)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			for _, pub := range operations {
				ecdsa.VerifyASN1(pub, digest[:], value) // it takes as long where it does not verify
			}
		}
	})

	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(zeros{}, 0, gibibyte)); err != nil {
		b.Fatal(err)
	}
	large := w.NewSignature("")
	large.Detached = true
	digest, err := asn1.Marshal(sum.Sum(nil))
	if err != nil {
		b.Fatal(err)
	}
	large.Without(cms.OIDMessageDigest)
	large.Signed = append(large.Signed, validationtest.Attribute(b, cms.OIDMessageDigest, digest))
	signature := large.Sign().DER()
	b.Run("1 GiB detached", func(b *testing.B) {
		b.SetBytes(gibibyte)
		b.ReportAllocs()
		for b.Loop() {
			judge(b, signature, formats.Document{Content: formats.Content{Reader: zeros{}, Size: gibibyte}})
		}
	})
	b.Run("1 GiB detached floor", func(b *testing.B) {
		b.SetBytes(gibibyte)
		for b.Loop() {
			if _, err := io.Copy(sum, io.NewSectionReader(zeros{}, 0, gibibyte)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
