// Package statusdesk is the feature in which the authority suspends, resumes and revokes the certificate of somebody who calls. The
// officer types the security word that the caller says; it is never shown, and tries are few. Each act needs a reason, which the
// person reads. Nobody acts on a certificate of their own.
package statusdesk

import (
	"embed"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/deskgate"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/statuses"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Options is what the feature is made of. All are required.
type Options struct {
	Gate     deskgate.Gate
	Statuses *statuses.Engine
	Log      *slog.Logger
}

type desk struct{ Options }

//go:embed pages
var files embed.FS

// Path is the feature's page.
const Path = "/masa/durum"

// New returns the feature.
func New(o Options) site.Feature {
	d := &desk{o}
	route := func(pattern string, serve func(*site.Visit, deskgate.Officer) error) site.Route {
		return o.Gate.Route(pattern, serve, store.StatusOfficer)
	}
	find := route("GET "+Path, func(v *site.Visit, _ deskgate.Officer) error {
		return v.Render(http.StatusOK, "statusdesk", findView{}, "")
	})
	find.LanguageReturn = []string{Path}
	return site.Feature{
		Files: files,
		Routes: []site.Route{
			find,
			route("POST "+Path, d.find),
			route("GET "+Path+"/{reference}", d.page),
			route("POST "+Path+"/{reference}", d.perform),
		},
	}
}

// findView is the page that finds a caller's certificates.
type findView struct {
	Wrong, Found bool
	Name, Number string // of the caller; Number is masked
	Certificates []certificateView
}

// certificateView is a certificate as an officer sees it.
type certificateView struct {
	statuses.Certificate
	Path string
}

var citizenNumber = regexp.MustCompile(`^[0-9]{11}$`)

// find lists a caller's certificates. The number comes by POST, and stands in no address.
func (d *desk) find(v *site.Visit, _ deskgate.Officer) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	number := strings.TrimSpace(v.R.PostForm.Get("numara"))
	if !citizenNumber.MatchString(number) {
		return v.Render(http.StatusUnprocessableEntity, "statusdesk", findView{Wrong: true}, "")
	}
	all, err := d.Statuses.Certificates(v.R.Context(), number)
	if err != nil {
		return err
	}
	view := findView{Found: true, Number: pki.MaskCitizenNumber(number)}
	for _, c := range all {
		view.Name = c.Name
		view.Certificates = append(view.Certificates, certificateView{c, Path + "/" + c.Reference})
	}
	return v.Render(http.StatusOK, "statusdesk", view, "")
}

// actView is the page of one certificate. What was typed stays, but the security word.
type actView struct {
	certificateView
	Number  string // masked
	Acts    []application.Event
	Reasons []application.RevocationReason
	Own     bool
	// CanRevoke is true where the officer can ask another to confirm a revocation without the word.
	CanRevoke bool
	// NeedsSettling is true where the officer can ask another to confirm that a refused revocation is settled.
	NeedsSettling bool
	Act           application.Event
	Reason        application.RevocationReason
	Note          string
}

func (d *desk) load(v *site.Visit, o deskgate.Officer) (actView, error) {
	c, err := d.Statuses.Certificate(v.R.Context(), v.R.PathValue("reference"))
	if err != nil {
		return actView{}, err
	}
	view := actView{
		certificateView: certificateView{c, Path + "/" + c.Reference}, Number: pki.MaskCitizenNumber(c.CitizenNumber),
		Own: c.CitizenNumber == o.CitizenNumber, Reasons: application.RevocationReasons,
	}
	if !view.Own {
		view.Acts = d.Statuses.Possible(c, application.Authority)
		view.CanRevoke = slices.Contains(view.Acts, application.Revoke)
		view.NeedsSettling = d.Statuses.NeedsSettling(c)
	}
	return view, nil
}

func (d *desk) page(v *site.Visit, o deskgate.Officer) error {
	view, err := d.load(v, o)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "statusdesk-act", view, "")
}

// perform changes the status once the security word is right.
func (d *desk) perform(v *site.Visit, o deskgate.Officer) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	view, err := d.load(v, o)
	if err != nil {
		return err
	}
	if view.Own {
		return fault.Errorf(refusal.OwnApplication, "application %s", view.Reference)
	}
	form := v.R.PostForm
	view.Act, view.Reason = application.Event(form.Get("islem")), application.RevocationReason(form.Get("neden"))
	view.Note = strings.TrimSpace(strings.ReplaceAll(strings.ToValidUTF8(form.Get("aciklama"), "\ufffd"), "\r\n", "\n"))
	if code := view.check(); code != "" {
		return v.Render(http.StatusUnprocessableEntity, "statusdesk-act", view, code)
	}
	proven, err := d.Statuses.ProveWord(v.R.Context(), view.CitizenNumber, form.Get("sozcuk"), statuses.Teller{Officer: o.CitizenNumber})
	if err == nil && !slices.Contains(proven, view.Reference) {
		err = fault.New(refusal.WordWrong, nil) // it is another certificate's
	}
	switch code := fault.CodeOf(err); code {
	case refusal.WordWrong, refusal.WordWait:
		return v.Render(site.StatusOf(code), "statusdesk-act", view, code)
	}
	if err != nil {
		return err
	}
	if view.Act != application.Revoke {
		view.Reason = ""
	}
	err = d.Statuses.Change(v.R.Context(), view.Reference, application.Change{
		Event: view.Act, By: application.Authority, Who: o.CitizenNumber, Reason: view.Note,
		Basis: application.StatusBasis(application.ByTelephone, view.Reason),
	}, store.Hash{})
	if err != nil {
		return fmt.Errorf("status: %w", err)
	}
	d.Log.Info("status changed on the telephone", "reference", view.Reference, "event", view.Act)
	return v.See(view.Path)
}

// check returns what is wrong with what was chosen and written, "" for nothing.
func (view *actView) check() fault.Code {
	switch {
	case !slices.Contains(view.Acts, view.Act), view.Act == application.Revoke && !view.Reason.IsKnown():
		return refusal.StatusChoice
	case view.Note == "", len(view.Note) > application.MaxReason, strings.ContainsFunc(view.Note, isHidden):
		return refusal.ReasonMissing
	}
	return ""
}

// isHidden reports whether a character shows nothing of itself, or changes the direction.
func isHidden(r rune) bool {
	return r == utf8.RuneError || r != '\n' && unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co)
}
