package store

import (
	"context"
	"time"
)

// Texts is the part of Store that keeps the texts that people approve, in each version that two persons have decided on
// (DecisionEffect). They are never changed.
type Texts interface {
	// TextInForce returns the version of a text that is in force at a time.
	TextInForce(ctx context.Context, name string, now time.Time) (LegalText, error)
	// TextOfVersion returns a text by its version, whichever it is.
	TextOfVersion(ctx context.Context, version string) (LegalText, error)
	// TextVersions returns the versions of a text without Body, the one that is in force last first, at most limit.
	TextVersions(ctx context.Context, name string, limit int) ([]LegalText, error)
}

// LegalText is a version of a text.
type LegalText struct {
	Name string
	// Version is the SHA-256 of Body, lower-case hex.
	Version   string
	Body      string
	InForceAt time.Time
}

// Announcements is the part of Store that keeps what the desk has announced.
type Announcements interface {
	// Announcements returns those that have not ended at a time, by when they begin, at most limit.
	Announcements(ctx context.Context, now time.Time, limit int) ([]Announcement, error)
}

// Announcement is what the first page announces from one time until another. Of one reference the one that was kept last counts.
type Announcement struct {
	Reference                        string
	TitleTR, TextTR, TitleEN, TextEN string
	Link                             string // empty for none
	From, Until                      time.Time
	Important                        bool
}
