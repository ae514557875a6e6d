package settings

import (
	"slices"
	"strings"

	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
)

// sites is the section with the sites in whose pages the extension works. The browser knows them: they are read anew at each
// change, and stored nowhere. It works without a host.
type sites struct {
	page    *shared
	read    SitesRead
	revoked bool // the person has just taken a site back

	institution *institution
}

// AllSites is the browser's match pattern of all sites that a person can admit.
const AllSites = "https://*/*"

type (
	// SitesRead brings the match patterns of the pages in which the extension works, at the start and after every
	// change: those that the build names, and all that the browser permits.
	SitesRead struct{ Portal, Permitted []string }
	// RevokeSite takes back what the person has admitted.
	RevokeSite struct{ Pattern string }
)

func (SitesRead) IsEvent()  {}
func (RevokeSite) IsEvent() {}

// RemoveSite takes the pages of a match pattern from the extension; SitesRead follows.
type RemoveSite struct{ Pattern string }

func (RemoveSite) IsEffect() {}

// SitesView is where the extension works.
type SitesView struct {
	screen.Sentences
	Portal      []string // origins
	Institution []string // origins that the institution has set
	Admitted    []SiteView
	All         bool // the person has admitted all
	Revoked     bool // pages may be open that do not know it
}

// SiteView is a site that the person has admitted.
type SiteView struct{ Pattern, Name string }

// revoke takes back what is in the list, and nothing else.
func (s *sites) revoke(pattern string) {
	if slices.Contains(s.institution.patterns(), pattern) || slices.Contains(s.read.Portal, pattern) || !slices.Contains(s.read.Permitted, pattern) {
		return
	}
	s.revoked = true
	s.page.do(RemoveSite{pattern})
}

func (s *sites) view() SitesView {
	v := SitesView{Sentences: s.page.sentences(), Revoked: s.revoked}
	for _, pattern := range s.read.Portal {
		v.Portal = append(v.Portal, siteName(pattern))
	}
	for _, pattern := range s.read.Permitted {
		switch {
		case slices.Contains(s.read.Portal, pattern):
		case slices.Contains(s.institution.patterns(), pattern):
			v.Institution = append(v.Institution, siteName(pattern))
		case pattern == AllSites:
			v.All = true
		default:
			v.Admitted = append(v.Admitted, SiteView{pattern, siteName(pattern)})
		}
	}
	return v
}

// siteName is the origin that a match pattern is of.
func siteName(pattern string) string { return plaintext.Short(strings.TrimSuffix(pattern, "/*")) }

// summary names the sites in one sentence.
func (v *SitesView) summary() string {
	if v.All {
		return v.T("manage.welcome.sites.all")
	}
	names := slices.Concat(v.Portal, v.Institution)
	for _, site := range v.Admitted {
		names = append(names, site.Name)
	}
	return v.T("manage.welcome.sites.done", "sites", strings.Join(names, ", "))
}
