package site

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/proxy"
)

// Visit is one request, with what the site knows of who makes it.
type Visit struct {
	W        http.ResponseWriter
	R        *http.Request
	Language message.Language
	Session  *store.Session // nil unless somebody is logged in

	site   *Site
	script bool // errors are problem documents, not pages
	start  Way  // of the feature
}

// Log is the site's log, whose lines name the request.
func (v *Visit) Log() *slog.Logger { return v.site.log.With("request", v.requestID()) }

func (v *Visit) requestID() string { return proxy.Of(v.R.Context()).RequestID }

// ForProgram has errors of this visit answered with problem documents, since a program has asked.
func (v *Visit) ForProgram() { v.script = true }

// See sends the browser to another page of the portal.
func (v *Visit) See(path string) error {
	http.Redirect(v.W, v.R, path, http.StatusSeeOther)
	return nil
}

const languageCookie = "dil"

func (s *Site) secure() bool { return s.address.Scheme == "https" }

// cookieName returns the full name of a cookie. The prefix makes browsers refuse one that another
// host of the domain set; it needs https.
func (s *Site) cookieName(name string) string {
	if s.secure() {
		return "__Host-" + name
	}
	return name
}

// Cookie returns a cookie's value; ok is false where the browser has sent none.
func (v *Visit) Cookie(name string) (value string, ok bool) {
	cookie, err := v.R.Cookie(v.site.cookieName(name))
	if err != nil {
		return "", false
	}
	return cookie.Value, true
}

// SetCookie sets a cookie for maxAge, or until the browser ends if that is 0. An empty value deletes it.
func (v *Visit) SetCookie(name, value string, maxAge time.Duration) {
	seconds := int(maxAge / time.Second)
	if value == "" {
		seconds = -1
	}
	http.SetCookie(v.W, &http.Cookie{
		Name: v.site.cookieName(name), Value: value, Path: "/", MaxAge: seconds,
		Secure: v.site.secure(), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func (s *Site) languageOf(r *http.Request) message.Language {
	if cookie, err := r.Cookie(s.cookieName(languageCookie)); err == nil {
		return message.ParseLanguage(cookie.Value)
	}
	return message.Turkish
}

// Network is the network that the visitor comes from, for counting: all of a network of IPv6 is one, since each of its machines has 2^64
// addresses. It is "" where a proxy has said nothing of the visitor.
func (v *Visit) Network() string {
	visitor := proxy.Of(v.R.Context())
	a := visitor.Address.Unmap()
	if !a.IsValid() || visitor.IsProxy {
		return ""
	}
	if a.Is6() {
		if prefix, err := a.Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return a.String()
}
