package revocation_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/revocation"
)

func TestRedirectIsRefused(t *testing.T) {
	var followed atomic.Bool
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/elsewhere") {
			followed.Store(true)
			return
		}
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	w := newWorld(t, handler)
	_, err := w.ocsp()
	wantCode(t, err, unavailable)
	_, err = w.crl()
	wantCode(t, err, unavailable)
	if followed.Load() {
		t.Error("the redirect was followed")
	}
}

func TestTimeout(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"no answer": func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"half an answer": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/ocsp-response")
			w.Write([]byte{0x30})
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, readAll(handler))
			w.checker.Timeout = 50 * time.Millisecond
			_, err := w.ocsp()
			wantCode(t, err, unavailable)
			_, err = w.crl()
			wantCode(t, err, unavailable)
		})
	}
}

// readAll reads the request first: only then does the server notice that the client has gone.
func readAll(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		buffer := make([]byte, 1<<10)
		for {
			if _, err := r.Body.Read(buffer); err != nil {
				break
			}
		}
		next(w, r)
	})
}

func TestContextEndsIt(t *testing.T) {
	arrived := make(chan struct{})
	w := newWorld(t, readAll(func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	}))
	w.leaf.OCSPServer = append(w.leaf.OCSPServer, w.url+"/second")
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-arrived
		cancel()
	}()
	_, err := w.checker.OCSP(ctx, w.leaf, w.ca.Certificate) // a second request would close arrived again
	wantCode(t, err, unavailable)
	_, err = w.checker.CRL(ctx, w.ca.Certificate, w.root.Certificate)
	wantCode(t, err, unavailable)
}

func TestAddresses(t *testing.T) {
	for _, test := range []struct {
		name  string
		urls  []string // + is the right address, @ the same with a password
		asked int32
		ok    bool
	}{
		{"none", nil, 0, false},
		{"ldap", []string{"ldap://127.0.0.1/cn=x"}, 0, false},
		{"file", []string{"file:///etc/hostname"}, 0, false},
		{"with a password", []string{"@"}, 0, false},
		{"no host", []string{"http:///ocsp"}, 0, false},
		{"garbage", []string{"://", "\x00", ""}, 0, false},
		{"closed port, then the right one", []string{"http://127.0.0.1:1/", "+"}, 1, true},
		{"ldap, then the right one", []string{"ldap://127.0.0.1/", "+"}, 1, true},
		{"wrong answer, then the right one", []string{"+/wrong", "+"}, 2, true},
		{"wrong answers only", []string{"+/wrong", "+/wrong"}, 2, false},
		{"the fifth is not asked", []string{"+/wrong", "+/wrong", "+/wrong", "+/wrong", "+"}, 4, false},
		{"the first right answer ends it", []string{"+", "+"}, 1, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var asked atomic.Int32
			right := &answering{t: t, change: func(*world, *reply) {}}
			w := newWorld(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				if r.URL.Path == "/wrong" {
					w.Header().Set("Content-Type", "application/ocsp-response")
					return
				}
				right.ServeHTTP(w, r)
			}))
			right.world = w
			w.leaf.OCSPServer = nil
			for _, url := range test.urls {
				w.leaf.OCSPServer = append(w.leaf.OCSPServer, strings.NewReplacer("+", w.url, "@", strings.Replace(w.url, "//", "//user:secret@", 1)).Replace(url))
			}
			_, err := w.ocsp()
			switch {
			case test.ok:
				wantCode(t, err, "")
			case test.asked > 0:
				wantCode(t, err, invalid)
			default:
				wantCode(t, err, unavailable)
			}
			if got := asked.Load(); got != test.asked {
				t.Errorf("%d requests, want %d", got, test.asked)
			}
		})
	}
}

func TestRevokedEndsTheSearch(t *testing.T) {
	handler := &answering{t: t}
	w := newWorld(t, handler)
	handler.world = w
	handler.change = func(w *world, r *reply) {
		if asked := handler.asked.Add(1); asked == 1 {
			with(t, func(w *world, s *single) { s.status = revokedAt(time.Now()) })(w, r)
		}
	}
	w.leaf.OCSPServer = []string{w.url + "/1", w.url + "/2"}
	_, err := w.ocsp()
	wantCode(t, err, revoked)
}

// TestLimitIsNamed looks for the reason: without the limit a long answer would be refused as well, but only
// after all of it is in memory.
func TestLimitIsNamed(t *testing.T) {
	w := newWorld(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/ocsp-response")
		endless := make([]byte, 1<<20)
		for {
			if _, err := w.Write(endless); err != nil {
				return // the client had enough
			}
		}
	}))
	for _, ask := range []func() (*revocation.Answer, error){w.ocsp, w.crl} {
		_, err := ask()
		wantCode(t, err, invalid)
		if !strings.Contains(err.Error(), "over the limit") {
			t.Errorf("got %v", err)
		}
	}
}

func TestNobodyListens(t *testing.T) {
	w := newWorld(t, http.NotFoundHandler())
	w.leaf.OCSPServer = []string{"http://127.0.0.1:1/"}
	w.ca.Certificate.CRLDistributionPoints = []string{"http://127.0.0.1:1/"}
	_, err := w.ocsp()
	wantCode(t, err, unavailable)
	_, err = w.crl()
	wantCode(t, err, unavailable)
}

func TestInjectedClientAndClock(t *testing.T) {
	handler := &answering{t: t, change: func(*world, *reply) {}}
	w := newWorld(t, handler)
	handler.world = w
	var used atomic.Bool
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		used.Store(true)
		return http.DefaultTransport.RoundTrip(r)
	})
	jar := &countingJar{}
	redirects := func(*http.Request, []*http.Request) error { return nil }
	w.checker = &revocation.Checker{Client: &http.Client{Transport: transport, CheckRedirect: redirects, Jar: jar}}
	_, err := w.ocsp()
	wantCode(t, err, "")
	if !used.Load() {
		t.Error("the injected client was not used")
	}
	if jar.used {
		t.Error("cookies were asked for")
	}
	w.checker.Now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	_, err = w.ocsp()
	wantCode(t, err, invalid)
	w.checker.Skew = 3 * time.Hour
	_, err = w.ocsp()
	wantCode(t, err, "")
}

// countingJar notices its use.
type countingJar struct{ used bool }

func (j *countingJar) SetCookies(*url.URL, []*http.Cookie) { j.used = true }
func (j *countingJar) Cookies(*url.URL) []*http.Cookie     { j.used = true; return nil }

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
