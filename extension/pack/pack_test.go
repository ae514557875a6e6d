package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	eonay "github.com/e-onay/e-onay"
	"github.com/e-onay/e-onay/internal/archive"
	"github.com/e-onay/e-onay/internal/look"
	"github.com/e-onay/e-onay/internal/protocol"
)

// newPack returns a pack of the real source and of stand-ins for the built files.
func newPack(t *testing.T, browser string) *pack {
	t.Helper()
	dir := t.TempDir()
	for _, name := range wasmFiles {
		err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600)
		if err != nil {
			t.Fatal(err)
		}
	}
	return &pack{browser: browser, source: "..", wasm: dir, pdfjs: "../../node_modules/pdfjs-dist", out: filepath.Join(t.TempDir(), "build", browser)}
}

// tree returns the bytes of every file under dir.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm() != 0o644 {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(name)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

type manifest struct {
	Version     string   `json:"version"`
	HomePage    string   `json:"homepage_url"`
	Key         string   `json:"key"`
	Incognito   string   `json:"incognito"`
	Permissions []string `json:"permissions"`
	Hosts       []string `json:"host_permissions"`
	Optional    []string `json:"optional_host_permissions"`
	Background  struct {
		Worker  string   `json:"service_worker"`
		Scripts []string `json:"scripts"`
	} `json:"background"`
	ContentScripts []struct {
		Matches   []string `json:"matches"`
		JS        []string `json:"js"`
		RunAt     string   `json:"run_at"`
		AllFrames bool     `json:"all_frames"`
	} `json:"content_scripts"`
	Browser struct {
		Gecko struct {
			ID string `json:"id"`
		} `json:"gecko"`
	} `json:"browser_specific_settings"`
	CSP   map[string]string `json:"content_security_policy"`
	Icons map[string]string `json:"icons"`
}

func TestPack(t *testing.T) {
	for browser, own := range map[string][]string{"chromium": {"worker.js", "managed_schema.json"}, "firefox": nil} {
		t.Run(browser, func(t *testing.T) {
			p := newPack(t, browser)
			err := p.run("https://online.example.tr, http://localhost, https://online.example.tr")
			if err != nil {
				t.Fatal(err)
			}
			files := tree(t, p.out)
			want := slices.Concat(sourceFiles, wasmFiles, own, []string{"manifest.json", "look.css"})
			var got []string
			for _, name := range slices.Sorted(maps.Keys(files)) {
				if !strings.HasPrefix(name, "viewers/pdfjs/") {
					got = append(got, name)
				}
			}
			if !slices.Equal(got, slices.Sorted(slices.Values(want))) {
				t.Errorf("files: %q", got)
			}
			pdfjs(t, files)
			if files["look.css"] != look.CSS {
				t.Error("a file holds something else")
			}
			programs(t, files)
			var m manifest
			err = json.Unmarshal([]byte(files["manifest.json"]), &m)
			if err != nil {
				t.Fatal(err)
			}
			if m.Version != eonay.Version {
				t.Errorf("version %q, want %q", m.Version, eonay.Version)
			}
			if m.HomePage != "https://online.example.tr/kurulum" {
				t.Errorf("the page about the installation is %q", m.HomePage)
			}
			script := m.ContentScripts[0]
			if !slices.Equal(script.Matches, []string{"https://online.example.tr/*", "http://localhost/*"}) ||
				script.AllFrames || script.RunAt != "document_start" {
				t.Errorf("content script: %+v", script)
			}
			// What a person is asked for at the installation, and what later, by their own choice.
			if !slices.Equal(m.Permissions, []string{"nativeMessaging", "storage", "activeTab", "scripting"}) || !slices.Equal(m.Hosts, script.Matches) ||
				!slices.Equal(m.Optional, []string{"https://*/*"}) {
				t.Errorf("permissions: %q, hosts: %q, optional: %q", m.Permissions, m.Hosts, m.Optional)
			}
			named := slices.Concat(script.JS, m.Background.Scripts, slices.Collect(maps.Values(m.Icons)))
			if m.Background.Worker != "" {
				named = append(named, m.Background.Worker)
			}
			for _, name := range named {
				if files[name] == "" {
					t.Errorf("the manifest names %s, which is not there", name)
				}
			}
			for _, word := range []string{"unsafe-inline", "'unsafe-eval'", "http:", "https:", "*", "data:"} {
				if strings.Contains(m.CSP["extension_pages"], word) {
					t.Errorf("the content security policy has %s", word)
				}
			}
			identity(t, browser, m)
		})
	}
}

