//go:build js

package browser

import (
	"syscall/js"

	"github.com/e-onay/e-onay/wasm/flow"
)

// WatchSites brings flow.SitesRead now and at each change, and flow.FirstStart where the broker has opened the page at
// the installation.
func (b *Browser) WatchSites() {
	if global.Get("location").Get("hash").String() == "#welcome" {
		b.push(flow.FirstStart{})
	}
	changed := js.FuncOf(func(js.Value, []js.Value) any {
		b.readSites()
		return nil
	})
	for _, event := range []string{"onAdded", "onRemoved"} {
		api.Get("permissions").Get(event).Call("addListener", changed)
	}
	b.readSites()
}

func (b *Browser) readSites() {
	portal := api.Get("runtime").Call("getManifest").Get("content_scripts").Index(0).Get("matches")
	then(api.Get("permissions").Call("getAll"), func(all js.Value) {
		b.push(flow.SitesRead{Portal: texts(portal), Permitted: texts(all.Get("origins"))})
	})
}

func texts(list js.Value) []string {
	out := make([]string, list.Length())
	for i := range out {
		out[i] = text(list.Index(i))
	}
	return out
}

// admitAll asks the browser for all sites, in the press itself: Firefox wants it so. The browser asks the person.
func admitAll() { changeSites("request", flow.AllSites) }

func removeSite(pattern string) { changeSites("remove", pattern) }

func changeSites(function, pattern string) {
	api.Get("permissions").Call(function, map[string]any{"origins": []any{pattern}})
}
