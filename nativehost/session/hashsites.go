package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"

	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/hashsites"
	"github.com/e-onay/e-onay/nativehost/journal"
)

// publicKey is how a certificate's key is called where there are pairs of a key and a site.
func publicKey(c *pki.Certificate) string {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])
}

// mayLogIn refuses a key that signs hashes for a site, and every key while nobody can tell which do.
func (s *session) mayLogIn(c *pki.Certificate) error {
	sites, err := s.HashSites.Read()
	if err != nil {
		return protocol.NewError(protocol.CodeLoginOff, err)
	}
	if hashsites.Any(sites, publicKey(c)) {
		return protocol.Errorf(protocol.CodeLoginOff, "the key signs hashes")
	}
	return nil
}

// maySignHash refuses a key that does not sign hashes for the site, and every key while nobody can tell which do.
func (s *session) maySignHash(c *pki.Certificate, origin string) error {
	sites, err := s.HashSites.Read()
	if err != nil {
		return protocol.NewError(protocol.CodeHashOff, err)
	}
	if !hashsites.Has(sites, publicKey(c), origin) {
		return protocol.Errorf(protocol.CodeHashOff, "no pair of this key and site")
	}
	return nil
}

// lockSites keeps what every host may sign as it is.
func (s *session) lockSites(ctx context.Context) (unlock func(), err error) {
	unlock, err = s.HashSites.Lock(ctx)
	if err != nil && context.Cause(ctx) != nil {
		return nil, protocol.NewError(protocol.CodeCancelled, err)
	}
	return unlock, err
}

// hashSites lists the pairs.
func (s *session) hashSites(j job) (any, error) {
	if s.phase != phaseOpen {
		return nil, protocol.Errorf(protocol.CodeSequence, "hash-sites in phase %d", s.phase)
	}
	sites, err := s.HashSites.Read()
	if errors.Is(err, hashsites.ErrBroken) {
		return s.changeSites(j, func(sites []protocol.HostHashSite) ([]protocol.HostHashSite, *journal.Act, error) {
			return sites, nil, nil
		})
	}
	return listSites(sites), err
}

// allowHash lets a key of the list sign hashes for a site. From then on it logs in nowhere.
func (s *session) allowHash(j job, body *protocol.HostHashSite) (any, error) {
	chosen, err := s.listedKey(body)
	if err != nil {
		return nil, err
	}
	return s.changeSites(j, func(sites []protocol.HostHashSite) ([]protocol.HostHashSite, *journal.Act, error) {
		if hashsites.Has(sites, body.Key, body.Origin) {
			return sites, nil, nil
		}
		if len(sites) == protocol.MaxHashSites {
			return nil, nil, protocol.Errorf(protocol.CodeHashSitesFull, "more than %d pairs", protocol.MaxHashSites)
		}
		act := chosen.named(journal.Act{Kind: protocol.JournalAllowHash, Origin: body.Origin})
		return append(sites, protocol.HostHashSite{
			Key: body.Key, Origin: body.Origin, Issuer: act.Issuer, Serial: act.Serial, Since: s.Now().Unix(),
		}), &act, nil
	})
}

// listedKey checks a pair, and returns a certificate of its key in the latest list, always the same.
func (s *session) listedKey(body *protocol.HostHashSite) (*choice, error) {
	if err := s.checkPair(body); err != nil {
		return nil, err
	}
	var names []string
	for name, c := range s.listed {
		if publicKey(c.certificate) == body.Key {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, protocol.Errorf(protocol.CodeNoCertificate, "the key is not in the list")
	}
	return s.listed[slices.Min(names)], nil
}

// checkPair refuses a request that is out of its place, or is not about a key and a site.
func (s *session) checkPair(body *protocol.HostHashSite) error {
	if s.phase != phaseOpen {
		return protocol.Errorf(protocol.CodeSequence, "a key and a site are named in phase %d", s.phase)
	}
	if err := hashsites.Check(*body); err != nil {
		return protocol.NewError(protocol.CodeMessageInvalid, err)
	}
	return nil
}

// forbidHash takes that back, also for a card that is not here any more.
func (s *session) forbidHash(j job, body *protocol.HostHashSite) (any, error) {
	if err := s.checkPair(body); err != nil {
		return nil, err
	}
	return s.changeSites(j, func(sites []protocol.HostHashSite) ([]protocol.HostHashSite, *journal.Act, error) {
		i := hashsites.Index(sites, body.Key, body.Origin)
		if i < 0 {
			return sites, nil, nil
		}
		act := journal.Act{Kind: protocol.JournalForbidHash, Origin: body.Origin, Issuer: sites[i].Issuer, Serial: sites[i].Serial}
		return slices.Delete(sites, i, i+1), &act, nil
	})
}

// changeSites makes other pairs of those that there are, which edit does, and answers with them. An edit without an act
// changes nothing.
func (s *session) changeSites(j job, edit func([]protocol.HostHashSite) ([]protocol.HostHashSite, *journal.Act, error)) (any, error) {
	unlock, err := s.lockSites(j.ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	sites, err := s.readableSites(j)
	if err != nil {
		return nil, err
	}
	sites, act, err := edit(sites)
	if err == nil && act != nil {
		err = s.doRecorded(j, *act, func() error { return s.HashSites.Write(sites) })
	}
	return listSites(sites), err
}

// brokenSites is what the journal says of a list that was put aside: nothing of it is allowed any more.
const brokenSites = "hashsites.json.broken"

// readableSites reads the pairs, and puts a list that is broken aside: a person would else be kept from logging in for
// good, and no key does both by that, since none signs a hash without a pair.
func (s *session) readableSites(j job) ([]protocol.HostHashSite, error) {
	sites, err := s.HashSites.Read()
	if errors.Is(err, hashsites.ErrBroken) {
		s.Log.Error("setting the list of hash sites aside", "error", err)
		err = s.doRecorded(j, journal.Act{Kind: protocol.JournalForbidHash, Purpose: brokenSites}, s.HashSites.SetAside)
	}
	return sites, err
}

// doRecorded does what must not be done without an entry. The entry comes first; where then nothing comes of it, another
// one says so.
func (s *session) doRecorded(j job, act journal.Act, do func() error) error {
	if err := s.record(j, act, nil); err != nil {
		return err
	}
	if err := do(); err != nil {
		return s.note(j, act, err)
	}
	return nil
}

// listSites is the pairs as the window reads them: none is an empty list.
func listSites(sites []protocol.HostHashSite) protocol.HostHashSites {
	return protocol.HostHashSites{Sites: append([]protocol.HostHashSite{}, sites...)}
}
