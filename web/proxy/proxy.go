// Package proxy says for whom a request is made, where proxies stand in front of a server, and gives each request its id. A header counts only
// if it comes over a connection of a proxy that the operator trusts: anybody else can write what they like in it.
package proxy

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
)

// Settings are the operator's. The zero value believes no header.
type Settings struct {
	// Networks are the addresses of the proxies in front, as "10.0.0.0/8" or "192.0.2.7"; empty means this machine.
	Networks []string `json:"networks,omitempty"`
	// AddressHeader is the request header in which the nearest proxy writes the visitor's address, such as X-Real-IP. Of a list the last
	// address counts that is no proxy's. Empty means the address of the connection.
	AddressHeader string `json:"address_header,omitempty"`
	// RequestIDHeader is the request header in which the nearest proxy writes the request's id, such as X-Request-Id: 8 to 64 letters,
	// digits, ".", "_" and "-". Empty means that each request gets a new one.
	RequestIDHeader string `json:"request_id_header,omitempty"`
}

const (
	maxNetworks = 32
	maxHops     = 16 // addresses of one list that are looked at
)

var (
	headerName  = regexp.MustCompile(`^[A-Za-z0-9-]{0,64}$`) // RFC 9110, 5.1, as far as proxies use it
	requestID   = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)
	thisMachine = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
)

// IDHeader is the response header with the request's id.
const IDHeader = "X-Request-Id"

// Proxy reads what trusted proxies say. It is safe for concurrent use.
type Proxy struct {
	settings Settings
	networks []netip.Prefix
}

// New returns the Proxy of the settings, or an error that names the setting which cannot be.
func New(s Settings) (*Proxy, error) {
	for name, header := range map[string]string{"address_header": s.AddressHeader, "request_id_header": s.RequestIDHeader} {
		if !headerName.MatchString(header) {
			return nil, fmt.Errorf("%s: %q is not the name of a header", name, header)
		}
	}
	p := &Proxy{settings: s, networks: thisMachine}
	switch {
	case len(s.Networks) > maxNetworks:
		return nil, fmt.Errorf("networks: more than %d", maxNetworks)
	case len(s.Networks) > 0 && s.AddressHeader == "" && s.RequestIDHeader == "":
		return nil, fmt.Errorf("networks without address_header or request_id_header")
	case len(s.Networks) > 0:
		p.networks = nil
	}
	for _, text := range s.Networks {
		network, err := parseNetwork(text)
		if err != nil {
			return nil, err
		}
		p.networks = append(p.networks, network)
	}
	return p, nil
}

func parseNetwork(text string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(text); err == nil && address.Zone() == "" {
		address = address.Unmap()
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	network, err := netip.ParsePrefix(text)
	switch {
	case err != nil || network.Addr().Is4In6():
		return netip.Prefix{}, fmt.Errorf("networks: %q is neither an address nor a network", text)
	case network.Bits() == 0:
		return netip.Prefix{}, fmt.Errorf("networks: %q is every address: then anybody could say who they are", text)
	case network != network.Masked():
		return netip.Prefix{}, fmt.Errorf("networks: %q has bits beside the network; %s is meant?", text, network.Masked())
	}
	return network, nil
}

// Visitor is for whom a request is made.
type Visitor struct {
	// Address is the visitor's; the zero value where a proxy has written none that can be read.
	Address netip.Addr
	// IsProxy says that Address is this machine's: a proxy has asked that says nothing of the visitor.
	IsProxy bool
	// RequestID names the request in the log and in answers.
	RequestID string
}

type contextKey struct{}

// Of returns for whom a request is made, by the context that Handler has given it.
func Of(ctx context.Context) Visitor {
	v, _ := ctx.Value(contextKey{}).(Visitor)
	return v
}

// Handler hands requests on with their Visitor, and answers with the request's id.
func (p *Proxy) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := p.visitor(r)
		w.Header().Set(IDHeader, v.RequestID)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), contextKey{}, v)))
	})
}

func (p *Proxy) visitor(r *http.Request) (v Visitor) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err == nil {
		v.Address = peer.Addr().Unmap().WithZone("")
	}
	trusted := p.isProxy(v.Address)
	if trusted && p.settings.RequestIDHeader != "" {
		if given := r.Header.Get(p.settings.RequestIDHeader); requestID.MatchString(given) {
			v.RequestID = given
		}
	}
	if v.RequestID == "" {
		v.RequestID = rand.Text()
	}
	switch {
	case p.settings.AddressHeader == "":
		v.IsProxy = v.Address.IsLoopback()
	case trusted:
		v.Address = p.forwarded(r.Header.Values(p.settings.AddressHeader))
	}
	return v
}

// isProxy reports whether an address is a trusted proxy's.
func (p *Proxy) isProxy(address netip.Addr) bool {
	for _, network := range p.networks {
		if network.Contains(address) {
			return true
		}
	}
	return false
}

// forwarded returns the last address of a list that is no proxy's: each proxy appends whom it was asked by, and what stands before that a visitor
// may have written. It returns the zero value where there is none.
func (p *Proxy) forwarded(values []string) netip.Addr {
	hops := strings.Split(strings.Join(values, ","), ",")
	for i := len(hops) - 1; i >= max(0, len(hops)-maxHops); i-- {
		address, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return netip.Addr{}
		}
		if address = address.Unmap().WithZone(""); !p.isProxy(address) {
			return address
		}
	}
	return netip.Addr{}
}
