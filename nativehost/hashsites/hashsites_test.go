package hashsites_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/hashsites"
)

const site = "https://imza.example"

var key = strings.Repeat("0a", 32)

// The most and longest pairs that there may be fit the file, and come back as they were.
func TestLargestListFits(t *testing.T) {
	f := hashsites.File{Path: filepath.Join(t.TempDir(), "e-onay", "hashsites.json")}
	if list, err := f.Read(); err != nil || len(list.Sites) != 0 {
		t.Fatalf("without a file: %v, %v", list, err)
	}
	var want []protocol.HostHashSite
	for i := range protocol.MaxHashSites {
		want = append(want, protocol.HostHashSite{
			Key: key, Origin: fmt.Sprintf("https://%s%d.example", strings.Repeat("a", 200), i),
			Issuer: strings.Repeat("\u2028", 100), Serial: strings.Repeat("F", 40), Since: 1 << 40,
		})
	}
	for _, list := range []hashsites.List{{Sites: want}, {Sites: want[1:], Owed: want[:1]}, {Sites: []protocol.HostHashSite{}, Owed: want}} {
		if err := f.Write(list); err != nil {
			t.Fatal(err)
		}
		if got, err := f.Read(); err != nil || !reflect.DeepEqual(got, list) {
			t.Fatalf("%d pairs, %d owed, %v", len(got.Sites), len(got.Owed), err)
		}
	}
	if info, err := os.Stat(f.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// text is a file as it is written.
func text(version int, sites ...protocol.HostHashSite) string {
	data, err := json.MarshalIndent(struct {
		Version int                     `json:"version"`
		Sites   []protocol.HostHashSite `json:"sites"`
	}{version, sites}, "", "  ")
	if err != nil {
		panic(err)
	}
	return string(data) + "\n"
}

// broken are contents that say nothing.
func broken() map[string]string {
	pair := protocol.HostHashSite{Key: key, Origin: site}
	with := func(change func(*protocol.HostHashSite)) string {
		other := pair
		change(&other)
		return text(1, other)
	}
	whole := text(1, pair)
	return map[string]string{
		"empty": "", "noise": "\x00\xff", "cut short": whole[:len(whole)-2], "more after it": whole + "{}", "a list": "[" + whole + "]", "null": "null",
		"an unknown member": strings.Replace(whole, `"version"`, `"x": 1, "version"`, 1), "endless": whole + strings.Repeat(" ", 256<<10),
		"the pairs twice":                   strings.Replace(whole, "\n  ]", "\n  ],\n  \"sites\": []", 1),
		"a key twice":                       strings.Replace(whole, `"key"`, fmt.Sprintf("\"key\": %q,\n      \"key\"", strings.Repeat("0b", 32)), 1),
		"names in capitals":                 strings.Replace(whole, `"sites"`, `"SITES"`, 1),
		"no line end":                       strings.TrimSpace(whole),
		"another version":                   text(2, pair),
		"a pair twice":                      text(1, pair, pair),
		"too many pairs":                    text(1, many(protocol.MaxHashSites+1)...),
		"one owed too many":                 strings.Replace(text(1, many(protocol.MaxHashSites)...), "\n  ]\n}", owed(pair)+"\n}", 1),
		"an owed pair that is none":         strings.Replace(whole, "\n  ]\n}", owed(protocol.HostHashSite{Key: key})+"\n}", 1),
		"an upper-case key":                 with(func(s *protocol.HostHashSite) { s.Key = strings.ToUpper(key) }),
		"a short key":                       with(func(s *protocol.HostHashSite) { s.Key = key[2:] }),
		"no key":                            with(func(s *protocol.HostHashSite) { s.Key = "" }),
		"no origin":                         with(func(s *protocol.HostHashSite) { s.Origin = "" }),
		"another's way to write the origin": with(func(s *protocol.HostHashSite) { s.Origin += "/" }),
		"a long issuer":                     with(func(s *protocol.HostHashSite) { s.Issuer = strings.Repeat("a", 1<<10+1) }),
		"a long serial":                     with(func(s *protocol.HostHashSite) { s.Serial = strings.Repeat("F", 1<<10+1) }),
		"a time before":                     with(func(s *protocol.HostHashSite) { s.Since = -1 }),
	}
}

// owed is the end of a file that owes the journal an entry.
func owed(pair protocol.HostHashSite) string {
	data, err := json.MarshalIndent([]protocol.HostHashSite{pair}, "  ", "  ")
	if err != nil {
		panic(err)
	}
	return "\n  ],\n  \"owed\": " + string(data)
}

func many(n int) (sites []protocol.HostHashSite) {
	for i := range n {
		sites = append(sites, protocol.HostHashSite{Key: key, Origin: fmt.Sprintf("https://s%d.example", i)})
	}
	return sites
}

// What is not understood is an error, not an empty list.
func TestMalformedListIsAnError(t *testing.T) {
	f := hashsites.File{Path: filepath.Join(t.TempDir(), "hashsites.json")}
	for name, data := range broken() {
		if err := os.WriteFile(f.Path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		if list, err := f.Read(); !errors.Is(err, hashsites.ErrBroken) || list.Sites != nil {
			t.Errorf("%s: %v, %v", name, list, err)
		}
	}
	if err := os.WriteFile(f.Path, []byte(text(1, many(2)...)), 0o600); err != nil {
		t.Fatal(err)
	}
	if list, err := f.Read(); err != nil || !reflect.DeepEqual(list.Sites, many(2)) {
		t.Errorf("what is written: %v, %v", list, err)
	}
	if err := f.SetAside(); err != nil {
		t.Fatal(err)
	}
	if list, err := f.Read(); err != nil || len(list.Sites) != 0 {
		t.Errorf("set aside: %v, %v", list, err)
	}
	if err := os.Mkdir(f.Path, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Read(); !errors.Is(err, hashsites.ErrBroken) {
		t.Errorf("a folder: %v", err)
	}
	if err := f.SetAside(); err != nil {
		t.Error(err)
	}
}

// FuzzRead checks that what is taken is bounded, well formed, and the same when it is written again.
func FuzzRead(f *testing.F) {
	for _, data := range broken() {
		f.Add([]byte(data))
	}
	f.Add([]byte(text(1, many(2)...)))
	f.Add([]byte(strings.Replace(text(1, many(2)...), "\n  ]\n}", owed(many(1)[0])+"\n}", 1)))
	file := hashsites.File{Path: filepath.Join(f.TempDir(), "hashsites.json")}
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(file.Path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		list, err := file.Read()
		if err != nil {
			if !errors.Is(err, hashsites.ErrBroken) {
				t.Fatal(err)
			}
			return
		}
		if len(list.Sites)+len(list.Owed) > protocol.MaxHashSites {
			t.Fatalf("%d pairs, %d owed", len(list.Sites), len(list.Owed))
		}
		for _, sites := range [][]protocol.HostHashSite{list.Sites, list.Owed} {
			for _, s := range sites {
				if hashsites.Check(s) != nil || !hashsites.Has(sites, s.Key, s.Origin) || !hashsites.Any(sites, s.Key) {
					t.Fatalf("%+v", s)
				}
			}
		}
		if err := file.Write(list); err != nil {
			t.Fatal(err)
		}
		if again, err := file.Read(); err != nil || !reflect.DeepEqual(again, list) {
			t.Fatalf("%+v, %+v, %v", list, again, err)
		}
	})
}
