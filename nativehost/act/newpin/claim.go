// Package newpin gives a card a new PIN by a PUK that a portal releases.
//
// The act has two requests (docs/protocol.md, "A new PIN for a card"):
//
//   - claim: the host says which card is to get a PIN on which machine, signed by the device key; also by the card, if its
//     PIN can be used. The window brings the claim to the portal.
//   - release: the portal's answer has the PUK, sealed to the device key with this claim. A worker opens the seal and uses
//     the PUK, once. The answer is a signed report of what became of it.
//
// A release needs the session's claim and ends it, whatever comes of it; from then on only a report that cannot be signed is
// an error. A card that is at work with a PUK is not interrupted (cardlogin.SetPIN): a cancel, and the window's end, wait
// some seconds for its answer. If the card says nothing in that time, the outcome is cancelled; then, as after token_removed
// and module_timeout, the card may have its new PIN or not.
package newpin

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/nativehost/act"
	"github.com/e-onay/e-onay/nativehost/cardlogin"
	"github.com/e-onay/e-onay/nativehost/device"
	"github.com/e-onay/e-onay/nativehost/inventory"
	"github.com/e-onay/e-onay/nativehost/journal"
	"github.com/e-onay/e-onay/nativehost/worker"
)

// An Act is one window's new PIN: its claim, and the parts of the host that it uses.
type Act struct {
	Inventory *inventory.Inventory
	Cards     *cardlogin.Cards
	Journal   *act.Journal
	// Device has this installation's key; DeviceAt is where a worker finds it.
	Device   *device.Installation
	DeviceAt device.Where
	// Platform and Version are the host's, for the portal's record of machines.
	Platform, Version string
	// Now is the clock.
	Now func() time.Time
	Log *slog.Logger

	pending *claim // nil unless a release may come
}

// A claim was made, and has had no release yet.
type claim struct {
	certificate *inventory.Certificate
	json        []byte // of a release.Claim, as it was signed
	key         *device.Key
	proof       []byte // for the report, once the TPM has opened the release's envelope
	// Who asked, and what for.
	origin, purpose string
}

// Claim makes the session's claim. One that is refused, or made again, ends the one before: refused is why the request is
// malformed or out of place, nil if it is not.
func (a *Act) Claim(ctx context.Context, r act.Request, body *protocol.HostClaimBody, refused error) (*protocol.PINClaim, error) {
	a.pending = nil
	if refused != nil {
		return nil, refused
	}
	if err := check(body); err != nil {
		return nil, err
	}
	certificate, err := a.Inventory.Certificate(body.Certificate)
	if err != nil {
		return nil, err
	}
	if err := a.checkClaimable(certificate, body.PIN); err != nil {
		return nil, err
	}
	c, out, err := a.makeClaim(ctx, certificate, body)
	if err != nil {
		return nil, err
	}
	if isPINUsable(certificate.Token.PIN) {
		pins := cardlogin.PINs{PIN: body.PIN, KeyPIN: body.KeyPIN, Told: body.Told, KeyTold: body.KeyTold}
		if out.Card, err = a.signByCard(ctx, r, c, pins); err != nil {
			return nil, err
		}
	}
	a.pending = c
	return out, nil
}

// check refuses a request that no window of ours sends.
func check(b *protocol.HostClaimBody) error {
	wrong := func(what string) error { return fault.Errorf(fault.MessageInvalid, "claim: %s", what) }
	switch {
	case b.Origin == "" || len(b.Origin) > act.MaxOrigin:
		return wrong("origin")
	case len(b.Purpose) > protocol.MaxPurpose:
		return wrong("purpose")
	case len(b.Code) != protocol.CodeDigits || strings.Trim(b.Code, digits) != "":
		return wrong("code")
	case b.Act == "" || len(b.Act) > protocol.MaxAct || strings.Trim(b.Act, digits+letters+"_-") != "":
		return wrong("act")
	}
	return nil
}

