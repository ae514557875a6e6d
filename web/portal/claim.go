package portal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/attest"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
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

// sealedBody is a PUK for the machine that made the claim, and for nobody else.
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
func (p *Portal) claim(v *visit) error {
	if p.puks == nil {
		return fault.Errorf(refusal.NotFound, "there is no PUK key")
	}
	j := &judgement{received: p.now()}
	return p.inTurn(v, func(ctx context.Context) error { return p.judgeClaim(ctx, v, j) })
}

// judgeClaim judges what needs no network first, the answers on revocation next; the transaction that records the
// release judges again whatever may have changed meanwhile. Only then is the PUK sealed, and leaves.
func (p *Portal) judgeClaim(ctx context.Context, v *visit, j *judgement) error {
	data, err := readJSON(v.r)
	if err != nil {
		return err
	}
	if j.body, err = parseClaim(data); err != nil {
		return err
	}
	if j.challenge, err = p.challenge(v, j.body.Act, store.PIN); err != nil {
		return err
	}
	if j.claim, err = readClaim(j.body, j.challenge, originOf(p.address)); err != nil {
		return err
	}
	if err := p.unanswered(v, j); err != nil {
		return err
	}
	if err := p.entitled(v, j); err != nil {
		return err
	}
	if err := p.judgeEndorsement(j); err != nil {
		return err
	}
	if !j.again {
		if err := p.proven(v, j); err != nil {
			return err
		}
		if err := p.verifyClaim(ctx, j); err != nil {
			return err
		}
	}
	puk, err := p.release(v, j)
	if err != nil {
		return err
	}
	sealed, err := p.sealFor(j, puk)
	if err != nil {
		return err
	}
	p.log.Info("puk released", "reference", j.challenge.Reference, "machine", j.claim.Device.ID(),
		"claimed", j.claim.Device.Protection, "endorsed", j.endorsement != nil, "again", j.again)
	answerJSON(v, sealedBody{sealed})
	return nil
}

func parseClaim(data []byte) (*claimBody, error) {
	var body claimBody
	if err := parseJSON(data, &body); err != nil {
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

// originOf is a site's address as browsers write its origin (RFC 6454, 6.1).
func originOf(address *url.URL) string {
	port := map[string]string{"http": ":80", "https": ":443"}[address.Scheme]
	return address.Scheme + "://" + strings.TrimSuffix(strings.ToLower(address.Host), port)
}

// unanswered judges whether the code can still be used, and finds out whether this very claim has used it.
func (p *Portal) unanswered(v *visit, j *judgement) error {
	c := j.challenge
	if !c.Used {
		if !j.received.Before(c.ExpiresAt) {
			return fault.Errorf(refusal.CodeExpired, "%s ended at %v", c.Reference, c.ExpiresAt)
		}
		return nil
	}
	old, err := p.store.Released(v.r.Context(), c.Reference)
	if err != nil {
		return fmt.Errorf("release: %w", err)
	}
	j.again = old.ReportedAt.IsZero() && bytes.Equal(old.Claim, j.body.Claim)
	if !j.again {
		return fault.Errorf(refusal.CodeUsed, "%s has been released", c.Reference)
	}
	return nil
}

// entitled judges, without the network, whether the person may have the PUK of this card on this machine.
func (p *Portal) entitled(v *visit, j *judgement) (err error) {
	if j.certificate, err = pki.Parse(j.claim.Certificate); err != nil {
		return err
	}
	if err := j.certificate.Usable(p.now()); err != nil {
		return err
	}
	if j.certificate.CitizenNumber() != v.session.CitizenNumber {
		return fault.New(fault.CertificateOfAnother, nil)
	}
	if err := p.cardOnRecord(v, j); err != nil {
		return err
	}
	machine, err := p.store.Machine(v.r.Context(), v.session.CitizenNumber, j.claim.Device.ID())
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

// cardOnRecord judges whether card and certificate stand together on record for the person, with a PUK that can
// be released and read.
func (p *Portal) cardOnRecord(v *visit, j *judgement) error {
	cards, err := p.store.Cards(v.r.Context(), v.session.CitizenNumber)
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
		puk, err := p.puks.open(card.Serial, card.PUK)
		clear(puk)
		return err
	}
	return fault.New(refusal.CardUnknown, nil)
}

// verifyClaim judges the certificate, and the card's signature of the claim where there must be one.
func (p *Portal) verifyClaim(ctx context.Context, j *judgement) error {
	var (
		evidence *relyingparty.Evidence
		err      error
	)
	if len(j.body.Card) > 0 {
		evidence, err = p.check(j.body.Card, j.body.Claim, j.challenge.IssuedAt, j.received)
	} else if evidence, err = p.verifier.CheckCertificate(j.certificate.Raw); err != nil {
		err = fmt.Errorf("verify: %w", err)
	}
	if err != nil {
		return err
	}
	if !bytes.Equal(evidence.Path[0].Raw, j.certificate.Raw) {
		return fault.Errorf(refusal.ClaimInvalid, "signed with another certificate than the claim's")
	}
	return p.prove(ctx, evidence)
}

// release records the release, and returns the PUK as it is on record. If the browser leaves before that, nothing is
// recorded, and it asks again.
func (p *Portal) release(v *visit, j *judgement) ([]byte, error) {
	ctx, cancel := context.WithTimeout(v.r.Context(), recordTimeout)
	defer cancel()
	notice, newMachineNotice, err := p.notices(v, j)
	if err != nil {
		return nil, err
	}
	now, device := p.now(), j.claim.Device
	puk, err := p.store.Release(ctx, store.Claim{
		Reference: j.challenge.Reference, Session: v.session.ID, SessionIdle: sessionIdle,
		ReceivedAt: j.received, IssuedAt: now,
		Card: j.claim.Card, Certificate: fingerprint(j.certificate),
		Machine: store.Machine{
			ID: device.ID(), Signing: device.Signing, Sealing: device.Sealing,
			Protection: device.Protection, Platform: device.Platform,
		},
		Claim: j.body.Claim, Signature: j.body.Signature, CardSignature: j.body.Card,
		Proof: p.settings.proof(), Day: dayOf(now), PerDay: p.settings.puksPerDay(),
		Notice: notice, NewMachineNotice: newMachineNotice,
	})
	if err != nil {
		return nil, fmt.Errorf("release: %w", err)
	}
	p.wakeSender()
	return puk, nil
}

// sealFor opens a PUK of the record and seals it for the machine that claims it.
func (p *Portal) sealFor(j *judgement, encrypted []byte) ([]byte, error) {
	puk, err := p.puks.open(j.claim.Card, encrypted)
	if err != nil {
		return nil, err
	}
	defer clear(puk)
	sealed, err := release.Seal(j.body.Claim, j.claim.Device, puk)
	if err != nil {
		return nil, err
	}
	return p.enclose(j, sealed)
}

// dayOf returns when the day of a moment began in Turkey.
func dayOf(t time.Time) time.Time {
	year, month, day := t.In(istanbul).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, istanbul)
}
