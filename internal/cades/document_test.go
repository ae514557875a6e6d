package cades_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"io"
	"os/exec"
	"runtime"
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// make has p sign documents, and returns the whole file.
func (p *person) make(t testing.TB, documents []ades.Document, o cades.Options) []byte {
	t.Helper()
	pieces, err := p.pieces(t, documents, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := pieces.Check(documents); err != nil {
		t.Fatal(err)
	}
	whole, err := io.ReadAll(pieces.Reader(documents))
	if err != nil {
		t.Fatal(err)
	}
	return whole
}

func (p *person) pieces(t testing.TB, documents []ades.Document, o cades.Options) (ades.Pieces, error) {
	t.Helper()
	r := p.request(t, nil)
	prepared, err := cades.PrepareDocuments(r.Signer, documents, o)
	if err != nil {
		return nil, err
	}
	signature, err := p.key.Sign(rand.Reader, prepared.Digest(), r.Hash)
	if err != nil {
		t.Fatal(err)
	}
	return prepared.Complete(signature)
}

func document(data []byte) ades.Document { return ades.NewDocument("belge", "text/plain", data) }

// attach has p make a signature that holds data.
func (p *person) attach(t testing.TB, data []byte) []byte {
	return p.make(t, []ades.Document{document(data)}, cades.Options{Form: cades.Attached})
}

func parseFile(t testing.TB, file []byte) []cades.FileSignature {
	t.Helper()
	all, err := cades.ParseFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// verifyFile parses and verifies all signatures of a file.
func verifyFile(file []byte, documents ...ades.Document) error {
	all, err := cades.ParseFile(bytes.NewReader(file), int64(len(file)))
	for _, s := range all {
		if err == nil {
			err = s.Verify(documents)
		}
	}
	return err
}

// opensslVerifyAttached has openssl verify a file that holds its content, and returns what that is.
func opensslVerifyAttached(t *testing.T, p *person, file []byte) ([]byte, error) {
	dir := t.TempDir()
	return exec.Command("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", write(t, dir, "sig.p7s", file),
		"-CAfile", pkitest.WriteCertificates(t, dir, "root.pem", p.root.Certificate)).Output()
}

func TestAttached(t *testing.T) {
	for _, kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			p := newPerson(t, kind)
			file := p.attach(t, content)
			if out, err := opensslVerifyAttached(t, p, file); err != nil || !bytes.Equal(out, content) {
				t.Errorf("openssl: %v, content %q", err, out)
			}
			wantCode(t, verifyFile(file), ok)
			wantCode(t, verifyFile(file, document(content)), ok)
			wantCode(t, verifyFile(file, document(content[1:])), badValue)
			wantCode(t, verifyFile(file, document(content), document(content)), badValue)
			_, err := cades.Parse(file)
			wantCode(t, err, malformed)
			inside, err := io.ReadAll(parseFile(t, file)[0].Content().Reader())
			if err != nil || !bytes.Equal(inside, content) {
				t.Errorf("content %q, %v", inside, err)
			}
		})
	}
}

// TestAttachedSizes makes contents whose length takes another number of bytes in DER. openssl must write the same bytes.
func TestAttachedSizes(t *testing.T) {
	p := newPerson(t, "P-256")
	for _, size := range []int{0, 1, 110, 111, 112, 113, 114, 126, 127, 128, 255, 256, 65_535, 65_536, 1 << 20} {
		data := bytes.Repeat([]byte{'x'}, size)
		file := p.attach(t, data)
		out, err := exec.Command("openssl", "cms", "-cmsout", "-inform", "DER", "-outform", "DER", "-in", write(t, t.TempDir(), "s", file)).Output()
		if err != nil || !bytes.Equal(out, file) {
			t.Errorf("%d bytes: openssl encodes it otherwise: %v", size, err)
		}
		wantCode(t, verifyFile(file), ok)
	}
}

func TestAttachedEveryBitCounts(t *testing.T) {
	p := newPerson(t, "P-256")
	r := p.request(t, nil)
	r.Chain = nil
	prepared, err := cades.PrepareDocuments(r.Signer, []ades.Document{document(content)}, cades.Options{Form: cades.Attached})
	wantCode(t, err, ok)
	signature, err := p.key.Sign(rand.Reader, prepared.Digest(), r.Hash)
	wantCode(t, err, ok)
	pieces, err := prepared.Complete(signature)
	wantCode(t, err, ok)
	file, err := io.ReadAll(pieces.Reader([]ades.Document{document(content)}))
	wantCode(t, err, ok)
	wantCode(t, verifyFile(file), ok)
	for i := range file {
		for bit := range 8 {
			file[i] ^= 1 << bit
			if verifyFile(file) == nil {
				t.Errorf("byte %d, bit %d", i, bit)
			}
			file[i] ^= 1 << bit
		}
		if verifyFile(file[:i]) == nil {
			t.Errorf("cut to %d bytes", i)
		}
	}
	if verifyFile(append(file, 0)) == nil {
		t.Error("a byte after it")
	}
}

