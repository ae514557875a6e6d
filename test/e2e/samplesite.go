package e2e

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
)

// SampleSite is web/examples/site, where a person has logged in with their card.
type SampleSite struct {
	Page *Page

	url, dir string // where it is, and where it keeps what was signed
	w        *World
}

// StartSampleSite starts the site for a world's authority, and logs in with the world's card.
func StartSampleSite(t T, w *World) *SampleSite {
	t.Helper()
	s := &SampleSite{dir: tempDir(t), w: w}
	s.url = StartProcess(t, Built(t, "site"), "-listen", "localhost:0", "-files", s.dir,
		"-anchors", filepath.Join(w.Sandbox.Dir, "anchors.pem"), "-intermediates", filepath.Join(w.Sandbox.Dir, "intermediates.pem")).URL
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
