package portaltest

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

const decisionPath = "/masa/onaylar/"

var decisionDigest = regexp.MustCompile(`name="ozet" value="([0-9a-f]{64})"`)

// Asked returns the reference of the decision to which an answer leads that has asked for one.
func (s *Site) Asked(a Answer) string {
	s.T.Helper()
	reference, ok := strings.CutPrefix(a.Location(), decisionPath)
	if a.Status != http.StatusSeeOther || !ok {
		s.T.Fatalf("nothing was asked for: %d %q", a.Status, a.Code())
	}
	return reference
}

// ConfirmDecision reads a decision's page and confirms what it shows.
func (b *Browser) ConfirmDecision(reference string) Answer {
	b.T.Helper()
	m := decisionDigest.FindStringSubmatch(b.Get(decisionPath + reference).Body)
	if m == nil {
		b.T.Fatalf("decision %s cannot be confirmed by this officer", reference)
	}
	return b.Post(decisionPath+reference, url.Values{"ozet": {m[1]}})
}
