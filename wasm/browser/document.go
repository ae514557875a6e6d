//go:build js

package browser

import (
	"strconv"
	"syscall/js"

	documents "github.com/e-onay/e-onay/wasm/document" // document is the browser's
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/plaintext"
)

// The viewers of extension/viewers, in the signing window.
var (
	paper   = global.Get("paper")
	picture = global.Get("picture")
	tree    = global.Get("tree")
	pdf     = global.Get("pdf")
	inspect = global.Get("inspection")
)

// Reading shows documents, and hears what the person does with them. It is in the signing window's program alone.
type Reading struct {
	browser   *Browser
	sheet     Sheet // what is on the screen
	prepared  bool
	viewer    functions
	inspector functions
	copied    []any // the parts of a copy that have come
}

// Sheet is a document to be shown.
type Sheet struct {
	Document documents.Readable
	// Beside is what the document's signatures are over, where that is another document that is at hand; else nil.
	Beside []byte
	// Folded names what is folded of a text, in the language of the moment; Page names a page, with {n} of {m}.
	Folded func(plaintext.Run) string
	Page   string
	// At is the number of the page that is to be in view, the first being 1, and FromTop the place on it: how far down, 0 to 1 of
	// its height. 0 of At is the beginning.
	At      int
	FromTop float64
	// More names a row behind which there are {n} more.
	More func(n int) string
	// Found is what is to be seen and highlighted of a text or tree, where Turn is not 0; another Turn is another search.
	Found documents.Hit
	Turn  int
}

// NewReading returns what shows the documents of a window.
func NewReading(b *Browser) *Reading {
	r := &Reading{browser: b}
	b.own = own{press: r.press, submit: r.submit, change: r.change, key: r.key, shown: r.shown, do: r.do}
	return r
}

func (r *Reading) press(action, value string) {
	switch action {
	case "end":
		r.toEnd()
	case "find-previous":
		r.find(-1)
	case "zoom-in":
		r.zoom(1)
	case "zoom-out":
		r.zoom(-1)
	case "save-copy":
		r.browser.push(loop.Save{})
	case "save-part":
		if number, err := strconv.Atoi(value); err == nil {
			r.browser.push(loop.KeepPart{Number: number})
		}
	case "open-part":
		if number, err := strconv.Atoi(value); err == nil {
			r.browser.push(loop.OpenPart{Number: number})
		}
	case "open-document":
		if n, err := strconv.Atoi(value); err == nil {
			r.browser.push(loop.OpenDocument{Index: n})
		}
	case "rows-before":
		r.browser.push(loop.TurnList{Step: -1})
	case "rows-after":
		r.browser.push(loop.TurnList{Step: 1})
	}
}

func (r *Reading) submit(string) { r.find(1) }

func (r *Reading) change(field js.Value) {
	if text(field.Get("name")) == "known" {
		r.browser.push(loop.Confirm{OK: field.Get("checked").Bool()})
	}
}

// find looks for what stands in the search field, or goes on by so many places. pdf.js finds by itself.
func (r *Reading) find(step int) {
	needle := text(byID("find").Get("value"))
	if r.hasPages() {
		pdf.Call("find", needle, step)
		return
	}
	r.browser.push(loop.Find{Text: needle, Step: step})
}

func (r *Reading) zoom(step int) {
	if r.hasPages() {
		pdf.Call("zoom", step)
		return
	}
	picture.Call("zoom", step)
}

// hasPages reports whether pdf.js shows the document on the screen.
func (r *Reading) hasPages() bool {
	switch documents.Content(r.sheet.Document).(type) {
	case *documents.PDF, *documents.Package:
		return true
	}
	return false
}

