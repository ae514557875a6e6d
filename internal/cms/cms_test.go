package cms_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

var content = []byte("Bundan sonraki e-imza başvurularında\r\nonay veriyorum.\n\x00\xff")

// person is a signer who has openssl.
type person struct {
	root        *pkitest.Authority
	certificate *x509.Certificate
	key         crypto.Signer
}

func newPerson(t testing.TB, kind string, edits ...pkitest.Edit) *person {
	t.Helper()
	p := person{root: pkitest.Root(t, "Deneme Kök"), key: pkitest.Key(t, kind)}
	p.certificate = p.root.Issue(t, p.key.Public(), edits...)
	return &p
}

func write(t testing.TB, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// sign has openssl sign data, each person with the options that follow for all.
func sign(t testing.TB, data []byte, by []*person, options ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	out := filepath.Join(dir, "out.p7s")
	args := []string{"cms", "-sign", "-binary", "-outform", "DER", "-in", write(t, dir, "content", data), "-out", out}
	for i, p := range by {
		args = append(args, "-signer", pkitest.WriteCertificates(t, dir, string(rune('a'+i))+".pem", p.certificate),
			"-inkey", pkitest.WriteKey(t, dir, string(rune('a'+i))+".key", p.key))
	}
	if complaint, err := exec.Command("openssl", append(args, options...)...).CombinedOutput(); err != nil {
		t.Fatalf("openssl: %v: %s", err, complaint)
	}
	der, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func digestOf(data []byte) func(crypto.Hash) ([]byte, error) {
	return func(hash crypto.Hash) ([]byte, error) {
		h := hash.New()
		h.Write(data)
		return h.Sum(nil), nil
	}
}

func read(t testing.TB, ber []byte) *cms.SignedData {
	t.Helper()
	d, err := cms.Read(bytes.NewReader(ber), int64(len(ber)))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// verdicts are those over data, or over what is inside where data is nil.
func verdicts(t testing.TB, ber, data []byte) []cms.Verdict {
	t.Helper()
	var digest func(crypto.Hash) ([]byte, error)
	if data != nil {
		digest = digestOf(data)
	}
	d := read(t, ber)
	digests, err := d.Digests(digest)
	if err != nil {
		t.Fatal(err)
	}
	return d.Verify(digests)
}

// TestOpenSSL reads what openssl makes in each way that it knows.
func TestOpenSSL(t *testing.T) {
	keyID := func(c *x509.Certificate) { c.SubjectKeyId = []byte(c.SerialNumber.String()) }
	two := []*person{newPerson(t, "P-256", keyID), newPerson(t, "RSA-2048", keyID)}
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	for _, test := range []struct {
		name     string
		data     []byte
		by       []*person
		options  []string
		attached bool
		state    cms.State
		code     fault.Code
	}{
		{"detached", content, two[:1], []string{"-cades"}, false, cms.Holds, ""},
		{"detached, SHA-512", content, two[:1], []string{"-md", "sha512"}, false, cms.Holds, ""},
		{"detached, SHA3-256", content, two[1:], []string{"-md", "sha3-256"}, false, cms.Holds, ""},
		{"attached", content, two[:1], []string{"-nodetach"}, true, cms.Holds, ""},
		{"attached, in BER", content, two[:1], []string{"-nodetach", "-stream"}, true, cms.Holds, ""},
		{"attached, in BER, a megabyte", large, two[:1], []string{"-nodetach", "-stream"}, true, cms.Holds, ""},
		{"attached, empty", nil, two[:1], []string{"-nodetach"}, true, cms.Holds, ""},
		{"two signers", content, two, nil, false, cms.Holds, ""},
		{"two signers, attached in BER", content, two, []string{"-nodetach", "-stream"}, true, cms.Holds, ""},
		{"key identifier", content, two, []string{"-keyid"}, false, cms.Holds, ""},
		{"no signed attributes", content, two, []string{"-noattr"}, false, cms.Unknown, fault.SignatureAttributes},
		{"other content type", content, two, []string{"-econtent_type", "1.2.840.113549.1.9.16.1.4"}, false, cms.Holds, ""},
		{"PSS", content, two[1:], []string{"-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:20"}, false, cms.Holds, ""},
		{"SHA-1", content, two, []string{"-md", "sha1"}, false, cms.Unknown, fault.SignatureAlgorithm},
		{"PSS without salt", content, two[1:], []string{"-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:0"}, false, cms.Unknown, fault.SignatureAlgorithm},
		{"no certificates", content, two, []string{"-nocerts"}, false, cms.Unknown, fault.SignatureAttributes},
	} {
		t.Run(test.name, func(t *testing.T) {
			ber := sign(t, test.data, test.by, test.options...)
			data := test.data
			if test.attached {
				data = nil
			}
			all := verdicts(t, ber, data)
			if len(all) != len(test.by) {
				t.Fatalf("%d verdicts", len(all))
			}
			for _, v := range all {
				if v.State != test.state || v.Err != nil && fault.CodeOf(v.Err) != test.code {
					t.Errorf("state %d, %v", v.State, v.Err)
				}
				isOne := slices.ContainsFunc(test.by, func(p *person) bool { return p.certificate.Equal(v.Certificate) })
				if v.State == cms.Holds && !isOne {
					t.Error("the certificate is not a signer's")
				}
				if age := time.Since(v.SigningTime); !v.SigningTime.IsZero() && (age < 0 || age > time.Hour) {
					t.Errorf("signed at %v", v.SigningTime)
				}
			}
			if test.state != cms.Holds || test.attached {
				return
			}
			for _, v := range verdicts(t, ber, append(slices.Clone(data), 'x')) {
				if v.State != cms.Fails || fault.CodeOf(v.Err) != fault.SignatureInvalid {
					t.Errorf("over other content: state %d, %v", v.State, v.Err)
				}
			}
			for _, v := range verdicts(t, ber, nil) {
				if v.State != cms.Unknown {
					t.Errorf("without the content: state %d, %v", v.State, v.Err)
				}
			}
		})
	}
}

// whole puts pieces of one file together.
func whole(t testing.TB, pieces ades.Pieces, file []byte) []byte {
	t.Helper()
	documents := []ades.Document{ades.NewDocument("", "", file)}
	if err := pieces.Check(documents); err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(pieces.Reader(documents))
	if err != nil {
		t.Fatal(err)
	}
	return out
}
