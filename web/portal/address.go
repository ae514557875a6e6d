package portal

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// address is the portal's public address, once it listens on the given port.
func (s *Settings) address(port int) (*url.URL, error) {
	if s.URL == "" {
		return &url.URL{Scheme: "http", Host: fmt.Sprintf("localhost:%d", port)}, nil
	}
	u, err := parseAddress(s.URL)
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
		u, err := parseAddress(origin)
		if err != nil {
			return err
		}
		if origin != originOf(u) || strings.ContainsAny(origin, "*;, ") {
			return fmt.Errorf("%q is not scheme and host alone", origin)
		}
	}
	return nil
}

// parseAddress takes https addresses, and http ones that stay on this machine.
func parseAddress(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return nil, fmt.Errorf("%q is not an address of a site", address)
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, fmt.Errorf("%q is neither https nor on this machine", address)
	}
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
