package store

import (
	"context"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
)

// Officers is the part of Store that says which institutions enter applications for their people, and by whom. What an institution
// sees of its people is Applicant: no form, no contact, no security word leaves the store by it.
type Officers interface {
	// ChangeInstitution keeps a change for good, with an entry in the chain. Of the changes of one ID the one that was kept last counts.
	ChangeInstitution(ctx context.Context, c InstitutionChange) error
	// ChangeOfficer does the same for who is an officer; of one person and institution the last change counts.
	ChangeOfficer(ctx context.Context, c OfficerChange) error
	// Institution returns an institution as it was changed last, also one that has ended.
	Institution(ctx context.Context, id string) (InstitutionChange, error)
	// InstitutionsAt returns the institutions that stand at a time, by ID, at most limit.
	InstitutionsAt(ctx context.Context, now time.Time, limit int) ([]InstitutionChange, error)
	// InstitutionsOf returns those of InstitutionsAt of which a person is an officer then, at most MaxItems.
	InstitutionsOf(ctx context.Context, citizenNumber string, now time.Time) ([]InstitutionChange, error)
	// OfficersAt returns the change that counts of each officer at a time, by institution and then by when it began, at most limit.
	OfficersAt(ctx context.Context, now time.Time, limit int) ([]OfficerChange, error)

	// Applicants returns an institution's people, the newest application first, at most limit; what was erased is not among them.
	Applicants(ctx context.Context, q ApplicantQuery, limit int) ([]Applicant, error)
	// CountApplicants returns how many of an institution's people there are in each state that any is in.
	CountApplicants(ctx context.Context, institution string) (map[application.State]int, error)
	// OpenAmong returns which of these people have an open application of a kind that the institution has entered. It does not tell of
	// others, so that no institution learns who has applied elsewhere.
	OpenAmong(ctx context.Context, institution string, kind application.Kind, citizenNumbers []string) ([]string, error)
}

// InstitutionChange begins an institution, changes it, or ends it.
type InstitutionChange struct {
	// ID is what the operator calls it; it never changes.
	ID             string
	NameTR, NameEN string
	// Terms say by which contract it pays, for the authority's people.
	Terms string
	At    time.Time
	// Until is when it ends, zero for never. It is ended by a change that ends when it begins.
	Until time.Time
}

// OfficerChange makes a person an officer of an institution, or ends that. The operator at the command line makes it.
type OfficerChange struct {
	CitizenNumber, Institution string
	At, Until                  time.Time
}

// ApplicantQuery says whom Applicants returns.
type ApplicantQuery struct {
	Institution string
	// State is empty for every state.
	State application.State
	// After is the last one of the page before, the zero value for the first page.
	After Applicant
}

// Applicant is what an institution sees of an application that it has entered.
type Applicant struct {
	Reference, CitizenNumber, Name string
	Kind                           application.Kind
	State                          application.State
	// Since is when it came into its state.
	Since, CreatedAt time.Time
}
