//go:build js

package browser

import (
	"strings"
	"syscall/js"

	"github.com/e-onay/e-onay/wasm/loop"
)

// readParts brings what the manifest says of the extension, and the browser of its system.
func (b *Browser) readParts() {
	manifest, navigator := api.Get("runtime").Call("getManifest"), js.Global().Get("navigator")
	b.push(loop.PartsRead{
		Extension: text(manifest.Get("version")), Build: text(manifest.Get("homepage_url")),
		Linux: strings.HasPrefix(text(navigator.Get("platform")), "Linux") && !strings.Contains(text(navigator.Get("userAgent")), "Android"),
	})
}
