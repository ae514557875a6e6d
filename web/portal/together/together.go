// Package together is the feature in which an officer asks for what another must confirm (package decisions): a refund by the payment
// provider, the revocation of a certificate without its person's word, and that the authority is not asked any more for a revocation that it
// refuses. A job does it once it is confirmed.
package together

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/decisions"
	"github.com/e-onay/e-onay/web/portal/deskgate"
	"github.com/e-onay/e-onay/web/portal/payments"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Options is what the feature is made of. All are required.
type Options struct {
	Acts      *Acts
	Gate      deskgate.Gate
	Decisions *decisions.Engine
	// Revokes is true where the authority is told of revocations.
	Revokes bool
}

type together struct{ Options }

//go:embed pages
var files embed.FS

const (
	// RefundPath, RevokePath and SettlePath are the pages for an application, and OrderRefundPath for an order; its reference follows.
	RefundPath      = "/masa/birlikte/iade/"
	OrderRefundPath = "/masa/birlikte/siparis-iade/"
	RevokePath      = "/masa/birlikte/iptal/"
	SettlePath      = "/masa/birlikte/iptal-kapat/"

	fieldReason = "gerekce"
	fieldWhy    = "neden"
)

// New returns the feature.
func New(o Options) site.Feature {
	t := &together{o}
	routes := []site.Route{
		o.Gate.Route("GET "+RefundPath+"{reference}", t.page(t.refund), store.Reviewer),
		o.Gate.Route("POST "+RefundPath+"{reference}", t.ask(t.refund), store.Reviewer),
		o.Gate.Route("GET "+OrderRefundPath+"{reference}", t.page(t.refundOrder), store.Reviewer),
		o.Gate.Route("POST "+OrderRefundPath+"{reference}", t.ask(t.refundOrder), store.Reviewer),
	}
	if o.Revokes {
		routes = append(routes,
			o.Gate.Route("GET "+RevokePath+"{reference}", t.page(t.revoke), store.StatusOfficer),
			o.Gate.Route("POST "+RevokePath+"{reference}", t.ask(t.revoke), store.StatusOfficer),
			o.Gate.Route("GET "+SettlePath+"{reference}", t.page(t.settle), store.StatusOfficer),
			o.Gate.Route("POST "+SettlePath+"{reference}", t.ask(t.settle), store.StatusOfficer))
	}
	return site.Feature{Files: files, Routes: routes}
}

// view is the page that asks for an act. What was typed stays.
type view struct {
	Kind, Path, Back string
	Name             string // the person's
	Asked            asked
	Sum              protocol.Sentence
	Reasons          []application.RevocationReason // of a revocation
	person           string
}

// load returns what an officer can ask for the application, or the order, that the address names. Refusals: refusal.NotFound,
// refusal.ApplicationState where it is not possible now.
type load func(*site.Visit) (view, error)

func (t *together) refund(v *site.Visit) (view, error) {
	a, err := t.Acts.Store.Application(v.R.Context(), v.R.PathValue("reference"))
	if errors.Is(err, store.ErrNotFound) {
		return view{}, fault.New(refusal.NotFound, nil)
	}
	if err != nil {
		return view{}, fmt.Errorf("application: %w", err)
	}
	return t.sendBack(v, payments.OfApplication(a), newView(refundKind, RefundPath, "/masa/basvuru/", a))
}

func (t *together) refundOrder(v *site.Visit) (view, error) {
	o, err := t.Acts.Store.Order(v.R.Context(), v.R.PathValue("reference"))
	if errors.Is(err, store.ErrNotFound) {
		return view{}, fault.New(refusal.NotFound, nil)
	}
	if err != nil {
		return view{}, fmt.Errorf("order: %w", err)
	}
	return t.sendBack(v, payments.OfOrder(o), view{
		Kind: refundKind, Path: OrderRefundPath + o.Reference, Back: "/masa/siparisler/" + o.Reference, Name: o.Form["buyer"],
		Asked: asked{Order: o.Reference, Number: cmp.Or(o.MaskedBuyer(), "—")}, person: o.BuyerCitizenNumber(),
	})
}

