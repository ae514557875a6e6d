//go:build js

package browser

import (
	"syscall/js"

	documents "github.com/e-onay/e-onay/wasm/document" // document is the browser's
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/plaintext"
)

var paper = global.Get("paper") // paper.js, in the signing window

// Reading shows documents, and hears what the person does with them. It is in the signing window's program alone.
type Reading struct {
	browser   *Browser
	paper     Paper
	functions []js.Func // that paper.js calls
}

// Paper is a text on the screen.
type Paper struct {
	Text *documents.Text
	// Folded names what is folded, in the language of the moment.
	Folded func(plaintext.Run) string
	// Found is what is to be seen and highlighted, where Turn is not 0; another Turn is another search.
	Found documents.Hit
	Turn  int
}

// NewReading returns what shows the documents of a window.
func NewReading(b *Browser) *Reading {
	r := &Reading{browser: b}
	b.own = own{press: r.press, submit: r.submit, change: r.change, key: r.key, shown: shownDocument, do: doReading}
	return r
}

func (r *Reading) press(action, _ string) {
	switch action {
	case "end":
		paper.Call("toEnd")
	case "find-previous":
		r.find(-1)
	case "save-copy":
		r.browser.push(loop.Save{})
	}
}

func (r *Reading) submit(string) { r.find(1) }

func (r *Reading) change(field js.Value) {
	if text(field.Get("name")) == "known" {
		r.browser.push(loop.Confirm{OK: field.Get("checked").Bool()})
	}
}

// find looks for what stands in the search field, or goes on by so many places.
func (r *Reading) find(step int) {
	r.browser.push(loop.Find{Text: text(byID("find").Get("value")), Step: step})
}

// key reports whether a key is one of the search in a document, and does what it says: Ctrl+F goes to the search field,
// since the browser's own search knows only what is near to the view; in the field Shift+Enter goes back, and Escape
// empties it before it leaves the window.
func (r *Reading) key(event js.Value) bool {
	field := byID("find")
	if !field.Truthy() || event.Get("isComposing").Bool() {
		return false
	}
	inField := event.Get("target").Equal(field)
	control := event.Get("ctrlKey").Bool() || event.Get("metaKey").Bool()
	switch key := event.Get("key").String(); {
	case control && key == "f":
		field.Call("focus")
		field.Call("select")
	case inField && key == "Enter" && event.Get("shiftKey").Bool():
		r.find(-1)
	case inField && key == "Escape" && text(field.Get("value")) != "":
		field.Set("value", "")
		r.find(0)
	default:
		return false
	}
	return true
}

// Show fills the document's region if it is empty, as it is on a new screen, names what is folded, and goes to what was
// found.
func (r *Reading) Show(p Paper) {
	turn := r.paper.Turn
	if paper.Call("isEmpty").Bool() {
		r.open(p)
		turn = p.Turn
	}
	r.paper = p
	filled := paper.Call("filled")
	for i := range filled.Length() {
		r.nameFold(filled.Index(i).Int())
	}
	switch {
	case p.Turn == turn:
	case p.Found == documents.Hit{}:
		paper.Call("hide")
	default:
		from, to := p.Text.Places(p.Found)
		paper.Call("reveal", from.Block, from.Unit, to.Block, to.Unit)
	}
}

// open has paper.js show a text, which calls for what it needs.
func (r *Reading) open(p Paper) {
	for _, f := range r.functions {
		f.Release()
	}
	r.paper, r.functions = p, nil
	function := func(f func(args []js.Value)) js.Func {
		made := js.FuncOf(func(_ js.Value, args []js.Value) any {
			f(args)
			return nil
		})
		r.functions = append(r.functions, made)
		return made
	}
	paper.Call("open", p.Text.Blocks(), map[string]any{
		"fill": function(func(args []js.Value) { r.fill(args[0].Int()) }),
		"left": function(func(args []js.Value) {
			r.browser.push(loop.Left{Part: loop.Part{Index: args[0].Int(), Text: args[1].String()}})
		}),
		"seen": function(func([]js.Value) { r.browser.push(loop.EndSeen{}) }),
	})
}

// fill fills the block that comes near to the view.
func (r *Reading) fill(n int) {
	for _, run := range r.paper.Text.Block(n) {
		if run.Kind == plaintext.RunBlank {
			paper.Call("fold", run.Text)
			r.nameFold(n)
			return
		}
		paper.Call("run", int(run.Kind), run.Text)
	}
}

func (r *Reading) nameFold(n int) {
	if run, ok := r.paper.Text.Fold(n); ok {
		paper.Call("name", n, r.paper.Folded(run))
	}
}

// shownDocument is the document as it stands on the screen.
func shownDocument() (parts []loop.Part) {
	shown := paper.Call("shown") // number and text in turn
	for i := 0; i < shown.Length(); i += 2 {
		parts = append(parts, loop.Part{Index: shown.Index(i).Int(), Text: shown.Index(i + 1).String()})
	}
	return parts
}

// doReading carries out the effects that only the signing window has.
func doReading(effect loop.Effect) {
	if e, ok := effect.(loop.SaveCopy); ok {
		download(e.Name, "application/octet-stream", e.Data)
	}
}

// download has the browser save a file, where and how the person has set it to.
func download(name, mediaType string, data []byte) {
	blob := global.Get("Blob").New([]any{bytesOf(data)}, map[string]any{"type": mediaType})
	url := global.Get("URL").Call("createObjectURL", blob)
	link := document.Call("createElement", "a")
	link.Set("href", url)
	link.Set("download", name)
	link.Call("click")
	global.Get("URL").Call("revokeObjectURL", url)
}
