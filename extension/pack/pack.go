package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/e-onay/e-onay/internal/archive"
	"github.com/e-onay/e-onay/internal/look"
)

// pack is one run.
type pack struct {
	browser string
	install string // the page about the installation; empty means the first host's
	source  string
	wasm    string
	pdfjs   string
	out     string
	zip     string
}

// Files of the extension, by where they come from. They are named one by one, so that nothing is
// shipped by accident.
var (
	sourceFiles = []string{
		"background.js", "bridge.js", "content.js", "institution.js", "messages.gen.js", "protocol.gen.js", "reminder.js", "setup.js", "shapes.js", "webeid.js",
		"sign.html", "card.html", "pin.html", "manage.html", "guard.js", "watch.js", "policy.js", "question.gen.js", "question.js", "start.js", "site.html", "site.js", "window.css",
		"viewers/viewing.js", "viewers/text.js", "viewers/tree.js", "viewers/picture.js", "viewers/pdf.js", "viewers/inspect.js", "viewers/inspect.worker.js",
		"_locales/tr/messages.json", "_locales/en/messages.json",
		"icons/16.png", "icons/32.png", "icons/48.png", "icons/128.png",
	}
	browserFiles = map[string][]string{
		"chromium": {"worker.js", "managed_schema.json"},
		"firefox":  nil,
	}
	// pdfjsFiles are what the signing window needs of pdf.js; of a folder, all its files.
	pdfjsFiles = []string{
		"LICENSE", "build/pdf.min.mjs", "build/pdf.worker.min.mjs", "cmaps/", "iccs/", "standard_fonts/",
		"wasm/jbig2.wasm", "wasm/openjpeg.wasm", "wasm/qcms_bg.wasm",
		"wasm/LICENSE_JBIG2", "wasm/LICENSE_OPENJPEG", "wasm/LICENSE_PDFJS_JBIG2", "wasm/LICENSE_PDFJS_OPENJPEG", "wasm/LICENSE_PDFJS_QCMS", "wasm/LICENSE_QCMS",
	}
	wasmFiles = []string{"sign.wasm", "inspect.wasm", "card.wasm", "pin.wasm", "manage.wasm", "wasm_exec.js", "vugu.js", "LICENSES.txt"}
)

// run writes the folder or the zip. A folder is made beside its place and moved there whole, so that a
// browser or a test never sees half of it; after an error the old one still stands.
func (p *pack) run(hosts string) error {
	extra, known := browserFiles[p.browser]
	if !known {
		return fmt.Errorf("-browser: no %q; want chromium or firefox", p.browser)
	}
	if (p.out == "") == (p.zip == "") {
		return fmt.Errorf("want a folder with -out, or a file with -zip")
	}
	matches, err := matchPatterns(hosts, p.zip != "")
	if err != nil {
		return err
	}
	if p.install, err = installPage(p.install, matches[0], p.zip != ""); err != nil {
		return err
	}
	files, err := p.files(extra, matches)
	if err != nil {
		return err
	}
	if p.zip == "" {
		return replace(p.out, files)
	}
	data, err := archive.Zip(files)
	if err != nil {
		return err
	}
	err = os.MkdirAll(filepath.Dir(p.zip), 0o755)
	if err != nil {
		return err
	}
	return os.WriteFile(p.zip, data, 0o644)
}

// files returns every file's bytes by its path in the extension.
func (p *pack) files(extra, matches []string) (map[string][]byte, error) {
	manifest, err := p.manifest(matches)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"manifest.json": manifest, "look.css": []byte(look.CSS)}
	read := func(dir string, names []string) error {
		for _, name := range names {
			data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
			if err != nil {
				return err
			}
			files[name] = data
		}
		return nil
	}
	err = read(p.source, sourceFiles)
	if err != nil {
		return nil, err
	}
	err = read(p.source, extra)
	if err != nil {
		return nil, err
	}
	err = read(p.wasm, wasmFiles)
	if err != nil {
		return nil, err
	}
	return files, p.addPDFJS(files)
}

// addPDFJS adds the files of pdf.js, with its scripts beside its folders.
func (p *pack) addPDFJS(files map[string][]byte) error {
	for _, name := range pdfjsFiles {
		names := []string{name}
		if strings.HasSuffix(name, "/") {
			entries, err := os.ReadDir(filepath.Join(p.pdfjs, name))
			if err != nil {
				return err
			}
			names = nil
			for _, e := range entries {
				names = append(names, name+e.Name())
			}
		}
		for _, name := range names {
			data, err := os.ReadFile(filepath.Join(p.pdfjs, filepath.FromSlash(name)))
			if err != nil {
				return err
			}
			files["viewers/pdfjs/"+strings.TrimPrefix(name, "build/")] = data
		}
	}
	return nil
}

// replace puts a folder with these files in the place of out.
func replace(out string, files map[string][]byte) error {
	err := os.MkdirAll(filepath.Dir(out), 0o755)
	if err != nil {
		return err
	}
	fresh, err := os.MkdirTemp(filepath.Dir(out), ".pack-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(fresh)
	for name, data := range files {
		path := filepath.Join(fresh, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err != nil {
			return err
		}
		err = os.WriteFile(path, data, 0o644)
		if err != nil {
			return err
		}
	}
	err = os.Chmod(fresh, 0o755)
	if err != nil {
		return err
	}
	err = clearOld(out)
	if err != nil {
		return err
	}
	return os.Rename(fresh, out)
}

// clearOld removes an older pack, and nothing else: a mistyped -out must not cost anybody a folder.
func clearOld(out string) error {
	entries, err := os.ReadDir(out)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = os.Stat(filepath.Join(out, "manifest.json"))
	if len(entries) > 0 && err != nil {
		return fmt.Errorf("-out: %s is not empty, and not an extension", out)
	}
	return os.RemoveAll(out)
}
