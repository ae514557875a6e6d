package formats_test

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// bench is a folder in which openssl signs and judges, with authorities of today: openssl signs with the clock.
type bench struct {
	*validationtest.World
	dir string
	now time.Time
}

func newBench(t *testing.T) *bench {
	b := &bench{validationtest.New(t), t.TempDir(), time.Now()}
	b.Root = pkitest.Root(t, "Yargıç Kök")
	b.CA = b.Root.Sub(t, "Yargıç Alt Kök")
	pkitest.WriteCertificates(t, b.dir, "root.pem", b.Root.Certificate)
	pkitest.WriteCertificates(t, b.dir, "ca.pem", b.CA.Certificate)
	b.write("content", []byte(judged))
	return b
}

const judged = "Onay veriyorum.\r\n"

func (b *bench) write(name string, data []byte) string {
	b.T.Helper()
	path := filepath.Join(b.dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		b.T.Fatal(err)
	}
	return path
}

func (b *bench) openssl(args ...string) error {
	command := exec.Command("openssl", args...)
	command.Dir = b.dir
	return command.Run()
}

// sign has openssl sign with a key, for a certificate of these edits.
func (b *bench) sign(key crypto.Signer, options []string, edits ...pkitest.Edit) ([]byte, *x509.Certificate) {
	b.T.Helper()
	c := b.CA.Issue(b.T, key.Public(), edits...)
	pkitest.WriteCertificates(b.T, b.dir, "signer.pem", c)
	pkitest.WriteKey(b.T, b.dir, "signer.key", key)
	args := append([]string{"cms", "-sign", "-cades", "-binary", "-outform", "DER", "-in", "content", "-signer", "signer.pem", "-inkey", "signer.key",
		"-certfile", "ca.pem", "-out", "signed"}, options...)
	if err := b.openssl(args...); err != nil {
		b.T.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(b.dir, "signed"))
	if err != nil {
		b.T.Fatal(err)
	}
	return file, c
}

// lists are those of root and CA, with what the CA has revoked.
func (b *bench) lists(revoked ...validationtest.Revocation) [][]byte {
	all := [][]byte{b.CRL(b.Root, b.now.Add(-time.Hour), 24*time.Hour), b.CRL(b.CA, b.now.Add(-time.Hour), 24*time.Hour, revoked...)}
	file := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: b.Root.Certificate.Raw})
	for _, der := range all {
		file = append(file, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})...)
	}
	b.write("trusted.pem", file)
	return all
}

// accepts is what openssl makes of a file at a time.
func (b *bench) accepts(file []byte, detached bool, at time.Time) bool {
	args := []string{"cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", b.write("judged", file), "-CAfile", "trusted.pem", "-crl_check_all",
		"-purpose", "any", "-attime", strconv.FormatInt(at.Unix(), 10), "-out", os.DevNull}
	if detached {
		args = append(args, "-content", "content")
	}
	return b.openssl(args...) == nil
}

