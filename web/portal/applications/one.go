package applications

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/formview"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// personsEvents are what a person does with an application by a press on its page. Others have pages of their own.
var personsEvents = []application.Event{application.Open, application.Submit, application.Return, application.Cancel}

// oneView is one application as its page shows it.
type oneView struct {
	application.Application
	Path    string
	PayPath string
	Can     map[string]bool // what the person can do now, by event
	History []application.Change
	Consent bool   // E-Onay stands
	Told    string // the reason of the authority's return or refusal
	Fee     string
	CanPay  bool   // the fee is paid here, once it is due
	Payment string // where the fee is paid if not here
	// ProducedFrom is when a renewal that is held is produced.
	ProducedFrom time.Time
	// Carried are what the courier has said of the shipment, the newest first.
	Carried []application.ShipmentEvent
	// ShipmentState is the newest state that the courier or the desk has noted; "" before the first.
	ShipmentState application.ShipmentState
	// Entered is what an institution has entered, and the person has not opened yet; Differs is true where the name is not the one of
	// the person's login, which is Login.
	Entered []factView
	Differs bool
	Login   string
}

// Next is the key of what the person does next.
func (o oneView) Next() string {
	if o.State == application.AwaitingApproval && o.WithoutLogin() {
		return "sealapplication.next.awaiting_approval"
	}
	if o.InPerson() && (o.State == application.InProduction || o.State == application.Produced) {
		return "application.next.in_person"
	}
	return "application.next." + string(o.State)
}

func (s *applications) view(v *site.Visit, a application.Application) (view oneView, err error) {
	view = oneView{Application: a, Path: pathOf(a), PayPath: pathOf(a) + "/odeme", Can: map[string]bool{}, Fee: site.Money(v.Language, a.Fee), CanPay: s.CanPay}
	if a.WithoutLogin() {
		view.PayPath = pathOf(a) + "/ode"
	}
	for _, event := range s.Progress.Possible(a, application.Person) {
		view.Can[string(event)] = true
	}
	if view.History, err = s.Store.ApplicationHistory(v.R.Context(), a.Reference); err != nil {
		return view, fmt.Errorf("history: %w", err)
	}
	view.Told = told(view.History)
	view.History = shorten(view.History)
	events, err := s.Store.ShipmentEvents(v.R.Context(), a.Reference)
	if err != nil {
		return view, fmt.Errorf("shipment: %w", err)
	}
	view.Carried = application.EventsOf(a.Shipment, events)
	slices.Reverse(view.Carried)
	switch {
	case a.State == application.Produced && a.Shipment != "":
		view.ShipmentState = application.ShipmentReturned
	case a.State == application.WithCourier && len(view.Carried) > 0:
		view.ShipmentState = view.Carried[0].State
	}
	if a.State == application.Held {
		view.ProducedFrom = a.Replaces.Add(-s.Progress.Rules.ProduceBefore)
	}
	if a.State == application.PreApplied || a.State == application.Disputed {
		view.Entered, view.Login, view.Differs = enteredFacts(v, a), v.Session.Name, !application.SameName(a.Name, v.Session.Name)
	}
	view.Payment = s.Payment.TR
	if v.Language == message.English {
		view.Payment = s.Payment.EN
	}
	view.Consent, err = s.consented(v, a)
	return view, err
}

// consented reports whether the applicant's E-Onay stands. Without a login the answer is false: E-Onay approves only for proven persons.
func (s *applications) consented(v *site.Visit, a application.Application) (bool, error) {
	act, err := s.Store.NewestAct(v.R.Context(), a.CitizenNumber)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("E-Onay: %w", err)
	}
	return act.Kind == store.Give, nil
}

// told returns the reason that the person has to read now: that of the return, refusal or cancellation after which nothing but the form has
// changed.
func told(history []application.Change) string {
	for _, c := range slices.Backward(history) {
		switch {
		case c.Event == application.SaveForm:
		case c.By != application.Person && (c.Event == application.Return || c.Event == application.Reject || c.Event == application.Cancel):
			return c.Reason
		default:
			return ""
		}
	}
	return ""
}

// shorten leaves of changes of the form in a row the last, and puts the newest change first.
func shorten(history []application.Change) (shown []application.Change) {
	for i, c := range history {
		if c.Event == application.SaveForm && i+1 < len(history) && history[i+1].Event == application.SaveForm {
			continue
		}
		shown = append(shown, c)
	}
	slices.Reverse(shown)
	return shown
}

func (s *applications) one(v *site.Visit) error {
	a, err := s.load(v)
	if err != nil {
		return err
	}
	return s.show(v, http.StatusOK, a, "")
}

// show answers with an application's page.
func (s *applications) show(v *site.Visit, status int, a application.Application, code fault.Code) error {
	view, err := s.view(v, a)
	if err != nil {
		return err
	}
	return v.Render(status, "application", view, code)
}

// act has an event happen that the person has pressed for.
func (s *applications) act(v *site.Visit) error {
	a, shown, err := s.post(v)
	if err != nil {
		return err
	}
	pressed, err := formview.Value(v.R.PostForm, "islem")
	if err != nil {
		return err
	}
	event := application.Event(pressed)
	if !slices.Contains(personsEvents, event) {
		return fault.Errorf(fault.RequestInvalid, "an event of %d bytes", len(pressed))
	}
	next, err := s.do(v, a, shown, event)
	if err != nil {
		return s.refuse(v, err)
	}
	// E-Onay approves at once. Where that fails the change is kept, and the job does it soon.
	if next, err = s.Progress.Advance(v.R.Context(), next); err != nil {
		v.Log().Warn("the application does not move on yet", "reference", a.Reference, "error", err)
	}
	switch event {
	case application.Submit:
		return v.See(pathOf(next) + "/makbuz")
	case application.Open, application.Return:
		return v.See(pathOf(next) + "/form")
	}
	return v.See(pathOf(next))
}

// do has an event happen to what the page has shown.
func (s *applications) do(v *site.Visit, a application.Application, shown int, event application.Event) (application.Application, error) {
	if err := checkShown(a, shown); err != nil {
		return a, err
	}
	c := person(a, event)
	switch event {
	case application.Open:
		opening, err := s.opening(v, a)
		if err != nil {
			return a, err
		}
		c = opening
	case application.Submit:
		if a.Version >= maxVersions {
			return a, fault.Errorf(refusal.ApplicationLimit, "application %s has %d versions", a.Reference, a.Version)
		}
		c = a.Submission(a.CitizenNumber)
	}
	return s.Progress.Do(v.R.Context(), a.Reference, a.Version, c)
}

// refuse shows the application as it is now with what is in the way, so that the person sees what they can do instead.
func (s *applications) refuse(v *site.Visit, err error) error {
	code := fault.CodeOf(err)
	switch code {
	case refusal.ApplicationChanged, refusal.ApplicationState, refusal.ApplicationIncomplete, refusal.IdentityDiffers:
	default:
		return err
	}
	a, loadErr := s.load(v)
	if loadErr != nil {
		return loadErr
	}
	if code == refusal.ApplicationIncomplete {
		return v.See(pathOf(a) + "/form?" + checkedQuery)
	}
	return s.show(v, http.StatusConflict, a, code)
}

// cancelPage asks for a confirmation: a cancelled application cannot be taken up again.
func (s *applications) cancelPage(v *site.Visit) error {
	a, err := s.load(v)
	if err != nil {
		return err
	}
	if !slices.Contains(s.Progress.Possible(a, application.Person), application.Cancel) {
		return v.See(pathOf(a))
	}
	return v.Render(http.StatusOK, "applicationcancel", rowView{a, pathOf(a)}, "")
}
