package validation_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// TestStamps has a time stamp of a signature, and everything that can be wrong with it. None of it counts against the signature, and
// none that is wrong proves a time.
func TestStamps(t *testing.T) {
	at := validationtest.Signed.Add(time.Minute)
	digest := func(s *scene) []byte {
		sum := sha256.Sum256(s.signature.Value)
		return sum[:]
	}
	add := func(s *scene, oid asn1.ObjectIdentifier, token []byte) {
		s.signature.Unsigned = append(s.signature.Unsigned, validationtest.Attribute(t, oid, token))
	}
	for _, test := range []struct {
		name       string
		change     func(s *scene)
		indication validation.Indication
		sub        validation.SubIndication
		reason     validation.ReasonCode
	}{
		{"good", func(s *scene) { s.signature.AddSignatureStamp(at) }, isPassed, "", ""},
		{"good archive time stamp", func(s *scene) { s.signature.AddArchiveStamp(at) }, isPassed, "", ""},
		{"good time stamp of references", func(s *scene) { s.signature.AddReferencesStamp(at) }, isPassed, "", ""},
		{"not a token", func(s *scene) { add(s, validationtest.OIDSignatureStamp, []byte{4, 0}) }, isIndeterminate, validation.NoSigningCertificateFound, validation.ReasonStampMalformed},
		{"of another signature", func(s *scene) {
			add(s, validationtest.OIDSignatureStamp, s.Stamp(make([]byte, 32), at))
		}, isFailed, validation.HashFailure, validation.ReasonStampOther},
		{"signed by another key", func(s *scene) {
			s.TSAKey = pkitest.Key(t, "P-256 other")
			add(s, validationtest.OIDSignatureStamp, s.Stamp(digest(s), at))
		}, isFailed, validation.SigCryptoFailure, validation.ReasonStampForged},
		{"certificate not for time stamps", func(s *scene) {
			s.TSA = s.Root.Issue(t, s.TSAKey.Public(), validationtest.Between(validationtest.Day(2020, 1, 1), validationtest.Day(2040, 1, 1)))
			add(s, validationtest.OIDSignatureStamp, s.Stamp(digest(s), at))
		}, isIndeterminate, validation.ChainConstraintsFailure, validation.ReasonStampUsage},
		{"of an authority of others", func(s *scene) {
			s.TSA = s.NewTSA(pkitest.Root(t, "Başka Kök"))
			add(s, validationtest.OIDSignatureStamp, s.Stamp(digest(s), at))
		}, isIndeterminate, validation.NoCertificateChainFound, validation.ReasonNoAnchor},
		{"authority that has expired", func(s *scene) {
			s.TSA = s.NewTSA(s.Root, validationtest.Between(validationtest.Day(2020, 1, 1), validationtest.Signed))
			add(s, validationtest.OIDSignatureStamp, s.Stamp(digest(s), at.Add(-hour)))
		}, isIndeterminate, validation.OutOfBoundsNotRevoked, validation.ReasonExpired},
		{"authority that is revoked", func(s *scene) {
			s.signature.AddSignatureStamp(at)
			s.data.CRLs = append(s.data.CRLs, s.CRL(s.Root, at.Add(30*time.Minute), day, validationtest.Revocation{Certificate: s.TSA, At: at}))
		}, isIndeterminate, validation.RevokedNoPOE, validation.ReasonRevoked},
		{"later than the moment", func(s *scene) { s.signature.AddSignatureStamp(s.moment.Add(day)) }, isIndeterminate, validation.TimestampOrderFailure, validation.ReasonStampOrder},
		{"of version 1", func(s *scene) {
			add(s, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 27}, s.Stamp(digest(s), at))
		}, isIndeterminate, validation.NoPOE, validation.ReasonUnsupported},
		{"archive time stamp without a hash index", func(s *scene) { add(s, validationtest.OIDArchiveStampV3, s.Stamp(digest(s), at)) }, isIndeterminate, validation.SigConstraintsFailure, validation.ReasonStampMalformed},
		{"hash index of what is gone", func(s *scene) {
			s.signature.Certificates = append(s.signature.Certificates, s.Root.Certificate.Raw)
			s.signature.AddArchiveStamp(at)
			s.signature.Certificates = s.signature.Certificates[:2]
		}, isIndeterminate, validation.SigConstraintsFailure, validation.ReasonStampPartial},
		{"something added to what is archived", func(s *scene) {
			s.signature.AddArchiveStamp(at)
			s.signature.AddCRL(s.CRL(s.Root, at, day))
		}, isPassed, "", ""},
		{"archive time stamp of other content", func(s *scene) {
			s.signature.Content = []byte("Onay vermiyorum.")
			s.signature.AddArchiveStamp(at)
			s.signature.Content = []byte("Onay veriyorum.")
		}, isFailed, validation.HashFailure, validation.ReasonStampOther},
		{"archive time stamp, and the content is not at hand", func(s *scene) {
			s.signature.AddArchiveStamp(at)
			s.signature.Detached = true
		}, isIndeterminate, validation.SignedDataNotFound, validation.ReasonContentMissing},
		{"hash that counts no longer", func(s *scene) {
			s.signature.AddSignatureStamp(at)
			s.policy.Hashes["SHA-256"] = validation.Until{Time: at}
		}, isIndeterminate, validation.CryptoConstraintsFailureNoPO, validation.ReasonWeak},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t)
			test.change(s)
			got := s.judge(t)
			stamp := got.TimeStamps[0]
			want(t, &validation.SignatureReport{Indication: stamp.Indication, SubIndication: stamp.SubIndication, Reasons: stamp.Reasons, Intact: true},
				test.indication, test.sub, test.reason)
			if (got.Proven != nil) != (test.indication == isPassed && stamp.Name != "archive-time-stamp") {
				t.Errorf("proven at %v", got.Proven)
			}
			if got.Indication == isFailed {
				t.Errorf("the signature fails: %+v", got.Reasons)
			}
		})
	}
}

