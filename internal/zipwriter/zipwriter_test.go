package zipwriter_test

import (
	"archive/zip"
	"bytes"
	"hash/crc32"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/zipfile"
	"github.com/e-onay/e-onay/internal/zipwriter"
)

var when = time.Date(2026, 11, 29, 12, 34, 56, 0, time.UTC)

func sum(data []byte) uint32 { return crc32.ChecksumIEEE(data) }

// whole returns the bytes of an archive.
func whole(t *testing.T, a *zipwriter.Archive, documents ...ades.Document) []byte {
	t.Helper()
	pieces, err := a.Pieces("")
	if err != nil {
		t.Fatal(err)
	}
	if err := pieces.Check(documents); err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(pieces.Reader(documents))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// judge has Info-ZIP and Java test an archive, and returns its contents as archive/zip reads them.
func judge(t *testing.T, archive []byte) map[string]string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.zip")
	if err := os.WriteFile(path, archive, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("unzip", "-t", path).CombinedOutput(); err != nil {
		t.Errorf("unzip: %v: %s", err, out)
	}
	if out, err := exec.Command("jar", "--list", "--file", path).CombinedOutput(); err != nil {
		t.Errorf("jar: %v: %s", err, out)
	}
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range r.File {
		rc, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(rc)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		if f.Modified.IsZero() {
			t.Errorf("%s has no time", f.Name)
		}
		out[f.Name] = string(data)
	}
	return out
}

func TestArchiveOfDocuments(t *testing.T) {
	letter := ades.NewDocument("mektup.txt", "text/plain", []byte("Sayın Ayşe Yılmaz,\n"))
	annex := ades.NewDocument("ek.txt", "text/plain", []byte("Ek 1\n"))
	var a zipwriter.Archive
	a.AddBytes("mimetype", []byte("application/vnd.etsi.asic-e+zip"), when)
	a.AddDocument("başvuru.txt", 0, letter, sum([]byte("Sayın Ayşe Yılmaz,\n")), when)
	a.AddBytes("boş.txt", nil, when)
	a.AddDocument("ek.txt", 1, annex, sum([]byte("Ek 1\n")), when)
	archive := whole(t, &a, letter, annex)
	read := judge(t, archive)
	if len(read) != 4 || read["boş.txt"] != "" || read["başvuru.txt"] != "Sayın Ayşe Yılmaz,\n" || read["ek.txt"] != "Ek 1\n" {
		t.Errorf("read %q", read)
	}
	if string(archive[38:69]) != "application/vnd.etsi.asic-e+zip" {
		t.Error("the first file's content is not at its place")
	}
	if _, err := zipfile.Open(bytes.NewReader(archive), int64(len(archive))); err != nil {
		t.Error(err)
	}
}

// An archive that is there keeps its entries byte for byte, in one span where none is left out.
func TestArchiveThatIsContinued(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string]string{"a.txt": strings.Repeat("a", 5000), "b.txt": "b", "c.txt": "c"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("zip", "-q", "x.zip", "a.txt", "b.txt", "c.txt")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("zip: %v: %s", err, out)
	}
	before, err := os.ReadFile(filepath.Join(dir, "x.zip"))
	if err != nil {
		t.Fatal(err)
	}
	document := ades.NewDocument("x.zip", "application/zip", before)
	r, err := zipfile.Open(bytes.NewReader(before), int64(len(before)))
	if err != nil {
		t.Fatal(err)
	}
	for name, leftOut := range map[string]string{"all": "", "without b": "b.txt"} {
		t.Run(name, func(t *testing.T) {
			var a zipwriter.Archive
			for _, e := range r.Entries {
				if e.Name != leftOut {
					a.Copy(e, 0)
				}
			}
			a.AddBytes("imza.p7s", []byte("imza"), when)
			archive := whole(t, &a, document)
			read := judge(t, archive)
			if read["a.txt"] != strings.Repeat("a", 5000) || read["c.txt"] != "c" || read["imza.p7s"] != "imza" {
				t.Errorf("read %d files", len(read))
			}
			if _, there := read["b.txt"]; there == (leftOut == "b.txt") {
				t.Error("another file is left out")
			}
			last := r.Entries[len(r.Entries)-1]
			if leftOut == "" && !bytes.HasPrefix(archive, before[:last.Offset+last.Length]) {
				t.Error("the entries are not byte for byte those of before")
			}
			pieces, err := a.Pieces("")
			if err != nil {
				t.Fatal(err)
			}
			if leftOut == "" && len(pieces) != 4 {
				t.Errorf("%d pieces, want the old entries, header, file, and directory", len(pieces))
			}
			if _, err := zipfile.Open(bytes.NewReader(archive), int64(len(archive))); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPiecesRefuses(t *testing.T) {
	big := ades.Document{Size: 1<<32 - 1}
	half := ades.Document{Size: 1 << 31}
	for name, test := range map[string]struct {
		add  func(*zipwriter.Archive)
		want fault.Code
	}{
		"name that leads out":     {func(a *zipwriter.Archive) { a.AddBytes("../a", nil, when) }, fault.ContainerMalformed},
		"names that are one":      {func(a *zipwriter.Archive) { a.AddBytes("a", nil, when); a.AddBytes("A", nil, when) }, fault.ContainerMalformed},
		"file of 4 GiB":           {func(a *zipwriter.Archive) { a.AddDocument("a", 0, big, 0, when) }, fault.RequestTooLarge},
		"files of 4 GiB together": {func(a *zipwriter.Archive) { a.AddDocument("a", 0, half, 0, when); a.AddDocument("b", 0, half, 0, when) }, fault.RequestTooLarge},
		"name over its limit":     {func(a *zipwriter.Archive) { a.AddBytes(strings.Repeat("a", 70_000), nil, when) }, fault.ContainerMalformed},
	} {
		var a zipwriter.Archive
		test.add(&a)
		if pieces, err := a.Pieces(""); fault.CodeOf(err) != test.want || pieces != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
