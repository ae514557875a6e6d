package settings

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
	"github.com/e-onay/e-onay/wasm/wire"
)

// hashes is the section with the hash pairs: the sites for which keys sign hashes that the window cannot show.
type hashes struct {
	page    *shared
	listed  bool
	pairs   []protocol.HostHashSite
	problem fault.Code // why they cannot be shown, or changed
}

// ForbidHash takes a hash pair back, by its HashSiteView.ID.
type ForbidHash struct{ ID string }

func (ForbidHash) IsEvent() {}

func (h *hashes) forbid(id string) {
	if h.page.client.InFlight(protocol.HostForbidHash) {
		return
	}
	for _, s := range h.pairs {
		if pairID(s) == id {
			h.page.client.Ask(&hostclient.Request{Kind: protocol.HostForbidHash, Body: protocol.HostHashSite{Key: s.Key, Origin: s.Origin}})
			return
		}
	}
}

// pairID names a hash pair: a key has no space.
func pairID(s protocol.HostHashSite) string { return s.Key + " " + s.Origin }

// handleAnswer takes the list. A pair that was taken back changes which keys log in.
func (h *hashes) handleAnswer(r *hostclient.Request, answer protocol.HostEnvelope) error {
	pairs, err := wire.HashSites(answer)
	if err != nil {
		return err
	}
	h.listed, h.pairs, h.problem = true, pairs, ""
	if r.Kind == protocol.HostForbidHash {
		h.page.notice.done = DoneForbidden
		h.page.client.List()
	}
	return nil
}

// handleRefusal says why the list cannot be shown, or why it stays as it was.
func (h *hashes) handleRefusal(r *hostclient.Request, f protocol.HostFailure) error {
	h.problem = f.Code
	if r.Kind == protocol.HostForbidHash {
		h.page.notice.alerts++
	}
	return nil
}

// forget drops what a host has said that is gone.
func (h *hashes) forget() { *h = hashes{page: h.page} }

// changingHashes reports whether the host is changing the list.
func (s *shared) changingHashes() bool {
	return s.client.InFlight(protocol.HostAllowHash) || s.client.InFlight(protocol.HostForbidHash)
}

// HashesView are all hash pairs.
type HashesView struct {
	screen.Sentences
	Listed  bool
	Sites   []HashSiteView
	Problem fault.Code
	Busy    bool
}

// HashSiteView is one hash pair.
type HashSiteView struct {
	ID          string
	Site        string
	Certificate string // issuer and serial number
	Since       string
}

func (h *hashes) view() HashesView {
	v := HashesView{Sentences: h.page.sentences(), Listed: h.listed, Problem: h.problem, Busy: h.page.changingHashes()}
	for _, s := range h.pairs {
		v.Sites = append(v.Sites, HashSiteView{
			ID: pairID(s), Site: plaintext.Short(s.Origin), Certificate: plaintext.Short(s.Issuer) + prefixed(" · ", wire.Hex(s.Serial)),
			Since: h.page.local(s.Since).Date.Text(v.Language),
		})
	}
	return v
}