// sendBack has a view ask for the refund of a fee's payment.
func (t *together) sendBack(v *site.Visit, d payments.Debt, one view) (view, error) {
	p, err := t.Acts.Payments.ByHand(v.R.Context(), d)
	if err != nil {
		return view{}, err
	}
	one.Asked.Payment, one.Asked.Sum, one.Asked.Currency = p.Reference, p.Received, p.Currency
	one.Sum = sum(p.Received, p.Currency)
	return one, nil
}

func (t *together) revoke(v *site.Visit) (view, error) {
	a, err := t.Acts.revocable(v.R.Context(), v.R.PathValue("reference"))
	if err != nil {
		return view{}, err
	}
	one := newView(revokeKind, RevokePath, "/masa/durum/", a)
	one.Asked.Serial, one.Reasons = a.Certificate.Serial, application.RevocationReasons
	return one, nil
}

func (t *together) settle(v *site.Visit) (view, error) {
	c, err := t.Acts.Statuses.ToSettle(v.R.Context(), v.R.PathValue("reference"))
	if err != nil {
		return view{}, err
	}
	one := newView(settleKind, SettlePath, "/masa/durum/", c.Application)
	one.Asked.Serial = c.Application.Certificate.Serial
	return one, nil
}

func newView(kind, path, back string, a application.Application) view {
	return view{
		Kind: kind, Path: path + a.Reference, Back: back + a.Reference, Name: a.Name, person: a.Number(),
		Asked: asked{Application: a.Reference, Number: pki.MaskCitizenNumber(a.Number())},
	}
}

func (t *together) page(load load) func(*site.Visit, deskgate.Officer) error {
	return func(v *site.Visit, o deskgate.Officer) error {
		one, err := load(v)
		if err != nil {
			return err
		}
		if one.person == o.CitizenNumber {
			return fault.Errorf(refusal.OwnApplication, "%s", one.Asked.Reference())
		}
		return v.Render(http.StatusOK, "together", one, "")
	}
}

// ask has another officer confirm an act. Nobody asks for what concerns themselves.
func (t *together) ask(load load) func(*site.Visit, deskgate.Officer) error {
	return func(v *site.Visit, o deskgate.Officer) error {
		if err := v.ParseForm(); err != nil {
			return err
		}
		one, err := load(v)
		if err != nil {
			return err
		}
		if one.person == o.CitizenNumber {
			return fault.Errorf(refusal.OwnApplication, "%s", one.Asked.Reference())
		}
		if code := one.read(v.R.PostForm.Get); code != "" {
			return v.Render(http.StatusUnprocessableEntity, "together", one, code)
		}
		name, err := t.Decisions.Ask(v.R.Context(), o.CitizenNumber, decisions.Question{
			Kind: one.Kind, Subject: one.Asked.subject(), Person: one.person, Asked: one.Asked,
		})
		switch code := fault.CodeOf(err); code {
		case refusal.DecisionOpen, refusal.DecisionLimit, refusal.DecisionNotYours:
			return v.Render(site.StatusOf(code), "together", one, code)
		}
		if err != nil {
			return err
		}
		v.Log().Info("an act of two persons was asked for", "reference", name, "kind", one.Kind)
		return v.See("/masa/onaylar/" + name)
	}
}

// read reads the form, and returns what is wrong with it, "" for nothing.
func (one *view) read(field func(string) string) fault.Code {
	typed := strings.TrimSpace(strings.ReplaceAll(field(fieldReason), "\r\n", "\n"))
	one.Asked.Reason = strings.ToValidUTF8(typed, "\ufffd")
	if one.Kind == revokeKind {
		if one.Asked.Why = application.RevocationReason(field(fieldWhy)); !one.Asked.Why.IsKnown() {
			return refusal.StatusChoice
		}
	}
	if typed == "" || len(typed) > application.MaxReason || !site.IsReadable(typed) {
		return refusal.ReasonMissing
	}
	return ""
}
