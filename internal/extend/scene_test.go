package extend_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"io"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/extend"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

const (
	hour = time.Hour
	day  = 24 * hour
)

// scene is a world at a time, with authorities that answer for that time.
type scene struct {
	*validationtest.World
	policy  *validation.Policy
	now     time.Time
	content []byte // detached
	data    validation.Data
	silent  bool // the authorities of certificates do not answer
	revoked []validationtest.Revocation
	listAge time.Duration // of the lists that are published
	stamps  int           // that were asked for
	asked   int           // questions to the authorities of certificates
}

func newScene(t testing.TB, edits ...pkitest.Edit) *scene {
	t.Helper()
	s := &scene{World: validationtest.New(t, edits...), policy: validation.DefaultPolicy(), now: validationtest.Signed.Add(time.Minute), listAge: hour}
	s.policy.Anchors = []validation.Anchor{{Certificate: s.Root.Certificate}}
	return s
}

// stamp is the time-stamp authority.
func (s *scene) stamp(_ context.Context, _ crypto.Hash, digest []byte) ([]byte, error) {
	s.stamps++
	return s.Stamp(digest, s.now), nil
}

// answers asks the responder of the CA, and takes lists for everybody else.
type answers struct{ *scene }

func (a answers) Revocation(subject, issuer *x509.Certificate) (out validation.Data) {
	a.asked++
	switch {
	case a.silent:
	case subject.Equal(a.Signer):
		out.OCSPs = [][]byte{a.OCSP(a.CA, subject, a.now.Add(-time.Minute), day, a.revoked...)}
	default:
		out = lists(a).Revocation(subject, issuer)
	}
	return out
}

// lists takes lists for everybody.
type lists struct{ *scene }

func (l lists) Revocation(_, issuer *x509.Certificate) (out validation.Data) {
	l.asked++
	if l.silent {
		return out
	}
	by := l.Root
	if issuer.Equal(l.CA.Certificate) {
		by = l.CA
	}
	out.CRLs = [][]byte{l.CRL(by, l.now.Add(-l.listAge), 7*day, l.revoked...)}
	return out
}

func (s *scene) documents() []formats.Document {
	if s.content == nil {
		return nil
	}
	return []formats.Document{{Content: content(s.content)}}
}

func content(b []byte) formats.Content {
	return formats.Content{Reader: bytes.NewReader(b), Size: int64(len(b))}
}

func (s *scene) options() extend.Options {
	return extend.Options{
		Policy: s.policy, Stamp: s.stamp, Source: answers{s}, Lists: lists{s}, Data: s.data, Now: func() time.Time { return s.now },
	}
}

// extend returns the file and what Extend says.
func (s *scene) extend(t testing.TB, file []byte, level extend.Level) ([]byte, *extend.Result) {
	t.Helper()
	result, err := extend.Extend(t.Context(), content(file), s.documents(), level, s.options())
	if err != nil {
		t.Fatalf("%s: %v", level, err)
	}
	return read(t, result.File), result
}

func read(t testing.TB, c formats.Content) []byte {
	t.Helper()
	file, err := io.ReadAll(io.NewSectionReader(c.Reader, 0, c.Size))
	if err != nil || int64(len(file)) != c.Size {
		t.Fatalf("%d of %d bytes: %v", len(file), c.Size, err)
	}
	return file
}

// refuse wants a refusal.
func (s *scene) refuse(t testing.TB, file []byte, level extend.Level, want fault.Code) error {
	t.Helper()
	result, err := extend.Extend(t.Context(), content(file), s.documents(), level, s.options())
	if err == nil || fault.CodeOf(err) != want || result != nil {
		t.Errorf("%s: %v, want %s", level, err, want)
	}
	return err
}

// judge validates a file at the scene's time, by what it embeds and data.
func (s *scene) judge(t testing.TB, file []byte, data validation.Data) []*validation.SignatureReport {
	t.Helper()
	all, err := formats.Read(content(file), s.documents()...)
	if err != nil {
		t.Fatal(err)
	}
	return validation.Validate(validation.Input{Signatures: all, Policy: s.policy, Moment: s.now, Data: data}).Signatures
}

// want judges the only signature of a file by what it embeds, and more.
func (s *scene) want(t testing.TB, file []byte, level, form string, more ...validation.Data) *validation.SignatureReport {
	t.Helper()
	got := s.judge(t, file, append(more, validation.Data{})[0])[0]
	if got.Indication != validation.Passed || got.Level != level || got.Form != form {
		t.Errorf("%s %s of level %q and form %q, want passed of %q and %q: %+v", got.Indication, got.SubIndication, got.Level, got.Form, level, form, got.Reasons)
	}
	return got
}

var guide, _ = hex.DecodeString("ff39bd29463383f69b2052ac47439e06ce7c3b8646e888b6e5ae3e46ba08117a")

// named is a signature that names the policy of P2 (1), P3 (2) or P4 (3).
func (s *scene) named(number int) *validationtest.Signature {
	out := s.NewSignature("Onay veriyorum.")
	oid := asn1.ObjectIdentifier{2, 16, 792, 1, 61, 0, 1, 5070, 3, number, 1}
	out.Signed = append(out.Signed, out.Policy(oid, guide, "https://www.btk.gov.tr/rehber.pdf"))
	return out.Sign()
}
