package newpin

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/e-onay/e-onay/internal/attest"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// Release uses the PUK that the portal has released for the session's claim, and answers with a report of what became of
// it. The portal is owed a report whatever happens, for a PUK has left it: also of a request that was cancelled, or that is
// refused as malformed. The claim is forgotten first, so that it is used once.
func (a *Act) Release(ctx context.Context, r act.Request, body *protocol.HostReleaseBody, refused error) (*protocol.PINReport, error) {
	c := a.pending
	a.pending = nil
	if c == nil {
		return nil, fault.Errorf(fault.Sequence, "release without a claim")
	}
	err := refused
	if err == nil {
		err = a.setPIN(ctx, r, c, body)
	}
	return a.report(ctx, r, c, a.Journal.Note(ctx, r, c.entry(protocol.JournalReset), err))
}

// setPIN gives the claim's card its new PIN.
func (a *Act) setPIN(ctx context.Context, r act.Request, c *claim, body *protocol.HostReleaseBody) error {
	if len(body.Sealed) == 0 || len(body.Sealed) > protocol.MaxSealed {
		return fault.Errorf(fault.ReleaseInvalid, "sealed in %d bytes", len(body.Sealed))
	}
	sealed, err := c.openEnvelope(ctx, body.Sealed)
	if err != nil {
		return err
	}
	token := c.certificate.Token
	reset := worker.Reset{Slot: token.Ref.Slot, Method: token.Method, Claim: c.json, Sealed: sealed, Device: a.DeviceAt}
	return a.Cards.SetPIN(ctx, r, token, body.New, func(card context.Context) error {
		return token.Worker.Reset(card, reset, body.New, token.PUK)
	})
}

// openEnvelope returns the sealed PUK. If the portal has put it into an envelope, this machine's TPM opens that, and the
// claim has the proof of it then. The PUK stays sealed.
func (c *claim) openEnvelope(ctx context.Context, answer []byte) (sealed []byte, err error) {
	if !attest.IsEnvelope(answer) {
		return answer, nil
	}
	envelope, err := attest.ReadEnvelope(answer)
	if err != nil {
		return nil, fault.New(fault.ReleaseInvalid, err)
	}
	secrets, err := c.key.Activate(ctx, envelope)
	switch {
	case errors.Is(err, device.ErrSealed), errors.Is(err, device.ErrNotEndorsed):
		return nil, fault.New(fault.ReleaseInvalid, err)
	case err != nil:
		return nil, deviceError(ctx, err)
	}
	sealed, err = envelope.Open(c.json, secrets)
	if err != nil {
		return nil, fault.New(fault.ReleaseInvalid, err)
	}
	c.proof, err = secrets.Proof(c.json)
	return sealed, err
}

// report signs what became of a claim, also for a window that has cancelled.
func (a *Act) report(ctx context.Context, r act.Request, c *claim, failed error) (*protocol.PINReport, error) {
	outcome := protocol.OutcomeDone
	if failed != nil {
		outcome = fault.CodeOf(failed)
		a.Log.Info("no new PIN", "request", r.ID, "error", failed)
	}
	report, err := json.Marshal(release.Report{
		Version: release.Version, Claim: release.Digest(c.json), Outcome: outcome, Time: a.Now().Unix(), Proof: c.proof,
	})
	if err != nil {
		return nil, err
	}
	signature, err := c.key.Sign(context.WithoutCancel(ctx), release.StatementOf(release.KindReport, report))
	if err != nil {
		return nil, fault.New(fault.DeviceUnavailable, err)
	}
	return &protocol.PINReport{Outcome: outcome, Report: report, Signature: signature}, nil
}
