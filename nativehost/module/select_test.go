package module_test

import (
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/worker"
)

const (
	akis1  = "3BBA11008131FE4D55454B41452056312E30AE"
	akis2  = "3B9F978131FE4580655443D2210831C073F6218081055B"
	etoken = "3B7F96000080318065B0846160FB120FFD829000"
)

// A disk holds libraries in two folders that a registry names, and none of the machine's own.
type disk struct{ first, second string }

// newDisk returns a disk and its registry: AKİS, SafeNet and OpenSC under names of its own.
func newDisk(t *testing.T) (disk, *module.Registry) {
	t.Helper()
	d := disk{filepath.Join(t.TempDir(), "1"), filepath.Join(t.TempDir(), "2")}
	text := strings.NewReplacer("OS", runtime.GOOS, "FIRST", d.first, "SECOND", d.second).Replace(`{
		"version": 1, "places": {"OS": ["SECOND", "${NOT_SET_ANYWHERE}/x"]},
		"modules": [
			{"id": "akisp11", "files": {"OS": ["Test-AKISP11.so", "test-akis.so"]}, "places": {"OS": ["FIRST"]}, "quirks": ["initialize-null"]},
			{"id": "tckkp11", "files": {"OS": ["test-tckk.so"]}},
			{"id": "etpkcs11", "files": {"OS": ["test-etoken.so"]}},
			{"id": "opensc", "files": {"OS": ["test-opensc.so"]}}
		],
		"families": [], "fallback": []}`)
	registry, err := module.ReadRegistry(write(t, filepath.Join(t.TempDir(), "modules.json"), text))
	if err != nil {
		t.Fatal(err)
	}
	return d, registry
}

// paths are a selection's, without those of libraries that happen to be on this machine.
func paths(s module.Selection) (out [][]string) {
	for _, round := range s.Rounds {
		var ours []string
		for _, l := range round {
			if strings.HasPrefix(l.Path, os.TempDir()) {
				ours = append(ours, l.Path)
			}
		}
		if ours != nil {
			out = append(out, ours)
		}
	}
	return out
}

