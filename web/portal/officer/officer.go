// Package officer is the feature in which officers of institutions enter pre-applications for their people, one or a file of many,
// and see what has become of them. Officers come by a login with a card alone. A person who is no officer finds no page here.
//
// An officer sees of a person name, masked number, state and since when, and of no other institution's people that they are there. A form
// that the person fills in, contacts and the security word are on no page here. Officers enter, correct and cancel nothing of their
// own: another officer must.
package officer

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/progress"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Store is the part of the store that this feature needs, as store.Store has it.
type Store interface {
	InstitutionsOf(ctx context.Context, citizenNumber string, now time.Time) ([]store.InstitutionChange, error)
	Applicants(ctx context.Context, q store.ApplicantQuery, limit int) ([]store.Applicant, error)
	CountApplicants(ctx context.Context, institution string) (map[application.State]int, error)
	OpenAmong(ctx context.Context, institution string, kind application.Kind, citizenNumbers []string) ([]string, error)
	Application(ctx context.Context, reference string) (application.Application, error)
	ApplicationHistory(ctx context.Context, reference string) ([]application.Change, error)

	PutList(ctx context.Context, l store.PeopleList, bounds store.ListBounds) error
	List(ctx context.Context, reference string) (store.PeopleList, error)
	ListContent(ctx context.Context, reference string) ([]byte, error)
	ListsOf(ctx context.Context, institution string, limit int) ([]store.PeopleList, error)
	ConfirmList(ctx context.Context, reference, by string, at time.Time) error
	CancelList(ctx context.Context, reference string, at time.Time) error
	RefusedLines(ctx context.Context, reference string, limit int) ([]store.RefusedLine, error)
}

// Options is what the feature is made of. All are required.
type Options struct {
	Store    Store
	Progress *progress.Engine
	// Confirmed is called when a list was confirmed.
	Confirmed func()
	Now       func() time.Time
}

type feature struct {
	Options
	uploads turns
}

//go:embed pages parts
var files embed.FS

const path = "/kurum"

// New returns the feature.
func New(o Options) site.Feature {
	f := &feature{Options: o}
	const (
		here = path + "/{institution}"
		one  = here + "/basvuru/{reference}"
		list = here + "/liste/{reference}"
	)
	route := func(pattern string, serve func(*site.Visit, officer) error) site.Route {
		return site.Route{Pattern: pattern, Access: site.LoggedIn, Serve: f.forOfficers(serve)}
	}
	choose := route("GET "+path, f.choose)
	choose.LanguageReturn = []string{path}
	upload := route("POST "+here+"/liste", f.upload)
	upload.MaxBody = maxUpload
	return site.Feature{
		Files: files,
		Routes: []site.Route{
			choose,
			route("GET "+here, f.people),
			route("GET "+here+"/kisiler.csv", f.export),
			route("GET "+here+"/yeni", f.newPage),
			route("POST "+here+"/yeni", f.create),
			route("GET "+one, f.one),
			route("GET "+one+"/duzelt", f.correctPage),
			route("POST "+one+"/duzelt", f.correct),
			route("GET "+one+"/iptal", f.cancelPage),
			route("POST "+one+"/iptal", f.cancel),
			route("GET "+here+"/liste", f.lists),
			upload,
			route("GET "+here+"/sablon.csv", f.template),
			route("GET "+list, f.list),
			route("POST "+list, f.decide),
			route("GET "+list+"/rapor.csv", f.report),
		},
	}
}

// officer is somebody at work for an institution.
type officer struct {
	citizenNumber string
	// institutions are all that they are an officer of, institution the one that the address names.
	institutions []store.InstitutionChange
	institution  store.InstitutionChange
}

// institutionView is an institution as pages show it.
type institutionView struct{ ID, Name, Path string }

func view(l message.Language, c store.InstitutionChange) institutionView {
	name := c.NameTR
	if l == message.English {
		name = c.NameEN
	}
	return institutionView{c.ID, name, path + "/" + c.ID}
}

func (o officer) path() string { return path + "/" + o.institution.ID }

// forOfficers admits officers alone, and to their own institutions. Whether there is another is not told.
func (f *feature) forOfficers(serve func(*site.Visit, officer) error) func(*site.Visit) error {
	return func(v *site.Visit) error {
		o := officer{citizenNumber: v.Session.CitizenNumber}
		var err error
		if o.institutions, err = f.Store.InstitutionsOf(v.R.Context(), o.citizenNumber, f.Now()); err != nil {
			return fmt.Errorf("institutions: %w", err)
		}
		if len(o.institutions) == 0 {
			return fault.New(refusal.NotFound, nil)
		}
		if v.Session.CardLogin == "" {
			return fault.New(refusal.CardLoginRequired, nil)
		}
		if id := v.R.PathValue("institution"); id != "" {
			i := slices.IndexFunc(o.institutions, func(c store.InstitutionChange) bool { return c.ID == id })
			if i < 0 {
				return fault.New(refusal.NotFound, nil)
			}
			o.institution = o.institutions[i]
		}
		return serve(v, o)
	}
}

// choose leads to the institution, or asks which one.
func (f *feature) choose(v *site.Visit, o officer) error {
	if len(o.institutions) == 1 {
		return v.See(path + "/" + o.institutions[0].ID)
	}
	var all []institutionView
	for _, c := range o.institutions {
		all = append(all, view(v.Language, c))
	}
	return v.Render(http.StatusOK, "officer", all, "")
}

// load returns the application that the address names, if the institution has entered it.
func (f *feature) load(v *site.Visit, o officer) (application.Application, error) {
	ref := v.R.PathValue("reference")
	if !reference.Valid(ref) {
		return application.Application{}, fault.New(refusal.NotFound, nil)
	}
	a, err := f.Store.Application(v.R.Context(), ref)
	if errors.Is(err, store.ErrNotFound) || err == nil && (a.Institution != o.institution.ID || a.CitizenNumber == "") {
		return application.Application{}, fault.New(refusal.NotFound, nil)
	}
	if err != nil {
		return application.Application{}, fmt.Errorf("application: %w", err)
	}
	return a, nil
}
