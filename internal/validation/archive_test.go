package validation_test

import (
	"crypto/x509"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

func archived(t testing.TB, stampAt time.Time) *scene {
	s := newScene(t)
	signed := validationtest.Signed
	s.moment = validationtest.Day(2035, 3, 1)
	s.data = validation.Data{CRLs: [][]byte{s.CRL(s.Root, s.moment.Add(-day), 30*day)}}
	s.signature.Certificates = append(s.signature.Certificates, s.TSA.Raw)
	s.signature.AddSignatureStamp(signed.Add(time.Minute))
	s.signature.AddOCSP(s.OCSP(s.CA, s.Signer, signed.Add(2*day), day))
	s.signature.AddCRL(s.CRL(s.Root, signed.Add(3*day), 30*day))
	if !stampAt.IsZero() {
		s.signature.AddArchiveStamp(stampAt)
	}
	return s
}

// TestArchived has signatures of which nothing but the root and the time-stamp authority is valid any more.
func TestArchived(t *testing.T) {
	signed := validationtest.Signed
	for _, test := range []struct {
		name       string
		stampAt    time.Time
		change     func(s *scene)
		indication validation.Indication
		sub        validation.SubIndication
		reason     validation.ReasonCode
	}{
		{"good", signed.Add(4 * day), func(s *scene) {}, isPassed, "", ""},
		{"good, of version 2", time.Time{}, func(s *scene) { s.signature.AddArchiveStampV2(signed.Add(4*day), true) }, isPassed, "", ""},
		{"good, of version 2, without the tag", time.Time{}, func(s *scene) { s.signature.AddArchiveStampV2(signed.Add(4*day), false) }, isPassed, "", ""},
		{"good, of version 2, detached", time.Time{}, func(s *scene) {
			s.signature.Detached, s.content = true, s.signature.Content
			s.signature.AddArchiveStampV2(signed.Add(4*day), true)
		}, isPassed, "", ""},
		{"two of version 2, and one of version 3", time.Time{}, func(s *scene) {
			s.signature.AddArchiveStampV2(signed.Add(4*day), true).AddArchiveStampV2(signed.Add(5*day), true).AddArchiveStamp(signed.Add(6 * day))
		}, isPassed, "", ""},
		{"of version 2, data added later", time.Time{}, func(s *scene) {
			s.signature.AddArchiveStampV2(signed.Add(4*day), true).AddCRL(s.CRL(s.Root, signed.Add(10*day), 30*day))
		}, isIndeterminate, validation.NoPOE, validation.ReasonNoProof},
		{"archive time stamp not there", time.Time{}, func(s *scene) {}, isIndeterminate, validation.NoPOE, validation.ReasonNoProof},
		{"archived when the CA had expired", validationtest.Day(2031, 1, 1), func(s *scene) {}, isIndeterminate, validation.NoPOE, validation.ReasonNoProof},
		{"data added after the archive time stamp", signed.Add(4 * day), func(s *scene) {
			s.signature.Revocations = nil
			s.signature.Unsigned = nil
			s.signature.AddSignatureStamp(signed.Add(time.Minute)).AddArchiveStamp(signed.Add(4 * day))
			s.signature.AddOCSP(s.OCSP(s.CA, s.Signer, signed.Add(2*day), day)).AddCRL(s.CRL(s.Root, signed.Add(3*day), 30*day))
		}, isIndeterminate, validation.NoPOE, validation.ReasonNoProof},
		{"something taken away that was archived", signed.Add(4 * day), func(s *scene) {
			s.signature.Certificates = s.signature.Certificates[:2]
		}, isIndeterminate, validation.NoPOE, validation.ReasonNoProof},
		{"certificates from elsewhere: the signature proves its own", signed.Add(4 * day), func(s *scene) {
			s.signature.Certificates, s.data.Certificates = [][]byte{s.CA.Certificate.Raw, s.TSA.Raw}, []*x509.Certificate{s.Signer}
			s.signature.Unsigned = nil
			s.signature.AddSignatureStamp(signed.Add(time.Minute)).AddArchiveStamp(signed.Add(4 * day))
		}, isPassed, "", ""},
		{"the CA's certificate not archived", signed.Add(4 * day), func(s *scene) {
			s.signature.Certificates, s.data.Certificates = [][]byte{s.Signer.Raw, s.TSA.Raw}, []*x509.Certificate{s.CA.Certificate}
			s.signature.Unsigned = nil
			s.signature.AddSignatureStamp(signed.Add(time.Minute)).AddArchiveStamp(signed.Add(4 * day))
		}, isPassed, "", ""}, // its issuer is the anchor, whose key nobody else has
		{"answer that claims to be of later", time.Time{}, func(s *scene) {
			s.signature.Revocations = nil
			s.signature.AddOCSP(s.OCSP(s.CA, s.Signer, validationtest.Day(2026, 6, 1), day)).AddCRL(s.CRL(s.Root, signed.Add(3*day), 30*day))
			s.signature.AddArchiveStamp(signed.Add(4 * day))
		}, isIndeterminate, validation.NoPOE, validation.ReasonNoProof},
		{"stamped after the certificate's end, answer fresh for years", time.Time{}, func(s *scene) {
			s.signature.Unsigned, s.signature.Revocations = nil, nil
			s.signature.AddSignatureStamp(validationtest.Day(2028, 1, 1))
			s.signature.AddOCSP(s.OCSP(s.CA, s.Signer, signed.Add(2*day), 10*year)).AddCRL(s.CRL(s.Root, signed.Add(3*day), 10*year))
			s.signature.AddArchiveStamp(validationtest.Day(2028, 1, 2))
		}, isIndeterminate, validation.OutOfBoundsNotRevoked, validation.ReasonExpired},
		{"answer of a responder", time.Time{}, func(s *scene) {
			s.signature.Revocations = nil
			s.signature.AddOCSP(s.DelegatedOCSP(s.CA, signed.Add(10*day), s.Signer, signed.Add(2*day), day)).AddCRL(s.CRL(s.Root, signed.Add(3*day), 30*day))
			s.signature.AddArchiveStamp(signed.Add(4 * day))
		}, isPassed, "", ""},
		{"answer of a responder, archived when its time was over", time.Time{}, func(s *scene) {
			s.signature.Revocations = nil
			s.signature.AddOCSP(s.DelegatedOCSP(s.CA, signed.Add(3*day), s.Signer, signed.Add(2*day), day)).AddCRL(s.CRL(s.Root, signed.Add(3*day), 30*day))
			s.signature.AddArchiveStamp(signed.Add(4 * day))
		}, isIndeterminate, validation.NoPOE, validation.ReasonNoProof},
		{"on hold when signed", time.Time{}, func(s *scene) {
			s.signature.AddOCSP(s.OCSP(s.CA, s.Signer, signed.Add(time.Minute), 30*day))
			s.signature.AddOCSP(s.OCSP(s.CA, s.Signer, signed.Add(3*day), 30*day, validationtest.Revocation{At: signed.Add(-hour), Reason: 6}))
			s.signature.AddArchiveStamp(signed.Add(4 * day))
		}, isIndeterminate, validation.TryLater, validation.ReasonOnHold},
		{"on hold since, and lifted", time.Time{}, func(s *scene) {
			s.signature.AddOCSP(s.OCSP(s.CA, s.Signer, signed.Add(day), 30*day, validationtest.Revocation{At: signed.Add(-hour), Reason: 6}))
			s.signature.AddArchiveStamp(signed.Add(4 * day))
		}, isPassed, "", ""},
		{"on hold when signed, and lifted by an answer of today", time.Time{}, func(s *scene) {
			s.signature.Revocations = nil
			s.signature.AddOCSP(s.OCSP(s.CA, s.Signer, signed.Add(time.Minute), 30*day)).AddCRL(s.CRL(s.Root, signed.Add(3*day), 30*day))
			s.signature.AddOCSP(s.OCSP(s.CA, s.Signer, signed.Add(3*day), 30*day, validationtest.Revocation{At: signed.Add(-hour), Reason: 6}))
			s.signature.AddArchiveStamp(signed.Add(4 * day))
			s.data.OCSPs = [][]byte{s.OCSP(s.CA, s.Signer, signed.Add(5*day), 30*day)} // whose key is anybody's since the CA has expired
		}, isIndeterminate, validation.NoPOE, validation.ReasonNoProof},
		{"anchor trusted no longer", time.Time{}, func(s *scene) {
			s.otherStampRoot()
			s.policy.Anchors[0].Until = signed.Add(year)
			s.signature.AddArchiveStamp(signed.Add(4 * day))
		}, isPassed, "", ""},
		{"archived when the anchor was trusted no longer", time.Time{}, func(s *scene) {
			s.otherStampRoot()
			s.policy.Anchors[0].Until = signed.Add(year)
			s.signature.AddArchiveStamp(signed.Add(2 * year))
		}, isIndeterminate, validation.NoPOE, validation.ReasonNoProof},
		{"certificate's hash weak now", time.Time{}, func(s *scene) {
			s.otherStampRoot()
			s.policy.Hashes["SHA-384"] = validation.Until{Time: signed.Add(year)}
			s.signature.AddArchiveStamp(signed.Add(4 * day))
		}, isPassed, "", ""},
		{"certificate's hash weak when archived", time.Time{}, func(s *scene) {
			s.otherStampRoot()
			s.policy.Hashes["SHA-384"] = validation.Until{Time: signed.Add(3 * day)}
			s.signature.AddArchiveStamp(signed.Add(4 * day))
		}, isIndeterminate, validation.NoPOE, validation.ReasonNoProof},
		{"to the letter", signed.Add(4 * day), func(s *scene) { s.policy.StrictSliding = true }, isIndeterminate, validation.NoPOE, validation.ReasonNoProof},
		{"to the letter, with a later list", time.Time{}, func(s *scene) {
			s.policy.StrictSliding = true
			s.signature.AddOCSP(s.OCSP(s.CA, s.Signer, signed.Add(7*day), day)) // of an extension a week later
			s.signature.AddArchiveStamp(signed.Add(8 * day)).AddCRL(s.CRL(s.Root, signed.Add(year), 30*day)).AddArchiveStamp(signed.Add(year + day))
		}, isPassed, "", ""},
		{"hash of the time stamps weak now", signed.Add(4 * day), func(s *scene) {
			s.policy.Hashes["SHA-384"] = validation.Until{Time: signed.Add(year)}
		}, isIndeterminate, validation.OutOfBoundsNoPOE, validation.ReasonExpired},
		{"revoked before, by a list of today", signed.Add(4 * day), func(s *scene) {
			s.data.CRLs = append(s.data.CRLs, s.CRL(s.CA, validationtest.Day(2029, 12, 1), 30*day, validationtest.Revocation{Certificate: s.Signer, At: signed.Add(-day)}))
		}, isIndeterminate, validation.RevokedNoPOE, validation.ReasonRevoked},
		{"CA revoked later, by a list of today", signed.Add(4 * day), func(s *scene) {
			s.data.CRLs = [][]byte{s.CRL(s.Root, s.moment.Add(-day), 30*day, validationtest.Revocation{Certificate: s.CA.Certificate, At: signed.Add(year)})}
		}, isPassed, "", ""},
		{"CA revoked before the archive time stamp", signed.Add(4 * day), func(s *scene) {
			s.data.CRLs = [][]byte{s.CRL(s.Root, s.moment.Add(-day), 30*day, validationtest.Revocation{Certificate: s.CA.Certificate, At: signed.Add(3 * day)})}
		}, isIndeterminate, validation.NoPOE, validation.ReasonNoProof},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := archived(t, test.stampAt)
			test.change(s)
			want(t, s.judge(t), test.indication, test.sub, test.reason)
		})
	}
}

