package newpin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/e-onay/e-onay/internal/attest"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/challenge"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/verification"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// maxClaimBody holds the largest claim and card's signature in base64 with the JSON around them.
const maxClaimBody = (protocol.MaxClaim+protocol.MaxSignature)/3*4 + 2048

// claimBody is a host's claim as the page's program hands it on.
type claimBody struct {
	Act       string `json:"act"`
	Claim     []byte `json:"claim"`
	Signature []byte `json:"signature"`      // the device key's
	Card      []byte `json:"card,omitempty"` // CMS SignedData, DER, where the card's PIN is usable
}

// sealedBody is a PUK that only the machine that made the claim can open.
type sealedBody struct {
	Sealed []byte `json:"sealed"`
}

// A judgement is a claim on its way through the judges.
type judgement struct {
	body        *claimBody
	challenge   store.Challenge
	claim       *release.Claim
	certificate *pki.Certificate
	received    time.Time
	again       bool                // it was answered before, and the answer may be lost
	endorsement *attest.Endorsement // nil where no TPM need open the release
}

// claim releases a PUK.
func (n *newpin) claim(v *site.Visit) error {
	if n.Safe == nil {
		return fault.Errorf(refusal.NotFound, "there is no PUK key")
	}
	j := &judgement{received: n.Now()}
	return n.Verification.InTurn(v, v.Session.ID, func(ctx context.Context) error { return n.judgeClaim(ctx, v, j) })
}

// judgeClaim judges what needs no network first, the answers on revocation next; the transaction that records the
// release judges again whatever may have changed meanwhile. Only then is the PUK sealed, and leaves.
func (n *newpin) judgeClaim(ctx context.Context, v *site.Visit, j *judgement) error {
	data, err := v.ReadJSON()
	if err != nil {
		return err
	}
	if j.body, err = parseClaim(data); err != nil {
		return err
	}
	if j.challenge, err = n.Challenges.Find(v.R.Context(), challenge.Of(v), j.body.Act, store.PIN); err != nil {
		return err
	}
	if j.claim, err = readClaim(j.body, j.challenge, site.OriginOf(n.Address)); err != nil {
		return err
	}
	if err := n.checkCode(v, j); err != nil {
		return err
	}
	if err := n.checkEntitlement(v, j); err != nil {
		return err
	}
	if err := n.checkEndorsement(j); err != nil {
		return err
	}
	if !j.again {
		if err := n.checkProof(v, j); err != nil {
			return err
		}
		if err := n.verifyClaim(ctx, j); err != nil {
			return err
		}
	}
	puk, err := n.release(v, j)
	if err != nil {
		return err
	}
	sealed, err := n.sealFor(j, puk)
	if err != nil {
		return err
	}
	n.Log.Info("puk released", "reference", j.challenge.Reference, "machine", j.claim.Device.ID(),
		"claimed", j.claim.Device.Protection, "endorsed", j.endorsement != nil, "again", j.again)
	return v.AnswerJSON(http.StatusOK, sealedBody{sealed})
}

func parseClaim(data []byte) (*claimBody, error) {
	var body claimBody
	if err := site.ParseJSON(data, &body); err != nil {
		return nil, err
	}
	if len(body.Card) > protocol.MaxSignature {
		return nil, fault.Errorf(refusal.ClaimInvalid, "card's signature of %d bytes", len(body.Card))
	}
	return &body, nil
}

// platformForm is GOOS/GOARCH.
var platformForm = regexp.MustCompile(`^[a-z0-9]+/[a-z0-9]+$`)

// readClaim reads a claim and judges that it was made for this act, on this site.
func readClaim(body *claimBody, c store.Challenge, origin string) (*release.Claim, error) {
	claim, err := release.ReadClaim(body.Claim, body.Signature)
	if err != nil {
		return nil, fault.Errorf(refusal.ClaimInvalid, "%.200v", err) // it may quote what was sent
	}
	refuse := func(format string, args ...any) (*release.Claim, error) {
		return nil, fault.Errorf(refusal.ClaimInvalid, format, args...)
	}
	switch {
	case claim.Act != c.Reference || claim.Code != c.Code:
		return refuse("made for another act or code")
	case claim.Origin != origin:
		return refuse("made for %.100q", claim.Origin)
	case !platformForm.MatchString(claim.Device.Platform):
		return refuse("platform %q", claim.Device.Platform)
	}
	switch claim.Device.Protection {
	case protocol.ProtectionTPM, protocol.ProtectionKeyring, protocol.ProtectionFile:
	default:
		return refuse("protection %q", claim.Device.Protection)
	}
	switch claim.PIN {
	case protocol.PINReady, protocol.PINLow, protocol.PINFinal:
		if len(body.Card) == 0 {
			return refuse("the PIN is usable, and the card has not signed")
		}
	case protocol.PINLocked, protocol.PINUnset:
		if len(body.Card) > 0 {
			return refuse("the PIN is not usable, and the card has signed")
		}
	default:
		return refuse("PIN state %q", claim.PIN)
	}
	return claim, nil
}