// TestOpenSSL has openssl sign, good and bad, and judge the same files.
func TestOpenSSL(t *testing.T) {
	pss := []string{"-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:32"}
	for _, test := range []struct {
		name       string
		key        string
		options    []string
		edits      []pkitest.Edit
		spoil      func([]byte) []byte
		revoked    bool
		later      time.Duration // than now
		indication validation.Indication
		sub        validation.SubIndication
	}{
		{"P-256", "P-256 judged", nil, nil, nil, false, 0, validation.Passed, ""},
		{"P-256, attached", "P-256 judged", []string{"-nodetach"}, nil, nil, false, 0, validation.Passed, ""},
		{"P-384, in BER", "P-384 judged", []string{"-nodetach", "-stream", "-md", "sha384"}, nil, nil, false, 0, validation.Passed, ""},
		{"RSA", "RSA-2048", nil, nil, nil, false, 0, validation.Passed, ""},
		{"RSA, PSS", "RSA-2048", pss, nil, nil, false, 0, validation.Passed, ""},
		{"named by key identifier", "P-256 judged", []string{"-keyid"}, []pkitest.Edit{func(c *x509.Certificate) { c.SubjectKeyId = []byte{1, 2, 3} }}, nil, false, 0, validation.Passed, ""},
		{"changed content", "P-256 judged", []string{"-nodetach"}, nil, func(f []byte) []byte { return bytes.Replace(f, []byte("veriyorum"), []byte("vermiyoru"), 1) }, false, 0, validation.Failed, validation.HashFailure},
		{"changed value", "RSA-2048", nil, nil, func(f []byte) []byte {
			f[len(f)-1] ^= 1
			return f
		}, false, 0, validation.Failed, validation.SigCryptoFailure},
		{"expired", "P-256 judged", nil, []pkitest.Edit{func(c *x509.Certificate) { c.NotAfter = time.Now().Add(time.Hour) }}, nil, false, 2 * time.Hour, validation.Indeterminate, validation.OutOfBoundsNotRevoked},
		{"revoked", "P-256 judged", nil, nil, nil, true, 0, validation.Indeterminate, validation.RevokedNoPOE},
		{"lists stale", "P-256 judged", nil, nil, nil, false, 48 * time.Hour, validation.Indeterminate, validation.TryLater},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			file, c := b.sign(pkitest.Key(t, test.key), test.options, test.edits...)
			if test.spoil != nil {
				file = test.spoil(file)
			}
			var revoked []validationtest.Revocation
			if test.revoked {
				revoked = append(revoked, validationtest.Revocation{Certificate: c, At: b.now.Add(-2 * time.Hour), Reason: 1})
			}
			in := validation.Input{Policy: validation.DefaultPolicy(), Moment: b.now.Add(test.later), Data: validation.Data{CRLs: b.lists(revoked...)}}
			in.Policy.Anchors = []validation.Anchor{{Certificate: b.Root.Certificate}}
			isDetached := !slices.Contains(test.options, "-nodetach")
			var documents []formats.Document
			if isDetached {
				beside := content([]byte(judged))
				documents = []formats.Document{{Content: beside}}
			}
			var err error
			if in.Signatures, err = formats.Read(content(file), documents...); err != nil {
				t.Fatal(err)
			}
			got := validation.Validate(in).Signatures[0]
			if got.Indication != test.indication || got.SubIndication != test.sub {
				t.Errorf("%s %s, %+v; want %s %s", got.Indication, got.SubIndication, got.Reasons, test.indication, test.sub)
			}
			if accepts := b.accepts(file, isDetached, in.Moment); accepts != (test.indication == validation.Passed) {
				t.Errorf("openssl accepts: %t", accepts)
			}
		})
	}
}

// TestOpenSSLStamps has openssl judge our time stamps: that of a signature, and one that is of something else.
func TestOpenSSLStamps(t *testing.T) {
	w := validationtest.New(t)
	b := &bench{World: w, dir: t.TempDir(), now: validationtest.Signed}
	b.write("trusted.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.Root.Certificate.Raw}))
	s := w.NewSignature(judged).Sign().AddSignatureStamp(validationtest.Signed)
	signatures, err := formats.Read(content(s.DER()))
	if err != nil {
		t.Fatal(err)
	}
	b.write("token", signatures[0].TimeStamps[0].Token.DER)
	at := strconv.FormatInt(b.now.Unix(), 10)
	for value, want := range map[string]bool{string(s.Value): true, "something else": false} {
		digest := sha256.Sum256([]byte(value))
		err := b.openssl("ts", "-verify", "-digest", hex.EncodeToString(digest[:]), "-in", "token", "-token_in", "-CAfile", "trusted.pem", "-attime", at)
		if (err == nil) != want {
			t.Errorf("openssl ts: %v, want it to accept: %t", err, want)
		}
	}
	if !b.acceptsWithoutLists(s.DER()) {
		t.Error("openssl refuses the signature")
	}
}

// acceptsWithoutLists is accepts at the time of signing, without a look at revocation.
func (b *bench) acceptsWithoutLists(file []byte) bool {
	return b.openssl("cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", b.write("judged", file), "-CAfile", "trusted.pem",
		"-purpose", "any", "-attime", strconv.FormatInt(b.now.Unix(), 10), "-out", os.DevNull) == nil
}
