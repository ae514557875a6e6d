//go:build js

// Command pin is the window in which a card gets a new PIN (pin.html). act/newpin decides, newpinui draws, browser touches the
// browser.
package main

import (
	"github.com/e-onay/e-onay/wasm/act/newpin"
	"github.com/e-onay/e-onay/wasm/act/newpin/newpinui"
	"github.com/e-onay/e-onay/wasm/browser"
	"github.com/e-onay/e-onay/wasm/screen"
)

func main() {
	b := browser.New()
	r, effects := newpin.New(browser.Calendar)
	b.ReadRequest()
	b.Do(effects)
	root := &newpinui.Window{}
	b.Run(browser.Window{
		Handle: r.Handle,
		View: func() (any, *screen.View) {
			root.V = r.View()
			return root.V, &root.V.View
		},
		Draw: browser.Drawer(root),
	})
}
