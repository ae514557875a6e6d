// Package store keeps what the portal must not lose: sessions, the acts people are about to do, the signatures that
// have arrived, the acts they have become with their evidence, and to which cards and machines PUKs were released. Store is the
// contract; sqlite implements it, and storetest proves any implementation against it.
package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/e-onay/e-onay/web/relyingparty"
)

// ErrNotFound is returned by look-ups for what is not there, or is there no longer.
var ErrNotFound = errors.New("store: not found")

// Store is safe for concurrent use by any number of goroutines and, through the same database, by any
// number of processes.
//
// Atomicity. Each method but Purge is one transaction: after an error, a cancelled context, a lost connection
// or a kill at any instant, either all of it happened or nothing. What a method has returned without
// an error survives a loss of power.
//
// Isolation. Methods behave as if one ran after the other. Complete in particular judges and records
// in one step: of any number of completions of one receipt, or arrivals for one person, exactly one wins.
//
// Not found. Look-ups return an error for which errors.Is(err, ErrNotFound), and the zero value.
// An expired session is not found; an expired challenge is, because the person is told that it is.
//
// Refusals are *fault.Error with the code that the method's comment names. Every other error means
// that the store cannot answer now.
//
// Time. The caller gives the time; a store reads no clock. Times are kept to the millisecond, in UTC.
//
// Limits. The caller bounds every value; a store may rely on values of at most MaxValue bytes and
// MaxItems items of evidence, and refuses more.
//
// Evidence is never changed or deleted. Nor is what was released, but that its report is added once.
type Store interface {
	Receipts
	Releases
	Proofs
	Chain
	Logins
	Lasting
	Own
	Applications
	ApplicationKeys
	Jobs
	Payments
	Roles
	Shipments
	Orders
	Statuses
	Officers
	PeopleLists
	Decisions
	Texts
	Announcements

	// CreateSession keeps a new session. Its ID must be new.
	CreateSession(ctx context.Context, s Session) error
	// Session returns the session if now is before both its ends: ExpiresAt, and idle after SeenAt.
	Session(ctx context.Context, id Hash, now time.Time, idle time.Duration) (Session, error)
	// TouchSession sets SeenAt to seen unless it is later already. A session that is gone stays gone.
	TouchSession(ctx context.Context, id Hash, seen time.Time) error
	// DeleteSession ends a session. It is no error if there is none.
	DeleteSession(ctx context.Context, id Hash) error

	// IssueChallenge keeps a new challenge and ends every other open challenge of its session at
	// IssuedAt. Refusals: fault.LoginRequired if the session or the key is gone; refusal.ActNotPossible if the person's
	// state does not allow the act; refusal.SignaturePending, unless its kind is PIN, if the person has an open receipt, which is
	// told in a session alone: whoever has a key has only typed the number;
	// refusal.CodeLimit if the session was issued limit.Count challenges after IssuedAt − limit.Window.
	IssueChallenge(ctx context.Context, c Challenge, limit Limit) error
	// Challenge returns the challenge with its reference, whoever's it is.
	Challenge(ctx context.Context, reference string) (Challenge, error)
	// NewestChallenge returns the session's challenge of these kinds issued last, whatever has become of it.
	NewestChallenge(ctx context.Context, session Hash, kinds ...Kind) (Challenge, error)

	// Act returns a recorded act by its reference.
	Act(ctx context.Context, reference string) (Act, error)
	// NewestAct returns the act on E-Onay that a person, named by citizen number, recorded last: it is the
	// person's state. An Approval is none.
	NewestAct(ctx context.Context, citizenNumber string) (Act, error)
	// Evidence returns all that was recorded with an act.
	Evidence(ctx context.Context, reference string) (Evidence, error)

	// Purge deletes sessions, one-time codes and messages that ended before the given time, challenges that ended before it and have
	// neither been used nor a receipt, failures from FailureKept before it, tries from TryKept before it, and jobs and lists of people
	// as GivenUpKept and ListKept say. It does so in many small transactions, so that no other write waits for all of it: after an
	// error what it has deleted stays deleted.
	Purge(ctx context.Context, before time.Time) error
	// UsedChallenges keeps the challenges that logins with a card have used up; challengetest proves it. Purge deletes
	// those that had to be kept until before the given time.
	UsedChallenges() relyingparty.UsedChallenges
	// Ping returns nil if the store can answer and write: it commits what is about the size of an act.
	Ping(ctx context.Context) error
	// Close waits for what is under way and releases everything. Later calls fail.
	Close() error
}

