package portal

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/e-onay/e-onay/web/portal/courier"
	"github.com/e-onay/e-onay/web/portal/jobs"
	"github.com/e-onay/e-onay/web/portal/secretfile"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// CourierSettings name the courier's system, by which shipments are ordered and followed. URL and TokenFile must be given.
type CourierSettings struct {
	// URL is the address below which it answers as docs/courier.md says: https, or http on this machine.
	URL string `json:"url"`
	// TokenFile holds what it knows this portal by, of 16 to 4096 characters. Everybody on the machine must not be able to read it.
	TokenFile string `json:"token_file"`
	// TrackMinutes is how long after an answer about a shipment it is asked again; 0 means 30.
	TrackMinutes int `json:"track_minutes,omitempty"`
}

const (
	minCourierToken = 16 // bytes
	maxCourierToken = 4096
	defaultTrack    = 30 // minutes
	maxTrack        = 24 * 60
)

func (s *CourierSettings) check() error {
	switch {
	case s == nil:
		return nil
	case s.URL == "" || s.TokenFile == "":
		return errors.New("url and token_file must both be given")
	case s.TrackMinutes < 0 || s.TrackMinutes > maxTrack:
		return fmt.Errorf("track_minutes: %d is not between 1 and %d", s.TrackMinutes, maxTrack)
	}
	u, err := site.ParseAddress(s.URL)
	if err == nil && u.RawQuery != "" {
		err = fmt.Errorf("%q has a query", s.URL)
	}
	return err
}

// every is how long after an answer the courier is asked again.
func (s *CourierSettings) every() time.Duration {
	if s.TrackMinutes == 0 {
		return defaultTrack * time.Minute
	}
	return time.Duration(s.TrackMinutes) * time.Minute
}

// openCarrier reads the token; nil where the settings name no courier.
func openCarrier(s *Settings) (courier.Carrier, error) {
	if s.Courier == nil {
		return nil, nil
	}
	token, err := secretfile.Read(s.Courier.TokenFile, maxCourierToken+1)
	if err != nil {
		return nil, fmt.Errorf("portal: courier: token: %w", err)
	}
	text := strings.TrimSpace(string(token))
	isPlain := !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
	if len(text) < minCourierToken || len(token) > maxCourierToken || !isPlain {
		return nil, fmt.Errorf("portal: courier: %q: want a token of %d to %d characters of ASCII", s.Courier.TokenFile, minCourierToken, maxCourierToken)
	}
	return &courier.Client{URL: s.Courier.URL, Token: text}, nil
}

// startShipments makes what orders and follows shipments, where there is a courier.
func (a *assembly) startShipments() error {
	carrier, err := openCarrier(a.Settings)
	if err != nil || carrier == nil {
		return err
	}
	a.shipments = courier.New(courier.Options{
		Store: a.Store, Mover: a.progress, Carrier: carrier, Every: a.Settings.Courier.every(), Log: a.Log, Now: a.Now,
	})
	return nil
}

// ship does the job of a shipment.
func (a *assembly) ship(ctx context.Context, j store.LeasedJob) error {
	err := a.shipments.Ship(ctx, j.Key, j.Application)
	if errors.Is(err, courier.ErrHopeless) {
		err = fmt.Errorf("%w: %w", jobs.ErrGiveUp, err)
	}
	return err
}

// FollowShipments asks the courier where cards are until ctx ends, as courier.Engine.Run does.
func (p *Portal) FollowShipments(ctx context.Context) {
	if p.shipments != nil {
		p.shipments.Run(ctx)
	}
}
