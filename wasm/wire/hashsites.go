package wire

import (
	"github.com/e-onay/e-onay/internal/protocol"
)

// HashSites reads the host's list of keys and the sites for which they sign hashes.
func HashSites(m protocol.HostEnvelope) ([]protocol.HostHashSite, error) {
	var s protocol.HostHashSites
	err := Body(m, &s)
	if err != nil {
		return nil, err
	}
	if len(s.Sites) > protocol.MaxHashSites {
		return nil, Invalid("more sites than a list may hold")
	}
	for _, site := range s.Sites {
		if !IsDigest(site.Key) || site.Origin == "" || len(site.Origin) > protocol.MaxOrigin || !IsTime(site.Since) {
			return nil, Invalid("a site without a key, a name or a date")
		}
	}
	return s.Sites, nil
}