// toEnd goes to the end of the document, and so has it read from there.
func (r *Reading) toEnd() {
	if _, ok := documents.Content(r.sheet.Document).(*documents.Text); ok {
		paper.Call("fillEnd")
	}
	Focus("document-end")
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

// Show fills the document's region if it is empty, as it is on a new screen, and follows what has changed.
func (r *Reading) Show(s Sheet) {
	before := r.sheet
	r.sheet = s
	if s.Document != before.Document {
		paper.Call("close")
		pdf.Call("close")
		inspect.Call("close")
		if d, ok := s.Document.(*documents.Signatures); ok {
			r.inspect(d, &d.File, bytesOf(d.Data))
		}
	}
	switch d := documents.Content(s.Document).(type) {
	case *documents.Text:
		r.showText(d, before)
	case *documents.Image:
		if picture.Call("isEmpty").Bool() {
			picture.Call("open", bytesOf(d.Data), d.MediaType, d.Name+", "+d.Size(), r.viewer.replace(map[string]func([]js.Value){
				"seen": r.seen, "failed": func([]js.Value) { r.browser.push(loop.Unreadable{Why: "the browser cannot decode the picture"}) },
			}))
		}
	case *documents.Tree:
		r.showTree(d, before)
	case *documents.PDF:
		r.showPages(d, &d.File)
	case *documents.Package:
		r.showPages(d, &d.File)
	}
}

// Prepare has what draws and inspects pages loaded while the browser has nothing else to do, so that it is there when the
// document's screen comes.
func (r *Reading) Prepare() {
	if r.prepared {
		return
	}
	r.prepared = true
	for _, viewer := range []js.Value{pdf, inspect} {
		global.Call("requestIdleCallback", viewer.Get("prepare"))
	}
}

// showPages has a document inspected, unless that has been done with what it is in, and pdf.js show it, or of a package the letter
// that the inspector gives out.
func (r *Reading) showPages(d documents.Inspected, f *documents.File) {
	if pdf.Call("isEmpty").Bool() {
		shown := bytesOf(f.Data)
		if r.sheet.Document == documents.Readable(d) && r.sheet.At == 0 { // or it is a preview, of a document that has been inspected
			r.inspect(d, f, shown) // before pdf.js takes the bytes away
		}
		if _, ok := d.(*documents.Package); ok {
			shown = inspect.Call("letter")
		}
		pdf.Call("open", shown, r.sheet.Page, r.viewer.replace(map[string]func([]js.Value){
			"seen": r.seen, "failed": r.failed, "shaped": r.shaped, "found": r.found,
		}), r.sheet.At, r.sheet.FromTop)
	}
	pdf.Call("name", r.sheet.Page)
}

// inspect has the inspector read a document, whose bytes these are.
func (r *Reading) inspect(d documents.Inspected, f *documents.File, data js.Value) {
	beside, digest := js.Null(), f.Digest()
	if r.sheet.Beside != nil {
		beside = bytesOf(r.sheet.Beside)
	}
	_, holds := d.(*documents.Signatures)
	inspect.Call("open", data, string(d.InspectAs()), r.inspector.replace(map[string]func([]js.Value){
		"failed": r.failed,
		"read": func(args []js.Value) {
			e := loop.PartRead{Of: digest, Number: args[0].Int(), Data: make([]byte, args[1].Length())}
			js.CopyBytesToGo(e.Data, args[1])
			r.browser.push(e)
		},
		"reported": func(args []js.Value) {
			e := loop.Inspected{Of: digest, Report: []byte(args[0].String())}
			if given := args[1]; holds && given.Truthy() {
				e.Content = make([]byte, given.Length())
				js.CopyBytesToGo(e.Content, given)
			}
			r.browser.push(e)
		},
	}), beside)
}

// functions are those that the browser's side calls.
type functions []js.Func

// replace makes functions, and lets go of those before.
func (list *functions) replace(by map[string]func(args []js.Value)) map[string]any {
	for _, f := range *list {
		f.Release()
	}
	*list = nil
	made := map[string]any{}
	for name, f := range by {
		function := js.FuncOf(func(_ js.Value, args []js.Value) any {
			f(args)
			return nil
		})
		*list = append(*list, function)
		made[name] = function
	}
	return made
}

func (r *Reading) seen([]js.Value) { r.browser.push(loop.EndSeen{}) }

func (r *Reading) failed(args []js.Value) { r.browser.push(loop.Unreadable{Why: args[0].String()}) }

func (r *Reading) shaped(args []js.Value) {
	r.browser.push(loop.PagesShaped{ID: texts(args[0]), Pages: texts(args[1])})
}

func (r *Reading) found(args []js.Value) {
	r.browser.push(loop.Found{Text: args[0].String(), Index: args[1].Int(), Count: args[2].Int(), Context: args[3].String()})
}

// showText has a text shown, names what is folded in it, and goes to what was found.
func (r *Reading) showText(t *documents.Text, before Sheet) {
	turn := before.Turn
	if paper.Call("isEmpty").Bool() {
		turn = r.sheet.Turn
		paper.Call("open", t.Blocks(), r.viewer.replace(map[string]func([]js.Value){
			"seen": r.seen,
			"fill": func(args []js.Value) { r.fill(t, args[0].Int()) },
			"left": func(args []js.Value) {
				r.browser.push(loop.Left{Part: loop.Part{Index: args[0].Int(), Text: args[1].String()}})
			},
		}))
	}
	filled := paper.Call("filled")
	for i := range filled.Length() {
		r.nameFold(t, filled.Index(i).Int())
	}
	switch {
	case r.sheet.Turn == turn:
	case r.sheet.Found == documents.Hit{}:
		paper.Call("hide")
	default:
		from, to := t.Places(r.sheet.Found)
		paper.Call("reveal", from.Block, from.Unit, to.Block, to.Unit)
	}
}

// fill fills the block of a text that comes near to the view.
func (r *Reading) fill(t *documents.Text, n int) {
	for _, run := range t.Block(n) {
		if run.Kind == plaintext.RunBlank {
			paper.Call("fold", run.Text)
			r.nameFold(t, n)
			return
		}
		paper.Call("run", int(run.Kind), run.Text)
	}
}

func (r *Reading) nameFold(t *documents.Text, n int) {
	if run, ok := t.Fold(n); ok {
		paper.Call("name", n, r.sheet.Folded(run))
	}
}

// showTree has a tree shown, and goes to what was found in it.
func (r *Reading) showTree(t *documents.Tree, before Sheet) {
	turn := before.Turn
	if tree.Call("isEmpty").Bool() {
		turn = r.sheet.Turn
		tree.Call("open", r.viewer.replace(map[string]func([]js.Value){
			"seen":     r.seen,
			"children": func(args []js.Value) { r.addRows(t, args[0].Int(), args[1].Int()) },
		}))
	}
	if r.sheet.Turn == turn || r.sheet.Found == (documents.Hit{}) {
		return
	}
	rows, places := t.Path(r.sheet.Found.Start)
	for i, row := range append([]int{-1}, rows[:len(rows)-1]...) {
		tree.Call("expand", row, places[i])
	}
	tree.Call("reveal", r.sheet.Found.Start)
}

// rowsAtOnce is how many rows are added below one at once.
const rowsAtOnce = 200

// addRows adds the rows below a row from one on, and what is open below them.
func (r *Reading) addRows(t *documents.Tree, parent, from int) {
	below := t.Children(parent)
	end := min(len(below), from+rowsAtOnce)
	for _, n := range below[from:end] {
		children := len(t.Children(n))
		isOpen := children > 0 && t.IsOpen(n)
		tree.Call("row", n, parent, children > 0, isOpen)
		for _, run := range t.Row(n) {
			tree.Call("run", int(run.Kind), run.Text)
		}
		if isOpen {
			r.addRows(t, n, 0)
		}
	}
	if end < len(below) {
		tree.Call("more", parent, end, r.sheet.More(len(below)-end))
	}
}

// shown is the document as it stands on the screen.
func (r *Reading) shown() (parts []loop.Part) {
	var shown js.Value // number and text in turn
	switch documents.Content(r.sheet.Document).(type) {
	case *documents.Text:
		shown = paper.Call("shown")
	case *documents.Image:
		shown = picture.Call("shown")
	case *documents.Tree:
		shown = tree.Call("shown")
	case *documents.PDF, *documents.Package:
		shown = pdf.Call("shown")
	case *documents.Unseen:
		if digest := byID("digest"); digest.Truthy() {
			return []loop.Part{{Text: digest.Get("textContent").String()}}
		}
		return nil
	default:
		return nil
	}
	for i := 0; i < shown.Length(); i += 2 {
		parts = append(parts, loop.Part{Index: shown.Index(i).Int(), Text: shown.Index(i + 1).String()})
	}
	return parts
}

// do carries out the effects that only the signing window has. Each part of a copy is a blob, whose bytes the browser keeps
// where it has room.
func (r *Reading) do(effect loop.Effect) {
	switch e := effect.(type) {
	case loop.SaveCopy:
		r.copy(e)
	case loop.ReadPart:
		inspect.Call("read", e.Number, e.SHA256)
	case loop.SavePart:
		inspect.Call("save", e.Number, e.Name, e.SHA256)
	}
}

func (r *Reading) copy(e loop.SaveCopy) {
	if e.First {
		r.copied = nil
	}
	r.copied = append(r.copied, global.Get("Blob").New([]any{bytesOf(e.Data)}))
	if e.Last {
		download(e.Name, "application/octet-stream", r.copied)
		r.copied = nil
	}
}

// download has the browser save a file of these parts, where and how the person has set it to.
func download(name, mediaType string, parts []any) {
	blob := global.Get("Blob").New(parts, map[string]any{"type": mediaType})
	url := global.Get("URL").Call("createObjectURL", blob)
	link := document.Call("createElement", "a")
	link.Set("href", url)
	link.Set("download", name)
	link.Call("click")
	global.Get("URL").Call("revokeObjectURL", url)
}
