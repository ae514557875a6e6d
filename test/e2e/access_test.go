package e2e

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestNetworkAccess tests addresses from the visitor's browser: one that answers, one that leads to a site that the page may
// not ask, one where nothing listens, and one that ends each connection.
func TestNetworkAccess(t *testing.T) {
	t.Parallel()
	testsAddresses(t, Options{})
}

func testsAddresses(t *testing.T, o Options) {
	serve := func(answer http.HandlerFunc) string {
		server := httptest.NewServer(answer)
		t.Cleanup(server.Close)
		return server.URL + "/"
	}
	asked := make(chan http.Header, 8)
	open := serve(func(_ http.ResponseWriter, r *http.Request) { asked <- r.Header })
	elsewhere := serve(func(http.ResponseWriter, *http.Request) { t.Error("the page asks where it was not told to") })
	leads := serve(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere, http.StatusFound) })
	broken := serve(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + listener.Addr().String() + "/"
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	var hosts []map[string]any
	for _, address := range []string{open, leads, broken, closed} {
		hosts = append(hosts, map[string]any{"url": address, "why": map[string]string{"tr": "Deneme", "en": "A test"}})
	}
	o.Portal = map[string]any{"network_hosts": hosts}
	w := NewWorld(t, o)
	page := w.Browser.NewPage(w.Portal.URL + "/erisim")
	page.Wait("#test:not([hidden])")
	if !o.Firefox { // its tests change how a page looks by the extension
		inspectAll(t, "addresses before the test", page, 1280, "tr")
	}
	page.Click("#test")
	page.Wait(`#status[data-state="bad"]`)
	for address, want := range map[string]string{open: "open", leads: "open", broken: "blocked", closed: "blocked"} {
		if got := Eval[string](page, `document.querySelector('[data-probe="`+address+`"]').dataset.result`); got != want {
			t.Errorf("%s is %s, want %s", address, got, want)
		}
	}
	if text := page.Text("#status"); !strings.Contains(text, "6 adresin 2 tanesinden yanıt gelmedi") {
		t.Errorf("the page says %q", text)
	}
	if got := (<-asked).Get("Referer"); got != "" {
		t.Errorf("the address was told where it is asked from: %q", got)
	}
	if !o.Firefox {
		inspectAll(t, "addresses after the test", page, 1280, "tr")
	}
}
