package login

import (
	"fmt"
	"net/url"
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
	written := u.Scheme+"://"+u.Host == origin && u.Hostname() != "" && !strings.HasSuffix(u.Host, ":") &&
		strings.ToLower(origin) == origin && !strings.ContainsFunc(origin, func(r rune) bool { return r <= ' ' || r > '~' })
	switch {
	case written && u.Scheme == "https" && u.Port() != "443":
		return nil
	case written && u.Scheme == "http" && u.Port() != "80" && local:
		return nil
	}
	return fmt.Errorf("%q is not an origin as browsers write it", origin)
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
