//go:build js

// Command card is the window for acts without a document (card.html): logins, certificates that are shown, hashes.
// act/credential decides, credentialui draws, browser touches the browser.
package main

import (
	"github.com/e-onay/e-onay/wasm/act/credential"
	"github.com/e-onay/e-onay/wasm/act/credential/credentialui"
	"github.com/e-onay/e-onay/wasm/browser"
	"github.com/e-onay/e-onay/wasm/screen"
)

func main() {
	b := browser.New()
	c, effects := credential.New(browser.Calendar)
	b.ReadRequest()
	b.Do(effects)
	root := &credentialui.Window{}
	b.Run(browser.Window{
		Handle: c.Handle,
		View: func() (any, *screen.View) {
			root.V = c.View()
			return root.V, &root.V.View
		},
		Draw: browser.Drawer(root),
	})
}
