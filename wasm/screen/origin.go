package screen

import (
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
)

// Origin is the asking page's origin as the browser reports it, in the parts people look at.
type Origin struct {
	// Scheme is "https://" or "http://".
	Scheme string
	// Host is the host name and, where it is not the scheme's own, the port; ASCII, never shortened.
	Host string
	// Encoded is true when a label is in punycode ("xn--"): the browser hides letters there that
	// may look like others, so the origin is shown encoded and the window says why.
	Encoded bool
}

// ParseOrigin takes an origin apart. Only secure origins can ask: https, and http on this machine, which the host and the
// site's library tell by the same names (internal/login.CheckOrigin).
// Opaque origins ("null") and anything that is not plain ASCII are refused with fault.RequestInvalid.
func ParseOrigin(s string) (Origin, error) {
	bad := func(why string) (Origin, error) {
		return Origin{}, fault.Errorf(fault.RequestInvalid, "origin: %s", why)
	}
	if len(s) > protocol.MaxOrigin {
		return bad("too long")
	}
	scheme, host, ok := strings.Cut(s, "://")
	if !ok || host == "" {
		return bad("no scheme or no host")
	}
	for _, r := range host {
		if !hostRune(r) {
			return bad("a character that no origin has")
		}
	}
	name := host
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		name = host[:i]
	}
	if strings.HasSuffix(name, ".") {
		return bad("a dot at the end: what is known of the site is not known of that name")
	}
	local := name == "localhost" || name == "127.0.0.1" || name == "[::1]"
	if scheme != "https" && !(scheme == "http" && local) {
		return bad("not a secure origin")
	}
	encoded := strings.HasPrefix(name, "xn--") || strings.Contains(name, ".xn--")
	return Origin{Scheme: scheme + "://", Host: host, Encoded: encoded}, nil
}

func hostRune(r rune) bool {
	return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || strings.ContainsRune(".-_:[]", r)
}
