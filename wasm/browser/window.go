//go:build js

package browser

import (
	"reflect"

	"github.com/e-onay/e-onay/wasm/flow"
)

// A Window is a window that a page has opened: what it does, and how it is drawn.
type Window struct {
	Handle func(flow.Event) []flow.Effect
	// View takes what is now to be drawn. It returns it, and the part of it that every window has.
	View func() (whole any, common *flow.View)
	// Draw draws that.
	Draw func()
}

// Run lives for as long as the window does.
func (b *Browser) Run(w Window) {
	var last any
	var heard string // what a screen reader has said of the screen by itself
	drawn := flow.View{Turn: -1}
	for {
		b.Do(w.Handle(b.Next()))
		if !b.Idle() {
			continue
		}
		whole, v := w.View()
		if reflect.DeepEqual(whole, last) {
			continue // a drawing replaces texts: not under a finger that is about to lift
		}
		fresh := v.Turn != drawn.Turn
		if !fresh && !b.Quiet() {
			continue // what the host does next is not kept waiting for a drawing of what it did
		}
		if fresh {
			NewScreen()
			heard = v.Title // the focus goes there
		}
		if v.Status == heard {
			v.Status = ""
		} else if v.Status != "" {
			heard = v.Status
		}
		w.Draw()
		Describe(string(v.Language), v.Title)
		switch {
		case v.Alerts != drawn.Alerts:
			Focus("problem")
		case v.Step == flow.StepDone && fresh:
			Focus("close")
		case fresh:
			Focus("title")
		}
		if fresh {
			Reached(string(v.Step))
		}
		last, drawn = whole, *v
	}
}
