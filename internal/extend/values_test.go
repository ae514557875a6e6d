package extend_test

import (
	"crypto/x509"
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/extend"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// container reads the SignedData of a file.
func container(t *testing.T, file []byte) *cms.SignedData {
	t.Helper()
	c := content(file)
	d, err := cms.Read(c.Reader, c.Size)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestValues embeds what the verdict rests on, each once: the paths, one list for all that it is on, the answer and who signed it; and not what a
// time stamp has inside already.
func TestValues(t *testing.T) {
	s := newScene(t)
	s.silent = true
	s.data.OCSPs = [][]byte{s.DelegatedOCSP(s.CA, validationtest.Day(2030, 1, 1), s.Signer, s.now, day)}
	s.data.CRLs = [][]byte{s.CRL(s.Root, s.now, 7*day)}
	file, _ := s.extend(t, s.NewSignature("Onay veriyorum.").Sign().DER(), extend.LT)
	d := container(t, file)
	crls, ocsps := d.Revocation()
	if len(crls) != 1 || len(ocsps) != 1 || len(d.Certificates) != 4 { // signer, CA, root, responder
		t.Errorf("%d lists, %d answers, %d certificates", len(crls), len(ocsps), len(d.Certificates))
	}
	isResponder := func(c *x509.Certificate) bool { return slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) }
	if !slices.ContainsFunc(d.Certificates, isResponder) || slices.ContainsFunc(d.Certificates, s.TSA.Equal) {
		t.Error("no certificate of the responder, or the authority's twice")
	}
	s.want(t, file, "LT", "")
}

// TestXLongValues has the values of X-Long in their attributes, whole, and nothing in the container.
func TestXLongValues(t *testing.T) {
	s := newScene(t)
	file, _ := s.extend(t, s.named(3).DER(), extend.P4)
	signatures, err := formats.Read(content(file))
	if err != nil {
		t.Fatal(err)
	}
	a := signatures[0].Attributes
	if !a.CompleteCertificates || !a.CompleteRevocations || !a.CertificateValues || !a.RevocationValues || a.RevocationsInContainer {
		t.Errorf("%+v", a)
	}
	before := len(container(t, file).Certificates)
	file, _ = s.extend(t, file, extend.LTA)
	if d := container(t, file); len(d.Certificates) != before || len(d.RawRevocations()) != 0 {
		t.Errorf("%d certificates, %d before; %d revocation data", len(d.Certificates), before, len(d.RawRevocations()))
	}
}

// both gives an answer and lists for everybody.
type both struct{ *scene }

func (b both) Revocation(subject, issuer *x509.Certificate) validation.Data {
	by := b.Root
	if issuer.Equal(b.CA.Certificate) {
		by = b.CA
	}
	out := lists(b).Revocation(subject, issuer)
	out.OCSPs = [][]byte{b.OCSP(by, subject, b.now, day)}
	return out
}

// TestP3TakesLists has P3 rest on lists, also where the source gives answers, and where a newer answer on the signer is at hand.
func TestP3TakesLists(t *testing.T) {
	s := newScene(t)
	stamped, _ := s.extend(t, s.named(2).DER(), extend.P3)
	s.now, s.listAge = s.now.Add(25*hour), 1
	for _, atHand := range []bool{false, true} {
		o := s.options()
		o.Source, o.Lists = both{s}, nil
		if atHand {
			o.Data.OCSPs = [][]byte{s.OCSP(s.CA, s.Signer, s.now, day)}
		}
		result, err := extend.Extend(t.Context(), content(stamped), nil, extend.P3, o)
		if err != nil {
			t.Fatal(err)
		}
		signatures, err := formats.Read(result.File)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(signatures[0].Data.OCSPs); n != 0 {
			t.Errorf("%d answers embedded", n)
		}
		if profile := s.judge(t, read(t, result.File), validation.Data{})[0].Profile; !profile.Keeps() {
			t.Errorf("%+v", profile)
		}
	}
}

// TestSilentAuthoritiesAreAskedOnce does not ask again after each step who gave nothing.
func TestSilentAuthoritiesAreAskedOnce(t *testing.T) {
	s := newScene(t)
	s.silent = true
	s.extend(t, s.NewSignature("Onay veriyorum.").Sign().DER(), extend.T)
	if s.asked != 3 { // signer, CA, time-stamp authority
		t.Errorf("%d questions", s.asked)
	}
}
