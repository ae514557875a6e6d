package desk

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/payments"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// applicationView is an application as an officer sees it.
type applicationView struct {
	application.Application
	Number  string // the applicant's, masked
	Fields  []fieldView
	Acts    []act // what the officer can do with it now
	Own     bool  // it is the officer's own, with which they can do nothing
	History []changeView
	Newest  *changeView // what happened last, where the officer acted on what is no longer so
	FeeLira string
	// Carried are what the courier has said of the shipment, the newest first, and CarrierProblem what was wrong with its last answer.
	Carried        []application.ShipmentEvent
	CarrierProblem application.CarrierProblem
	// EnteredBy is the institution whose officer has entered it, with its terms; "" where the person has begun it.
	EnteredBy string
	// CanRefund is true where the officer can ask another to confirm a refund by the payment provider.
	CanRefund bool
}

// fieldView is a field of the form in words.
type fieldView struct{ Name, Value string }

// changeView is a change of an application's history.
type changeView struct {
	Event  application.Event
	By     application.Actor
	Who    string // masked, of somebody at work
	To     application.State
	At     time.Time
	Reason string
	Basis  string
	// Proof and Why are of changes of the certificate's status, in the place of Basis.
	Proof application.Proof
	Why   application.RevocationReason
	// Scan is the version whose paper was scanned, 0 for none.
	Scan int
}

// application shows one application.
func (d *desk) application(v *site.Visit, o officer) error {
	a, err := d.load(v, o)
	if err != nil {
		return err
	}
	view, err := d.view(v, o, a)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "desk-application", view, "")
}

// renderChanged shows an application that somebody has changed since the officer saw it, with who did what.
func (d *desk) renderChanged(v *site.Visit, o officer) error {
	a, err := d.load(v, o)
	if err != nil {
		return err
	}
	view, err := d.view(v, o, a)
	if err != nil {
		return err
	}
	if n := len(view.History); n > 0 {
		view.Newest = &view.History[n-1]
	}
	return v.Render(http.StatusConflict, "desk-application", view, refusal.ApplicationChanged)
}

func (d *desk) view(v *site.Visit, o officer, a application.Application) (applicationView, error) {
	view := applicationView{
		Application: a, Number: pki.MaskCitizenNumber(a.Number()), Own: a.Number() == o.citizenNumber, Acts: d.possible(a, o),
		FeeLira: fmt.Sprintf("%d,%02d", a.Fee/100, a.Fee%100),
	}
	view.Approval.Basis, _ = application.PaperOf(a.Approval.Basis)
	for _, field := range a.Kind.Fields() {
		if value := a.Form[field.Name]; value != "" && o.seesField(a.State, field.Name) {
			view.Fields = append(view.Fields, fieldView{field.Name, site.FieldWords(v.Language, field, value)})
		}
	}
	if a.Institution != "" {
		c, err := d.Store.Institution(v.R.Context(), a.Institution)
		if err != nil {
			return view, fmt.Errorf("institution: %w", err)
		}
		view.EnteredBy = enteredBy(v.Language, c)
	}
	history, err := d.Store.ApplicationHistory(v.R.Context(), a.Reference)
	if err != nil {
		return view, fmt.Errorf("history: %w", err)
	}
	for _, c := range history {
		view.History = append(view.History, viewChange(c))
	}
	if o.has(store.Reviewer) && !view.Own {
		_, err := d.Refunds.ByHand(v.R.Context(), payments.OfApplication(a))
		if err != nil && fault.CodeOf(err) != refusal.ApplicationState {
			return view, fmt.Errorf("refunds: %w", err)
		}
		view.CanRefund = err == nil
	}
	return view, d.viewShipment(v, &view)
}

// viewShipment adds what is known of where the card is.
func (d *desk) viewShipment(v *site.Visit, view *applicationView) (err error) {
	if view.Shipment == "" {
		return nil
	}
	events, err := d.Store.ShipmentEvents(v.R.Context(), view.Reference)
	if err != nil {
		return fmt.Errorf("shipment: %w", err)
	}
	view.Carried = application.EventsOf(view.Shipment, events)
	slices.Reverse(view.Carried)
	if view.CarrierProblem, err = d.Store.ShipmentProblem(v.R.Context(), view.Reference); err != nil {
		return fmt.Errorf("shipment: %w", err)
	}
	return nil
}

// enteredBy is an institution with the contract by which it pays.
func enteredBy(l message.Language, c store.InstitutionChange) string {
	name := c.NameTR
	if l == message.English {
		name = c.NameEN
	}
	if c.Terms != "" {
		name += " · " + c.Terms
	}
	return name
}

func viewChange(c application.Change) changeView {
	view := changeView{Event: c.Event, By: c.By, To: c.To, At: c.At, Reason: c.Reason, Basis: c.Basis}
	if code, digest := application.PaperOf(c.Basis); digest != "" {
		view.Basis, view.Scan = code, c.Version
	}
	if view.Proof, view.Why = c.Proof(), c.RevocationReason(); view.Proof != "" {
		view.Basis = ""
	}
	if c.By != application.Person {
		view.Who = pki.MaskCitizenNumber(c.Who)
	}
	return view
}

// isChanged reports whether an error says that somebody has changed the application meanwhile.
func isChanged(err error) bool { return fault.CodeOf(err) == refusal.ApplicationChanged }