// TestSHA1 has a certificate, an answer and a list that SHA-1 has signed, when that was strong enough: they count if a time stamp proves that
// they are older than its end.
func TestSHA1(t *testing.T) {
	end := validation.DefaultPolicy().Hashes["SHA-1"].Time
	then := end.Add(-year)
	for _, test := range []struct {
		name       string
		list       bool // signed with SHA-1
		archived   time.Time
		moment     time.Time
		indication validation.Indication
		sub        validation.SubIndication
	}{
		{"then", true, time.Time{}, then.Add(day), isPassed, ""},
		{"later", true, time.Time{}, end.Add(year), isIndeterminate, validation.NoPOE},
		{"later, archived in time", true, then.Add(2 * day), end.Add(year), isPassed, ""},
		{"later, archived late", true, end.Add(day), end.Add(year), isIndeterminate, validation.NoPOE},
		{"later, the certificate alone: the time stamp of the signature proves it", false, time.Time{}, end.Add(year), isPassed, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t)
			lasting := validationtest.Between(validationtest.Day(2005, 1, 1), validationtest.Day(2040, 1, 1))
			old := s.RSARoot("Eski Kök", func(c *x509.Certificate) { c.NotBefore = validationtest.Day(2005, 1, 1) })
			s.Root = pkitest.Root(t, "Zaman Damgası Kök 2", lasting)
			s.TSA = s.NewTSA(s.Root, lasting)
			sha1 := func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA }
			s.Signer = old.Issue(t, s.Key.Public(), lasting, sha1)
			s.signature = s.NewSignature("Onay veriyorum.")
			s.signature.Certificates = [][]byte{s.Signer.Raw, s.TSA.Raw}
			s.SHA1 = test.list
			s.signature.Sign().AddSignatureStamp(then).AddCRL(s.CRL(old, then.Add(time.Hour), 30*day))
			if s.Signer.SignatureAlgorithm != x509.SHA1WithRSA {
				t.Fatal("not signed with SHA-1")
			}
			if !test.archived.IsZero() {
				s.signature.AddArchiveStamp(test.archived)
			}
			s.policy.Anchors = []validation.Anchor{{Certificate: old.Certificate}, {Certificate: s.Root.Certificate}}
			s.data = validation.Data{CRLs: [][]byte{s.CRL(s.Root, test.moment.Add(-hour), day)}}
			s.moment = test.moment
			if got := s.judge(t); got.Indication != test.indication || got.SubIndication != test.sub {
				t.Errorf("%s %s %+v, want %s %s", got.Indication, got.SubIndication, got.Reasons, test.indication, test.sub)
			}
		})
	}
}

