package session

import (
	"context"
	"crypto"
	"encoding/json"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/journal"
	"github.com/e-onay/e-onay/nativehost/secret"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// maxOrigin is how long an origin may be, in bytes: what package release takes.
const maxOrigin = 300

// A pending is a claim that the session has made, and has not yet seen a release for.
type pending struct {
	chosen *choice
	claim  []byte // as it was signed
	key    *device.Key
	proof  []byte // for the report, once the TPM has opened the release's envelope
	// Who asked, and what for.
	origin, purpose string
}

// claim says which card is to get a PIN, signed by the device key, and by the card too where its PIN can be used. A
// claim that is refused, or made again, ends the one before.
func (s *session) claim(j job) (any, error) {
	s.pending = nil
	var body protocol.HostClaimBody
	defer func() { secret.Wipe(body.PIN); secret.Wipe(body.KeyPIN) }()
	err := j.take(&body)
	if err != nil {
		return nil, err
	}
	if err := checkClaim(&body); err != nil {
		return nil, err
	}
	chosen, err := s.listedCertificate(body.Certificate)
	if err != nil {
		return nil, err
	}
	if err := s.claimable(chosen, body.PIN); err != nil {
		return nil, err
	}
	p, claimed, err := s.makeClaim(j.ctx, chosen, &body)
	if err != nil {
		return nil, err
	}
	if usable(*chosen.pin) {
		if claimed.Card, err = s.signClaim(j, p, typedPINs{body.PIN, body.KeyPIN, body.Told, body.KeyTold}); err != nil {
			return nil, err
		}
	}
	s.pending = p
	return claimed, nil
}

// checkClaim refuses what a window of ours never sends.
func checkClaim(b *protocol.HostClaimBody) error {
	wrong := func(what string) error { return fault.Errorf(fault.MessageInvalid, "claim: %s", what) }
	switch {
	case b.Origin == "" || len(b.Origin) > maxOrigin:
		return wrong("origin")
	case len(b.Purpose) > protocol.MaxPurpose:
		return wrong("purpose")
	case len(b.Code) != protocol.CodeDigits || !consists(b.Code, isDigit):
		return wrong("code")
	case b.Act == "" || len(b.Act) > protocol.MaxAct || !consists(b.Act, isName):
		return wrong("act")
	}
	return nil
}

// consists reports whether text is made of such bytes.
func consists(text string, of func(byte) bool) bool {
	for i := range len(text) {
		if !of(text[i]) {
			return false
		}
	}
	return true
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func isName(b byte) bool {
	return isDigit(b) || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_' || b == '-'
}

// claimable refuses what would be of no use, before a portal is asked for a PUK. A PIN that is blocked or was never
// set is no obstacle; one that works must be given.
func (s *session) claimable(chosen *choice, pin []byte) error {
	if err := chosen.certificate.Usable(s.Now()); err != nil {
		// Whether such a certificate is one of its own, and qualified, the portal judges.
		switch fault.CodeOf(err) {
		case fault.CertificateNotYetValid, fault.CertificateExpired:
			return err
		}
	}
	if err := chosen.unblockable(); err != nil {
		return err
	}
	if chosen.ref.Serial == "" {
		return fault.Errorf(fault.UnblockUnsupported, "the token has no serial number")
	}
	switch state := *chosen.pin; {
	case !usable(state):
		return nil
	case len(pin) == 0 && !state.Pad:
		return &worker.PINError{State: state, Err: fault.Errorf(fault.PINUsable, "the PIN is %s", state.State)}
	}
	if code := chosen.pin.Refuse(pin); code != "" {
		return &worker.PINError{State: *chosen.pin, Err: fault.Errorf(code, "not sent to the card")}
	}
	return nil
}

// unblockable refuses a token whose PUK cannot be used.
func (h *holder) unblockable() error {
	switch {
	case h.method == worker.NoMethod:
		return fault.Errorf(fault.UnblockUnsupported, "the registry knows no way")
	case h.puk == protocol.PUKLocked:
		return fault.Errorf(fault.PUKLocked, "not sent to the card")
	}
	return nil
}

// usable reports whether a card could sign with its PIN.
func usable(s protocol.PINState) bool {
	return s.State != protocol.PINLocked && s.State != protocol.PINUnset
}

// act is what is done for the claim.
func (p *pending) act(kind string) journal.Act {
	return p.chosen.named(journal.Act{Kind: kind, Origin: p.origin, Purpose: p.purpose})
}

// makeClaim writes the claim and has the device key sign it.
func (s *session) makeClaim(ctx context.Context, chosen *choice, body *protocol.HostClaimBody) (*pending, *protocol.PINClaim, error) {
	key, err := s.Device.Key(ctx)
	if err != nil {
		return nil, nil, unavailable(ctx, err)
	}
	machine, err := key.Describe(s.Platform, s.Version)
	if err != nil {
		return nil, nil, unavailable(ctx, err)
	}
	if body.Attest {
		machine.Endorsement = s.endorsement(ctx, key)
	}
	claim, err := json.Marshal(release.Claim{
		Version: release.Version, Act: body.Act, Code: body.Code, Origin: body.Origin,
		Card: chosen.ref.Serial, Certificate: chosen.key.Certificate, PIN: chosen.pin.State,
		Device: machine, Time: s.Now().Unix(),
	})
	if err != nil {
		return nil, nil, err
	}
	signature, err := key.Sign(ctx, release.StatementOf(release.KindClaim, claim))
	if err != nil {
		return nil, nil, unavailable(ctx, err)
	}
	return &pending{chosen: chosen, claim: claim, key: key, origin: body.Origin, purpose: body.Purpose}, &protocol.PINClaim{Claim: claim, Signature: signature}, nil
}

// endorsement returns the certificates of the TPM that holds the key, none where no TPM shows that it does: the portal then
// takes the key for one in software, and judges whether it may have a PUK.
func (s *session) endorsement(ctx context.Context, key *device.Key) [][]byte {
	certificates, err := key.Endorsement(ctx)
	if err != nil {
		s.Log.Info("the device key is not attested", "protection", key.Protection(), "error", err)
	}
	return certificates
}

// unavailable is what a failure of the device key is to a person: they stopped waiting for it, or it is not there.
func unavailable(ctx context.Context, err error) error {
	if context.Cause(ctx) != nil {
		return fault.New(fault.Cancelled, err)
	}
	return fault.New(fault.DeviceUnavailable, err)
}

// claimName is what the journal calls the document that a claim is to the card.
const claimName = "claim.json"

// signClaim has the card sign the claim, so that nobody gets the PUK of a card that works who cannot use it. That is a
// signature like any other: it leaves once it is in the journal.
func (s *session) signClaim(j job, p *pending, pins typedPINs) ([]byte, error) {
	signatures, err := s.signAll(j, p.chosen, pins, func(hash crypto.Hash) [][]byte {
		h := hash.New()
		h.Write(p.claim)
		return [][]byte{h.Sum(nil)}
	})
	act := p.act(protocol.JournalSign)
	act.Documents = []journal.Document{{Name: claimName, Digest: release.Digest(p.claim)}}
	if err != nil {
		return nil, s.note(j, act, err)
	}
	if err := s.record(j, act, nil); err != nil {
		return nil, err
	}
	return signatures[0], nil
}
