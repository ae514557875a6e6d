package sandbox

import "time"

// testPassword is everybody's. After so many wrong ones in a row a person waits.
const (
	testPassword = "deneme-sifresi"
	maxTries     = 3
	tryWait      = time.Minute
)

// tries counts wrong passwords. There are few people.
type tries map[*person]triesOf

type triesOf struct {
	wrong int
	until time.Time // no password is looked at before
}

// try judges a password, and returns how long the person waits now: the right one is not looked at either while they do.
func (s *loginStore) try(who *person, password string) (right bool, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	before := s.tries[who]
	switch {
	case now.Before(before.until):
		return false, before.until.Sub(now)
	case password == testPassword:
		delete(s.tries, who)
		return true, 0
	case before.wrong+1 < maxTries:
		s.tries[who] = triesOf{wrong: before.wrong + 1}
		return false, 0
	}
	s.tries[who] = triesOf{until: now.Add(tryWait)}
	return false, tryWait
}
