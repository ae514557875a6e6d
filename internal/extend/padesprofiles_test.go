package extend_test

import (
	"bytes"
	"crypto"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/extend"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// namedPDF is a signed PDF that names the policy of P2 (1), P3 (2) or P4 (3).
func (s *scene) namedPDF(number int) []byte {
	policy := &ades.Policy{
		OID: []int{2, 16, 792, 1, 61, 0, 1, 5070, 3, number, 1}, Hash: crypto.SHA256, Digest: guide, URI: "https://www.btk.gov.tr/rehber.pdf",
	}
	return s.SignPDFUnder(policy, pdftest.Simple(), validationtest.Signed, pades.Options{})
}

// TestExtendPDFProfiles takes PDFs to the profiles of the guide, whose rules they then keep, and archives one.
func TestExtendPDFProfiles(t *testing.T) {
	kept := func(t *testing.T, s *scene, file []byte, level extend.Level, data validation.Data) {
		t.Helper()
		got := s.judge(t, file, data)[0]
		if got.Indication != validation.Passed || got.Profile == nil || got.Profile.Name != string(level) || !got.Profile.Keeps() {
			t.Errorf("%s %s, profile %+v; %+v", got.Indication, got.SubIndication, got.Profile, got.Reasons)
		}
	}
	t.Run("P4", func(t *testing.T) {
		s := newScene(t)
		file, _ := s.extend(t, s.namedPDF(3), extend.P4)
		kept(t, s, file, extend.P4, validation.Data{})
		file, _ = s.extend(t, file, extend.LTA)
		kept(t, s, file, extend.P4, validation.Data{})
	})
	t.Run("P3", func(t *testing.T) {
		s := newScene(t)
		file, result := s.extend(t, s.namedPDF(2), extend.P3)
		tooEarly(t, s.refuse(t, file, extend.P3, fault.ExtendEarly), result.Wait)
		s.now, s.listAge = s.now.Add(25*hour), 1
		file, _ = s.extend(t, file, extend.P3)
		kept(t, s, file, extend.P3, validation.Data{})
	})
	t.Run("P2", func(t *testing.T) {
		s := newScene(t)
		file, _ := s.extend(t, s.namedPDF(1), extend.P2)
		s.refuse(t, file, extend.LTA, fault.ExtendProfile)
		s.now, s.listAge = s.now.Add(25*hour), 1
		same, result := s.extend(t, file, extend.P2)
		if result.Changed || !bytes.Equal(same, file) {
			t.Error("P2 has values")
		}
		data := validation.Data{CRLs: [][]byte{s.CRL(s.CA, s.now, day), s.CRL(s.Root, s.now, day)}}
		kept(t, s, file, extend.P2, data)
		w := &pdfWorld{World: s.World}
		twice := w.stamped(file, s.now.Add(-hour)) // by another program
		if got := s.judge(t, twice, data)[0].Profile; got.Keeps() {
			t.Errorf("a second time stamp of the document keeps P2: %+v", got)
		}
	})
}
