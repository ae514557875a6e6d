package portal

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/web/portal/store"
)

// visit is one request with what the portal knows of who makes it.
type visit struct {
	w        http.ResponseWriter
	r        *http.Request
	language message.Language
	session  *store.Session // nil when nobody is logged in
	problems bool           // a program asks: errors are problem documents, not pages
}

// page serves a page to everybody.
func (p *Portal) page(f func(*visit) error) http.Handler {
	return p.handler(f, func(*visit) error { return nil })
}

// personal serves a page to a person who is logged in and sends others to the login.
func (p *Portal) personal(f func(*visit) error) http.Handler {
	return p.handler(f, loggedIn)
}

// script is page for requests of a page's program.
func (p *Portal) script(f func(*visit) error) http.Handler {
	return p.handler(f, func(v *visit) error {
		v.problems = true
		v.w.Header().Set("Cache-Control", "no-store")
		return nil
	})
}

// program is personal for requests of a page's program.
func (p *Portal) program(f func(*visit) error) http.Handler {
	return p.handler(f, func(v *visit) error {
		v.problems = true
		return loggedIn(v)
	})
}

func loggedIn(v *visit) error {
	v.w.Header().Set("Cache-Control", "no-store")
	if v.session == nil {
		return fault.New(fault.LoginRequired, nil)
	}
	return nil
}

// handler recognises the person, lets admit refuse the visit, and answers whatever error comes.
func (p *Portal) handler(f, admit func(*visit) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{w: w, r: r, language: p.languageOf(r)}
		err := p.recognise(v)
		if err == nil {
			err = admit(v)
		}
		if err == nil {
			err = f(v)
		}
		if err != nil {
			p.fail(v, err)
		}
	})
}

// A session ends sessionIdle after the last request, and sessionLifetime after the login at the latest.
const (
	sessionIdle     = 30 * time.Minute
	sessionLifetime = 8 * time.Hour
	// sessionTouch is how exactly the last request is known: it saves a write on most requests.
	sessionTouch = time.Minute
)

// Cookies, named by cookieName.
const (
	sessionCookie  = "oturum"
	loginCookie    = "giris"
	gatewayCookie  = "gecit"
	cardCookie     = "kart"
	languageCookie = "dil"
)

// recognise finds the session of the request's cookie.
func (p *Portal) recognise(v *visit) error {
	cookie, err := v.r.Cookie(p.cookieName(sessionCookie))
	if err != nil || len(cookie.Value) > 100 {
		return nil
	}
	id, now := store.HashOf(cookie.Value), p.now()
	session, err := p.store.Session(v.r.Context(), id, now, sessionIdle)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	if now.Sub(session.SeenAt) > sessionTouch {
		// A full disk takes no write, and the person can read their pages all the same.
		if err := p.store.TouchSession(v.r.Context(), id, now); err != nil {
			p.log.Warn("the session's last request is not noted", "error", err)
		}
	}
	v.session = &session
	// What a page shows of a person is not for the next user of the browser.
	v.w.Header().Set("Cache-Control", "no-store")
	return nil
}

// person is what pages show of who is logged in.
type person struct{ Name, Number string }

func (v *visit) person() *person {
	if v.session == nil {
		return nil
	}
	return &person{v.session.Name, pki.MaskCitizenNumber(v.session.CitizenNumber)}
}

// see sends the browser to another page of the portal.
func (v *visit) see(path string) error {
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

func (p *Portal) secure() bool { return p.address.Scheme == "https" }

// cookieName returns the full name of a cookie. The prefix makes browsers refuse one that another
// host of the domain set; it needs https.
func (p *Portal) cookieName(name string) string {
	if p.secure() {
		return "__Host-" + name
	}
	return name
}

// setCookie sets a cookie for maxAge, or until the browser ends if that is 0. An empty value deletes it.
func (p *Portal) setCookie(v *visit, name, value string, maxAge time.Duration) {
	seconds := int(maxAge / time.Second)
	if value == "" {
		seconds = -1
	}
	http.SetCookie(v.w, &http.Cookie{
		Name: p.cookieName(name), Value: value, Path: "/", MaxAge: seconds,
		Secure: p.secure(), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func (p *Portal) languageOf(r *http.Request) message.Language {
	if cookie, err := r.Cookie(p.cookieName(languageCookie)); err == nil {
		return message.ParseLanguage(cookie.Value)
	}
	return message.Turkish
}

// setLanguage keeps the language for a year and goes back to the page the form was on.
func (p *Portal) setLanguage(v *visit) error {
	language := message.ParseLanguage(v.r.PostFormValue("dil"))
	p.setCookie(v, languageCookie, string(language), 365*24*time.Hour)
	back := v.r.PostFormValue("sayfa")
	if !switchable[back] {
		back = "/"
	}
	return v.see(back)
}

// switchable are the pages that the language form may go back to: a fixed list, so that it can lead
// nowhere else.
var switchable = map[string]bool{
	"/": true, "/giris": true, cardLoginPath + "/" + eSignature: true, cardLoginPath + "/" + identityCard: true, "/nes": true, "/kurulum": true,
	consentPath: true, signaturePath: true, resultPath: true,
	pinPath: true, oneTimeCodePath: true, pinActPath: true, pinResultPath: true, machinesPath: true,
}
