package outbound

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// fetchFrom asks an address.
func fetchFrom(t *testing.T, c *Fetcher, ctx context.Context, address string) error {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Fetch(ctx, request, "", 10)
	return err
}

// TestHangingHostLeavesOthersAlone: a host that hangs takes no more than its places, those that wait for it are bounded,
// and another one answers meanwhile.
func TestHangingHostLeavesOthersAlone(t *testing.T) {
	entered, release := make(chan struct{}, maxAsking+maxWaiting), make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		entered <- struct{}{}
		<-release
	}))
	defer hanging.Close()
	healthy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer healthy.Close()
	c := &Fetcher{Hosts: new(Hosts), Timeout: time.Minute}
	var asking sync.WaitGroup
	for range maxAsking + maxWaiting {
		asking.Go(func() {
			if err := fetchFrom(t, c, t.Context(), hanging.URL); err != nil {
				t.Error(err)
			}
		})
	}
	for range maxAsking {
		<-entered
	}
	until(t, func() bool {
		c.Hosts.mu.Lock()
		defer c.Hosts.mu.Unlock()
		return c.Hosts.hosts[hanging.Listener.Addr().String()].waiting == maxWaiting
	})
	if err := fetchFrom(t, c, t.Context(), hanging.URL); err == nil {
		t.Error("one more waits")
	}
	if err := fetchFrom(t, c, t.Context(), healthy.URL); err != nil {
		t.Errorf("the other host: %v", err)
	}
	if len(entered) > 0 {
		t.Errorf("%d requests beyond the places", len(entered))
	}
	close(release)
	asking.Wait()
}

// until waits for a condition, for as long as the test may run.
func until(t *testing.T, condition func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-t.Context().Done():
			t.Fatal("did not happen")
		}
	}
}

// TestFailingHostIsLeftAlone: after some failures in a row nobody waits for a host, until one request has found out that
// it answers again.
func TestFailingHostIsLeftAlone(t *testing.T) {
	asked, status := 0, http.StatusServiceUnavailable
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.WriteHeader(status)
	}))
	defer host.Close()
	now := time.Now()
	c := &Fetcher{Hosts: new(Hosts), Now: func() time.Time { return now }}
	for range maxFailures + 3 {
		if fetchFrom(t, c, t.Context(), host.URL) == nil {
			t.Fatal("answered")
		}
	}
	if asked != maxFailures {
		t.Errorf("asked %d times, want %d", asked, maxFailures)
	}
	now = now.Add(restFor)
	for range 2 { // one trial
		_ = fetchFrom(t, c, t.Context(), host.URL)
	}
	if asked != maxFailures+1 {
		t.Errorf("asked %d times, want one trial", asked)
	}
	now, status = now.Add(restFor), http.StatusOK
	for i := range 2 {
		if err := fetchFrom(t, c, t.Context(), host.URL); err != nil {
			t.Errorf("request %d to a host that is well again: %v", i, err)
		}
	}
}

// TestNoFaultOfTheHost: a person who leaves, and an address that is wrong, are not taken for failures of a host.
func TestNoFaultOfTheHost(t *testing.T) {
	entered := make(chan struct{})
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/wrong":
			w.WriteHeader(http.StatusNotFound)
		case "/slow":
			entered <- struct{}{}
			<-r.Context().Done()
		}
	}))
	defer host.Close()
	c := &Fetcher{Hosts: new(Hosts)}
	for range maxFailures + 1 {
		if fetchFrom(t, c, t.Context(), host.URL+"/wrong") == nil {
			t.Fatal("answered")
		}
		ctx, leave := context.WithCancel(t.Context())
		left := make(chan error)
		go func() { left <- fetchFrom(t, c, ctx, host.URL+"/slow") }()
		<-entered
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if err := fetchFrom(t, c, t.Context(), host.URL); err != nil {
		t.Error(err)
	}
}

// TestHostsAreBounded: idle hosts make room for others.
func TestHostsAreBounded(t *testing.T) {
	var r Hosts
	for i := range 2 * maxHosts {
		leave, err := r.enter(t.Context(), fmt.Sprint(i), time.Now)
		if err != nil {
			t.Fatal(err)
		}
		leave(answered)
	}
	if len(r.hosts) > maxHosts {
		t.Errorf("%d hosts are remembered", len(r.hosts))
	}
}
