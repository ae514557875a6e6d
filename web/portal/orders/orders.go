// Package orders is the feature in which anybody orders card readers, or credits for time stamps, without a login: a form with a
// receipt (form.go), and a page that says where an order is, by its number and the end of the telephone number (track.go). The
// authority's desk works on the orders (desk.go).
//
// An order's number comes with the form, so that a second press is the same order. What was filled in is on the receipt and at the
// desk, and in no log and no error.
package orders

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"fmt"
	"time"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/deskgate"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/payments"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Store is the part of the store that this feature needs, as store.Store has it.
type Store interface {
	store.Orders
	PaymentsOfOrder(ctx context.Context, reference string, limit int) ([]store.Payment, error)
	BeginTry(ctx context.Context, t store.Try) error
}

// Options is what the feature is made of. All are required but Page.
type Options struct {
	Store Store
	Gate  deskgate.Gate
	// Fee is what an order costs, in kuruş; 0 is nothing. Payment says where it is paid if not here; it may be empty where nothing costs.
	Fee     func(order.Kind, application.Form) int64
	Payment protocol.Sentence
	// Payments takes fees at a provider, whose page has the origin Page, and PayPath is where a number and four digits are posted to pay; Page is
	// empty where there is none.
	Payments *payments.Engine
	Page     string
	PayPath  string
	// Jobs returns the jobs that follow from a change, and WakeJobs has them done.
	Jobs     func(before, after order.Order, c order.Change) []store.Job
	WakeJobs func()
	// Secret keys the hashes by which visitors are counted.
	Secret string
	Now    func() time.Time
}

type orders struct{ Options }

//go:embed pages
var files embed.FS

// The feature's pages.
const (
	ReaderPath    = "/kart-okuyucu-basvuru"
	TimeStampPath = "/zaman-damgasi-basvuru"
	TrackPath     = "/siparis-sorgulama"
	DeskPath      = "/masa/siparisler"
)

var pathOf = map[order.Kind]string{order.Reader: ReaderPath, order.TimeStamp: TimeStampPath}

// How often is ordered and asked: by one network, of one order, and by all.
var (
	orderLimit   = store.Limit{Count: 10, Window: time.Hour}
	overallLimit = store.Limit{Count: 500, Window: 24 * time.Hour}
	askLimit     = store.Limit{Count: 30, Window: time.Hour}
	oneLimit     = store.Limit{Count: 10, Window: time.Hour}
)

// New returns the feature.
func New(o Options) site.Feature {
	s := &orders{o}
	var provider []string
	if o.Page != "" {
		provider = []string{o.Page}
	}
	routes := []site.Route{
		{Pattern: "GET " + TrackPath, LanguageReturn: []string{TrackPath}, Serve: s.trackPage},
		{Pattern: "POST " + TrackPath, FormTo: provider, Serve: s.track},
		o.Gate.Route("GET "+DeskPath, s.queue, store.Reviewer),
		o.Gate.Route("GET "+DeskPath+"/{reference}", s.one, store.Reviewer),
		o.Gate.Route("POST "+DeskPath+"/{reference}", s.act, store.Reviewer),
	}
	for kind, path := range pathOf {
		routes = append(routes,
			site.Route{Pattern: "GET " + path, LanguageReturn: []string{path}, Serve: func(v *site.Visit) error { return s.formPage(v, kind) }},
			site.Route{Pattern: "POST " + path, Serve: func(v *site.Visit) error { return s.order(v, kind) }})
	}
	return site.Feature{Files: files, Routes: routes}
}

// may counts a try of these subjects, and that of the visitor's network. It is refused with refusal.WordWait.
func (s *orders) may(v *site.Visit, network store.Limit, subjects map[string]store.Limit) error {
	t := store.Try{ID: rand.Text(), At: s.Now()}
	for subject, limit := range subjects {
		t.Subjects = append(t.Subjects, store.TrySubject{Subject: s.hash(subject), Limit: limit})
	}
	if from := v.Network(); from != "" {
		t.Subjects = append(t.Subjects, store.TrySubject{Subject: s.hash(fmt.Sprint(network.Count, " of ", from)), Limit: network})
	}
	return s.Store.BeginTry(v.R.Context(), t)
}

func (s *orders) hash(of string) (h store.Hash) {
	mac := hmac.New(sha256.New, []byte(s.Secret))
	mac.Write([]byte("order\x00" + of))
	copy(h[:], mac.Sum(nil))
	return h
}

// payment is where the fee is paid.
func (s *orders) payment(l message.Language) string {
	if l == message.English {
		return s.Payment.EN
	}
	return s.Payment.TR
}

// maxPayments is how many payments of an order are shown.
const maxPayments = 50

// paymentView is a payment by the provider.
type paymentView struct {
	store.Payment
	Lira string
}

// paymentsOf are an order's payments, the newest first.
func (s *orders) paymentsOf(v *site.Visit, o order.Order) (views []paymentView, err error) {
	list, err := s.Store.PaymentsOfOrder(v.R.Context(), o.Reference, maxPayments)
	if err != nil {
		return nil, fmt.Errorf("payments: %w", err)
	}
	for _, p := range list {
		views = append(views, paymentView{p, site.Money(v.Language, p.Sum)})
	}
	return views, nil
}

// factView is a field in words.
type factView struct{ Name, Value string }

// factsOf are the fields of an order's form in words.
func factsOf(l message.Language, o order.Order) (facts []factView) {
	for _, f := range o.Kind.Fields() {
		value := o.Form[f.Name]
		if value == "" {
			continue
		}
		if f.Input == application.TaxOrCitizen {
			value = o.MaskedBuyer()
		}
		facts = append(facts, factView{f.Name, site.FieldWords(l, f, value)})
	}
	return facts
}
