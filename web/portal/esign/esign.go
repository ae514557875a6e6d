// Package esign is the feature in which a person approves an application by an e-signature, without E-Onay: the form is a PDF that
// they read in the window and sign with a card that they have.
//
// The first page says what is signed, and its form issues a code (esign.go). The second shows the code and has the window sign the
// form (sign.go, form.go). The signed form is put on record as received, and judged (receive.go); then the application is under
// review, or the last page says why not (result.go).
//
// Rules. What comes back must be the bytes that were offered with one signature appended. It approves the version of the application that it
// names, and no other: one that has changed since is refused by name.
//
// Of an application that was made without a login the same pages are there for whose browser has a key to it. Nobody has proven then who it is; the
// signature does: number and name of its certificate must be those that were typed.
package esign

import (
	"context"
	"crypto/x509"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/applicationkey"
	"github.com/e-onay/e-onay/web/portal/challenge"
	"github.com/e-onay/e-onay/web/portal/legaltext"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/verification"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// Store is the part of the store that this feature needs, as store.Store has it.
type Store interface {
	Application(ctx context.Context, reference string) (application.Application, error)
	Challenge(ctx context.Context, reference string) (store.Challenge, error)
	Evidence(ctx context.Context, reference string) (store.Evidence, error)
	Receive(ctx context.Context, a store.Arrival) (store.Receipt, error)
	NewestReceipt(ctx context.Context, citizenNumber string) (store.Receipt, error)
}

// Options is what the feature is made of. All are required but Keys and Requests.
type Options struct {
	Store Store
	// Keys gives access to applications that were made without a login; nil where the portal takes none.
	Keys         *applicationkey.Engine
	Challenges   *challenge.Engine
	Verification *verification.Engine
	Receipts     *verification.Receipts
	Requests     *relyingparty.RequestSigner // nil where requests are not signed
	// Refuse refuses a certificate that was suspended or revoked here, whatever the authority says of it yet.
	Refuse  func(ctx context.Context, citizenNumber string, certificate *x509.Certificate) error
	Address *url.URL
	// Undertaking is the text that the form ends with, as it is now; Texts is the page with its versions.
	Undertaking func(ctx context.Context) (legaltext.Text, error)
	Texts       string
	Log         *slog.Logger
	Now         func() time.Time
}

type esign struct {
	Options
	// application returns the application that the address names, if the visitor may see it, and owner whose its challenges are.
	application func(*site.Visit) (application.Application, error)
	owner       func(*site.Visit, application.Application) challenge.Owner
}

//go:embed pages
var files embed.FS

// Pages of an application.
const (
	applicationsPath = "/basvurular"
	signPath         = "/imza"
	codePath         = signPath + "/kod"
	resultPath       = signPath + "/sonuc"
)

// New returns the feature.
func New(o Options) site.Feature {
	s := &esign{Options: o}
	s.application = s.own
	s.owner = func(v *site.Visit, _ application.Application) challenge.Owner { return challenge.Of(v) }
	routes := s.routesOfOne(applicationsPath+"/{reference}", site.LoggedIn)
	if o.Keys != nil {
		byKey := &esign{Options: o, application: o.Keys.Application}
		byKey.owner = func(v *site.Visit, a application.Application) challenge.Owner {
			return challenge.Owner{Session: o.Keys.Browser(v), CitizenNumber: a.Number()}
		}
		routes = append(routes, byKey.routesOfOne(applicationkey.Path+"/{reference}", site.Anybody)...)
	}
	return site.Feature{Files: files, Start: site.Way{Path: applicationsPath, Text: "application.list"}, Routes: routes}
}

// routesOfOne are the pages of one application.
func (s *esign) routesOfOne(one string, access site.Access) []site.Route {
	one += signPath
	return []site.Route{
		{Pattern: "GET " + one, Access: access, Serve: s.page},
		{Pattern: "GET " + one + "/kod", Access: access, Serve: s.codePage},
		{Pattern: "POST " + one + "/kod", Access: access, Serve: s.newCode},
		{Pattern: "GET " + one + "/belge", Access: access, Serve: s.document},
		{Pattern: "GET " + one + "/istek", Access: access, Script: true, Serve: s.request},
		{Pattern: "POST " + one, Access: access, Script: true, MaxBody: maxBody, Serve: s.receive},
		{Pattern: "GET " + one + "/sonuc", Access: access, Serve: s.result},
		{Pattern: "GET " + one + "/durum", Access: access, Script: true, Serve: s.state},
		{Pattern: "GET " + one + "/imzali", Access: access, Serve: s.signed},
	}
}

func pathOf(a application.Application) string {
	if a.WithoutLogin() {
		return applicationkey.Path + "/" + a.Reference
	}
	return applicationsPath + "/" + a.Reference
}

// own returns the person's application that the address names.
func (s *esign) own(v *site.Visit) (application.Application, error) {
	ref := v.R.PathValue("reference")
	if !reference.Valid(ref) {
		return application.Application{}, fault.New(refusal.NotFound, nil)
	}
	a, err := s.Store.Application(v.R.Context(), ref)
	if errors.Is(err, store.ErrNotFound) || err == nil && a.CitizenNumber != v.Session.CitizenNumber {
		return application.Application{}, fault.New(refusal.NotFound, nil)
	}
	if err != nil {
		return application.Application{}, fmt.Errorf("application: %w", err)
	}
	return a, nil
}

// view is what every page of the feature knows.
type view struct {
	application.Application
	Path  string
	Texts string
}

func (s *esign) view(a application.Application) view { return view{a, pathOf(a), s.Texts} }

// page says what is signed, and leads to the code.
func (s *esign) page(v *site.Visit) error {
	a, instead, err := s.signable(v)
	if err != nil {
		return err
	}
	if instead != "" {
		return v.See(instead)
	}
	return v.Render(http.StatusOK, "esign", s.view(a), "")
}

// signable returns an application that can be signed now, or where to go instead.
func (s *esign) signable(v *site.Visit) (a application.Application, instead string, err error) {
	if a, err = s.application(v); err != nil {
		return a, "", err
	}
	if a.State != application.AwaitingApproval {
		return a, pathOf(a), nil
	}
	receipt, err := s.receiptOf(v, a)
	if err != nil {
		return a, "", err
	}
	if receipt != nil && receipt.Open() {
		return a, pathOf(a) + resultPath, nil
	}
	return a, "", nil
}
