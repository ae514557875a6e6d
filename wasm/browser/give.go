//go:build js

package browser

import (
	"syscall/js"

	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/settings"
)

// DoSettings carries out the effects that only the settings page has, so that they are in no window's program.
func (b *Browser) DoSettings(effects []loop.Effect) {
	for _, effect := range effects {
		switch e := effect.(type) {
		case settings.Save:
			download(e.Name, e.Type, []any{bytesOf(e.Data)})
		case settings.Copy:
			b.copy(e.Text)
		case settings.RemoveSite:
			removeSite(e.Pattern)
		}
	}
}

// copy puts text on the clipboard, as far as the browser lets it.
func (b *Browser) copy(text string) {
	clipboard := global.Get("navigator").Get("clipboard")
	if !clipboard.Truthy() {
		b.push(settings.Copied{})
		return
	}
	const copied = "copied"
	written := clipboard.Call("writeText", text).Call("then", js.FuncOf(func(js.Value, []js.Value) any { return copied }))
	then(written, func(value js.Value) {
		b.push(settings.Copied{OK: value.Type() == js.TypeString && value.String() == copied})
	})
}

// Now is the time in seconds since 1970.
func Now() int64 { return int64(global.Get("Date").Call("now").Float()) / 1000 }
