package extend_test

import (
	"bytes"
	"encoding/asn1"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/extend"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

const judged = "Onay veriyorum."

// made are files of each level, by their names.
func made(t *testing.T, s *scene) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	plain := s.NewSignature(judged).Sign()
	for _, level := range []extend.Level{extend.T, extend.LT, extend.LTA, extend.XL} {
		files[string(level)], _ = s.extend(t, plain.DER(), level)
	}
	files["P4"], _ = s.extend(t, s.named(3).DER(), extend.P4)
	files["P4, archived"], _ = s.extend(t, files["P4"], extend.LTA)
	files["counter-signed"], _ = s.extend(t, s.NewSignature(judged).Sign().AddCounterSignature(s.Signer, s.Key).DER(), extend.LTA)
	again := s.now
	s.now = s.now.Add(day)
	files["archived twice"], _ = s.extend(t, files["LTA"], extend.LTA)
	s.now = again
	s.content = []byte(judged)
	detached := s.NewSignature(judged).Sign()
	detached.Detached = true
	files["detached"], _ = s.extend(t, detached.DER(), extend.LTA)
	s.content = nil
	return files
}

func write(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestJudges has openssl verify each extended signature and each of its time stamps, and BouncyCastle read every unsigned attribute: it
// compares the digests of time stamps, hash indexes and references.
func TestJudges(t *testing.T) {
	s := newScene(t)
	dir := t.TempDir()
	root := pkitest.WriteCertificates(t, dir, "root.pem", s.Root.Certificate)
	at := strconv.FormatInt(s.now.Add(hour).Unix(), 10)
	write(t, dir, "content", []byte(judged))
	names := map[string]string{}
	for name, file := range made(t, s) {
		path := write(t, dir, fmt.Sprintf("%d.p7s", len(names)), file)
		names[filepath.Base(path)] = name
		args := []string{"cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", path, "-CAfile", root, "-purpose", "any", "-attime", at, "-out", os.DevNull}
		if name == "detached" {
			args = append(args, "-content", filepath.Join(dir, "content"))
		}
		if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
			t.Errorf("%s: openssl cms: %s", name, out)
		}
		d, err := cms.Read(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		stamps := 0
		for _, a := range d.Signers[0].Unsigned {
			if isStamp := a.Type.Equal(validationtest.OIDSignatureStamp) || a.Type.Equal(validationtest.OIDArchiveStampV3); isStamp {
				stamps++
				stampJudged(t, dir, root, at, name, a, d.Signers[0].Value)
			}
		}
		if stamps == 0 {
			t.Errorf("%s has no time stamp", name)
		}
	}
	for file, verdict := range pkitest.BouncyCastle(t, dir) {
		if verdict != "accepts" {
			t.Errorf("%s: BouncyCastle %s", names[file], verdict)
		}
	}
}

// stampJudged has openssl verify a token: over the signature value, or over the imprint that it has itself.
func stampJudged(t *testing.T, dir, root, at, name string, a cms.Attribute, value []byte) {
	t.Helper()
	args := []string{"ts", "-verify", "-in", write(t, dir, "token", a.Values[0]), "-token_in", "-CAfile", root, "-attime", at}
	if a.Type.Equal(validationtest.OIDSignatureStamp) {
		args = append(args, "-data", write(t, dir, "value", value))
	} else {
		args = append(args, "-digest", imprintOf(t, a.Values[0]))
	}
	if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
		t.Errorf("%s: openssl ts: %s", name, out)
	}
}

// imprintOf is the digest in a token, in hexadecimal.
func imprintOf(t *testing.T, token []byte) string {
	t.Helper()
	d, err := cms.Read(bytes.NewReader(token), int64(len(token)))
	if err != nil {
		t.Fatal(err)
	}
	info := new(bytes.Buffer)
	if _, err := info.ReadFrom(d.Content.Reader()); err != nil {
		t.Fatal(err)
	}
	var tst struct {
		Version int
		Policy  asn1.ObjectIdentifier
		Imprint struct {
			Algorithm asn1.RawValue
			Digest    []byte
		}
		Serial int
	}
	if _, err := asn1.Unmarshal(info.Bytes(), &tst); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", tst.Imprint.Digest)
}
