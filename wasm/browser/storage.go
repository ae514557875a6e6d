//go:build js

package browser

import (
	"encoding/json"
	"syscall/js"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/preferences"
)

// Keys of storage.local.
const (
	keyPhrase   = "securityPhrase"
	keyLanguage = "language"
	// keySigner, before an origin, has when the site last signed a request, in seconds since 1970.
	keySigner = "signer:"
)

// ReadRequest brings what the broker kept for this window, as loop.RequestRead, and before it what the person has set: the
// first question is not drawn twice.
func (b *Browser) ReadRequest() {
	then(eonay.Get("stored"), func(value js.Value) {
		var stored *protocol.StoredRequest
		if value.Type() == js.TypeObject {
			raw := global.Get("JSON").Call("stringify", value).String()
			stored = new(protocol.StoredRequest)
			err := json.Unmarshal([]byte(raw), stored)
			if err != nil {
				stored = nil
			}
		}
		if stored == nil {
			b.push(loop.RequestRead{})
			return
		}
		key := keySigner + stored.Origin
		b.readPolicy(func() { b.readRequest(stored, key) })
	})
}

// readRequest brings a request that the broker has kept, and when its site last signed one.
func (b *Browser) readRequest(stored *protocol.StoredRequest, key string) {
	then(local().Call("get", []any{key, keyPhrase, keyLanguage}), func(value js.Value) {
		read := loop.RequestRead{Stored: stored, Now: time.Now().Unix()}
		if value.IsNull() { // storage has failed: the site may be one that signs, and counts as one
			read.SignedAt = read.Now
			b.push(read)
			return
		}
		if value.Get(key).Type() == js.TypeNumber {
			read.SignedAt = int64(value.Get(key).Float())
		}
		b.pushPreferences(value)
		b.push(read)
	})
}

// rememberSigner keeps nothing in a private window: a site's address would stay on the disk.
func rememberSigner(e loop.RememberSigner) {
	if api.Get("extension").Get("inIncognitoContext").Truthy() {
		return
	}
	local().Call("set", map[string]any{keySigner + e.Origin: e.Now})
}

// rememberEnds hands what was seen to the broker; nothing of what was seen in a private window.
func rememberEnds(e loop.RememberEnds) {
	if !api.Get("extension").Get("inIncognitoContext").Truthy() {
		local().Call("set", map[string]any{protocol.SeenKey: parse(encode(e.Seen))})
	}
}

func local() js.Value { return api.Get("storage").Get("local") }

func (b *Browser) readPreferences() {
	b.readPolicy(func() { then(local().Call("get", []any{keyPhrase, keyLanguage}), b.pushPreferences) })
}

func (b *Browser) pushPreferences(kept js.Value) {
	b.push(loop.PreferencesRead{
		Preferences: preferences.Preferences{Phrase: text(kept.Get(keyPhrase)), Language: text(kept.Get(keyLanguage))}, Policy: b.policy,
	})
}

// readPolicy reads what the institution has set, as policy.js has checked it, and calls next.
func (b *Browser) readPolicy(next func()) {
	then(global.Get("policy").Call("read"), func(set js.Value) {
		b.policy = preferences.Policy{
			Present: set.Get("present").Bool(), Sites: texts(set.Get("sites")), Libraries: texts(set.Get("libraries")), Language: text(set.Get("language")),
			PhraseRequired: set.Get("phraseRequired").Bool(), InstallURL: text(set.Get("installURL")), Wrong: texts(set.Get("wrong")),
		}
		next()
	})
}

func savePreferences(s preferences.Preferences) {
	values := map[string]any{}
	if s.Phrase != "" {
		values[keyPhrase] = s.Phrase
	}
	if s.Language != "" {
		values[keyLanguage] = s.Language
	}
	local().Call("set", values)
}

// text is the string in value, empty for anything else.
func text(value js.Value) string {
	if value.Type() != js.TypeString {
		return ""
	}
	return value.String()
}

// then calls f with what promise becomes, or with null if it fails.
func then(promise js.Value, f func(js.Value)) {
	var done, failed js.Func
	release := func() { done.Release(); failed.Release() }
	done = js.FuncOf(func(_ js.Value, args []js.Value) any {
		defer release()
		f(args[0])
		return nil
	})
	failed = js.FuncOf(func(js.Value, []js.Value) any {
		defer release()
		f(js.Null())
		return nil
	})
	promise.Call("then", done, failed)
}

func encode(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func parse(raw string) js.Value { return global.Get("JSON").Call("parse", raw) }

// bytesOf copies data into a Uint8Array.
func bytesOf(data []byte) js.Value {
	bytes := global.Get("Uint8Array").New(len(data))
	js.CopyBytesToJS(bytes, data)
	return bytes
}
