package validation_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

func stamped(t testing.TB) *scene {
	s := newScene(t)
	s.moment = validationtest.Day(2028, 3, 1)
	s.signature.AddSignatureStamp(validationtest.Signed.Add(time.Minute))
	s.signature.AddOCSP(s.OCSP(s.CA, s.Signer, validationtest.Signed.Add(2*time.Minute), day))
	s.data = validation.Data{CRLs: [][]byte{s.CRL(s.Root, s.moment.Add(-day), 30*day)}}
	return s
}

// otherStampRoot gives the time stamp of a scene an authority of another root, with other algorithms.
func (s *scene) otherStampRoot() {
	root := s.RSARoot("Zaman Damgası Kök")
	s.TSA = s.NewTSA(root, validationtest.Between(validationtest.Day(2020, 1, 1), validationtest.Day(2040, 1, 1)))
	s.signature.Unsigned = nil
	s.signature.AddSignatureStamp(validationtest.Signed.Add(time.Minute))
	s.policy.Anchors = append(s.policy.Anchors, validation.Anchor{Certificate: root.Certificate})
	s.data.CRLs = append(s.data.CRLs, s.CRL(root, s.moment.Add(-day), 30*day))
	s.signature.AddCRL(s.CRL(s.Root, validationtest.Signed, 30*day))
}

// contentStamp is a content time stamp, for the signed attributes.
func (s *scene) contentStamp(at time.Time) []byte {
	digest := sha256.Sum256(s.signature.Content)
	return validationtest.Attribute(s.T, validationtest.OIDContentStamp, s.Stamp(digest[:], at))
}

