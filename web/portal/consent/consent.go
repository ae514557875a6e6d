// Package consent is the feature in which a person gives and withdraws E-Onay.
//
// Screen 1/2 shows the text, and its form issues a code (consent.go). Screen 2/2 shows the code and the document to be signed
// (sign.go, document.go). The signature that comes back is put on record as received, and judged (receive.go); the last page
// says what has become of it (result.go).
package consent

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
	"github.com/e-onay/e-onay/web/portal/challenge"
	"github.com/e-onay/e-onay/web/portal/gateway"
	"github.com/e-onay/e-onay/web/portal/legaltext"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/verification"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// Store is the part of the store that this feature needs, as store.Store has it.
type Store interface {
	Act(ctx context.Context, reference string) (store.Act, error)
	NewestAct(ctx context.Context, citizenNumber string) (store.Act, error)
	Evidence(ctx context.Context, reference string) (store.Evidence, error)
	Challenge(ctx context.Context, reference string) (store.Challenge, error)
	NewestChallenge(ctx context.Context, session store.Hash, kinds ...store.Kind) (store.Challenge, error)
	Receive(ctx context.Context, a store.Arrival) (store.Receipt, error)
	NewestReceipt(ctx context.Context, citizenNumber string) (store.Receipt, error)
}

// Options is what the feature is made of.
type Options struct {
	Store        Store
	Challenges   *challenge.Engine
	Verification *verification.Engine
	Receipts     *verification.Receipts
	Requests     *relyingparty.RequestSigner // nil where requests are not signed
	// Refuse refuses a certificate that was suspended or revoked here, whatever the authority says of it yet.
	Refuse  func(ctx context.Context, citizenNumber string, certificate *x509.Certificate) error
	Address *url.URL
	Text    legaltext.Source // the consent's own text
	// References are the texts that the consent's text names.
	References *legaltext.Library
	// SignatureCheck is the page that verifies signatures; "" where there is none.
	SignatureCheck string
	LoginWays      gateway.Ways
	Log            *slog.Logger
	Now            func() time.Time
}

type consent struct{ Options }

//go:embed pages parts
var files embed.FS

const (
	path       = "/nes/e-onay"
	signPath   = path + "/imza"
	resultPath = path + "/sonuc"
	// statePath is where the result's page asks whether its signature is judged.
	statePath = resultPath + "/durum"
)

// New returns the feature. It fails where the consent's text cannot be used.
func New(o Options) (site.Feature, error) {
	c := &consent{o}
	if _, err := c.text(context.Background(), store.Give); err != nil {
		return site.Feature{}, err
	}
	start := site.Way{Path: path, Text: "portal.e-onay"}
	return site.Feature{
		Files: files,
		Start: start,
		Ways: map[fault.Code]site.Way{
			refusal.ConsentChanged:   start,
			refusal.SignaturePending: {Path: resultPath, Text: "portal.result"},
		},
		Routes: []site.Route{
			{Pattern: "GET " + path, Access: site.LoggedIn, LanguageReturn: []string{path}, Serve: c.page},
			{Pattern: "POST " + path, Access: site.LoggedIn, Serve: c.agree},
			{Pattern: "GET " + signPath, Access: site.LoggedIn, LanguageReturn: []string{signPath}, Serve: c.signPage},
			{Pattern: "GET " + signPath + "/belge", Access: site.LoggedIn, Serve: c.document},
			{Pattern: "GET " + signPath + "/istek", Access: site.LoggedIn, Script: true, Serve: c.request},
			{Pattern: "POST " + signPath + "/kod", Access: site.LoggedIn, Serve: c.newCode},
			{Pattern: "POST " + signPath, Access: site.LoggedIn, Script: true, MaxBody: maxSignatureBody, Serve: c.receive},
			{Pattern: "GET " + resultPath, Access: site.LoggedIn, LanguageReturn: []string{resultPath}, Serve: c.result},
			{Pattern: "GET " + statePath, Access: site.LoggedIn, Script: true, Serve: c.state},
			{Pattern: "GET " + resultPath + "/{reference}/{part}", Access: site.LoggedIn, Serve: c.evidence},
		},
	}, nil
}

// kinds are the kinds of act of this feature.
var kinds = []store.Kind{store.Give, store.Withdraw}

// pageView is what screen 1/2 shows.
type pageView struct {
	Kind store.Kind // the act that is possible now
	Text legaltext.Text
	// References is the page with the texts that the text names.
	References string
	// Since is when E-Onay was given, and Login by which way the person had logged in then; nil when it is not.
	Since *time.Time
	Login gateway.Way
	// Unchecked is true when the form came back without its tick.
	Unchecked bool
	// Receipt is the person's newest signature where it is no act: while it is open there is nothing to sign.
	Receipt *store.Receipt
}

// possibleAct returns the act that a person's state allows, and the newest act if there is one.
func (c *consent) possibleAct(v *site.Visit) (store.Kind, *store.Act, error) {
	act, err := c.Store.NewestAct(v.R.Context(), v.Session.CitizenNumber)
	if errors.Is(err, store.ErrNotFound) {
		return store.Give, nil, nil
	}
	if err != nil {
		return "", nil, fmt.Errorf("state: %w", err)
	}
	if store.Give.After(act.Kind) {
		return store.Give, &act, nil
	}
	return store.Withdraw, &act, nil
}

func (c *consent) view(v *site.Visit) (pageView, error) {
	kind, newest, err := c.possibleAct(v)
	if err != nil {
		return pageView{}, err
	}
	t, err := c.text(v.R.Context(), kind)
	if err != nil {
		return pageView{}, err
	}
	receipt, err := c.unfinishedReceipt(v, newest)
	if err != nil {
		return pageView{}, err
	}
	view := pageView{Kind: kind, Text: t, References: c.References.Page, Receipt: receipt}
	if kind == store.Withdraw {
		view.Since, view.Login = &newest.ReceivedAt, c.LoginWays.Of(newest.ACR, newest.AMR)
	}
	return view, nil
}

func (c *consent) page(v *site.Visit) error {
	view, err := c.view(v)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "consent", view, "")
}

// agree takes the form of screen 1/2 and issues a code. The form says which act and which text the person
// has seen: if either has changed, the person sees the new one first.
func (c *consent) agree(v *site.Visit) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	view, err := c.view(v)
	if err != nil {
		return err
	}
	switch form := v.R.PostForm; {
	case view.Receipt != nil && view.Receipt.Open():
		return v.Render(http.StatusConflict, "consent", view, "")
	case form.Get("islem") != string(view.Kind):
		return v.Render(http.StatusConflict, "consent", view, refusal.ActNotPossible)
	case form.Get("metin") != view.Text.Version:
		return v.Render(http.StatusConflict, "consent", view, refusal.ConsentChanged)
	case form.Get("onay") != "evet":
		view.Unchecked = true
		return v.Render(http.StatusUnprocessableEntity, "consent", view, "")
	}
	return c.issue(v, view.Kind, view.Text)
}

// issue issues a challenge to the session, which ends its others, and shows screen 2/2.
func (c *consent) issue(v *site.Visit, kind store.Kind, t legaltext.Text) error {
	act := c.Challenges.New(challenge.Of(v), kind)
	act.TextVersion, act.Document = t.Version, writeDocument(c.Address.String(), act, v.Session.Name, t)
	return c.Challenges.Issue(v, act, signPath)
}