// checkCode judges whether the code can still be used, and finds out whether this very claim has used it.
func (n *newpin) checkCode(v *site.Visit, j *judgement) error {
	c := j.challenge
	if !c.Used {
		if !j.received.Before(c.ExpiresAt) {
			return fault.Errorf(refusal.CodeExpired, "%s ended at %v", c.Reference, c.ExpiresAt)
		}
		return nil
	}
	old, err := n.Store.Released(v.R.Context(), c.Reference)
	if err != nil {
		return fmt.Errorf("release: %w", err)
	}
	j.again = old.ReportedAt.IsZero() && bytes.Equal(old.Claim, j.body.Claim)
	if !j.again {
		return fault.Errorf(refusal.CodeUsed, "%s has been released", c.Reference)
	}
	return nil
}

// checkEntitlement judges, without the network, whether the person may have the PUK of this card on this machine.
func (n *newpin) checkEntitlement(v *site.Visit, j *judgement) (err error) {
	if j.certificate, err = pki.Parse(j.claim.Certificate); err != nil {
		return err
	}
	if err := j.certificate.Usable(n.Now()); err != nil {
		return err
	}
	if j.certificate.CitizenNumber() != v.Session.CitizenNumber {
		return fault.New(fault.CertificateOfAnother, nil)
	}
	if err := n.checkCard(v, j); err != nil {
		return err
	}
	if err := n.Refuse(v.R.Context(), v.Session.CitizenNumber, j.certificate.Certificate); err != nil {
		return err
	}
	machine, err := n.Store.Machine(v.R.Context(), v.Session.CitizenNumber, j.claim.Device.ID())
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("machine: %w", err)
	case !machine.RevokedAt.IsZero():
		return fault.Errorf(refusal.DeviceRevoked, "revoked at %v", machine.RevokedAt)
	}
	return nil
}

// checkCard judges whether card and certificate stand together on record for the person, with a PUK that can
// be released and read.
func (n *newpin) checkCard(v *site.Visit, j *judgement) error {
	cards, err := n.Store.Cards(v.R.Context(), v.Session.CitizenNumber)
	if err != nil {
		return fmt.Errorf("cards: %w", err)
	}
	for _, card := range cards {
		if card.Serial != j.claim.Card || !card.Has(fingerprint(j.certificate)) {
			continue
		}
		if card.PUKRefused {
			return fault.New(refusal.PUKWithheld, nil)
		}
		puk, err := n.Safe.Open(card.Serial, card.PUK)
		clear(puk)
		return err
	}
	return fault.New(refusal.CardUnknown, nil)
}

// verifyClaim judges the certificate, and the card's signature of the claim where there must be one.
func (n *newpin) verifyClaim(ctx context.Context, j *judgement) error {
	var (
		evidence *relyingparty.Evidence
		err      error
	)
	if len(j.body.Card) > 0 {
		evidence, err = n.Verification.CheckSignature(store.PIN, j.body.Card, j.body.Claim, j.challenge.IssuedAt, j.received)
	} else {
		evidence, err = n.Verification.CheckCertificate(j.certificate.Raw)
	}
	if err != nil {
		return err
	}
	if !bytes.Equal(evidence.Path[0].Raw, j.certificate.Raw) {
		return fault.Errorf(refusal.ClaimInvalid, "signed with another certificate than the claim's")
	}
	return n.Verification.Prove(ctx, evidence)
}

// release records the release, and returns the PUK as it is on record. If the browser leaves before that, nothing is
// recorded, and it asks again.
func (n *newpin) release(v *site.Visit, j *judgement) ([]byte, error) {
	ctx, cancel := context.WithTimeout(v.R.Context(), verification.RecordTimeout)
	defer cancel()
	notice, newMachineNotice, err := n.notices(v, j)
	if err != nil {
		return nil, err
	}
	now, device := n.Now(), j.claim.Device
	puk, err := n.Store.Release(ctx, store.Claim{
		Reference: j.challenge.Reference, Session: v.Session.ID, SessionIdle: site.SessionIdle,
		ReceivedAt: j.received, IssuedAt: now,
		Card: j.claim.Card, Certificate: fingerprint(j.certificate), Serial: application.NewCertificate(j.certificate.Certificate).Serial,
		Machine: store.Machine{
			ID: device.ID(), Signing: device.Signing, Sealing: device.Sealing,
			Protection: device.Protection, Platform: device.Platform,
		},
		Claim: j.body.Claim, Signature: j.body.Signature, CardSignature: j.body.Card,
		Proof: n.proof(), Day: dayOf(now), PerDay: n.PerDay,
		Notice: notice, NewMachineNotice: newMachineNotice,
	})
	if err != nil {
		return nil, fmt.Errorf("release: %w", err)
	}
	n.Judged(store.PIN, "released")
	n.Letters.Wake()
	return puk, nil
}

// sealFor opens a PUK of the record and seals it for the machine that claims it.
func (n *newpin) sealFor(j *judgement, encrypted []byte) ([]byte, error) {
	puk, err := n.Safe.Open(j.claim.Card, encrypted)
	if err != nil {
		return nil, err
	}
	defer clear(puk)
	sealed, err := release.Seal(j.body.Claim, j.claim.Device, puk)
	if err != nil {
		return nil, err
	}
	return n.enclose(j, sealed)
}

// dayOf returns when the day of a moment began in Turkey.
func dayOf(t time.Time) time.Time {
	year, month, day := t.In(site.Istanbul).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, site.Istanbul)
}
