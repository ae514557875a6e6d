// Package applications is the feature Başvurularım, in which a person applies for a certificate: the list of their applications, one
// with its history and what comes next (one.go), a new one and its form, saved while it is written (form.go), and its summary,
// receipt and paper (documents.go). Of an application that was made without a login the same pages are there for whose browser has a key to it.
//
// Rules. Another person's application is not found; one without a login is found by its key alone. Pages offer what package application says is possible, and every form names
// the version that the person has seen, so that a tab that was left open changes nothing. What was filled in, mobile number, mail
// and address above all, is on the person's own pages and in the store, and in no log and no error.
package applications

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/applicationkey"
	"github.com/e-onay/e-onay/web/portal/formview"
	"github.com/e-onay/e-onay/web/portal/progress"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Store is the part of the store that this feature needs, as store.Store has it.
type Store interface {
	Application(ctx context.Context, reference string) (application.Application, error)
	ApplicationsOf(ctx context.Context, citizenNumber string, limit int) ([]application.Application, error)
	Draft(ctx context.Context, reference string) (application.DraftForm, error)
	SaveDraft(ctx context.Context, d application.DraftForm) error
	ApplicationHistory(ctx context.Context, reference string) ([]application.Change, error)
	ShipmentEvents(ctx context.Context, reference string) ([]application.ShipmentEvent, error)
	NewestAct(ctx context.Context, citizenNumber string) (store.Act, error)
}

// Options is what the feature is made of. All are required but Keys.
type Options struct {
	Store    Store
	Progress *progress.Engine
	// Keys gives access to applications that were made without a login; nil where the portal takes none.
	Keys *applicationkey.Engine
	// Fee is what a person pays for a kind, in kuruş; 0 is nothing. CanPay says that it is paid at the portal; if not, Payment says where; it
	// may be empty where no kind has a fee.
	Fee     func(application.Kind) int64
	CanPay  bool
	Payment protocol.Sentence
	Now     func() time.Time
}

type applications struct {
	Options
	// find returns the application that the address names, if the visitor may see it.
	find func(*site.Visit) (application.Application, error)
}

//go:embed pages parts static
var files embed.FS

const (
	path    = "/basvurular"
	newPath = path + "/yeni"
)

// kinds are what a person can apply for here.
var kinds = []application.Kind{application.NES, application.Seal}

const (
	maxShown = 50
	// Of applications and submissions that a person can make there is a bound: each stays on record for good.
	maxNewInDay = 10
	maxVersions = 1000
)

// New returns the feature.
func New(o Options) site.Feature {
	s := &applications{Options: o}
	s.find = s.own
	const one = path + "/{reference}"
	routes := append([]site.Route{
		{Pattern: "GET " + path, Access: site.LoggedIn, LanguageReturn: []string{path}, Serve: s.list},
		{Pattern: "GET " + newPath, Access: site.LoggedIn, LanguageReturn: []string{newPath}, Serve: s.kindPage},
		{Pattern: "POST " + newPath, Access: site.LoggedIn, Serve: s.create},
		{Pattern: "GET " + one + "/geri-gonder", Access: site.LoggedIn, Serve: s.disputePage},
		{Pattern: "POST " + one + "/geri-gonder", Access: site.LoggedIn, Serve: s.dispute},
	}, s.routesOfOne(one, site.LoggedIn)...)
	if o.Keys != nil {
		byKey := &applications{Options: o, find: o.Keys.Application}
		routes = append(routes, byKey.routesOfOne(applicationkey.Path+"/{reference}", site.Anybody)...)
	}
	return site.Feature{Files: files, Routes: routes}
}

// routesOfOne are the pages of one application.
func (s *applications) routesOfOne(one string, access site.Access) []site.Route {
	return []site.Route{
		{Pattern: "GET " + one, Access: access, Serve: s.one},
		{Pattern: "POST " + one, Access: access, Serve: s.act},
		{Pattern: "GET " + one + "/iptal", Access: access, Serve: s.cancelPage},
		{Pattern: "GET " + one + "/form", Access: access, Serve: s.formPage},
		{Pattern: "POST " + one + "/form", Access: access, Serve: s.postForm},
		{Pattern: "POST " + one + "/kayit", Access: access, Script: true, Serve: s.autosave},
		{Pattern: "GET " + one + "/ozet", Access: access, Serve: s.summary},
		{Pattern: "GET " + one + "/makbuz", Access: access, Serve: s.receipt},
		{Pattern: "GET " + one + "/kagit", Access: access, Serve: s.paper},
	}
}

func pathOf(a application.Application) string {
	if a.WithoutLogin() {
		return applicationkey.Path + "/" + a.Reference
	}
	return path + "/" + a.Reference
}

// own returns the application that the address names, if it is of the person who has logged in.
func (s *applications) own(v *site.Visit) (application.Application, error) {
	ref := v.R.PathValue("reference")
	if !reference.Valid(ref) {
		return application.Application{}, fault.New(refusal.NotFound, nil)
	}
	a, err := s.Store.Application(v.R.Context(), ref)
	if errors.Is(err, store.ErrNotFound) || err == nil && a.CitizenNumber != v.Session.CitizenNumber {
		return application.Application{}, fault.New(refusal.NotFound, nil)
	}
	if err != nil {
		return application.Application{}, fmt.Errorf("application: %w", err)
	}
	return a, nil
}

