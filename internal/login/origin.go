package login

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/e-onay/e-onay/internal/protocol"
)

// maxOrigin is a host name's greatest length (RFC 1035, 2.3.4) with scheme and port.
const maxOrigin = 253 + len("https://") + len(":65535")

// CheckOrigin refuses what a browser would write otherwise: no login could ever be for it. Without TLS it can only be
// this machine.
func CheckOrigin(origin string) error {
	if len(origin) > maxOrigin {
		return fmt.Errorf("an origin of %d bytes", len(origin))
	}
	u, err := url.Parse(origin)
	if err != nil {
		return fmt.Errorf("origin: %w", err)
	}
	local := u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1"
	written := u.Scheme+"://"+u.Host == origin && isHost(u.Host) && isPort(u.Port()) && !strings.HasSuffix(u.Host, ":")
	switch {
	case written && u.Scheme == "https" && u.Port() != "443":
		return nil
	case written && u.Scheme == "http" && u.Port() != "80" && local:
		return nil
	}
	return fmt.Errorf("%q is not an origin as browsers write it", origin)
}

// isHost reports whether a host that url.Parse has taken, with its port, has no letter that none has; what is in brackets
// is an address by then. A name with a dot at its end is another one to a browser, of which it knows nothing that it
// knows of the site.
func isHost(host string) bool {
	letters := "abcdefghijklmnopqrstuvwxyz0123456789-._:"
	if strings.HasPrefix(host, "[") {
		letters += "[]"
	}
	name, _, _ := strings.Cut(host, ":")
	return name != "" && !strings.HasSuffix(name, ".") && strings.Trim(host, letters) == ""
}

// isPort reports whether a port is one, written in one way; empty is the scheme's own.
func isPort(port string) bool {
	if port == "" {
		return true
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0 && strconv.FormatUint(n, 10) == port
}

// CheckNonce refuses what is not base64 of RFC 4648, section 4, of MinNonce to MaxNonce characters.
func CheckNonce(nonce string) error {
	if len(nonce) < protocol.MinNonce || len(nonce) > protocol.MaxNonce {
		return fmt.Errorf("a nonce of %d characters", len(nonce))
	}
	if _, err := Decode64(nonce, protocol.MaxNonce); err != nil {
		return fmt.Errorf("nonce: %w", err)
	}
	return nil
}
