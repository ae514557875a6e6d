//go:build js

package browser

import (
	"syscall/js"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/preferences"
	"github.com/e-onay/e-onay/wasm/screen"
)

var (
	global   = js.Global()
	document = global.Get("document")
	eonay    = global.Get("eonay") // start.js
	api      = eonay.Get("api")
)

// Browser carries out effects and collects events. It belongs to the goroutine that calls Next.
type Browser struct {
	queue  []loop.Event
	wake   chan struct{}
	page   js.Value
	host   js.Value
	chunk  js.Value // the bytes of the latest chunk for the host
	timers timers
	policy preferences.Policy // as read last

	own own
}

// New returns a browser that listens to the person and to the settings.
func New() *Browser {
	b := &Browser{wake: make(chan struct{}, 1), chunk: global.Get("Uint8Array").New(protocol.ChunkSize)}
	b.timers = timers{now: now, start: startTimer, elapsed: b.elapsed, cancel: map[loop.Timer]func(){}}
	b.listen()
	b.readParts()
	b.readPreferences()
	api.Get("storage").Get("onChanged").Call("addListener", js.FuncOf(func(js.Value, []js.Value) any {
		b.readPreferences()
		return nil
	}))
	return b
}

// Page is the page this program runs in: "sign", "card", "pin" or "manage".
func Page() string {
	return document.Get("documentElement").Get("dataset").Get("page").String()
}

// ExtensionVersion is the version in the manifest.
func ExtensionVersion() string {
	return api.Get("runtime").Call("getManifest").Get("version").String()
}

// push is called from callbacks of the browser and must not block.
func (b *Browser) push(e loop.Event) {
	b.queue = append(b.queue, e)
	b.wakeUp()
}

func (b *Browser) wakeUp() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Next waits for the next event.
func (b *Browser) Next() loop.Event {
	for len(b.queue) == 0 {
		<-b.wake
	}
	e := b.queue[0]
	b.queue = b.queue[1:]
	return e
}

// Idle reports whether no event waits, so that it is worth drawing.
func (b *Browser) Idle() bool { return len(b.queue) == 0 }

// frame is how long a change within a screen may wait for others, to be drawn with them; milliseconds.
const frame = 16

// Quiet waits for a frame and reports whether no event has come meanwhile.
func (b *Browser) Quiet() bool {
	over := false
	elapsed := js.FuncOf(func(js.Value, []js.Value) any {
		over = true
		b.wakeUp()
		return nil
	})
	defer elapsed.Release()
	timer := global.Call("setTimeout", elapsed, frame)
	defer global.Call("clearTimeout", timer)
	for b.Idle() && !over {
		<-b.wake
	}
	return b.Idle()
}

// Do carries out effects in their order.
func (b *Browser) Do(effects []loop.Effect) {
	for _, effect := range effects {
		switch e := effect.(type) {
		case loop.ConnectPage:
			b.page = eonay.Call("page")
			b.listenTo(b.page, func(raw, data []byte) { b.push(loop.PageMessage{Raw: raw, Data: data}) }, func(string) { b.push(loop.PageClosed{}) })
		case loop.PostPage:
			b.page.Call("post", parse(encode(e.Envelope)))
		case loop.ConnectHost:
			b.host = eonay.Call("host")
			b.listenTo(b.host, func(raw, _ []byte) { b.push(loop.HostMessage{Raw: raw}) }, func(reason string) { b.push(loop.HostClosed{Reason: reason}) })
		case loop.PostHost:
			b.postHost(e)
		case loop.DropHost:
			b.host.Call("close")
		case loop.SetTimer:
			b.timers.set(e.Timer, e.Wait)
		case loop.VerifySignature:
			b.verify(e)
		case loop.RememberSigner:
			rememberSigner(e)
		case loop.RememberEnds:
			rememberEnds(e)
		case loop.SavePreferences:
			savePreferences(e.Preferences)
		case loop.OpenSettings:
			openSettings(e.Allow)
		case loop.CloseWindow:
			closeWindow()
		default:
			if b.own.do != nil {
				b.own.do(effect)
			}
		}
	}
}

