// Package machines is the feature in which a person sees the computers that were released a PUK for a card of theirs, and
// takes one off the list for good: no PUK is released to it any more.
package machines

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Store is the part of the store that this feature needs, as store.Releases has it.
type Store interface {
	Machine(ctx context.Context, citizenNumber, id string) (store.Machine, error)
	Machines(ctx context.Context, citizenNumber string) ([]store.Machine, error)
	RevokeMachine(ctx context.Context, citizenNumber, id string, at time.Time) error
	ReleasedTo(ctx context.Context, citizenNumber string, limit int) ([]store.Release, error)
}

// Options is what the feature is made of. All are required.
type Options struct {
	Store Store
	Log   *slog.Logger
	Now   func() time.Time
}

type machines struct{ Options }

//go:embed pages parts
var files embed.FS

const path = "/cihazlar"

// New returns the feature.
func New(o Options) site.Feature {
	m := &machines{o}
	return site.Feature{
		Files: files,
		Routes: []site.Route{
			{Pattern: "GET " + path, Access: site.LoggedIn, LanguageReturn: []string{path}, Serve: m.list},
			{Pattern: "GET " + path + "/{id}/iptal", Access: site.LoggedIn, Serve: m.revokePage},
			{Pattern: "POST " + path + "/{id}/iptal", Access: site.LoggedIn, Serve: m.revoke},
		},
	}
}

const (
	maxReleasesRead  = 100
	maxReleasesShown = 5 // of one machine
)

// machineView is one of a person's machines, with what was released to it, the newest first.
type machineView struct {
	store.Machine
	Short    string // the part of the ID that is shown
	System   string
	Attested bool
	Revoked  bool
	Releases []releaseView
}

type releaseView struct {
	When    time.Time
	Last    string // the end of the card's serial number
	Outcome string // outcomeDone, outcomeOpen or outcomeFailed
}

// Outcomes in a list; the result's page has the reasons.
const (
	outcomeDone   = "done"
	outcomeOpen   = "open"
	outcomeFailed = "failed"
)

func (m *machines) list(v *site.Visit) error {
	owned, err := m.Store.Machines(v.R.Context(), v.Session.CitizenNumber)
	if err != nil {
		return fmt.Errorf("machines: %w", err)
	}
	releases, err := m.Store.ReleasedTo(v.R.Context(), v.Session.CitizenNumber, maxReleasesRead)
	if err != nil {
		return fmt.Errorf("machines: %w", err)
	}
	var views []machineView
	for _, machine := range owned {
		view := viewMachine(machine)
		for _, r := range releases {
			if r.Machine == machine.ID && len(view.Releases) < maxReleasesShown {
				view.Releases = append(view.Releases, viewRelease(r))
			}
		}
		views = append(views, view)
	}
	return v.Render(http.StatusOK, "machines", views, "")
}

func viewMachine(m store.Machine) machineView {
	return machineView{Machine: m, Short: site.ShortMachine(m.ID), System: site.SystemName(m.Platform), Attested: !m.AttestedAt.IsZero(), Revoked: !m.RevokedAt.IsZero()}
}

func viewRelease(r store.Release) releaseView {
	view := releaseView{When: r.IssuedAt, Last: site.LastDigits(r.Card), Outcome: outcomeFailed}
	switch r.Outcome {
	case "":
		view.Outcome = outcomeOpen
	case protocol.OutcomeDone:
		view.Outcome = outcomeDone
	}
	return view
}

// machine returns the person's machine that the address names.
func (m *machines) machine(v *site.Visit) (store.Machine, error) {
	machine, err := m.Store.Machine(v.R.Context(), v.Session.CitizenNumber, v.R.PathValue("id"))
	if errors.Is(err, store.ErrNotFound) {
		return store.Machine{}, fault.New(refusal.NotFound, nil)
	}
	if err != nil {
		return store.Machine{}, fmt.Errorf("machine: %w", err)
	}
	return machine, nil
}

// revokePage asks for a confirmation: a revocation is final.
func (m *machines) revokePage(v *site.Visit) error {
	machine, err := m.machine(v)
	if err != nil {
		return err
	}
	if !machine.RevokedAt.IsZero() {
		return v.See(path)
	}
	return v.Render(http.StatusOK, "revoke", viewMachine(machine), "")
}

func (m *machines) revoke(v *site.Visit) error {
	machine, err := m.machine(v)
	if err != nil {
		return err
	}
	if err := m.Store.RevokeMachine(v.R.Context(), v.Session.CitizenNumber, machine.ID, m.Now()); err != nil {
		return fmt.Errorf("revoke: %w", err)
	}
	m.Log.Info("machine revoked", "machine", machine.ID)
	return v.See(path)
}
