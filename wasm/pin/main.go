//go:build js

// Command pin is the window in which a card gets a new PIN (pin.html). flow decides, ui draws, browser touches the
// browser.
package main

import (
	"github.com/e-onay/e-onay/wasm/browser"
	"github.com/e-onay/e-onay/wasm/flow"
	"github.com/e-onay/e-onay/wasm/ui"
)

func main() {
	b := browser.New()
	r, effects := flow.NewReset(browser.Calendar)
	b.ReadRequest()
	b.Do(effects)
	root := &ui.Reset{}
	b.Run(browser.Window{
		Handle: r.Handle,
		View: func() (any, *flow.View) {
			root.V = r.View()
			return root.V, &root.V.View
		},
		Draw: browser.Drawer(root),
	})
}
