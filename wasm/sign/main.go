//go:build js

// Command sign is the signing window (sign.html). act/sign decides, signui draws, browser touches the browser.
package main

import (
	"github.com/e-onay/e-onay/wasm/act/sign"
	"github.com/e-onay/e-onay/wasm/act/sign/signui"
	"github.com/e-onay/e-onay/wasm/browser"
	"github.com/e-onay/e-onay/wasm/document"
	"github.com/e-onay/e-onay/wasm/screen"
)

func main() {
	b := browser.New()
	reading := browser.NewReading(b)
	f, effects := sign.New(browser.Calendar)
	b.ReadRequest()
	b.Do(effects)
	root := &signui.Window{}
	draw := browser.Drawer(root)
	b.Run(browser.Window{
		Handle: f.Handle,
		View: func() (any, *screen.View) {
			root.V = f.View()
			return root.V, &root.V.View
		},
		Draw: func() {
			draw()
			if text, ok := root.V.Document.Shown.(*document.Text); ok {
				found := root.V.Document.Find
				reading.Show(browser.Paper{Text: text, Folded: root.V.Folded, Found: found.Hit, Turn: found.Turn})
			}
		},
	})
}
