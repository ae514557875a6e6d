//go:build js

package browser

import (
	"syscall/js"
	"time"

	"github.com/e-onay/e-onay/wasm/loop"
)

// verify has start.js check a signature.
func (b *Browser) verify(e loop.VerifySignature) {
	key := map[string]any{"kty": e.Key.Type, "crv": e.Key.Curve, "x": e.Key.X, "y": e.Key.Y}
	then(eonay.Call("verify", key, bytesOf(e.Signed), bytesOf(e.Signature)), func(ok js.Value) {
		b.push(loop.SignatureVerified{OK: ok.Equal(js.ValueOf(true)), Now: time.Now().Unix()})
	})
}