// A file with more time stamps than are judged is not judged by a part of them.
func TestTooManyStamps(t *testing.T) {
	s := newScene(t)
	digest := sha256.Sum256(s.signature.Value)
	var tokens [][]byte
	for i := range validation.MaxTimeStamps + 1 {
		tokens = append(tokens, s.Stamp(digest[:], validationtest.Signed.Add(time.Duration(i)*time.Second)))
	}
	s.signature.Unsigned = [][]byte{validationtest.Attribute(t, validationtest.OIDSignatureStamp, tokens...)}
	want(t, s.judge(t), isIndeterminate, validation.SigConstraintsFailure, validation.ReasonTooMany)
	s.signature.Unsigned = [][]byte{validationtest.Attribute(t, validationtest.OIDSignatureStamp, tokens[1:]...)}
	want(t, s.judge(t), isPassed, "", "")
}

// TestCounterSignature judges a signature of a signature, which an archive time stamp over both proves.
func TestCounterSignature(t *testing.T) {
	s := newScene(t)
	key := pkitest.Key(t, "P-256 witness")
	witness := s.CA.Issue(t, key.Public(), validationtest.Between(validationtest.Day(2023, 1, 1), validationtest.Day(2027, 1, 1)),
		func(c *x509.Certificate) { c.Subject.CommonName = "Tanık" })
	s.data.OCSPs = append(s.data.OCSPs, s.OCSP(s.CA, witness, validationtest.Signed, day))
	s.signature.AddCounterSignature(witness, key)
	s.signature.AddArchiveStamp(validationtest.Signed.Add(time.Minute))
	got := s.judge(t)
	want(t, got, isPassed, "", "")
	if len(got.CounterSignatures) != 1 {
		t.Fatalf("%d counter-signatures", len(got.CounterSignatures))
	}
	counter := got.CounterSignatures[0]
	want(t, counter, isPassed, "", "")
	if counter.ID != "1.1" || counter.Level != "B" || counter.Covers.Content != "signature" || counter.Proven == nil {
		t.Errorf("%+v", counter)
	}

	s.spoil = func(file []byte) []byte { // of another value
		return []byte(strings.Replace(string(file), string(s.signature.MessageDigest(s.signature.Value)), string(s.signature.MessageDigest([]byte("another"))), 1))
	}
	want(t, s.judge(t).CounterSignatures[0], isFailed, validation.HashFailure, validation.ReasonContentChanged)
}

// Two embedded certificates that both fit, and a signature over the content alone: neither is taken for anybody's.
func TestWhoseSignature(t *testing.T) {
	s := newScene(t)
	s.signAgain(func(g *validationtest.Signature) { g.Without(cms.OIDSigningCertificateV2) })
	twin := func(c *x509.Certificate) { c.SerialNumber = s.Signer.SerialNumber }
	s.signature.Certificates = append(s.signature.Certificates,
		s.CA.Issue(t, s.Key.Public(), twin, validationtest.Between(validationtest.Day(2023, 1, 1), validationtest.Day(2027, 1, 1))).Raw)
	want(t, s.judge(t), isIndeterminate, validation.NoSigningCertificateFound, validation.ReasonSignerAmbiguous)
}
