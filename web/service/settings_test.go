package service_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/web/service"
	"github.com/e-onay/e-onay/web/service/challenges"
)

// settingsOf returns settings of one site, with members changed, or left out where they are nil.
func settingsOf(t testing.TB, changes, ofSite map[string]any) []byte {
	t.Helper()
	site := map[string]any{"name": "belediye", "keys": []string{strings.Repeat("0a", 32)}, "origins": []string{"https://a.example"}, "anchors": "anchors.pem"}
	all := map[string]any{"sites": []any{site}}
	for _, change := range []struct{ to, from map[string]any }{{all, changes}, {site, ofSite}} {
		for name, value := range change.from {
			if change.to[name] = value; value == nil {
				delete(change.to, name)
			}
		}
	}
	data, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestSettings(t *testing.T) {
	type members = map[string]any
	for name, test := range map[string]struct {
		changes, ofSite members
		says            string // "" where they are taken
	}{
		"the least":                {},
		"all":                      {members{"listen": ":8181", "tls_certificate": "a", "tls_key": "b", "plain_http": true, "max_file_bytes": 1 << 30}, members{"title": "A", "request_key_file": "k", "policies": []string{"1.2.3"}}, ""},
		"an unknown member":        {members{"port": 1}, nil, "port"},
		"no sites":                 {members{"sites": nil}, nil, "sites"},
		"TLS without a key":        {members{"tls_certificate": "a"}, nil, "tls_key"},
		"both databases":           {members{"database": "rp.db", "postgres_file": "p"}, nil, "postgres_file"},
		"plain to no database":     {members{"plain_postgres": true}, nil, "plain_postgres"},
		"files too large":          {members{"max_file_bytes": 1<<30 + 1}, nil, "max_file_bytes"},
		"files of a negative size": {members{"max_file_bytes": -1}, nil, "max_file_bytes"},
		"no name":                  {nil, members{"name": nil}, "name"},
		"a name that is none":      {nil, members{"name": "a b"}, "name"},
		"no key":                   {nil, members{"keys": []string{}}, "keys"},
		"a key, not its digest":    {nil, members{"keys": []string{"eonay-rp-ABC"}}, "keys"},
		"a digest in capitals":     {nil, members{"keys": []string{strings.Repeat("0A", 32)}}, "keys"},
		"a key twice":              {nil, members{"keys": []string{strings.Repeat("0a", 32), strings.Repeat("0a", 32)}}, "twice"},
		"no origin":                {nil, members{"origins": nil}, "origins"},
		"an origin with a path":    {nil, members{"origins": []string{"https://a.example/"}}, "origins"},
		"an origin twice":          {nil, members{"origins": []string{"https://a.example", "https://a.example"}}, "twice"},
		"an origin without TLS":    {nil, members{"origins": []string{"http://a.example"}}, "origins"},
		"no anchors":               {nil, members{"anchors": nil}, "anchors"},
		"a title without a key":    {nil, members{"title": "A"}, "title"},
		"a key without a title":    {nil, members{"request_key_file": "k"}, "title"},
		"other keys alone":         {nil, members{"request_other_key_files": []string{"k"}}, "request_other_key_files"},
		"no policy":                {nil, members{"policies": []string{"x"}}, "policies"},
		"a rate below 0":           {nil, members{"requests_per_minute": -1}, "requests_per_minute"},
		"too many at once":         {nil, members{"requests_at_once": 1025}, "requests_at_once"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := service.ParseSettings(settingsOf(t, test.changes, test.ofSite))
			if test.says == "" && (err != nil || s.Database != "rp.db" || s.MaxFileBytes == 0) || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
				t.Errorf("%+v, %v; want %q", s, err, test.says)
			}
		})
	}
}

// TestSitesAreApart refuses two sites of one name or key.
func TestSitesAreApart(t *testing.T) {
	one := `{"name":"a","keys":["` + strings.Repeat("0a", 32) + `"],"origins":["https://a.example"],"anchors":"a"}`
	for _, two := range []string{strings.Replace(one, "0a0a", "0b0b", 1), strings.Replace(one, `"a"`, `"b"`, 1)} {
		if _, err := service.ParseSettings([]byte(`{"sites":[` + one + "," + two + `]}`)); err == nil {
			t.Errorf("taken: %s", two)
		}
	}
}

// TestSecretsAreKept refuses a file with a password in it that everybody on the machine may read.
func TestSecretsAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rp.json")
	for header, mode := range map[string]os.FileMode{`{"Authorization":"Basic x"}`: 0o600, "{}": 0o644} {
		authorities := []map[string]any{{"url": "https://tsa.example", "header": json.RawMessage(header)}}
		if err := os.WriteFile(path, settingsOf(t, nil, map[string]any{"time_stamp_authorities": authorities}), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, mode := range []os.FileMode{mode, 0o644} {
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			_, err := service.ReadSettings(path)
			if refused := runtime.GOOS != "windows" && header != "{}" && mode == 0o644; (err != nil) != refused {
				t.Errorf("%s in a file of mode %v: %v", header, mode, err)
			}
		}
	}
}

func FuzzSettings(f *testing.F) {
	f.Add(settingsOf(f, nil, nil))
	f.Add([]byte(`{"listen":"x","sites":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := service.ParseSettings(data)
		if err == nil && (len(s.Sites) == 0 || len(s.Sites[0].Keys) == 0 || len(s.Sites[0].Origins) == 0 || s.Sites[0].Anchors == "") {
			t.Errorf("taken: %+v", s)
		}
	})
}

// fuzzService is a service of one site whose authority is nobody's; it asks no network.
func fuzzService(f *testing.F) (*service.Service, string) {
	f.Helper()
	dir := f.TempDir()
	pkitest.WriteCertificates(f, dir, "anchors.pem", pkitest.Root(f, "Deneme Kök").Certificate)
	key, digest := service.NewKey()
	s, err := service.ParseSettings(settingsOf(f, nil, map[string]any{"keys": []string{digest}, "anchors": filepath.Join(dir, "anchors.pem"),
		"requests_per_minute": 1_000_000}))
	if err != nil {
		f.Fatal(err)
	}
	s.Spool, s.MaxFileBytes = dir, 1<<20
	store, err := challenges.OpenSQLite(f.Context(), filepath.Join(dir, "rp.db"))
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { store.Close() })
	out, err := service.New(f.Context(), s, store, slog.New(slog.NewJSONHandler(io.Discard, nil)))
	if err != nil {
		f.Fatal(err)
	}
	return out, key
}

// TestSettingsAreDocumented checks that operators read of every setting, and that what they may copy is taken.
func TestSettingsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/service.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []reflect.Type{reflect.TypeFor[service.Settings](), reflect.TypeFor[service.Site]()} {
		for i := range kind.NumField() {
			name, _, _ := strings.Cut(kind.Field(i).Tag.Get("json"), ",")
			if !strings.Contains(string(text), "`"+name+"`") {
				t.Errorf("docs/service.md does not mention %q", name)
			}
		}
	}
	_, example, found := strings.Cut(string(text), "<!-- rp.json -->\n```json\n")
	if !found {
		t.Fatal("docs/service.md has no rp.json")
	}
	example, _, _ = strings.Cut(example, "```")
	if _, err := service.ParseSettings([]byte(example)); err != nil {
		t.Error(err)
	}
}