// Limits of values.
const (
	MaxValue = 8 << 20 // bytes of a document, a signature, a certificate or an answer: CRLs are the largest
	MaxItems = 64
)

// Hash is the SHA-256 of a secret. Secrets themselves are not kept.
type Hash [sha256.Size]byte

// HashOf returns the hash under which a secret is known.
func HashOf(secret string) Hash { return sha256.Sum256([]byte(secret)) }

// Session is a person logged in at one browser.
type Session struct {
	ID            Hash
	CitizenNumber string
	Name          string
	// AuthenticatedAt is when the person logged in at the gateway, and ACR and AMR how (OpenID Connect Core 1.0, 2): all by the
	// gateway's word. AuthenticatedAt is zero where it has not said so, or the login was with a card: then AMR is the
	// portal's own word. AMR holds authentication methods, with spaces between.
	AuthenticatedAt time.Time
	ACR, AMR        string
	// Device is what the browser said of itself and its system at the login, in a few known words; empty in sessions from
	// before it was kept.
	Device string
	// CardLogin is the reference of the login with a card that began the session; empty where the gateway did.
	CardLogin string
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
}

// Kind is what an act does.
type Kind string

// The kinds of act. The first two change a person's E-Onay; Approval approves an application by a signature. These three end with
// Complete; PIN is a new PIN for a card, and ends with Release.
const (
	Give     Kind = "give"
	Withdraw Kind = "withdraw"
	Approval Kind = "approval"
	PIN      Kind = "pin"
)

// IsConsent reports whether an act of this kind changes a person's E-Onay.
func (k Kind) IsConsent() bool { return k == Give || k == Withdraw }

// After reports whether an act of this kind is possible for a person whose newest act on E-Onay was of kind
// previous; previous is empty for a person without such acts.
func (k Kind) After(previous Kind) bool {
	switch k {
	case Give:
		return previous != Give
	case Withdraw:
		return previous == Give
	}
	return k == PIN || k == Approval
}

// Challenge is an act that a person may do: the exact bytes to sign, and the code that ties page,
// document and session together. One of kind PIN has neither document nor text.
type Challenge struct {
	// Reference names the act for good, before and after it is recorded.
	Reference string
	// Session is that of the person. Of an Approval of an application that was made without a login it is the hash of a browser's key to it, and
	// CitizenNumber the number that the application names.
	Session       Hash
	CitizenNumber string
	Kind          Kind
	Code          string
	// TextVersion is the SHA-256 of the text approved, lower-case hex.
	TextVersion string
	Document    []byte
	// Subject is what the act is about: of an Approval the application's reference, "/" and its version; else empty.
	Subject   string
	IssuedAt  time.Time
	ExpiresAt time.Time
	// Used is true when the act is recorded, or the PUK released. Read only.
	Used bool
}

// Limit bounds how many challenges a session is issued.
type Limit struct {
	Count  int
	Window time.Duration
}

// Act is a recorded act.
type Act struct {
	Reference     string
	CitizenNumber string
	Name          string
	Kind          Kind
	TextVersion   string
	// ReceivedAt is when the signature arrived: the act counts from then. RecordedAt is when it had been judged.
	ReceivedAt, RecordedAt time.Time
	// ACR and AMR are those of the session in which the signature arrived; empty in acts from before they were kept.
	ACR, AMR string
}

// Answer is an answer on revocation, in DER, with the address that it came from; that is empty in evidence from before
// addresses were kept.
type Answer struct {
	DER []byte
	URL string
}

// Evidence is what proves an act without the portal.
type Evidence struct {
	// Document is the challenge's and Signature the receipt's; Complete ignores both.
	Document  []byte
	Signature []byte // CMS SignedData, DER; of an Approval the signed PDF
	// Path holds DER certificates, the signer's first, the trust anchor last.
	Path [][]byte
	OCSP []Answer
	CRLs []Answer
	// CRLSigners hold DER certificates that are not in Path and have signed lists.
	CRLSigners [][]byte
	// SigningTime is the signer's claim; VerifiedAt is when the portal had verified everything.
	SigningTime time.Time
	VerifiedAt  time.Time
	// RecordedAt is set by the caller of Complete.
	RecordedAt time.Time
}
