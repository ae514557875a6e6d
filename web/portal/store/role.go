package store

import (
	"context"
	"slices"
	"time"
)

// Roles is the part of Store that says who works at the authority's desk.
type Roles interface {
	// ChangeRole keeps a change for good, with an entry in the chain. Of the changes of one person and role the one that was kept last counts.
	ChangeRole(ctx context.Context, c RoleChange) error
	// RolesOf returns the roles that a person has at a time, in the order of KnownRoles.
	RolesOf(ctx context.Context, citizenNumber string, now time.Time) ([]Role, error)
	// RolesAt returns the change that counts of each person who has a role at a time, by role and then by when it was given, at
	// most limit.
	RolesAt(ctx context.Context, now time.Time, limit int) ([]RoleChange, error)
}

// Role is what somebody at the authority does.
type Role string

// The roles.
const (
	Reviewer Role = "reviewer" // receives paper, accepts, returns and rejects applications, records payments
	Producer Role = "producer" // hands applications over to production, and takes back what was produced
	Courier  Role = "courier"  // hands cards to the courier, and notes their delivery
	Editor   Role = "editor"   // writes the texts that people approve, and announcements

	StatusOfficer Role = "status"        // suspends, resumes and revokes the certificates of people who call
	Administrator Role = "administrator" // gives roles and ends them
)

// KnownRoles are all roles.
var KnownRoles = []Role{Reviewer, Producer, Courier, StatusOfficer, Editor, Administrator}

// IsKnown reports whether a role is one of KnownRoles.
func (r Role) IsKnown() bool { return slices.Contains(KnownRoles, r) }

// RoleChange gives a person a role, or takes it away.
type RoleChange struct {
	CitizenNumber string
	Role          Role
	// By is the citizen number of who did it; empty for the operator at the command line.
	By string
	At time.Time
	// Until is when the role ends, zero for never. A role is taken away by a change that ends when it begins.
	Until time.Time
	// Decision is the reference of the decision by which two persons did it; empty for none. ChangeRole takes none.
	Decision string
}
