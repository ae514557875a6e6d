// Package site is the engine under the portal's pages. It recognises who asks, admits or refuses them by the route, bounds what
// they send, and answers with a page, a redirect, JSON or a problem. Features hand it their routes and files; it knows none of them.
package site

import (
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/proxy"
)

// Access says who may visit a route.
type Access int

const (
	Anybody  Access = iota
	LoggedIn        // others are sent to the login
)

// Route is one address of the site.
type Route struct {
	// Pattern is as http.ServeMux has it.
	Pattern string
	Access  Access
	// Script marks what a page's script asks for: an error is answered with a problem document, not a page.
	Script bool
	// MaxBody is the longest body in bytes; 0 means that of a form.
	MaxBody int64
	// LanguageReturn are the addresses of this page that the language form may lead back to.
	LanguageReturn []string
	// Connect are origins of others that this page's script may ask, beside the site's own.
	Connect []string
	// FormTo are origins of others to which a form of this page may lead, beside those of Options.FormOrigins.
	FormTo []string
	Serve  func(*Visit) error
}

// Way is a link that leads a person on after an error. Text is a key of the catalogue.
type Way struct{ Path, Text string }

// Feature is a part of the site: one folder.
type Feature struct {
	Routes []Route
	// Files has any of the folders pages, parts and static. A page is its own "title" and "main" in the layout, and can use the
	// parts of all features. What is in static is served under /static/.
	Files fs.FS
	// Start is where this feature's act begins. It is the way on after an error that ends the act.
	Start Way
	// Ways are the ways on after errors that lead to this feature, wherever they come up.
	Ways map[fault.Code]Way
}

// Options is what a site is made of.
type Options struct {
	// Address is the public address, without a path.
	Address *url.URL
	// FormOrigins are origins of others to which a form may lead, beside the site's own.
	FormOrigins []string
	Sessions    Sessions
	// Proxy says for whom requests are made; nil believes no header.
	Proxy *proxy.Proxy
	// Meter counts requests; nil counts none.
	Meter Meter
	Log   *slog.Logger
	Now   func() time.Time
}

// Meter counts what the site does. Both labels have few values: patterns of routes, and codes.
type Meter interface {
	// Request counts a request that was answered with a status after a time; pattern is "" where no route is.
	Request(pattern string, status int, took time.Duration)
	// Refused counts a request that was answered with a code.
	Refused(code fault.Code)
}

// noMeter counts nothing.
type noMeter struct{}

func (noMeter) Request(string, int, time.Duration) {}
func (noMeter) Refused(fault.Code)                 {}

// Site serves features.
type Site struct {
	address  *url.URL
	sessions Sessions
	proxy    *proxy.Proxy
	meter    Meter
	log      *slog.Logger
	now      func() time.Time
	mux      *http.ServeMux
	pages    pages
	static   map[string]asset
	policy   string // Content-Security-Policy of every page that asks for no other
	// formOrigins are as in Options.
	formOrigins []string
	// languageReturns are all the addresses that the language form may lead back to, so that it can lead nowhere else.
	languageReturns map[string]bool
	ways            map[fault.Code]Way
}

// New returns a site of these features.
func New(o Options, features ...Feature) (*Site, error) {
	s := &Site{
		address: o.Address, sessions: o.Sessions, proxy: o.Proxy, meter: o.Meter, log: o.Log, now: o.Now, mux: http.NewServeMux(),
		formOrigins: o.FormOrigins, policy: contentPolicy(o.FormOrigins, nil), languageReturns: map[string]bool{}, ways: map[fault.Code]Way{},
	}
	if s.meter == nil {
		s.meter = noMeter{}
	}
	if s.proxy == nil {
		s.proxy, _ = proxy.New(proxy.Settings{}) // the zero value is good
	}
	features = append(features, s.own())
	var files []fs.FS
	for _, f := range features {
		if f.Files != nil {
			files = append(files, f.Files)
		}
	}
	var err error
	if s.pages, err = parsePages(files); err != nil {
		return nil, fmt.Errorf("site: %w", err)
	}
	if s.static, err = readAssets(files); err != nil {
		return nil, fmt.Errorf("site: %w", err)
	}
	for _, f := range features {
		s.mount(f)
	}
	return s, nil
}

// own is what every site has.
func (s *Site) own() Feature {
	return Feature{
		Files: ownFiles,
		Routes: []Route{
			{Pattern: "POST /dil", Serve: s.setLanguage},
			{Pattern: "GET /static/{file}", Serve: s.asset},
			{Pattern: "/", Serve: func(*Visit) error { return fault.New(refusal.NotFound, nil) }},
		},
	}
}

func (s *Site) mount(f Feature) {
	maps.Copy(s.ways, f.Ways)
	for _, route := range f.Routes {
		for _, path := range route.LanguageReturn {
			s.languageReturns[path] = true
		}
		s.mux.Handle(route.Pattern, s.handler(route, f.Start))
	}
}

// Handle serves a pattern without the engine: no session, no limit of its own.
func (s *Site) Handle(pattern string, handler http.Handler) { s.mux.Handle(pattern, handler) }

// Handler returns the site.
func (s *Site) Handler() http.Handler { return s.proxy.Handler(s.logged(s.guarded(s.mux))) }

// handler recognises the person, admits them or not, and answers whatever error comes.
func (s *Site) handler(route Route, start Way) http.Handler {
	limit := route.MaxBody
	if limit == 0 {
		limit = maxForm
	}
	policy := s.policy
	if len(route.Connect)+len(route.FormTo) > 0 {
		policy = contentPolicy(slices.Concat(s.formOrigins, route.FormTo), route.Connect)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		v := &Visit{W: w, R: r, Language: s.languageOf(r), site: s, start: start}
		if err := s.serve(v, route); err != nil {
			v.fail(err)
		}
	})
}

func (s *Site) serve(v *Visit, route Route) error {
	if err := v.recognise(); err != nil {
		return err
	}
	v.script = route.Script
	if route.Script || route.Access == LoggedIn {
		v.W.Header().Set("Cache-Control", "no-store")
	}
	if route.Access == LoggedIn && v.Session == nil {
		return fault.New(fault.LoginRequired, nil)
	}
	return route.Serve(v)
}

// setLanguage sets the language for a year and goes back to the page that the form was on.
func (s *Site) setLanguage(v *Visit) error {
	language := message.ParseLanguage(v.R.PostFormValue("dil"))
	v.SetCookie(languageCookie, string(language), 365*24*time.Hour)
	back := v.R.PostFormValue("sayfa")
	if !s.languageReturns[back] {
		back = "/"
	}
	return v.See(back)
}
