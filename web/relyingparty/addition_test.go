package relyingparty_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/signature"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// openssl has another program sign a text as the world's person.
func (w *world) openssl(t *testing.T, text string, options ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	if err := os.WriteFile(in, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"cms", "-sign", "-binary", "-outform", "DER", "-in", in, "-out", out,
		"-signer", pkitest.WriteCertificates(t, dir, "a.pem", w.leaf), "-inkey", pkitest.WriteKey(t, dir, "a.key", w.key)}, options...)
	if complaint, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
		t.Fatalf("openssl: %v: %s", err, complaint)
	}
	file, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// added is what a site asks for of a file of signatures, with the text that they are over unless the file holds it.
func added(form relyingparty.CAdESForm, text string, p7s []byte, isHeld bool) asked {
	a := asked{SignatureOptions: relyingparty.SignatureOptions{Format: relyingparty.FormatCAdES, CAdES: &relyingparty.CAdESOptions{Form: form}}}
	a.host = signature.Options{CAdES: cades.Options{Form: map[relyingparty.CAdESForm]cades.Form{
		relyingparty.CAdESParallel: cades.Parallel, relyingparty.CAdESCounterSignature: cades.CounterSignature}[form]}}
	if !isHeld {
		a.documents = []relyingparty.Document{{Name: "onay.txt", Data: text}}
		a.Together = true
	}
	a.documents = append(a.documents, binary("onay.p7s", "application/pkcs7-signature", p7s))
	return a
}

// TestVerifyFileBesideOthers verifies a signature that the person has added to those of another program, whatever they are worth. They must
// all be there still.
func TestVerifyFileBesideOthers(t *testing.T) {
	const text = "Onay veriyorum.\n"
	w, mehmet := newWorld(t, "P-256"), newWorld(t, "P-384")
	for name, tt := range map[string]struct {
		options []string
		isHeld  bool
	}{
		"attached":              {[]string{"-nodetach"}, true},
		"attached, in BER":      {[]string{"-nodetach", "-stream"}, true},
		"detached":              {nil, false},
		"an old hash":           {[]string{"-md", "sha1"}, false},
		"an old hash, attached": {[]string{"-md", "sha1", "-nodetach"}, true},
		"no certificate":        {[]string{"-nocerts"}, false},
		"no attributes":         {[]string{"-noattr"}, false},
	} {
		p7s := mehmet.openssl(t, text, tt.options...)
		before, err := cms.Read(bytes.NewReader(p7s), int64(len(p7s)))
		if err != nil {
			t.Fatal(err)
		}
		value := before.Signers[0].Value
		for _, form := range []relyingparty.CAdESForm{relyingparty.CAdESParallel, relyingparty.CAdESCounterSignature} {
			t.Run(name+", "+string(form), func(t *testing.T) {
				a := added(form, text, p7s, tt.isHeld)
				file := w.file(t, a, time.Now())
				e, err := w.verifyFile(t, a, file)
				wantCode(t, err, "")
				if !e.Signer.Equal(w.leaf) || len(e.Others) != 1 || e.OCSP == nil {
					t.Errorf("evidence %+v", e)
				}
				if cert := e.Others[0].Certificate; name != "no certificate" && !cert.Equal(mehmet.leaf) || name == "no certificate" && cert != nil {
					t.Errorf("the other is %v", cert)
				}
				_, err = w.verifyFile(t, a, append(bytes.Clone(file), 0))
				wantCode(t, err, fault.SignatureMalformed)
				flipped := bytes.Clone(value)
				flipped[len(flipped)-1] ^= 1
				_, err = w.verifyFile(t, a, bytes.Replace(file, value, flipped, 1))
				wantCode(t, err, fault.SignatureInvalid)
				_, err = w.verifyFile(t, a, p7s)
				wantCode(t, err, fault.SignatureAttributes)
				data, digested := []byte("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01"), []byte("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x05")
				_, err = w.verifyFile(t, a, bytes.Replace(file, data, digested, 1)) // the content's type
				wantCode(t, err, fault.SignatureAttributes)
				if tt.isHeld {
					_, err = w.verifyFile(t, a, bytes.Replace(file, []byte("Onay"), []byte("Para"), 1))
					wantCode(t, err, fault.SignatureInvalid)
				} else if name == "detached" {
					_, err = w.verifyFile(t, added(form, "Para veriyorum.\n", p7s, false), file)
					wantCode(t, err, fault.SignatureInvalid)
				}
				other := added(form, "Onay vermiyorum.\n", mehmet.openssl(t, "Onay vermiyorum.\n", tt.options...), tt.isHeld)
				_, err = w.verifyFile(t, other, file)
				wantCode(t, err, fault.SignatureInvalid)
				_, err = w.verifyFile(t, added(form, text, p7s, !tt.isHeld), file)
				switch {
				case tt.isHeld: // and given beside it
					wantCode(t, err, fault.RequestInvalid)
				case form == relyingparty.CAdESParallel:
					wantCode(t, err, fault.SignatureInvalid)
				default: // a counter-signature is over no content
					wantCode(t, err, "")
				}
			})
		}
	}
}

// TestVerifyFileWithoutTheOthers refuses a file in which the person's genuine signature stands alone.
func TestVerifyFileWithoutTheOthers(t *testing.T) {
	const text = "Onay veriyorum.\n"
	w, mehmet := newWorld(t, "P-256"), newWorld(t, "P-384")
	a := added(relyingparty.CAdESParallel, text, mehmet.openssl(t, text), false)
	alone := asked{SignatureOptions: relyingparty.SignatureOptions{Format: relyingparty.FormatCAdES}, documents: a.documents[:1]}
	_, err := w.verifyFile(t, a, w.file(t, alone, time.Now()))
	wantCode(t, err, fault.SignatureInvalid)
}

// TestVerifyFileOfAnotherProgram refuses a new signature that is of no profile of this library, whosever it is.
func TestVerifyFileOfAnotherProgram(t *testing.T) {
	const text = "Onay veriyorum.\n"
	w, mehmet := newWorld(t, "P-256"), newWorld(t, "P-384")
	a := added(relyingparty.CAdESParallel, text, mehmet.openssl(t, text, "-nodetach"), true)
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	if err := os.WriteFile(in, a.documents[0].Base64, 0o600); err != nil {
		t.Fatal(err)
	}
	openssl := exec.Command("openssl", "cms", "-resign", "-binary", "-inform", "DER", "-outform", "DER", "-nodetach", "-in", in, "-out", out,
		"-signer", pkitest.WriteCertificates(t, dir, "b.pem", w.leaf), "-inkey", pkitest.WriteKey(t, dir, "b.key", w.key))
	if complaint, err := openssl.CombinedOutput(); err != nil {
		t.Fatalf("openssl: %v: %s", err, complaint)
	}
	file, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.verifyFile(t, a, file)
	wantCode(t, err, fault.SignatureAttributes)
}
