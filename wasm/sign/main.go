//go:build js

// Command sign is the signing window (sign.html). act/sign decides, signui draws, browser touches the browser.
package main

import (
	"github.com/e-onay/e-onay/wasm/act/sign"
	"github.com/e-onay/e-onay/wasm/act/sign/signui"
	"github.com/e-onay/e-onay/wasm/browser"
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
			if root.V.HasPages {
				reading.Prepare()
			}
			d := &root.V.Document
			reading.Show(browser.Sheet{
				Document: d.Shown, Beside: d.Beside, Folded: root.V.Folded, Page: root.V.T("window.pdf.page"), At: d.Page, FromTop: d.FromTop, More: root.V.MoreRows, Found: d.Find.Hit, Turn: d.Find.Turn,
			})
		},
	})
}
