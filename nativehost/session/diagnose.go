package session

import (
	"context"
	"errors"

	"github.com/e-onay/e-onay/internal/protocol"
)

var errUnsupported = protocol.NewError(protocol.CodeUnsupported, errors.New("not in this version"))

// diagnose looks at everything that a signature needs on this machine.
func (s *session) diagnose(context.Context) (any, error) { return nil, errUnsupported }

// addModule puts a library on the person's list.
func (s *session) addModule(job) error { return errUnsupported }

// removeModule takes a library from the person's list.
func (s *session) removeModule(job) error { return errUnsupported }
