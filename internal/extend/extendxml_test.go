package extend_test

import (
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/extend"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
	"github.com/e-onay/e-onay/internal/xades"
)

// TestExtendXML takes a signature in an XML document through the levels by way of the engine, and stamps it again before the first authority ends.
func TestExtendXML(t *testing.T) {
	x := newXMLScene(t, xades.Options{}, ades.NewDocument("not.xml", "text/xml", []byte(noteXML)))
	s := &scene{World: x.World, policy: validation.DefaultPolicy(), now: validationtest.Signed, listAge: hour}
	s.policy.Anchors = []validation.Anchor{{Certificate: s.Root.Certificate}}
	s.now = s.now.Add(hour / 60)
	long, _ := s.extend(t, x.file, extend.XL)
	s.want(t, long, "", "XL")
	file := x.file
	for _, level := range []extend.Level{extend.T, extend.LT, extend.LTA} {
		var result *extend.Result
		file, result = s.extend(t, file, level)
		if got := result.After.Signatures[0]; got.Indication != validation.Passed || got.Level != string(level) || !result.Changed {
			t.Errorf("%s: level %q, %s %s %+v", level, got.Level, got.Indication, got.SubIndication, got.Reasons)
		}
	}
	s.now = validationtest.Day(2038, 1, 1)
	s.TSA = s.NewTSA(s.Root, validationtest.Between(validationtest.Day(2037, 1, 1), validationtest.Day(2049, 1, 1)))
	file, result := s.extend(t, file, extend.LTA)
	if got := result.After.Signatures[0]; got.Lasts == nil || !got.Lasts.Equal(validationtest.Day(2049, 1, 1)) {
		t.Errorf("lasts until %v", got.Lasts)
	}
	s.now = validationtest.Day(2045, 1, 1)
	s.want(t, file, "LTA", "", lists{s}.Revocation(s.TSA, s.Root.Certificate))
}
