package officer

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/formview"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
)

// oneView is one application as its institution sees it.
type oneView struct {
	At                      institutionView
	Reference, Name, Number string
	Path                    string
	State                   application.State
	Version                 int
	Since, Created          time.Time
	Own                     bool
	CanCorrect, CanCancel   bool
	Told                    *toldView
	Typed                   string // the reason of a cancellation
}

// toldView is what the person has said to be wrong.
type toldView struct {
	// What is the end of a key of the catalogue, "portal.officer.told.<What>".
	What, Reason string
	At           time.Time
}

func (f *feature) oneView(v *site.Visit, o officer, a application.Application) (shown oneView, err error) {
	shown = oneView{
		At: view(v.Language, o.institution), Reference: a.Reference, Name: a.Name, Number: pki.MaskCitizenNumber(a.CitizenNumber),
		State: a.State, Version: a.Version, Since: a.ChangedAt, Created: a.CreatedAt, Own: a.CitizenNumber == o.citizenNumber,
		CanCorrect: f.can(a, o, application.Correct), CanCancel: f.can(a, o, application.Cancel),
	}
	shown.Path = o.path() + "/basvuru/" + a.Reference
	history, err := f.Store.ApplicationHistory(v.R.Context(), a.Reference)
	if err != nil {
		return shown, fmt.Errorf("history: %w", err)
	}
	for _, c := range history {
		if c.From != c.To {
			shown.Since = c.At
		}
		if c.Event == application.Dispute && a.State == application.Disputed {
			shown.Told = &toldView{c.Basis, c.Reason, c.At}
		}
	}
	return shown, nil
}

// can reports whether the officer can have an event happen now.
func (f *feature) can(a application.Application, o officer, event application.Event) bool {
	return a.CitizenNumber != o.citizenNumber && slices.Contains(f.Progress.Possible(a, application.Officer), event)
}

func (f *feature) one(v *site.Visit, o officer) error { return f.renderOne(v, o, "officer-one", "") }

func (f *feature) renderOne(v *site.Visit, o officer, page string, event application.Event) error {
	a, err := f.load(v, o)
	if err != nil {
		return err
	}
	shown, err := f.oneView(v, o, a)
	if err != nil {
		return err
	}
	if event != "" && !f.can(a, o, event) {
		return v.See(shown.Path)
	}
	return v.Render(http.StatusOK, page, shown, "")
}

// cancelPage asks for the reason, which the person reads.
func (f *feature) cancelPage(v *site.Visit, o officer) error {
	return f.renderOne(v, o, "officer-cancel", application.Cancel)
}

func (f *feature) cancel(v *site.Visit, o officer) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	a, version, err := f.post(v, o)
	if err != nil {
		return err
	}
	typed, err := formview.Value(v.R.PostForm, "gerekce")
	if err != nil {
		return err
	}
	reason := strings.TrimSpace(strings.ReplaceAll(typed, "\r\n", "\n"))
	if reason == "" || len(reason) > application.MaxReason || !isReadable(reason) {
		shown, err := f.oneView(v, o, a)
		if err != nil {
			return err
		}
		shown.Typed = strings.ToValidUTF8(typed, "�")
		return v.Render(http.StatusUnprocessableEntity, "officer-cancel", shown, refusal.ReasonMissing)
	}
	return f.do(v, o, a, version, application.Change{Event: application.Cancel, Reason: reason})
}

// isReadable reports whether a text shows what it holds.
func isReadable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r)
	})
}
