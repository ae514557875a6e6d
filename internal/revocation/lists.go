package revocation

import (
	"crypto/sha256"
	"crypto/x509"
	"sync"
	"time"
)

// Bounds of what Lists keeps.
const (
	maxLists     = 64
	maxListBytes = 64 << 20
	// maxKept is how long a list is kept at most: a CA may publish a new one long before nextUpdate.
	maxKept = 24 * time.Hour
)

// Lists keeps genuine CRLs until their nextUpdate, a day at most. The zero value is ready to use; its methods are safe for
// concurrent use. A nil Lists keeps none.
type Lists struct {
	mutex sync.Mutex
	kept  map[listKey]keptList
	bytes int
}

// listKey is an address, and the certificate of the issuer that was asked about.
type listKey struct {
	url    string
	issuer [sha256.Size]byte
}

type keptList struct {
	*certificateList
	since time.Time
}

// goodAt reports whether the list need not be fetched anew. A clock that has gone back proves nothing.
func (k keptList) goodAt(now time.Time) bool {
	return !now.Before(k.since) && now.Before(k.since.Add(maxKept)) && now.Before(k.nextUpdate)
}

func (l *Lists) get(url string, issuer *x509.Certificate, now time.Time) *certificateList {
	if l == nil {
		return nil
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	kept, there := l.kept[listKey{url, sha256.Sum256(issuer.Raw)}]
	if !there || !kept.goodAt(now) {
		return nil
	}
	return kept.certificateList
}

func (l *Lists) put(url string, issuer *x509.Certificate, list *certificateList, now time.Time) {
	if l == nil {
		return
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.kept == nil {
		l.kept = map[listKey]keptList{}
	}
	key := listKey{url, sha256.Sum256(issuer.Raw)}
	l.drop(key)
	for other, kept := range l.kept { // what is over first, then any
		if !kept.goodAt(now) {
			l.drop(other)
		}
	}
	for other := range l.kept {
		if len(l.kept) < maxLists && l.bytes+len(list.der) <= maxListBytes {
			break
		}
		l.drop(other)
	}
	l.kept[key] = keptList{list, now}
	l.bytes += len(list.der)
}

func (l *Lists) drop(key listKey) {
	if kept, there := l.kept[key]; there {
		l.bytes -= len(kept.der)
		delete(l.kept, key)
	}
}