// listenTo listens to a line of start.js: "message" with JSON in UTF-8 and the bytes of a chunk, "end" with a reason. Of a
// message that is longer than any may be, only so much is taken over that its receiver sees it.
func (b *Browser) listenTo(line js.Value, message func(raw, data []byte), end func(reason string)) {
	line.Call("listen", js.FuncOf(func(_ js.Value, args []js.Value) any {
		value := args[1]
		if args[0].String() == "end" {
			end(value.String())
			return nil
		}
		var data []byte
		if len(args) > 2 && args[2].Truthy() {
			data = bytesFrom(args[2], protocol.ChunkSize+1)
		}
		message(bytesFrom(value, protocol.MaxHostMessage+1), data)
		return nil
	}))
}

// bytesFrom copies a Uint8Array, max bytes of it at most.
func bytesFrom(array js.Value, max int) []byte {
	data := make([]byte, min(array.Length(), max))
	js.CopyBytesToGo(data, array)
	return data
}

// postHost posts to the host. A PIN goes from its one buffer into the message object and is cleared. A document's bytes
// become base64 in JavaScript, which is far faster at it: from one array for all chunks, and into another object than
// message, since JavaScript keeps what Go has a js.Value of until Go collects its garbage.
func (b *Browser) postHost(e loop.PostHost) {
	message := parse(encode(e.Envelope))
	secret(message, "pin", e.PIN)
	secret(message, "keyPIN", e.KeyPIN)
	secret(message, "old", e.Old)
	secret(message, "puk", e.PUK)
	secret(message, "new", e.New)
	data := js.Undefined()
	if len(e.Data) > 0 {
		js.CopyBytesToJS(b.chunk, e.Data)
		data = b.chunk.Call("subarray", 0, len(e.Data))
	}
	b.host.Call("post", message, data)
}

// secret puts bytes into a field of a message's body, as base64, and clears them.
func secret(message js.Value, field string, value []byte) {
	if len(value) == 0 {
		return
	}
	bytes := bytesOf(value)
	clear(value)
	text := global.Get("String").Get("fromCharCode").Call("apply", js.Null(), bytes)
	message.Get("body").Set(field, global.Call("btoa", text))
	bytes.Call("fill", 0)
}

// elapsed passes a timer on. A hidden page does not look for the program; it looks again when the person comes back to it.
func (b *Browser) elapsed(timer loop.Timer) {
	if timer != loop.TimerLook || !document.Get("hidden").Bool() {
		b.push(loop.Elapsed{Timer: timer})
	}
}

// startTimer is setTimeout.
func startTimer(wait int, elapsed func()) (cancel func()) {
	var f js.Func
	f = js.FuncOf(func(js.Value, []js.Value) any {
		f.Release()
		elapsed()
		return nil
	})
	id := global.Call("setTimeout", f, wait)
	return func() {
		global.Call("clearTimeout", id)
		f.Release()
	}
}

// now is the time on the page's clock, in milliseconds.
func now() float64 { return global.Get("performance").Call("now").Float() }

// Calendar is a screen.Calendar in the person's time zone.
func Calendar(seconds int64) screen.Date {
	d := global.Get("Date").New(float64(seconds) * 1000)
	return screen.Date{Year: d.Call("getFullYear").Int(), Month: d.Call("getMonth").Int() + 1, Day: d.Call("getDate").Int()}
}

// Local is the moment of seconds since 1970 in the person's time zone.
func Local(seconds int64) screen.Moment {
	d := global.Get("Date").New(float64(seconds) * 1000)
	return screen.Moment{Date: Calendar(seconds), Hour: d.Call("getHours").Int(), Minute: d.Call("getMinutes").Int()}
}

// closeWindow asks for the tab to be removed: window.close is refused where a script did not open it.
func closeWindow() {
	tabs := api.Get("tabs")
	then(tabs.Call("getCurrent"), func(tab js.Value) { tabs.Call("remove", tab.Get("id")) })
}
