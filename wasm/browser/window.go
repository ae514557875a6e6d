//go:build js

package browser

import (
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/screen"
)

// A Window is a window that a page has opened: what it does, and how it is drawn.
type Window struct {
	Handle func(loop.Event) []loop.Effect
	// View takes what is now to be drawn. It returns it, and the part of it that every window has.
	View func() (whole any, common *screen.View)
	// Draw draws that.
	Draw func()
}

// Run lives for as long as the window does.
func (b *Browser) Run(w Window) {
	var last any
	var announced string // what a screen reader has been told last
	byItself := false    // the screen changes without the person's doing
	drawn := screen.View{Turn: -1}
	for {
		event := b.Next()
		byItself = byItself || !IsTyping(event)
		b.Do(w.Handle(event))
		if !b.Idle() {
			continue
		}
		whole, v := w.View()
		if screen.Same(whole, last) {
			byItself = false
			continue // a drawing replaces texts: not under a finger that is about to lift
		}
		if v.Step == screen.StepLoading && questionStands() {
			continue // which says more
		}
		fresh := v.Turn != drawn.Turn
		if !fresh && !b.Quiet() {
			continue // what the host does next is not kept waiting for a drawing of what it did
		}
		if fresh {
			announced = v.Title // the focus goes there
		}
		if v.Status == announced {
			v.Status = ""
		} else if v.Status != "" {
			announced = v.Status
		}
		Draw(Screen{Question: v.Step == screen.StepWho, Fresh: fresh, ByItself: byItself, Language: string(v.Language), Title: v.Title}, w.Draw)
		byItself = false
		switch {
		case v.Alerts != drawn.Alerts:
			Focus("problem")
		case v.Step == screen.StepDone && fresh:
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
