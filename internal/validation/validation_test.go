package validation_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

const (
	hour = time.Hour
	day  = 24 * hour
	year = 365 * day
)

// scene is a signature with what it is judged by. A test changes it.
type scene struct {
	*validationtest.World
	signature *validationtest.Signature
	spoil     func([]byte) []byte
	content   []byte // detached
	policy    *validation.Policy
	data      validation.Data
	moment    time.Time
}

// newScene is a signature that is good an hour after it was made.
func newScene(t testing.TB, edits ...pkitest.Edit) *scene {
	t.Helper()
	w := validationtest.New(t, edits...)
	s := &scene{World: w, signature: w.NewSignature("Onay veriyorum.").Sign(), spoil: func(b []byte) []byte { return b }, policy: validation.DefaultPolicy(), moment: validationtest.Signed.Add(hour)}
	s.policy.Anchors = []validation.Anchor{{Certificate: w.Root.Certificate}}
	s.data.OCSPs = [][]byte{w.OCSP(w.CA, w.Signer, validationtest.Signed, day)}
	s.data.CRLs = [][]byte{w.CRL(w.Root, validationtest.Signed.Add(-day), 30*day)}
	return s
}

func (s *scene) judge(t testing.TB) *validation.SignatureReport {
	t.Helper()
	return s.report(t).Signatures[0]
}

func (s *scene) report(t testing.TB) *validation.Report {
	t.Helper()
	file := s.spoil(s.signature.DER())
	var detached *formats.Content
	if s.content != nil {
		detached = &formats.Content{Reader: bytes.NewReader(s.content), Size: int64(len(s.content))}
	}
	all, err := formats.Read(formats.Content{Reader: bytes.NewReader(file), Size: int64(len(file))}, detached)
	if err != nil {
		t.Fatal(err)
	}
	return validation.Validate(validation.Input{Signatures: all, Policy: s.policy, Moment: s.moment, Data: s.data})
}

// want compares a conclusion with the one that is wanted. A reason of "" is for none.
func want(t testing.TB, got *validation.SignatureReport, indication validation.Indication, sub validation.SubIndication, reason validation.ReasonCode) {
	t.Helper()
	first := validation.ReasonCode("")
	if len(got.Reasons) > 0 {
		first = got.Reasons[0].Code
	}
	if got.Indication != indication || got.SubIndication != sub || first != reason {
		t.Errorf("%s %s, %+v; want %s %s %s", got.Indication, got.SubIndication, got.Reasons, indication, sub, reason)
	}
	if got.Indication == validation.Passed && !got.Intact {
		t.Error("passed, and not intact")
	}
}

const (
	isPassed        = validation.Passed
	isFailed        = validation.Failed
	isIndeterminate = validation.Indeterminate
)

// signAgain changes the signed attributes.
func (s *scene) signAgain(change func(*validationtest.Signature)) {
	s.signature = s.NewSignature("Onay veriyorum.")
	change(s.signature)
	s.signature.Sign()
}

func replace(from, to string) func([]byte) []byte {
	return func(b []byte) []byte { return bytes.Replace(b, []byte(from), []byte(to), 1) }
}

var guide, _ = hex.DecodeString("ff39bd29463383f69b2052ac47439e06ce7c3b8646e888b6e5ae3e46ba08117a")

func profileOID(number int) asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{2, 16, 792, 1, 61, 0, 1, 5070, 3, number, 1}
}

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

