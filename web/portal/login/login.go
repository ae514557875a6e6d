// Package login is the feature in which a person logs in, at the gateway or with a card, and logs out.
package login

import (
	"context"
	"crypto/x509"
	"embed"
	"net/http"
	"net/url"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/gateway"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/verification"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// Store is the part of the store that this feature needs, as store.Store has it.
type Store interface {
	store.Logins
	UsedChallenges() relyingparty.UsedChallenges
}

// Options is what the feature is made of.
type Options struct {
	Store        Store
	Gateway      *gateway.Gateway
	Verification *verification.Engine
	// Refuse refuses a certificate that was suspended or revoked here, whatever the authority says of it yet.
	Refuse func(ctx context.Context, citizenNumber string, certificate *x509.Certificate) error
	// Cards judge the logins with a card that are offered; Origin, Key and Used are set here. Secret is what all processes of
	// the portal share: the key of the challenges comes from it.
	Cards    Cards
	Secret   string
	Address  *url.URL
	Requests *relyingparty.RequestSigner // nil where requests are not signed
	Now      func() time.Time
}

type login struct{ Options }

//go:embed pages static
var files embed.FS

const path = "/giris"

// New returns the feature.
func New(o Options) (site.Feature, error) {
	var err error
	if o.Cards, err = o.Cards.forSite(o.Address, o.Secret, o.Store.UsedChallenges()); err != nil {
		return site.Feature{}, err
	}
	l := &login{o}
	toLogin := site.Way{Path: path, Text: "portal.login"}
	return site.Feature{
		Files: files,
		Ways:  map[fault.Code]site.Way{fault.LoginRequired: toLogin, fault.LoginFailed: toLogin},
		Routes: []site.Route{
			{Pattern: "GET " + path, LanguageReturn: []string{path}, Serve: l.page},
			{Pattern: "POST " + path, Serve: l.begin},
			{Pattern: "GET " + gateway.CallbackPath, Serve: l.callback},
			{Pattern: "GET " + cardPath + "/{way}", LanguageReturn: []string{cardPath + "/" + ESignature, cardPath + "/" + IdentityCard}, Serve: l.cardPage},
			{Pattern: "POST " + cardPath + "/{way}/sorgu", Script: true, Serve: l.issueCardChallenge},
			{Pattern: "POST " + cardPath + "/{way}", Script: true, MaxBody: relyingparty.MaxLogin, Serve: l.logInWithCard},
			{Pattern: "POST /cikis", Serve: l.Gateway.LogOut},
		},
	}, nil
}

// pageView is what the page shows: the logins with a card, and whether a login was cancelled at the gateway.
type pageView struct {
	Cards     Cards
	Cancelled bool
}

// page leads to the gateway. It says so when a session has ended.
func (l *login) page(v *site.Visit) error {
	if v.Session != nil {
		return v.See("/")
	}
	var code fault.Code
	if v.R.URL.Query().Get("oturum") == "kapali" {
		code = fault.LoginRequired
	}
	return v.Render(http.StatusOK, "login", pageView{l.Cards, gateway.CameCancelled(v)}, code)
}

func (l *login) begin(v *site.Visit) error { return l.Gateway.Begin(v, nil) }

// callback is where the gateway sends the browser back.
func (l *login) callback(v *site.Visit) error {
	v.W.Header().Set("Cache-Control", "no-store")
	who, err := l.Gateway.Finish(v)
	if back, ok := gateway.Cancelled(err, path); ok {
		v.Log().Info("login cancelled at the gateway")
		return v.See(back)
	}
	if err != nil {
		return err
	}
	if err := startSession(v, who, ""); err != nil {
		return err
	}
	if err := l.Gateway.RememberSession(v, who); err != nil {
		return err
	}
	return v.See(who.Next(v.Session))
}

// startSession starts the session of a login; cardLogin is its reference on record if it was with a card.
func startSession(v *site.Visit, who *gateway.Identity, cardLogin string) error {
	return v.StartSession(store.Session{
		CardLogin:     cardLogin,
		CitizenNumber: who.CitizenNumber, Name: who.Name, AuthenticatedAt: who.Login.At, ACR: who.Login.ACR, AMR: who.Login.AMR,
	})
}
