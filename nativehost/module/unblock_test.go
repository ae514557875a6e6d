package module_test

import (
	"path/filepath"
	"testing"

	"github.com/e-onay/e-onay/nativehost/module"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// How a card is unblocked is its family's to say, then its library's, and else the standard's way.
func TestUnblocks(t *testing.T) {
	const ours = `{
"version": 1,
"modules": [
 {"id": "silent", "files": {"linux": ["libsilent.so"], "darwin": ["libsilent.so"], "windows": ["libsilent.so"]}},
 {"id": "not", "files": {"linux": ["libnot.so"], "darwin": ["libnot.so"], "windows": ["libnot.so"]}, "unblock": "none"}
],
"families": [
 {"id": "plain", "name": "Düz", "match": [{"atr": "3B01AA"}], "modules": ["silent"], "driver": {}},
 {"id": "special", "name": "Özel", "match": [{"atr": "3B01BB"}], "modules": ["silent"], "driver": {}, "unblock": "set-pin"},
 {"id": "barred", "name": "Kapalı", "match": [{"atr": "3B01CC"}], "modules": ["silent"], "driver": {}, "unblock": "none"}
]
}`
	registry, err := module.ReadRegistry(write(t, filepath.Join(t.TempDir(), "modules.json"), ours))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		library, atr string
		want         worker.Method
	}{
		{"libsilent.so", "3B01AA", worker.InitPIN},
		{"libsilent.so", "3B01BB", worker.SetPIN},
		{"libsilent.so", "3B01CC", worker.NoMethod},
		{"libsilent.so", "3B01DD", worker.InitPIN},
		{"libnot.so", "3B01AA", worker.NoMethod},
		{"libnot.so", "3B01BB", worker.SetPIN},
		{"unknown.so", "3B01DD", worker.InitPIN},
		{"unknown.so", "3B01BB", worker.SetPIN},
		{"opensc-pkcs11.so", "3B01AA", worker.SetPIN},
	} {
		path, err := filepath.Abs(filepath.Join(t.TempDir(), tt.library))
		if err != nil {
			t.Fatal(err)
		}
		finder := module.Finder{Config: module.Config{Modules: []string{path}}, Registry: registry}
		selection := finder.Select([][]byte{unhex(t, tt.atr)})
		if got := selection.Rounds[0][0].Unblocks(selection.Cards[0].Family); got != tt.want {
			t.Errorf("%s with %s: %q, want %q", tt.library, tt.atr, got, tt.want)
		}
	}
}
