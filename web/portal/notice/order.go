package notice

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/jobs"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/store"
)

// OrderKind is the kind of jobs that tell who has ordered of a change. The key is OrderKind/REFERENCE/STATE: an order comes to a state once.
const OrderKind = "order-notice"

// orderTold maps the states that the buyer gets a mail about to the beginning of the mail's keys. A new order is not among them: its
// receipt is a page.
var orderTold = map[order.State]string{
	order.PaymentDue: "notice.order.payment_due.",
	order.Paid:       "notice.order.paid.",
	order.Sent:       "notice.order.sent.",
	order.Opened:     "notice.order.opened.",
	order.Cancelled:  "notice.order.cancelled.",
}

// OrderEffect returns the jobs that tell who has ordered of a change.
func (n *Notices) OrderEffect(after order.Order, c order.Change) []store.Job {
	if orderTold[after.State] == "" {
		return nil
	}
	key := strings.Join([]string{OrderKind, after.Reference, string(after.State)}, "/")
	return []store.Job{{Key: key, Kind: OrderKind, DueAt: c.At, ExpiresAt: c.At.Add(lifetime)}}
}

// tellOfOrder is the handler of notices to who has ordered. What is not so any more is not told, nor anything once the form was erased.
func (n *Notices) tellOfOrder(ctx context.Context, j store.LeasedJob) error {
	parts := strings.Split(j.Key, "/")
	if len(parts) != 3 {
		return fmt.Errorf("%w: the key has no order and state", jobs.ErrGiveUp)
	}
	o, err := n.Store.Order(ctx, parts[1])
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("%w: there is no such order", jobs.ErrGiveUp)
	}
	if err != nil {
		return fmt.Errorf("order: %w", err)
	}
	sentence, to := orderTold[o.State], o.Form["mail"]
	if string(o.State) != parts[2] || sentence == "" || !letters.ValidAddress(to) {
		return nil
	}
	text := n.text("notice.order.frame", n.Address, sentence, func(l message.Language) []string {
		return []string{"kind", message.Text(l, "order.kind."+string(o.Kind)), "reference", o.Reference}
	})
	return n.deliver(ctx, letters.Letter{ID: letterID(j.Key), To: to, Subject: n.subject(sentence), Text: text})
}
