package e2e

import (
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
)

// PortalName is the name of a portal that people reach by https, as what the stores take names one.
const PortalName = "portal.test"

// startProxy serves https in front of a portal to come, as an operator's proxy does, and returns the portal's address for people
// and the one to listen on.
func startProxy(t T) (address, listen string) {
	t.Helper()
	inside, err := url.Parse(FreeURL(t))
	if err != nil {
		t.Fatalf("an address for the portal: %v", err)
	}
	inside.Host = "127.0.0.1:" + inside.Port()
	server := httptest.NewTLSServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(inside)
		r.SetXForwarded()
		r.Out.Host = r.In.Host
	}})
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", PortalName, 1), inside.Host
}