// pdfjs checks that what the viewer names of pdf.js is there, with its licences, and nothing that can run a document's scripts.
func pdfjs(t *testing.T, files map[string]string) {
	t.Helper()
	for _, name := range []string{
		"LICENSE", "pdf.min.mjs", "pdf.worker.min.mjs", "cmaps/UniGB-UTF16-H.bcmap", "standard_fonts/FoxitSerif.pfb", "standard_fonts/LICENSE_FOXIT",
		"standard_fonts/LICENSE_LIBERATION", "iccs/CGATS001Compat-v2-micro.icc", "wasm/openjpeg.wasm", "wasm/LICENSE_OPENJPEG",
	} {
		if files["viewers/pdfjs/"+name] == "" {
			t.Errorf("%s of pdf.js is not there", name)
		}
	}
	for name := range files {
		if strings.Contains(name, "sandbox") || strings.Contains(name, "quickjs") {
			t.Errorf("%s would run the scripts of documents", name)
		}
	}
}

// programs checks that each page has its program, its ways to say that it has stopped, and no script of its own.
func programs(t *testing.T, files map[string]string) {
	t.Helper()
	inline := regexp.MustCompile(`<script>|<script [^>]*>[^<]|\son\w+=|style=`)
	for _, page := range []string{"sign", "card", "pin", "manage"} {
		html := files[page+".html"]
		if files[page+".wasm"] != page+".wasm" || !strings.Contains(html, `data-page="`+page+`"`) {
			t.Errorf("%s.html has not its program", page)
		}
		if !strings.Contains(html, `id="broken"`) || !strings.Contains(html, `id="app"`) || inline.MatchString(html) {
			t.Errorf("%s.html: %s", page, html)
		}
	}
}

// identity checks that the browser will know the extension by the id of internal/protocol.
func identity(t *testing.T, browser string, m manifest) {
	t.Helper()
	if browser == "firefox" {
		if m.Browser.Gecko.ID != protocol.FirefoxExtensionID || m.Key != "" || m.Background.Worker != "" {
			t.Errorf("Firefox's manifest: %+v", m)
		}
		return
	}
	key, err := base64.StdEncoding.DecodeString(m.Key)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(key)
	var id strings.Builder
	for _, b := range digest[:16] {
		id.WriteByte('a' + b>>4)
		id.WriteByte('a' + b&15)
	}
	if id.String() != protocol.ChromiumExtensionID {
		t.Errorf("the key gives %s, want %s", &id, protocol.ChromiumExtensionID)
	}
	// Spanning would open the window of a private tab in the ordinary profile.
	if m.Incognito != "split" {
		t.Errorf("incognito: %q", m.Incognito)
	}
}

