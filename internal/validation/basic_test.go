package validation_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// TestBasic has a signature without time stamps, and everything that can be wrong with it.
func TestBasic(t *testing.T) {
	signed := validationtest.Signed
	for _, test := range []struct {
		name       string
		change     func(s *scene)
		indication validation.Indication
		sub        validation.SubIndication
		reason     validation.ReasonCode
	}{
		{"good", func(s *scene) {}, isPassed, "", ""},
		{"good, detached", func(s *scene) { s.signature.Detached, s.content = true, s.signature.Content }, isPassed, "", ""},
		{"good, names a policy", func(s *scene) {
			s.signAgain(func(g *validationtest.Signature) { g.Signed = append(g.Signed, g.Policy(profileOID(1), guide, "")) })
		}, isPassed, "", ""},
		{"good, data embedded", func(s *scene) {
			s.signature.AddCRL(s.data.CRLs[0]).AddOCSP(s.data.OCSPs[0])
			s.data = validation.Data{}
		}, isPassed, "", ""},
		{"good, data in attributes", func(s *scene) {
			s.signature.Certificates = s.signature.Certificates[:1]
			s.signature.Unsigned = [][]byte{s.CertificateValues(s.CA.Certificate), s.RevocationValues(s.data.CRLs, s.data.OCSPs, false)}
			s.data = validation.Data{}
		}, isPassed, "", ""},
		{"good, answers whole in attributes", func(s *scene) {
			s.signature.Unsigned = [][]byte{s.RevocationValues(s.data.CRLs, s.data.OCSPs, true)}
			s.data = validation.Data{}
		}, isPassed, "", ""},
		{"good, data in a time stamp", func(s *scene) {
			digest := sha256.Sum256(s.signature.Value)
			token := s.Stamp(digest[:], signed, s.RevocationValues(s.data.CRLs, s.data.OCSPs, false))
			s.signature.Unsigned = [][]byte{validationtest.Attribute(t, validationtest.OIDSignatureStamp, token)}
			s.data = validation.Data{}
		}, isPassed, "", ""},
		{"good, and the signer's certificate is elsewhere", func(s *scene) {
			s.signature.Certificates, s.data.Certificates = nil, []*x509.Certificate{s.Signer, s.CA.Certificate}
		}, isPassed, "", ""},

		// 5.2.2
		{"two signing times", func(s *scene) {
			s.signAgain(func(g *validationtest.Signature) { g.Signed = append(g.Signed, g.SigningTime(signed.Add(hour))) })
		}, isFailed, validation.FormatFailure, validation.ReasonMalformed},
		{"a policy that is none", func(s *scene) {
			s.signAgain(func(g *validationtest.Signature) {
				g.Signed = append(g.Signed, validationtest.Attribute(t, validationtest.OIDPolicy, []byte{4, 0}))
			})
		}, isFailed, validation.FormatFailure, validation.ReasonMalformed},
		{"no content-type", func(s *scene) {
			s.signAgain(func(g *validationtest.Signature) { g.Without(cms.OIDContentType) })
		}, isFailed, validation.FormatFailure, validation.ReasonAttributeWrong},

		// 5.2.3
		{"no certificate", func(s *scene) { s.signature.Certificates = nil }, isIndeterminate, validation.NoSigningCertificateFound, validation.ReasonNoSigner},
		{"certificate of another", func(s *scene) {
			s.signAgain(func(g *validationtest.Signature) {
				g.Without(cms.OIDSigningCertificateV2)
				g.Signed = append(g.Signed, g.SigningCertificateV2(s.CA.Certificate))
			})
		}, isIndeterminate, validation.NoSigningCertificateFound, validation.ReasonSignerOther},
		{"signing-certificate that is none", func(s *scene) {
			s.signAgain(func(g *validationtest.Signature) {
				g.Without(cms.OIDSigningCertificateV2)
				g.Signed = append(g.Signed, validationtest.Attribute(t, cms.OIDSigningCertificateV2, []byte{4, 0}))
			})
		}, isFailed, validation.FormatFailure, validation.ReasonMalformed},
		{"signed in another order", func(s *scene) {
			s.signAgain(func(g *validationtest.Signature) {
				slices.SortFunc(g.Signed, func(a, b []byte) int { return bytes.Compare(b, a) })
				g.Unordered = true
			})
		}, isIndeterminate, validation.SigConstraintsFailure, validation.ReasonAttributeWrong},
		{"signer not bound", func(s *scene) {
			s.signAgain(func(g *validationtest.Signature) { g.Without(cms.OIDSigningCertificateV2) })
		}, isIndeterminate, validation.SigConstraintsFailure, validation.ReasonSignerUnbound},

		// 5.2.4
		{"unknown policy", func(s *scene) {
			s.signAgain(func(g *validationtest.Signature) {
				g.Signed = append(g.Signed, g.Policy(asn1.ObjectIdentifier{1, 2, 3}, guide, ""))
			})
		}, isIndeterminate, validation.SignaturePolicyNotAvailable, validation.ReasonPolicyUnknown},
		{"implied policy", func(s *scene) {
			s.signAgain(func(g *validationtest.Signature) {
				g.Signed = append(g.Signed, validationtest.Attribute(t, validationtest.OIDPolicy, []byte{5, 0}))
			})
		}, isIndeterminate, validation.SignaturePolicyNotAvailable, validation.ReasonPolicyImplied},
		{"policy of another digest", func(s *scene) {
			s.signAgain(func(g *validationtest.Signature) {
				g.Signed = append(g.Signed, g.Policy(profileOID(1), make([]byte, 32), ""))
			})
		}, isIndeterminate, validation.PolicyProcessingError, validation.ReasonPolicyDigest},

		// 5.2.6
		{"no anchor", func(s *scene) { s.policy.Anchors = nil }, isIndeterminate, validation.NoCertificateChainFound, validation.ReasonNoAnchor},
		{"anchor of others", func(s *scene) {
			s.policy.Anchors[0].Certificate = pkitest.Root(t, "Başka Kök").Certificate
		}, isIndeterminate, validation.NoCertificateChainFound, validation.ReasonNoAnchor},
		{"no CA", func(s *scene) { s.signature.Certificates = s.signature.Certificates[:1] }, isIndeterminate, validation.NoCertificateChainFound, validation.ReasonNoAnchor},
		{"anchor of the same name", func(s *scene) {
			other := *pkitest.Root(t, "Doğrulama Kök").Certificate
			other.PublicKey, other.SubjectKeyId = pkitest.Key(t, "P-384 namesake").Public(), nil
			s.policy.Anchors[0].Certificate = &other
		}, isIndeterminate, validation.ChainGeneralFailure, validation.ReasonNoPath},
		{"anchor not trusted yet", func(s *scene) { s.policy.Anchors[0].Since = signed.Add(day) }, isIndeterminate, validation.OutOfBoundsNoPOE, validation.ReasonAnchorThen},
		{"anchor trusted no longer", func(s *scene) { s.policy.Anchors[0].Until = signed }, isIndeterminate, validation.OutOfBoundsNoPOE, validation.ReasonAnchorThen},
		{"no status of the signer", func(s *scene) { s.data.OCSPs = nil }, isIndeterminate, validation.TryLater, validation.ReasonStatusNone},
		{"no status of the CA", func(s *scene) { s.data.CRLs = nil }, isIndeterminate, validation.TryLater, validation.ReasonStatusNone},
		{"stale", func(s *scene) { s.data.OCSPs = [][]byte{s.OCSP(s.CA, s.Signer, signed.Add(-day), hour)} }, isIndeterminate, validation.TryLater, validation.ReasonStatusStale},
		{"status of a namesake", func(s *scene) {
			namesake := &pkitest.Authority{Certificate: s.CA.Certificate, Key: pkitest.Key(t, "P-384 namesake")}
			s.data.OCSPs = [][]byte{s.OCSP(namesake, s.Signer, signed, day)}
		}, isIndeterminate, validation.TryLater, validation.ReasonStatusBad},
		{"not known to its CA", func(s *scene) {
			s.data.OCSPs = [][]byte{s.OCSP(s.CA, s.Signer, signed, day, validationtest.Revocation{Reason: validationtest.NotKnown})}
		}, isIndeterminate, validation.TryLater, validation.ReasonStatusNotKnown},
		{"not known to its CA, and on no list of before", func(s *scene) {
			s.data.OCSPs = [][]byte{s.OCSP(s.CA, s.Signer, signed, day, validationtest.Revocation{Reason: validationtest.NotKnown})}
			s.data.CRLs = append(s.data.CRLs, s.CRL(s.CA, signed.Add(-day), 30*day))
		}, isIndeterminate, validation.TryLater, validation.ReasonStatusNotKnown},
		{"on hold", func(s *scene) {
			s.data.OCSPs = [][]byte{s.OCSP(s.CA, s.Signer, signed, day, validationtest.Revocation{At: signed.Add(-hour), Reason: 6})}
		}, isIndeterminate, validation.TryLater, validation.ReasonOnHold},
		{"answer of a responder", func(s *scene) {
			s.data.OCSPs = [][]byte{s.DelegatedOCSP(s.CA, signed.Add(day), s.Signer, signed, day)}
		}, isPassed, "", ""},
		{"answer of a responder whose time is over", func(s *scene) {
			s.data.OCSPs = [][]byte{s.DelegatedOCSP(s.CA, signed.Add(30*time.Minute), s.Signer, signed, day)}
		}, isIndeterminate, validation.TryLater, validation.ReasonStatusNotKnown},
		{"was on hold", func(s *scene) {
			s.data.OCSPs = append(s.data.OCSPs, s.OCSP(s.CA, s.Signer, signed.Add(-2*hour), day, validationtest.Revocation{At: signed.Add(-3 * hour), Reason: 6}))
		}, isPassed, "", ""},
		{"revoked", func(s *scene) {
			s.data.OCSPs = [][]byte{s.OCSP(s.CA, s.Signer, signed, day, validationtest.Revocation{At: signed.Add(-hour), Reason: 1})}
		}, isIndeterminate, validation.RevokedNoPOE, validation.ReasonRevoked},
		{"revoked by a list, good by an answer", func(s *scene) {
			s.data.CRLs = append(s.data.CRLs, s.CRL(s.CA, signed.Add(-2*day), day, validationtest.Revocation{Certificate: s.Signer, At: signed.Add(-3 * day)}))
		}, isIndeterminate, validation.RevokedNoPOE, validation.ReasonRevoked},
		{"CA revoked", func(s *scene) {
			s.data.CRLs = [][]byte{s.CRL(s.Root, signed.Add(-day), 30*day, validationtest.Revocation{Certificate: s.CA.Certificate, At: signed.Add(-2 * day)})}
		}, isIndeterminate, validation.RevokedCANoPOE, validation.ReasonRevoked},
		{"not yet valid", func(s *scene) { s.moment = validationtest.Day(2022, 12, 1) }, isIndeterminate, validation.OutOfBoundsNoPOE, validation.ReasonNotYetValid},
		{"expired, status known", func(s *scene) {
			s.moment = validationtest.Day(2027, 6, 1)
			s.data.OCSPs = [][]byte{s.OCSP(s.CA, s.Signer, validationtest.Day(2026, 12, 31), year)}
			s.data.CRLs = [][]byte{s.CRL(s.Root, validationtest.Day(2026, 12, 31), year)}
		}, isIndeterminate, validation.OutOfBoundsNotRevoked, validation.ReasonExpired},
		{"expired", func(s *scene) { s.moment = validationtest.Day(2027, 6, 1) }, isIndeterminate, validation.OutOfBoundsNoPOE, validation.ReasonExpired},
		{"expired, and the status is of a list made later", func(s *scene) {
			s.moment = validationtest.Day(2027, 6, 1)
			s.data.OCSPs = nil
			s.data.CRLs = [][]byte{s.CRL(s.Root, s.moment, day), s.CRL(s.CA, s.moment, day)}
		}, isIndeterminate, validation.OutOfBoundsNoPOE, validation.ReasonExpired},

		// 5.2.7
		{"changed content", func(s *scene) { s.spoil = replace("veriyorum", "vermiyoru") }, isFailed, validation.HashFailure, validation.ReasonContentChanged},
		{"changed content, detached", func(s *scene) { s.signature.Detached, s.content = true, []byte("Onay vermiyorum.") }, isFailed, validation.HashFailure, validation.ReasonContentChanged},
		{"changed content, of nobody that is known", func(s *scene) {
			s.spoil, s.policy.Anchors = replace("veriyorum", "vermiyoru"), nil
		}, isFailed, validation.HashFailure, validation.ReasonContentChanged},
		{"no content", func(s *scene) { s.signature.Detached = true }, isIndeterminate, validation.SignedDataNotFound, validation.ReasonContentMissing},
		{"changed value", func(s *scene) { s.signature.Value[len(s.signature.Value)-1] ^= 1 }, isFailed, validation.SigCryptoFailure, validation.ReasonValueWrong},
		{"of another key", func(s *scene) {
			s.signature.Key = pkitest.Key(t, "P-256 other")
			s.signature.Sign()
		}, isFailed, validation.SigCryptoFailure, validation.ReasonValueWrong},

		// 5.2.8
		{"hash no longer strong", func(s *scene) {
			s.policy.Hashes["SHA-256"] = validation.Until{Time: signed.Add(-day)}
		}, isIndeterminate, validation.CryptoConstraintsFailureNoPO, validation.ReasonWeak},
		{"hash that is not accepted", func(s *scene) { delete(s.policy.Hashes, "SHA-256") }, isIndeterminate, validation.CryptoConstraintsFailure, validation.ReasonWeak},
		{"hash of a CA's that is not accepted", func(s *scene) { delete(s.policy.Hashes, "SHA-384") }, isIndeterminate, validation.CryptoConstraintsFailure, validation.ReasonWeak},
		{"certificate named by a hash no longer strong", func(s *scene) {
			s.policy.Bindings["SHA-256"] = validation.Until{Time: signed.Add(-day)}
		}, isIndeterminate, validation.CryptoConstraintsFailureNoPO, validation.ReasonWeak},
		{"certificate named by a hash that is not accepted", func(s *scene) { delete(s.policy.Bindings, "SHA-256") }, isIndeterminate, validation.CryptoConstraintsFailure, validation.ReasonWeak},
		{"key no longer strong", func(s *scene) {
			s.policy.Keys = []validation.KeyLimit{{Kind: "ECDSA", Bits: 256, Until: validation.Until{Time: signed}}, {Kind: "ECDSA", Bits: 384}}
		}, isIndeterminate, validation.CryptoConstraintsFailureNoPO, validation.ReasonWeak},
		{"key that is not accepted", func(s *scene) {
			s.policy.Keys = []validation.KeyLimit{{Kind: "ECDSA", Bits: 384}}
		}, isIndeterminate, validation.CryptoConstraintsFailure, validation.ReasonWeak},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t)
			test.change(s)
			want(t, s.judge(t), test.indication, test.sub, test.reason)
		})
	}
}

func TestKeyUsage(t *testing.T) {
	s := newScene(t, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment })
	want(t, s.judge(t), isIndeterminate, validation.ChainConstraintsFailure, validation.ReasonKeyUsage)
}

// stamped makes a scene years later: the signature has a time stamp, and the lists of the root are of then. Its certificate has expired.
