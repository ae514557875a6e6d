// Package certificatestatus is the feature İptal / Askıya Alma: a person sees their certificates, and suspends, resumes or revokes
// one. With a login they do so on a page of their own (own.go); whoever has lost their card, and cannot log in, does it by citizen
// number and security word (word.go), and cannot resume.
//
// One question a page, since somebody may be in a hurry and alarmed. What the person has answered travels from page to page in a sealed
// cookie: it is in no address, so in no log and no history. What cannot be undone has a page that says so before it happens.
package certificatestatus

import (
	"embed"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/gateway"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/sealed"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/statuses"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Options is what the feature is made of.
type Options struct {
	Statuses *statuses.Engine
	Gateway  *gateway.Gateway
	// Secret is what all processes of the portal share: the key of the cookie comes from it.
	Secret string
	// FreshLogin has people log in anew at the gateway before they revoke or resume. LoginMaxAge and ACRs say which logins count.
	FreshLogin  bool
	LoginMaxAge time.Duration
	ACRs        []string
	Log         *slog.Logger
	Now         func() time.Time
}

type feature struct {
	Options
	sealer *sealed.Sealer
}

//go:embed pages parts
var files embed.FS

// Path is the page without a login, OwnPath the one with it.
const (
	Path    = "/iptal-askiya-alma"
	OwnPath = "/nes/iptal-askiya-alma"

	wordPath = Path + "/sozcuk"
	listPath = Path + "/sertifikalar"
	endPath  = Path + "/bitir"
)

// New returns the feature.
func New(o Options) (site.Feature, error) {
	sealer, err := sealed.New(o.Secret, "e-onay portal: suspending by security word")
	if err != nil {
		return site.Feature{}, err
	}
	f := &feature{o, sealer}
	const act = "/{reference}/{act}"
	return site.Feature{
		Files: files,
		Ways:  map[fault.Code]site.Way{refusal.WordWait: {Path: OwnPath, Text: "status.with-login"}, refusal.CertificateSuspended: {Path: Path, Text: "status"}},
		Routes: []site.Route{
			{Pattern: "GET " + Path, LanguageReturn: []string{Path}, Serve: f.numberPage},
			{Pattern: "POST " + Path, Serve: f.takeNumber},
			{Pattern: "GET " + wordPath, LanguageReturn: []string{wordPath}, Serve: f.wordPage},
			{Pattern: "POST " + wordPath, Serve: f.takeWord},
			{Pattern: "GET " + listPath, LanguageReturn: []string{listPath}, Serve: f.byWord(f.list)},
			{Pattern: "GET " + listPath + act, Serve: f.byWord(f.actPage)},
			{Pattern: "POST " + listPath + act, Serve: f.byWord(f.perform)},
			{Pattern: "POST " + endPath, Serve: f.end},
			{Pattern: "GET " + OwnPath, Access: site.LoggedIn, LanguageReturn: []string{OwnPath}, Serve: f.byLogin(f.list)},
			{Pattern: "GET " + OwnPath + act, Access: site.LoggedIn, Serve: f.byLogin(f.actPage)},
			{Pattern: "POST " + OwnPath + act, Access: site.LoggedIn, Serve: f.byLogin(f.perform)},
		},
	}, nil
}

// asker is who has shown that certificates are theirs.
type asker struct {
	citizenNumber string
	proof         application.Proof
	// references are the certificates that the security word is of; all of the person where they have logged in.
	references []string
	base       string // the page of the list
	session    store.Hash
}

// sees reports whether a certificate is the asker's to change.
func (a asker) sees(c statuses.Certificate) bool {
	return c.CitizenNumber == a.citizenNumber && (a.proof == application.ByLogin || slices.Contains(a.references, c.Reference))
}

func (f *feature) byLogin(serve func(*site.Visit, asker) error) func(*site.Visit) error {
	return func(v *site.Visit) error {
		return serve(v, asker{citizenNumber: v.Session.CitizenNumber, proof: application.ByLogin, base: OwnPath, session: v.Session.ID})
	}
}

// acts are what can be done, by the last part of the page's address.
var acts = []struct {
	name  string
	event application.Event
}{{"askiya-al", application.Suspend}, {"aski-kaldir", application.Resume}, {"iptal", application.Revoke}}

// certificateView is a certificate as a page shows it.
type certificateView struct {
	statuses.Certificate
	Acts []actLink
}

type actLink struct {
	Path  string
	Event application.Event
}

// listView is the list of certificates.
type listView struct {
	Certificates []certificateView
	ByWord       bool
	Other        bool // somebody has logged in in the place of another
}

// possible is what the asker can do with a certificate.
func (f *feature) possible(a asker, c statuses.Certificate) []application.Event {
	return slices.DeleteFunc(f.Statuses.Possible(c, application.Person), func(e application.Event) bool {
		return a.proof == application.ByWord && e == application.Resume
	})
}

func (f *feature) view(a asker, c statuses.Certificate) certificateView {
	view := certificateView{Certificate: c}
	possible := f.possible(a, c)
	for _, one := range acts {
		if slices.Contains(possible, one.event) {
			view.Acts = append(view.Acts, actLink{a.base + "/" + c.Reference + "/" + one.name, one.event})
		}
	}
	return view
}

func (f *feature) list(v *site.Visit, a asker) error {
	all, err := f.Statuses.Certificates(v.R.Context(), a.citizenNumber)
	if err != nil {
		return err
	}
	view := listView{ByWord: a.proof == application.ByWord, Other: gateway.CameAsAnother(v)}
	for _, c := range all {
		if a.sees(c) {
			view.Certificates = append(view.Certificates, f.view(a, c))
		}
	}
	return v.Render(http.StatusOK, "certificates", view, "")
}

// actView is the page of one act.
type actView struct {
	certificateView
	Back    string
	Path    string
	Event   application.Event
	Reasons []application.RevocationReason
	// Stale says that the person has to log in anew first.
	Stale, Cancelled bool
}

// errNotPossible means that an act is not possible now: the list says what is.
var errNotPossible = errors.New("not possible now")

// load returns the page of the act that the address names.
func (f *feature) load(v *site.Visit, a asker) (actView, error) {
	i := slices.IndexFunc(acts, func(one struct {
		name  string
		event application.Event
	}) bool {
		return one.name == v.R.PathValue("act")
	})
	if i < 0 {
		return actView{}, fault.New(refusal.NotFound, nil)
	}
	c, err := f.Statuses.Certificate(v.R.Context(), v.R.PathValue("reference"))
	if err != nil {
		return actView{}, err
	}
	if !a.sees(c) {
		return actView{}, fault.New(refusal.NotFound, nil)
	}
	event := acts[i].event
	view := actView{
		certificateView: f.view(a, c), Back: a.base, Path: a.base + "/" + c.Reference + "/" + acts[i].name, Event: event,
		Stale: a.proof == application.ByLogin && event != application.Suspend && !f.isFresh(v.Session), Cancelled: gateway.CameCancelled(v),
	}
	if event == application.Revoke {
		view.Reasons = application.RevocationReasons
	}
	if !slices.Contains(f.possible(a, c), event) {
		return view, errNotPossible
	}
	return view, nil
}

// isFresh reports whether a login counts for what cannot be undone, or undoes a suspension.
func (f *feature) isFresh(s *store.Session) bool {
	if !f.FreshLogin {
		return true
	}
	return !s.AuthenticatedAt.IsZero() && f.Now().Sub(s.AuthenticatedAt) <= f.LoginMaxAge &&
		(len(f.ACRs) == 0 || slices.Contains(f.ACRs, s.ACR))
}

func (f *feature) actPage(v *site.Visit, a asker) error {
	view, err := f.load(v, a)
	switch {
	case fault.CodeOf(err) == refusal.NotFound && gateway.CameAsAnother(v):
		return v.See(a.base + "?" + v.R.URL.RawQuery)
	case errors.Is(err, errNotPossible):
		return v.See(a.base)
	case err != nil:
		return err
	}
	return v.Render(http.StatusOK, "certificateact", view, "")
}

// perform changes the status, or sends the person to log in anew.
func (f *feature) perform(v *site.Visit, a asker) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	view, err := f.load(v, a)
	if errors.Is(err, errNotPossible) {
		return v.See(a.base) // done already, or it cannot be: the list says so
	}
	if err != nil {
		return err
	}
	if view.Stale {
		return f.Gateway.Begin(v, &gateway.StepUp{MaxAge: f.LoginMaxAge, ACRs: f.ACRs, Back: view.Path})
	}
	reason := application.RevocationReason(v.R.PostForm.Get("neden"))
	if view.Event != application.Revoke {
		reason = ""
	} else if !reason.IsKnown() {
		return v.Render(http.StatusUnprocessableEntity, "certificateact", view, refusal.StatusChoice)
	}
	err = f.Statuses.Change(v.R.Context(), view.Reference, application.Change{
		Event: view.Event, By: application.Person, Who: a.citizenNumber, Basis: application.StatusBasis(a.proof, reason),
	}, a.session)
	if fault.CodeOf(err) == refusal.ApplicationState {
		return v.See(a.base)
	}
	if err != nil {
		return err
	}
	return v.See(a.base)
}
