package legaltext

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "blank": "\n\n", "no end": "metin", "CRLF": "metin\r\n", "tab": "a\tb\n", "NUL": "a\x00\n",
		"not UTF-8": "\xff\n", "bidi": "a\u202eb\n", "zero width": "a\u200bb\n", "no-break space": "a\u00a0b\n",
		"BOM": "\ufeffa\n", "line separator": "a\u2028b\n", "too long": strings.Repeat("a", MaxText) + "\n",
	} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("Onay veriyorum.\n\n1. Okudum.\n"))
	f.Add([]byte("a\u202eb\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if text, err := Parse(data); err == nil && (text.Body != string(data) || len(text.Version) != 64) {
			t.Fatalf("%q became %q", data, text.Body)
		}
	})
}

// TestArchive keeps versions in a folder, reads them as another process, and asks for what is not there.
func TestArchive(t *testing.T) {
	dir := t.TempDir()
	keep := func(body string) Text {
		t.Helper()
		text, err := Parse([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := NewArchive(dir).Keep(text); err != nil {
				t.Fatal(err)
			}
		}
		return text
	}
	first, second := keep("Birinci.\n"), keep("İkinci.\n")
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("the folder has %v (%v), want two files", entries, err)
	}
	for _, want := range []Text{first, second} {
		if got, found, err := NewArchive(dir).Find(want.Version); got != want || !found || err != nil {
			t.Errorf("found %+v, %t (%v), want %+v", got, found, err, want)
		}
	}
	for _, version := range []string{"", strings.Repeat("0", 64), "../" + first.Version, strings.ToUpper(first.Version), first.Version + ".txt"} {
		if _, found, err := NewArchive(dir).Find(version); found || err != nil {
			t.Errorf("%q: found %t (%v)", version, found, err)
		}
	}
	if _, found, _ := NewArchive("").Find(first.Version); found {
		t.Error("an archive without a folder finds something")
	}
}

// TestArchiveRefusesAChangedFile changes a kept text: it is no longer shown as that version, and is written anew.
func TestArchiveRefusesAChangedFile(t *testing.T) {
	dir := t.TempDir()
	text, err := Parse([]byte("Kabul ediyorum.\n"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, text.Version+".txt")
	if err := os.WriteFile(path, []byte("Kabul etmiyorum.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, found, err := NewArchive(dir).Find(text.Version); found || err != nil {
		t.Errorf("found %+v (%v)", got, err)
	}
	if err := NewArchive(dir).Keep(text); err != nil {
		t.Fatal(err)
	}
	if got, found, err := NewArchive(dir).Find(text.Version); got != text || !found || err != nil {
		t.Errorf("found %+v, %t (%v)", got, found, err)
	}
}