// TestProfiles has signatures of each profile of the guide, good ones and ones that break one rule.
func TestProfiles(t *testing.T) {
	signed := validationtest.Signed
	// begin makes a signature that names the policy of a profile, with a time stamp.
	begin := func(s *scene, number int, uri string) {
		s.signAgain(func(g *validationtest.Signature) {
			g.Signed = append(g.Signed, g.Policy(profileOID(number), guide, uri))
		})
		s.signature.AddSignatureStamp(signed.Add(time.Minute))
		s.moment = signed.Add(3 * day)
		s.data = validation.Data{CRLs: [][]byte{s.CRL(s.Root, signed.Add(2*day), 30*day)}}
	}
	list := func(s *scene, at time.Time) { s.signature.AddCRL(s.CRL(s.CA, at, 30*day)) }
	complete := func(s *scene) {
		null := []byte{0x30, 0}
		s.signature.Unsigned = append(s.signature.Unsigned, validationtest.Attribute(t, validationtest.OIDCompleteCertificates, null),
			validationtest.Attribute(t, validationtest.OIDCompleteRevocations, null))
	}
	const uri = "http://www.eimza.gov.tr/EimzaPolitikalari/216792161015070321.pdf"
	for _, test := range []struct {
		name    string
		change  func(s *scene)
		profile string
		broken  []string // "?" before those of which it cannot be told
	}{
		{"P1", func(s *scene) {}, "P1", nil},
		{"P1 without a signing time", func(s *scene) {
			s.signAgain(func(g *validationtest.Signature) { g.Without(cms.OIDSigningTime) })
		}, "P1", []string{"signing_time"}},
		{"P1 with an archive time stamp", func(s *scene) { s.signature.AddArchiveStamp(signed) }, "P1", []string{"no_archive_stamp"}},
		{"P1, certificate elsewhere", func(s *scene) {
			s.data.Certificates, s.signature.Certificates = []*x509.Certificate{s.Signer, s.CA.Certificate}, nil
		}, "P1", []string{"certificate_embedded"}},
		{"P2", func(s *scene) { begin(s, 1, uri); list(s, signed.Add(25*hour)) }, "P2", nil},
		{"P2 within the grace", func(s *scene) { begin(s, 1, uri); list(s, signed.Add(hour)) }, "P2", []string{"grace"}},
		{"P2 by OCSP", func(s *scene) {
			begin(s, 1, uri)
			s.signature.AddOCSP(s.OCSP(s.CA, s.Signer, signed.Add(25*hour), 30*day))
		}, "P2", []string{"crl"}},
		{"P2 without the address", func(s *scene) { begin(s, 1, ""); list(s, signed.Add(25*hour)) }, "P2", []string{"policy_uri"}},
		{"P2 stamped late", func(s *scene) {
			begin(s, 1, uri)
			s.signature.Unsigned = nil
			s.signature.AddSignatureStamp(signed.Add(3 * hour))
			list(s, signed.Add(28*hour))
		}, "P2", []string{"time_stamp_within"}},
		{"P2 stamped before the signing time", func(s *scene) {
			begin(s, 1, uri)
			s.signature.Unsigned = nil
			s.signature.AddSignatureStamp(signed.Add(-time.Hour))
			list(s, signed.Add(25*hour))
		}, "P2", []string{"time_stamp_within"}},
		{"P2 not stamped", func(s *scene) {
			begin(s, 1, uri)
			s.signature.Unsigned = nil
			list(s, signed.Add(25*hour))
		}, "P2", []string{"time_stamp", "time_stamp_within", "grace"}},
		{"P2, of whose status nothing is known", func(s *scene) { begin(s, 1, uri) }, "P2", []string{"?crl", "?grace"}},
		{"P2, of whose time stamp nothing is known", func(s *scene) {
			begin(s, 1, uri)
			list(s, signed.Add(25*hour))
			s.data = validation.Data{}
		}, "P2", []string{"?time_stamp"}},
		{"P3", func(s *scene) { begin(s, 2, uri); complete(s); list(s, signed.Add(25*hour)) }, "P3", nil},
		{"P3 without references", func(s *scene) { begin(s, 2, uri); list(s, signed.Add(25*hour)) }, "P3", []string{"complete_references"}},
		{"P4", func(s *scene) {
			begin(s, 3, uri)
			complete(s)
			s.signature.AddOCSP(s.OCSP(s.CA, s.Signer, signed.Add(time.Minute), 30*day))
		}, "P4", nil},
		{"P4 by a list", func(s *scene) { begin(s, 3, uri); complete(s); list(s, signed.Add(25*hour)) }, "P4", []string{"ocsp"}},
		{"P4 without values", func(s *scene) {
			begin(s, 3, uri)
			complete(s)
			s.data.OCSPs = [][]byte{s.OCSP(s.CA, s.Signer, signed.Add(time.Minute), 30*day)}
		}, "P4", []string{"values"}},
		{"P4 with a time stamp of the references", func(s *scene) {
			begin(s, 3, uri)
			complete(s)
			s.signature.AddOCSP(s.OCSP(s.CA, s.Signer, signed.Add(time.Minute), 30*day))
			s.signature.AddReferencesStamp(signed.Add(2 * time.Minute))
		}, "P4", []string{"no_references_stamp"}},
		{"P2 of another digest", func(s *scene) {
			begin(s, 1, uri)
			s.signAgain(func(g *validationtest.Signature) {
				g.Signed = append(g.Signed, g.Policy(profileOID(1), make([]byte, 32), uri))
			})
			s.signature.AddSignatureStamp(signed.Add(time.Minute))
			list(s, signed.Add(25*hour))
		}, "P2", []string{"policy_digest"}},
		{"another policy", func(s *scene) {
			s.signAgain(func(g *validationtest.Signature) {
				g.Signed = append(g.Signed, g.Policy(asn1.ObjectIdentifier{1, 2, 3}, guide, uri))
			})
		}, "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t)
			test.change(s)
			got := s.judge(t)
			if test.profile == "" {
				if got.Profile != nil {
					t.Errorf("%+v", got.Profile)
				}
				return
			}
			var broken []string
			for _, rule := range got.Profile.Rules {
				switch {
				case rule.Unknown:
					broken = append(broken, "?"+rule.Rule)
				case !rule.Kept:
					broken = append(broken, rule.Rule)
				}
			}
			if got.Profile.Name != test.profile || !slices.Equal(broken, test.broken) || got.Profile.Keeps() != (test.broken == nil) {
				t.Errorf("%s breaks %v, want %s and %v; %s %+v", got.Profile.Name, broken, test.profile, test.broken, got.SubIndication, got.Reasons)
			}
		})
	}
}

// A source is asked once for each certificate of which nothing fresh is at hand.
func TestSource(t *testing.T) {
	s := newScene(t)
	source := &countingSource{Data: s.data, asked: map[string]int{}}
	file := s.signature.DER()
	all, err := formats.Read(formats.Content{Reader: bytes.NewReader(file), Size: int64(len(file))}, nil)
	if err != nil {
		t.Fatal(err)
	}
	in := validation.Input{Signatures: all, Policy: s.policy, Moment: s.moment, Source: source}
	want(t, validation.Validate(in).Signatures[0], isPassed, "", "")
	if len(source.asked) == 0 {
		t.Error("not asked")
	}
	for subject, n := range source.asked {
		if n != 1 {
			t.Errorf("asked %d times about %s", n, subject)
		}
	}
	in.Data, source.asked = s.data, map[string]int{}
	want(t, validation.Validate(in).Signatures[0], isPassed, "", "")
	if len(source.asked) > 0 {
		t.Error("asked, and everything was at hand")
	}
}

type countingSource struct {
	validation.Data
	asked map[string]int
}

func (c *countingSource) Revocation(subject, _ *x509.Certificate) validation.Data {
	c.asked[subject.SerialNumber.String()]++
	return c.Data
}
