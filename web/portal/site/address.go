package site

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// ParseAddress takes https addresses, and http ones that stay on this machine.
func ParseAddress(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return nil, fmt.Errorf("%q is not an address of a site", address)
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !IsLoopback(u.Hostname())) {
		return nil, fmt.Errorf("%q is neither https nor on this machine", address)
	}
	return u, nil
}

// IsLoopback reports whether a host name stays on this machine.
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// OriginOf is a site's address as browsers write its origin (RFC 6454, 6.1).
func OriginOf(address *url.URL) string {
	port := map[string]string{"http": ":80", "https": ":443"}[address.Scheme]
	return address.Scheme + "://" + strings.TrimSuffix(strings.ToLower(address.Host), port)
}
