package session

import (
	"fmt"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
)

// A phase is one phase of a conversation; a sum of several is a set of them.
type phase uint8

const (
	phaseNew       phase = 1 << iota
	phaseReady           // greeted, and no document was announced
	phaseReceiving       // a document lacks bytes
	phaseReceived        // there are documents, and all are complete
	phaseDelivered       // the product of an act has left the host
	anyPhase       = phaseNew | phaseReady | phaseReceiving | phaseReceived | phaseDelivered
)

func (p phase) String() string {
	switch p {
	case phaseNew:
		return "new"
	case phaseReady:
		return "ready"
	case phaseReceiving:
		return "receiving"
	case phaseReceived:
		return "received"
	case phaseDelivered:
		return "delivered"
	}
	return fmt.Sprintf("phases %b", uint8(p))
}

// phase returns the phase of the conversation.
func (s *session) phase() phase {
	switch {
	case !s.greeted:
		return phaseNew
	case s.journal.Delivered():
		return phaseDelivered
	case s.signing.Receiving():
		return phaseReceiving
	case s.signing.HasDocuments():
		return phaseReceived
	}
	return phaseReady
}

// checkPhase refuses a request that is out of its place.
func (s *session) checkPhase(kind protocol.HostType, in phase) error {
	if now := s.phase(); now&in == 0 {
		return fault.Errorf(fault.Sequence, "%s in phase %s", kind, now)
	}
	return nil
}
