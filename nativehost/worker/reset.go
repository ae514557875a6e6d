package worker

import (
	"context"
	"errors"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/messaging"
	"github.com/e-onay/e-onay/nativehost/secret"
)

// Reset is a PUK that was released, and what it is for. It comes sealed into the worker, which alone opens it.
type Reset struct {
	Slot   uint   `json:"slot"`
	Method Method `json:"method"`
	// Claim is the JSON of a release.Claim, as it was signed: the token in the slot must still be its card, with its
	// certificate. Sealed is the PUK, sealed for it.
	Claim  []byte `json:"claim"`
	Sealed []byte `json:"sealed"`
	// Device is where the key is that opens Sealed.
	Device device.Where `json:"device"`
}

// reset gives the token of a claim a new PIN with the PUK that was released for it. The seal stays closed before the
// card has been seen to be the right one. It takes over j's PIN.
func (m *module) reset(j job) error {
	defer j.free()
	m.close()
	if j.Reset == nil || unblockers[j.Reset.Method] == nil {
		return fault.Errorf(fault.MessageInvalid, "reset without a release or method")
	}
	var claim release.Claim
	if err := messaging.Decode(j.Reset.Claim, &claim); err != nil {
		return err
	}
	session, err := m.openForWriting(j.Reset.Slot, claim.Card)
	if err != nil {
		return err
	}
	m.login = &login{session: session} // ends with the child, as in unblock
	if _, err := m.keyID(session, claim.Certificate); err != nil {
		return err
	}
	puk, err := unseal(context.Background(), j.Reset)
	if err != nil {
		return err
	}
	defer puk.Free()
	return m.usePUK(j.Reset.Slot, session, j.Reset.Method, j.Told, puk, j.fresh)
}

// unseal opens the PUK. The caller frees it.
func unseal(ctx context.Context, r *Reset) (*secret.Buffer, error) {
	plain, err := open(ctx, r)
	defer func() { secret.Wipe(plain) }()
	if errors.Is(err, device.ErrSealed) {
		return nil, fault.New(fault.ReleaseInvalid, err)
	}
	if err != nil {
		return nil, fault.New(fault.DeviceUnavailable, err)
	}
	padded, err := release.Unpad(plain)
	if err != nil {
		return nil, fault.New(fault.ReleaseInvalid, err)
	}
	puk, err := secret.NewBuffer(protocol.MaxPIN)
	if err != nil {
		return nil, err
	}
	return puk, puk.Fill(func(b []byte) (int, error) { return copy(b, padded), nil })
}

// open opens the seal with the device key. A lost key is not created again: what was sealed to it is lost.
func open(ctx context.Context, r *Reset) ([]byte, error) {
	key, err := device.Open(ctx, r.Device.Options())
	if err != nil {
		return nil, err
	}
	return key.Open(ctx, release.Info(r.Claim), r.Sealed)
}
