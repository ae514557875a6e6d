package store

import (
	"context"
	"crypto/sha256"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
)

// Releases is the part of Store that is about PUKs: the cards on record, the machines of people, and what was
// released to whom.
type Releases interface {
	// PutCards puts cards on record, all of them or none. Of one that is there its PUK is replaced, and its
	// certificates are added to. A contact that comes with it replaces the person's one before. Its mark is cleared only where differs says that the PUK is another one: the very
	// PUK that a card has refused would bring it nearer to its end. A card on record for another person is an
	// error, which names it by its place in the list, from 1.
	PutCards(ctx context.Context, cards []Card, differs PUKsDiffer) error
	// Cards returns the cards on record for a person, by serial number, MaxItems at most.
	Cards(ctx context.Context, citizenNumber string) ([]Card, error)

	// Release records that a PUK is released, uses the challenge up, enrols the machine, and returns the card's
	// PUK as it is on record. The very claim of a release without a report is answered again, and nothing is
	// recorded but when the machine was seen.
	//
	// Refusals, in this order: refusal.ActUnknown, also if the challenge's kind is not PIN; refusal.CodeElsewhere if it is
	// another session's; fault.LoginRequired if the session is gone; refusal.CodeUsed if another claim has used it, or
	// its report is there; refusal.CodeExpired, unless it is the very claim, if c.ReceivedAt is not before the
	// challenge's end; refusal.CardUnknown unless the card is on record for this person with this certificate;
	// refusal.PUKWithheld if it is marked; refusal.CertificateSuspended or fault.CertificateRevoked if an application of the person with this
	// certificate is so, also where that came while the claim was judged; refusal.DeviceRevoked; and, unless it is the very claim: what c.Proof refuses;
	// refusal.ReleaseLimit if the person was given c.PerDay or more since c.Day. The one-time code is used up by the release,
	// and one of the notices goes into the outbox.
	Release(ctx context.Context, c Claim) (puk []byte, err error)
	// Report adds what became of a release. The same report again is no error and changes nothing. An outcome of
	// which RefusesPUK is true marks the card, and is a failure of the person; one that is Attested marks the machine. One of
	// protocol.OutcomeDone has the person's application with that Certificate become due (ApplicationsDue). Refusals: refusal.ActUnknown if there is no release of this reference
	// for this person; refusal.CodeUsed if it has another report.
	Report(ctx context.Context, r Report) error
	// Released returns a release by its reference.
	Released(ctx context.Context, reference string) (Release, error)
	// ReleasedTo returns a person's releases, the newest first, limit at most.
	ReleasedTo(ctx context.Context, citizenNumber string, limit int) ([]Release, error)

	// Machine returns one of a person's machines.
	Machine(ctx context.Context, citizenNumber, id string) (Machine, error)
	// Machines returns a person's machines, the last used first, MaxItems at most.
	Machines(ctx context.Context, citizenNumber string) ([]Machine, error)
	// RevokeMachine takes one of a person's machines off their list for good. It keeps the time of the first time.
	RevokeMachine(ctx context.Context, citizenNumber, id string, at time.Time) error
}

// PUKsDiffer reports whether two encrypted PUKs of a card are known to be different ones. It is called within a
// transaction and must not use the store.
type PUKsDiffer func(serial string, before, after []byte) bool

// Fingerprint is the SHA-256 of a certificate in DER.
type Fingerprint [sha256.Size]byte

// Card is a card on record, as the certificate authority knows it.
type Card struct {
	Serial        string // CK_TOKEN_INFO's
	CitizenNumber string
	Certificates  []CardCertificate // by their end, the last first
	// PUK is encrypted; a store cannot read it.
	PUK []byte
	// Contact is the person's address, encrypted; nil where the card comes without one. Write only.
	Contact []byte
	// PUKRefused marks a card that has refused the PUK on record. Read only.
	PUKRefused bool
}

// Has reports whether a certificate is on record with the card.
func (c Card) Has(certificate Fingerprint) bool {
	return slices.ContainsFunc(c.Certificates, func(one CardCertificate) bool { return one.SHA256 == certificate })
}

// CardCertificate is a certificate on a card.
type CardCertificate struct {
	SHA256              Fingerprint
	NotBefore, NotAfter time.Time
}

// Machine is an installation of the host that a person has used.
type Machine struct {
	ID               string // release.Device's
	CitizenNumber    string
	Signing, Sealing []byte // its public keys, as in release.Device
	Protection       string // by the host's own word
	Platform         string
	// FirstSeen, LastSeen, RevokedAt and AttestedAt are kept by the store. RevokedAt is zero for one that is not revoked,
	// AttestedAt for one whose TPM has not proven that it has the keys.
	FirstSeen, LastSeen, RevokedAt, AttestedAt time.Time
}

// Claim is a judged claim for a card's PUK.
type Claim struct {
	Reference string
	Session   Hash
	// SessionIdle is as in Store.Session.
	SessionIdle time.Duration
	// ReceivedAt is when the claim arrived, before it was judged; IssuedAt is when it had been.
	ReceivedAt, IssuedAt time.Time
	Card                 string
	Certificate          Fingerprint
	// Serial is the certificate's serial number, in lower-case hex, as an application has it.
	Serial  string
	Machine Machine // without CitizenNumber
	// Claim is what was signed, Signature the device key's, CardSignature the card's where its PIN was usable.
	Claim, Signature, CardSignature []byte
	// Proof is what is asked of the person beside their session.
	Proof Proof
	// Day is when the person's day began, PerDay how many releases it may have.
	Day    time.Time
	PerDay int
	// Notice tells the person of the release, NewMachineNotice in its place where the machine is new to them; nil where
	// they have no address.
	Notice, NewMachineNotice *Message
}

// Release is a PUK that was released.
type Release struct {
	Reference                       string
	CitizenNumber                   string
	Card                            string // serial number
	Machine                         string // ID
	Claim, Signature, CardSignature []byte // as in Claim
	IssuedAt                        time.Time
	// The report's; zero until it has come.
	Outcome                 fault.Code
	Report, ReportSignature []byte
	ReportedAt              time.Time
}

// Report is what a machine says has become of a release.
type Report struct {
	Reference         string
	CitizenNumber     string
	Outcome           fault.Code
	Report, Signature []byte
	ReportedAt        time.Time
	// Certificate is the serial number of the card's certificate, in lower-case hex, as an application has it.
	Certificate string
	// Attested is true where the report proves that the machine's TPM has its keys.
	Attested bool
}

// RefusesPUK reports whether an outcome says that the card did not take its PUK.
func RefusesPUK(outcome fault.Code) bool {
	switch outcome {
	case fault.PUKIncorrect, fault.PUKLastTry, fault.PUKLocked:
		return true
	}
	return false
}
