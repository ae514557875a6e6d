package own

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// TestBundlesAreBounded asks for a second archive of one person, and for one more than a process sends at once.
func TestBundlesAreBounded(t *testing.T) {
	b := bundles{under: map[string]bool{}}
	enter := func(person string, want bool) (leave func()) {
		t.Helper()
		leave, err := b.enter(person)
		if (err == nil) != want || err != nil && fault.CodeOf(err) != fault.Unavailable {
			t.Fatalf("%s: %v", person, err)
		}
		return leave
	}
	leave := enter("a", true)
	enter("a", false)
	leave()
	for i := range maxBundles {
		leave = enter(string(rune('a'+i)), true)
	}
	enter("z", false)
	leave()
	enter("z", true)
}

// large is a store in which a person has one act, larger than what the connections hold. It has the site's sessions too.
type large struct {
	Store
	content []byte
}

func (large) Session(context.Context, store.Hash, time.Time, time.Duration) (store.Session, error) {
	return store.Session{CitizenNumber: "10000000146", SeenAt: time.Now()}, nil
}

func (large) CreateSession(context.Context, store.Session) error        { return nil }
func (large) TouchSession(context.Context, store.Hash, time.Time) error { return nil }

func (large) ActsOf(context.Context, string, int) ([]store.Act, error) {
	return []store.Act{{Reference: "0000-0000-0000-0000", Kind: store.Give}}, nil
}

func (large) CopiesOf(context.Context, string, int) ([]store.Copy, error) { return nil, nil }

func (s large) Evidence(context.Context, string) (store.Evidence, error) {
	return store.Evidence{Document: s.content}, nil
}

// TestSlowReaderLosesItsPlace asks for an archive and reads nothing of it: the place is free once the act's time is over.
func TestSlowReaderLosesItsPlace(t *testing.T) {
	s := large{content: make([]byte, 32<<20)}
	_, _ = rand.Read(s.content) // never fails; it does not get smaller in an archive
	w := newOwn(Options{Store: s, Address: &url.URL{Scheme: "http", Host: "localhost"}, Now: time.Now}, 200*time.Millisecond)
	pages, err := site.New(site.Options{Address: w.Address, Sessions: s, Log: slog.New(slog.DiscardHandler), Now: time.Now}, w.feature())
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		defer close(ended)
		pages.Handler().ServeHTTP(rw, r)
	}))
	defer server.Close()
	reader, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if _, err := fmt.Fprint(reader, "GET /belgelerim/tumu HTTP/1.1\r\nHost: localhost\r\nCookie: oturum=x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Fatal("who reads nothing keeps its place")
	}
	leave, err := w.bundles.enter("10000000146")
	if err != nil {
		t.Fatal(err)
	}
	leave()
}
