package service

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	_ "embed" // openapi.json
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/e-onay/e-onay/internal/redact"
	"github.com/e-onay/e-onay/internal/revocation"
	"github.com/e-onay/e-onay/web/metrics"
	"github.com/e-onay/e-onay/web/proxy"
	"github.com/e-onay/e-onay/web/service/challenges"
)

//go:embed openapi.json
var openAPI []byte

// Limits of calls.
const (
	// maxJSON is the longest JSON body, or JSON part of a multipart body; maxJSONOfSite bounds those of one site that are read at once,
	// maxJSONAtOnce those of all. In bytes.
	maxJSON       = 16 << 20
	maxJSONOfSite = 64 << 20
	maxJSONAtOnce = 256 << 20
	// callTimeout is for a call from its headers to its answer.
	callTimeout = 60 * time.Second
	// networkTimeout is for all that authorities are asked in one call.
	networkTimeout = 20 * time.Second
	// extendTimeout is for all that authorities are asked while a file is extended: several time stamps, and the status of each authority.
	extendTimeout = 50 * time.Second
	maxKey        = 256 // bytes
)

// Service answers sites' calls. Its methods are safe for concurrent use.
type Service struct {
	sites    []*site
	store    challenges.Store
	log      *slog.Logger
	spool    string
	maxFile  int64
	proxy    *proxy.Proxy
	meter    *metrics.Meter
	inFlight atomic.Int64
	health   health
	bodies   *semaphore.Weighted // bytes of JSON in memory
	gate     gate
	checker  *revocation.Checker
	lists    *lists
	stopping <-chan struct{}
}

// New returns the service of the settings, whose files it reads. Once ctx ends the service says that it is not ready.
func New(ctx context.Context, settings *Settings, store challenges.Store, log *slog.Logger) (*Service, error) {
	secret, err := store.Secret(ctx)
	if err != nil {
		return nil, fmt.Errorf("service: %w", err)
	}
	callers, err := proxy.New(settings.Proxy)
	if err != nil {
		return nil, fmt.Errorf("service: proxy: %w", err)
	}
	s := &Service{
		proxy: callers, meter: metrics.New(),
		log: slog.New(redact.Handler(log.Handler())), spool: settings.Spool, maxFile: settings.MaxFileBytes,
		bodies: semaphore.NewWeighted(maxJSONAtOnce), gate: make(gate, runtime.GOMAXPROCS(0)),
		checker: &revocation.Checker{Responders: new(revocation.Responders)}, lists: new(lists), stopping: ctx.Done(),
	}
	s.store = timedStore{store, s.meter}
	s.health = health{store: s.store}
	s.meter.Gauge("eonay_store_up", func() float64 {
		if s.health.ask(context.WithoutCancel(ctx)) != nil {
			return 0
		}
		return 1
	})
	s.meter.Gauge("eonay_requests_in_flight", func() float64 { return float64(s.inFlight.Load()) })
	for i := range settings.Sites {
		site, err := openSite(&settings.Sites[i], settings.folder, secret, s.store)
		if err != nil {
			return nil, fmt.Errorf("service: site %q: %w", settings.Sites[i].Name, err)
		}
		s.sites = append(s.sites, site)
	}
	s.meter.Gauge("eonay_anchor_ends_seconds", s.anchorEnds)
	return s, nil
}

// A route is one call of the service. openapi.json describes each.
type route struct {
	method, path string
	handle       func(*call) (any, error)
}

func (s *Service) routes() []route {
	return []route{
		{http.MethodPost, "/v1/login/request", s.requestLogin},
		{http.MethodPost, "/v1/login/verify", s.verifyLogin},
		{http.MethodPost, "/v1/certificate/request", s.requestCertificate},
		{http.MethodPost, "/v1/signature/request", s.requestSignature},
		{http.MethodPost, "/v1/signature/verify", s.verifySignature},
		{http.MethodPost, "/v1/validate", s.validate},
		{http.MethodPost, "/v1/extend", s.extend},
		{http.MethodGet, "/v1/site", s.describeSite},
	}
}

// openRoutes ask for no key.
func (s *Service) openRoutes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"/openapi.json": s.serveOpenAPI, "/health/live": s.live, "/health/ready": s.ready,
	}
}

