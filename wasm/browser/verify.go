//go:build js

package browser

import (
	"syscall/js"
	"time"

	"github.com/e-onay/e-onay/wasm/flow"
)

// verify checks a signature with WebCrypto: Go's own would be half a megabyte of every window. A key that is none
// verifies nothing.
func (b *Browser) verify(e flow.VerifySignature) {
	answer := func(ok js.Value) {
		b.push(flow.SignatureVerified{OK: ok.Equal(js.ValueOf(true)), Now: time.Now().Unix()})
	}
	subtle := global.Get("crypto").Get("subtle")
	key := map[string]any{"kty": e.Key.Type, "crv": e.Key.Curve, "x": e.Key.X, "y": e.Key.Y}
	imported := subtle.Call("importKey", "jwk", key, map[string]any{"name": "ECDSA", "namedCurve": "P-256"}, false, []any{"verify"})
	then(imported, func(key js.Value) {
		if key.IsNull() {
			answer(key)
			return
		}
		then(subtle.Call("verify", map[string]any{"name": "ECDSA", "hash": "SHA-256"}, key, bytesOf(e.Signature), bytesOf(e.Signed)), answer)
	})
}
