package installation

import (
	"net/url"
	"slices"

	"github.com/e-onay/e-onay/web/portal/agent"
)

// Link is a named https address.
type Link struct {
	// Name is what people read, such as the browser's; URL begins with https.
	Name string `json:"name"`
	URL  string `json:"url"`
	// Browser is "chromium", "edge" or "firefox": for whom the link is. It may be left out of the browsers' own stores.
	Browser agent.Browser `json:"browser,omitempty"`
}

// stores are the browsers' own.
var stores = map[string]agent.Browser{
	"chromewebstore.google.com":   agent.Chromium,
	"chrome.google.com":           agent.Chromium,
	"microsoftedge.microsoft.com": agent.Edge,
	"addons.mozilla.org":          agent.Firefox,
}

// For returns for whom a link is; OtherBrowser where that is not known.
func (l Link) For() agent.Browser {
	if l.Browser != "" {
		return l.Browser
	}
	u, err := url.Parse(l.URL)
	if err != nil {
		return agent.OtherBrowser
	}
	if browser, known := stores[u.Hostname()]; known {
		return browser
	}
	return agent.OtherBrowser
}

// NamesKnownBrowser tells whether Browser is one that the extension is made for, or none.
func (l Link) NamesKnownBrowser() bool {
	return slices.Contains([]agent.Browser{"", agent.Chromium, agent.Edge, agent.Firefox}, l.Browser)
}

// chooseLink returns the link for a visitor, nil where there is none, and the others. Edge takes what Chrome's store has.
func chooseLink(links []Link, v visitor) (own *Link, rest []Link) {
	at := slices.IndexFunc(links, func(l Link) bool { return l.For() == v.Browser && v.Browser != agent.OtherBrowser })
	if at < 0 && v.Browser == agent.Edge {
		at = slices.IndexFunc(links, func(l Link) bool { return l.For() == agent.Chromium })
	}
	for i, link := range links {
		if i != at {
			rest = append(rest, link)
		}
	}
	if at >= 0 {
		own = &links[at]
	}
	return own, rest
}
