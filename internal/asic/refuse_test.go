package asic_test

import (
	"bytes"
	"crypto"
	"encoding/xml"
	"io"
	"maps"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/ades/adestest"
	"github.com/e-onay/e-onay/internal/asic"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/xades"
	"github.com/e-onay/e-onay/internal/zipwriter"
)

const (
	manifest1  = "META-INF/ASiCManifest001.xml"
	signature1 = "META-INF/signature001.p7s"
)

// parts are the files of a container in order, to be spoilt.
type parts struct {
	names    []string
	contents map[string][]byte
}

func (p *parts) set(name, content string) {
	if _, there := p.contents[name]; !there {
		p.names = append(p.names, name)
	}
	p.contents[name] = []byte(content)
}

func (p *parts) drop(name string) {
	for i, n := range p.names {
		if n == name {
			p.names = append(p.names[:i:i], p.names[i+1:]...)
		}
	}
	delete(p.contents, name)
}

func (p *parts) edit(name, old, replacement string) {
	p.contents[name] = bytes.ReplaceAll(p.contents[name], []byte(old), []byte(replacement))
}

func (p *parts) archive(t testing.TB) []byte {
	t.Helper()
	var a zipwriter.Archive
	for _, name := range p.names {
		a.AddBytes(name, p.contents[name], when)
	}
	pieces, err := a.Pieces("")
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(pieces.Reader(nil))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// spoilt are changes of an ASiC-E of one file, with the code of their refusal.
var spoilt = map[string]struct {
	change func(*parts)
	want   fault.Code
}{
	"file that nothing covers":       {func(p *parts) { p.set("ek.txt", "x") }, fault.PackagePartExtra},
	"file that is gone":              {func(p *parts) { p.drop("a.txt"); p.set("b.txt", "x") }, fault.PackagePartMissing},
	"file that has changed":          {func(p *parts) { p.set("a.txt", "Madde 2\n") }, fault.SignatureInvalid},
	"manifest that has changed":      {func(p *parts) { p.edit(manifest1, "text/plain", "text/plane") }, fault.SignatureInvalid},
	"digest of what has changed":     {func(p *parts) { p.edit(manifest1, "<ds:DigestValue>", "<ds:DigestValue> ") }, fault.SignatureInvalid},
	"no manifest":                    {func(p *parts) { p.drop(manifest1) }, fault.PackageMalformed},
	"no signature":                   {func(p *parts) { p.drop(signature1) }, fault.PackageIncomplete},
	"signature that covers nothing":  {func(p *parts) { p.set("META-INF/signature002.p7s", "x") }, fault.PackageMalformed},
	"two manifests of one signature": {func(p *parts) { p.set("META-INF/ASiCManifest002.xml", string(p.contents[manifest1])) }, fault.PackageMalformed},
	"two manifests, two signatures": {func(p *parts) {
		p.set("META-INF/ASiCManifest002.xml", string(p.contents[manifest1]))
		p.set("META-INF/signature002.p7s", "x")
	}, fault.PackageMalformed},
	"signature that is none":        {func(p *parts) { p.set(signature1, "imza") }, fault.SignatureMalformed},
	"mimetype is not first":         {func(p *parts) { p.names = append(p.names[1:], p.names[0]) }, fault.PackageMalformed},
	"mimetype of another kind":      {func(p *parts) { p.set("mimetype", "application/zip") }, fault.PackageMalformed},
	"mimetype that is longer":       {func(p *parts) { p.set("mimetype", asic.MediaTypeE+"\n") }, fault.ContainerMalformed},
	"mimetype of an ASiC-S":         {func(p *parts) { p.set("mimetype", asic.MediaTypeS) }, fault.PackageMalformed},
	"time-stamp":                    {func(p *parts) { p.set("META-INF/timestamp001.tst", "x") }, fault.PackageUnsupported},
	"XAdES beside CAdES":            {func(p *parts) { p.set("META-INF/signatures001.xml", "x") }, fault.PackageMalformed},
	"OpenDocument's list":           {func(p *parts) { p.set("META-INF/manifest.xml", "x") }, fault.PackageMalformed},
	"archive manifest":              {func(p *parts) { p.set("META-INF/ASiCArchiveManifest001.xml", "x") }, fault.PackageUnsupported},
	"other file in META-INF":        {func(p *parts) { p.set("META-INF/ek.txt", "x") }, fault.PackagePartExtra},
	"META-INF in lower case":        {func(p *parts) { p.set("meta-inf/ek.txt", "x") }, fault.PackagePartExtra},
	"manifest with a DTD":           {func(p *parts) { p.edit(manifest1, "<asic:ASiCManifest ", "<!DOCTYPE x><asic:ASiCManifest ") }, fault.PackageMalformed},
	"manifest of another namespace": {func(p *parts) { p.edit(manifest1, "02918/v1.2.1#", "02918/v1.1.1#") }, fault.PackageMalformed},
	"manifest without a reference":  {func(p *parts) { cut(p, "<asic:DataObjectReference", "</asic:DataObjectReference>", "") }, fault.PackageMalformed},
	"manifest with an extension": {func(p *parts) {
		p.edit(manifest1, "</asic:ASiCManifest>", "<asic:ASiCManifestExtensions/></asic:ASiCManifest>")
	}, fault.PackageMalformed},
	"reference twice":                  {func(p *parts) { twice(p, "a.txt") }, fault.PackageMalformed},
	"reference twice, in another case": {func(p *parts) { twice(p, "A.TXT") }, fault.PackageMalformed},
	"reference out of the container":   {func(p *parts) { p.edit(manifest1, `"a.txt"`, `"../a.txt"`) }, fault.PackageMalformed},
	"reference to an address":          {func(p *parts) { p.edit(manifest1, `"a.txt"`, `"http://example.test/a.txt"`) }, fault.PackageMalformed},
	"reference with a query":           {func(p *parts) { p.edit(manifest1, `"a.txt"`, `"a.txt?x"`) }, fault.PackageMalformed},
	"reference to META-INF":            {func(p *parts) { p.edit(manifest1, `"a.txt"`, `"META-INF/signature001.p7s"`) }, fault.PackagePartMissing},
	"reference without URI":            {func(p *parts) { p.edit(manifest1, `URI="a.txt" `, ``) }, fault.PackageMalformed},
	"digest by SHA-1": {func(p *parts) {
		p.edit(manifest1, "http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2000/09/xmldsig#sha1")
	}, fault.PackageMalformed},
	"digest that is short": {func(p *parts) {
		cut(p, "<ds:DigestValue>", "</ds:DigestValue>", "<ds:DigestValue>AAAA</ds:DigestValue>")
	}, fault.PackageMalformed},
	"digest with a comment": {func(p *parts) { p.edit(manifest1, "</ds:DigestValue>", "<!----></ds:DigestValue>") }, fault.PackageMalformed},
	"two digests": {func(p *parts) {
		p.edit(manifest1, "</asic:DataObjectReference>", "<ds:DigestValue/></asic:DataObjectReference>")
	}, fault.PackageMalformed},
	"only META-INF": {func(p *parts) { p.drop("a.txt") }, fault.PackageMalformed},
}

// cut replaces what stands between two marks of the manifest, and the marks.
func cut(p *parts, from, to, replacement string) {
	before, rest, _ := strings.Cut(string(p.contents[manifest1]), from)
	_, after, _ := strings.Cut(rest, to)
	p.contents[manifest1] = []byte(before + replacement + after)
}

// twice adds the manifest's reference again, to another name.
func twice(p *parts, name string) {
	_, reference, _ := strings.Cut(string(p.contents[manifest1]), "<asic:DataObjectReference")
	reference, _, _ = strings.Cut(reference, "</asic:ASiCManifest>")
	p.edit(manifest1, "</asic:ASiCManifest>", "<asic:DataObjectReference"+strings.Replace(reference, "a.txt", name, 1)+"</asic:ASiCManifest>")
}

// unspoilt returns the files of a good container.
func unspoilt(t testing.TB) *parts {
	t.Helper()
	container := newPerson(t, "P-256").sign(t, asic.Options{}, ades.NewDocument("a.txt", "text/plain", []byte("Madde 1\n")))
	return &parts{[]string{"mimetype", "a.txt", manifest1, signature1}, files(t, container)}
}

func verify(container []byte) error {
	signatures, err := parse(container)
	if err != nil {
		return err
	}
	for _, s := range signatures {
		if err := s.Verify(nil); err != nil {
			return err
		}
	}
	return nil
}

func TestSpoiltContainers(t *testing.T) {
	if err := verify(unspoilt(t).archive(t)); err != nil {
		t.Fatalf("unspoilt: %v", err)
	}
	for name, test := range spoilt {
		t.Run(name, func(t *testing.T) {
			p := unspoilt(t)
			test.change(p)
			if err := verify(p.archive(t)); err == nil || fault.CodeOf(err) != test.want {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
}

// TestSpoiltSimpleContainers is the same for an ASiC-S.
func TestSpoiltSimpleContainers(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*parts)
		want   fault.Code
	}{
		"second file":      {func(p *parts) { p.set("b.txt", "x") }, fault.PackageMalformed},
		"file in a folder": {func(p *parts) { p.drop("a.txt"); p.set("x/a.txt", "Madde 1\n") }, fault.PackageMalformed},
		"second signature": {func(p *parts) { p.set("META-INF/signature2.p7s", "x") }, fault.PackageMalformed},
		"signature by any name": {func(p *parts) {
			p.set(signature1, string(p.contents["META-INF/signature.p7s"]))
			p.drop("META-INF/signature.p7s")
		}, fault.PackageMalformed},
		"manifest":              {func(p *parts) { p.set(manifest1, "x") }, fault.PackageMalformed},
		"OpenDocument's list":   {func(p *parts) { p.set("META-INF/manifest.xml", "x") }, fault.PackageMalformed},
		"file that has changed": {func(p *parts) { p.set("a.txt", "Madde 2\n") }, fault.SignatureInvalid},
		"nothing":               {func(p *parts) {}, ""},
	} {
		container := newPerson(t, "P-256").sign(t, asic.Options{Simple: true}, ades.NewDocument("a.txt", "text/plain", []byte("Madde 1\n")))
		p := &parts{[]string{"mimetype", "a.txt", "META-INF/signature.p7s"}, files(t, container)}
		test.change(p)
		if err := verify(p.archive(t)); (err == nil) != (test.want == "") || (err != nil && fault.CodeOf(err) != test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

// TestSpoiltXAdESContainers is the same for an ASiC-E with XAdES.
func TestSpoiltXAdESContainers(t *testing.T) {
	const signatures, list = "META-INF/signatures0.xml", "META-INF/manifest.xml"
	good := newPerson(t, "P-256").sign(t, asic.Options{XAdES: true}, ades.NewDocument("a.txt", "text/plain", []byte("Madde 1\n")))
	enveloping := func(t *testing.T) string {
		t.Helper()
		p := newPerson(t, "P-256")
		prepared, err := xades.Prepare(p.signer, []ades.Document{ades.NewDocument("a.txt", "text/plain", []byte("x"))}, xades.Options{Form: xades.Enveloping})
		if err != nil {
			t.Fatal(err)
		}
		return string(adestest.Sign(t, p.key, crypto.SHA256, prepared))
	}
	for name, test := range map[string]struct {
		change func(*parts)
		want   fault.Code
	}{
		"nothing":                        {func(p *parts) {}, ""},
		"no list":                        {func(p *parts) { p.drop(list) }, ""},
		"file that has changed":          {func(p *parts) { p.set("a.txt", "Madde 2\n") }, fault.SignatureInvalid},
		"file that nothing covers":       {func(p *parts) { p.drop(list); p.set("b.txt", "x") }, fault.PackagePartExtra},
		"file that is gone":              {func(p *parts) { p.drop(list); p.drop("a.txt"); p.set("b.txt", "x") }, fault.PackagePartMissing},
		"file that the list leaves out":  {func(p *parts) { p.set("b.txt", "x") }, fault.PackageMalformed},
		"list of a file that is not":     {func(p *parts) { p.edit(list, `"a.txt"`, `"b.txt"`) }, fault.PackageMalformed},
		"list that is no XML":            {func(p *parts) { p.set(list, "x") }, fault.PackageMalformed},
		"list of another kind":           {func(p *parts) { p.set(list, "<x/>") }, fault.PackageMalformed},
		"signature over a file outside":  {func(p *parts) { p.edit(signatures, `"a.txt"`, `"../a.txt"`) }, fault.PackagePartMissing},
		"signature over the signature":   {func(p *parts) { p.edit(signatures, `"a.txt"`, `"META-INF/signatures0.xml"`) }, fault.PackagePartMissing},
		"signature over what it carries": {func(p *parts) { p.set(signatures, enveloping(t)) }, fault.PackageMalformed},
		"signature that is none":         {func(p *parts) { p.set(signatures, "<x/>") }, fault.SignatureMalformed},
		"manifest":                       {func(p *parts) { p.set(manifest1, "x") }, fault.PackageMalformed},
		"CAdES beside XAdES":             {func(p *parts) { p.set(signature1, "x") }, fault.PackageMalformed},
		"ASiC-S with the list":           {func(p *parts) { p.set("mimetype", asic.MediaTypeS) }, fault.PackageMalformed},
	} {
		p := &parts{[]string{"mimetype", "a.txt", list, signatures}, files(t, good)}
		test.change(p)
		if err := verify(p.archive(t)); (err == nil) != (test.want == "") || (err != nil && fault.CodeOf(err) != test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

// FuzzManifest puts any bytes into the place of a manifest, signed. What is accepted names only files that are there.
func FuzzManifest(f *testing.F) {
	good := unspoilt(f)
	f.Add(good.contents[manifest1])
	for _, test := range spoilt {
		p := unspoilt(f)
		test.change(p)
		f.Add(p.contents[manifest1])
	}
	f.Fuzz(func(t *testing.T, manifest []byte) {
		p := &parts{good.names, maps.Clone(good.contents)}
		p.contents[manifest1] = manifest
		container := p.archive(t)
		signatures, err := parse(container)
		if err != nil {
			return
		}
		for _, name := range signatures[0].Covered() {
			if _, there := p.contents[name]; !there || name != "a.txt" {
				t.Errorf("it covers %q", name)
			}
		}
		if signatures[0].Verify(nil) == nil && !bytes.Equal(manifest, good.contents[manifest1]) {
			t.Error("another manifest verifies")
		}
	})
}

// FuzzOpenDocument puts any bytes into the place of OpenDocument's list. What is accepted names each file once, to another reader
// too.
func FuzzOpenDocument(f *testing.F) {
	good := files(f, newPerson(f, "P-256").sign(f, asic.Options{XAdES: true}, contract, plan))
	names := []string{"mimetype", contract.Name, plan.Name, "META-INF/manifest.xml", "META-INF/signatures0.xml"}
	f.Add(good["META-INF/manifest.xml"])
	f.Add([]byte(`<manifest xmlns="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>`))
	f.Fuzz(func(t *testing.T, list []byte) {
		p := &parts{names, maps.Clone(good)}
		p.contents["META-INF/manifest.xml"] = list
		if _, err := parse(p.archive(t)); err != nil {
			return
		}
		var read struct {
			Entries []struct {
				Path string `xml:"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0 full-path,attr"`
			} `xml:"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0 file-entry"`
		}
		if err := xml.Unmarshal(list, &read); err != nil {
			t.Fatalf("encoding/xml: %v", err)
		}
		found := map[string]int{}
		for _, e := range read.Entries {
			found[e.Path]++
		}
		if found[contract.Name] != 1 || found[plan.Name] != 1 || len(found) > 3 {
			t.Errorf("it names %v", found)
		}
	})
}

// FuzzParse reads any bytes as a container.
func FuzzParse(f *testing.F) {
	p := newPerson(f, "P-256")
	f.Add(p.sign(f, asic.Options{}, contract))
	f.Add(p.sign(f, asic.Options{Simple: true}, contract))
	f.Add(p.sign(f, asic.Options{XAdES: true}, contract))
	f.Fuzz(func(t *testing.T, container []byte) {
		signatures, err := parse(container)
		if err != nil {
			return
		}
		for _, s := range signatures {
			if s.Verify(nil) != nil {
				continue
			}
			all := files(t, container)
			for _, name := range s.Covered() {
				if _, there := all[name]; !there {
					t.Errorf("it covers %q, which archive/zip does not find", name)
				}
			}
		}
	})
}
