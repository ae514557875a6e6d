//go:build js

package browser

import (
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/pinentry"
)

var (
	guard    = global.Get("guard")    // guard.js
	watch    = global.Get("watch")    // watch.js
	question = global.Get("question") // question.js, in the windows
)

// Screen is what is to be drawn, as far as the browser has to know.
type Screen struct {
	Question        bool // the first question
	Fresh           bool // another screen than the last
	ByItself        bool // changed without the person's doing
	Language, Title string
}

// Draw draws a screen with draw, tells the browser and assistive technology its language and title, and closes the
// guard until the person has seen what is new.
func Draw(s Screen, draw func()) {
	watch.Call("begin")
	if s.Fresh && !(s.Question && questionStands()) {
		clearScreen()
	}
	draw()
	document.Get("documentElement").Set("lang", s.Language)
	document.Set("title", s.Title+" – E-Onay")
	watch.Call("end")
	unchanged := question.Truthy() && question.Call("give").Bool()
	guard.Call("drawn", unchanged || !s.Fresh && !s.ByItself)
}

// questionStands reports whether question.js has drawn the first question, and nothing has been drawn since.
func questionStands() bool { return question.Truthy() && question.Call("stands").Bool() }

// IsTyping reports whether an event changes only what the person is typing or choosing.
func IsTyping(e loop.Event) bool {
	switch e.(type) {
	case pinentry.Typed, loop.Choose, loop.TogglePIN, loop.ChooseLanguage, loop.Find, loop.Found, loop.Confirm, loop.Left, loop.TurnList:
		return true
	}
	return false
}

// clearScreen empties the places of the last screen and its buttons before the next are drawn. The
// drawing reuses elements by their position: a field would keep what was typed into another one, and a
// button what was pressed.
func clearScreen() {
	for _, id := range []string{"screen", "buttons"} {
		if place := byID(id); place.Truthy() {
			place.Call("replaceChildren")
		}
	}
}

// Reached notes in the browser's timeline when a step was on the screen, for measurements (make bench).
func Reached(step string) {
	global.Get("performance").Call("mark", "step:"+step)
}

// Focus moves the focus to an element, and so a screen reader to its beginning.
func Focus(id string) {
	if e := byID(id); e.Truthy() {
		e.Call("focus")
	}
}
