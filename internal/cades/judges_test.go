package cades_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

var (
	attrCapabilities = oid(1, 2, 840, 113549, 1, 9, 15)
	attrProtection   = oid(1, 2, 840, 113549, 1, 9, 52)
)

// protection is CMSAlgorithmProtection of two algorithm identifiers.
func protection(digest, signature []byte) []byte {
	return sequence(sequence(digest), tlv(0xa1, signature))
}

// furtherAttributes are signed attributes beside the four of the profile, with the code of their refusal.
var furtherAttributes = map[string]struct {
	der  []byte
	want fault.Code
}{
	"capabilities":                           {attribute(attrCapabilities, sequence(sequence(oidSHA256))), ok},
	"capabilities that are an octet string":  {attribute(attrCapabilities, octets([]byte{1, 2, 3})), attributes},
	"algorithm protection":                   {attribute(attrProtection, protection(oidSHA256, oidECDSA256)), ok},
	"algorithm protection, other digest":     {attribute(attrProtection, protection(oidSHA512, oidECDSA256)), attributes},
	"algorithm protection, other signature":  {attribute(attrProtection, protection(oidSHA256, oidECDSA384)), attributes},
	"algorithm protection, two values":       {attribute(attrProtection, protection(oidSHA256, oidECDSA256), protection(oidSHA512, oidECDSA256)), attributes},
	"algorithm protection, an octet string":  {attribute(attrProtection, octets([]byte{1, 2, 3})), attributes},
	"countersignature among the signed":      {attribute(oidCounter, octets([]byte{1, 2, 3})), attributes},
	"content hints":                          {attribute(attrHints, sequence(oidData)), attributes},
	"signature time-stamp among the signed":  {attribute(oid(1, 2, 840, 113549, 1, 9, 16, 2, 14), octets([]byte{1, 2, 3})), attributes},
	"unknown":                                {attribute(oid(1, 2, 3, 4), null), attributes},
	"unknown, no value":                      {sequence(oid(1, 2, 3, 4), set()), attributes},
	"unknown, values in another order":       {attribute(oid(1, 2, 3, 4), []byte{2, 1, 9}, []byte{2, 1, 1}), attributes},
	"unknown, indefinite length":             {attribute(oid(1, 2, 3, 4), []byte{0x30, 0x80, 2, 1, 1, 0, 0}), malformed},
	"unknown, boolean of 1":                  {attribute(oid(1, 2, 3, 4), []byte{1, 1, 1}), malformed},
	"unknown, no element inside":             {attribute(oid(1, 2, 3, 4), []byte{0x30, 2, 0xff, 0xff}), malformed},
	"unknown, integer with a needless zero":  {attribute(oid(1, 2, 3, 4), []byte{2, 2, 0, 1}), malformed},
	"capabilities with a needless zero":      {attribute(attrCapabilities, sequence(sequence(oidSHA256, []byte{2, 2, 0, 1}))), malformed},
	"capabilities, primitive sequence":       {attribute(attrCapabilities, sequence([]byte{0x10, 0})), malformed},
	"capabilities with unused bits that are": {attribute(attrCapabilities, sequence(sequence(oidSHA256, []byte{3, 2, 1, 1}))), malformed},
}

// TestFurtherAttributes checks the rule that another reader accepts whatever this one accepts, with OpenSSL and
// BouncyCastle as judges: a signature that they refuse can be disowned.
func TestFurtherAttributes(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "content", content)
	accepted := map[string]string{} // name by file
	var number int
	for name, further := range furtherAttributes {
		f := newForgery(newPerson(t, "P-256"))
		f.more = [][]byte{further.der}
		der := f.der(t)
		t.Run(name, func(t *testing.T) { wantCode(t, verify(der), further.want) })
		if verify(der) != nil {
			continue
		}
		number++
		file := fmt.Sprintf("%d.p7s", number)
		write(t, dir, file, der)
		accepted[file] = name
		if out, err := opensslVerify(t, f.p, der, content); err != nil {
			t.Errorf("%s: accepted here, openssl refuses: %s", name, out)
		}
	}
	judged(t, dir, accepted)
}

