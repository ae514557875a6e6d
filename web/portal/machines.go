package portal

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

const machinesPath = "/cihazlar"

const (
	maxReleasesRead  = 100
	maxReleasesShown = 5 // of one machine
)

// machineView is one of a person's machines, with what was released to it, the newest first.
type machineView struct {
	store.Machine
	Short    string // how the person tells it from others of its kind
	System   string
	Attested bool
	Revoked  bool
	Releases []releaseView
}

type releaseView struct {
	When    time.Time
	Last    string // the end of the card's serial number
	Outcome string // outcomeDone and its like
}

// Outcomes in a list; the result's page has the reasons.
const (
	outcomeDone   = "done"
	outcomeOpen   = "open"
	outcomeFailed = "failed"
)

func (p *Portal) machines(v *visit) error {
	machines, err := p.store.Machines(v.r.Context(), v.session.CitizenNumber)
	if err != nil {
		return fmt.Errorf("machines: %w", err)
	}
	releases, err := p.store.ReleasedTo(v.r.Context(), v.session.CitizenNumber, maxReleasesRead)
	if err != nil {
		return fmt.Errorf("machines: %w", err)
	}
	var views []machineView
	for _, m := range machines {
		view := viewMachine(m)
		for _, r := range releases {
			if r.Machine == m.ID && len(view.Releases) < maxReleasesShown {
				view.Releases = append(view.Releases, viewRelease(r))
			}
		}
		views = append(views, view)
	}
	return p.render(v, http.StatusOK, "machines", views, "")
}

func viewMachine(m store.Machine) machineView {
	return machineView{Machine: m, Short: shortMachine(m.ID), System: system(m.Platform), Attested: !m.AttestedAt.IsZero(), Revoked: !m.RevokedAt.IsZero()}
}

// shortMachine is what is shown of a machine's ID.
func shortMachine(id string) string { return id[:8] }

// system writes GOOS/GOARCH for people.
func system(platform string) string {
	name, processor, _ := strings.Cut(platform, "/")
	if known, ok := map[string]string{"linux": "Linux", "windows": "Windows", "darwin": "macOS"}[name]; ok {
		name = known
	}
	return name + " (" + processor + ")"
}

func viewRelease(r store.Release) releaseView {
	view := releaseView{When: r.IssuedAt, Last: lastDigits(r.Card), Outcome: outcomeFailed}
	switch r.Outcome {
	case "":
		view.Outcome = outcomeOpen
	case protocol.OutcomeDone:
		view.Outcome = outcomeDone
	}
	return view
}

// machine returns the person's machine that the address names.
func (p *Portal) machine(v *visit) (store.Machine, error) {
	m, err := p.store.Machine(v.r.Context(), v.session.CitizenNumber, v.r.PathValue("id"))
	if errors.Is(err, store.ErrNotFound) {
		return store.Machine{}, fault.New(refusal.NotFound, nil)
	}
	if err != nil {
		return store.Machine{}, fmt.Errorf("machine: %w", err)
	}
	return m, nil
}

// revokePage asks first: there is no way back.
func (p *Portal) revokePage(v *visit) error {
	m, err := p.machine(v)
	if err != nil {
		return err
	}
	if !m.RevokedAt.IsZero() {
		return v.see(machinesPath)
	}
	return p.render(v, http.StatusOK, "revoke", viewMachine(m), "")
}

func (p *Portal) revoke(v *visit) error {
	m, err := p.machine(v)
	if err != nil {
		return err
	}
	if err := p.store.RevokeMachine(v.r.Context(), v.session.CitizenNumber, m.ID, p.now()); err != nil {
		return fmt.Errorf("revoke: %w", err)
	}
	p.log.Info("machine revoked", "machine", m.ID)
	return v.see(machinesPath)
}
