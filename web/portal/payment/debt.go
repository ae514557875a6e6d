package payment

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/proxy"
)

const (
	fieldNumber = "basvuru"
	fieldDigits = "haneler"
	digits      = 4 // of the citizen number, or of the telephone number, its last
)

// Few queries are answered that find nothing: of one number, and from one network.
var (
	perNumber  = store.Limit{Count: 5, Window: time.Hour}
	perNetwork = store.Limit{Count: 20, Window: time.Hour}
)

// debtView is the query's form, and below it what was found.
type debtView struct {
	Number, Digits           string // as they were typed
	WrongNumber, WrongDigits bool
	None                     bool // there is no such application or order
	Found                    *debt
}

// debt is what a query tells.
type debt struct {
	What    string // in words
	Sum     string // "" for none
	Due     bool
	Paid    bool
	CanPay  bool
	Where   string // where to pay if not here
	PayPath string
}

func (p *payment) page(v *site.Visit) error { return v.Render(http.StatusOK, "debt", debtView{}, "") }

// query tells what is due.
func (p *payment) query(v *site.Visit) error {
	view, found, err := p.find(v)
	if err != nil {
		return err
	}
	return p.render(v, view, found, "")
}

// pay sends the person to the provider, by what they had typed for the query.
func (p *payment) pay(v *site.Visit) error {
	view, found, err := p.find(v)
	if err != nil {
		return err
	}
	if found == nil {
		return p.render(v, view, nil, "")
	}
	page, err := p.Payments.Start(v.R.Context(), found.Debt, string(v.Language))
	if err == nil {
		return v.See(page)
	}
	return p.render(v, view, found, p.inTheWay(v, err))
}

// inTheWay is the code to be shown where a payment does not begin. The cause is logged.
func (p *payment) inTheWay(v *site.Visit, err error) fault.Code {
	v.Log().Warn("payment does not begin", "error", err)
	return fault.CodeOf(err)
}

func (p *payment) render(v *site.Visit, view debtView, found *fee, code fault.Code) error {
	v.W.Header().Set("Cache-Control", "no-store")
	status := http.StatusOK
	switch {
	case code == refusal.PaymentAway:
		status = http.StatusBadGateway
	case code == refusal.PaymentLimit:
		status = http.StatusTooManyRequests
	case code != "":
		status = http.StatusConflict
	case view.WrongNumber || view.WrongDigits:
		status = http.StatusUnprocessableEntity
	}
	if found != nil {
		view.Found = &debt{
			What: found.what, Sum: site.Money(v.Language, found.Sum), Due: found.Due, Paid: found.Paid, CanPay: found.Due && p.Payments.Takes(),
			Where: p.where(v.Language), PayPath: PayPath,
		}
	}
	return v.Render(status, "debt", view, code)
}

// find returns the fee that the form names, nil where it names none. Of a wrong number and of wrong digits it says the same.
func (p *payment) find(v *site.Visit) (view debtView, found *fee, err error) {
	if err := v.ParseForm(); err != nil {
		return view, nil, err
	}
	view = debtView{Number: normalize(v.R.PostForm.Get(fieldNumber)), Digits: strings.TrimSpace(v.R.PostForm.Get(fieldDigits))}
	view.WrongNumber = !reference.Valid(view.Number)
	view.WrongDigits = len(view.Digits) != digits || strings.Trim(view.Digits, "0123456789") != ""
	if view.WrongNumber || view.WrongDigits {
		if view.WrongNumber {
			view.Number = ""
		}
		if view.WrongDigits {
			view.Digits = ""
		}
		return view, nil, nil
	}
	try := store.Try{ID: rand.Text(), At: p.Now(), Subjects: []store.TrySubject{
		{Subject: p.subject("number " + view.Number), Limit: perNumber},
		{Subject: p.subject("network " + network(proxy.Of(v.R.Context()).Address)), Limit: perNetwork},
	}}
	if err := p.Store.BeginTry(v.R.Context(), try); fault.CodeOf(err) == refusal.WordWait {
		return view, nil, fault.New(refusal.QueryLimit, err)
	} else if err != nil {
		return view, nil, fmt.Errorf("query: %w", err)
	}
	found, err = p.lookUp(v, view.Number, view.Digits)
	view.None = err == nil && found == nil
	if found == nil {
		return view, nil, err
	}
	if err := p.Store.ForgetTry(v.R.Context(), try.ID); err != nil {
		return view, nil, fmt.Errorf("query: %w", err)
	}
	return view, found, nil
}

// normalize writes a number as references are written, whatever capitals, blanks and dashes it was typed with.
func normalize(typed string) string {
	var bare strings.Builder
	for _, r := range strings.ToUpper(typed) {
		if r != '-' && r != ' ' && r != '\t' {
			bare.WriteRune(r)
		}
	}
	s := bare.String()
	if len(s) != 16 {
		return s
	}
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:]
}

// subject is what queries are counted of, so that the store does not tell of what.
func (p *payment) subject(of string) store.Hash {
	h := hmac.New(sha256.New, p.countKey)
	h.Write([]byte(of))
	return store.Hash(h.Sum(nil))
}

// network is whom a request is counted for: a network of IPv6 is one visitor. All of whom a proxy says nothing share one.
func network(address netip.Addr) string {
	if address.Is6() && !address.Is4In6() {
		return netip.PrefixFrom(address.WithZone(""), 64).Masked().String()
	}
	return address.Unmap().String()
}
