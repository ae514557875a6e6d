package order_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

// allowed is every transition, of orders with a fee; without one, accept leads to paid.
const allowed = `received accept payment_due
received cancel cancelled
payment_due pay paid
payment_due cancel cancelled
paid cancel cancelled
paid send sent reader
paid open opened timestamp`

func TestEveryTransition(t *testing.T) {
	for _, kind := range []order.Kind{order.Reader, order.TimeStamp} {
		for _, state := range order.States {
			for _, event := range append(order.Events, order.Create, "x") {
				o := order.Order{Reference: "R", Kind: kind, State: state, Version: 3, Fee: 100}
				want := ""
				for line := range strings.Lines(allowed) {
					f := strings.Fields(line)
					if f[0] == string(state) && f[1] == string(event) && (len(f) == 3 || f[3] == string(kind)) {
						want = f[2]
					}
				}
				next, c, err := o.Apply(order.Change{Event: event, Note: "DK-1"})
				switch name := fmt.Sprint(kind, " ", state, " ", event); {
				case want == "" && fault.CodeOf(err) != refusal.ApplicationState:
					t.Errorf("%s: %v", name, err)
				case want != "" && (err != nil || string(next.State) != want || next.Version != 4 || c.To != next.State || c.Version != 4):
					t.Errorf("%s: %+v, %v", name, next, err)
				}
			}
		}
	}
	free := order.Order{Kind: order.Reader, State: order.Received}
	if next, _, err := free.Apply(order.Change{Event: order.Accept}); err != nil || next.State != order.Paid {
		t.Errorf("without a fee: %s, %v", next.State, err)
	}
}

func TestNotes(t *testing.T) {
	o := order.Order{Kind: order.Reader, State: order.PaymentDue}
	for _, note := range []string{"", "a\nb", "a\u202eb", "\xff", strings.Repeat("ş", order.MaxNote+1)} {
		if _, _, err := o.Apply(order.Change{Event: order.Pay, Note: note}); fault.CodeOf(err) != refusal.ReasonMissing {
			t.Errorf("%q: %v", note, err)
		}
	}
}

func TestForm(t *testing.T) {
	good := application.Form{"buyer": "ÇINAR A.Ş.", "buyer_number": "1234567890", "reader": "usb", "quantity": "25", "mobile": "+905001112233", "mail": "a@ornek.test",
		"address": "Işık Sokak 3", "district": "Çankaya", "province": "Ankara", "postcode": "06100"}
	if wrong := application.CheckFields(order.Reader.Fields(), good); len(wrong) > 0 {
		t.Errorf("a good form: %v", wrong)
	}
	for name, values := range map[string][]string{
		"buyer_number": {"", "123456789", "123456789012", "12345678x0"}, "quantity": {"", "0", "01", "1000", "-1", "1.5", "x"}, "reader": {"", "other"},
	} {
		for _, value := range values {
			form := application.Form{}
			for k, v := range good {
				form[k] = v
			}
			form[name] = value
			if wrong := application.CheckFields(order.Reader.Fields(), form); len(wrong) != 1 || wrong[name] == "" {
				t.Errorf("%s %q: %v", name, value, wrong)
			}
		}
	}
}