// zeros are a large content that takes no memory.
type zeros struct{}

func (zeros) ReadAt(b []byte, _ int64) (int, error) { clear(b); return len(b), nil }

// TestAttachedTakesNoMemory signs and reads content much larger than what is allocated for it.
func TestAttachedTakesNoMemory(t *testing.T) {
	const size = 128 << 20
	large := ades.Document{Size: size, Content: zeros{}}
	p := newPerson(t, "P-256")
	allocated := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.TotalAlloc
	}
	before := allocated()
	pieces, err := p.pieces(t, []ades.Document{large}, cades.Options{Form: cades.Attached})
	wantCode(t, err, ok)
	file := pieces.Reader([]ades.Document{large})
	all, err := cades.ParseFile(file, file.Size())
	wantCode(t, err, ok)
	wantCode(t, all[0].Verify(nil), ok)
	existing, err := cms.Read(file, file.Size())
	wantCode(t, err, ok)
	if got := all[0].Content().Size; got != size || existing.Content.Size != size {
		t.Errorf("content of %d and %d bytes", got, existing.Content.Size)
	}
	if used := allocated() - before; used > 4<<20 {
		t.Errorf("%d bytes allocated", used)
	}
}

// others are files of openssl's to which we add a signature.
func others(t *testing.T, p *person) map[string][]byte {
	return map[string][]byte{
		"ours":                          p.sign(t, content),
		"ours, attached":                p.attach(t, content),
		"openssl's":                     opensslSign(t, p, "-cades"),
		"openssl's, attached":           opensslSign(t, p, "-cades", "-nodetach"),
		"openssl's, in BER":             opensslSign(t, p, "-cades", "-nodetach", "-stream"),
		"openssl's, SHA-512":            opensslSign(t, p, "-cades", "-md", "sha512"),
		"openssl's, without attributes": opensslSign(t, p, "-noattr"),
		"openssl's, not CAdES":          opensslSign(t, p, "-nodetach"),
	}
}

// isAttached reports whether a file holds its content.
func isAttached(t *testing.T, file []byte) bool {
	t.Helper()
	d, err := cms.Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return d.Content != nil
}

// documentsFor are what a further signature in file is made of.
func documentsFor(t *testing.T, file []byte) []ades.Document {
	t.Helper()
	if isAttached(t, file) {
		return []ades.Document{document(file)}
	}
	return []ades.Document{document(content), document(file)}
}

// verdictsOf are those of the tolerant reader.
func verdictsOf(t *testing.T, file []byte) []cms.Verdict {
	t.Helper()
	d, err := cms.Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	digests, err := d.Digests(document(content).Digest)
	if err != nil {
		t.Fatal(err)
	}
	return d.Verify(digests)
}

// signerInfos are the signatures of a file as they stand there.
func signerInfos(t *testing.T, file []byte) (all [][]byte) {
	t.Helper()
	d, err := cms.Read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range d.Signers {
		all = append(all, s.Raw)
	}
	return all
}

func TestParallel(t *testing.T) {
	first, second := newPerson(t, "P-256"), newPerson(t, "RSA-2048")
	for name, existing := range others(t, first) {
		t.Run(name, func(t *testing.T) {
			file := second.make(t, documentsFor(t, existing), cades.Options{Form: cades.Parallel})
			for _, kept := range signerInfos(t, existing) {
				if !bytes.Contains(file, kept) {
					t.Error("the first signature is not there as it was")
				}
			}
			all := verdictsOf(t, file)
			known := slices.DeleteFunc(slices.Clone(all), func(v cms.Verdict) bool { return v.State != cms.Holds })
			if want := map[bool]int{false: 2, true: 1}[name == "openssl's, without attributes"]; len(all) != 2 || len(known) != want {
				t.Fatalf("verdicts %+v", all)
			}
			for _, p := range []*person{first, second} {
				if !slices.ContainsFunc(all, func(v cms.Verdict) bool { return v.Certificate.Equal(p.certificate) }) {
					t.Error("a signer is not there")
				}
			}
			path := write(t, t.TempDir(), "x.p7s", file)
			args := []string{"cms", "-verify", "-binary", "-inform", "DER", "-in", path, "-out", "/dev/null",
				"-CAfile", pkitest.WriteCertificates(t, t.TempDir(), "root.pem", first.root.Certificate)}
			if !isAttached(t, file) {
				args = append(args, "-content", write(t, t.TempDir(), "content", content))
			}
			if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
				t.Errorf("openssl refuses: %s", out)
			}
			// openssl sorts what DER sorts.
			again, err := exec.Command("openssl", "cms", "-cmsout", "-inform", "DER", "-outform", "DER", "-in", path).Output()
			if name != "openssl's, in BER" && (err != nil || !bytes.Equal(again, file)) {
				t.Errorf("openssl encodes it otherwise: %v", err)
			}
		})
	}
}

