package validation_test

import (
	"testing"

	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// TestAnchors has anchors that are trusted for a time or a purpose. The signature has a time stamp of May 2024 and is judged in 2028, when
// the signer's certificate has expired.
func TestAnchors(t *testing.T) {
	day := validationtest.Day
	for _, test := range []struct {
		name       string
		anchors    func(s *scene) []validation.Anchor
		indication validation.Indication
		sub        validation.SubIndication
		reason     validation.ReasonCode
	}{
		{"for all", func(s *scene) []validation.Anchor {
			return []validation.Anchor{{Certificate: s.Root.Certificate}}
		}, isPassed, "", ""},
		{"for each purpose", func(s *scene) []validation.Anchor {
			return []validation.Anchor{
				{Certificate: s.Root.Certificate, For: validation.ForSignatures}, {Certificate: s.Root.Certificate, For: validation.ForTimeStamps},
			}
		}, isPassed, "", ""},
		{"for signatures alone", func(s *scene) []validation.Anchor {
			return []validation.Anchor{{Certificate: s.Root.Certificate, For: validation.ForSignatures}}
		}, isIndeterminate, validation.OutOfBoundsNoPOE, validation.ReasonExpired},
		{"for time stamps alone", func(s *scene) []validation.Anchor {
			return []validation.Anchor{{Certificate: s.Root.Certificate, For: validation.ForTimeStamps}}
		}, isIndeterminate, validation.NoCertificateChainFound, validation.ReasonNoAnchor},
		{"granted after it was signed", func(s *scene) []validation.Anchor {
			return []validation.Anchor{
				{Certificate: s.Root.Certificate, For: validation.ForTimeStamps},
				{Certificate: s.Root.Certificate, For: validation.ForSignatures, Since: day(2025, 1, 1)},
			}
		}, isIndeterminate, validation.OutOfBoundsNoPOE, validation.ReasonAnchorThen},
		{"withdrawn, and granted again", func(s *scene) []validation.Anchor {
			return []validation.Anchor{
				{Certificate: s.Root.Certificate, Since: day(2020, 1, 1), Until: day(2025, 1, 1)},
				{Certificate: s.Root.Certificate, Since: day(2026, 1, 1)},
			}
		}, isPassed, "", ""},
		{"signed while it was withdrawn", func(s *scene) []validation.Anchor {
			return []validation.Anchor{
				{Certificate: s.Root.Certificate, For: validation.ForTimeStamps},
				{Certificate: s.Root.Certificate, For: validation.ForSignatures, Since: day(2020, 1, 1), Until: day(2023, 1, 1)},
				{Certificate: s.Root.Certificate, For: validation.ForSignatures, Since: day(2026, 1, 1)},
			}
		}, isIndeterminate, validation.OutOfBoundsNoPOE, validation.ReasonAnchorThen},
		{"the CA itself", func(s *scene) []validation.Anchor {
			return []validation.Anchor{
				{Certificate: s.CA.Certificate, For: validation.ForSignatures}, {Certificate: s.TSA, For: validation.ForTimeStamps},
			}
		}, isPassed, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := stamped(t)
			s.policy.Anchors = test.anchors(s)
			want(t, s.judge(t), test.indication, test.sub, test.reason)
		})
	}
}
