package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
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
	list, err := s.HashSites.Read()
	if err != nil {
		return fault.New(fault.LoginOff, err)
	}
	if hashsites.Any(list.Sites, publicKey(c)) {
		return fault.Errorf(fault.LoginOff, "the key signs hashes")
	}
	return nil
}

// maySignHash refuses a key that does not sign hashes for the site, and every key while nobody can tell which do.
func (s *session) maySignHash(c *pki.Certificate, origin string) error {
	list, err := s.HashSites.Read()
	if err != nil {
		return fault.New(fault.HashOff, err)
	}
	if !hashsites.Has(list.Sites, publicKey(c), origin) {
		return fault.Errorf(fault.HashOff, "no pair of this key and site")
	}
	return nil
}

// lockSites keeps what every host may sign as it is.
func (s *session) lockSites(ctx context.Context) (unlock func(), err error) {
	unlock, err = s.HashSites.Lock(ctx)
	if err != nil && context.Cause(ctx) != nil {
		return nil, fault.New(fault.Cancelled, err)
	}
	return unlock, err
}

// hashSites lists the pairs.
func (s *session) hashSites(j job) (any, error) {
	if s.phase != phaseOpen {
		return nil, fault.Errorf(fault.Sequence, "hash-sites in phase %d", s.phase)
	}
	list, err := s.HashSites.Read()
	if errors.Is(err, hashsites.ErrBroken) || len(list.Owed) > 0 {
		return s.withSites(j, func(list *hashsites.List) error {
			s.settle(j, list)
			return nil
		})
	}
	return listSites(list), err
}

// allowHash lets a key of the list sign hashes for a site. From then on it logs in nowhere. The entry comes first: what is
// allowed must not be without one.
func (s *session) allowHash(j job, body *protocol.HostHashSite) (any, error) {
	chosen, err := s.listedKey(body)
	if err != nil {
		return nil, err
	}
	return s.withSites(j, func(list *hashsites.List) error {
		s.settle(j, list)
		if hashsites.Has(list.Sites, body.Key, body.Origin) {
			return nil
		}
		if len(list.Sites)+len(list.Owed) >= protocol.MaxHashSites {
			return fault.Errorf(fault.HashSitesFull, "%d pairs, %d owed", len(list.Sites), len(list.Owed))
		}
		act := chosen.named(journal.Act{Kind: protocol.JournalAllowHash, Origin: body.Origin})
		list.Sites = append(list.Sites, protocol.HostHashSite{
			Key: body.Key, Origin: body.Origin, Issuer: act.Issuer, Serial: act.Serial, Since: s.Now().Unix(),
		})
		return s.doRecorded(j, act, func() error { return s.HashSites.Write(*list) })
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
		return nil, fault.Errorf(fault.NoCertificate, "the key is not in the list")
	}
	return s.listed[slices.Min(names)], nil
}

// checkPair refuses a request that is out of its place, or is not about a key and a site.
func (s *session) checkPair(body *protocol.HostHashSite) error {
	if s.phase != phaseOpen {
		return fault.Errorf(fault.Sequence, "a key and a site are named in phase %d", s.phase)
	}
	if err := hashsites.Check(*body); err != nil {
		return fault.New(fault.MessageInvalid, err)
	}
	return nil
}

// forbidHash takes that back, also for a card that is not here any more. It is done first, and the entry is owed until it is
// on the disk: what was taken away must not come back because the host was killed, or the journal took no entry.
func (s *session) forbidHash(j job, body *protocol.HostHashSite) (any, error) {
	if err := s.checkPair(body); err != nil {
		return nil, err
	}
	return s.withSites(j, func(list *hashsites.List) error {
		s.settle(j, list)
		i := hashsites.Index(list.Sites, body.Key, body.Origin)
		if i < 0 {
			return nil
		}
		pair := list.Sites[i]
		list.Sites = slices.Delete(list.Sites, i, i+1)
		if !hashsites.Has(list.Owed, pair.Key, pair.Origin) {
			list.Owed = append(list.Owed, pair)
		}
		if err := s.HashSites.Write(*list); err != nil {
			return s.note(j, forbidden(pair), fault.New(fault.JournalFailed, err)) // no room, and the same advice
		}
		s.settle(j, list)
		return nil
	})
}

// forbidden is the act of taking a pair away.
func forbidden(pair protocol.HostHashSite) journal.Act {
	return journal.Act{Kind: protocol.JournalForbidHash, Origin: pair.Origin, Issuer: pair.Issuer, Serial: pair.Serial}
}

// settle writes the entries that are owed. What cannot be written now stays owed, and is told to the log. An entry may come
// twice, where the host is killed before it has noted the first. The lock is the caller's.
func (s *session) settle(j job, list *hashsites.List) {
	for len(list.Owed) > 0 {
		err := s.record(j, forbidden(list.Owed[0]), nil)
		if err == nil {
			list.Owed = slices.Delete(list.Owed, 0, 1)
			err = s.HashSites.Write(*list)
		}
		if err != nil {
			s.Log.Error("the journal does not say yet what was taken away", "request", j.ID, "error", err)
			return
		}
	}
}

// withSites does something with the pairs, under their lock, and answers with them as they are then.
func (s *session) withSites(j job, do func(*hashsites.List) error) (any, error) {
	unlock, err := s.lockSites(j.ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	list, err := s.readableSites(j)
	if err == nil {
		err = do(&list)
	}
	return listSites(list), err
}

// brokenSites is what the journal says of a list that was put aside: nothing of it is allowed any more.
const brokenSites = "hashsites.json.broken"

// readableSites reads the pairs, and puts a list that is broken aside: a person would else be kept from logging in for
// good, and no key does both by that, since none signs a hash without a pair.
func (s *session) readableSites(j job) (hashsites.List, error) {
	list, err := s.HashSites.Read()
	if errors.Is(err, hashsites.ErrBroken) {
		s.Log.Error("setting the list of hash sites aside", "error", err)
		err = s.doRecorded(j, journal.Act{Kind: protocol.JournalForbidHash, Purpose: brokenSites}, s.HashSites.SetAside)
	}
	return list, err
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
func listSites(list hashsites.List) protocol.HostHashSites {
	return protocol.HostHashSites{Sites: append([]protocol.HostHashSite{}, list.Sites...)}
}
