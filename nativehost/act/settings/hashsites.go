package settings

import (
	"context"
	"errors"
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/hashsites"
	"github.com/e-onay/e-onay/nativehost/journal"
)

// ListHashSites lists the pairs of a key and a site. It also writes the journal entries that are owed, and sets a broken list
// aside.
func (a *Act) ListHashSites(ctx context.Context, r act.Request) (*protocol.HostHashSites, error) {
	list, err := a.HashSites.Read()
	if errors.Is(err, hashsites.ErrBroken) || len(list.Owed) > 0 {
		return a.withPairs(ctx, r, func(list *hashsites.List) error {
			a.writeOwed(ctx, r, list)
			return nil
		})
	}
	return answer(list), err
}

// AllowHash lets a key of the latest list sign hashes for a site. From then on it logs in nowhere. The journal entry comes
// first: a pair must not be there without one.
func (a *Act) AllowHash(ctx context.Context, r act.Request, body *protocol.HostHashSite) (*protocol.HostHashSites, error) {
	if err := hashsites.Check(*body); err != nil {
		return nil, fault.New(fault.MessageInvalid, err)
	}
	certificate := a.Inventory.CertificateOfKey(body.Key)
	if certificate == nil {
		return nil, fault.Errorf(fault.NoCertificate, "the key is not in the list")
	}
	return a.withPairs(ctx, r, func(list *hashsites.List) error {
		a.writeOwed(ctx, r, list)
		if hashsites.Has(list.Sites, body.Key, body.Origin) {
			return nil
		}
		if len(list.Sites)+len(list.Owed) >= protocol.MaxHashSites {
			return fault.Errorf(fault.HashSitesFull, "%d pairs, %d owed", len(list.Sites), len(list.Owed))
		}
		entry := act.WithCertificate(journal.Act{Kind: protocol.JournalAllowHash, Origin: body.Origin}, certificate)
		list.Sites = append(list.Sites, protocol.HostHashSite{
			Key: body.Key, Origin: body.Origin, Issuer: entry.Issuer, Serial: entry.Serial, Since: a.Now().Unix(),
		})
		return a.Journal.RunAfterEntry(ctx, r, entry, func() error { return a.HashSites.Write(*list) })
	})
}

// ForbidHash takes a pair away, also for a card that is not here any more. That is done first, and the entry is owed until it
// is on the disk: what was taken away must not come back because the host was killed, or the journal could not be written.
func (a *Act) ForbidHash(ctx context.Context, r act.Request, body *protocol.HostHashSite) (*protocol.HostHashSites, error) {
	if err := hashsites.Check(*body); err != nil {
		return nil, fault.New(fault.MessageInvalid, err)
	}
	return a.withPairs(ctx, r, func(list *hashsites.List) error {
		a.writeOwed(ctx, r, list)
		i := hashsites.Index(list.Sites, body.Key, body.Origin)
		if i < 0 {
			return nil
		}
		pair := list.Sites[i]
		list.Sites = slices.Delete(list.Sites, i, i+1)
		if !hashsites.Has(list.Owed, pair.Key, pair.Origin) {
			list.Owed = append(list.Owed, pair)
		}
		if err := a.HashSites.Write(*list); err != nil {
			return a.Journal.Note(ctx, r, forbidEntry(pair), fault.New(fault.JournalFailed, err)) // the disk is full: the same advice
		}
		a.writeOwed(ctx, r, list)
		return nil
	})
}

// forbidEntry is the journal entry of taking a pair away.
func forbidEntry(pair protocol.HostHashSite) journal.Act {
	return journal.Act{Kind: protocol.JournalForbidHash, Origin: pair.Origin, Issuer: pair.Issuer, Serial: pair.Serial}
}

// writeOwed writes the entries that are owed. What cannot be written now stays owed, and the log is told. An entry may come
// twice, if the host is killed before it has noted the first. The pairs must be locked.
func (a *Act) writeOwed(ctx context.Context, r act.Request, list *hashsites.List) {
	for len(list.Owed) > 0 {
		err := a.Journal.Record(ctx, forbidEntry(list.Owed[0]))
		if err == nil {
			list.Owed = slices.Delete(list.Owed, 0, 1)
			err = a.HashSites.Write(*list)
		}
		if err != nil {
			a.Log.Error("the journal does not say yet what was taken away", "request", r.ID, "error", err)
			return
		}
	}
}

// withPairs locks the pairs, runs change, and answers with the pairs as they are then.
func (a *Act) withPairs(ctx context.Context, r act.Request, change func(*hashsites.List) error) (*protocol.HostHashSites, error) {
	unlock, err := a.HashSites.Lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	list, err := a.readPairs(ctx, r)
	if err == nil {
		err = change(&list)
	}
	return answer(list), err
}

// setAsideName is what the journal says of a list that was set aside: nothing of it is allowed any more.
const setAsideName = "hashsites.json.broken"

// readPairs reads the pairs, and sets a broken list aside: the person could otherwise never log in again. No key gains both
// rights by that, since none signs a hash without a pair.
func (a *Act) readPairs(ctx context.Context, r act.Request) (hashsites.List, error) {
	list, err := a.HashSites.Read()
	if errors.Is(err, hashsites.ErrBroken) {
		a.Log.Error("setting the list of hash sites aside", "error", err)
		entry := journal.Act{Kind: protocol.JournalForbidHash, Purpose: setAsideName}
		err = a.Journal.RunAfterEntry(ctx, r, entry, a.HashSites.SetAside)
	}
	return list, err
}

// answer is the pairs as the window reads them: an empty list if there are none.
func answer(list hashsites.List) *protocol.HostHashSites {
	return &protocol.HostHashSites{Sites: append([]protocol.HostHashSite{}, list.Sites...)}
}
