package installation

import (
	"net/url"
	"slices"
)

// Link is a named https address.
type Link struct {
	// Name is what people read, such as the browser's; URL begins with https.
	Name string `json:"name"`
	URL  string `json:"url"`
	// Browser is "chromium", "edge" or "firefox": for whom the link is. It may be left out of the browsers' own stores.
	Browser Browser `json:"browser,omitempty"`
}

// stores are the browsers' own.
var stores = map[string]Browser{
	"chromewebstore.google.com":   Chromium,
	"chrome.google.com":           Chromium,
	"microsoftedge.microsoft.com": Edge,
	"addons.mozilla.org":          Firefox,
}

// For returns for whom a link is; OtherBrowser where that is not known.
func (l Link) For() Browser {
	if l.Browser != "" {
		return l.Browser
	}
	u, err := url.Parse(l.URL)
	if err != nil {
		return OtherBrowser
	}
	if browser, known := stores[u.Hostname()]; known {
		return browser
	}
	return OtherBrowser
}

// IsKnown tells whether a setting names a browser that the extension is made for, or none.
func (b Browser) IsKnown() bool { return slices.Contains([]Browser{"", Chromium, Edge, Firefox}, b) }

// chooseLink returns the link for a visitor, nil where there is none, and the others. Edge takes what Chrome's store has.
func chooseLink(links []Link, v visitor) (own *Link, rest []Link) {
	at := slices.IndexFunc(links, func(l Link) bool { return l.For() == v.Browser && v.Browser != OtherBrowser })
	if at < 0 && v.Browser == Edge {
		at = slices.IndexFunc(links, func(l Link) bool { return l.For() == Chromium })
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
