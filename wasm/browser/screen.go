//go:build js

package browser

import "github.com/e-onay/e-onay/wasm/flow"

// Describe tells the browser and assistive technology the page's language and title.
func Describe(language, title string) {
	document.Get("documentElement").Set("lang", language)
	document.Set("title", title+" – E-Onay")
}

// NewScreen empties the places of the last screen and its buttons before the next are drawn. The
// drawing reuses elements by their position: a field would keep what was typed into another one, and a
// button what was pressed.
func NewScreen() {
	for _, id := range []string{"screen", "buttons"} {
		if place := byID(id); place.Truthy() {
			place.Call("replaceChildren")
		}
	}
}

// Reached notes in the browser's timeline when a step was on the screen, for whoever measures.
func Reached(step string) {
	global.Get("performance").Call("mark", "step:"+step)
}

// Focus moves the focus to an element, and so a screen reader to its beginning.
func Focus(id string) {
	if e := byID(id); e.Truthy() {
		e.Call("focus")
	}
}

// ShowDocument fills the document's region if it is empty, as it is on a new screen. The text goes in
// as text nodes only, in blocks of which the browser lays out those that can be seen; the drawing would have to pass it
// as HTML, in pieces of 16 KiB that cut letters in two.
func ShowDocument(t flow.Text) {
	region := byID("document-text")
	if !region.Truthy() || region.Call("hasChildNodes").Bool() {
		return
	}
	fragment := document.Call("createDocumentFragment")
	for _, runs := range t.Blocks() {
		block := document.Call("createElement", "div")
		for _, run := range runs {
			node := document.Call("createTextNode", run.Text)
			if run.Mark {
				mark := document.Call("createElement", "mark")
				mark.Call("append", node)
				node = mark
			}
			block.Call("append", node)
		}
		fragment.Call("append", block)
	}
	region.Call("append", fragment)
}