// TestVersions compares the version of what we write with what is in it: who is named by a key identifier needs 3 (RFC 5652, 5.1).
func TestVersions(t *testing.T) {
	p := newPerson(t, "P-256")
	p.certificate = p.sub.Issue(t, p.key.Public(), func(c *x509.Certificate) { c.SubjectKeyId = []byte{1, 2, 3} })
	for options, want := range map[string]int{"-binary": 1, "-keyid": 3} {
		file := opensslSign(t, p, options, "-nodetach")
		for _, form := range []cades.Form{cades.Parallel, cades.CounterSignature} {
			whole := p.make(t, []ades.Document{document(file)}, cades.Options{Form: form})
			d, err := cms.Read(bytes.NewReader(whole), int64(len(whole)))
			if err != nil || d.Version != want {
				t.Errorf("%s: version %d, %v", options, d.Version, err)
			}
		}
	}
}

// TestParallelOfOurs has our strict reader read files of ours alone.
func TestParallelOfOurs(t *testing.T) {
	first, second, third := newPerson(t, "P-256"), newPerson(t, "RSA-2048"), newPerson(t, "P-384")
	for _, file := range [][]byte{first.sign(t, content), first.attach(t, content)} {
		file = second.make(t, documentsFor(t, file), cades.Options{Form: cades.Parallel})
		file = third.make(t, documentsFor(t, file), cades.Options{Form: cades.Parallel})
		all := parseFile(t, file)
		if len(all) != 3 {
			t.Fatalf("%d signatures", len(all))
		}
		wantCode(t, verifyFile(file, document(content)), ok)
		wantCode(t, verifyFile(file, document(content[1:])), badValue)
		for _, s := range all {
			if claims := s.Claims(); claims.Certificate == nil || claims.SigningTime.IsZero() {
				t.Errorf("claims %+v", claims)
			}
		}
	}
}

func TestCounterSignature(t *testing.T) {
	first, second := newPerson(t, "P-256"), newPerson(t, "RSA-2048")
	for name, existing := range others(t, first) {
		t.Run(name, func(t *testing.T) {
			o := cades.Options{Form: cades.CounterSignature}
			file := second.make(t, documentsFor(t, existing), o)
			all := verdictsOf(t, file)
			if len(all) != 1 || all[0].State == cms.Fails || len(all[0].CounterSignatures) != 1 {
				t.Fatalf("verdicts %+v", all)
			}
			if v := all[0].CounterSignatures[0]; v.State != cms.Holds || !v.Certificate.Equal(second.certificate) {
				t.Errorf("counter-signature: %+v", v)
			}
			// A second one stands beside the first.
			file = first.make(t, []ades.Document{document(file)}, o)
			if v := verdictsOf(t, file)[0].CounterSignatures; len(v) != 2 || v[0].State != cms.Holds || v[1].State != cms.Holds {
				t.Errorf("counter-signatures: %+v", v)
			}
		})
	}
}

// counterSigned returns a file with a counter-signature, and one in which another signature over the same attributes by the same key has
// taken the place of the one that is counter-signed.
func counterSigned(t *testing.T, first, second *person) (good, broken []byte) {
	t.Helper()
	good = second.make(t, []ades.Document{document(content), document(first.sign(t, content))}, cades.Options{Form: cades.CounterSignature})
	d, err := cms.Read(bytes.NewReader(good), int64(len(good)))
	wantCode(t, err, ok)
	value := d.Signers[0].Value
	another := value
	for len(another) != len(value) || bytes.Equal(another, value) {
		another, err = first.key.Sign(rand.Reader, digest(crypto.SHA256, d.Signers[0].SignedSet), crypto.SHA256)
		wantCode(t, err, ok)
	}
	return good, bytes.Replace(good, value, another, 1)
}

