package validation_test

import (
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

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
		}, "P2", []string{"crl", "grace"}},
		{"P2, and a newer OCSP answer", func(s *scene) {
			begin(s, 1, uri)
			list(s, signed.Add(25*hour))
			s.data.OCSPs = append(s.data.OCSPs, s.OCSP(s.CA, s.Signer, signed.Add(26*hour), 30*day))
		}, "P2", nil},
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
