package portal

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// pingStore can or cannot write.
type pingStore struct {
	store.Store
	err error
}

func (s *pingStore) Ping(context.Context) error { return s.err }

// TestLiveAndReady asks a portal that is well, one whose store cannot write, and one that stops: it is ready in the first case alone, and alive
// in all of them.
func TestLiveAndReady(t *testing.T) {
	stopped := make(chan struct{})
	close(stopped)
	for name, test := range map[string]struct {
		h     *health
		ready int
	}{
		"well":      {&health{store: &pingStore{}}, http.StatusOK},
		"full disk": {&health{store: &pingStore{err: errors.New("disk is full")}}, http.StatusServiceUnavailable},
		"stopping":  {&health{store: &pingStore{}, stopping: stopped}, http.StatusServiceUnavailable},
	} {
		test.h.now = time.Now
		s, err := site.New(site.Options{Address: &url.URL{Scheme: "http", Host: "localhost"}, Log: slog.New(slog.DiscardHandler), Now: time.Now},
			site.Feature{Routes: test.h.routes()})
		if err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]int{"/saglik": test.ready, "/saglik/hazir": test.ready, "/saglik/canli": http.StatusOK} {
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
			if w.Code != want {
				t.Errorf("%s: %s answers %d, want %d", name, path, w.Code, want)
			}
		}
	}
}
