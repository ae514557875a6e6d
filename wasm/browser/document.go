//go:build js

package browser

import (
	"syscall/js"

	documents "github.com/e-onay/e-onay/wasm/document" // document is the browser's
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/plaintext"
)

var paper = global.Get("paper") // paper.js, in the signing window

// ShowDocument fills the document's region if it is empty, as it is on a new screen; folded names what is folded, in the
// language of the moment.
func (b *Browser) ShowDocument(t *documents.Text, folded func(plaintext.Run) string) {
	if paper.Call("isEmpty").Bool() {
		for _, runs := range t.Blocks() {
			showBlock(runs)
		}
		paper.Call("show", js.FuncOf(func(js.Value, []js.Value) any {
			b.push(loop.EndSeen{})
			return nil
		}))
	}
	n := 0
	for _, run := range t.Runs {
		if run.Kind == plaintext.RunBlank {
			paper.Call("name", n, folded(run))
			n++
		}
	}
}

func showBlock(runs []plaintext.Run) {
	if runs[0].Kind == plaintext.RunBlank {
		paper.Call("fold", runs[0].Text)
		return
	}
	paper.Call("block")
	for _, run := range runs {
		paper.Call("run", int(run.Kind), run.Text)
	}
}

// shownDocument is the document's text as it stands on the screen, empty where there is none.
func shownDocument() string {
	if paper.IsUndefined() {
		return ""
	}
	return paper.Call("text").String()
}
