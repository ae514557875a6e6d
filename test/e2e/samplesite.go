package e2e

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// SampleSite is web/examples/site, where a person has logged in with their card.
type SampleSite struct {
	Page *Page

	url, dir string // where it is, and where it keeps what was signed
	w        *World
}

// largeInTests is the size of the sample site's large file in tests, in bytes: many times what is read at once. `make bench` has
// the site's own, which takes a browser that does not optimise a minute and a half.
const largeInTests = "100000000"

// StartSampleSite starts the site for a world's authority, and logs in with the world's card.
func StartSampleSite(t T, w *World) *SampleSite {
	t.Helper()
	s := &SampleSite{dir: tempDir(t), w: w}
	var changes []string
	if testing.Testing() {
		changes = []string{"-large", largeInTests}
	}
	s.url = StartProcess(t, Built(t, "site"), append(changes, "-listen", "localhost:0", "-files", s.dir,
		"-anchors", filepath.Join(w.Sandbox.Dir, "anchors.pem"), "-intermediates", filepath.Join(w.Sandbox.Dir, "intermediates.pem"))...).URL
	s.Page = w.Browser.NewPage(s.url)
	s.Page.Click("#login")
	window := w.Browser.Window()
	window.Forward("pin")
	window.Type("#pin", w.Card.PIN)
	window.Press(Enter)
	s.Page.Wait("#sign")
	w.Browser.NoWindow()
	return s
}

// Open shows the page of a kind of documents, ready to be pressed.
func (s *SampleSite) Open(kind string) {
	s.Page.t.Helper()
	s.Page.Goto(s.url + "/documents/" + kind)
	s.Page.Wait("#sign:not([disabled])")
}

// Sign has the person sign all documents of a kind, and returns the files that the site has verified and kept. observe may
// be nil.
func (s *SampleSite) Sign(kind string, observe Observer) (files [][]byte) {
	t := s.Page.t
	t.Helper()
	if observe == nil {
		observe = func(string, *Page) {}
	}
	s.Open(kind)
	s.Page.Click("#sign")
	window := s.w.Browser.Window()
	window.readAll(observe)
	window.Type("#pin", s.w.Card.PIN)
	window.Press(Enter)
	window.AtStep("done")
	s.Page.Wait("#signed")
	s.w.Browser.CloseWindows()
	observe("sample-"+kind, s.Page)
	paths, err := filepath.Glob(filepath.Join(s.dir, kind+"-*"))
	if err != nil {
		t.Fatalf("look for what the site has kept: %v", err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("read what the site has kept: %v", err)
		}
		files = append(files, data)
	}
	return files
}

// SignLarge has the person sign the large file. The file is made again of its line and its size: the window must have shown
// its digest, and openssl must verify the signature.
func (s *SampleSite) SignLarge() error {
	s.Page.t.Helper()
	var digest string
	files := s.Sign("large", func(name string, p *Page) {
		if name == "window-document" {
			digest = strings.ReplaceAll(p.Text("#digest"), " ", "")
		}
	})
	if len(files) != 1 {
		return fmt.Errorf("the site has kept %d files", len(files))
	}
	line := Eval[string](s.Page, `fetch("large/content?document=0").then((r) => r.blob()).then((b) => (window.size = b.size, b.slice(0, 100).text()))`)
	line = line[:strings.Index(line, "\n")+1]
	size := Eval[int](s.Page, `window.size`)
	content := []byte(strings.Repeat(line, size/len(line)+1)[:size])
	if want := fmt.Sprintf("%x", sha256.Sum256(content)); digest != want {
		return fmt.Errorf("the window shows the digest %s, want %s", digest, want)
	}
	return s.verifyCMS(files[0], content)
}

// verifyCMS has openssl verify a detached signature.
func (s *SampleSite) verifyCMS(signature, content []byte) error {
	dir := tempDir(s.Page.t)
	for name, data := range map[string][]byte{"signature": signature, "content": content} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	openssl := exec.Command("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "signature", "-content", "content",
		"-CAfile", filepath.Join(s.w.Sandbox.Dir, "chain.pem"), "-out", os.DevNull)
	openssl.Dir = dir
	if out, err := openssl.CombinedOutput(); err != nil {
		return fmt.Errorf("openssl: %w: %s", err, out)
	}
	return nil
}

// readAll answers the window's questions up to the PIN, of several documents too.
func (p *Page) readAll(observe Observer) {
	p.t.Helper()
	const shown = `document.querySelector("[data-step]").dataset.step + document.querySelector("[data-step]").innerText.slice(0, 500)`
	p.WaitFor(`(document.querySelector("[data-step]")?.dataset.step ?? "loading") !== "loading"`)
	for {
		step := Eval[string](p, `document.querySelector("[data-step]").dataset.step`)
		if step == "pin" {
			return
		}
		p.ReadOn()
		if Eval[bool](p, `document.querySelector("#known:not(:checked)") !== null`) {
			p.Click("#known")
		}
		if step != "waiting" { // which goes on by itself
			p.Wait(action("continue") + ":not(:disabled)")
		}
		observe("window-"+step, p)
		before := Eval[string](p, shown)
		if step != "waiting" {
			p.Continue()
		}
		p.WaitFor(shown + ` !== ` + quoted(before))
	}
}

// quoted writes text as an expression of JavaScript.
func quoted(text string) string {
	return fmt.Sprintf("new TextDecoder().decode(Uint8Array.from(atob(%q), (c) => c.charCodeAt(0)))", base64.StdEncoding.EncodeToString([]byte(text)))
}
