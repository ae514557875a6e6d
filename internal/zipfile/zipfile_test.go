package zipfile_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/zipfile"
)

const (
	letter = "Sayın Ayşe Yılmaz,\n"
	annex  = "Ek 1\n"
)

// good are archives that every reader reads alike.
func good(t testing.TB) map[string][]byte {
	t.Helper()
	zip64 := stored("a", annex).edit(func(f *file) { f.local.extra = le64(le16(nil, 1, 16), 5, 5) })
	zip64.local.size, zip64.local.compressed = math.MaxUint32, math.MaxUint32
	zip64.central.extra = le64(le16(nil, 1, 24), 5, 5, 0)
	zip64.central.size, zip64.central.compressed = math.MaxUint32, math.MaxUint32
	zip64.both(func(h *header) { h.version = 45 })
	unicodePath := append(le32(append(le16(nil, 0x7075, 6), 1), 0), 'a')
	return map[string][]byte{
		"empty":                       archive(nil),
		"stored":                      archive([]*file{stored("UstYazi/ustyazi.txt", letter), stored("Ekler/ek1.txt", annex)}),
		"deflated":                    archive([]*file{deflated(t, "başvuru.txt", letter), deflated(t, "ek.txt", annex)}),
		"descriptor":                  archive([]*file{deflated(t, "a", letter).streamed(true), stored("b", annex)}),
		"descriptor, no signature":    archive([]*file{deflated(t, "a", letter).streamed(false), stored("b", annex)}),
		"stored with a descriptor":    archive([]*file{stored("a", letter).streamed(true)}),
		"folder":                      archive([]*file{stored("META-INF/", ""), stored("META-INF/manifest.xml", annex)}),
		"comment":                     archive([]*file{stored("a", annex)}, func(e *tail) { e.comment = "mimetype=application/vnd.etsi.asic-e+zip" }),
		"compression level in a flag": archive([]*file{deflated(t, "a", letter).edit(func(f *file) { f.local.flags |= 2 })}),
		"ZIP64 fields":                archive([]*file{zip64}),
		"ZIP64 end record":            zip64End(archive([]*file{stored("a", annex)}), nil),
		"same name in an extra field": archive([]*file{stored("a", annex).both(func(h *header) { h.extra = unicodePath })}),
		"regular file of Unix":        archive([]*file{stored("a", annex).edit(func(f *file) { f.madeBy, f.external = 3<<8|20, 0o100644<<16 })}),
	}
}

// zip64End gives an archive of one entry ZIP64's end records; edit changes them.
func zip64End(a []byte, edit func(end64 []byte)) []byte {
	end := a[len(a)-22:]
	at := uint64(len(a) - 22)
	length, offset := uint64(end[12])|uint64(end[13])<<8, uint64(end[16])|uint64(end[17])<<8
	out := bytes.Clone(a[:at])
	out = le32(out, 0x06064b50)
	out = le64(out, 44)
	out = le16(out, 45, 45)
	out = le32(out, 0, 0)
	out = le64(out, 1, 1, length, offset)
	out = le32(out, 0x07064b50, 0)
	out = le64(out, at)
	out = le32(out, 1)
	if edit != nil {
		edit(out[at:])
	}
	out = le32(out, 0x06054b50)
	out = le16(out, 0, 0, math.MaxUint16, math.MaxUint16)
	out = le32(out, math.MaxUint32, math.MaxUint32)
	return le16(out, 0)
}

func open(a []byte) (*zipfile.Reader, error) {
	return zipfile.Open(bytes.NewReader(a), int64(len(a)))
}

// contents reads all of an archive.
func contents(a []byte) (map[string]string, error) {
	r, err := open(a)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, e := range r.Entries {
		data, err := e.ReadAll(1 << 20)
		if err != nil {
			return nil, err
		}
		out[e.Name] = string(data)
	}
	return out, nil
}

// contentsByGo reads all of an archive by archive/zip.
func contentsByGo(a []byte) (map[string]string, error) {
	r, err := zip.NewReader(bytes.NewReader(a), int64(len(a)))
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, f := range r.File {
		rc, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("%q: %w", f.Name, err)
		}
		data, err := io.ReadAll(rc)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", f.Name, err)
		}
		out[f.Name] = string(data)
	}
	return out, nil
}

