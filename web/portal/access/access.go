// Package access is the feature that names the addresses which a network must let through, for people and for their
// institution's IT, and tests them from the visitor's browser.
//
// The addresses are the settings' alone: nothing that a visitor sends chooses one, and this page's policy lets its script ask
// these and no others. The portal itself asks none of them here.
package access

import (
	"embed"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/site"
)

// Path is the feature's page.
const Path = "/erisim"

const (
	maxHosts   = 16 // of the operator's own
	maxAddress = 200
	maxReason  = 200
)

// Host is an address that people's networks must let through.
type Host struct {
	// URL is an address there that answers everybody; the test asks for it. Why says in both languages what it is for.
	URL string            `json:"url"`
	Why protocol.Sentence `json:"why"`
}

// CheckHosts judges those of the settings.
func CheckHosts(hosts []Host) error {
	if len(hosts) > maxHosts {
		return fmt.Errorf("more than %d", maxHosts)
	}
	for _, h := range hosts {
		u, err := url.Parse(h.URL)
		switch {
		case err != nil || len(h.URL) > maxAddress || u.User != nil || u.Fragment != "" || !isHost(u) || u.Scheme != "https" && u.Scheme != "http":
			return fmt.Errorf("%.80q is not an address, http or https, of %d bytes at most", h.URL, maxAddress)
		case h.Why.TR == "" || h.Why.EN == "" || len(h.Why.TR) > maxReason || len(h.Why.EN) > maxReason:
			return fmt.Errorf("%s: why is empty in a language, or longer than %d bytes", h.URL, maxReason)
		}
	}
	return nil
}

// isHost reports whether an address names one host: what else stands there could mean something to a policy.
func isHost(u *url.URL) bool {
	name := u.Hostname()
	return name != "" && strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-.:") == ""
}

// Options is what the feature is made of.
type Options struct {
	// Address is the portal's own. Hosts are all others, the first of those with the same origin being kept.
	Address *url.URL
	Hosts   []Host
}

type access struct{ hosts []hostView }

// hostView is one host on the page.
type hostView struct {
	Name   string // host, with the port where it is not that of the scheme
	Port   string
	Probe  string // what the browser asks for
	Origin string
	Why    protocol.Sentence
	// Testable is false where browsers ask nothing of the kind from this page: http from https.
	Testable bool
}

//go:embed pages static
var files embed.FS

// New returns the feature, or an error if a configured host is not an address.
func New(o Options) (site.Feature, error) {
	a := &access{}
	own := Host{URL: o.Address.JoinPath("/static/icon.svg").String(), Why: message.Sentence("portal.access.why.own")}
	seen, connect := map[string]bool{}, []string{}
	for i, h := range append([]Host{own}, o.Hosts...) {
		u, err := url.Parse(h.URL)
		if err != nil || !isHost(u) {
			return site.Feature{}, fmt.Errorf("access: %q is not an address", h.URL)
		}
		view := viewHost(u, h.Why, o.Address.Scheme)
		if seen[view.Origin] {
			continue
		}
		seen[view.Origin] = true
		a.hosts = append(a.hosts, view)
		if i > 0 && view.Testable {
			connect = append(connect, view.Origin)
		}
	}
	return site.Feature{
		Files: files,
		Routes: []site.Route{
			{Pattern: "GET " + Path, LanguageReturn: []string{Path}, Connect: connect, Serve: a.page},
			{Pattern: "GET " + Path + "/adresler.txt", Serve: a.list},
		},
	}, nil
}

func viewHost(u *url.URL, why protocol.Sentence, from string) hostView {
	view := hostView{
		Name: u.Hostname(), Port: u.Port(), Probe: u.String(), Origin: site.OriginOf(u), Why: why,
		Testable: u.Scheme == "https" || from == "http" || site.IsLoopback(u.Hostname()),
	}
	usual := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	if view.Port == "" {
		view.Port = usual
	}
	if view.Port != usual {
		view.Name = net.JoinHostPort(view.Name, view.Port)
	}
	return view
}

func (a *access) page(v *site.Visit) error { return v.Render(http.StatusOK, "access", a.hosts, "") }

// list is the same for whoever sets up a proxy: a line for each host, its port and what it is for.
func (a *access) list(v *site.Visit) error {
	var b strings.Builder
	for _, h := range a.hosts {
		why := h.Why.TR
		if v.Language == message.English {
			why = h.Why.EN
		}
		u, _ := url.Parse(h.Probe) // parsed by New
		fmt.Fprintf(&b, "%s\t%s\t%s\t%s\r\n", u.Hostname(), h.Port, u.Scheme, why)
	}
	v.W.Header().Set("Vary", "Cookie")
	v.Attach("adresler.txt")
	return v.AnswerBytes("text/plain; charset=utf-8", []byte(b.String()))
}
