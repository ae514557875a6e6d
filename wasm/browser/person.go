//go:build js

package browser

import (
	"syscall/js"

	"github.com/e-onay/e-onay/wasm/flow"
)

// listen turns what the person does into events.
func (b *Browser) listen() {
	on := func(target js.Value, kind string, f func(event js.Value)) {
		target.Call("addEventListener", kind, js.FuncOf(func(_ js.Value, args []js.Value) any {
			f(args[0])
			return nil
		}))
	}
	on(document, "click", b.click)
	on(document, "submit", b.submit)
	on(document, "change", b.change)
	if Page() == "manage" {
		on(global, "focus", func(js.Value) { b.push(flow.Returned{}) })
	}
	if Page() != "sign" {
		on(document, "input", b.typed)
	}
	on(document, "keydown", func(event js.Value) {
		b.push(flow.Touched{})
		if event.Get("key").String() == "Escape" && !event.Get("isComposing").Bool() && Page() != "manage" {
			b.push(flow.Cancel{})
		}
	})
	on(document, "pointerdown", func(js.Value) { b.push(flow.Touched{}) })
	// The window goes: what the flow posts on the ports now still arrives.
	on(global, "pagehide", func(js.Value) { b.push(flow.Cancel{}) })
}

// click takes a press on whatever carries data-action. Submit buttons speak through their form. The
// press ends here: the next screen is drawn before the browser comes to what the button does by itself,
// and by then the button may be another one. So the second press of a double click, which would answer
// a question that the person has not seen, answers nothing.
func (b *Browser) click(event js.Value) {
	button := event.Get("target").Call("closest", "[data-action]")
	if !button.Truthy() {
		return
	}
	data := button.Get("dataset")
	action := text(data.Get("action"))
	if event.Get("detail").Int() > 1 && once(action) {
		event.Call("preventDefault")
		return
	}
	if text(button.Get("type")) == "submit" {
		return
	}
	event.Call("preventDefault")
	switch action {
	case "continue":
		b.push(flow.Continue{})
	case "back":
		b.push(flow.Back{})
	case "cancel":
		b.push(flow.Cancel{})
	case "retry":
		b.push(flow.Retry{})
	case "close":
		b.push(flow.Close{})
	case "set-phrase", "settings":
		b.push(flow.Configure{})
	case "show-pin":
		b.push(flow.TogglePIN{})
	case "language":
		b.push(flow.Speak{Language: text(data.Get("value"))})
	default:
		b.manage(action, text(data.Get("value")))
	}
}

// once reports whether the second press of a double click on action would answer, or ask, something else.
func once(action string) bool {
	switch action {
	case "continue", "sign", "retry", "change-pin", "unblock", "test", "export", "older", "save-journal", "allow-hash", "forbid-hash", "revoke-site", "remove-module":
		return true
	}
	return false
}

// manage takes the presses of the settings page.
func (b *Browser) manage(action, value string) {
	switch action {
	case "change-pin":
		b.push(flow.ChangePIN{Token: value})
	case "unblock":
		b.push(flow.Unblock{Token: value})
	case "test":
		b.push(flow.TestCard{Certificate: value})
	case "export":
		b.push(flow.Export{Certificate: value})
	case "diagnose":
		b.push(flow.Diagnose{})
	case "copy":
		b.push(flow.CopyDiagnosis{})
	case "older":
		b.push(flow.OlderEntries{})
	case "newest":
		b.push(readJournal())
	case "save-journal":
		b.push(flow.SaveJournal{})
	case "allow-hash":
		b.push(flow.AllowHash{})
	case "forbid-hash":
		b.push(flow.ForbidHash{ID: value})
	case "admit-all":
		admitAll()
	case "revoke-site":
		b.push(flow.RevokeSite{Pattern: value})
	case "remove-module":
		b.push(flow.RemoveModule{Path: value})
	}
}

func (b *Browser) submit(event js.Value) {
	event.Call("preventDefault")
	switch text(event.Get("target").Get("id")) {
	case "certificate-form":
		b.push(flow.Continue{})
	case "pin-form":
		b.push(sign())
	case "change-form":
		b.push(change())
	case "journal-form":
		b.push(readJournal())
	case "module-form":
		b.push(flow.AddModule{Path: text(byID("module").Get("value"))})
	case "allow-form":
		b.push(flow.SubmitAllow{Origin: text(byID("site").Get("value")), Sure: byID("sure").Get("checked").Bool()})
	case "phrase-form":
		b.push(flow.SavePhrase{Typed: text(byID("phrase").Get("value"))})
	}
}

func readJournal() flow.ReadJournal {
	return flow.ReadJournal{Search: text(byID("journal-search").Get("value"))}
}

func (b *Browser) change(event js.Value) {
	target := event.Get("target")
	switch text(target.Get("name")) {
	case "certificate":
		b.push(flow.Choose{ID: text(target.Get("value"))})
	case "language":
		b.push(flow.Speak{Language: text(target.Get("value"))})
	}
}

// sign reads the PIN step. A last try that is not confirmed leaves the PIN in its field.
func sign() flow.Sign {
	confirmed, ok := confirmation()
	if !ok {
		return flow.Sign{}
	}
	return flow.Sign{PIN: take("pin"), Confirmed: confirmed}
}

// change reads the question for another PIN, in the same way.
func change() flow.SubmitChange {
	confirmed, ok := confirmation()
	if !ok {
		return flow.SubmitChange{}
	}
	return flow.SubmitChange{Old: take("old"), PUK: take("puk"), New: take("new"), Again: take("again"), Confirmed: confirmed}
}

// confirmation reports whether a last try is confirmed, and false for ok where it should be and is not.
func confirmation() (confirmed, ok bool) {
	field := byID("confirm")
	if !field.Truthy() {
		return false, true
	}
	return true, flow.KnowsLastTry(text(field.Get("value")))
}

// typed shows the flow what stands in the field of a new PIN.
func (b *Browser) typed(event js.Value) {
	target := event.Get("target")
	if text(target.Get("id")) == "new" {
		b.push(flow.Typed{New: look(target)})
	}
}

// take moves a PIN out of its field into one buffer.
func take(id string) []byte {
	field := byID(id)
	if !field.Truthy() {
		return nil
	}
	defer field.Set("value", "")
	return look(field)
}

// look copies a PIN from its field: by way of bytes, never as a Go string.
func look(field js.Value) []byte {
	bytes := global.Get("TextEncoder").New().Call("encode", field.Get("value"))
	pin := make([]byte, bytes.Length())
	js.CopyBytesToGo(pin, bytes)
	bytes.Call("fill", 0)
	return pin
}

func byID(id string) js.Value { return document.Call("getElementById", id) }
