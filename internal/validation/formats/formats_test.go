package formats_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// TestReadRefuses tells a file of another format from one that is damaged.
func TestReadRefuses(t *testing.T) {
	good := validationtest.New(t).NewSignature("Onay veriyorum.").Sign().DER()
	for _, test := range []struct {
		name string
		file []byte
		code fault.Code
	}{
		{"empty", nil, fault.Unsupported},
		{"text", []byte("Onay veriyorum."), fault.Unsupported},
		{"PDF of nothing", []byte("%PDF-1.7\n"), fault.PDFMalformed},
		{"XML", []byte("<?xml version=\"1.0\"?><a/>"), fault.Unsupported},
		{"XML in another encoding", []byte(`<?xml version='1.0' encoding='ISO-8859-9'?><a xmlns="` + dsig + `"/>`), fault.Unsupported},
		{"XML with the namespace alone", []byte(`<a xmlns="` + dsig + `"/>`), fault.Unsupported},
		{"XML, cut", []byte(`<a xmlns="` + dsig + `">`), fault.SignatureMalformed},
		{"XML of a document type", []byte(`<!DOCTYPE a><a xmlns="` + dsig + `"/>`), fault.SignatureMalformed},
		{"certificate in PEM", []byte("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"), fault.Unsupported},
		{"PEM without an end", []byte("-----BEGIN CMS-----\nMAA=\n"), fault.Unsupported},
		{"PEM of nothing", []byte("-----BEGIN CMS-----\nMAA=\n-----END CMS-----\n"), fault.SignatureMalformed},
		{"huge PEM", []byte("-----BEGIN CMS-----\n" + strings.Repeat("A", 16<<20)), fault.SignatureMalformed},
		{"sequence", []byte{0x30, 0}, fault.SignatureMalformed},
		{"cut", good[:len(good)-1], fault.SignatureMalformed},
		{"with a tail", append(bytes.Clone(good), 'x'), fault.SignatureMalformed},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := formats.Read(content(test.file)); fault.CodeOf(err) != test.code {
				t.Errorf("%v, want %s", err, test.code)
			}
		})
	}
}

// A file with more revocation data on one certificate than is verified is judged by a part of it, and the report says so.
func TestTooMuchRevocationData(t *testing.T) {
	w := validationtest.New(t)
	s := w.NewSignature("Onay veriyorum.").Sign()
	for i := range 200 {
		s.AddCRL(w.CRL(w.CA, validationtest.Signed.Add(time.Duration(i)*time.Second), time.Hour))
	}
	policy := validation.DefaultPolicy()
	policy.Anchors = []validation.Anchor{{Certificate: w.Root.Certificate}}
	signatures, err := formats.Read(content(s.DER()))
	if err != nil {
		t.Fatal(err)
	}
	got := validation.Validate(validation.Input{Signatures: signatures, Policy: policy, Moment: validationtest.Signed}).Signatures[0]
	isTooMany := func(r validation.Reason) bool { return r.Code == validation.ReasonTooMany }
	if got.SubIndication != validation.TryLater || !slices.ContainsFunc(got.Reasons, isTooMany) {
		t.Errorf("%s %+v", got.SubIndication, got.Reasons)
	}
}

// TestConcurrentUse judges the same signatures at once; the race detector sees what they share.
func TestConcurrentUse(t *testing.T) {
	w := validationtest.New(t)
	s := w.NewSignature("Onay veriyorum.").Sign().AddSignatureStamp(validationtest.Signed).AddArchiveStampV2(validationtest.Signed, true)
	s.AddArchiveStamp(validationtest.Signed)
	signatures, err := formats.Read(content(s.DER()))
	if err != nil {
		t.Fatal(err)
	}
	in := validation.Input{Signatures: signatures, Policy: validation.DefaultPolicy(), Moment: validationtest.Signed.Add(time.Hour)}
	in.Policy.Anchors = []validation.Anchor{{Certificate: w.Root.Certificate}}
	in.Data.OCSPs = [][]byte{w.OCSP(w.CA, w.Signer, validationtest.Signed, 24*time.Hour)}
	in.Data.CRLs = [][]byte{w.CRL(w.Root, validationtest.Signed, 24*time.Hour)}
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			if got := validation.Validate(in).Signatures[0]; got.Indication != validation.Passed || got.Proven == nil {
				t.Errorf("%s %+v", got.SubIndication, got.Reasons)
			}
		})
	}
	wait.Wait()
}

// A disk that fails is an error of its own, and nothing about the signature.
func TestReadReportsErrors(t *testing.T) {
	s := validationtest.New(t).NewSignature("Onay veriyorum.").Sign()
	s.Detached = true
	file := s.DER()
	if _, err := formats.Read(formats.Content{Reader: failing{}, Size: 1000}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("file: %v", err)
	}
	if _, err := formats.Read(content(file), formats.Document{Content: formats.Content{Reader: failing{}, Size: 1000}}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("content: %v", err)
	}
}

type failing struct{}

func (failing) ReadAt([]byte, int64) (int, error) { return 0, io.ErrNoProgress }