// judged asks BouncyCastle about signatures that are accepted here.
func judged(t *testing.T, dir string, accepted map[string]string) {
	t.Helper()
	verdicts := pkitest.BouncyCastle(t, dir)
	for file, name := range accepted {
		if verdicts[file] != "accepts" {
			t.Errorf("%s: accepted here, BouncyCastle %s", name, verdicts[file])
		}
	}
}

// TestBouncyCastleAcceptsOurs has BouncyCastle verify what Sign makes, and RSA identifiers that Parse takes.
func TestBouncyCastleAcceptsOurs(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "content", content)
	accepted := map[string]string{}
	for _, kind := range kinds {
		write(t, dir, kind+".p7s", newPerson(t, kind).sign(t, content))
		accepted[kind+".p7s"] = kind
	}
	f := newForgery(newPerson(t, "RSA-2048"))
	f.signatureAlg = sequence(oidSHA256RSA)
	write(t, dir, "absent.p7s", f.der(t))
	accepted["absent.p7s"] = "sha256WithRSAEncryption without NULL"
	if out, err := opensslVerify(t, f.p, f.der(t), content); err != nil {
		t.Errorf("openssl refuses sha256WithRSAEncryption without NULL: %s", out)
	}
	judged(t, dir, accepted)
}

// TestBouncyCastleJudgesForms has BouncyCastle verify each form, each signer and each counter-signature.
func TestBouncyCastleJudgesForms(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "content", content)
	accepted := map[string]string{}
	add := func(name string, file []byte) {
		path := fmt.Sprintf("%d.p7s", len(accepted))
		write(t, dir, path, file)
		accepted[path] = name
	}
	for _, kind := range kinds {
		p := newPerson(t, kind)
		add(kind+", attached", p.attach(t, content))
		add(kind+", in a PDF", p.signInPDF(t, content))
	}
	first, second := newPerson(t, "P-256"), newPerson(t, "RSA-2048")
	for _, profile := range ades.Profiles[1:] {
		add(profile.Name, first.signWithPolicy(t, profile.Policy))
	}
	for name, existing := range others(t, first) {
		add("parallel to "+name, second.make(t, documentsFor(t, existing), cades.Options{Form: cades.Parallel}))
		add("counter-signature of "+name, second.make(t, documentsFor(t, existing), cades.Options{Form: cades.CounterSignature}))
	}
	_, broken := counterSigned(t, first, second)
	write(t, dir, "broken.p7s", broken)
	verdicts := pkitest.BouncyCastle(t, dir)
	for file, name := range accepted {
		if verdicts[file] != "accepts" {
			t.Errorf("%s: BouncyCastle %s", name, verdicts[file])
		}
	}
	if !strings.HasPrefix(verdicts["broken.p7s"], "refuses") {
		t.Errorf("a counter-signature of another signature: BouncyCastle %s", verdicts["broken.p7s"])
	}
}

// TestEmbeddedCertificateWithUnsignedBytes puts bytes into an embedded certificate where no signature covers them.
func TestEmbeddedCertificateWithUnsignedBytes(t *testing.T) {
	runMutations(t, []mutation{
		{"of the signer", func(f *forgery) {
			c := *f.p.certificate
			c.Raw = pkitest.WithTail(t, c.Raw)
			f.p.certificate = &c
			f.certificates[0] = c.Raw
			f.attributes["signing-certificate-v2"] = attribute(attrCertificate, f.signingCertificate())
		}, malformed},
		{"of the chain", func(f *forgery) { f.certificates[1] = pkitest.WithTail(t, f.certificates[1]) }, malformed},
	})
}

// TestBouncyCastleRefuses checks that the judge can say no.
func TestBouncyCastleRefuses(t *testing.T) {
	f := newForgery(newPerson(t, "P-256"))
	f.more = [][]byte{furtherAttributes["algorithm protection, other digest"].der}
	dir := t.TempDir()
	write(t, dir, "content", content)
	write(t, dir, "x.p7s", f.der(t))
	write(t, dir, "tail.cer", pkitest.WithTail(t, f.p.certificate.Raw))
	write(t, dir, "good.cer", f.p.certificate.Raw)
	verdicts := pkitest.BouncyCastle(t, dir)
	if !strings.HasPrefix(verdicts["x.p7s"], "refuses") || !strings.HasPrefix(verdicts["tail.cer"], "refuses") || verdicts["good.cer"] != "accepts" {
		t.Errorf("verdicts %v", verdicts)
	}
}
