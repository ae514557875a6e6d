package sandbox

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/paymentapi"
)

//go:embed payment.html
var paymentHTML string

var paymentTemplate = template.Must(template.New("payment").Parse(paymentHTML))

// testCode is the code of 3-D Secure that counts; the page says so.
const testCode = "123456"

// paymentPage is what the provider's page shows: test cards to choose from, so that nobody types a number.
type paymentPage struct {
	language message.Language
	Path     string
	Sum      string
	Code     bool // the second step: the code of 3-D Secure
	Wrong    bool // no card was chosen
}

// T is the sentence of a key in the page's language.
func (p paymentPage) T(key string, pairs ...string) string {
	return message.Text(p.language, key, pairs...)
}

// Lang is the page's language.
func (p paymentPage) Lang() string { return string(p.language) }

// TestCode is the code that counts.
func (paymentPage) TestCode() string { return testCode }

// paymentAt returns the payment whose page is asked for, and whether it can still be made.
func (p *paymentProvider) paymentAt(r *http.Request) (one *payment, open bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for reference, candidate := range p.payments {
		if candidate.token == r.PathValue("token") {
			return candidate, p.report(reference).State == paymentapi.Open
		}
	}
	return nil, false
}

func (p *paymentProvider) servePage(w http.ResponseWriter, r *http.Request) {
	one, open := p.paymentAt(r)
	switch {
	case one == nil:
		refuse(w, http.StatusNotFound, fmt.Errorf("there is no such payment"))
	case !open:
		http.Redirect(w, r, one.order.ReturnURL, http.StatusSeeOther)
	default:
		p.show(w, r, one, http.StatusOK, false)
	}
}

func (p *paymentProvider) show(w http.ResponseWriter, r *http.Request, one *payment, status int, wrong bool) {
	p.mu.Lock()
	page := paymentPage{
		language: message.ParseLanguage(one.order.Language), Path: r.URL.Path, Code: one.code, Wrong: wrong,
		Sum: fmt.Sprintf("%d,%02d TL", one.order.Sum/100, one.order.Sum%100),
	}
	p.mu.Unlock()
	var body bytes.Buffer
	if err := paymentTemplate.Execute(&body, page); err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	action := "'self'"
	if u, err := url.Parse(one.order.ReturnURL); err == nil {
		action += " " + u.Scheme + "://" + u.Host // where the last answer leads
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action "+action+"; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the browser may have gone
}

// servePress takes what was pressed, and sends the person back to the portal at the end.
func (p *paymentProvider) servePress(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	one, open := p.paymentAt(r)
	if one == nil {
		refuse(w, http.StatusNotFound, fmt.Errorf("there is no such payment"))
		return
	}
	if open {
		state, wrong := p.pressed(one, r.PostFormValue("kart"), r.PostFormValue("kod"), r.PostFormValue("islem"))
		if state == paymentapi.Open {
			status := http.StatusOK
			if wrong {
				status = http.StatusUnprocessableEntity
			}
			p.show(w, r, one, status, wrong)
			return
		}
		p.settle(r.Context(), one, state)
	}
	http.Redirect(w, r, one.order.ReturnURL, http.StatusSeeOther)
}

// pressed returns what becomes of a payment by what was pressed; Open where the page comes again.
func (p *paymentProvider) pressed(one *payment, card, code, action string) (state paymentapi.State, wrong bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case action == "vazgec":
		return paymentapi.Failed, false
	case one.code && code == testCode:
		return paymentapi.Paid, false
	case one.code:
		return paymentapi.Failed, false
	case card == "gecer":
		return paymentapi.Paid, false
	case card == "red":
		return paymentapi.Failed, false
	case card == "guvenli":
		one.code = true
		return paymentapi.Open, false
	}
	return paymentapi.Open, true
}
