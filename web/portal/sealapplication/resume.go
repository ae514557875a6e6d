package sealapplication

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/applicationkey"
	"github.com/e-onay/e-onay/web/portal/formview"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
)

// The fields of the page's two forms.
const (
	fieldKey    = "anahtar"
	fieldNumber = "basvuru"
	fieldMail   = "mail"
)

// mailField is judged as the first page's.
var mailField = application.Field{Name: fieldMail, Input: application.Mail, Required: true, Max: 120}

// resumeView is the page that takes a key, and has another sent.
type resumeView struct {
	Opened       string // the page of the application to which the browser has a key already
	Number, Mail string // as they were typed
	Wrong        string // the field that has to be mended: "number" or "mail"
	Limited      bool
	Asked        bool // a link was asked for
}

func (f *feature) resumePage(v *site.Visit) error {
	return f.renderResume(v, http.StatusOK, resumeView{}, "")
}

func (f *feature) renderResume(v *site.Visit, status int, view resumeView, code fault.Code) error {
	v.W.Header().Set("Cache-Control", "no-store")
	opened, err := f.Keys.Opened(v)
	if err != nil {
		return err
	}
	if opened != "" {
		view.Opened = applicationkey.Path + "/" + opened
	}
	return v.Render(status, "sealresume", view, code)
}

// resume spends the key that a mail has brought.
func (f *feature) resume(v *site.Visit) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	typed, err := formview.Value(v.R.PostForm, fieldKey)
	if err != nil {
		return err
	}
	opened, err := f.Keys.Open(v, strings.Join(strings.Fields(typed), ""))
	if fault.CodeOf(err) == refusal.KeyInvalid {
		return f.renderResume(v, site.StatusOf(refusal.KeyInvalid), resumeView{}, refusal.KeyInvalid)
	}
	if err != nil {
		return err
	}
	return v.See(applicationkey.Path + "/" + opened)
}

// sendAnother has another link sent, and says the same whether it is.
func (f *feature) sendAnother(v *site.Visit) error {
	if err := v.ParseForm(); err != nil {
		return err
	}
	number, err := formview.Value(v.R.PostForm, fieldNumber)
	if err != nil {
		return err
	}
	mail, err := formview.Value(v.R.PostForm, fieldMail)
	if err != nil {
		return err
	}
	number = strings.ToUpper(strings.TrimSpace(number))
	typed := application.NormalizeFields([]application.Field{mailField}, application.Form{fieldMail: mail})
	view := resumeView{Number: formview.Visible(number), Mail: formview.Visible(mail)}
	switch {
	case !reference.Valid(number):
		view.Wrong = "number"
	case len(application.CheckFields([]application.Field{mailField}, typed)) > 0:
		view.Wrong = "mail"
	}
	if view.Wrong != "" {
		return f.renderResume(v, http.StatusUnprocessableEntity, view, "")
	}
	err = f.may(v, asksPerNetwork, subject{"number " + number, asksPerNumber}, subject{"link to " + typed[fieldMail], linksPerMail})
	if fault.CodeOf(err) == refusal.WordWait {
		view.Limited = true
		return f.renderResume(v, http.StatusTooManyRequests, view, "")
	}
	if err != nil {
		return fmt.Errorf("seal application: %w", err)
	}
	if err := f.Keys.SendAnother(v.R.Context(), number, typed[fieldMail]); err != nil {
		return err
	}
	return f.renderResume(v, http.StatusOK, resumeView{Asked: true}, "")
}

// close takes the key from the browser.
func (f *feature) close(v *site.Visit) error {
	if err := f.Keys.Close(v); err != nil {
		return err
	}
	return v.See("/")
}