// TestCounterSignatureOfAnother puts a counter-signature to another signature than it is of: our readers refuse it.
func TestCounterSignatureOfAnother(t *testing.T) {
	first, second := newPerson(t, "P-256"), newPerson(t, "P-384")
	good, broken := counterSigned(t, first, second)
	wantCode(t, verifyFile(good, document(content)), ok)
	if counters := parseFile(t, good)[0].CounterSignatures; len(counters) != 1 || !counters[0].Certificate.Equal(second.certificate) {
		t.Fatalf("counter-signatures %v", counters)
	}
	wantCode(t, verifyFile(broken, document(content)), badValue)
	if v := verdictsOf(t, broken)[0]; v.State != cms.Holds || v.CounterSignatures[0].State != cms.Fails {
		t.Errorf("verdict %+v", v)
	}
}

func TestAdditionsThatAreRefused(t *testing.T) {
	p := newPerson(t, "P-256")
	detached, attached := document(p.sign(t, content)), document(p.attach(t, content))
	other := document([]byte("another"))
	noContent := detached
	noContent.Content = nil
	timeStamp := opensslSign(t, p, "-econtent_type", "1.2.840.113549.1.9.16.1.4", "-nodetach")
	spoilt := p.attach(t, content)
	spoilt[bytes.Index(spoilt, content)] ^= 1
	for name, test := range map[string]struct {
		documents []ades.Document
		options   cades.Options
		want      fault.Code
	}{
		"parallel, no document":             {nil, cades.Options{Form: cades.Parallel}, fault.RequestInvalid},
		"parallel, three documents":         {[]ades.Document{other, other, attached}, cades.Options{Form: cades.Parallel}, fault.RequestInvalid},
		"parallel, detached alone":          {[]ades.Document{detached}, cades.Options{Form: cades.Parallel}, fault.RequestInvalid},
		"parallel, attached and content":    {[]ades.Document{document(content), attached}, cades.Options{Form: cades.Parallel}, fault.RequestInvalid},
		"parallel, another content":         {[]ades.Document{other, detached}, cades.Options{Form: cades.Parallel}, badValue},
		"parallel, spoilt":                  {[]ades.Document{document(spoilt)}, cades.Options{Form: cades.Parallel}, badValue},
		"parallel, no signature":            {[]ades.Document{document(content)}, cades.Options{Form: cades.Parallel}, malformed},
		"parallel, content not at hand":     {[]ades.Document{document(content), noContent}, cades.Options{Form: cades.Parallel}, fault.Internal},
		"parallel, a time stamp":            {[]ades.Document{document(timeStamp)}, cades.Options{Form: cades.Parallel}, fault.Unsupported},
		"counter-signature, no such signer": {[]ades.Document{attached}, cades.Options{Form: cades.CounterSignature, Signer: 1}, fault.RequestInvalid},
		"counter-signature, signer -1":      {[]ades.Document{attached}, cades.Options{Form: cades.CounterSignature, Signer: -1}, fault.RequestInvalid},
		"counter-signature, spoilt":         {[]ades.Document{document(spoilt)}, cades.Options{Form: cades.CounterSignature}, badValue},
		"detached, two documents":           {[]ades.Document{other, other}, cades.Options{}, fault.RequestInvalid},
		"attached, no document":             {nil, cades.Options{Form: cades.Attached}, fault.RequestInvalid},
		"unknown form":                      {[]ades.Document{other}, cades.Options{Form: 9}, fault.Unsupported},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := p.pieces(t, test.documents, test.options)
			wantCode(t, err, test.want)
		})
	}
	for _, form := range []cades.Form{cades.Detached, cades.Attached, cades.Parallel, cades.CounterSignature} {
		if _, err := cades.PrepareDocuments(ades.Signer{}, []ades.Document{attached}, cades.Options{Form: form}); err == nil {
			t.Errorf("form %d: prepared without a certificate", form)
		}
	}
}

func FuzzParseFile(f *testing.F) {
	p := newPerson(f, "P-256")
	f.Add(p.attach(f, content))
	f.Add(p.sign(f, content))
	f.Add(p.make(f, []ades.Document{document(content), document(p.sign(f, content))}, cades.Options{Form: cades.Parallel}))
	f.Add(p.make(f, []ades.Document{document(p.attach(f, content))}, cades.Options{Form: cades.CounterSignature}))
	f.Fuzz(func(t *testing.T, file []byte) {
		all, err := cades.ParseFile(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return
		}
		for _, s := range all {
			if s.Verify([]ades.Document{document([]byte("never signed by anybody"))}) == nil {
				t.Error("verifies over anything")
			}
		}
		// What the strict reader takes, the tolerant one reads as the same.
		d, err := cms.Read(bytes.NewReader(file), int64(len(file)))
		if err != nil || len(d.Signers) != len(all) || (d.Content == nil) != (all[0].Content() == nil) {
			t.Errorf("the tolerant reader: %v", err)
		}
	})
}
