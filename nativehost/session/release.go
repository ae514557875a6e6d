package session

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/e-onay/e-onay/internal/attest"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/secret"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// release uses what the portal has released for the session's claim, and answers with a report of what became of it:
// whatever that was, once there was a claim, for a PUK has left the portal. The claim is forgotten first.
func (s *session) release(j job) (any, error) {
	p := s.pending
	s.pending = nil
	var body protocol.HostReleaseBody
	defer func() { secret.Wipe(body.New) }()
	err := j.take(&body)
	if p == nil {
		return nil, fault.Errorf(fault.Sequence, "release without a claim")
	}
	if err == nil {
		err = s.reset(j, p, &body)
	}
	return s.report(j, p, s.note(j, p.act(protocol.JournalReset), err))
}

// reset gives the claim's card its new PIN.
func (s *session) reset(j job, p *pending, body *protocol.HostReleaseBody) error {
	if len(body.Sealed) == 0 || len(body.Sealed) > protocol.MaxSealed {
		return fault.Errorf(fault.ReleaseInvalid, "sealed in %d bytes", len(body.Sealed))
	}
	sealed, err := p.takeOut(j.ctx, body.Sealed)
	if err != nil {
		return err
	}
	r := worker.Reset{Slot: p.chosen.ref.Slot, Claim: p.claim, Sealed: sealed, Device: s.DeviceAt}
	return s.newPIN(j, p.chosen.holder, body.New, func(card context.Context, h *holder) error {
		r.Method = h.method
		return h.worker.Reset(card, r, body.New, h.puk)
	})
}

// takeOut returns what is sealed, out of the envelope that only this machine's TPM opens where the portal has put it into
// one. The PUK stays sealed.
func (p *pending) takeOut(ctx context.Context, answer []byte) ([]byte, error) {
	if !attest.IsEnvelope(answer) {
		return answer, nil
	}
	envelope, err := attest.ReadEnvelope(answer)
	if err != nil {
		return nil, fault.New(fault.ReleaseInvalid, err)
	}
	secrets, err := p.key.Activate(ctx, envelope)
	switch {
	case errors.Is(err, device.ErrSealed), errors.Is(err, device.ErrNotEndorsed):
		return nil, fault.New(fault.ReleaseInvalid, err)
	case err != nil:
		return nil, unavailable(ctx, err)
	}
	sealed, err := envelope.Open(p.claim, secrets)
	if err != nil {
		return nil, fault.New(fault.ReleaseInvalid, err)
	}
	p.proof, err = secrets.Proof(p.claim)
	return sealed, err
}

// report signs what became of a claim, also for a window that has cancelled: the portal is owed it.
func (s *session) report(j job, p *pending, failed error) (any, error) {
	outcome := protocol.OutcomeDone
	if failed != nil {
		outcome = fault.CodeOf(failed)
		s.Log.Info("no new PIN", "request", j.ID, "error", failed)
	}
	report, err := json.Marshal(release.Report{
		Version: release.Version, Claim: release.Digest(p.claim), Outcome: outcome, Time: s.Now().Unix(),
		Proof: p.proof,
	})
	if err != nil {
		return nil, err
	}
	signature, err := p.key.Sign(context.WithoutCancel(j.ctx), release.StatementOf(release.KindReport, report))
	if err != nil {
		return nil, fault.New(fault.DeviceUnavailable, err)
	}
	return protocol.PINReport{Outcome: outcome, Report: report, Signature: signature}, nil
}
