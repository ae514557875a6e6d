package session

import (
	"encoding/json"
	"errors"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/cardlogin"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// tokensChanged tells the window that a new list may differ.
func (s *session) tokensChanged() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listens {
		s.send(0, protocol.HostTokensChanged, nil)
	}
}

// fail answers with an error and logs it. Errors never hold a PIN or a citizen number.
func (s *session) fail(id uint32, err error) {
	s.Log.Info("refused", "request", id, "error", err)
	failure := protocol.HostFailure{Code: fault.CodeOf(err), Detail: truncate(err.Error())}
	if e, ok := errors.AsType[*worker.PINError](err); ok {
		failure.PIN = &e.State
	}
	if e, ok := errors.AsType[*cardlogin.KeyPINError](err); ok {
		failure.KeyPIN = &e.State
	}
	if failure.Code == fault.HostOutdated || failure.Code == fault.ExtensionOutdated {
		failure.Version = s.Version
	}
	s.send(id, protocol.HostError, failure)
}

// send writes a message. If it is too large for the browser, a small error takes its place: no request is left without an
// answer. If the window no longer listens, the end of the input follows.
func (s *session) send(id uint32, kind protocol.HostType, body any) {
	err := s.write(id, kind, body)
	if err == nil {
		return
	}
	s.Log.Warn("writing", "type", kind, "error", err)
	refused, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return // the stream is broken
	}
	small := protocol.HostFailure{Code: refused.Code}
	if failure, ok := body.(protocol.HostFailure); ok {
		small.Code = failure.Code
	}
	if err := s.write(id, protocol.HostError, small); err != nil {
		s.Log.Warn("writing", "type", protocol.HostError, "error", err)
	}
}

// write writes a message. After a *fault.Error nothing of it was written.
func (s *session) write(id uint32, kind protocol.HostType, body any) error {
	e := protocol.HostEnvelope{ID: id, Type: kind}
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return fault.New(fault.Internal, err)
		}
		e.Body = raw
	}
	return s.out.Write(e)
}

func truncate(s string) string {
	const limit = 300
	runes := []rune(s)
	if len(runes) > limit {
		return string(runes[:limit])
	}
	return s
}
