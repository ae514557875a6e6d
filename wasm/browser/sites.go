//go:build js

package browser

import (
	"strings"
	"syscall/js"

	"github.com/e-onay/e-onay/wasm/settings"
)

// allowPrefix begins the fragment of the settings' address that names the site for which they were opened.
const allowPrefix = "#allow="

// openSettings opens the settings, for a site that was refused a hash where there is one.
func openSettings(allow string) {
	if allow == "" {
		api.Get("runtime").Call("openOptionsPage")
		return
	}
	url := api.Get("runtime").Call("getURL", "manage.html"+allowPrefix+allow)
	api.Get("tabs").Call("create", map[string]any{"url": url})
}

// WatchSites brings settings.SitesRead now and at each change, settings.FirstStart where the broker has opened the page at
// the installation, and settings.AllowFor where a window has opened it. No page of the web can open it.
func (b *Browser) WatchSites() {
	hash := global.Get("location").Get("hash").String()
	if origin, found := strings.CutPrefix(hash, allowPrefix); found {
		b.push(settings.AllowFor{Origin: origin})
	}
	if hash == "#welcome" {
		b.push(settings.FirstStart{})
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
		b.push(settings.SitesRead{Portal: texts(portal), Permitted: texts(all.Get("origins"))})
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
func admitAll() { changeSites("request", settings.AllSites) }

func removeSite(pattern string) { changeSites("remove", pattern) }

func changeSites(function string, patterns ...string) {
	origins := make([]any, len(patterns))
	for i, pattern := range patterns {
		origins[i] = pattern
	}
	api.Get("permissions").Call(function, map[string]any{"origins": origins})
}
