package own

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/store"
)

// maxApplications bounds the applications of a record, and of an erasure.
const maxApplications = 100

// recordedApplication is an application with its history. Who of the institution or the authority did something is not the
// person's, and is not here; nor is the hash of the security word.
type recordedApplication struct {
	Reference   string                  `json:"reference"`
	Kind        application.Kind        `json:"kind"`
	Payer       application.Payer       `json:"payer"`
	Institution string                  `json:"institution,omitempty"`
	State       application.State       `json:"state"`
	Name        string                  `json:"name"`
	Form        application.Form        `json:"form,omitempty"`
	Draft       *recordedDraft          `json:"draft,omitempty"`
	Way         application.Way         `json:"approved_by,omitempty"`
	Basis       string                  `json:"approval_basis,omitempty"`
	Fee         int64                   `json:"fee,omitempty"`
	PaidAt      time.Time               `json:"paid_at,omitzero"`
	Replaces    time.Time               `json:"replaces_until,omitzero"`
	Certificate *applicationCertificate `json:"certificate,omitempty"`
	Shipment    string                  `json:"shipment,omitempty"`
	Shipments   []recordedShipment      `json:"shipment_states,omitempty"`
	CreatedAt   time.Time               `json:"created_at"`
	ChangedAt   time.Time               `json:"changed_at"`
	Payments    []recordedPayment       `json:"payments,omitempty"`
	History     []recordedChange        `json:"history"`
}

// recordedDraft is what was written of a form and is not submitted.
type recordedDraft struct {
	Form     application.Form `json:"form"`
	Replaces time.Time        `json:"replaces_until,omitzero"`
	SavedAt  time.Time        `json:"saved_at"`
}

// recordedPayment is a payment of an application's fee, sums in kuruş.
type recordedPayment struct {
	Reference string             `json:"reference"`
	Sum       int64              `json:"sum"`
	State     store.PaymentState `json:"state"`
	Received  int64              `json:"received,omitempty"`
	Currency  string             `json:"currency,omitempty"`
	StartedAt time.Time          `json:"started_at"`
	ChangedAt time.Time          `json:"changed_at"`
}

type applicationCertificate struct {
	Serial    string    `json:"serial"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
}

// recordedShipment is what a carrier has said of a shipment.
type recordedShipment struct {
	Number string                    `json:"number"`
	State  application.ShipmentState `json:"state"`
	Place  string                    `json:"place,omitempty"`
	At     time.Time                 `json:"at"`
}

type recordedChange struct {
	Event  application.Event `json:"event"`
	By     application.Actor `json:"by"`
	At     time.Time         `json:"at"`
	From   application.State `json:"from,omitempty"`
	To     application.State `json:"to"`
	Reason string            `json:"reason,omitempty"`
}

func (w *own) readApplications(ctx context.Context, r *record) error {
	list, err := w.Store.ApplicationsOf(ctx, r.CitizenNumber, maxApplications)
	if err != nil {
		return err
	}
	for _, a := range list {
		one := recordedApplication{
			Reference: a.Reference, Kind: a.Kind, Payer: a.Payer, Institution: a.Institution, State: a.State, Name: a.Name, Form: a.Form, Way: a.Approval.Way,
			Basis: a.Approval.Basis, Fee: a.Fee, PaidAt: a.PaidAt, Replaces: a.Replaces, Shipment: a.Shipment,
			CreatedAt: a.CreatedAt, ChangedAt: a.ChangedAt,
		}
		if c := a.Certificate; c.Serial != "" {
			one.Certificate = &applicationCertificate{c.Serial, c.NotBefore, c.NotAfter}
		}
		draft, err := w.Store.Draft(ctx, a.Reference)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err == nil {
			one.Draft = &recordedDraft{draft.Form, draft.Replaces, draft.SavedAt}
		}
		payments, err := w.Store.PaymentsOf(ctx, a.Reference, maxApplications)
		if err != nil {
			return err
		}
		for _, p := range payments {
			one.Payments = append(one.Payments, recordedPayment{p.Reference, p.Sum, p.State, p.Received, p.Currency, p.StartedAt, p.ChangedAt})
		}
		history, err := w.Store.ApplicationHistory(ctx, a.Reference)
		if err != nil {
			return err
		}
		for _, c := range history {
			one.History = append(one.History, recordedChange{c.Event, c.By, c.At, c.From, c.To, c.Reason})
		}
		events, err := w.Store.ShipmentEvents(ctx, a.Reference)
		if err != nil {
			return err
		}
		for _, e := range events {
			one.Shipments = append(one.Shipments, recordedShipment{e.Number, e.State, e.Place, e.At})
		}
		r.Applications = append(r.Applications, one)
	}
	r.cutAt("applications", len(list), maxApplications)
	return nil
}

// eraseApplications erases what identifies the person in those that came to nothing.
func (w *own) eraseApplications(ctx context.Context, citizenNumber string) error {
	list, err := w.Store.ApplicationsOf(ctx, citizenNumber, maxApplications)
	if err != nil {
		return fmt.Errorf("applications: %w", err)
	}
	for _, a := range list {
		if a.State != application.Rejected && a.State != application.Cancelled {
			continue
		}
		if err := w.Store.EraseApplication(ctx, a.Reference, w.Now()); err != nil {
			return fmt.Errorf("application %s: %w", a.Reference, err)
		}
	}
	return nil
}
