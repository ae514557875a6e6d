package sandbox

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/e-onay/e-onay/internal/look"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/pki"
)

// loginPath is the page on which one says who one is. The page says plainly that it is a test,
// asks for nothing secret, and needs no script.
const loginPath = "/login"

//go:embed login.css
var loginCSS string

//go:embed login.html
var loginHTML string

var loginTemplate = template.Must(template.New("login").Parse(loginHTML))

// loginPage is what the template shows. Without a request it is the page that says there is none.
type loginPage struct {
	language message.Language
	request  *loginRequest
	Mistake  bool // nobody was chosen
}

// T is the sentence of a key in the page's language.
func (p loginPage) T(key string) string { return message.Text(p.language, key) }

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
func (p loginPage) OtherURL() string {
	query := url.Values{"lang": {p.OtherLang()}}
	if p.request != nil {
		query.Set("id", p.request.id)
	}
	return loginPath + "?" + query.Encode()
}

// Known says whether there is a login to go on with; ID and Site are the request's.
func (p loginPage) Known() bool  { return p.request != nil }
func (p loginPage) ID() string   { return p.request.id }
func (p loginPage) Site() string { return p.request.site() }

// choice is one person on the page.
type choice struct {
	ID, Value, Name, Number string
}

// People are the choices, with the middle of their numbers hidden.
func (p loginPage) People() []choice {
	var choices []choice
	for i, who := range people {
		choices = append(choices, choice{
			ID: fmt.Sprintf("person-%d", i+1), Value: who.id, Name: who.name(), Number: pki.MaskCitizenNumber(who.citizenNumber),
		})
	}
	return choices
}

func (p *provider) loginRoutes(mux *http.ServeMux) {
	sameOrigin := http.NewCrossOriginProtection()
	mux.Handle("GET "+loginPath, p.unlessDown(http.HandlerFunc(p.showLogin)))
	mux.Handle("POST "+loginPath, p.unlessDown(sameOrigin.Handler(http.HandlerFunc(p.takeLogin))))
	mux.HandleFunc("GET "+loginPath+"/look.css", serveBytes("text/css; charset=utf-8", []byte(look.CSS)))
	mux.HandleFunc("GET "+loginPath+"/login.css", serveBytes("text/css; charset=utf-8", []byte(loginCSS)))
}

func (p *provider) showLogin(w http.ResponseWriter, r *http.Request) {
	page := p.page(r)
	if page.request == nil {
		page.write(w, http.StatusNotFound)
		return
	}
	page.write(w, http.StatusOK)
}

// page finds the request that the form or the address names, and the language.
func (p *provider) page(r *http.Request) loginPage {
	page := loginPage{language: message.Turkish}
	if request, err := p.store.request(r.FormValue("id")); err == nil {
		page.request, page.language = request, request.language
	}
	if lang := r.FormValue("lang"); lang != "" {
		page.language = message.ParseLanguage(lang)
	}
	return page
}

// takeLogin ends the login as the pressed button says.
func (p *provider) takeLogin(w http.ResponseWriter, r *http.Request) {
	page := p.page(r)
	if page.request == nil {
		page.write(w, http.StatusNotFound)
		return
	}
	if r.PostFormValue("action") == "cancel" {
		_ = p.store.DeleteAuthRequest(r.Context(), page.request.id) // cannot fail
		op.AuthRequestError(w, r, page.request, oidc.ErrAccessDenied(), p.Provider)
		return
	}
	who := personWith(func(p *person) bool { return p.id == r.PostFormValue("person") })
	if who == nil {
		page.Mistake = true
		page.write(w, http.StatusUnprocessableEntity)
		return
	}
	if err := p.store.logIn(page.request.id, who); err != nil {
		page.request = nil
		page.write(w, http.StatusNotFound)
		return
	}
	http.Redirect(w, r, p.resume(r.Context(), page.request.id), http.StatusSeeOther)
}

func (p loginPage) write(w http.ResponseWriter, status int) {
	var body bytes.Buffer
	if err := loginTemplate.Execute(&body, p); err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	// Browsers hold a form's redirects to form-action too, and the last one leads back to the site.
	formAction := "'self'"
	if p.request != nil {
		formAction += " " + p.request.site()
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action "+formAction+"; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // the browser may have gone
}
