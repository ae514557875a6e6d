package extend_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"io"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/extend"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
	"github.com/e-onay/e-onay/internal/xades"
)

// policyOf is that of P2 (1), P3 (2) or P4 (3).
func policyOf(number int) *ades.Policy {
	return &ades.Policy{OID: []int{2, 16, 792, 1, 61, 0, 1, 5070, 3, number, 1}, Hash: crypto.SHA256, Digest: guide, URI: "https://www.btk.gov.tr/rehber.pdf"}
}

// signXML is a signature in an XML document under a policy.
func (s *scene) signXML(t *testing.T, policy *ades.Policy) []byte {
	t.Helper()
	documents := []ades.Document{ades.NewDocument("not.xml", "text/xml", []byte(noteXML))}
	signer := ades.Signer{Certificate: s.Signer, Chain: []*x509.Certificate{s.CA.Certificate}, Hash: crypto.SHA256, Time: validationtest.Signed, Policy: policy}
	prepared, err := xades.Prepare(signer, documents, xades.Options{})
	if err != nil {
		t.Fatal(err)
	}
	value, err := s.Key.Sign(rand.Reader, prepared.Digest(), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	pieces, err := prepared.Complete(value)
	if err != nil {
		t.Fatal(err)
	}
	file, err := io.ReadAll(pieces.Reader(documents))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// TestProfilesOfOtherFormats extends signatures in PDF and XML to the profiles of the guide, and archives P3 and P4.
func TestProfilesOfOtherFormats(t *testing.T) {
	for format, sign := range map[string]func(t *testing.T, s *scene, number int) []byte{
		"PDF": func(_ *testing.T, s *scene, number int) []byte {
			return s.SignPDFUnder(policyOf(number), pdftest.Simple(), validationtest.Signed, pades.Options{})
		},
		"XML": func(t *testing.T, s *scene, number int) []byte { return s.signXML(t, policyOf(number)) },
	} {
		kept := func(t *testing.T, s *scene, file []byte, level extend.Level, data validation.Data) {
			t.Helper()
			got := s.judge(t, file, data)[0]
			if got.Indication != validation.Passed || got.Profile == nil || got.Profile.Name != string(level) || !got.Profile.Keeps() {
				t.Errorf("%s %s, profile %+v; %+v", got.Indication, got.SubIndication, got.Profile, got.Reasons)
			}
		}
		t.Run(format+", P4", func(t *testing.T) {
			s := newScene(t)
			file, _ := s.extend(t, sign(t, s, 3), extend.P4)
			kept(t, s, file, extend.P4, validation.Data{})
			file, _ = s.extend(t, file, extend.LTA)
			kept(t, s, file, extend.P4, validation.Data{})
		})
		t.Run(format+", P3", func(t *testing.T) {
			s := newScene(t)
			file, result := s.extend(t, sign(t, s, 2), extend.P3)
			tooEarly(t, s.refuse(t, file, extend.P3, fault.ExtendEarly), result.Wait)
			s.now, s.listAge = s.now.Add(25*hour), 1
			file, _ = s.extend(t, file, extend.P3)
			kept(t, s, file, extend.P3, validation.Data{})
		})
		t.Run(format+", P2", func(t *testing.T) {
			s := newScene(t)
			file, _ := s.extend(t, sign(t, s, 1), extend.P2)
			s.refuse(t, file, extend.LTA, fault.ExtendProfile)
			s.now, s.listAge = s.now.Add(25*hour), 1
			same, result := s.extend(t, file, extend.P2)
			if result.Changed || !bytes.Equal(same, file) {
				t.Error("P2 has values")
			}
			kept(t, s, file, extend.P2, validation.Data{CRLs: [][]byte{s.CRL(s.CA, s.now, day), s.CRL(s.Root, s.now, day)}})
		})
	}
}