// Handler returns the service's HTTP interface.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.Handle(r.method+" "+r.path, s.serve(r))
		mux.HandleFunc(r.path, s.refuseMethod(r.method))
	}
	for path, handle := range s.openRoutes() {
		mux.HandleFunc("GET "+path, handle)
		mux.HandleFunc(path, s.refuseMethod(http.MethodGet))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.refuseOpenly(w, r, refused(http.StatusNotFound, "there is no such call; /openapi.json has all"))
	})
	return s.proxy.Handler(mux)
}

func (s *Service) refuseMethod(want string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", want)
		s.refuseOpenly(w, r, refused(http.StatusMethodNotAllowed, "method "+want+" alone"))
	}
}

// refuseOpenly refuses what is no call of a site.
func (s *Service) refuseOpenly(w http.ResponseWriter, r *http.Request, err error) {
	p := problemOf(err)
	s.meter.Refused(p.Code)
	writeProblem(w, r, p)
}

func (s *Service) serveOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(openAPI) // who left is no concern
}

var errKey = refused(http.StatusUnauthorized, "the Authorization header has no key of a site")

// authenticate returns the site whose key the call has. Digests are compared, all of them and in constant time.
func (s *Service) authenticate(r *http.Request) (*site, error) {
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || key == "" || len(key) > maxKey {
		return nil, errKey
	}
	digest := sha256.Sum256([]byte(key))
	var found *site
	for _, site := range s.sites {
		for _, known := range site.keys {
			if subtle.ConstantTimeCompare(known[:], digest[:]) == 1 {
				found = site
			}
		}
	}
	if found == nil {
		return nil, errKey
	}
	return found, nil
}

// serve answers the calls of a route, within the limits of their sites.
func (s *Service) serve(route route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		s.inFlight.Add(1)
		defer func() {
			s.inFlight.Add(-1)
			s.meter.Duration(route.path, time.Since(began))
		}()
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		ctx, cancel := context.WithTimeout(r.Context(), callTimeout)
		defer cancel()
		c := &call{service: s, w: w, r: r.WithContext(ctx)}
		answer, err := c.within(route.handle)
		if err != nil {
			s.refuse(c, route, err)
			return
		}
		s.meter.Result(route.path, "ok")
		answerJSON(w, http.StatusOK, "application/json", answer)
	})
}

// within does the work of a call that has a site's key, if the site may ask now.
func (c *call) within(handle func(*call) (any, error)) (answer any, err error) {
	if c.site, err = c.service.authenticate(c.r); err != nil {
		return nil, err
	}
	if !c.site.rate.Allow() {
		return nil, tooMany("more calls than requests_per_minute")
	}
	select {
	case c.site.atOnce <- struct{}{}:
		defer func() { <-c.site.atOnce }()
	default:
		return nil, tooMany("more calls than requests_at_once")
	}
	defer func() {
		if r := recover(); r != nil {
			stack := make([]byte, 8<<10)
			answer, err = nil, fmt.Errorf("%w: %v\n%s", errPanic, r, stack[:runtime.Stack(stack, false)])
		}
	}()
	return handle(c)
}

// errPanic is a fault of this program.
var errPanic = errors.New("panic")

// refuse answers with an error's problem document; the log gets its cause.
func (s *Service) refuse(c *call, route route, err error) {
	p := problemOf(err)
	name := ""
	if c.site != nil {
		name = c.site.name
	}
	level := slog.LevelInfo
	if p.Status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	caller, from := proxy.Of(c.r.Context()), ""
	if caller.Address.IsValid() {
		from = caller.Address.String()
	}
	s.log.Log(c.r.Context(), level, "refused", "request", caller.RequestID,
		"site", name, "call", route.path, "from", from, "status", p.Status, "code", p.Code, "error", err)
	s.meter.Result(route.path, string(p.Code))
	s.meter.Refused(p.Code)
	writeProblem(c.w, c.r, p)
}

// A gate lets as many in at once as it holds values, in the order in which they came.
type gate chan struct{}

// enter waits for a place until ctx ends.
func (g gate) enter(ctx context.Context) error {
	select {
	case g <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("service: wait for a processor: %w", ctx.Err())
	}
}

func (g gate) leave() { <-g }

// outside runs f, which waits for others, without the caller's place, and takes a place again whatever came of it.
func (g gate) outside(f func()) {
	g.leave()
	defer func() { g <- struct{}{} }()
	f()
}
