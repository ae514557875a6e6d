//go:build js

package browser

import (
	"syscall/js"

	"github.com/e-onay/e-onay/wasm/loop"
)

// readParts brings what the manifest says of the extension, and then what the institution has set. A browser without managed
// storage, or with nothing in it, says nothing.
func (b *Browser) readParts() {
	manifest := api.Get("runtime").Call("getManifest")
	parts := loop.PartsRead{Extension: text(manifest.Get("version")), Build: text(manifest.Get("homepage_url"))}
	b.push(parts)
	managed := api.Get("storage").Get("managed")
	if managed.IsUndefined() {
		return
	}
	then(managed.Call("get", "installURL"), func(set js.Value) {
		if set.Type() == js.TypeObject && text(set.Get("installURL")) != "" {
			parts.Policy = text(set.Get("installURL"))
			b.push(parts)
		}
	})
}