// load returns the application that the address names, if the visitor may see it, with what was written of its form.
func (s *applications) load(v *site.Visit) (application.Application, error) {
	a, err := s.find(v)
	if err != nil || a.State != application.Draft {
		return a, err
	}
	d, err := s.Store.Draft(v.R.Context(), a.Reference)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return application.Application{}, fmt.Errorf("draft: %w", err)
	}
	return a.WithDraft(d), nil
}

// post returns the application that a form is about, and the number of what the form's page has shown (application.PageVersion).
func (s *applications) post(v *site.Visit) (a application.Application, shown int, err error) {
	if a, err = s.load(v); err != nil {
		return a, 0, err
	}
	if err := v.ParseForm(); err != nil {
		return a, 0, err
	}
	text, err := formview.Value(v.R.PostForm, "surum")
	if err != nil {
		return a, 0, err
	}
	shown, err = strconv.Atoi(text)
	if err != nil || shown < 1 {
		return a, 0, fault.Errorf(fault.RequestInvalid, "a version of %d bytes", len(text))
	}
	return a, shown, nil
}

// checkShown refuses what a page asks that has shown another version or draft than the newest: another tab has changed it since.
func checkShown(a application.Application, shown int) error {
	if shown != a.PageVersion() {
		return fault.Errorf(refusal.ApplicationChanged, "application %s: the page has shown %d, newest is %d", a.Reference, shown, a.PageVersion())
	}
	return nil
}

// person returns a change by the applicant. Its Who is empty for an application without a login, since nobody has proven who applies.
func person(a application.Application, event application.Event) application.Change {
	return application.Change{Event: event, By: application.Person, Who: a.CitizenNumber}
}

// rowView is one application in the list.
type rowView struct {
	application.Application
	Path string
}

// Waits reports whether the application waits for the person to open it.
func (r rowView) Waits() bool { return r.State == application.PreApplied }

func (s *applications) list(v *site.Visit) error {
	all, err := s.Store.ApplicationsOf(v.R.Context(), v.Session.CitizenNumber, maxShown)
	if err != nil {
		return fmt.Errorf("applications: %w", err)
	}
	var rows []rowView
	for _, a := range all {
		rows = append(rows, rowView{a, pathOf(a)})
	}
	slices.SortStableFunc(rows, func(a, b rowView) int { // what an institution has entered comes first
		switch {
		case a.Waits() == b.Waits():
			return 0
		case a.Waits():
			return -1
		}
		return 1
	})
	return v.Render(http.StatusOK, "applications", rows, "")
}

// kindView is a kind that can be applied for.
type kindView struct {
	Kind application.Kind
	Fee  string // "" for nothing
	Open string // the page of the person's open application of this kind
}

// kindsView is the first page of a new application.
type kindsView struct {
	Kinds  []kindView
	Wrong  bool // no kind was chosen
	Closed bool // there is an open one of each
}

func (s *applications) viewKinds(v *site.Visit) (view kindsView, err error) {
	all, err := s.Store.ApplicationsOf(v.R.Context(), v.Session.CitizenNumber, maxShown)
	if err != nil {
		return view, fmt.Errorf("applications: %w", err)
	}
	view.Closed = true
	for _, k := range kinds {
		shown := kindView{Kind: k, Fee: site.Money(v.Language, s.Fee(k))}
		for _, a := range all {
			if a.Kind == k && a.State.IsOpen() {
				shown.Open = pathOf(a)
			}
		}
		view.Closed = view.Closed && shown.Open != ""
		view.Kinds = append(view.Kinds, shown)
	}
	return view, nil
}

func (s *applications) kindPage(v *site.Visit) error {
	view, err := s.viewKinds(v)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "applicationkind", view, "")
}

// create makes a draft of the chosen kind.
func (s *applications) create(v *site.Visit) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	chosen, err := formview.Value(v.R.PostForm, "tur")
	if err != nil {
		return err
	}
	view, err := s.viewKinds(v)
	if err != nil {
		return err
	}
	kind := application.Kind(chosen)
	if !slices.Contains(kinds, kind) {
		view.Wrong = true
		return v.Render(http.StatusUnprocessableEntity, "applicationkind", view, "")
	}
	if err := s.mayCreate(v); err != nil {
		return err
	}
	a := application.New(kind, application.PaidByPerson, s.Fee(kind))
	a.CitizenNumber, a.Name = v.Session.CitizenNumber, v.Session.Name
	a, err = s.Progress.Create(v.R.Context(), a, application.Person, v.Session.CitizenNumber)
	if fault.CodeOf(err) == refusal.ApplicationOpen {
		return v.Render(http.StatusConflict, "applicationkind", view, refusal.ApplicationOpen)
	}
	if err != nil {
		return err
	}
	if a.State == application.Draft {
		return v.See(pathOf(a) + "/form")
	}
	return v.See(pathOf(a))
}

// mayCreate bounds how many applications a person makes in a day.
func (s *applications) mayCreate(v *site.Visit) error {
	all, err := s.Store.ApplicationsOf(v.R.Context(), v.Session.CitizenNumber, maxNewInDay)
	if err != nil {
		return fmt.Errorf("applications: %w", err)
	}
	if len(all) == maxNewInDay && s.Now().Sub(all[maxNewInDay-1].CreatedAt) < 24*time.Hour {
		return fault.Errorf(refusal.ApplicationLimit, "%d applications in a day", maxNewInDay)
	}
	return nil
}
