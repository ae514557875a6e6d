// Package desk is the feature in which the authority's people work on applications: queues by state, an application with its
// history, and what can be done with it. Officers come by a login with a card alone. A person without a role finds no page here.
//
// An officer sees and does what a role of theirs opens (duties), and nothing with an application of their own. Who did what is
// kept with each change; the applicant is never told who it was.
package desk

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/deskgate"
	"github.com/e-onay/e-onay/web/portal/payments"
	"github.com/e-onay/e-onay/web/portal/progress"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Store is the part of the store that this feature needs, as store.Applications has it.
type Store interface {
	Application(ctx context.Context, reference string) (application.Application, error)
	ApplicationByShipment(ctx context.Context, number string) (application.Application, error)
	ApplicationsIn(ctx context.Context, state application.State, limit int) ([]application.Application, error)
	CountApplications(ctx context.Context) (map[application.State]int, error)
	Institution(ctx context.Context, id string) (store.InstitutionChange, error)
	ApplicationHistory(ctx context.Context, reference string) ([]application.Change, error)
	ShipmentEvents(ctx context.Context, reference string) ([]application.ShipmentEvent, error)
	ShipmentProblem(ctx context.Context, reference string) (application.CarrierProblem, error)
	PaperScan(ctx context.Context, reference string, version int) (application.Scan, error)
}

// Options is what the feature is made of. All are required but Production.
type Options struct {
	Store    Store
	Gate     deskgate.Gate
	Progress *progress.Engine
	// Decisions tells how many acts of two persons wait for an officer.
	Decisions interface {
		CountWaiting(ctx context.Context, who string, roles []store.Role) (int, error)
	}
	// Refunds tells whether a payment's money can be sent back by a decision of two persons; refusal.ApplicationState says that none can.
	Refunds interface {
		ByHand(ctx context.Context, d payments.Debt) (store.Payment, error)
	}
	// Pages are further pages of the desk, each for who has its role.
	Pages []Page
	// Production has the keys of hand-overs; nil where the settings name none.
	Production *Production
	// PaperWithoutScan lets a paper be received that is not scanned.
	PaperWithoutScan bool
	// Login is the page of a login with a card.
	Login string
	Now   func() time.Time
}

// Page is a line of the desk's menu. Title and About are keys of the catalogue, ID is the element's.
type Page struct {
	Role                   store.Role
	ID, Path, Title, About string
}

type desk struct{ Options }

//go:embed pages parts
var files embed.FS

const (
	path            = "/masa"
	queuePath       = path + "/kuyruk/"
	applicationPath = path + "/basvuru/"
	productionPath  = path + "/uretim"
)

// New returns the feature.
func New(o Options) site.Feature {
	d := &desk{o}
	route := func(pattern string, serve func(*site.Visit, officer) error) site.Route {
		return o.Gate.Route(pattern, func(v *site.Visit, who deskgate.Officer) error {
			return serve(v, officer{who.CitizenNumber, who.Roles})
		})
	}
	home := route("GET "+path, d.home)
	home.LanguageReturn = []string{path}
	back := route("POST "+productionPath+"/donus", d.takeBack)
	back.MaxBody = maxReturnBody
	paper := route("POST "+applicationPath+"{reference}/"+receivePaper, func(v *site.Visit, o officer) error { return d.perform(v, o, receivePaper) })
	paper.MaxBody = maxScanForm
	return site.Feature{
		Files: files,
		Ways:  map[fault.Code]site.Way{refusal.CardLoginRequired: {Path: o.Login, Text: "portal.desk.login"}},
		Routes: []site.Route{
			home,
			route("GET "+path+"/bul", d.find),
			route("GET "+productionPath, d.production),
			route("POST "+productionPath+"/teslim", d.handOver),
			back,
			route("GET "+queuePath+"{state}", d.queue),
			route("GET "+applicationPath+"{reference}", d.application),
			route("GET "+applicationPath+"{reference}/{act}", d.actPage),
			paper,
			route("POST "+applicationPath+"{reference}/{act}", func(v *site.Visit, o officer) error { return d.perform(v, o, v.R.PathValue("act")) }),
			route("GET "+applicationPath+"{reference}/tarama/{version}", d.scan),
		},
	}
}

// duty is what a role opens.
type duty struct {
	// queues are the states whose applications the role works on.
	queues []application.State
	// everywhere opens applications in every other state as well.
	everywhere bool
	// fields are those of the form that the role needs; nil means all.
	fields []string
}

var duties = map[store.Role]duty{
	store.Reviewer: {
		queues:     []application.State{application.AwaitingApproval, application.UnderReview, application.PaymentDue, application.Held},
		everywhere: true,
	},
	store.Producer: {queues: []application.State{application.InProduction}, fields: []string{}},
	store.Courier: {
		queues: []application.State{application.Produced, application.WithCourier},
		fields: []string{"delivery", "mobile", "address", "district", "province", "postcode"},
	},
}

// officer is somebody at the desk.
type officer struct {
	citizenNumber string
	roles         []store.Role
}

func (o officer) has(r store.Role) bool { return slices.Contains(o.roles, r) }

// sees reports whether a role of the officer opens applications in a state.
func (o officer) sees(s application.State) bool {
	return slices.ContainsFunc(o.roles, func(r store.Role) bool {
		return duties[r].everywhere || slices.Contains(duties[r].queues, s)
	})
}

// seesField reports whether a role of the officer that opens a state needs a field of the form there.
func (o officer) seesField(s application.State, field string) bool {
	return slices.ContainsFunc(o.roles, func(r store.Role) bool {
		d := duties[r]
		return (d.everywhere || slices.Contains(d.queues, s)) && (d.fields == nil || slices.Contains(d.fields, field))
	})
}

// queues are the states that the officer works on.
func (o officer) queues() (states []application.State) {
	for _, role := range o.roles {
		states = append(states, duties[role].queues...)
	}
	return states
}

// load returns the application that the request's address names, if the officer may see it.
func (d *desk) load(v *site.Visit, o officer) (application.Application, error) {
	a, err := d.Store.Application(v.R.Context(), v.R.PathValue("reference"))
	if errors.Is(err, store.ErrNotFound) {
		return a, fault.New(refusal.NotFound, nil)
	}
	if err != nil {
		return a, fmt.Errorf("application: %w", err)
	}
	if !o.sees(a.State) {
		return application.Application{}, fault.Errorf(refusal.NotFound, "application %s in %s is not for roles %q", a.Reference, a.State, o.roles)
	}
	return a, nil
}

// home is the desk: what waits in the officer's queues, and a field that finds an application.
func (d *desk) home(v *site.Visit, o officer) error { return d.renderHome(v, o, http.StatusOK, "") }
