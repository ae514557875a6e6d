package relyingparty_test

import (
	"crypto/rand"
	"fmt"
	"log"
	"net/http"
	"sync"

	"github.com/e-onay/e-onay/web/relyingparty"
)

// A whole site on which people log in with a card. Its page gets a nonce from /login, has it signed, and posts nonce and
// token.
func ExampleLoginHandler() {
	site := newSite("https://giris.example", &relyingparty.Verifier{ /* as in the package's example */ })
	log.Fatal(http.ListenAndServeTLS(":443", "giris.pem", "giris.key", site))
}

type site struct {
	mutex  sync.Mutex
	people map[string]string // who is logged in, by session
}

func newSite(origin string, verifier *relyingparty.Verifier) http.Handler {
	s := &site{people: map[string]string{}}
	login := &relyingparty.LoginHandler{
		Login:   &relyingparty.Login{Origin: origin, Verifier: verifier},
		Session: s.session, LoggedIn: s.loggedIn,
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /login", login.ServeChallenge)
	mux.HandleFunc("POST /login", login.ServeLogin)
	return mux
}

func (s *site) home(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if c, err := r.Cookie("__Host-session"); err == nil && s.people[c.Value] != "" {
		fmt.Fprintf(w, "Hoş geldiniz, %s\n", s.people[c.Value])
		return
	}
	fmt.Fprintln(w, "Giriş yapmadınız")
}

// session is what the cookie says; who asks for a challenge and has none gets one.
func (s *site) session(w http.ResponseWriter, r *http.Request) (string, error) {
	if c, err := r.Cookie("__Host-session"); err == nil {
		return c.Value, nil
	}
	if r.Method != http.MethodGet {
		return "", nil
	}
	return newSession(w), nil
}

func newSession(w http.ResponseWriter) string {
	name := rand.Text()
	http.SetCookie(w, &http.Cookie{Name: "__Host-session", Value: name, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	return name
}

// loggedIn gives the session a new name, under which it is the person's.
func (s *site) loggedIn(w http.ResponseWriter, _ *http.Request, e *relyingparty.Evidence) (string, error) {
	if e.CitizenNumber == "" {
		return "", relyingparty.NewError(relyingparty.CodeCertificateOfAnother, nil)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.people[newSession(w)] = e.Holder
	return "/", nil
}
