package sandbox

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/message"
)

const (
	// callLifetime is how long a phone is asked.
	callLifetime = 2 * time.Minute
	// phonePath is the page that stands for everybody's phone.
	phonePath = "/telefon"
	maxCalls  = 20 // that the phone shows
)

// operators are those of the real gateway.
var operators = []string{"Turkcell", "Türk Telekom", "Vodafone"}

// phoneCall is a question to a phone; its zero value is none.
type phoneCall struct {
	Ticket   string // names it
	Operator string
	Code     string // the same on page and phone
	person   *person
	until    time.Time
	refused  bool
}

// waits reports whether the phone has still to answer.
func (c phoneCall) waits(now time.Time) bool {
	return c.Ticket != "" && !c.refused && now.Before(c.until)
}

// call asks a person's phone; a question before it is over.
func (s *loginStore) call(id string, who *person, operator string) error {
	code, err := rand.Int(rand.Reader, big.NewInt(10_000))
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	request := s.requests[id]
	if request == nil || s.now().After(request.expires) {
		return errNoLogin
	}
	request.call = phoneCall{Ticket: rand.Text(), Operator: operator, Code: fmt.Sprintf("%04d", code), person: who, until: s.now().Add(callLifetime)}
	return nil
}

// answerCall takes a phone's answer to a question that waits for one.
func (s *loginStore) answerCall(ticket string, confirmed bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for _, request := range s.requests {
		if request.call.Ticket != ticket || !request.call.waits(now) || request.Done() {
			continue
		}
		if !confirmed {
			request.call.refused = true
			return nil
		}
		request.person, request.authTime, request.way = request.call.person, now, wayNamed("mobil-imza")
		return nil
	}
	return errNoLogin
}

// calls returns the requests whose phones are asked, the newest first.
func (s *loginStore) calls() (list []loginRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for _, request := range s.requests {
		if request.call.waits(now) && !request.Done() {
			list = append(list, *request)
		}
	}
	slices.SortFunc(list, func(a, b loginRequest) int { return b.call.until.Compare(a.call.until) })
	return list[:min(len(list), maxCalls)]
}

// normalPhone returns the ten digits of a Turkish number, however it is written.
func normalPhone(typed string) string {
	if len(typed) > 40 {
		return ""
	}
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, typed)
	return strings.TrimPrefix(strings.TrimPrefix(digits, "90"), "0")
}

// takePhone takes the number and the operator, and asks the phone.
func (p *provider) takePhone(w http.ResponseWriter, r *http.Request, page *loginPage) {
	typed, operator := r.PostFormValue("phone"), r.PostFormValue("operator")
	number := normalPhone(typed)
	who := personWith(func(p *person) bool { return normalPhone(p.phone) == number })
	page.Operator = operator
	switch {
	case who == nil:
		page.refuse(w, http.StatusUnprocessableEntity, "phone", "phone")
	case !slices.Contains(operators, operator):
		page.Phone = who.phone
		page.refuse(w, http.StatusUnprocessableEntity, "operator", "operator")
	case p.store.call(page.request.id, who, operator) != nil:
		page.request = nil
		page.write(w, http.StatusNotFound)
	default:
		http.Redirect(w, r, page.Address(loginPath+"/mobil-imza/bekle"), http.StatusSeeOther)
	}
}

// showWaiting shows what has become of the question. It reloads itself until the phone has answered, unless that is stopped.
func (p *provider) showWaiting(w http.ResponseWriter, r *http.Request, page *loginPage) {
	call := page.request.call
	page.Call, page.Stopped = call, r.FormValue("dur") == "1"
	switch {
	case page.request.Done():
		http.Redirect(w, r, p.resume(r.Context(), page.request.id), http.StatusSeeOther)
		return
	case call.Ticket == "":
		http.Redirect(w, r, page.Address(loginPath+"/mobil-imza"), http.StatusSeeOther)
		return
	case call.waits(p.store.now()):
		page.State = "waiting"
	case call.refused:
		page.State = "refused"
	default:
		page.State = "over"
	}
	page.write(w, http.StatusOK)
}

// phonePage is what the double of all phones shows.
type phonePage struct {
	loginPage
	Calls []shownCall
	Gone  bool // the question that was answered is over
}

// shownCall is a question on the phone.
type shownCall struct {
	phoneCall
	Number, Name, Site string
}

// servePhone shows the phone, and takes its answer.
func (p *provider) servePhone(w http.ResponseWriter, r *http.Request) {
	page := phonePage{loginPage: loginPage{language: message.ParseLanguage(r.FormValue("lang")), path: phonePath, template: "telephone", stated: r.FormValue("lang") != ""}}
	if r.Method == http.MethodPost {
		if p.store.answerCall(r.PostFormValue("ticket"), r.PostFormValue("action") == "confirm") == nil {
			http.Redirect(w, r, page.Address(phonePath), http.StatusSeeOther)
			return
		}
		page.Gone = true
	}
	for _, request := range p.store.calls() {
		who := request.call.person
		page.Calls = append(page.Calls, shownCall{request.call, who.phone, who.name(), request.site()})
	}
	status := http.StatusOK
	if page.Gone {
		status = http.StatusNotFound
	}
	render(w, status, page.template, "'self'", page)
}
