package postgres

// Waiting returns how many acts wait for the transaction that records others.
func (s *Store) Waiting() int {
	s.together.mu.Lock()
	defer s.together.mu.Unlock()
	return len(s.together.waiting)
}
