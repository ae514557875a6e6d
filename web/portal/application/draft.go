package application

import "time"

// DraftForm is what a person has written of an application's form since its newest version. It is kept beside the application: saving
// it is no event, and leaves nothing on record. Submit brings it into the application.
type DraftForm struct {
	Reference string
	// Version is the application's, for which it was written. It counts for no other.
	Version int
	// Counter is 1 for what is saved first on a version; each save adds one.
	Counter      int
	Form         Form
	Replaces     time.Time // as Application.Replaces
	SecurityWord string    // its hash, "" where none was typed
	SavedAt      time.Time
}

// WithDraft returns the application as its person sees it: with what was written since its version. A draft of another version changes
// nothing.
func (a Application) WithDraft(d DraftForm) Application {
	if d.Version != a.Version || d.Counter < 1 || a.State != Draft {
		return a
	}
	a.DraftCounter = d.Counter
	a.takeForm(d.Form, d.Replaces, d.SecurityWord)
	return a
}

// versionBits is the part of PageVersion that has the version. A program from before drafts reads any number with a counter as
// a version that there is not, and refuses it as changed.
const versionBits = 20

// PageVersion is the number by which a page names what it has shown: the version, and the counter of the draft on it.
func (a Application) PageVersion() int { return a.DraftCounter<<versionBits | a.Version }

// Submission is the change that submits what a person sees.
func (a Application) Submission(who string) Change {
	c := Change{Event: Submit, By: Person, Who: who, DraftCounter: a.DraftCounter}
	if c.DraftCounter > 0 {
		c.Form, c.Replaces, c.SecurityWord = a.Form, a.Replaces, a.SecurityWord
	}
	return c
}

// takeForm takes what was filled in; an empty security word leaves the one that is kept.
func (a *Application) takeForm(f Form, replaces time.Time, word string) {
	a.Form, a.Replaces = a.WithFixed(f), replaces
	if word != "" {
		a.SecurityWord = word
	}
}
