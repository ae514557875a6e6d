//go:build js

// Command sign is the signing window (sign.html). flow decides, ui draws, browser touches the browser.
package main

import (
	"reflect"

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
	drawn := flow.SignView{View: flow.View{Turn: -1}}
	for {
		b.Do(f.Handle(b.Next()))
		if !b.Idle() {
			continue
		}
		root.V = f.View()
		if reflect.DeepEqual(root.V, drawn) {
			continue // a drawing replaces texts: not under a finger that is about to lift
		}
		fresh := root.V.Turn != drawn.Turn
		if !fresh && !b.Quiet() {
			continue // what the host does next is not kept waiting for a drawing of what it did
		}
		if fresh {
			browser.NewScreen()
		}
		draw()
		browser.Describe(string(root.V.Language), root.V.Title)
		if root.V.Document.Whole {
			browser.ShowDocument(root.V.Document.Text)
		}
		switch {
		case root.V.Alerts != drawn.Alerts:
			browser.Focus("problem")
		case root.V.Step == flow.StepDone && fresh:
			browser.Focus("close")
		case fresh:
			browser.Focus("title")
		}
		if fresh {
			browser.Reached(string(root.V.Step))
		}
		drawn = root.V
	}
}
