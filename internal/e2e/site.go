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

// StartSite serves the site on loopback, under the name localhost, and ends it with the test. It may have more pages.
func StartSite(t T, more ...func(*http.ServeMux)) *Site {
	t.Helper()
	server := httptest.NewServer(site(more...))
	t.Cleanup(server.Close)
	return &Site{URL: strings.Replace(server.URL, "127.0.0.1", "localhost", 1)}
}

// siteNames are the names of sites that no build of the extension names.
var siteNames = []string{"magaza.test", "baska.test", "xn--maaza-l1a.test"}

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
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(sitePage)) // a browser that left is no concern
	})
	return mux
}
