package extend_test

import (
	"bytes"
	"crypto"
	"encoding/asn1"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/extend"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
	"github.com/e-onay/e-onay/internal/xades"
)

// signXML has the signer of a scene sign a document with a policy of the guide: that of P2 (1), P3 (2) or P4 (3), or none (0).
func (s *scene) signXML(t testing.TB, policy int) []byte {
	t.Helper()
	if policy == 0 {
		return s.SignXML(validationtest.Signed, nil, xades.Options{}, ades.NewDocument("not.xml", "text/xml", []byte(noteXML)))
	}
	named := &ades.Policy{
		OID: asn1.ObjectIdentifier{2, 16, 792, 1, 61, 0, 1, 5070, 3, policy, 1}, Hash: crypto.SHA256, Digest: guide, URI: "https://www.btk.gov.tr/rehber.pdf",
	}
	return s.SignXML(validationtest.Signed, named, xades.Options{}, ades.NewDocument("not.xml", "text/xml", []byte(noteXML)))
}

// TestExtendXAdES takes XML signatures to each level, and the baseline one through re-stamping.
func TestExtendXAdES(t *testing.T) {
	s := newScene(t)
	for level, want := range map[extend.Level][2]string{extend.LT: {"LT", ""}, extend.LTA: {"LTA", ""}, extend.XL: {"", "XL"}} {
		file, _ := s.extend(t, s.signXML(t, 0), level)
		s.want(t, file, want[0], want[1])
	}
	file, _ := s.extend(t, s.signXML(t, 0), extend.T)
	s.now = s.now.Add(hour)
	file, _ = s.extend(t, file, extend.LTA)
	s.now = validationtest.Day(2026, 6, 1)
	file, _ = s.extend(t, file, extend.LTA)
	s.now = validationtest.Day(2029, 6, 1) // the signer has expired, the CA has not
	file, result := s.extend(t, file, extend.LTA)
	if got := result.After.Signatures[0]; len(got.TimeStamps) != 4 || !bytes.Contains(file, []byte("TimeStampValidationData")) {
		t.Errorf("%d time stamps", len(got.TimeStamps))
	}
	s.now = validationtest.Day(2035, 1, 1)
	s.want(t, file, "LTA", "", answers{s}.Revocation(s.TSA, s.Root.Certificate))
}

// TestExtendSeveralXAdES extends both signatures of a document by one signer. A program that reads one of them alone finds all that it needs.
func TestExtendSeveralXAdES(t *testing.T) {
	s := newScene(t)
	document := []byte(noteXML)
	for _, element := range []string{"metin", "ek"} {
		document = s.SignXML(validationtest.Signed, nil, xades.Options{Element: element}, ades.NewDocument("not.xml", "text/xml", document))
	}
	file, _ := s.extend(t, document, extend.LTA)
	signatures, err := formats.Read(content(file))
	if err != nil || len(signatures) != 2 {
		t.Fatalf("%d signatures, %v", len(signatures), err)
	}
	s.now = validationtest.Day(2029, 6, 1) // the signer has expired, the authority has not
	for _, one := range signatures {
		got := validation.Validate(validation.Input{
			Signatures: []*validation.Signature{one}, Policy: s.policy, Moment: s.now, Data: answers{s}.Revocation(s.TSA, s.Root.Certificate),
		}).Signatures[0]
		if got.Indication != validation.Passed || got.Level != "LTA" {
			t.Errorf("%s: %s %s, level %q, %+v", got.ID, got.Indication, got.SubIndication, got.Level, got.Reasons)
		}
	}
}

// TestExtendXAdESProfiles takes XML signatures to the profiles of the Turkish guide, whose rules they then keep.
func TestExtendXAdESProfiles(t *testing.T) {
	s := newScene(t)
	file, _ := s.extend(t, s.signXML(t, 3), extend.P4)
	if got := s.want(t, file, "", "XL"); got.Profile == nil || got.Profile.Name != "P4" || !got.Profile.Keeps() {
		t.Errorf("P4: %+v", got.Profile)
	}
	s.refuse(t, s.signXML(t, 0), extend.P4, fault.ExtendProfile)

	file, result := s.extend(t, s.signXML(t, 2), extend.P3)
	if result.Wait.IsZero() {
		t.Fatal("P3 at once")
	}
	s.now = s.now.Add(2 * day)
	file, _ = s.extend(t, file, extend.P3)
	if got := s.want(t, file, "", "XL"); got.Profile == nil || got.Profile.Name != "P3" || !got.Profile.Keeps() {
		t.Errorf("P3: %+v", got.Profile)
	}
}
