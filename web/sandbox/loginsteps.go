package sandbox

import (
	"net/http"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/e-onay/e-onay/internal/look"
	"github.com/e-onay/e-onay/internal/message"
)

// loginStep answers a request for a page of a login under way, or for its form.
type loginStep func(w http.ResponseWriter, r *http.Request, page *loginPage)

func (p *provider) loginRoutes(mux *http.ServeMux) {
	for pattern, handler := range map[string]http.Handler{
		"GET " + loginPath:                        p.step("choice", "", show),
		"POST " + loginPath:                       p.step("choice", "", p.takeChoice),
		"GET " + loginPath + "/{way}":             p.step("", "", show),
		"POST " + loginPath + "/{way}":            p.step("", "", p.takeWay),
		"GET " + loginPath + "/mobil-imza/bekle":  p.step("waiting", "mobil-imza", p.showWaiting),
		"POST " + loginPath + "/mobil-imza/bekle": p.step("waiting", "mobil-imza", p.showWaiting),
		"GET " + loginPath + "/banka/{bank}":      p.step("bank", "banka", p.serveBank),
		"POST " + loginPath + "/banka/{bank}":     p.step("bank", "banka", p.serveBank),
		"GET " + phonePath:                        p.fromOwnPages(addressedHere(p.issuer, p.servePhone)),
		"POST " + phonePath:                       p.fromOwnPages(addressedHere(p.issuer, p.servePhone)),
		"GET " + loginPath + "/look.css":          serveBytes("text/css; charset=utf-8", []byte(look.CSS)),
		"GET " + loginPath + "/login.css":         serveBytes("text/css; charset=utf-8", []byte(loginCSS)),
	} {
		mux.Handle(pattern, handler)
	}
}

// fromOwnPages refuses forms of other sites' pages.
func (p *provider) fromOwnPages(next http.Handler) http.Handler {
	return p.unlessDown(http.NewCrossOriginProtection().Handler(next))
}

// step is a page that a template shows, of a way to log in, or of whichever the path names. It finds the login that the request
// is about, and ends it where the person cancels.
func (p *provider) step(template, wayName string, serve loginStep) http.Handler {
	return p.fromOwnPages(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := p.page(r)
		page.template = template
		if name := wayName + r.PathValue("way"); name != "" && page.request != nil {
			page.Way = wayNamed(name)
			switch {
			case page.Way == nil || !page.request.offers(page.Way):
				page.request = nil
			case template == "":
				page.template = page.Way.page
			}
		}
		switch {
		case page.request == nil:
			page.write(w, http.StatusNotFound)
		case r.Method == http.MethodPost && r.PostFormValue("action") == "cancel":
			_ = p.store.DeleteAuthRequest(r.Context(), page.request.id) // cannot fail
			op.AuthRequestError(w, r, page.request, oidc.ErrAccessDenied(), p.Provider)
		default:
			serve(w, r, page)
		}
	}))
}

// page finds the request that the form or the address names, and the language.
func (p *provider) page(r *http.Request) *loginPage {
	page := &loginPage{language: message.Turkish, path: r.URL.Path}
	if request, err := p.store.request(r.FormValue("id")); err == nil {
		page.request, page.language = request, request.language
	}
	if lang := r.FormValue("lang"); lang != "" {
		page.language, page.stated = message.ParseLanguage(lang), true
	}
	return page
}

// show shows a page as it is.
func show(w http.ResponseWriter, _ *http.Request, page *loginPage) { page.write(w, http.StatusOK) }

// takeChoice takes the form of the first page: the login in one step, for tests and for whoever is in a hurry.
func (p *provider) takeChoice(w http.ResponseWriter, r *http.Request, page *loginPage) {
	page.Way = page.request.usualWay()
	if who := page.chosen(w, r); who != nil {
		p.logIn(w, r, page, who)
	}
}

// takeWay takes the form of a way's first page.
func (p *provider) takeWay(w http.ResponseWriter, r *http.Request, page *loginPage) {
	switch page.Way.page {
	case "phone":
		p.takePhone(w, r, page)
	case "banks":
		p.takeBanks(w, r, page)
	case "card":
		p.takeCard(w, r, page)
	default:
		p.takePassword(w, r, page)
	}
}

// takePassword takes the form of e-Devlet Şifresi.
func (p *provider) takePassword(w http.ResponseWriter, r *http.Request, page *loginPage) {
	who := page.chosen(w, r)
	if who == nil {
		return
	}
	right, wait := p.store.try(who, r.PostFormValue("password"))
	switch {
	case right:
		p.logIn(w, r, page, who)
	case wait > 0:
		page.waitFor(wait)
		page.refuse(w, http.StatusTooManyRequests, "wait", "password")
	default:
		page.refuse(w, http.StatusUnprocessableEntity, "password", "password")
	}
}

// chosen returns the person whom a form names. Where there is none, the form has been shown again.
func (p *loginPage) chosen(w http.ResponseWriter, r *http.Request) *person {
	who := personWith(func(p *person) bool { return p.id == r.PostFormValue("person") })
	if who == nil {
		p.refuse(w, http.StatusUnprocessableEntity, "person", "person-1")
		return nil
	}
	p.Person = who.id
	return who
}

// logIn ends the login, and sends the browser back to the site.
func (p *provider) logIn(w http.ResponseWriter, r *http.Request, page *loginPage, who *person) {
	if err := p.store.logIn(page.request.id, who, page.Way); err != nil {
		page.request = nil
		page.write(w, http.StatusNotFound)
		return
	}
	http.Redirect(w, r, p.resume(r.Context(), page.request.id), http.StatusSeeOther)
}