// TestWithTime has signatures with time stamps, judged when the signer's certificate has expired.
func TestWithTime(t *testing.T) {
	signed := validationtest.Signed
	revokedAt := func(at time.Time) validationtest.Revocation { return validationtest.Revocation{At: at, Reason: 1} }
	for _, test := range []struct {
		name       string
		change     func(s *scene)
		indication validation.Indication
		sub        validation.SubIndication
		reason     validation.ReasonCode
	}{
		{"good", func(s *scene) {}, isPassed, "", ""},
		{"without the time stamp", func(s *scene) { s.signature.Unsigned = nil }, isIndeterminate, validation.OutOfBoundsNoPOE, validation.ReasonExpired},
		{"revoked later", func(s *scene) {
			s.signature.AddOCSP(s.OCSP(s.CA, s.Signer, signed.Add(year), day, revokedAt(signed.Add(day))))
		}, isPassed, "", ""},
		{"revoked before", func(s *scene) {
			s.signature.AddOCSP(s.OCSP(s.CA, s.Signer, signed.Add(year), day, revokedAt(signed.Add(-day))))
		}, isIndeterminate, validation.RevokedNoPOE, validation.ReasonRevoked},
		{"revoked before, by the claimed time after", func(s *scene) {
			s.signature.AddOCSP(s.OCSP(s.CA, s.Signer, signed.Add(year), day, revokedAt(signed.Add(30*time.Second))))
		}, isIndeterminate, validation.RevokedNoPOE, validation.ReasonRevoked},
		{"status of then was stale then", func(s *scene) {
			s.signature.Revocations = nil
			s.signature.AddOCSP(s.OCSP(s.CA, s.Signer, signed.Add(-2*day), day))
		}, isIndeterminate, validation.TryLater, validation.ReasonStatusStale},
		{"stamped before the certificate", func(s *scene) {
			s.signature.Unsigned = nil
			s.signature.AddSignatureStamp(validationtest.Day(2022, 6, 1))
		}, isFailed, validation.NotYetValid, validation.ReasonNotYetValid},
		{"stamped after the certificate", func(s *scene) {
			s.signature.Unsigned = nil
			s.signature.AddSignatureStamp(validationtest.Day(2027, 6, 1))
		}, isIndeterminate, validation.OutOfBoundsNoPOE, validation.ReasonExpired},
		{"time stamp of another signature", func(s *scene) {
			s.signature.Unsigned = nil
			digest := sha256.Sum256([]byte("another"))
			s.signature.Unsigned = [][]byte{validationtest.Attribute(t, validationtest.OIDSignatureStamp, s.Stamp(digest[:], signed))}
		}, isIndeterminate, validation.OutOfBoundsNoPOE, validation.ReasonExpired},
		{"status of the authority not known", func(s *scene) { s.data.CRLs = [][]byte{s.CRL(s.Root, signed, 30*day)} }, isIndeterminate, validation.OutOfBoundsNoPOE, validation.ReasonExpired},
		{"authority revoked", func(s *scene) {
			s.data.CRLs = [][]byte{s.CRL(s.Root, s.moment.Add(-day), 30*day, validationtest.Revocation{Certificate: s.TSA, At: signed.Add(-day)})}
		}, isIndeterminate, validation.OutOfBoundsNoPOE, validation.ReasonExpired},
		{"hash strong then", func(s *scene) { s.policy.Hashes["SHA-256"] = validation.Until{Time: signed.Add(year)} }, isIndeterminate, validation.OutOfBoundsNoPOE, validation.ReasonExpired},
		{"CA revoked later", func(s *scene) {
			s.data.CRLs = [][]byte{s.CRL(s.Root, s.moment.Add(-day), 30*day, validationtest.Revocation{Certificate: s.CA.Certificate, At: signed.Add(year)})}
		}, isIndeterminate, validation.NoPOE, validation.ReasonNoProof},

		{"answer of a responder whose time is over", func(s *scene) {
			s.signature.Revocations = nil
			s.signature.AddOCSP(s.DelegatedOCSP(s.CA, signed.Add(day), s.Signer, signed.Add(2*time.Minute), day))
		}, isIndeterminate, validation.NoPOE, validation.ReasonNoProof},
		{"certificate's hash weak now", func(s *scene) {
			s.otherStampRoot()
			s.policy.Hashes["SHA-384"] = validation.Until{Time: signed.Add(year)}
		}, isIndeterminate, validation.NoPOE, validation.ReasonNoProof},
		{"anchor trusted no longer", func(s *scene) {
			s.otherStampRoot()
			s.policy.Anchors[0].Until = signed.Add(year)
		}, isIndeterminate, validation.NoPOE, validation.ReasonNoProof},

		// 5.3.4: a content time stamp says that it was made later.
		{"content stamped", func(s *scene) {
			s.signAgain(func(g *validationtest.Signature) { g.Signed = append(g.Signed, s.contentStamp(signed.Add(-hour))) })
			s.signature.AddSignatureStamp(signed.Add(time.Minute)).AddOCSP(s.OCSP(s.CA, s.Signer, signed.Add(2*time.Minute), day))
		}, isPassed, "", ""},
		{"content stamped after the revocation", func(s *scene) {
			s.signAgain(func(g *validationtest.Signature) { g.Signed = append(g.Signed, s.contentStamp(signed.Add(-hour))) })
			s.signature.AddSignatureStamp(signed.Add(time.Minute)).AddOCSP(s.OCSP(s.CA, s.Signer, signed.Add(2*time.Minute), day, revokedAt(signed.Add(-2*hour))))
		}, isFailed, validation.RevokedFailure, validation.ReasonRevokedThen},
		{"content stamped after the certificate's end", func(s *scene) {
			s.signAgain(func(g *validationtest.Signature) {
				g.Signed = append(g.Signed, s.contentStamp(validationtest.Day(2027, 2, 1)))
			})
		}, isFailed, validation.ExpiredFailure, validation.ReasonExpiredThen},
		{"archived before it was stamped", func(s *scene) { s.signature.AddArchiveStamp(signed) }, isIndeterminate, validation.TimestampOrderFailure, validation.ReasonStampOrder},
		{"content stamped after the signature", func(s *scene) {
			s.signAgain(func(g *validationtest.Signature) { g.Signed = append(g.Signed, s.contentStamp(signed.Add(day))) })
			s.signature.AddSignatureStamp(signed.Add(time.Minute)).AddOCSP(s.OCSP(s.CA, s.Signer, signed.Add(2*time.Minute), day))
		}, isIndeterminate, validation.TimestampOrderFailure, validation.ReasonStampOrder},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := stamped(t)
			test.change(s)
			want(t, s.judge(t), test.indication, test.sub, test.reason)
		})
	}
}

// archived makes a scene when the CA has expired as well: everything that shows that the signature was good is in the file, and an
// archive time stamp over it, made when all were valid.
