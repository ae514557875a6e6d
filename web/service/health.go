package service

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/e-onay/e-onay/web/service/challenges"
)

// The store is asked at most once in healthFor, since its answer costs a write and anybody may ask; healthLimit bounds
// how long it may take.
const (
	healthFor   = 5 * time.Second
	healthLimit = 5 * time.Second
)

// health is what the store said last of whether it can write.
type health struct {
	store challenges.Store

	mu  sync.Mutex
	at  time.Time
	err error
}

// ask returns the last answer while it is fresh, else a new one. It goes on when the asker has left: the answer is for the next one too.
func (h *health) ask(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if age := time.Since(h.at); age < 0 || age >= healthFor {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), healthLimit)
		defer cancel()
		h.at, h.err = time.Now(), h.store.Ping(ctx)
	}
	return h.err
}

// status is the answer of a health check.
type status struct {
	Status string `json:"status"`
}

func (s *Service) live(w http.ResponseWriter, _ *http.Request) {
	answerJSON(w, http.StatusOK, "application/json", status{"live"})
}

var errStopping = errors.New("service: stopping")

func (s *Service) ready(w http.ResponseWriter, r *http.Request) {
	err := s.health.ask(r.Context())
	select {
	case <-s.stopping:
		err = errStopping
	default:
	}
	if err != nil {
		s.log.Error("not ready", "error", err)
		s.refuseOpenly(w, r, err)
		return
	}
	answerJSON(w, http.StatusOK, "application/json", status{"ready"})
}
