package relyingparty

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"
)

// Challenge is the nonce with which the next login of one session must be made.
type Challenge struct {
	// Nonce is 32 random bytes in base64, and signed as that text.
	Nonce string
	// Expires is in UTC and whole seconds. Login judges it; a store may use it to forget what is over.
	Expires time.Time
}

// ErrNoChallenge means that a session has no open challenge.
var ErrNoChallenge = errors.New("relyingparty: no open challenge")

// Challenges keeps the open challenge of each session, for all processes of the site. Methods are called by many
// goroutines at once. The package challengetest proves an implementation.
//
// session is 64 hexadecimal digits, the SHA-256 of the name that the site gave: who reads the store learns no name.
// A store that is full forgets old challenges rather than refuse new ones; a challenge that is gone is a login that
// begins again.
type Challenges interface {
	// Put keeps c as the session's only challenge, in place of an earlier one.
	Put(ctx context.Context, session string, c Challenge) error
	// Take removes the session's challenge and returns it, in one step: of any number of calls at once, in any
	// number of processes, one gets it. The others get ErrNoChallenge.
	Take(ctx context.Context, session string) (Challenge, error)
}

// DefaultMaxChallenges is some tens of megabytes at most, and hours of logins for a site that one process serves.
const DefaultMaxChallenges = 100_000

// MemoryChallenges keeps challenges in this process, for a site that has only one. The zero value is ready.
type MemoryChallenges struct {
	// Max is how many are kept; 0 means DefaultMaxChallenges. One more, and the oldest is forgotten. It must not
	// be changed while the store is in use.
	Max int

	mutex sync.Mutex
	byAge list.List // of entry, the oldest first
	of    map[string]*list.Element
}

type entry struct {
	session   string
	challenge Challenge
}

// Put is that of Challenges. It never fails.
func (m *MemoryChallenges) Put(_ context.Context, session string, c Challenge) error {
	limit := m.Max
	if limit == 0 {
		limit = DefaultMaxChallenges
	}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.of == nil {
		m.of = map[string]*list.Element{}
	}
	if e := m.of[session]; e != nil {
		m.remove(e)
	}
	m.of[session] = m.byAge.PushBack(entry{session, c})
	for m.byAge.Len() > limit {
		m.remove(m.byAge.Front())
	}
	return nil
}

// Take is that of Challenges.
func (m *MemoryChallenges) Take(_ context.Context, session string) (Challenge, error) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	e := m.of[session]
	if e == nil {
		return Challenge{}, ErrNoChallenge
	}
	return m.remove(e).challenge, nil
}

func (m *MemoryChallenges) remove(e *list.Element) entry {
	gone := m.byAge.Remove(e).(entry)
	delete(m.of, gone.session)
	return gone
}
