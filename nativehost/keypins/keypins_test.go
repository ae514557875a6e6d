package keypins_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/e-onay/e-onay/nativehost/keypins"
)

func find(t *testing.T, f keypins.File, want keypins.Key, known bool) {
	t.Helper()
	if got, is := f.Find(want.Name); got != want || is != known {
		t.Errorf("got %+v, %v, want %+v, %v", got, is, want, known)
	}
}

func TestKeysAreRemembered(t *testing.T) {
	f := keypins.File{Path: filepath.Join(t.TempDir(), "e-onay", "keypins.json")}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	find(t, f, keypins.Key{Name: "a"}, false)
	do(f.Accepted(t.Context(), "a", false))
	find(t, f, keypins.Key{Name: "a"}, true)
	do(f.Refused(t.Context(), "a"))
	do(f.Refused(t.Context(), "a"))
	find(t, f, keypins.Key{Name: "a", Own: true, Refused: 2}, true)
	do(f.Accepted(t.Context(), "a", true))
	find(t, f, keypins.Key{Name: "a", Own: true}, true)
	for i := range 100 {
		do(f.Refused(t.Context(), fmt.Sprint(i)))
	}
	find(t, f, keypins.Key{Name: "a"}, false) // those that have been there longest go
	find(t, f, keypins.Key{Name: "99", Own: true, Refused: 1}, true)
}

// Windows that note at the same time lose nothing of each other.
func TestConcurrentNotes(t *testing.T) {
	f := keypins.File{Path: filepath.Join(t.TempDir(), "keypins.json")}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := f.Refused(t.Context(), "a"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	find(t, f, keypins.Key{Name: "a", Own: true, Refused: 8}, true)
}

// A file that is not understood remembers nothing, and is replaced.
func TestMalformedFile(t *testing.T) {
	f := keypins.File{Path: filepath.Join(t.TempDir(), "keypins.json")}
	for _, data := range []string{
		"", "[]", `{"version":2,"keys":[{"key":"a"}]}`, `{"version":1,"keys":[{"key":"a","refused":-1}]}`,
		`{"version":1,"keys":[{"key":"a"}` + strings.Repeat(`,{"key":"b"}`, 64) + `]}`, `{"version":1,"keys":[{"key":"a"}]}` + strings.Repeat(" ", 16<<10),
	} {
		if err := os.WriteFile(f.Path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		find(t, f, keypins.Key{Name: "a"}, false)
	}
	if err := f.Refused(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	find(t, f, keypins.Key{Name: "a", Own: true, Refused: 1}, true)
}
