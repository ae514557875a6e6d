// Package approvals is the feature in which the authority's people confirm or refuse what another has asked (package decisions).
// Each sees what needs a role of theirs.
package approvals

import (
	"embed"
	"net/http"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/web/portal/decisions"
	"github.com/e-onay/e-onay/web/portal/deskgate"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
)

// Options is what the feature is made of.
type Options struct {
	Gate      deskgate.Gate
	Decisions *decisions.Engine
}

type approvals struct{ Options }

//go:embed pages parts
var files embed.FS

const (
	// Path is the feature's page.
	Path        = "/masa/onaylar"
	fieldDigest = "ozet"
	fieldReason = "gerekce"
)

// New returns the feature.
func New(o Options) site.Feature {
	a := &approvals{o}
	list := o.Gate.Route("GET "+Path, a.list)
	list.LanguageReturn = []string{Path}
	return site.Feature{
		Files: files,
		Routes: []site.Route{
			list,
			o.Gate.Route("GET "+Path+"/{reference}", a.one),
			o.Gate.Route("POST "+Path+"/{reference}", a.confirm),
			o.Gate.Route("GET "+Path+"/{reference}/ret", a.refusal),
			o.Gate.Route("POST "+Path+"/{reference}/ret", a.refuse),
		},
	}
}

func (a *approvals) list(v *site.Visit, o deskgate.Officer) error {
	lists, err := a.Decisions.Lists(v.R.Context(), o.CitizenNumber, o.Roles)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "approvals", lists, "")
}

// view is a decision as an officer sees it.
type view struct {
	decisions.Shown
	AskedBy string // masked
	EndedBy string // masked; empty while the decision is open, or where its time ended it
	// Own is true of what the officer has asked, Open of what has not ended.
	Own, Open bool
	Typed     string
}

// load returns the decision that the address names, if the officer may see it.
func (a *approvals) load(v *site.Visit, o deskgate.Officer) (view, error) {
	shown, err := a.Decisions.Find(v.R.Context(), o.Roles, v.R.PathValue("reference"))
	if err != nil {
		return view{}, err
	}
	one := view{Shown: shown, AskedBy: pki.MaskCitizenNumber(shown.AskedBy), Own: shown.AskedBy == o.CitizenNumber}
	one.Open = shown.End == nil && a.Decisions.Now().Before(shown.Until)
	if shown.End != nil {
		one.EndedBy = pki.MaskCitizenNumber(shown.End.By)
	}
	return one, nil
}

func (a *approvals) one(v *site.Visit, o deskgate.Officer) error {
	return a.render(v, o, http.StatusOK, "")
}

func (a *approvals) render(v *site.Visit, o deskgate.Officer, status int, code fault.Code) error {
	one, err := a.load(v, o)
	if err != nil {
		return err
	}
	return v.Render(status, "approval", one, code)
}

// confirm does what was asked. A refusal is shown with the decision as it is by then.
func (a *approvals) confirm(v *site.Visit, o deskgate.Officer) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	err := a.Decisions.Confirm(v.R.Context(), o.CitizenNumber, o.Roles, v.R.PathValue("reference"), v.R.PostForm.Get(fieldDigest))
	switch code := fault.CodeOf(err); {
	case err == nil:
		v.Log().Info("a decision was confirmed", "reference", v.R.PathValue("reference"))
		return v.See(Path)
	case isShown(code):
		v.Log().Info("a decision was not confirmed", "reference", v.R.PathValue("reference"), "code", code, "error", err)
		return a.render(v, o, site.StatusOf(code), code)
	}
	return err
}

// isShown reports whether a refusal is shown on the decision's own page.
func isShown(code fault.Code) bool {
	switch code {
	case refusal.DecisionOver, refusal.DecisionNotYours, refusal.AdministratorsFew:
		return true
	}
	return false
}

// refusal asks for the reason; the asker withdraws without one.
func (a *approvals) refusal(v *site.Visit, o deskgate.Officer) error {
	one, err := a.load(v, o)
	if err != nil {
		return err
	}
	if !one.Open {
		return v.See(Path + "/" + one.Reference)
	}
	return v.Render(http.StatusOK, "approval-refusal", one, "")
}

func (a *approvals) refuse(v *site.Visit, o deskgate.Officer) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	typed := strings.ReplaceAll(v.R.PostForm.Get(fieldReason), "\r\n", "\n")
	if !site.IsReadable(typed) {
		typed = ""
	}
	err := a.Decisions.Refuse(v.R.Context(), o.CitizenNumber, o.Roles, v.R.PathValue("reference"), typed)
	switch code := fault.CodeOf(err); {
	case err == nil:
		v.Log().Info("a decision was refused or withdrawn", "reference", v.R.PathValue("reference"))
		return v.See(Path)
	case code == refusal.ReasonMissing:
		one, err := a.load(v, o)
		if err != nil {
			return err
		}
		one.Typed = typed
		return v.Render(http.StatusUnprocessableEntity, "approval-refusal", one, code)
	case isShown(code):
		return a.render(v, o, site.StatusOf(code), code)
	}
	return err
}
