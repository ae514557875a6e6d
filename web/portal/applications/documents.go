package applications

import (
	"net/http"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/site"
)

// documentView is an application with what was filled in, in words: the summary, the receipt and the paper.
type documentView struct {
	oneView
	Facts     []factView
	Submitted time.Time
	Code      string // of the paper
	Barcode   barcodeView
}

// factView is one field in words; the catalogue has "form.<name>".
type factView struct{ Name, Value string }

func (s *applications) document(v *site.Visit, a application.Application) (view documentView, err error) {
	if view.oneView, err = s.view(v, a); err != nil {
		return view, err
	}
	for _, f := range a.Kind.Fields() {
		if value := a.Form[f.Name]; value != "" {
			view.Facts = append(view.Facts, factView{f.Name, site.FieldWords(v.Language, f, value)})
		}
		if f.Name == "reason" && !a.Replaces.IsZero() {
			view.Facts = append(view.Facts, factView{replacesField, message.Text(v.Language, "application.until", "when", site.Day(v.Language, a.Replaces))})
		}
	}
	for _, c := range view.History { // the newest first
		if c.Event == application.Submit {
			view.Submitted = c.At
			break
		}
	}
	return view, nil
}

// summary shows a complete form before it is submitted.
func (s *applications) summary(v *site.Visit) error {
	a, err := s.load(v)
	if err != nil {
		return err
	}
	if !s.canSave(a) {
		return v.See(pathOf(a))
	}
	if !slices.Contains(s.Progress.Possible(a, application.Person), application.Submit) {
		return v.See(pathOf(a) + "/form?" + checkedQuery)
	}
	view, err := s.document(v, a)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "applicationsummary", view, "")
}

// receipt shows what was submitted and when, to be printed.
func (s *applications) receipt(v *site.Visit) error {
	a, err := s.load(v)
	if err != nil {
		return err
	}
	view, err := s.document(v, a)
	if err != nil {
		return err
	}
	if view.Submitted.IsZero() || a.State == application.Draft {
		return v.See(pathOf(a))
	}
	return v.Render(http.StatusOK, "applicationreceipt", view, "")
}

// paper shows the form to be printed and signed by hand, with the code by which the authority's desk knows it. The citizen number is
// left to be written by hand: no page has a whole one.
func (s *applications) paper(v *site.Visit) error {
	a, err := s.load(v)
	if err != nil {
		return err
	}
	if a.State != application.AwaitingApproval {
		return v.See(pathOf(a))
	}
	view, err := s.document(v, a)
	if err != nil {
		return err
	}
	view.Code = a.PaperCode()
	if view.Barcode, err = newBarcode(view.Code); err != nil {
		return err
	}
	return v.Render(http.StatusOK, "applicationpaper", view, "")
}
