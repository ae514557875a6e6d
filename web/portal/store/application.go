package store

import (
	"context"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
)

// MaxForm is the largest form of an application, in bytes of its JSON.
const MaxForm = 64 << 10

// Applications is the part of Store that keeps applications. The store judges no transition: the caller has made the next
// version by application.Apply, and the store keeps it unless somebody else has made one since.
//
// Each change is an entry in the chain, which says who, when, by which event, from which state to which and on which basis, with
// a salted digest of the application as it is then. What identifies the person is in the application's row alone.
type Applications interface {
	// CreateApplication keeps a new application of version 1, with the change that created it. CreatedAt and ChangedAt are c.At, and
	// c.From, c.To and c.Version follow from a. Its reference must be new, and has no "/". Refusals:
	// refusal.ApplicationOpen if the person has an open one of its kind; one made without a login (application.WithoutLogin) has no person. The jobs are put down in the same transaction, as by PutJobs.
	CreateApplication(ctx context.Context, a application.Application, c application.Change, jobs ...Job) error
	// ChangeApplication keeps the next version of an application, with the change that led to it. What it never changes: whose it is,
	// its kind, who pays, its institution, and when it was created. Refusals: refusal.ApplicationChanged unless the version that is kept is the one
	// before a's, also where it is gone, and where c submits and the draft's counter is not c.DraftCounter; refusal.ActNotPossible if a is approved by E-Onay, c.To is under_review, payment_due, held or in_production,
	// and the approval's basis is not the person's newest act, or that act withdraws; refusal.ApplicationOpen as above;
	// refusal.ApplicationState if another application has its shipment's number, or a shipment to be dispatched the number of any
	// before. The jobs are put down in the same transaction, and c.Scan is kept in it; the draft on the version before is deleted.
	ChangeApplication(ctx context.Context, a application.Application, c application.Change, jobs ...Job) error
	// SaveDraft keeps what was written beside an application's newest version, in place of what was kept. It makes no entry. Refusals:
	// refusal.ApplicationChanged unless d.Version is the version that is kept, and d.Counter follows the counter that is kept on it.
	SaveDraft(ctx context.Context, d application.DraftForm) error
	// Draft returns the newest draft of an application, also one of an older version.
	Draft(ctx context.Context, reference string) (application.DraftForm, error)
	// DeleteDrafts deletes those that were saved last before a time, in small transactions.
	DeleteDrafts(ctx context.Context, savedBefore time.Time) error
	// Application returns an application by its reference, whoever's it is.
	Application(ctx context.Context, reference string) (application.Application, error)
	// ApplicationByShipment returns the application whose card was sent under a carrier's number, also where it was sent again since.
	ApplicationByShipment(ctx context.Context, number string) (application.Application, error)
	// SealBySerial returns the newest application for a company's seal that has led to a certificate with a serial number, in lower-case hex.
	SealBySerial(ctx context.Context, serial string) (application.Application, error)
	// ApplicationsOf returns a person's applications, the newest first, at most limit. Those made without a login are nobody's: it returns none for "".
	ApplicationsOf(ctx context.Context, citizenNumber string, limit int) ([]application.Application, error)
	// ApplicationsIn returns those in a state, the one that has been there longest first, at most limit.
	ApplicationsIn(ctx context.Context, state application.State, limit int) ([]application.Application, error)
	// CountApplications returns how many there are in each state that any is in.
	CountApplications(ctx context.Context) (map[application.State]int, error)
	// ApplicationHistory returns an application's changes in their order, without forms and security words; none where there is
	// no such application.
	ApplicationHistory(ctx context.Context, reference string) ([]application.Change, error)
	// PaperScan returns the scan with which an application's version was approved. There is none (ErrNotFound) where the paper was not scanned, and
	// after an erasure, which overwrites it.
	PaperScan(ctx context.Context, reference string, version int) (application.Scan, error)
	// ApplicationsDue returns those that the portal has to move by itself, at most limit: awaiting_approval where E-Onay stands;
	// under_review, payment_due and held that E-Onay has approved and no longer stands for, which is as for ChangeApplication;
	// delivered whose validity has begun by now and for whose card a release was reported done, before or after it was delivered; held
	// whose old certificate ends at or before producedFrom; delivered, active and suspended whose certificate has ended by now.
	// Each of these three groups gets its share of the limit.
	ApplicationsDue(ctx context.Context, now, producedFrom time.Time, limit int) ([]application.Application, error)
	// ApplicationsEnding returns those delivered, active or suspended whose certificate ends before a time, by that time and then by
	// reference, at most limit. It begins after the reference among those that end at from; an empty one has it begin with these.
	ApplicationsEnding(ctx context.Context, from time.Time, after string, until time.Time, limit int) ([]application.Application, error)
	// EraseApplication overwrites, at a time, what identifies the person in an application that was rejected or cancelled: its number
	// and name, form, security word, approval, and what it replaces. This is a change of its own, application.Erase by the portal, with
	// its entry; the changes before stay, and nothing that stays tells whether a guess of what was erased is right. An
	// application that is erased already stays as it is. Refusals: refusal.ApplicationState in another state.
	EraseApplication(ctx context.Context, reference string, at time.Time) error
	// ApplicationsToErase returns the references of those that were rejected or cancelled before a time and are not erased, the oldest
	// first, at most limit.
	ApplicationsToErase(ctx context.Context, endedBefore time.Time, limit int) ([]string, error)
}
