package settings

import (
	"slices"
	"strings"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/wasm/plaintext"
)

// The sites in whose pages the extension works are the browser's to say: they are read at each change, and nothing is
// kept of them. Whether the host works does not matter.

// AllSites is the browser's match pattern of all sites that a person can admit.
const AllSites = "https://*/*"

type (
	// SitesRead brings the match patterns of the pages in which the extension works, at the start and after every
	// change: those that the build names, and all that the browser permits.
	SitesRead struct{ Portal, Permitted []string }
	// RevokeSite takes back what the person has admitted.
	RevokeSite struct{ Pattern string }
	// FirstStart says that the extension has just been installed.
	FirstStart struct{}
)

func (SitesRead) IsEvent()  {}
func (RevokeSite) IsEvent() {}
func (FirstStart) IsEvent() {}

// RemoveSite takes the pages of a match pattern from the extension; SitesRead follows.
type RemoveSite struct{ Pattern string }

func (RemoveSite) IsEffect() {}

// SitesView is where the extension works.
type SitesView struct {
	Portal   []string // origins
	Admitted []SiteView
	All      bool // the person has admitted all
	Revoked  bool // pages may be open that do not know it
}

// SiteView is a site that the person has admitted.
type SiteView struct{ Pattern, Name string }

// revoke takes back what is in the list, and nothing else.
func (p *Page) revoke(pattern string) {
	if slices.Contains(p.sites.Portal, pattern) || !slices.Contains(p.sites.Permitted, pattern) {
		return
	}
	p.revoked = true
	p.do(RemoveSite{pattern})
}

func (p *Page) sitesView() SitesView {
	v := SitesView{Revoked: p.revoked}
	for _, pattern := range p.sites.Portal {
		v.Portal = append(v.Portal, siteName(pattern))
	}
	for _, pattern := range p.sites.Permitted {
		switch {
		case slices.Contains(p.sites.Portal, pattern):
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

// StepView is something that a person needs before they can sign.
type StepView struct {
	Name string // the end of its title's key
	Done bool
	Text string
	Link string // the id of the part of the page that it is about
}

// needs lists what a person needs, after the first start.
func (p *Page) needs(v *View) []StepView {
	if !p.first {
		return nil
	}
	step := func(name, link string, done bool, found string) StepView {
		if !done {
			return StepView{name, false, v.T("manage.welcome.todo." + name), link}
		}
		return StepView{name, true, v.T("manage.welcome.done."+name, "name", found), link}
	}
	var reader, holder string
	if len(v.Readers) > 0 {
		reader = v.Readers[0].Name
	}
	if len(p.inventory.Certificates) > 0 {
		holder = plaintext.Short(p.inventory.Certificates[0].Holder)
	}
	return []StepView{
		step("program", "host", v.Works, v.Version),
		step("reader", "cards", len(v.Readers) > 0, reader),
		step("certificate", "cards", len(p.inventory.Certificates) > 0, holder),
		step("phrase", "phrase", v.Phrase != "", v.Phrase),
		{"sites", true, v.Sites.summary(v.Language), "sites"},
	}
}

// summary names the sites in one sentence.
func (v SitesView) summary(l message.Language) string {
	if v.All {
		return message.Text(l, "manage.welcome.sites.all")
	}
	names := slices.Clone(v.Portal)
	for _, site := range v.Admitted {
		names = append(names, site.Name)
	}
	return message.Text(l, "manage.welcome.sites.done", "sites", strings.Join(names, ", "))
}
