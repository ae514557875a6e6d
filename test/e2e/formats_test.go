package e2e

import (
	"archive/zip"
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// TestFormats signs each kind of documents of the sample site, which takes only what its library has verified. Then other
// programs judge the files.
func TestFormats(t *testing.T) {
	t.Parallel()
	f := formats{StartSampleSite(t, NewWorld(t, Options{}))}
	t.Run("PDF", func(t *testing.T) { f.judgePDF(t, f.sign(t, "contract", 1)) })
	t.Run("invoice", func(t *testing.T) { f.judgeXML(t, f.sign(t, "invoice", 1)) })
	t.Run("prescription", func(t *testing.T) { f.judgeXML(t, f.sign(t, "prescription", 1)) })
	t.Run("prescriptions", func(t *testing.T) { f.judgeXML(t, f.sign(t, "prescriptions", 200)) })
	t.Run("package", func(t *testing.T) { f.judgePackage(t, f.sign(t, "letter", 1)) })
	t.Run("container", func(t *testing.T) { f.judgeContainer(t, f.sign(t, "folder", 1)) })
	t.Run("JSON", func(t *testing.T) { f.judgeJSON(t, f.sign(t, "message", 1)) })
	t.Run("large file", func(t *testing.T) { // it takes Firefox too long (`make bench` has it there)
		f.Page.t = t
		if err := f.SignLarge(); err != nil {
			t.Error(err)
		}
	})
}

// formats is the sample site, as a test sees it.
type formats struct{ *SampleSite }

// sign has the person sign all documents of a kind, of which the site has verified so many.
func (f formats) sign(t *testing.T, kind string, n int) [][]byte {
	t.Helper()
	f.Page.t = t
	files := f.Sign(kind, nil)
	if shown := f.Page.Text("#signed"); len(files) != n || strings.Count(shown, Ayse.Name) != n {
		t.Fatalf("the site has kept %d files, and shows %q", len(files), shown)
	}
	return files
}

// --- judges --------------------------------------------------------------------------------------

func (f formats) judgePDF(t *testing.T, files [][]byte) {
	pdftest.Check(t, files[0])
	out, err := pdftest.Run(t, "pdfsig", "-nocert", pdftest.Write(t, files[0]))
	if err != nil || strings.Count(out, "Signature is Valid.") != 1 || !strings.Contains(out, "Total document signed") || !strings.Contains(out, "ETSI.CAdES.detached") {
		t.Errorf("pdfsig: %v: %s", err, out)
	}
}

func (f formats) judgeXML(t *testing.T, files [][]byte) {
	dir := t.TempDir()
	for i, file := range files {
		name := fmt.Sprintf("%d.xml", i)
		writeFile(t, dir, name, file)
		if complaint := pkitest.XMLSec(t, dir, name, "--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties"); complaint != "" {
			t.Errorf("%d: xmlsec1: %s", i, complaint)
		}
	}
}

func (f formats) judgePackage(t *testing.T, files [][]byte) {
	parts := unzip(t, files[0])
	f.judgeCMS(t, parts["Imzalar/ImzaCades.imz"], parts["PaketOzeti/PaketOzeti.xml"])
}

// judgeContainer has openssl verify the signature over the manifest, and compares the digests in that.
func (f formats) judgeContainer(t *testing.T, files [][]byte) {
	parts := unzip(t, files[0])
	var manifest struct {
		SigReference struct {
			URI string `xml:"URI,attr"`
		}
		DataObjectReference []struct {
			URI         string `xml:"URI,attr"`
			DigestValue string
		}
	}
	var data []byte
	for name, part := range parts {
		if strings.HasPrefix(name, "META-INF/ASiCManifest") {
			data = part
		}
	}
	if err := xml.Unmarshal(data, &manifest); err != nil || len(manifest.DataObjectReference) != 3 {
		t.Fatalf("%d parts, manifest %s, %v", len(parts), data, err)
	}
	f.judgeCMS(t, parts[manifest.SigReference.URI], data)
	for _, r := range manifest.DataObjectReference {
		h := crypto.SHA384.New()
		h.Write(parts[r.URI])
		if got := base64.StdEncoding.EncodeToString(h.Sum(nil)); len(parts[r.URI]) == 0 || got != r.DigestValue {
			t.Errorf("%s has the digest %s, the manifest says %s", r.URI, got, r.DigestValue)
		}
	}
}

// judgeJSON has node verify a JWS with the key of the certificate in it.
func (f formats) judgeJSON(t *testing.T, files [][]byte) {
	node := exec.Command("node", "-e", `
		const crypto = require("node:crypto");
		const [header, payload, signature] = require("node:fs").readFileSync(0, "utf8").split(".");
		const { alg, x5c } = JSON.parse(Buffer.from(header, "base64url"));
		const { publicKey } = new crypto.X509Certificate(Buffer.from(x5c[0], "base64"));
		const good = crypto.verify("sha384", header + "." + payload, { key: publicKey, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"));
		console.log(alg, good, Buffer.from(payload, "base64url").toString());`)
	node.Stdin = bytes.NewReader(files[0])
	out, err := node.CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), `ES384 true {"konu":`) {
		t.Errorf("node: %s, %v", out, err)
	}
}

func (f formats) judgeCMS(t *testing.T, signature, content []byte) {
	t.Helper()
	if err := f.verifyCMS(signature, content); err != nil {
		t.Error(err)
	}
}

func writeFile(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// unzip returns what is in an archive, which the program unzip has nothing against.
func unzip(t *testing.T, data []byte) map[string][]byte {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, dir, "a.zip", data)
	if out, err := exec.Command("unzip", "-tq", filepath.Join(dir, "a.zip")).CombinedOutput(); err != nil {
		t.Errorf("unzip: %v: %s", err, out)
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string][]byte{}
	for _, entry := range archive.File {
		r, err := entry.Open()
		if err == nil {
			parts[entry.Name], err = io.ReadAll(r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return parts
}
