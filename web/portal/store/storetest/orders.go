package storetest

import (
	"reflect"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

var orders = []test{
	{"an order, from its receipt to its end", orderLife},
	{"one order, two officers", raceOrder},
}

// ordered is an order that is kept.
func ordered(t *testing.T, s store.Store, reference string, at time.Time) order.Order {
	t.Helper()
	o := order.Order{Reference: reference, Kind: order.Reader, State: order.Received, Version: 1, Fee: 5000, CreatedAt: at, ChangedAt: at,
		Form: application.Form{"buyer": "ÇINAR A.Ş.", "mobile": "+905001112233"}}
	must(t, s.CreateOrder(t.Context(), o))
	return o
}

func orderLife(t *testing.T, s store.Store) {
	ctx := t.Context()
	_, err := s.Order(ctx, "A")
	wantNotFound(t, err)
	b := ordered(t, s, "B", now.Add(time.Minute))
	a := ordered(t, s, "A", now)
	wantCode(t, s.CreateOrder(ctx, a), refusal.ApplicationChanged)
	list, err := s.OrdersIn(ctx, order.Received, 9)
	must(t, err)
	if !reflect.DeepEqual(list, []order.Order{a, b}) {
		t.Errorf("received: %+v", list)
	}
	want := []order.Change{{Event: order.Create, At: now, To: order.Received, Version: 1}}
	for i, event := range []order.Event{order.Accept, order.Pay, order.Send} {
		c := order.Change{Event: event, Who: officer, At: now.Add(time.Duration(i+1) * time.Hour)}
		if event.NeedsNote() {
			c.Note = "TR123456"
		}
		next, c, err := a.Apply(c)
		must(t, err)
		must(t, s.ChangeOrder(ctx, next, c))
		wantCode(t, s.ChangeOrder(ctx, next, c), refusal.ApplicationChanged)
		a, want = next, append(want, c)
	}
	got, err := s.Order(ctx, "A")
	must(t, err)
	if !reflect.DeepEqual(got, a) {
		t.Errorf("got %+v, want %+v", got, a)
	}
	if history, err := s.OrderHistory(ctx, "A"); err != nil || !reflect.DeepEqual(history, want) {
		t.Errorf("history: %+v, %v", history, err)
	}
	if counts, err := s.CountOrders(ctx); err != nil || !reflect.DeepEqual(counts, map[order.State]int{order.Received: 1, order.Sent: 1}) {
		t.Errorf("counts: %v, %v", counts, err)
	}
	if erased, err := s.EraseOrders(ctx, a.ChangedAt, 9); err != nil || erased != 0 {
		t.Errorf("what ended no sooner: %d erased, %v", erased, err)
	}
	for _, n := range []int{1, 0} { // erased once
		if erased, err := s.EraseOrders(ctx, a.ChangedAt.AddDate(9, 0, 0), 9); err != nil || erased != n {
			t.Errorf("erased %d, want %d: %v", erased, n, err)
		}
	}
	if got, err := s.Order(ctx, "A"); err != nil || len(got.Form) > 0 || got.State != order.Sent {
		t.Errorf("after its erasure: %+v, %v", got, err)
	}
	if got, err := s.Order(ctx, "B"); err != nil || len(got.Form) == 0 {
		t.Errorf("what has not ended: %+v, %v", got, err)
	}
}

func raceOrder(t *testing.T, s store.Store) {
	o := ordered(t, s, "A", now)
	oneWins(t, atOnce(8, func(i int) error {
		event := []order.Event{order.Accept, order.Cancel}[i%2]
		next, c, err := o.Apply(order.Change{Event: event, Who: officer, At: now.Add(time.Hour), Note: "neden"})
		if err != nil {
			return err
		}
		return s.ChangeOrder(t.Context(), next, c)
	}), refusal.ApplicationChanged)
}
