package formats_test

import (
	"archive/zip"
	"bytes"
	"crypto"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/asic"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
)

// box is a ZIP that is being made, with its files in order.
type box []boxFile

type boxFile struct{ name, data string }

// unbox reads a ZIP.
func unbox(t testing.TB, file []byte) (b box) {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.File {
		var data bytes.Buffer
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := data.ReadFrom(r); err != nil {
			t.Fatal(err)
		}
		b = append(b, boxFile{f.Name, data.String()})
	}
	return b
}

// with is a box with other content of one file, or with one more.
func (b box) with(name, data string) box {
	out := slices.Clone(b)
	if i := slices.IndexFunc(out, func(f boxFile) bool { return f.name == name }); i >= 0 {
		out[i].data = data
		return out
	}
	return append(out, boxFile{name, data})
}

func (b box) without(name string) box {
	return slices.DeleteFunc(slices.Clone(b), func(f boxFile) bool { return f.name == name })
}

func (b box) get(name string) string {
	for _, f := range b {
		if f.name == name {
			return f.data
		}
	}
	return ""
}

func (b box) zip(t testing.TB) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range b {
		file, err := w.CreateHeader(&zip.FileHeader{Name: f.name, Method: zip.Deflate})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.Write([]byte(f.data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

const (
	sha1URI   = "http://www.w3.org/2000/09/xmldsig#sha1"
	sha256URI = "http://www.w3.org/2001/04/xmlenc#sha256"
)

// manifest lists files of the box, with digests by SHA-256.
func (b box) manifest(signature string, names ...string) string {
	var m strings.Builder
	m.WriteString(`<?xml version="1.0"?><a:ASiCManifest xmlns:a="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">`)
	fmt.Fprintf(&m, `<a:SigReference URI=%q/>`, signature)
	for _, name := range names {
		h := crypto.SHA256.New()
		h.Write([]byte(b.get(name)))
		fmt.Fprintf(&m, `<a:DataObjectReference URI=%q><ds:DigestMethod Algorithm=%q/><ds:DigestValue>%s</ds:DigestValue></a:DataObjectReference>`,
			name, sha256URI, base64.StdEncoding.EncodeToString(h.Sum(nil)))
	}
	return m.String() + `</a:ASiCManifest>`
}

// Names in the boxes here.
const (
	boxManifest  = "META-INF/ASiCManifest.xml"
	boxSignature = "META-INF/signature.p7s"
	boxArchive   = "META-INF/ASiCArchiveManifest.xml"
	boxStamp     = "META-INF/timestamp.tst"
)

// filesBox has two files.
func filesBox() box {
	return box{{"mimetype", asic.MediaTypeE}, {"a.txt", "bir"}, {"klasör/b.txt", "iki"}}
}

// signBox signs a manifest of a box; edit may add to the signature.
func signBox(w *validationtest.World, b box, manifest string, edit func(*validationtest.Signature)) box {
	s := w.NewSignature(manifest)
	s.Detached = true
	s.Sign()
	if edit != nil {
		edit(s)
	}
	return b.with(boxManifest, manifest).with(boxSignature, string(s.DER()))
}

// names are those of the parts that are covered.
func names(c validation.CoverageReport) (all []string) {
	for _, p := range c.Parts {
		all = append(all, p.Name)
	}
	return all
}

// TestASiC judges containers with CAdES, good and bad.
func TestASiC(t *testing.T) {
	w := validationtest.New(t)
	documents := []ades.Document{ades.NewDocument("a.txt", "text/plain", []byte("bir")), ades.NewDocument("klasör/b.txt", "", []byte("iki"))}
	own := unbox(t, complete(t, w, documents, func(s ades.Signer) (ades.Prepared, error) { return asic.Prepare(s, documents, asic.Options{}) }))
	simple := unbox(t, complete(t, w, documents[:1], func(s ades.Signer) (ades.Prepared, error) {
		return asic.Prepare(s, documents[:1], asic.Options{Simple: true})
	}))
	files := filesBox()
	manifest := files.manifest(boxSignature, "a.txt", "klasör/b.txt")
	good := signBox(w, files, manifest, nil)
	changed := func(old, replacement string) box {
		return signBox(w, files, strings.Replace(manifest, old, replacement, 1), nil)
	}
	attached := files.with(boxManifest, manifest)
	both := []string{"a.txt", "klasör/b.txt"}
	for _, test := range []struct {
		name      string
		file      box
		sub       validation.SubIndication
		code      validation.ReasonCode
		parts     []string
		uncovered []string
	}{
		{"ours, ASiC-E", own, "", "", both, nil},
		{"ours, ASiC-S", simple, "", "", both[:1], nil},
		{"of another program", good, "", "", both, nil},
		{"without a media type", good.without("mimetype"), "", "", both, nil},
		{"attached", attached.with(boxSignature, string(w.NewSignature(manifest).Sign().DER())), "", "", both, nil},
		{"names that are escaped", changed("klasör", "klas%C3%B6r"), "", "", both, nil},
		{"over one file of two", signBox(w, files, files.manifest(boxSignature, "a.txt"), nil), "", "", both[:1], both[1:]},
		{"file added", good.with("kötü.exe", "x"), "", "", both, []string{"kötü.exe"}},
		{"file changed", good.with("a.txt", "üç"), validation.HashFailure, validation.ReasonPartChanged, both, nil},
		{"file missing", good.without("a.txt"), validation.SignedDataNotFound, validation.ReasonPartMissing, both, nil},
		{"one changed, one missing", good.without("a.txt").with("klasör/b.txt", "x"), validation.HashFailure, validation.ReasonPartChanged, both, nil},
		{"manifest changed", good.with(boxManifest, manifest+" "), validation.HashFailure, validation.ReasonContentChanged, both, nil},
		{"manifest missing", good.without(boxManifest), validation.SignedDataNotFound, validation.ReasonContentMissing, nil, both},
		{"manifest that is none", good.with(boxManifest, "x"), validation.SignedDataNotFound, validation.ReasonContentMissing, nil, both},
		{"two manifests", good.with("META-INF/ASiCManifest2.xml", manifest), validation.SignedDataNotFound, validation.ReasonContentMissing, nil, both},
		{"critical extension", changed("</a:ASiCManifest>", `<a:ASiCManifestExtensions><a:Extension Critical="true"/></a:ASiCManifestExtensions></a:ASiCManifest>`), validation.SignedDataNotFound, validation.ReasonContentMissing, nil, both},
		{"digest that is not known", changed(sha256URI, "urn:x"), validation.CryptoConstraintsFailure, validation.ReasonAlgorithm, both, nil},
		{"digest by SHA-1", signBox(w, files, sha1Manifest(files), nil), validation.CryptoConstraintsFailureNoPO, validation.ReasonWeak, both[:1], both[1:]},
		{"attached, another manifest", attached.with(boxSignature, string(w.NewSignature(manifest+" ").Sign().DER())), validation.HashFailure, validation.ReasonContentChanged, both, nil},
		{"signature that is none", good.with(boxSignature, "x"), validation.FormatFailure, validation.ReasonMalformed, both, nil},
		{"ASiC-S, changed", simple.with("a.txt", "iki"), validation.HashFailure, validation.ReasonContentChanged, both[:1], nil},
		{"ASiC-S, second file", simple.with("b.txt", "iki"), validation.SignedDataNotFound, validation.ReasonContentMissing, nil, []string{"a.txt", "b.txt"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			all := judge(t, w, test.file.zip(t))
			if len(all) != 1 || all[0].Format != "CAdES" {
				t.Fatalf("%d signatures", len(all))
			}
			got := all[0]
			check(t, got, test.sub, test.code)
			if !slices.Equal(names(got.Covers), test.parts) || !slices.Equal(got.Covers.Uncovered, test.uncovered) {
				t.Errorf("covers %q and not %q, want %q and not %q", names(got.Covers), got.Covers.Uncovered, test.parts, test.uncovered)
			}
			if got.Intact && test.sub != "" && test.code != validation.ReasonWeak {
				t.Error("intact")
			}
		})
	}
}

// sha1Manifest lists a.txt by SHA-1.
func sha1Manifest(b box) string {
	h := crypto.SHA1.New()
	h.Write([]byte(b.get("a.txt")))
	m := b.manifest(boxSignature, "a.txt")
	at := strings.Index(m, "<ds:DigestValue>")
	m = m[:at] + "<ds:DigestValue>" + base64.StdEncoding.EncodeToString(h.Sum(nil)) + m[strings.Index(m, "</ds:DigestValue>"):]
	return strings.Replace(m, sha256URI, sha1URI, 1)
}

// TestASiCDamaged has a file whose bytes were changed in the archive, so that its CRC-32 is another: it is not what was signed.
func TestASiCDamaged(t *testing.T) {
	w := validationtest.New(t)
	documents := []ades.Document{ades.NewDocument("a.txt", "text/plain", []byte("bir bir bir"))}
	for _, o := range []asic.Options{{}, {Simple: true}, {XAdES: true}} {
		file := complete(t, w, documents, func(s ades.Signer) (ades.Prepared, error) { return asic.Prepare(s, documents, o) })
		check(t, judge(t, w, string(file))[0], "", "")
		got := judge(t, w, strings.Replace(string(file), "bir bir bir", "bir bir iki", 1))[0]
		check(t, got, validation.HashFailure, validation.ReasonPartChanged)
	}
}

// TestASiCLasts judges containers after the signer's and the CA's certificates have ended: by time stamps over manifests alone.
func TestASiCLasts(t *testing.T) {
	w := validationtest.New(t)
	data := revocation(w)
	later := validationtest.Day(2031, 1, 1)
	fresh := validation.Data{CRLs: [][]byte{w.CRL(w.Root, later, 24*time.Hour)}}
	stamped := validationtest.Signed.Add(time.Minute)
	files := filesBox()
	signed := signBox(w, files, files.manifest(boxSignature, "a.txt"), func(s *validationtest.Signature) {
		s.AddSignatureStamp(stamped).AddOCSP(data.OCSPs[0]).AddCRL(data.CRLs[0])
	})
	// archive adds a time stamp over a manifest of these files.
	archive := func(b box, manifest, stamp string, at time.Time, listed ...string) box {
		m := b.manifest(stamp, listed...)
		h := crypto.SHA256.New()
		h.Write([]byte(m))
		return b.with(manifest, m).with(stamp, string(w.Stamp(h.Sum(nil), at)))
	}
	all := []string{boxSignature, boxManifest, "a.txt"}
	once := archive(signed, boxArchive, boxStamp, stamped.Add(time.Hour), all...)
	for _, test := range []struct {
		name, level string
		file        box
		sub         validation.SubIndication
		stamp       string // the time stamp that proves nothing
		code        validation.ReasonCode
	}{
		{"no archive time stamp", "LT", signed, validation.NoPOE, "", ""},
		{"archive time stamp", "LTA", once, "", "", ""},
		{"twice", "LTA", archive(once, "META-INF/ASiCArchiveManifest2.xml", "META-INF/timestamp2.tst", stamped.Add(2*time.Hour), append(all, boxArchive, boxStamp)...), "", "", ""},
		{"over another manifest", "LTA", once.with(boxArchive, once.get(boxArchive)+" "), validation.NoPOE, boxArchive, validation.ReasonStampOther},
		{"of a file that was changed", "LTA", archive(signed, boxArchive, boxStamp, stamped, append(all, "klasör/b.txt")...).with("klasör/b.txt", "x"), validation.NoPOE, boxArchive, validation.ReasonStampOther},
		{"of a file that is gone", "LTA", archive(signed, boxArchive, boxStamp, stamped, append(all, "klasör/b.txt")...).without("klasör/b.txt"), validation.NoPOE, boxArchive, validation.ReasonStampPartial},
		{"without the manifest", "LTA", archive(signed, boxArchive, boxStamp, stamped, boxSignature, "a.txt"), validation.NoPOE, boxArchive, validation.ReasonStampPartial},
		{"without the signed file", "LTA", archive(signed, boxArchive, boxStamp, stamped, boxSignature, boxManifest), validation.NoPOE, boxArchive, validation.ReasonStampPartial},
		{"that is none", "LTA", once.with(boxStamp, "x"), validation.NoPOE, boxArchive, validation.ReasonStampMalformed},
	} {
		t.Run(test.name, func(t *testing.T) {
			reports := judgeAt(t, w, later, fresh, test.file.zip(t))
			if len(reports) != 1 {
				t.Fatalf("%d signatures", len(reports))
			}
			got := reports[0]
			if got.SubIndication != test.sub || got.Level != test.level {
				t.Errorf("%s %+v, level %s; want %s, %s", got.SubIndication, got.Reasons, got.Level, test.sub, test.level)
			}
			for _, stamp := range got.TimeStamps {
				isBad := len(stamp.Reasons) > 0 && stamp.Reasons[0].Code == test.code
				if stamp.Name == test.stamp && !isBad || stamp.Name != test.stamp && stamp.Indication != validation.Passed {
					t.Errorf("%s: %s %+v", stamp.Name, stamp.SubIndication, stamp.Reasons)
				}
			}
		})
	}
	alone := judgeAt(t, w, later, fresh, archive(signed, boxArchive, boxStamp, stamped, "a.txt").zip(t))
	if len(alone) != 2 || alone[0].SubIndication != validation.NoPOE || alone[1].Reasons[0].Code != validation.ReasonStampAlone {
		t.Errorf("a time stamp of a file alone: %+v", alone)
	}
}

// TestASiCStampAlone has containers of a time stamp and no signature: over one file, and over a manifest.
func TestASiCStampAlone(t *testing.T) {
	w := validationtest.New(t)
	sum := func(text string) []byte {
		h := crypto.SHA256.New()
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	at := validationtest.Signed.Add(-time.Hour)
	simple := box{{"a.txt", "bir"}, {boxStamp, string(w.Stamp(sum("bir"), at))}}
	files := filesBox()
	manifest := files.manifest(boxStamp, "a.txt", "klasör/b.txt")
	extended := files.with(boxManifest, manifest).with(boxStamp, string(w.Stamp(sum(manifest), at)))
	for name, test := range map[string]struct {
		file  box
		sub   validation.SubIndication
		parts int
	}{
		"one file":          {simple, "", 1},
		"one file, changed": {simple.with("a.txt", "iki"), validation.HashFailure, 1},
		"manifest":          {extended, "", 2},
		"manifest, changed": {extended.with("a.txt", "iki"), validation.HashFailure, 2},
	} {
		got := judge(t, w, test.file.zip(t))[0]
		check(t, got, validation.SigConstraintsFailure, validation.ReasonStampAlone)
		if got.Format != "RFC 3161" || got.Intact || len(got.TimeStamps) != 1 || got.TimeStamps[0].SubIndication != test.sub || len(got.Covers.Parts) != test.parts {
			t.Errorf("%s: %+v %+v", name, got, got.TimeStamps)
		}
	}
}

// TestContainerSeveral numbers the signatures of a container, and judges each for itself.
func TestContainerSeveral(t *testing.T) {
	w := validationtest.New(t)
	files := filesBox()
	b := signBox(w, files, files.manifest(boxSignature, "a.txt"), func(s *validationtest.Signature) { s.AddCounterSignature(w.Signer, w.Key) })
	manifest := files.manifest("META-INF/signature2.p7s", "klasör/b.txt")
	other := w.NewSignature(manifest)
	other.Detached = true
	b = b.with("META-INF/ASiCManifest2.xml", manifest).with("META-INF/signature2.p7s", string(other.Sign().DER())).with("a.txt", "changed")
	b = b.with("META-INF/signature3.p7s", "x").with("META-INF/evidencerecord.xml", "x")
	all := judge(t, w, b.zip(t))
	if len(all) != 3 {
		t.Fatalf("%d signatures", len(all))
	}
	check(t, all[0], validation.HashFailure, "")
	check(t, all[1], "", "")
	check(t, all[2], validation.FormatFailure, "")
	if all[0].CounterSignatures[0].ID != "1.1" || all[1].ID != "2" || all[2].ID != "3" || len(all[1].Notes) != 1 {
		t.Errorf("%s %s %s, notes %+v", all[0].CounterSignatures[0].ID, all[1].ID, all[2].ID, all[1].Notes)
	}
	check(t, all[0].CounterSignatures[0], "", "")
}

// TestContainerRefused tells ZIPs that hold no signature from those that are damaged, and both from a disk that fails.
func TestContainerRefused(t *testing.T) {
	w := validationtest.New(t)
	files := filesBox()
	good := signBox(w, files, files.manifest(boxSignature, "a.txt", "klasör/b.txt"), nil).without("mimetype").zip(t)
	for name, test := range map[string]struct {
		file string
		code fault.Code
	}{
		"ZIP":                  {files.zip(t), fault.Unsupported},
		"program of Java":      {files.with("META-INF/MANIFEST.MF", "x").with("META-INF/A.RSA", "x").zip(t), fault.Unsupported},
		"office document":      {files.with("[Content_Types].xml", "<x/>").zip(t), fault.Unsupported},
		"cut":                  {good[:len(good)-1], fault.ContainerMalformed},
		"with a tail":          {good + "x", fault.ContainerMalformed},
		"name twice":           {append(files, boxFile{"a.txt", "x"}, boxFile{boxSignature, "x"}).zip(t), fault.ContainerMalformed},
		"signatures too large": {files.with(boxSignature, strings.Repeat("x", 17<<20)).zip(t), fault.ContainerMalformed},
		"too many signatures":  {manySignatures(files).zip(t), fault.ContainerMalformed},
	} {
		if _, err := formats.Read(content([]byte(test.file))); fault.CodeOf(err) != test.code {
			t.Errorf("%s: %v, want %s", name, err, test.code)
		}
	}
	for limit := range len(good) {
		if limit%97 != 0 || limit < 64 {
			continue
		}
		if _, err := formats.Read(formats.Content{Reader: &failingAt{[]byte(good), int64(limit)}, Size: int64(len(good))}); err == nil || fault.CodeOf(err) != fault.Internal {
			t.Errorf("a disk that fails at %d: %v", limit, err)
		}
	}
}

func manySignatures(b box) box {
	for i := range 101 {
		b = append(b, boxFile{fmt.Sprintf("META-INF/signature%d.p7s", i), "x"})
	}
	return b
}

// failingAt is a disk that cannot read one byte.
type failingAt struct {
	data []byte
	at   int64
}

func (f *failingAt) ReadAt(p []byte, offset int64) (int, error) {
	if offset <= f.at && f.at < offset+int64(len(p)) {
		return 0, fmt.Errorf("disk")
	}
	return bytes.NewReader(f.data).ReadAt(p, offset)
}

// TestASiCXAdES judges containers with XAdES. A file is named by its whole path: elsewhere it is another file.
func TestASiCXAdES(t *testing.T) {
	w := validationtest.New(t)
	documents := []ades.Document{ades.NewDocument("a.txt", "text/plain", []byte("bir")), ades.NewDocument("klasör/b c.txt", "", []byte("iki"))}
	own := unbox(t, complete(t, w, documents, func(s ades.Signer) (ades.Prepared, error) {
		return asic.Prepare(s, documents, asic.Options{XAdES: true})
	}))
	simple := unbox(t, complete(t, w, documents[:1], func(s ades.Signer) (ades.Prepared, error) {
		return asic.Prepare(s, documents[:1], asic.Options{XAdES: true, Simple: true})
	}))
	both := []string{"a.txt", "klasör/b c.txt"}
	const signatures = "META-INF/signatures0.xml"
	for _, test := range []struct {
		name      string
		file      box
		sub       validation.SubIndication
		uncovered []string
	}{
		{"ASiC-E", own, "", nil},
		{"ASiC-S", simple, "", nil},
		{"file added", own.with("kötü.exe", "x"), "", []string{"kötü.exe"}},
		{"file changed", own.with("a.txt", "üç"), validation.HashFailure, nil},
		{"file missing", own.without("a.txt"), validation.SignedDataNotFound, nil},
		{"file in another folder", own.without("klasör/b c.txt").with("başka/b c.txt", "iki"), validation.SignedDataNotFound, []string{"başka/b c.txt"}},
		{"the only file, of another name", simple.without("a.txt").with("b.txt", "bir"), validation.SignedDataNotFound, []string{"b.txt"}},
		{"signature that is none", own.with(signatures, "<x/>"), validation.FormatFailure, both},
	} {
		t.Run(test.name, func(t *testing.T) {
			all := judge(t, w, test.file.zip(t))
			if len(all) != 1 || all[0].Format != "XAdES" {
				t.Fatalf("%d signatures", len(all))
			}
			check(t, all[0], test.sub, "")
			if !slices.Equal(all[0].Covers.Uncovered, test.uncovered) || all[0].Covers.Content != "container" {
				t.Errorf("covers %q and not %q", names(all[0].Covers), all[0].Covers.Uncovered)
			}
			if test.name == "ASiC-E" && !slices.Equal(names(all[0].Covers), both) {
				t.Errorf("covers %q", names(all[0].Covers))
			}
		})
	}
}