func TestReproducible(t *testing.T) {
	p := newPack(t, "chromium")
	err := p.run("https://b.example.tr,https://a.example.tr")
	if err != nil {
		t.Fatal(err)
	}
	first := tree(t, p.out)
	err = os.WriteFile(filepath.Join(p.out, "left-over.js"), nil, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	err = p.run("https://b.example.tr,https://a.example.tr")
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(first, tree(t, p.out)) {
		t.Error("the second pack differs from the first")
	}
}

func TestRefuses(t *testing.T) {
	for _, hosts := range []string{
		"online.example.tr", "http://online.example.tr", "https://online.example.tr:8443", "https://online.example.tr/nes",
		"https://*.example.tr", "https://*/", "*://*/*", "<all_urls>", "https://", "https://user@example.tr", "file:///",
		"https://ÖRNEK.example.tr", "https://Online.example.tr", "ftp://example.tr", "https://a.tr https://b.tr", "", " , ",
	} {
		p := newPack(t, "chromium")
		err := p.run(hosts)
		if err == nil {
			t.Errorf("-hosts %q was taken", hosts)
		}
	}
	for _, install := range []string{"kurulum", "/kurulum", "http://online.example.tr/kurulum", "https://a@online.example.tr/", "javascript:alert(1)", "https://ÖRNEK.example.tr/"} {
		p := newPack(t, "chromium")
		p.install = install
		if p.run("https://online.example.tr") == nil {
			t.Errorf("-install %q was taken", install)
		}
	}
	p := newPack(t, "opera")
	if p.run("http://localhost") == nil {
		t.Error("an unknown browser was taken")
	}
	p = newPack(t, "chromium")
	p.zip = p.out + ".zip"
	if p.run("http://localhost") == nil {
		t.Error("both -out and -zip were taken")
	}
	p.out, p.zip = "", ""
	if p.run("http://localhost") == nil {
		t.Error("neither -out nor -zip was taken")
	}
}

// TestSpares checks that neither a wrong -out nor a missing file costs anything.
func TestSpares(t *testing.T) {
	p := newPack(t, "chromium")
	p.out = t.TempDir()
	precious := filepath.Join(p.out, "thesis.txt")
	err := os.WriteFile(precious, []byte("x"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if p.run("http://localhost") == nil {
		t.Error("a folder of somebody else was replaced")
	}
	if _, err := os.Stat(precious); err != nil {
		t.Error(err)
	}

	p = newPack(t, "chromium")
	err = p.run("http://localhost")
	if err != nil {
		t.Fatal(err)
	}
	before := tree(t, p.out)
	err = os.Remove(filepath.Join(p.wasm, "vugu.js"))
	if err != nil {
		t.Fatal(err)
	}
	if p.run("http://localhost") == nil {
		t.Error("a missing file was not missed")
	}
	if !maps.Equal(before, tree(t, p.out)) {
		t.Error("the old pack is gone")
	}
}

// TestLocales checks that both languages have every message that the manifest and the window about a site name, and
// no other.
func TestLocales(t *testing.T) {
	asked := map[string]bool{}
	for name, form := range map[string]string{
		"manifest.base.json": `__MSG_(\w+)__`, "site.html": `data-message="(\w+)"`, "site.js": `"(site_\w+)"`, "reminder.js": `"(action|reminder_\w+)"`,
	} {
		text, err := os.ReadFile("../" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(form).FindAllStringSubmatch(string(text), -1) {
			asked[found[1]] = true
		}
	}
	for _, language := range []string{"tr", "en"} {
		messages, err := readObject(filepath.Join("../_locales", language, "messages.json"))
		if err != nil {
			t.Fatal(err)
		}
		for name, m := range messages {
			sentence := m.(map[string]any)["message"].(string)
			if !asked[name] {
				t.Errorf("%s: nobody asks for %s", language, name)
			}
			if sentence == "" || name == "description" && len([]rune(sentence)) > 132 || name == "name" && len([]rune(sentence)) > 45 {
				t.Errorf("%s: %s is empty or longer than the stores take", language, name)
			}
		}
		if len(asked) != len(messages) {
			t.Errorf("%s: %d messages, %d are asked for", language, len(messages), len(asked))
		}
	}
}

// TestZip packs for the stores, from two folders whose files have other times and modes: the same bytes, which hold
// what the folder holds, without the key that the store would refuse.
func TestZip(t *testing.T) {
	for _, browser := range []string{"chromium", "firefox"} {
		t.Run(browser, func(t *testing.T) {
			p := newPack(t, browser)
			packed := packZip(t, *p)
			folder := *p
			folder.source, folder.wasm = another(t, p.source, sourceFiles), another(t, p.wasm, wasmFiles)
			if again := packZip(t, folder); !bytes.Equal(packed, again) {
				t.Error("another folder gives other bytes")
			}
			err := p.run("https://online.example.tr")
			if err != nil {
				t.Fatal(err)
			}
			checkZip(t, packed, tree(t, p.out))
		})
	}
}

// TestZipRefusesHTTP checks that no package of a store trusts what any program of the person's machine can serve.
func TestZipRefusesHTTP(t *testing.T) {
	for _, hosts := range []string{"http://localhost", "http://127.0.0.1", "https://online.example.tr,http://localhost", ""} {
		p := newPack(t, "chromium")
		p.out, p.zip = "", filepath.Join(t.TempDir(), "store.zip")
		if p.run(hosts) == nil {
			t.Errorf("-hosts %q was taken", hosts)
		}
		if _, err := os.Stat(p.zip); !os.IsNotExist(err) {
			t.Errorf("-hosts %q: a package was written: %v", hosts, err)
		}
	}
	p := newPack(t, "chromium")
	p.out, p.zip, p.install = "", filepath.Join(t.TempDir(), "store.zip"), "http://localhost/kurulum"
	if p.run("https://online.example.tr") == nil {
		t.Error("a package leads to what any program of the machine can serve")
	}
}

func packZip(t *testing.T, p pack) []byte {
	t.Helper()
	p.out, p.zip = "", filepath.Join(t.TempDir(), "store.zip")
	err := p.run("https://online.example.tr")
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(p.zip)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// another returns a folder with the same files, and the manifests, of another day and mode.
func another(t *testing.T, dir string, names []string) string {
	t.Helper()
	there := t.TempDir()
	for _, name := range slices.Concat(names, []string{"worker.js", "managed_schema.json", "manifest.base.json", "manifest.chromium.json", "manifest.firefox.json"}) {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(there, name)
		err = os.MkdirAll(filepath.Dir(path), 0o700)
		if err != nil {
			t.Fatal(err)
		}
		err = os.WriteFile(path, data, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		day := time.Date(2001, time.February, 3, 4, 5, 6, 0, time.UTC)
		err = os.Chtimes(path, day, day)
		if err != nil {
			t.Fatal(err)
		}
	}
	return there
}

// checkZip compares a zip with the folder for the same browser.
func checkZip(t *testing.T, packed []byte, folder map[string]string) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	if len(z.File) != len(folder) {
		t.Errorf("%d files, want %d", len(z.File), len(folder))
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if f.Mode() != 0o644 || !f.Modified.Equal(archive.FirstDay) {
			t.Errorf("%s has mode %v, and is of %v", f.Name, f.Mode(), f.Modified)
		}
		if f.Name != "manifest.json" {
			if string(data) != folder[f.Name] {
				t.Errorf("%s holds something else", f.Name)
			}
			continue
		}
		var m map[string]any
		err = json.Unmarshal(data, &m)
		if err != nil {
			t.Fatal(err)
		}
		if m["key"] != nil {
			t.Error("the manifest has a key")
		}
	}
}
