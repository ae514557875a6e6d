//go:build js

package browser

import (
	"syscall/js"

	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/pinentry"
	"github.com/e-onay/e-onay/wasm/settings"
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
		// A tab that comes to the front in a window that has the focus, or none, is told of by its visibility alone.
		on(global, "focus", func(js.Value) { b.push(settings.Returned{}) })
		on(document, "visibilitychange", func(js.Value) {
			if !document.Get("hidden").Bool() {
				b.push(settings.Returned{})
			}
		})
	}
	if Page() != "sign" {
		on(document, "input", b.typed)
	}
	on(document, "keydown", func(event js.Value) {
		b.push(loop.Touched{})
		if b.own.key != nil && b.own.key(event) {
			event.Call("preventDefault")
			return
		}
		if event.Get("key").String() == "Escape" && !event.Get("isComposing").Bool() && Page() != "manage" {
			b.push(loop.Cancel{})
		}
	})
	on(document, "pointerdown", func(js.Value) { b.push(loop.Touched{}) })
	if Page() != "manage" {
		watch.Call("onChange", js.FuncOf(func(js.Value, []js.Value) any {
			b.push(loop.Rewritten{})
			return nil
		}))
	}
	// The window goes: what the act posts on the ports now still arrives.
	on(global, "pagehide", func(js.Value) { b.push(loop.Cancel{}) })
}

// click takes a press on whatever carries data-action, if guard.js lets it pass. Submit buttons speak through their
// form. The press ends here: the next screen is drawn before the browser comes to what the button does by itself,
// and by then the button may be another one.
func (b *Browser) click(event js.Value) {
	button := event.Get("target").Call("closest", "[data-action]")
	if !button.Truthy() {
		return
	}
	data := button.Get("dataset")
	action := text(data.Get("action"))
	if text(button.Get("type")) == "submit" {
		return
	}
	event.Call("preventDefault")
	switch action {
	case "continue":
		b.push(b.goOn())
	case "back":
		b.push(loop.Back{})
	case "cancel":
		b.push(loop.Cancel{})
	case "retry":
		b.push(loop.Retry{})
	case "close":
		b.push(loop.Close{})
	case "set-phrase", "settings":
		b.push(loop.Configure{})
	case "show-pin":
		b.push(loop.TogglePIN{})
	case "language":
		b.push(loop.ChooseLanguage{Language: text(data.Get("value"))})
	default:
		if b.own.press != nil {
			b.own.press(action, text(data.Get("value")))
		}
	}
}

// goOn goes on from what stands on the screen.
func (b *Browser) goOn() loop.Continue {
	if b.own.shown == nil {
		return loop.Continue{}
	}
	return loop.Continue{Shown: b.own.shown()}
}

func (b *Browser) submit(event js.Value) {
	event.Call("preventDefault")
	switch text(event.Get("target").Get("id")) {
	case "certificate-form":
		b.push(loop.Continue{})
	case "pin-form":
		b.push(readPINForm())
	case "change-form":
		b.push(readNewPINForm())
	default:
		if b.own.submit != nil {
			b.own.submit(text(event.Get("target").Get("id")))
		}
	}
}

func (b *Browser) change(event js.Value) {
	target := event.Get("target")
	switch text(target.Get("name")) {
	case "certificate":
		b.push(loop.Choose{ID: text(target.Get("value"))})
	case "language":
		b.push(loop.ChooseLanguage{Language: text(target.Get("value"))})
	default:
		if b.own.change != nil {
			b.own.change(target)
		}
	}
}

// readPINForm takes the PINs out of their form. While a last attempt is not confirmed, they stay in their fields.
func readPINForm() pinentry.Submit {
	confirmed, ok := confirmation()
	if !ok {
		return pinentry.Submit{}
	}
	return pinentry.Submit{PIN: takePIN("pin"), KeyPIN: takePIN("keypin"), Confirmed: confirmed}
}

// readNewPINForm takes a new PIN, and what is typed with it, out of their form in the same way.
func readNewPINForm() pinentry.SubmitNew {
	confirmed, ok := confirmation()
	if !ok {
		return pinentry.SubmitNew{}
	}
	return pinentry.SubmitNew{Old: takePIN("old"), KeyPIN: takePIN("keypin"), PUK: takePIN("puk"), New: takePIN("new"), Again: takePIN("again"), Confirmed: confirmed}
}

// confirmation reports whether a last attempt is confirmed; ok is false where it must be and is not.
func confirmation() (confirmed, ok bool) {
	field := byID("confirm")
	if !field.Truthy() {
		return false, true
	}
	return true, pinentry.ConfirmsLastAttempt(text(field.Get("value")))
}

// typed tells the act what stands in the field of a new PIN.
func (b *Browser) typed(event js.Value) {
	target := event.Get("target")
	if text(target.Get("id")) == "new" {
		b.push(pinentry.Typed{New: copyPIN(target)})
	}
}

// takePIN moves a PIN out of its field into one buffer.
func takePIN(id string) []byte {
	field := byID(id)
	if !field.Truthy() {
		return nil
	}
	defer field.Set("value", "")
	return copyPIN(field)
}

// copyPIN copies a PIN from its field: as bytes, never as a Go string, which could not be cleared.
func copyPIN(field js.Value) []byte {
	bytes := global.Get("TextEncoder").New().Call("encode", field.Get("value"))
	pin := make([]byte, bytes.Length())
	js.CopyBytesToGo(pin, bytes)
	bytes.Call("fill", 0)
	return pin
}

func byID(id string) js.Value { return document.Call("getElementById", id) }
