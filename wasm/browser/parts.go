//go:build js

package browser

import "github.com/e-onay/e-onay/wasm/loop"

// readParts brings what the manifest says of the extension.
func (b *Browser) readParts() {
	manifest := api.Get("runtime").Call("getManifest")
	b.push(loop.PartsRead{Extension: text(manifest.Get("version")), Build: text(manifest.Get("homepage_url"))})
}
