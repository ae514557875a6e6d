package e2e

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
)

// Site is a small web site that is not the portal: a page with a button, and the page library.
type Site struct{ URL string }

// sitePage runs window.act, which a test sets, when the button is pressed.
const sitePage = `<!doctype html><html lang="tr"><meta charset="utf-8"><title>Site</title>
<h1>Site</h1><button id="act">Dene</button><output id="out"></output>
<script type="module">
import * as client from "/client/client.js";
window.client = client;
document.getElementById("act").addEventListener("click", () => window.act());
</script>`

// framePage is for a frame: all of it is the button, and it runs what its page sends it.
const framePage = `<!doctype html><html lang="tr"><meta charset="utf-8"><title>Frame</title>
<button id="act" style="position: fixed; inset: 0; width: 100%">Dene</button>
<script>
document.getElementById("act").addEventListener("click", () => window.act());
addEventListener("message", async ({ data, source }) => {
	if (typeof data?.run === "string") source.postMessage({ ran: data.ran, value: await (0, eval)(data.run) }, "*");
});
</script>
<script type="module">
import * as client from "/client/client.js";
window.client = client;
top.postMessage("ready", "*");
</script>`

// StartSite serves the site on loopback, under the name localhost, and ends it with the test. It may have more pages.
func StartSite(t T, more ...func(*http.ServeMux)) *Site {
	t.Helper()
	server := httptest.NewServer(site(more...))
	t.Cleanup(server.Close)
	return &Site{URL: strings.Replace(server.URL, "127.0.0.1", "localhost", 1)}
}

// siteNames are the names of sites that no build of the extension names: three plain ones, the last of which has a letter
// beyond ASCII, one that looks like apple, with a Cyrillic letter, and one in Hebrew.
var siteNames = []string{"magaza.test", "baska.test", "xn--maaza-l1a.test", "xn--pple-43d.test", "xn--4dbrk0ce.test"}

// StartSecureSite serves it by https under one of siteNames.
func StartSecureSite(t T, name string) *Site {
	t.Helper()
	server := httptest.NewTLSServer(site())
	t.Cleanup(server.Close)
	return &Site{URL: strings.Replace(server.URL, "127.0.0.1", name, 1)}
}

func site(more ...func(*http.ServeMux)) http.Handler {
	mux := http.NewServeMux()
	for _, add := range more {
		add(mux)
	}
	mux.Handle("/client/", http.StripPrefix("/client/", http.FileServer(http.Dir(filepath.Join(Root(), "web", "client")))))
	mux.HandleFunc("/", serve(sitePage))
	mux.HandleFunc("/frame", serve(framePage))
	return mux
}

func serve(page string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(page)) // a browser that left is no concern
	}
}
