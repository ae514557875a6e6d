package main_test

import (
	"crypto/rand"
	"io"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/signature"
)

// A PDF that fifty people have signed is checked before the PIN, prepared, completed and read again. The signer is a key in
// memory: what is measured is what a person waits for beside their card.
func BenchmarkPDFWithFiftySignatures(b *testing.B) {
	key := pkitest.Key(b, "P-384")
	certificate := pkitest.Root(b, "Deneme Kök").Issue(b, key.Public())
	hash, err := ades.HashFor(certificate.PublicKey)
	if err != nil {
		b.Fatal(err)
	}
	format, err := signature.Lookup("pades", "P1")
	if err != nil {
		b.Fatal(err)
	}
	sign := func(file []byte, check bool) (signed []byte) {
		request := signature.Request{
			Signer:    ades.Signer{Certificate: certificate, Hash: hash, Time: time.Now()},
			Documents: []ades.Document{ades.NewDocument("a.pdf", "application/pdf", file)},
		}
		prepared, err := format.Prepare(request)
		if err != nil {
			b.Fatal(err)
		}
		value, err := key.Sign(rand.Reader, prepared.Digest(), hash)
		if err != nil {
			b.Fatal(err)
		}
		pieces, err := prepared.Complete(value)
		if err != nil {
			b.Fatal(err)
		}
		if check {
			if err := format.Check(pieces, request); err != nil {
				b.Fatal(err)
			}
			if _, err := format.Prepare(request); err != nil { // as before the PIN
				b.Fatal(err)
			}
		}
		signed, err = io.ReadAll(pieces.Reader(request.Documents))
		if err != nil {
			b.Fatal(err)
		}
		return signed
	}
	file := pdftest.Simple()
	for range 50 {
		file = sign(file, false)
	}
	for b.Loop() {
		sign(file, true)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N), "ns-beside-card")
}