// TestArchivedChain has a certificate of a CA below a CA that has expired: anybody may have its key by now, so that the lower CA's
// certificate must be proven to have existed before.
func TestArchivedChain(t *testing.T) {
	signed := validationtest.Signed
	for _, embedded := range []bool{true, false} {
		s := newScene(t)
		low := s.CA.Sub(t, "Doğrulama En Alt", validationtest.Between(validationtest.Day(2018, 1, 1), validationtest.Day(2030, 1, 1)))
		s.Signer = low.Issue(t, s.Key.Public(), validationtest.Between(validationtest.Day(2023, 1, 1), validationtest.Day(2027, 1, 1)))
		s.signature = s.NewSignature("Onay veriyorum.").Sign()
		s.signature.Certificates = append(s.signature.Certificates, s.TSA.Raw)
		s.moment = validationtest.Day(2035, 3, 1)
		s.data = validation.Data{CRLs: [][]byte{s.CRL(s.Root, s.moment.Add(-day), 30*day)}}
		if embedded {
			s.signature.Certificates = append(s.signature.Certificates, low.Certificate.Raw)
		} else {
			s.data.Certificates = []*x509.Certificate{low.Certificate}
		}
		s.signature.AddSignatureStamp(signed.Add(time.Minute)).AddOCSP(s.OCSP(low, s.Signer, signed.Add(2*day), day)).
			AddCRL(s.CRL(s.CA, signed.Add(3*day), 30*day)).AddCRL(s.CRL(s.Root, signed.Add(3*day), 30*day)).AddArchiveStamp(signed.Add(4 * day))
		if embedded {
			want(t, s.judge(t), isPassed, "", "")
		} else {
			want(t, s.judge(t), isIndeterminate, validation.NoPOE, validation.ReasonNoProof)
		}
	}
}
