package module_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/module"
)

func TestReadConfig(t *testing.T) {
	for _, tt := range []struct {
		name, file string
		want       module.Config
		err        string // what follows the file's name
	}{
		{name: "empty object", file: `{}`, want: module.Config{Search: true}},
		{name: "modules", file: `{"modules":["/a.so","/b.so"]}`, want: module.Config{Modules: []string{"/a.so", "/b.so"}, Search: true}},
		{name: "a TPM in software", file: `{"tpm":"/run/tpm"}`, want: module.Config{Search: true, TPM: "/run/tpm"}},
		{name: "no TPM", file: `{"tpm":"none"}`, want: module.Config{Search: true, TPM: device.NoTPM}},
		{name: "no keyring", file: `{"keyring":false}`, want: module.Config{Search: true, NoKeyring: true}},
		{name: "a keyring", file: `{"keyring":true}`, want: module.Config{Search: true}},
		{name: "no search", file: "{\"search\":false}\n", want: module.Config{}},
		{name: "empty file", file: "", err: ":1: EOF"},
		{name: "syntax", file: "{\n\"modules\": [\n\"/a.so\",,\n]}", err: ":3: invalid character"},
		{name: "cut", file: "{\n\"modules\": [\n", err: ":3: unexpected EOF"},
		{name: "wrong type", file: "{\n\"search\": \"no\"}", err: ":2: json: cannot unmarshal string"},
		{name: "unknown field", file: "{\n\n\"module\": []}", err: `:3: json: unknown field "module"`},
		{name: "relative path", file: "{\"modules\":[\n\"/a.so\",\n\"b.so\"]}", err: `:3: module "b.so": the path must be absolute`},
		{name: "something after", file: "{}\n{}", err: ":2: something follows the value"},
		{name: "not UTF-8", file: "{\"\xff\":1}", err: ":1: not UTF-8"},
		{name: "too long", file: "{}" + strings.Repeat(" ", 64<<10), err: ":1: longer than"},
		{name: "too many modules", file: `{"modules":["/a"` + strings.Repeat(`,"/a"`, 32) + `]}`, err: ":1: more than 32 modules"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "host.json")
			if err := os.WriteFile(path, []byte(tt.file), 0o600); err != nil {
				t.Fatal(err)
			}
			got, err := module.ReadConfig(path)
			if tt.err != "" {
				if err == nil || !strings.HasPrefix(err.Error(), path+tt.err) {
					t.Fatalf("got error %v, want %s%s…", err, path, tt.err)
				}
				return
			}
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Fatalf("got %+v, %v; want %+v", got, err, tt.want)
			}
		})
	}
}

func TestReadConfigWithoutFile(t *testing.T) {
	got, err := module.ReadConfig(filepath.Join(t.TempDir(), "none", "host.json"))
	if err != nil || !got.Search || len(got.Modules) != 0 {
		t.Fatalf("got %+v, %v; want a search", got, err)
	}
}

func FuzzReadConfig(f *testing.F) {
	f.Add([]byte(`{"modules":["/a.so"],"search":false}`))
	f.Add([]byte("{\n\"module\": []}"))
	f.Add([]byte("{}{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "host.json")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		config, err := module.ReadConfig(path)
		if err != nil {
			var line int
			if _, err := fmt.Sscanf(strings.TrimPrefix(err.Error(), path), ":%d:", &line); err != nil || line < 1 || line > 1+strings.Count(string(data), "\n") {
				t.Fatalf("error without the line: %v", err)
			}
			return
		}
		for _, m := range config.Modules {
			if !filepath.IsAbs(m) {
				t.Fatalf("relative path %q", m)
			}
		}
	})
}
