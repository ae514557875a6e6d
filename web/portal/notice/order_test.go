package notice_test

import (
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/store"
)

// buyer is somebody who has ordered, as the authority's people act on it.
type buyer struct {
	*world
	o order.Order
}

func (w *world) buyer(kind order.Kind, reference string) *buyer {
	w.t.Helper()
	o := order.Order{Reference: reference, Kind: kind, State: order.Received, Version: 1, Fee: 5000, CreatedAt: w.now, ChangedAt: w.now,
		Form: application.Form{"buyer": "ÇINAR A.Ş.", "buyer_number": ayse, "mail": mailbox, "mobile": "+905001112233"}}
	if err := w.store.CreateOrder(w.t.Context(), o); err != nil {
		w.t.Fatal(err)
	}
	return &buyer{w, o}
}

// does has an event happen.
func (b *buyer) does(event order.Event) {
	b.t.Helper()
	next, c, err := b.o.Apply(order.Change{Event: event, Who: ayse, At: b.Now(), Note: "gizli"})
	if err == nil {
		err = b.store.ChangeOrder(b.t.Context(), next, c, b.notices.OrderEffect(next, c)...)
	}
	if err != nil {
		b.t.Fatalf("%s: %v", event, err)
	}
	b.o = next
}

// wantOne checks that one letter came, in both languages, with one link and nothing of who has ordered.
func (b *buyer) wantOne(sentence string) {
	b.t.Helper()
	came := b.sent()
	if len(came) != 1 {
		b.t.Fatalf("%s: %d letters", sentence, len(came))
	}
	l, subject := came[0], message.Sentence(sentence+".subject")
	if l.To != mailbox || l.Subject != subject.TR+" / "+subject.EN || l.ID == "" || strings.Contains(l.ID, b.o.Reference) {
		b.t.Errorf("%s: to %q, ID %q: %s", sentence, l.To, l.ID, l.Subject)
	}
	for _, part := range []string{b.o.Reference, "https://online.ornek.test", "Sipariş Sorgulama", "Follow an order"} {
		if !strings.Contains(l.Text, part) {
			b.t.Errorf("%s: no %q in\n%s", sentence, part, l.Text)
		}
	}
	for _, never := range []string{"{", ayse, "ÇINAR", "gizli", "2233", ".test/"} {
		if strings.Contains(l.Text, never) {
			b.t.Errorf("%s: %q in\n%s", sentence, never, l.Text)
		}
	}
}

// TestOrdersTold leads orders to each of their ends: who has ordered is told of each step once.
func TestOrdersTold(t *testing.T) {
	w := newWorld(t)
	readers, stamps, cancelled := w.buyer(order.Reader, "R"), w.buyer(order.TimeStamp, "S"), w.buyer(order.Reader, "C")
	if came := w.sent(); len(came) > 0 {
		t.Errorf("before anybody has looked at them: %+v", came)
	}
	for _, step := range []struct {
		b     *buyer
		event order.Event
		told  string
	}{
		{readers, order.Accept, "notice.order.payment_due"}, {readers, order.Pay, "notice.order.paid"}, {readers, order.Send, "notice.order.sent"},
		{stamps, order.Accept, "notice.order.payment_due"}, {stamps, order.Pay, "notice.order.paid"}, {stamps, order.Open, "notice.order.opened"},
		{cancelled, order.Cancel, "notice.order.cancelled"},
	} {
		step.b.does(step.event)
		step.b.wantOne(step.told)
	}
}

// TestOrdersNotTold: no mail goes out about a state that the order has left, to an invalid address, or about an erased order.
func TestOrdersNotTold(t *testing.T) {
	w := newWorld(t)
	b := w.buyer(order.Reader, "R")
	b.does(order.Accept)
	b.does(order.Pay)
	b.wantOne("notice.order.paid") // and nothing of the fee that was due
	erased := w.buyer(order.Reader, "E")
	erased.does(order.Cancel)
	if n, err := w.store.EraseOrders(t.Context(), w.Now().AddDate(1, 0, 0), 9); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	odd := w.buyer(order.Reader, "O")
	odd.o.Reference, odd.o.Form = "P", application.Form{"mail": "a@ornek.test\r\nBcc: b@ornek.test"}
	if err := w.store.CreateOrder(t.Context(), odd.o); err != nil {
		t.Fatal(err)
	}
	odd.does(order.Accept)
	if came := w.sent(); len(came) > 0 {
		t.Errorf("%+v", came)
	}
	for _, key := range []string{"order-notice/R", "order-notice/none/paid"} {
		if err := w.notices.Handlers()["order-notice"](t.Context(), store.LeasedJob{Job: store.Job{Key: key}}); err == nil {
			t.Errorf("%s was done", key)
		}
	}
}
