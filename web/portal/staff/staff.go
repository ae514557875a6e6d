// Package staff is the feature in which administrators give and end the roles of the authority's desk: one asks, another confirms
// (package decisions). The operator's command line gives the first ones.
package staff

import (
	"context"
	"embed"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/web/portal/decisions"
	"github.com/e-onay/e-onay/web/portal/deskgate"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Store is the part of the store that this feature needs, as store.Roles and store.Own have it.
type Store interface {
	RolesOf(ctx context.Context, citizenNumber string, now time.Time) ([]store.Role, error)
	RolesAt(ctx context.Context, now time.Time, limit int) ([]store.RoleChange, error)
	LoginsOf(ctx context.Context, citizenNumber string, limit int) ([]store.Login, error)
}

// Options is what the feature is made of.
type Options struct {
	Store     Store
	Gate      deskgate.Gate
	Decisions *decisions.Engine
	Now       func() time.Time
}

type staff struct{ Options }

//go:embed pages
var files embed.FS

const (
	// Path is the feature's page.
	Path      = "/masa/gorevliler"
	givePath  = Path + "/ver"
	endPath   = Path + "/bitir"
	maxListed = 1000

	fieldNumber = "kimlik"
	fieldRole   = "gorev"
	fieldUntil  = "bitis"
)

// New returns the feature.
func New(o Options) site.Feature {
	s := &staff{o}
	route := func(pattern string, serve func(*site.Visit, deskgate.Officer) error) site.Route {
		return o.Gate.Route(pattern, serve, store.Administrator)
	}
	list := route("GET "+Path, s.list)
	list.LanguageReturn = []string{Path}
	return site.Feature{
		Files: files,
		Routes: []site.Route{
			list,
			route("GET "+givePath, s.formOf(false)),
			route("POST "+givePath, s.ask(false)),
			route("GET "+endPath, s.formOf(true)),
			route("POST "+endPath, s.ask(true)),
		},
	}
}

// heldView is a role that somebody has.
type heldView struct {
	Name, Number string // Number is masked
	Role         store.Role
	Since, Until time.Time
	ByTwo        bool
}

func (s *staff) list(v *site.Visit, _ deskgate.Officer) error {
	held, err := s.Store.RolesAt(v.R.Context(), s.Now(), maxListed)
	if err != nil {
		return fmt.Errorf("roles: %w", err)
	}
	names := map[string]string{}
	var list []heldView
	for _, c := range held {
		name, known := names[c.CitizenNumber]
		if !known {
			if name, err = s.nameOf(v.R.Context(), c.CitizenNumber); err != nil {
				return err
			}
			names[c.CitizenNumber] = name
		}
		list = append(list, heldView{name, pki.MaskCitizenNumber(c.CitizenNumber), c.Role, c.At, c.Until, c.Decision != ""})
	}
	return v.Render(http.StatusOK, "staff", list, "")
}

// nameOf returns a person's name by the certificate of their last login with a card, "" where there was none.
func (s *staff) nameOf(ctx context.Context, citizenNumber string) (string, error) {
	logins, err := s.Store.LoginsOf(ctx, citizenNumber, 1)
	if err != nil || len(logins) == 0 {
		return "", err
	}
	return logins[0].Name, nil
}

// formView is the form by which a role is given or ended.
type formView struct {
	Ends  bool
	Path  string
	Roles []store.Role
	Role  store.Role
	Until string
	// Wrong are the fields in which something is wrong.
	Wrong map[string]bool
}

func (s *staff) formOf(ends bool) func(*site.Visit, deskgate.Officer) error {
	return func(v *site.Visit, _ deskgate.Officer) error {
		return v.Render(http.StatusOK, "staff-change", newForm(ends), "")
	}
}

func newForm(ends bool) formView {
	view := formView{Ends: ends, Path: givePath, Roles: store.KnownRoles, Wrong: map[string]bool{}}
	if ends {
		view.Path = endPath
	}
	return view
}

// ask has another administrator confirm what was typed. The number is in no page: where something is wrong, it is typed again.
func (s *staff) ask(ends bool) func(*site.Visit, deskgate.Officer) error {
	return func(v *site.Visit, o deskgate.Officer) error {
		if err := v.ParseForm(); err != nil {
			return err
		}
		view := newForm(ends)
		c := view.read(v.R.PostForm.Get, s.Now())
		if len(view.Wrong) > 0 {
			return v.Render(http.StatusUnprocessableEntity, "staff-change", view, refusal.DeskForm)
		}
		reference, err := s.askFor(v.R.Context(), o, c)
		if err == nil {
			v.Log().Info("a role was asked for", "reference", reference)
			return v.See("/masa/onaylar/" + reference)
		}
		switch code := fault.CodeOf(err); code {
		case refusal.OfficerUnknown, refusal.DecisionOpen, refusal.DecisionLimit, refusal.DecisionNotYours, refusal.DecisionOver, refusal.AdministratorsFew:
			return v.Render(site.StatusOf(code), "staff-change", view, code)
		}
		return err
	}
}

// read reads a form, and notes what is wrong in it.
func (view *formView) read(field func(string) string, now time.Time) change {
	c := change{CitizenNumber: strings.TrimSpace(field(fieldNumber)), Role: store.Role(field(fieldRole)), Ends: view.Ends}
	if pki.MaskCitizenNumber(c.CitizenNumber) == "" {
		view.Wrong[fieldNumber] = true
	}
	if view.Role = c.Role; !c.Role.IsKnown() {
		view.Role, view.Wrong[fieldRole] = "", true
	}
	written := strings.TrimSpace(field(fieldUntil))
	if view.Ends || written == "" {
		return c
	}
	day, err := time.ParseInLocation(time.DateOnly, written, site.Istanbul)
	if c.Until = day.AddDate(0, 0, 1).UTC(); err != nil || !c.Until.After(now) {
		view.Wrong[fieldUntil] = true
		return c
	}
	view.Until = written
	return c
}

// askFor asks for a change. Whom a role is given to must have logged in with a card: so both administrators see a name that a
// certificate vouches for, and not a masked number alone, which many people share. Nobody asks for a role of their own.
func (s *staff) askFor(ctx context.Context, o deskgate.Officer, c change) (string, error) {
	var err error
	if c.Name, err = s.nameOf(ctx, c.CitizenNumber); err != nil {
		return "", fmt.Errorf("name: %w", err)
	}
	held, err := s.Store.RolesOf(ctx, c.CitizenNumber, s.Now())
	switch has := hasRole(held, c.Role); {
	case err != nil:
		return "", fmt.Errorf("roles: %w", err)
	case !c.Ends && c.CitizenNumber == o.CitizenNumber:
		return "", fault.New(refusal.DecisionNotYours, nil)
	case !c.Ends && c.Name == "", c.Ends && !has:
		return "", fault.New(refusal.OfficerUnknown, nil)
	}
	return s.Decisions.Ask(ctx, o.CitizenNumber, decisions.Question{
		Kind: kindName, Subject: string(c.Role) + "/" + c.CitizenNumber, Person: c.CitizenNumber, Asked: c,
	})
}

func hasRole(held []store.Role, role store.Role) bool {
	return deskgate.Officer{Roles: held}.Has(role)
}