const (
	digits  = "0123456789"
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// checkClaimable refuses a card that a PUK would not help, before a portal is asked for one. A PIN that is blocked or was
// never set is no obstacle; one that works must be given.
func (a *Act) checkClaimable(certificate *inventory.Certificate, pin []byte) error {
	token := certificate.Token
	if err := certificate.Usable(a.Now()); err != nil {
		// Whether such a certificate is one of its own, and qualified, is for the portal to judge.
		switch fault.CodeOf(err) {
		case fault.CertificateNotYetValid, fault.CertificateExpired:
			return err
		}
	}
	if err := cardlogin.CheckUnblock(token); err != nil {
		return err
	}
	if token.Ref.Serial == "" {
		return fault.Errorf(fault.UnblockUnsupported, "the token has no serial number")
	}
	switch {
	case !isPINUsable(token.PIN):
		return nil
	case len(pin) == 0 && !token.PIN.Pad:
		return &worker.PINError{State: token.PIN, Err: fault.Errorf(fault.PINUsable, "the PIN is %s", token.PIN.State)}
	}
	if code := token.PIN.Refuse(pin); code != "" {
		return &worker.PINError{State: token.PIN, Err: fault.Errorf(code, "not sent to the card")}
	}
	return nil
}

// isPINUsable reports whether a card could sign with its PIN.
func isPINUsable(s protocol.PINState) bool {
	return s.State != protocol.PINLocked && s.State != protocol.PINUnset
}

// makeClaim writes the claim and has the device key sign it.
func (a *Act) makeClaim(ctx context.Context, certificate *inventory.Certificate, body *protocol.HostClaimBody) (*claim, *protocol.PINClaim, error) {
	key, err := a.Device.Key(ctx)
	if err != nil {
		return nil, nil, deviceError(ctx, err)
	}
	machine, err := key.Describe(a.Platform, a.Version)
	if err != nil {
		return nil, nil, deviceError(ctx, err)
	}
	if body.Attest {
		machine.Endorsement = a.endorsement(ctx, key)
	}
	token := certificate.Token
	data, err := json.Marshal(release.Claim{
		Version: release.Version, Act: body.Act, Code: body.Code, Origin: body.Origin,
		Card: token.Ref.Serial, Certificate: certificate.KeyRef.Certificate, PIN: token.PIN.State,
		Device: machine, Time: a.Now().Unix(),
	})
	if err != nil {
		return nil, nil, err
	}
	signature, err := key.Sign(ctx, release.StatementOf(release.KindClaim, data))
	if err != nil {
		return nil, nil, deviceError(ctx, err)
	}
	return &claim{certificate: certificate, json: data, key: key, origin: body.Origin, purpose: body.Purpose},
		&protocol.PINClaim{Claim: data, Signature: signature}, nil
}

// endorsement returns the certificates of the TPM that holds the key, nil if no TPM shows that it does: the portal then takes
// the key for one in software, and judges whether it may have a PUK.
func (a *Act) endorsement(ctx context.Context, key *device.Key) [][]byte {
	certificates, err := key.Endorsement(ctx)
	if err != nil {
		a.Log.Info("the device key is not attested", "protection", key.Protection(), "error", err)
	}
	return certificates
}

// deviceError gives a failure of the device key its code: the person has stopped waiting for it, or it is not there.
func deviceError(ctx context.Context, err error) error {
	if context.Cause(ctx) != nil {
		return fault.New(fault.Cancelled, err)
	}
	return fault.New(fault.DeviceUnavailable, err)
}

// documentName is what the journal calls the claim as a document that the card signs.
const documentName = "claim.json"

// signByCard has the card sign the claim, so that nobody gets the PUK of a working card without its PIN. This is a signature
// like any other: it leaves once it is journaled.
func (a *Act) signByCard(ctx context.Context, r act.Request, c *claim, pins cardlogin.PINs) ([]byte, error) {
	document := ades.NewDocument(documentName, "application/json", c.json)
	signed, err := a.Cards.SignDocument(ctx, r, c.certificate, pins, document)
	entry := c.entry(protocol.JournalSign)
	entry.Documents = []journal.Document{{Name: documentName, Digest: release.Digest(c.json)}}
	if err != nil {
		return nil, a.Journal.Note(ctx, r, entry, err)
	}
	if err := a.Journal.Record(ctx, entry); err != nil {
		return nil, err
	}
	return io.ReadAll(signed.Reader(nil)) // a detached signature is new, whole
}

// entry is the entry of an act that is done for the claim.
func (c *claim) entry(kind string) journal.Act {
	return act.WithCertificate(journal.Act{Kind: kind, Origin: c.origin, Purpose: c.purpose}, c.certificate)
}
