package orders

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/web/portal/deskgate"
	"github.com/e-onay/e-onay/web/portal/formview"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/payments"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// maxListed is how many orders of a state are shown. Those that have waited longest come first.
const maxListed = 100

// queueView is the orders that wait in a state.
type queueView struct {
	State  order.State
	Count  int
	Orders []order.Order
}

// queue lists the orders that have not ended.
func (s *orders) queue(v *site.Visit, _ deskgate.Officer) error {
	counts, err := s.Store.CountOrders(v.R.Context())
	if err != nil {
		return fmt.Errorf("orders: %w", err)
	}
	var queues []queueView
	for _, state := range order.States {
		if state.HasEnded() {
			continue
		}
		list, err := s.Store.OrdersIn(v.R.Context(), state, maxListed)
		if err != nil {
			return fmt.Errorf("orders: %w", err)
		}
		queues = append(queues, queueView{state, counts[state], list})
	}
	return v.Render(http.StatusOK, "deskorders", queues, "")
}

// oneView is an order as an officer sees it.
type oneView struct {
	order.Order
	Facts   []factView
	FeeLira string
	Events  []order.Event // what can be done with it now
	History []changeView
	Note    string // as it was typed
	// Payments are those by the provider, and CanRefund is true where the officer can ask another to confirm that one goes back.
	Payments  []paymentView
	CanRefund bool
}

type changeView struct {
	order.Change
	Who string // masked
}

func (s *orders) one(v *site.Visit, _ deskgate.Officer) error {
	o, err := s.load(v)
	if err != nil {
		return err
	}
	return s.show(v, http.StatusOK, o, "", "")
}

func (s *orders) load(v *site.Visit) (order.Order, error) {
	ref := v.R.PathValue("reference")
	if !reference.Valid(ref) {
		return order.Order{}, fault.New(refusal.NotFound, nil)
	}
	o, err := s.Store.Order(v.R.Context(), ref)
	if errors.Is(err, store.ErrNotFound) {
		return order.Order{}, fault.New(refusal.NotFound, nil)
	}
	if err != nil {
		return order.Order{}, fmt.Errorf("order: %w", err)
	}
	return o, nil
}

func (s *orders) show(v *site.Visit, status int, o order.Order, note string, code fault.Code) error {
	view := oneView{Order: o, Facts: factsOf(v.Language, o), FeeLira: site.Money(v.Language, o.Fee), Events: o.Possible(), Note: formview.Visible(note)}
	history, err := s.Store.OrderHistory(v.R.Context(), o.Reference)
	if err != nil {
		return fmt.Errorf("order: %w", err)
	}
	for _, c := range history {
		view.History = append(view.History, changeView{c, pki.MaskCitizenNumber(c.Who)})
	}
	if view.Payments, err = s.paymentsOf(v, o); err != nil {
		return err
	}
	_, err = s.Payments.ByHand(v.R.Context(), payments.OfOrder(o))
	if err != nil && fault.CodeOf(err) != refusal.ApplicationState {
		return fmt.Errorf("refunds: %w", err)
	}
	view.CanRefund = err == nil
	return v.Render(status, "deskorder", view, code)
}

// act does what an officer has pressed for, on the version that their page showed.
func (s *orders) act(v *site.Visit, officer deskgate.Officer) error {
	o, err := s.load(v)
	if err != nil {
		return err
	}
	if err := v.ParseForm(); err != nil {
		return err
	}
	posted := map[string]string{}
	for _, name := range []string{"surum", "islem", "not"} {
		if posted[name], err = formview.Value(v.R.PostForm, name); err != nil {
			return err
		}
	}
	event, note := order.Event(posted["islem"]), strings.TrimSpace(posted["not"])
	if version, err := strconv.Atoi(posted["surum"]); err != nil || version < 1 || !slices.Contains(order.Events, event) {
		return fault.Errorf(fault.RequestInvalid, "an event of %d bytes, or no version", len(event))
	} else if version != o.Version {
		return s.show(v, http.StatusConflict, o, note, refusal.ApplicationChanged)
	}
	if !event.NeedsNote() {
		note = ""
	}
	next, c, err := o.Apply(order.Change{Event: event, Who: officer.CitizenNumber, At: s.Now(), Note: note})
	var follow []store.Job
	if err == nil {
		follow = s.Jobs(o, next, c)
		err = s.Store.ChangeOrder(v.R.Context(), next, c, follow...)
	}
	switch code := fault.CodeOf(err); {
	case err == nil:
		if len(follow) > 0 {
			s.WakeJobs()
		}
		v.Log().Info("order", "reference", o.Reference, "event", event, "to", next.State)
		return v.See(DeskPath + "/" + o.Reference)
	case code == refusal.ReasonMissing:
		return s.show(v, http.StatusUnprocessableEntity, o, note, code)
	case code == refusal.ApplicationChanged, code == refusal.ApplicationState:
		if o, err = s.load(v); err != nil {
			return err
		}
		return s.show(v, http.StatusConflict, o, note, code)
	}
	return fmt.Errorf("order: %w", err)
}
