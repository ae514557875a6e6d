package main

import (
	"path"
	"slices"
	"time"

	"github.com/e-onay/e-onay/test/e2e"
)

// outcome is what has become of the application for a new certificate.
type outcome struct {
	Reference string   `json:"reference"`
	State     string   `json:"state"`
	Events    []string `json:"events"` // the oldest first
}

// order is a card that is on its way to its person.
type order struct {
	application string // its page's address
	blank       *e2e.Blank
}

// order has the person apply for a certificate, which their E-Onay approves, and an officer with a card of their own accept it and have it
// produced. The card is with the courier when it returns, and the person at the page it returns.
func (d *demo) order(w *e2e.World, page *e2e.Page) (*e2e.Page, order) {
	d.last = time.Now()
	journey := e2e.NewJourney(w, d.observe)
	o := order{journey.Apply(page, "under_review"), w.NewBlank()}
	journey.Logout(page)

	own := w.Card
	w.Grant("reviewer", e2e.Mehmet)
	w.Grant("producer", e2e.Mehmet)
	w.Exchange(w.OfficersCard(e2e.Mehmet))
	d.last = time.Now()
	journey.CardLogin(page)
	journey.Accept(page, path.Base(o.application))
	journey.Produce(page, path.Base(o.application), o.blank)
	journey.Logout(page)

	w.Exchange(own)
	persons := e2e.NewJourney(w, nil).Login(e2e.Ayse)
	page.Close()
	d.last = time.Now()
	journey.AwaitState(persons, o.application, "with_courier")
	journey.Brought(persons) // which the portal asks about a minute later
	return persons, o
}

// receive has the person receive the card, make its first PIN, and log in with it.
func (d *demo) receive(w *e2e.World, page *e2e.Page, o order) {
	d.last = time.Now()
	journey := e2e.NewJourney(w, d.observe)
	journey.AwaitState(page, o.application, "delivered")
	w.Exchange(o.blank.Card)
	journey.NewPIN(page, "", e2e.FreshPIN)
	journey.AwaitState(page, o.application, "active")
	d.report.Application = &outcome{Reference: path.Base(o.application), State: page.Attribute("#state", "data-state")}
	d.report.Application.Events = e2e.Eval[[]string](page, `Array.from(document.querySelectorAll("[data-event]"), (e) => e.dataset.event)`)
	slices.Reverse(d.report.Application.Events)
	journey.Logout(page)
	journey.CardLogin(page)
	page.Goto(w.Portal.URL + "/nes/e-onay")
	d.observe("portal-e-onay", page)
}
