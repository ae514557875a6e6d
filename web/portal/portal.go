// Package portal is the site on which a person gives and withdraws E-Onay, and gets a new PIN for a card.
//
// Rules of its pages. One thing a page, one primary button, its verb the act itself. Everything up to
// the signature works without scripts; no page needs one to be read. Errors stand at the top, in
// words, with the way on; the stable code is small, for the help desk. Every sentence is in
// internal/message. No page and no log line holds a whole citizen number.
//
// Rules of its requests. Nothing is believed but the verified identity token and the verified
// signature. A GET changes nothing. A signature is judged over the bytes that the portal stored,
// never over bytes that come with it. It is put on record as received before the network is asked, and judged to the end
// before the one transaction that makes it an act. A PUK leaves
// sealed for one machine and one claim, after its release is on record; it is in no log and no error.
package portal

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/e-onay/e-onay/internal/redact"
	"github.com/e-onay/e-onay/web/metrics"
	"github.com/e-onay/e-onay/web/portal/courier"
	"github.com/e-onay/e-onay/web/portal/jobs"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/login"
	"github.com/e-onay/e-onay/web/portal/notice"
	"github.com/e-onay/e-onay/web/portal/peoplelist"
	"github.com/e-onay/e-onay/web/portal/progress"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/verification"
	"github.com/e-onay/e-onay/web/proxy"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// Options is what a portal is made of. All fields are required but CardLogins, SignatureCheck, Transport, Meter, Stopping and Now.
type Options struct {
	Settings *Settings
	// Address is the public address, without a path.
	Address  *url.URL
	Store    store.Store
	Verifier verification.Verifier
	// CardLogins judge the logins with a card that the portal offers. Origin, Key and Used are set by New.
	CardLogins login.Cards
	// SignatureCheck is what İmza Doğrulama judges by; nil means the program's own policy, without anchors.
	SignatureCheck *SignatureCheck
	// Transport delivers letters to people; nil means the settings' mail server.
	Transport letters.Transport
	Log       *slog.Logger
	// Meter counts what the portal does; nil counts nothing.
	Meter *metrics.Meter
	// Stopping is closed when the process is told to stop; nil means never.
	Stopping <-chan struct{}
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Portal answers the site's requests, and judges the signatures that have arrived (Judge). It keeps nothing that another
// portal process on the same store would need.
type Portal struct {
	log       *slog.Logger
	site      *site.Site
	receipts  *verification.Receipts
	progress  *progress.Engine
	lists     *peoplelist.Runner
	jobs      *jobs.Runner
	notices   *notice.Notices // nil where no mails are sent
	shipments *courier.Engine // nil where there is no courier
}

// New returns a portal. It does not wait for the OpenID provider, which may come up later.
func New(o Options) (*Portal, error) {
	a := &assembly{Options: o}
	a.Log = slog.New(redact.Handler(o.Log.Handler()))
	if a.Now == nil {
		a.Now = time.Now
	}
	if err := a.start(); err != nil {
		return nil, err
	}
	features, err := a.features()
	if err != nil {
		return nil, err
	}
	origins, err := formOrigins(o.Settings)
	if err != nil {
		return nil, err
	}
	visitors, err := proxy.New(o.Settings.Proxy)
	if err != nil {
		return nil, fmt.Errorf("portal: proxy: %w", err)
	}
	pages, err := site.New(site.Options{
		Address: o.Address, FormOrigins: origins, Sessions: o.Store, Proxy: visitors, Meter: o.Meter, Log: a.Log, Now: a.Now,
	}, features...)
	if err != nil {
		return nil, fmt.Errorf("portal: %w", err)
	}
	if a.requests != nil {
		pages.Handle("GET "+relyingparty.SitePath, http.HandlerFunc(a.requests.ServeSite))
	}
	return &Portal{log: a.Log, site: pages, receipts: a.receipts, progress: a.progress, lists: a.lists, jobs: a.jobs, notices: a.notices, shipments: a.shipments}, nil
}

// formOrigins are where the login form is led through.
func formOrigins(s *Settings) ([]string, error) {
	issuer, err := url.Parse(s.Issuer)
	if err != nil {
		return nil, fmt.Errorf("portal: issuer: %w", err)
	}
	return append([]string{issuer.Scheme + "://" + issuer.Host}, s.GatewayOrigins...), nil
}

// Handler returns the site.
func (p *Portal) Handler() http.Handler { return p.site.Handler() }

// Judge judges the signatures that have arrived, as verification.Receipts.Run does.
func (p *Portal) Judge(ctx context.Context) { p.receipts.Run(ctx) }

// MoveApplications moves the applications that move by themselves, as progress.Engine.Run does.
func (p *Portal) MoveApplications(ctx context.Context) { p.progress.Run(ctx) }
