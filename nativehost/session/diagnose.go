package session

import "context"

// diagnose looks at everything that a signature needs on this machine.
func (s *session) diagnose(context.Context) (any, error) { return nil, errUnsupported }

// addModule puts a library on the person's list.
func (s *session) addModule(job) error { return errUnsupported }

// removeModule takes a library from the person's list.
func (s *session) removeModule(job) error { return errUnsupported }