// TestOpenReadsWhatOthersRead has archive/zip, Info-ZIP and Java read the same archives.
func TestOpenReadsWhatOthersRead(t *testing.T) {
	for name, a := range good(t) {
		t.Run(name, func(t *testing.T) {
			ours, err := contents(a)
			if err != nil {
				t.Fatal(err)
			}
			theirs, err := contentsByGo(a)
			if err != nil {
				t.Fatal(err)
			}
			if fmt.Sprint(ours) != fmt.Sprint(theirs) {
				t.Errorf("ours %q, archive/zip's %q", ours, theirs)
			}
			if len(ours) == 0 {
				return // to unzip an archive without files is an error
			}
			path := filepath.Join(t.TempDir(), "a.zip")
			if err := os.WriteFile(path, a, 0o600); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command("unzip", "-t", path).CombinedOutput(); err != nil {
				t.Errorf("unzip: %v: %s", err, out)
			}
			out, err := exec.Command("jar", "--list", "--file", path).Output()
			if err != nil || len(strings.Fields(string(out))) != len(ours) {
				t.Errorf("jar: %v: %s", err, out)
			}
		})
	}
}

// TestOpenReadsWhatOthersWrite reads archives of Info-ZIP and Java, with files that are stored and deflated.
func TestOpenReadsWhatOthersWrite(t *testing.T) {
	dir := t.TempDir()
	long := strings.Repeat(letter, 1000)
	for name, data := range map[string]string{"mektup.txt": long, "ek 1.txt": annex} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for writer, command := range map[string][]string{
		"zip": {"zip", "-q", "zip.zip", "mektup.txt", "ek 1.txt"},
		"jar": {"jar", "--create", "--file", "jar.zip", "--no-manifest", "mektup.txt", "ek 1.txt"},
	} {
		cmd := exec.Command(command[0], command[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", writer, err, out)
		}
		a, err := os.ReadFile(filepath.Join(dir, writer+".zip"))
		if err != nil {
			t.Fatal(err)
		}
		read, err := contents(a)
		if err != nil || read["mektup.txt"] != long || read["ek 1.txt"] != annex {
			t.Errorf("%s: %v, %d entries", writer, err, len(read))
		}
	}
}

// bad are archives that must be refused, by Open or at the latest while their contents are read.
func bad(t testing.TB) map[string][]byte {
	t.Helper()
	one := func(f *file) []byte { return archive([]*file{f}) }
	two := func(a, b *file) []byte { return archive([]*file{a, b}) }
	named := func(name string) []byte { return one(stored(name, annex)) }
	end := func(edit func(*tail)) []byte { return archive([]*file{stored("a", annex)}, edit) }
	packed := func(edit func(*file)) []byte { return one(deflated(t, "a", letter).edit(edit)) }
	out := map[string][]byte{
		"no archive":                           []byte(letter),
		"nothing":                              {},
		"name twice":                           two(stored("UstYazi/ustyazi.txt", letter), stored("UstYazi/ustyazi.txt", annex)),
		"name in another case":                 two(stored("Ek.txt", letter), stored("EK.TXT", annex)),
		"name with the i of another language":  two(stored("imza", letter), stored("Imza", annex)),
		"name in another normalisation":        two(stored("\u00fc", letter), stored("u\u0308", annex)),
		"name with a dot at its end":           two(stored("a", letter), stored("a.", annex)),
		"folder of a name":                     two(stored("a", letter), stored("a/", "")),
		"file as folder":                       two(stored("a", letter), stored("A/b", annex)),
		"file not marked as UTF-8":             one(stored("başvuru", annex).both(func(h *header) { h.flags = 0 })),
		"folder with content":                  named("a/"),
		"encrypted":                            one(stored("a", annex).both(func(h *header) { h.flags |= 1 })),
		"strong encryption":                    one(stored("a", annex).both(func(h *header) { h.flags |= 1 << 6 })),
		"masked headers":                       one(stored("a", annex).both(func(h *header) { h.flags |= 1 << 13 })),
		"method 12":                            one(stored("a", annex).both(func(h *header) { h.method = 12 })),
		"version 6.3":                          one(stored("a", annex).both(func(h *header) { h.version = 63 })),
		"link":                                 one(stored("a", "/etc/passwd").edit(func(f *file) { f.madeBy, f.external = 3<<8, 0o120777<<16 })),
		"other name in the local header":       one(stored("a", annex).edit(func(f *file) { f.local.name = "b" })),
		"other method in the local header":     one(deflated(t, "a", letter).edit(func(f *file) { f.local.method = 0 })),
		"other flags in the local header":      one(stored("a", annex).edit(func(f *file) { f.local.flags = 0 })),
		"other size in the local header":       one(stored("a", annex).edit(func(f *file) { f.local.size++ })),
		"other CRC-32 in the local header":     one(stored("a", annex).edit(func(f *file) { f.local.crc++ })),
		"other CRC-32 of the content":          one(stored("a", annex).both(func(h *header) { h.crc++ })),
		"other CRC-32 in the descriptor":       one(stored("a", annex).streamed(true).edit(func(f *file) { f.descriptor[4]++ })),
		"descriptor of another size":           one(stored("a", annex).streamed(true).edit(func(f *file) { f.descriptor[8]++ })),
		"descriptor that is missing":           one(stored("a", annex).streamed(true).edit(func(f *file) { f.descriptor = nil })),
		"other name in an extra field":         one(stored("a", annex).both(func(h *header) { h.extra = append(le32(append(le16(nil, 0x7075, 6), 1), 0), 'b') })),
		"extra field over its end":             one(stored("a", annex).both(func(h *header) { h.extra = le16(nil, 9, 9) })),
		"half an extra field":                  one(stored("a", annex).both(func(h *header) { h.extra = []byte{1} })),
		"two ZIP64 fields":                     one(stored("a", annex).both(func(h *header) { h.extra = le16(nil, 1, 0, 1, 0) })),
		"ZIP64 size without its field":         one(stored("a", annex).edit(func(f *file) { f.central.size = math.MaxUint32 })),
		"bytes before":                         append([]byte("MZ"), archive([]*file{stored("a", annex)})...),
		"bytes before, offsets right":          one(stored("a", annex).edit(func(f *file) { f.gap = []byte("MZ") })),
		"bytes between":                        two(stored("a", annex), stored("b", letter).edit(func(f *file) { f.gap = []byte{0} })),
		"bytes before the directory":           end(func(e *tail) { e.directory-- }),
		"bytes after the directory":            end(func(e *tail) { e.before = []byte{0} }),
		"bytes at the directory's end":         end(func(e *tail) { e.before = []byte{0}; e.count++ }),
		"bytes after the end":                  end(func(e *tail) { e.after = []byte{0} }),
		"comment that is longer":               end(func(e *tail) { e.comment, e.announced = "abc", 2 }),
		"comment with an end record":           end(func(e *tail) { e.comment = string(archive(nil)) + " " }),
		"another archive in the comment":       end(func(e *tail) { e.comment = string(archive([]*file{stored("b", annex)})) }),
		"entry that the directory leaves out":  end(func(e *tail) { e.entries = 0 }),
		"fewer entries than announced":         end(func(e *tail) { e.entries = 2 }),
		"two disks":                            end(func(e *tail) { e.disk = 1 }),
		"same offset twice":                    two(stored("a", annex), stored("b", annex).edit(func(f *file) { f.moved = -36 })),
		"data over the next header":            two(stored("a", annex).both(func(h *header) { h.size++; h.compressed++ }), stored("b", annex)),
		"stored in fewer bytes":                one(stored("a", annex).both(func(h *header) { h.size++ })),
		"ZIP64 end record with other figures":  zip64End(archive([]*file{stored("a", annex)}), func(b []byte) { b[40]++ }),
		"ZIP64 end record with its extension":  zip64End(archive([]*file{stored("a", annex)}), func(b []byte) { b[4]++ }),
		"ZIP64 locator of another place":       zip64End(archive([]*file{stored("a", annex)}), func(b []byte) { b[64]++ }),
		"ZIP64 end record that nothing needs":  append(zip64End(archive([]*file{stored("a", annex)}), nil)[:47+36+76], archive([]*file{stored("a", annex)})[36+47:]...),
		"packed bytes left over":               packed(func(f *file) { f.data = append(f.data, 0); f.both(func(h *header) { h.compressed++ }) }),
		"packed data cut off":                  packed(func(f *file) { f.data = f.data[:5]; f.both(func(h *header) { h.compressed = 5 }) }),
		"content longer than announced":        packed(func(f *file) { f.both(func(h *header) { h.size-- }) }),
		"content shorter than announced":       packed(func(f *file) { f.both(func(h *header) { h.size++ }) }),
		"content of a bomb, announced as less": one(deflated(t, "a", strings.Repeat("0", 1<<20)).both(func(h *header) { h.size = 10 })),
		"bomb":                                 one(deflated(t, "a", "").both(func(h *header) { h.size = plausible })),
		"many entries of a bomb":               bombs(t),
	}
	for _, name := range []string{"", "/a", "//a", "../a", "a/../b", "a/./b", "a//b", "..", ".", "a\\b", "C:a", "a:b", "a\x00b", "a\nb", "a\u202eb", "a\u200db", "a\xffb",
		strings.Repeat("a", 1025), strings.Repeat("a/", 70) + "a", " /a", ".../a"} {
		out[fmt.Sprintf("name %.20q", name)] = named(name)
	}
	return out
}

// plausible is more than an archive of some hundred bytes may unpack to.
const plausible = 64<<20 + 1<<20

// bombs has entries that are each within the limit, and are not together.
func bombs(t testing.TB) []byte {
	var files []*file
	for i := range 80 {
		files = append(files, deflated(t, fmt.Sprint(i), "").both(func(h *header) { h.size = 1 << 20 }))
	}
	return archive(files)
}

func TestOpenRefuses(t *testing.T) {
	for name, a := range bad(t) {
		t.Run(name, func(t *testing.T) {
			read, err := contents(a)
			if fault.CodeOf(err) != fault.ContainerMalformed {
				t.Errorf("%v, read %q", err, read)
			}
		})
	}
}

// TestOpenRefusesTooManyEntries counts in the end record, before a byte of them is held.
func TestOpenRefusesTooManyEntries(t *testing.T) {
	files := make([]*file, zipfile.MaxEntries+1)
	for i := range files {
		files[i] = stored(fmt.Sprint(i), "")
	}
	if _, err := open(archive(files)); err == nil || !strings.Contains(err.Error(), "entries") {
		t.Errorf("%v", err)
	}
	if r, err := open(archive(files[1:])); err != nil || len(r.Entries) != zipfile.MaxEntries {
		t.Errorf("%v", err)
	}
}

// TestEveryByteMatters changes each byte of an archive: it is refused, or what it holds is what archive/zip reads.
func TestEveryByteMatters(t *testing.T) {
	for name, a := range good(t) {
		for i := range a {
			spoilt := bytes.Clone(a)
			spoilt[i] ^= 0x20
			agree(t, fmt.Sprintf("%s, byte %d", name, i), spoilt)
		}
	}
}

// agree reports where archive/zip does not read what is accepted here, or reads something else.
func agree(t *testing.T, name string, a []byte) {
	t.Helper()
	ours, err := contents(a)
	if err != nil {
		return
	}
	theirs, err := contentsByGo(a)
	if err != nil || fmt.Sprint(ours) != fmt.Sprint(theirs) {
		t.Errorf("%s: ours %q, archive/zip's %q: %v", name, ours, theirs, err)
	}
}

func FuzzOpen(f *testing.F) {
	for _, a := range good(f) {
		f.Add(a)
	}
	for _, a := range bad(f) {
		if len(a) < 1<<12 {
			f.Add(a)
		}
	}
	f.Fuzz(func(t *testing.T, a []byte) { agree(t, "fuzzed", a) })
}
