package session

import (
	"errors"

	"github.com/e-onay/e-onay/internal/protocol"
)

var errUnsupported = protocol.NewError(protocol.CodeUnsupported, errors.New("not in this version"))

// export returns a certificate of the latest list.
func (s *session) export(*protocol.HostExportBody) (any, error) { return nil, errUnsupported }

// changePIN changes the PIN of a token of the latest list.
func (s *session) changePIN(job) error { return errUnsupported }

// selfTest signs a sample and verifies it.
func (s *session) selfTest(job) error { return errUnsupported }
