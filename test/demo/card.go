package main

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/e-onay/e-onay/test/e2e"
)

// outcome is what has become of an application.
type outcome struct {
	Reference string   `json:"reference"`
	State     string   `json:"state"`
	Events    []string `json:"events"` // the oldest first
}

func (o *outcome) String() string {
	return o.Reference + " is " + o.State + ": " + strings.Join(o.Events, ", ")
}

// outcomeOn reads what has become of an application on its page.
func outcomeOn(page *e2e.Page) *outcome {
	o := &outcome{Reference: path.Base(page.URL()), State: page.Attribute("#state", "data-state")}
	o.Events = e2e.Eval[[]string](page, `Array.from(document.querySelectorAll("[data-event]"), (e) => e.dataset.event)`)
	slices.Reverse(o.Events)
	return o
}

// order is a card that is on its way to its person.
type order struct {
	application string // its page's address
	blank       *e2e.Blank
	officers    *e2e.Card // of the one who has accepted it
}

// order has the person apply for a certificate, which their E-Onay approves, and an officer with a card of their own accept it and have it
// produced. The card is with the courier when it returns, and the person at the page it returns.
func (d *demo) order(w *e2e.World, page *e2e.Page) (*e2e.Page, order) {
	d.last = time.Now()
	journey := e2e.NewJourney(w, d.observe)
	o := order{journey.Apply(page, "under_review"), w.NewBlank(), w.OfficersCard(e2e.Mehmet)}
	journey.Logout(page)

	own := w.Card
	w.Grant("reviewer", e2e.Mehmet)
	w.Grant("producer", e2e.Mehmet)
	w.Exchange(o.officers)
	d.last = time.Now()
	journey.CardLogin(page)
	journey.Accept(page, path.Base(o.application), "in_production")
	journey.Produce(page, path.Base(o.application), o.blank)
	journey.Logout(page)
	w.Exchange(own)
	return d.send(w, page, o), o
}

// send shows, once an officer has logged out, that a produced card goes with the courier, who brings it. The person is at the page it returns.
// The portal asks the courier about a minute later.
func (d *demo) send(w *e2e.World, page *e2e.Page, o order) *e2e.Page {
	persons := e2e.NewJourney(w, nil).Login(e2e.Ayse)
	page.Close()
	d.last = time.Now()
	journey := e2e.NewJourney(w, d.observe)
	journey.AwaitState(persons, o.application, "with_courier")
	journey.Brought(persons)
	return persons
}

// receive has the person receive the card, make its first PIN, and log in with it.
func (d *demo) receive(w *e2e.World, page *e2e.Page, o order) {
	d.last = time.Now()
	journey := e2e.NewJourney(w, d.observe)
	d.report.Application = d.activate(w, journey, page, o)
	journey.Logout(page)
	journey.CardLogin(page)
	page.Goto(w.Portal.URL + "/nes/e-onay")
	d.observe("portal-e-onay", page)
}

// activate has the person receive a card and make its first PIN, and returns what has become of its application.
func (d *demo) activate(w *e2e.World, journey *e2e.Journey, page *e2e.Page, o order) *outcome {
	journey.AwaitState(page, o.application, "delivered")
	w.Exchange(o.blank.Card)
	journey.NewPIN(page, "", e2e.FreshPIN)
	journey.AwaitState(page, o.application, "active")
	return outcomeOn(page)
}

// renew has the person, who is logged in with the new card, apply for its renewal three years early. It is accepted and held; the clock is
// not moved, but the institution comes to have renewals produced so early. The portal then moves it by itself, and the card is produced and sent.
// The person is at the page it returns.
func (d *demo) renew(w *e2e.World, page *e2e.Page, o order) (*e2e.Page, order) {
	d.last = time.Now()
	journey, quietly := e2e.NewJourney(w, d.observe), e2e.NewJourney(w, nil)
	renewed := order{quietly.Renew(page, path.Base(o.application), "under_review"), w.NewBlank(), o.officers}
	journey.AwaitState(page, renewed.application, "under_review")
	quietly.Logout(page)
	w.Exchange(o.officers)
	quietly.CardLogin(page)
	quietly.Accept(page, path.Base(renewed.application), "held")
	quietly.Logout(page)
	w.Exchange(o.blank.Card)
	quietly.CardLogin(page)
	d.last = time.Now()
	journey.AwaitState(page, renewed.application, "held")
	w.Reconfigure("applications", map[string]any{"produce_before_days": 3 * 366})
	journey.AwaitState(page, renewed.application, "in_production")
	quietly.Logout(page)
	w.Exchange(o.officers)
	quietly.CardLogin(page)
	quietly.Produce(page, path.Base(renewed.application), renewed.blank)
	quietly.Logout(page)
	w.Exchange(o.blank.Card)
	return d.send(w, page, renewed), renewed
}

// useRenewed has the person withdraw E-Onay with the card that is replaced, while the courier has the renewed one, receive that, and give
// E-Onay anew with it.
func (d *demo) useRenewed(w *e2e.World, page *e2e.Page, renewed order) {
	journey, quietly := e2e.NewJourney(w, d.observe), e2e.NewJourney(w, nil)
	quietly.All(page, e2e.Withdraw)
	d.report.Renewal = d.activate(w, quietly, page, renewed)
	d.last = time.Now()
	page.Goto(renewed.application)
	d.observe("portal-application-renewed", page)
	page.Goto(w.Portal.URL + "/basvurular")
	d.observe("portal-applications-both", page)
	journey.All(page, e2e.Give)
}
