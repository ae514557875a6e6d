package sandbox

import "time"

// After so many wrong passwords or PINs in a row a person waits.
const (
	maxTries = 3
	tryWait  = time.Minute
)

// tries counts wrong passwords and PINs, by way and person. There are few of both.
type tries map[tryKey]triesOf

type tryKey struct {
	way    *way
	person *person
}

type triesOf struct {
	wrong int
	until time.Time // no password is looked at before
}

// try judges what was typed, and returns how long the person waits now: the right one is not looked at either while they do.
func (s *loginStore) try(by *way, who *person, secret string) (right bool, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, key := s.now(), tryKey{by, who}
	before := s.tries[key]
	switch {
	case now.Before(before.until):
		return false, before.until.Sub(now)
	case secret == by.secret:
		delete(s.tries, key)
		return true, 0
	case before.wrong+1 < maxTries:
		s.tries[key] = triesOf{wrong: before.wrong + 1}
		return false, 0
	}
	s.tries[key] = triesOf{until: now.Add(tryWait)}
	return false, tryWait
}
