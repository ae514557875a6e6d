//go:build js

// Command sign is the signing window (sign.html). flow decides, ui draws, browser touches the browser.
package main

import (
	"github.com/e-onay/e-onay/wasm/browser"
	"github.com/e-onay/e-onay/wasm/flow"
	"github.com/e-onay/e-onay/wasm/ui"
)

func main() {
	b := browser.New()
	f, effects := flow.New(browser.Calendar)
	b.ReadRequest()
	b.Do(effects)
	root := &ui.Window{}
	draw := browser.Drawer(root)
	b.Run(browser.Window{
		Handle: f.Handle,
		View: func() (any, *flow.View) {
			root.V = f.View()
			return root.V, &root.V.View
		},
		Draw: func() {
			draw()
			if root.V.Document.Whole {
				browser.ShowDocument(root.V.Document.Text)
			}
		},
	})
}
