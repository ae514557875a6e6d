package portal

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/metrics"
	"github.com/e-onay/e-onay/web/portal/jobs"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// jobStore has counts of jobs, or none to tell.
type jobStore struct {
	store.Jobs
	counts []store.JobCount
	err    error
	asked  int
}

func (s *jobStore) JobCounts(context.Context, time.Time) ([]store.JobCount, error) {
	s.asked++
	return s.counts, s.err
}

// TestJobsReadiness: the operator is told of what waits for more than an hour, and of a store that cannot say; what was given up is no
// reason, since nothing could be done about a mailbox that is gone. The store is asked once for many who ask.
func TestJobsReadiness(t *testing.T) {
	now := time.Now()
	for name, test := range map[string]struct {
		store jobStore
		want  int
	}{
		"nothing":        {jobStore{}, http.StatusOK},
		"fresh":          {jobStore{counts: []store.JobCount{{Kind: "notice", Waiting: 9, Oldest: now.Add(-time.Hour)}}}, http.StatusOK},
		"given up":       {jobStore{counts: []store.JobCount{{Kind: "notice", GivenUp: 1}}}, http.StatusOK},
		"late":           {jobStore{counts: []store.JobCount{{Kind: "sms"}, {Kind: "notice", Waiting: 1, Oldest: now.Add(-time.Hour - time.Second)}}}, http.StatusServiceUnavailable},
		"status in time": {jobStore{counts: []store.JobCount{{Kind: "status", Waiting: 1, Oldest: now.Add(-10 * time.Minute)}}}, http.StatusOK},
		"status late":    {jobStore{counts: []store.JobCount{{Kind: "status", Waiting: 1, Oldest: now.Add(-10*time.Minute - time.Second)}}}, http.StatusServiceUnavailable},
		"no answer":      {jobStore{err: errors.New("disk is full")}, http.StatusServiceUnavailable},
	} {
		counted := &countedJobs{store: &test.store, now: func() time.Time { return now }}
		s, err := site.New(site.Options{Address: &url.URL{Scheme: "http", Host: "localhost"}, Log: slog.New(slog.DiscardHandler), Now: time.Now},
			site.Feature{Routes: []site.Route{{Pattern: "GET /saglik/isler", Serve: counted.readiness}}})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/saglik/isler", nil))
			if w.Code != test.want {
				t.Errorf("%s: answers %d, want %d", name, w.Code, test.want)
			}
		}
		if test.store.asked != 1 {
			t.Errorf("%s: the store was asked %d times", name, test.store.asked)
		}
	}
}

// TestJobMetrics: each kind that the portal does has its numbers, also while none waits.
func TestJobMetrics(t *testing.T) {
	m, handlers := metrics.New(), map[string]jobs.Handler{"notice": nil, "sms": nil}
	p := &Portal{jobs: jobs.New(jobs.Options{Handlers: handlers})}
	p.meterJobs(m, &jobStore{counts: []store.JobCount{{Kind: "notice", Waiting: 2, Oldest: time.Now().Add(-time.Hour), GivenUp: 3}}})
	var text bytes.Buffer
	if err := m.Write(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`eonay_jobs_waiting{kind="notice"} 2`, `eonay_jobs_given_up{kind="notice"} 3`, `eonay_jobs_oldest_seconds{kind="notice"} 36`,
		`eonay_jobs_waiting{kind="sms"} 0`, `eonay_jobs_given_up{kind="sms"} 0`, `eonay_jobs_oldest_seconds{kind="sms"} 0`,
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %s in\n%s", want, &text)
		}
	}
}
