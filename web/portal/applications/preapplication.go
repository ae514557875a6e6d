package applications

import (
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/formview"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
)

// enteredFacts are what an institution has entered about the person and they cannot change, in words.
func enteredFacts(v *site.Visit, a application.Application) (facts []factView) {
	for _, f := range a.Kind.Fields() {
		if value := a.Form[f.Name]; value != "" && a.IsFixed(f.Name) {
			facts = append(facts, factView{f.Name, site.FieldWords(v.Language, f, value)})
		}
	}
	return facts
}

// opening is the opening of what an institution has entered. The application gets the name of the login; where that is another one, it
// may be another person's.
func (s *applications) opening(v *site.Visit, a application.Application) (application.Change, error) {
	if v.Session == nil {
		return application.Change{}, fault.Errorf(refusal.ApplicationState, "application %s: nobody has logged in", a.Reference)
	}
	c := person(a, application.Open)
	if !application.SameName(a.Name, v.Session.Name) {
		return c, fault.Errorf(refusal.IdentityDiffers, "application %s: another name than the login has", a.Reference)
	}
	c.Name = v.Session.Name
	return c, nil
}

// disputed are what a person can say to be wrong; the catalogue has "application.dispute.<name>".
var disputed = []string{"name", "birth_date", "other"}

// disputeView is the page on which a person says what is wrong with what their institution has entered.
type disputeView struct {
	oneView
	What   []string
	Chosen string
	Typed  string
}

func (s *applications) disputePage(v *site.Visit) error {
	a, err := s.load(v)
	if err != nil {
		return err
	}
	chosen := ""
	if !application.SameName(a.Name, v.Session.Name) {
		chosen = "name"
	}
	return s.renderDispute(v, a, http.StatusOK, chosen, "", "")
}

func (s *applications) renderDispute(v *site.Visit, a application.Application, status int, chosen, typed string, code fault.Code) error {
	view, err := s.view(v, a)
	if err != nil {
		return err
	}
	if !view.Can[string(application.Dispute)] {
		return v.See(pathOf(a))
	}
	return v.Render(status, "applicationdispute", disputeView{view, disputed, chosen, formview.Visible(typed)}, code)
}

// dispute sends what the institution has entered back to it.
func (s *applications) dispute(v *site.Visit) error {
	a, shown, err := s.post(v)
	if err != nil {
		return err
	}
	chosen, err := formview.Value(v.R.PostForm, "yanlis")
	if err != nil {
		return err
	}
	typed, err := formview.Value(v.R.PostForm, "gerekce")
	if err != nil {
		return err
	}
	reason := strings.TrimSpace(strings.ReplaceAll(typed, "\r\n", "\n"))
	if !slices.Contains(disputed, chosen) || reason == "" || len(reason) > application.MaxReason || !isReadable(reason) {
		return s.renderDispute(v, a, http.StatusUnprocessableEntity, chosen, typed, refusal.ReasonMissing)
	}
	c := person(a, application.Dispute)
	c.Reason, c.Basis = reason, chosen
	if err := checkShown(a, shown); err != nil {
		return s.refuse(v, err)
	}
	if _, err := s.Progress.Do(v.R.Context(), a.Reference, a.Version, c); err != nil {
		return s.refuse(v, err)
	}
	return v.See(pathOf(a))
}

// isReadable reports whether a text shows what it holds.
func isReadable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return r != '\n' && unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r)
	})
}
