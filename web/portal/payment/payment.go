// Package payment is the feature Borç Sorgulama ve Ödeme: anybody who has an application's number and the end of its owner's citizen
// number, or an order's and the end of its telephone number, reads whether a fee is due and pays it (debt.go, fee.go); whoever is logged in does
// so from their application, and sees what has become of its payments (own.go). The provider's page takes the card, and tells what came of it
// (notice.go).
//
// A query tells no name, no date and nothing of what was filled in. The number has 80 random bits, and few queries of one number or from one
// network are answered: so nobody finds any by trying, and who found a number somewhere learns little. What is typed comes by
// POST, so that it stands in no address and no log.
package payment

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/paymentapi"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/payments"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Store is the part of the store that this feature needs, as store.Store has it.
type Store interface {
	Application(ctx context.Context, reference string) (application.Application, error)
	Order(ctx context.Context, reference string) (order.Order, error)
	Payment(ctx context.Context, reference string) (store.Payment, error)
	PaymentsOf(ctx context.Context, reference string, limit int) ([]store.Payment, error)
	BeginTry(ctx context.Context, t store.Try) error
	ForgetTry(ctx context.Context, id string) error
}

// Options is what the feature is made of.
type Options struct {
	Store    Store
	Payments *payments.Engine
	// Where tells people where to pay if they cannot here; it may be empty where no kind has a fee.
	Where protocol.Sentence
	// Merchant and NoticeKeys are by what notices are judged, and Page is the origin of the provider's page; empty where there is no provider.
	Merchant   string
	NoticeKeys [][]byte
	Page       string
	// Secret is what all processes of the portal share: the key by which queries are counted comes from it.
	Secret string
	Now    func() time.Time
}

type payment struct {
	Options
	countKey []byte
}

//go:embed pages
var files embed.FS

// Path is the page of the query. ReturnPath comes before a payment's reference where a person comes back to; NoticePath is for the provider.
const (
	Path       = "/borc-sorgulama"
	ReturnPath = "/odeme/sonuc/"
	NoticePath = "/odeme/bildirim"

	// PayPath is where a number and four digits are posted to pay.
	PayPath = Path + "/ode"
	ownPath = "/basvurular/{reference}/odeme"
)

// New returns the feature.
func New(o Options) (site.Feature, error) {
	key, err := hkdf.Key(sha256.New, []byte(o.Secret), nil, "e-onay portal: queries of debts", sha256.Size)
	if err != nil {
		return site.Feature{}, fmt.Errorf("payment: key: %w", err)
	}
	f := &payment{o, key}
	var provider []string
	if o.Page != "" {
		provider = []string{o.Page}
	}
	return site.Feature{
		Files: files,
		Ways:  map[fault.Code]site.Way{refusal.QueryLimit: {Path: "/basvurular", Text: "application.list"}},
		Routes: []site.Route{
			{Pattern: "GET " + Path, LanguageReturn: []string{Path}, Serve: f.page},
			{Pattern: "POST " + Path, FormTo: provider, Serve: f.query},
			{Pattern: "POST " + PayPath, FormTo: provider, Serve: f.pay},
			{Pattern: "GET " + ownPath, Access: site.LoggedIn, FormTo: provider, Serve: f.own},
			{Pattern: "POST " + ownPath, Access: site.LoggedIn, FormTo: provider, Serve: f.payOwn},
			{Pattern: "GET " + ReturnPath + "{payment}", Serve: f.result},
			{Pattern: "POST " + ReturnPath + "{payment}", Serve: f.ask},
			{Pattern: "POST " + NoticePath, MaxBody: paymentapi.MaxBody, Script: true, Serve: f.notice},
		},
	}, nil
}

// where tells a person where to pay if not here.
func (p *payment) where(l message.Language) string {
	if l == message.English {
		return p.Where.EN
	}
	return p.Where.TR
}

// resultView is what became of a payment.
type resultView struct {
	State store.PaymentState
	What  string // what was paid for, in words
	Next  string // the sentence of what is next
	Sum   string
	At    time.Time
	Path  string
	// Back and BackText lead to what was paid for; to an application that was made without a login by its key.
	Back, BackText string
}

// result shows a payment to whoever has its reference: the person whom the provider sends back. It changes nothing.
func (p *payment) result(v *site.Visit) error { return p.show(v, http.StatusOK, "") }

func (p *payment) show(v *site.Visit, status int, code fault.Code) error {
	v.W.Header().Set("Cache-Control", "no-store")
	ref := v.R.PathValue("payment")
	if !reference.Valid(ref) {
		return fault.New(refusal.NotFound, nil)
	}
	one, err := p.Store.Payment(v.R.Context(), ref)
	if errors.Is(err, store.ErrNotFound) {
		return fault.New(refusal.NotFound, nil)
	}
	if err != nil {
		return fmt.Errorf("payment: %w", err)
	}
	f, err := p.feeOf(v, one)
	if err != nil {
		return err
	}
	view := resultView{
		State: one.State, What: f.what, Next: "payment.next." + string(one.State), Sum: site.Money(v.Language, one.Sum), At: one.ChangedAt,
		Path: ReturnPath + one.Reference, Back: f.back, BackText: f.backText,
	}
	if one.Order != "" && one.State == store.PaymentPaid {
		view.Next = "payment.next.order"
	}
	return v.Render(status, "paymentresult", view, code)
}

// ask asks the provider what has become of a payment that nothing is known of yet.
func (p *payment) ask(v *site.Visit) error {
	ref := v.R.PathValue("payment")
	if !reference.Valid(ref) {
		return fault.New(refusal.NotFound, nil)
	}
	if _, err := p.Payments.Look(v.R.Context(), ref); fault.CodeOf(err) == refusal.PaymentAway {
		v.Log().Warn("payment provider", "reference", ref, "error", err)
		return p.show(v, http.StatusBadGateway, refusal.PaymentAway)
	} else if err != nil {
		return err
	}
	return v.See(ReturnPath + ref)
}