func TestSelect(t *testing.T) {
	d, registry := newDisk(t)
	akis := write(t, filepath.Join(d.first, "test-akisp11.SO"), "")
	tckk := write(t, filepath.Join(d.second, "test-tckk.so"), "")
	opensc := write(t, filepath.Join(d.second, "test-opensc.so"), "")
	own := write(t, filepath.Join(t.TempDir(), "own.so"), "")
	write(t, filepath.Join(d.second, "test-other.so"), "")
	if err := os.Symlink(akis, filepath.Join(d.second, "test-akis.so")); err != nil {
		t.Fatal(err)
	}
	search := module.Config{Search: true}
	for _, tt := range []struct {
		name   string
		config module.Config
		cards  []string
		want   [][]string
	}{
		{"no card", search, nil, [][]string{{akis, tckk, opensc}}},
		{"one module", search, []string{akis1}, [][]string{{akis}, {opensc}}},
		{"two modules in order", search, []string{akis2}, [][]string{{akis}, {tckk}, {opensc}}},
		{"nothing of its own", search, []string{etoken}, [][]string{{opensc}}},
		{"unknown card", search, []string{"3B00"}, [][]string{{akis, tckk, opensc}}},
		{"two cards", search, []string{etoken, akis2}, [][]string{{opensc, akis}, {tckk}}},
		{"own first and always", module.Config{Modules: []string{own}, Search: true}, []string{akis1}, [][]string{{own, akis}, {opensc}}},
		{"no search", module.Config{Modules: []string{own}}, []string{akis1}, [][]string{{own}}},
		{"a missing one stays, once", module.Config{Modules: []string{os.TempDir() + "/none.so", os.TempDir() + "/./none.so"}}, nil, [][]string{{os.TempDir() + "/none.so"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var atrs [][]byte
			for _, c := range tt.cards {
				atrs = append(atrs, unhex(t, c))
			}
			finder := module.Finder{Config: tt.config, Registry: registry}
			if got := paths(finder.Select(atrs)); !reflect.DeepEqual(got, tt.want) {
				t.Fatalf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

// Each library comes with the reason for it.
func TestSelectSaysWhy(t *testing.T) {
	d, registry := newDisk(t)
	akis := write(t, filepath.Join(d.first, "test-akis.so"), "")
	tckk := write(t, filepath.Join(d.second, "test-tckk.so"), "")
	opensc := write(t, filepath.Join(d.second, "test-opensc.so"), "")
	own := write(t, filepath.Join(t.TempDir(), "own.so"), "")
	memory, err := module.ReadMemory(filepath.Join(t.TempDir(), "memory.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := memory.Remember(unhex(t, akis2), tckk); err != nil {
		t.Fatal(err)
	}
	finder := module.Finder{Config: module.Config{Modules: []string{own}, Search: true}, Registry: registry, Memory: memory}
	reasons := func(cards ...[]byte) map[string]module.Why {
		out := map[string]module.Why{}
		for _, l := range slices.Concat(finder.Select(cards).Rounds...) {
			if strings.HasPrefix(l.Path, os.TempDir()) {
				out[l.Path] = l.Why
			}
		}
		return out
	}
	want := map[string]module.Why{own: module.Configured, tckk: module.Remembered, akis: module.OfFamily, opensc: module.Fallback}
	if got := reasons(unhex(t, akis2)); !reflect.DeepEqual(got, want) {
		t.Errorf("with a card: %v", got)
	}
	want = map[string]module.Why{own: module.Configured, tckk: module.Found, akis: module.Found, opensc: module.Found}
	if got := reasons(); !reflect.DeepEqual(got, want) {
		t.Errorf("without a card: %v", got)
	}
}

// What is missing is told with the places; a library of the right name that the person has named is not
// missing, and has its quirks.
func TestSelectTellsWhatIsMissing(t *testing.T) {
	d, registry := newDisk(t)
	finder := module.Finder{Config: module.Config{Search: true}, Registry: registry}
	card := finder.Select([][]byte{unhex(t, akis1)}).Cards[0]
	if card.Family == nil || card.Family.Name != "AKİS 1.x" || !card.Missing || !slices.Contains(card.Names, "Test-AKISP11.so") ||
		!slices.Contains(card.Places, d.first) || !slices.Contains(card.Places, d.second) || slices.Contains(card.Places, "/x") {
		t.Fatalf("%+v", card)
	}
	named := filepath.Join(d.first, "elsewhere", "TEST-akisp11.so")
	finder.Config = module.Config{Modules: []string{named}}
	selection := finder.Select([][]byte{unhex(t, akis1)})
	want := []module.Library{{Path: named, Quirks: []worker.Quirk{worker.InitializeNull}, Why: module.Configured}}
	if selection.Cards[0].Missing || !reflect.DeepEqual(selection.Rounds, [][]module.Library{want}) {
		t.Fatalf("%+v", selection)
	}
	if unknown := finder.Select([][]byte{{0x3b, 0}}).Cards[0]; unknown.Family != nil || unknown.Missing {
		t.Fatalf("%+v", unknown)
	}
}

// A library that served a card goes first the next time, while it is there.
func TestLastLibraryGoesFirst(t *testing.T) {
	d, registry := newDisk(t)
	akis := write(t, filepath.Join(d.first, "test-akis.so"), "")
	tckk := write(t, filepath.Join(d.second, "test-tckk.so"), "")
	path := filepath.Join(t.TempDir(), "e-onay", "modules.json")
	order := func() [][]string {
		t.Helper()
		memory, err := module.ReadMemory(path)
		if err != nil {
			t.Fatal(err)
		}
		finder := module.Finder{Config: module.Config{Search: true}, Registry: registry, Memory: memory}
		return paths(finder.Select([][]byte{unhex(t, akis2)}))
	}
	remember := func(atr []byte, library string) {
		t.Helper()
		memory, err := module.ReadMemory(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := memory.Remember(atr, library); err != nil {
			t.Fatal(err)
		}
	}
	if got := order(); !reflect.DeepEqual(got, [][]string{{akis}, {tckk}}) {
		t.Fatalf("at first %q", got)
	}
	remember(unhex(t, akis2), tckk)
	if got := order(); !reflect.DeepEqual(got, [][]string{{tckk}, {akis}}) {
		t.Fatalf("then %q", got)
	}
	remember(unhex(t, akis1), akis)
	remember(unhex(t, akis2), akis)
	if got := order(); !reflect.DeepEqual(got, [][]string{{akis}, {tckk}}) {
		t.Fatalf("after another %q", got)
	}
	// The memory orders what was found; it leads to nothing else.
	remember(unhex(t, akis2), write(t, filepath.Join(t.TempDir(), "planted.so"), ""))
	if got := order(); !reflect.DeepEqual(got, [][]string{{akis}, {tckk}}) {
		t.Fatalf("with a planted one %q", got)
	}
	for i := range 200 {
		remember([]byte{0x3b, byte(i)}, akis)
	}
	if info, err := os.Stat(path); err != nil || info.Size() > 64<<10 || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	if left, err := filepath.Glob(filepath.Dir(path) + "/.*"); err != nil || len(left) > 0 {
		t.Fatalf("left behind: %q, %v", left, err)
	}
}

func TestBrokenMemory(t *testing.T) {
	for _, text := range []string{"", "{", `{"version":2,"served":[]}`, `{"version":1,"served":[],"x":1}`, "\xff", strings.Repeat(" ", 70_000)} {
		path := write(t, filepath.Join(t.TempDir(), "modules.json"), text)
		memory, err := module.ReadMemory(path)
		if err == nil || memory.Served([]byte{0x3b, 0}) != "" {
			t.Errorf("%.20q: %v", text, err)
		}
		if err := memory.Remember([]byte{0x3b, 0}, "/a.so"); err != nil {
			t.Error(err)
		}
		if again, err := module.ReadMemory(path); err != nil || again.Served([]byte{0x3b, 0}) != "/a.so" {
			t.Errorf("after %.20q: %v", text, err)
		}
	}
}

func FuzzReadMemory(f *testing.F) {
	f.Add([]byte(`{"version":1,"served":[{"atr":"3b00","module":"/a.so"}]}`))
	f.Add([]byte(`{"version":1,"served":null}`))
	f.Add([]byte(`{"version":1,"served":[{"atr":"","module":"` + strings.Repeat("\x7f<", 20_000) + `"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := write(t, filepath.Join(t.TempDir(), "modules.json"), string(data))
		memory, _ := module.ReadMemory(path)
		if err := memory.Remember([]byte{0x3b, 0}, "/a.so"); err != nil {
			t.Fatal(err)
		}
		again, err := module.ReadMemory(path)
		if err != nil || again.Served([]byte{0x3b, 0}) != "/a.so" {
			t.Fatalf("not remembered: %v", err)
		}
	})
}
