package session

import (
	"context"
	"crypto"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/journal"
)

// recording is how long an entry may take: other windows write too, and a TPM takes its time.
const recording = 30 * time.Second

// recordable refuses what must not happen without an entry while there can be none: without the device key, or a folder to
// write to.
func (s *session) recordable(ctx context.Context) error {
	key, err := s.Device.Key(ctx)
	if err == nil {
		err = journal.New(s.JournalAt, key, journal.DefaultLimits).Ready(ctx)
	}
	switch {
	case err == nil:
		return nil
	case context.Cause(ctx) != nil:
		return fault.New(fault.Cancelled, err)
	}
	return unwritten(err)
}

// record writes an act down, with what it came to, also for a window that has cancelled or gone.
func (s *session) record(j job, act journal.Act, failed error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(j.ctx), recording)
	defer cancel()
	act.Outcome = string(protocol.OutcomeDone)
	if failed != nil {
		act.Outcome = string(fault.CodeOf(failed))
	}
	key, err := s.Device.Key(ctx)
	if err == nil {
		_, err = journal.New(s.JournalAt, key, journal.DefaultLimits).Append(ctx, act)
	}
	if err != nil {
		return unwritten(err)
	}
	return nil
}

// unwritten is why there is no entry, to a person: what to do differs.
func unwritten(err error) error {
	if errors.Is(err, device.ErrUnavailable) || errors.Is(err, device.ErrLost) {
		return fault.New(fault.DeviceUnavailable, err)
	}
	return fault.New(fault.JournalFailed, err)
}

// given does an act whose product leaves the host: not without its entry. The session has done its work then.
func (s *session) given(j job, act journal.Act, do func() (any, error)) (any, error) {
	if err := s.recordable(j.ctx); err != nil {
		return nil, err // before the card has been used for nothing
	}
	product, err := do()
	if err != nil {
		return nil, s.note(j, act, err)
	}
	if err := s.record(j, act, nil); err != nil {
		return nil, err
	}
	s.phase = phaseSigned
	return product, nil
}

// note is record for what has happened whether it is written down or not: a refusal, or what the card has done. It
// returns failed, which counts for more than a missing entry; that is told to the log.
func (s *session) note(j job, act journal.Act, failed error) error {
	if err := s.record(j, act, failed); err != nil {
		s.Log.Error("not in the journal", "request", j.ID, "kind", act.Kind, "error", err)
	}
	return failed
}

// noted does a request that gives nothing away, and notes the act, once do has said that there is one. By then do has
// cleared its secrets, however long writing takes.
func (s *session) noted(j job, do func(job, *journal.Act) error) error {
	var act journal.Act
	err := do(j, &act)
	if act.Kind == "" {
		return err
	}
	return s.note(j, act, err)
}

// checkAsker refuses what no window of ours says of who asks and what for.
func checkAsker(origin, purpose string) error {
	if len(origin) > maxOrigin || len(purpose) > protocol.MaxPurpose {
		return fault.Errorf(fault.MessageInvalid, "origin of %d bytes, purpose of %d", len(origin), len(purpose))
	}
	return nil
}

// signing is the act of a sign request.
func (s *session) signing(body *protocol.HostSignBody) journal.Act {
	act := journal.Act{Kind: protocol.JournalSign, Origin: body.Origin, Purpose: body.Purpose}
	for _, d := range s.documents {
		act.Documents = append(act.Documents, journal.Document{Name: d.name, Digest: hex.EncodeToString(d.digest(crypto.SHA256))})
	}
	if chosen := s.listed[body.Certificate]; chosen != nil {
		act = chosen.named(act)
	}
	return act
}

// named adds the certificate to an act.
func (c *choice) named(act journal.Act) journal.Act {
	act.Certificate = certificateID(c.certificate)
	act.Issuer, act.Serial = c.certificate.IssuerName(), fmt.Sprintf("%X", c.certificate.SerialNumber)
	return act
}

// ofToken adds to an act on a token one of the certificates on it, always the same, for people to know the card by.
func (s *session) ofToken(h *holder, act journal.Act) journal.Act {
	var names []string
	for name, c := range s.listed {
		if c.holder == h {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return act
	}
	return s.listed[slices.Min(names)].named(act)
}
