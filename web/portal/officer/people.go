package officer

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/peoplelist"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	pageSize = 50
	// maxExported is how many people an export has: as many as lists bring at once.
	maxExported = peoplelist.MaxPeople
	// exportPage is how many of them are read at once.
	exportPage = 1000

	stateQuery = "durum"
	afterQuery = "sonra"
)

// peopleView is the list of an institution's people.
type peopleView struct {
	At     institutionView
	State  application.State // that is shown alone, or ""
	Count  int               // of those shown, on all pages
	States []stateView
	People []personView
	Next   string // the query of the next page, or ""
	Export string // the query of the export
}

type stateView struct {
	State application.State
	Count int
	Shown bool
}

// personView is all that an officer sees of a person.
type personView struct {
	Reference, Name, Number, Path string
	State                         application.State
	Since                         time.Time
}

func (o officer) person(a store.Applicant) personView {
	return personView{a.Reference, a.Name, pki.MaskCitizenNumber(a.CitizenNumber), o.path() + "/basvuru/" + a.Reference, a.State, a.Since}
}

// query returns which people the request asks for.
func (f *feature) query(v *site.Visit, o officer) (q store.ApplicantQuery, err error) {
	q.Institution, q.State = o.institution.ID, application.State(v.R.URL.Query().Get(stateQuery))
	if q.State != "" && !slices.Contains(application.States, q.State) {
		return q, fault.New(refusal.NotFound, nil)
	}
	after := v.R.URL.Query().Get(afterQuery)
	if after == "" {
		return q, nil
	}
	if !reference.Valid(after) {
		return q, fault.New(refusal.NotFound, nil)
	}
	v.R.SetPathValue("reference", after)
	a, err := f.load(v, o)
	q.After = store.Applicant{Reference: a.Reference, CreatedAt: a.CreatedAt}
	return q, err
}

// people shows a page of the institution's people.
func (f *feature) people(v *site.Visit, o officer) error {
	q, err := f.query(v, o)
	if err != nil {
		return err
	}
	counts, err := f.Store.CountApplicants(v.R.Context(), q.Institution)
	if err != nil {
		return fmt.Errorf("people: %w", err)
	}
	found, err := f.Store.Applicants(v.R.Context(), q, pageSize+1)
	if err != nil {
		return fmt.Errorf("people: %w", err)
	}
	shown := peopleView{At: view(v.Language, o.institution), State: q.State}
	query := url.Values{}
	if q.State != "" {
		query.Set(stateQuery, string(q.State))
		shown.Export = "?" + query.Encode()
	}
	if len(found) > pageSize {
		found = found[:pageSize]
		query.Set(afterQuery, found[pageSize-1].Reference)
		shown.Next = "?" + query.Encode()
	}
	for _, a := range found {
		shown.People = append(shown.People, o.person(a))
	}
	for _, state := range application.States {
		if counts[state] > 0 || state == q.State {
			shown.States = append(shown.States, stateView{state, counts[state], state == q.State})
		}
		if q.State == "" || state == q.State {
			shown.Count += counts[state]
		}
	}
	return v.Render(http.StatusOK, "officer-people", shown, "")
}

// export sends the people of the list as CSV: what the page shows, and nothing more.
func (f *feature) export(v *site.Visit, o officer) error {
	q, err := f.query(v, o)
	if err != nil {
		return err
	}
	rows := [][]string{{}}
	for _, column := range []string{"reference", "name", "number", "state", "since"} {
		rows[0] = append(rows[0], message.Text(v.Language, "portal.officer.export."+column))
	}
	for len(rows) <= maxExported {
		found, err := f.Store.Applicants(v.R.Context(), q, exportPage)
		if err != nil {
			return fmt.Errorf("export: %w", err)
		}
		for _, a := range found {
			rows = append(rows, []string{a.Reference, a.Name, pki.MaskCitizenNumber(a.CitizenNumber),
				message.Text(v.Language, "portal.desk.state."+string(a.State)), site.Moment(v.Language, a.Since)})
		}
		if len(found) < exportPage {
			break
		}
		q.After = found[len(found)-1]
	}
	return answerCSV(v, "kisiler.csv", peoplelist.WriteCSV(rows))
}

// answerCSV sends a file.
func answerCSV(v *site.Visit, name string, data []byte) error {
	v.Attach(name)
	return v.AnswerBytes("text/csv; charset=utf-8", data)
}
