//go:build js

// Command sign is the signing window (sign.html). act/sign decides, ui draws, browser touches the browser.
package main

import (
	"github.com/e-onay/e-onay/wasm/act/sign"
	"github.com/e-onay/e-onay/wasm/browser"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/ui"
)

func main() {
	b := browser.New()
	f, effects := sign.New(browser.Calendar)
	b.ReadRequest()
	b.Do(effects)
	root := &ui.Window{}
	draw := browser.Drawer(root)
	b.Run(browser.Window{
		Handle: f.Handle,
		View: func() (any, *screen.View) {
			root.V = f.View()
			return root.V, &root.V.View
		},
		Draw: func() {
			draw()
			if root.V.Document.Whole {
				b.ShowDocument(root.V.Document.Text, root.V.Folded)
			}
		},
	})
}
