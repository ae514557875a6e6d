package sandbox

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/pki"
)

// loginPath is the page on which one says who one is. The pages say plainly that they are a test, ask for nothing secret, and
// need no script but for a card.
const loginPath = "/login"

//go:embed login.css
var loginCSS string

//go:embed login
var loginFiles embed.FS

// loginTemplates are the gateway's pages by name.
var loginTemplates = func() map[string]*template.Template {
	layout := template.Must(template.ParseFS(loginFiles, "login/layout.html"))
	all := map[string]*template.Template{}
	for _, name := range []string{"unknown", "choice", "password", "card", "phone", "waiting", "banks", "bank", "telephone"} {
		all[name] = template.Must(template.Must(layout.Clone()).ParseFS(loginFiles, "login/"+name+".html"))
	}
	return all
}()

// loginPage is what a template shows. Without a request it is the page that says there is none.
type loginPage struct {
	language message.Language
	request  *loginRequest
	path     string // without its query
	template string
	stated   bool // the address says the language

	Way *way
	// Mistake names the sentence about what is wrong with the form, "" for nothing, and Field is where to mend it.
	Mistake, Field string
	Wait           string // seconds, after too many wrong passwords
	Person         string // who was chosen
	Phone          string
	Operator       string
	Call           phoneCall
	State          string // of the call: "waiting", "refused", "over"
	Stopped        bool   // the page does not reload itself
	Bank           string
}

// T is the sentence of a key in the page's language.
func (p loginPage) T(key string, pairs ...string) string {
	return message.Text(p.language, key, pairs...)
}

// Lang is the page's language, and OtherLang the one that its link leads to.
func (p loginPage) Lang() string { return string(p.language) }

// OtherLang is the other language.
func (p loginPage) OtherLang() string {
	if p.language == message.English {
		return string(message.Turkish)
	}
	return string(message.English)
}

// OtherURL is this page in the other language.
func (p loginPage) OtherURL() string { return p.address(p.path, p.OtherLang()) }

// Address is another page of the same login, in the same language.
func (p loginPage) Address(path string) string {
	if !p.stated {
		return p.address(path, "")
	}
	return p.address(path, p.Lang())
}

func (p loginPage) address(path, language string) string {
	query := url.Values{}
	if p.request != nil {
		query.Set("id", p.request.id)
	}
	if language != "" {
		query.Set("lang", language)
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// Path is the page's own, and ID and Site are the request's.
func (p loginPage) Path() string { return p.path }
func (p loginPage) ID() string   { return p.request.id }
func (p loginPage) Site() string { return p.request.site() }

// Ways are those that may be used, and Banks and Operators what is chosen from on their pages.
func (p loginPage) Ways() (offered []*way) {
	for _, w := range ways {
		if p.request.offers(w) {
			offered = append(offered, w)
		}
	}
	return offered
}

// CardAddress is where the page's script gets the challenge for a card, and takes its answer.
func (p loginPage) CardAddress() string { return p.address(p.path+"/kart", "") }

func (loginPage) Banks() []bank        { return banks }
func (loginPage) Operators() []string  { return operators }
func (loginPage) PhonePath() string    { return phonePath }
func (loginPage) TestPassword() string { return testPassword }

// choice is one person on the page.
type choice struct {
	ID, Value, Name, Number, Phone string
	Chosen                         bool
}

// People are the choices, with the middle of their numbers hidden.
func (p loginPage) People() []choice {
	var choices []choice
	for i, who := range people {
		choices = append(choices, choice{
			ID: fmt.Sprintf("person-%d", i+1), Value: who.id, Name: who.name(), Number: pki.MaskCitizenNumber(who.citizenNumber),
			Phone: who.phone, Chosen: who.id == p.Person,
		})
	}
	return choices
}

// refuse shows the form again with what is wrong.
func (p *loginPage) refuse(w http.ResponseWriter, status int, mistake, field string) {
	p.Mistake, p.Field = mistake, field
	if p.Wait != "" {
		w.Header().Set("Retry-After", p.Wait)
	}
	p.write(w, status)
}

// waitFor says how long a person waits.
func (p *loginPage) waitFor(d time.Duration) {
	p.Wait = strconv.Itoa(int((d + time.Second - 1) / time.Second))
}

func (p *loginPage) write(w http.ResponseWriter, status int) {
	formAction := "'self'"
	if p.request == nil {
		p.template = "unknown"
	} else {
		// Browsers hold a form's redirects to form-action too, and the last one leads back to the site.
		formAction += " " + p.request.site()
	}
	render(w, status, p.template, formAction, p)
}

// render answers with a page, whose forms may lead to formAction.
func render(w http.ResponseWriter, status int, template, formAction string, data any) {
	var body bytes.Buffer
	if err := loginTemplates[template].Execute(&body, data); err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	scripts := ""
	if template == "card" {
		scripts = "script-src 'self'; connect-src 'self'; "
	}
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; "+scripts+"form-action "+formAction+"; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the browser may have gone
}
