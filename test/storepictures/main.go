// Storepictures takes the pictures for the stores while a person gives an E-Onay: the portal's page and the signing window
// side by side, as they stand on a screen, without frames, captions or anything else that is not there.
//
// They are in build/stores, a folder for each store and language: for Chrome's and Edge's from Chromium, for Firefox's from
// Firefox. Every name, number and certificate in them is synthetic.
package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"

	"github.com/e-onay/e-onay/test/e2e"
)

// store is a store, and the size of picture that it asks for.
type store struct {
	name    string
	firefox bool
	page    int64   // the page's width; the window has the other 480
	height  int64   // of both
	scale   float64 // device pixels for one CSS pixel
}

// Chrome's store takes 1280 × 800 and shows five; Firefox's advises 2400 × 1800.
var stores = []store{
	{"chrome", false, 800, 800, 1},
	{"firefox", true, 720, 900, 2},
}

// windowWidth is that of a signing window.
const windowWidth = 480

// shown are the screens that are kept, in the order in which a person meets them.
var shown = map[string]int{"window-who": 1, "window-document": 2, "window-code": 3, "window-pin": 4, "window-done": 5}

func main() {
	dir := filepath.Join(e2e.Root(), "build", "stores")
	for _, s := range stores {
		for _, language := range []string{"tr", "en"} {
			if !e2e.RunStandalone(func(t e2e.T) { s.journey(t, language, filepath.Join(dir, s.name, language)) }) {
				os.Exit(1)
			}
		}
	}
	if !e2e.RunStandalone(func(t e2e.T) { tile(t, filepath.Join(dir, "chrome")) }) {
		os.Exit(1)
	}
	fmt.Println("Pictures:", dir)
}

// journey gives an E-Onay and takes the pictures.
func (s store) journey(t e2e.T, language, dir string) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatalf("make %s: %v", dir, err)
	}
	w := e2e.NewWorld(t, e2e.Options{Firefox: s.firefox, OwnBrowser: true})
	phrases := map[string]string{"tr": "mavi kapı, üç martı", "en": "blue door, three gulls"}
	settings := w.SetPhrase(phrases[language])
	settings.Click(`input[name="language"][value="` + language + `"]`)
	settings.Wait(`html[lang="` + language + `"]`)
	settings.Close()

	var page *e2e.Page
	journey := e2e.NewJourney(w, func(name string, p *e2e.Page) {
		if number, keep := shown[name]; keep {
			s.take(t, filepath.Join(dir, fmt.Sprintf("%d.png", number)), page, p)
		}
	})
	journey.Language = language
	page = journey.Login(e2e.Ayse)
	journey.All(page, e2e.Give)
}

// take writes one picture of page and window.
func (s store) take(t e2e.T, path string, page, window *e2e.Page) {
	left := s.screen(t, page, s.page)
	right := s.screen(t, window, windowWidth)
	all := image.Rect(0, 0, left.Bounds().Dx()+right.Bounds().Dx(), left.Bounds().Dy())
	picture := image.NewNRGBA(all) // opaque, and so written without an alpha channel, which Chrome's store refuses
	draw.Draw(picture, left.Bounds(), left, image.Point{}, draw.Src)
	draw.Draw(picture, right.Bounds().Add(image.Pt(left.Bounds().Dx(), 0)), right, image.Point{}, draw.Src)
	edge := image.Rect(left.Bounds().Dx(), 0, left.Bounds().Dx()+int(s.scale), all.Dy())
	draw.Draw(picture, edge, image.NewUniform(color.Gray{0x80}), image.Point{}, draw.Src)

	save(t, path, picture)
}

func save(t e2e.T, path string, picture image.Image) {
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		t.Fatalf("write %s: %v", path, err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		t.Fatalf("write %s: %v", path, err)
	}
}

// tile writes the small picture that Chrome's store shows in lists: the icon, on the colour of our pages.
func tile(t e2e.T, dir string) {
	data, err := os.ReadFile(filepath.Join(e2e.Root(), "extension/icons/128.png"))
	if err != nil {
		t.Fatalf("read the icon: %v", err)
	}
	icon, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("read the icon: %v", err)
	}
	picture := image.NewNRGBA(image.Rect(0, 0, 440, 280))
	draw.Draw(picture, picture.Bounds(), image.NewUniform(color.NRGBA{0xff, 0xfd, 0xf9, 0xff}), image.Point{}, draw.Src)
	corner := picture.Bounds().Size().Sub(icon.Bounds().Size()).Div(2)
	draw.Draw(picture, icon.Bounds().Add(corner), icon, icon.Bounds().Min, draw.Over)
	save(t, filepath.Join(dir, "tile.png"), picture)
}

// screen returns what a page or window shows at a width, from its top.
func (s store) screen(t e2e.T, p *e2e.Page, width int64) image.Image {
	p.Appear(e2e.Appearance{Width: width, Height: s.height, Scale: s.scale})
	e2e.Eval[bool](p, "scrollTo(0, 0) === undefined")
	p.Settle()
	taken, err := png.Decode(bytes.NewReader(p.Screenshot()))
	if err != nil {
		t.Fatalf("read a picture: %v", err)
	}
	if want := image.Pt(int(float64(width)*s.scale), int(float64(s.height)*s.scale)); taken.Bounds().Size() != want {
		t.Fatalf("a picture has %v, want %v", taken.Bounds().Size(), want)
	}
	return taken
}
