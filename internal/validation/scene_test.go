package validation_test

import (
	"bytes"
	"encoding/asn1"
	"encoding/hex"
	"testing"
	"time"

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
	var documents []formats.Document
	if s.content != nil {
		documents = []formats.Document{{Content: formats.Content{Reader: bytes.NewReader(s.content), Size: int64(len(s.content))}}}
	}
	all, err := formats.Read(formats.Content{Reader: bytes.NewReader(file), Size: int64(len(file))}, documents...)
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
