package store

import (
	"context"
	"time"
)

// MaxOpenDecisions is how many questions of one person may be open at once.
const MaxOpenDecisions = 100

// Decisions is the part of Store that keeps acts of two persons: one asks, and another with the same role confirms or refuses.
// What was asked and how it ended are rows for good, each with an entry in the chain. What a confirmed decision changes in the
// store is kept in the transaction that confirms it. Rows of one instant have any order that stays the same.
type Decisions interface {
	// AskDecision keeps what somebody asks. Its reference must be new; d.End is not read. Refusals: refusal.DecisionNotYours
	// unless the asker has the role; refusal.DecisionOpen if another of its kind and subject is open; refusal.DecisionLimit if
	// the asker has MaxOpenDecisions open.
	AskDecision(ctx context.Context, d Decision) error
	// EndDecision keeps how a decision ended, with its effect, which only an end has that IsDone. Refusals: refusal.DecisionOver
	// if it has ended, its time has, or it is to be confirmed and its asker does not have the role any more;
	// refusal.DecisionNotYours unless this person may end it so (DecisionEnd); refusal.AdministratorsFew if the effect would
	// leave fewer than two administrators beside one who loses the role, or is to lose it at a time.
	EndDecision(ctx context.Context, e DecisionEnd, effect DecisionEffect) error
	// Decision returns a decision by its reference.
	Decision(ctx context.Context, reference string) (Decision, error)
	// OpenDecisions returns those that need one of these roles and can be ended at a time, the oldest first, at most limit.
	OpenDecisions(ctx context.Context, roles []Role, now time.Time, limit int) ([]Decision, error)
	// EndedDecisions returns those that need one of these roles and have ended, the one that ended last first, at most limit.
	EndedDecisions(ctx context.Context, roles []Role, limit int) ([]Decision, error)
	// OverdueDecisions returns the references of those that nobody has ended in time, at most limit.
	OverdueDecisions(ctx context.Context, now time.Time, limit int) ([]string, error)
}

// Decision is what somebody asks another to confirm.
type Decision struct {
	Reference string
	Kind      string
	// Role is what both must have.
	Role Role
	// Subject is what it is about. Of one kind and subject one decision is open at a time.
	Subject string
	// Person is the citizen number of whom it is about, who never confirms it; empty for nobody.
	Person  string
	Asked   []byte
	AskedBy string
	AskedAt time.Time
	// Until is when it ends by itself.
	Until time.Time
	// End is nil while it is open.
	End *DecisionEnd
}

// Outcome is how a decision ended.
type Outcome string

// The outcomes.
const (
	// Confirmed is by another, whose role began no later than the question, and neither by the asker's hand alone.
	Confirmed Outcome = "confirmed"
	// Alone is by the asker, where the settings ask for no other.
	Alone     Outcome = "alone"
	Refused   Outcome = "refused"   // by another
	Withdrawn Outcome = "withdrawn" // by the asker
	Expired   Outcome = "expired"   // by time
)

// IsDone reports whether what was asked was done.
func (o Outcome) IsDone() bool { return o == Confirmed || o == Alone }

// DecisionEnd is how a decision ended.
type DecisionEnd struct {
	Reference string
	Outcome   Outcome
	By        string // a citizen number; empty where it Expired
	At        time.Time
	Reason    string
}

// DecisionEffect is what a decision changes in the store. Its rows name the decision.
type DecisionEffect struct {
	Role         *RoleChange
	Texts        []LegalText
	Announcement *Announcement
	// Jobs do what a decision changes outside the store, or by an engine.
	Jobs []Job
}

// IsEmpty reports whether an effect changes nothing.
func (e DecisionEffect) IsEmpty() bool {
	return e.Role == nil && len(e.Texts) == 0 && e.Announcement == nil && len(e.Jobs) == 0
}
