package portal

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/e-onay/e-onay/web/portal/site"
)

// address is the portal's public address, once it listens on the given port.
func (s *Settings) address(port int) (*url.URL, error) {
	if s.URL == "" {
		return &url.URL{Scheme: "http", Host: fmt.Sprintf("localhost:%d", port)}, nil
	}
	u, err := site.ParseAddress(s.URL)
	if err != nil {
		return nil, err
	}
	if u.Port() == "0" {
		u.Host = net.JoinHostPort(u.Hostname(), fmt.Sprint(port))
	}
	return u, nil
}

// checkOrigins refuses what is not scheme and host alone: it goes into a header as it is.
func checkOrigins(origins []string) error {
	if len(origins) > maxOrigins {
		return fmt.Errorf("more than %d", maxOrigins)
	}
	for _, origin := range origins {
		u, err := site.ParseAddress(origin)
		if err != nil {
			return err
		}
		if origin != site.OriginOf(u) || strings.ContainsAny(origin, "*;, ") {
			return fmt.Errorf("%q is not scheme and host alone", origin)
		}
	}
	return nil
}
