package service

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/e-onay/e-onay/web/metrics"
	"github.com/e-onay/e-onay/web/relyingparty"
	"github.com/e-onay/e-onay/web/service/challenges"
)

// timedStore has its writes counted.
type timedStore struct {
	challenges.Store
	meter *metrics.Meter
}

// Use implements relyingparty.UsedChallenges.
func (s timedStore) Use(ctx context.Context, digest string, until time.Time) error {
	began := time.Now()
	err := s.Store.Use(ctx, digest, until)
	s.meter.StoreWrite(time.Since(began), err != nil && !errors.Is(err, relyingparty.ErrChallengeUsed) && ctx.Err() == nil)
	return err
}

// anchorEnds is when the first anchor of all sites ends, in seconds since 1970.
func (s *Service) anchorEnds() float64 {
	ends := math.Inf(1)
	for _, site := range s.sites {
		for _, anchor := range site.verifier.Anchors {
			ends = min(ends, float64(anchor.NotAfter.Unix()))
		}
	}
	return ends
}
