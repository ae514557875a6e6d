package main

import (
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"sync"

	"github.com/e-onay/e-onay/web/client"
	"github.com/e-onay/e-onay/web/relyingparty"
)

//go:embed page
var pages embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{"mask": relyingparty.MaskCitizenNumber}).ParseFS(pages, "page/*.html"))

// site keeps who is logged in. A real one has a database.
type site struct {
	folder   string // of signed files
	mutex    sync.Mutex
	visitors map[string]*visitor // by the session's name
}

// visitor is a person who has logged in with their card.
type visitor struct {
	Name, Number string
	Document     []byte                 // what they are asked to sign
	Evidence     *relyingparty.Evidence // that they did
	Acts         map[string]*act        // the same for documents of other kinds, by the names of kinds
}

func newSite(origin string, verifier *relyingparty.Verifier, requests *relyingparty.RequestSigner, folder string) http.Handler {
	s := &site{folder: folder, visitors: map[string]*visitor{}}
	login := &relyingparty.LoginHandler{
		Login:    &relyingparty.Login{Origin: origin, Verifier: verifier},
		Session:  s.session,
		LoggedIn: s.loggedIn,
		Purpose:  "Siteye giriş",
		Requests: requests,
	}
	signatures := &relyingparty.SignHandler{
		Origin:   origin,
		Verifier: verifier,
		Purpose:  "Metnin imzalanması",
		Name:     "metin.txt",
		Document: s.document,
		Signed:   s.signed,
		Requests: requests,
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", login.ServeChallenge)
	mux.HandleFunc("POST /login", login.ServeLogin)
	mux.HandleFunc("GET /signature", signatures.ServeRequest)
	mux.HandleFunc("POST /signature", signatures.ServeSignature)
	files := &relyingparty.FileHandler{
		Origin:   origin,
		Verifier: verifier,
		Request:  s.request,
		Signed:   s.fileSigned,
		Requests: requests,
		Dir:      folder,
	}
	mux.HandleFunc("GET /documents/{kind}/request", files.ServeRequest)
	mux.HandleFunc("POST /documents/{kind}/file", files.ServeFile)
	mux.HandleFunc("GET /documents/{kind}/content", s.serveContent)
	mux.HandleFunc("GET /documents/{kind}/signed", s.serveSigned)
	mux.HandleFunc("GET /documents/{kind}", s.documents)
	if requests != nil {
		mux.HandleFunc("GET "+relyingparty.SitePath, requests.ServeSite)
	}
	mux.HandleFunc("GET /{$}", s.home)
	for _, file := range []string{"site.css", "site.js", "documents.js"} {
		mux.Handle("GET /page/"+file, http.FileServerFS(pages))
	}
	mux.Handle("GET /e-onay/", http.StripPrefix("/e-onay/", http.FileServerFS(client.Files)))
	return mux
}

const cookie = "session"

// session is the browser's; who asks for a challenge and has none gets one.
func (s *site) session(w http.ResponseWriter, r *http.Request) (string, error) {
	if c, err := r.Cookie(cookie); err == nil {
		return c.Value, nil
	}
	if r.Method != http.MethodGet {
		return "", nil
	}
	return newSession(w), nil
}

// newSession gives the browser a new session. Behind TLS the cookie is Secure too, and its name begins with "__Host-".
func newSession(w http.ResponseWriter) string {
	name := rand.Text()
	http.SetCookie(w, &http.Cookie{Name: cookie, Value: name, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
	return name
}

// loggedIn takes in the person whose card it was. The session gets a new name, which nobody else can know; the old one ends.
func (s *site) loggedIn(w http.ResponseWriter, r *http.Request, e *relyingparty.Evidence) (string, error) {
	if e.CitizenNumber == "" {
		return "", relyingparty.NewError(relyingparty.CodeCertificateOfAnother, nil)
	}
	// The number of the act makes the document one that has not been signed before.
	document := fmt.Appendf(nil, "Deneme sitesi\n\nBu metni okudum ve imzalıyorum.\n\nİşlem: %s\n", rand.Text())
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if c, err := r.Cookie(cookie); err == nil {
		delete(s.visitors, c.Value)
	}
	s.visitors[newSession(w)] = &visitor{Name: e.Holder, Number: e.CitizenNumber, Document: document}
	return "/", nil
}

// visitor returns who is logged in, or an error that says that nobody is. s.mutex is held.
func (s *site) visitor(r *http.Request) (*visitor, error) {
	if c, err := r.Cookie(cookie); err == nil && s.visitors[c.Value] != nil {
		return s.visitors[c.Value], nil
	}
	return nil, relyingparty.NewError(relyingparty.CodeLoginRequired, nil)
}

// document returns the site's own copy of what the person is to sign.
func (s *site) document(_ http.ResponseWriter, r *http.Request) ([]byte, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	v, err := s.visitor(r)
	if err != nil {
		return nil, err
	}
	return v.Document, nil
}

// signed records the evidence, once, if the signature is that of the person who is logged in.
func (s *site) signed(_ http.ResponseWriter, r *http.Request, _ []byte, e *relyingparty.Evidence) (string, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	v, err := s.visitor(r)
	if err != nil {
		return "", err
	}
	if err := e.Of(v.Number); err != nil {
		return "", err
	}
	if v.Evidence != nil {
		return "", relyingparty.NewError(relyingparty.CodeFormExpired, errors.New("it is signed already"))
	}
	v.Evidence = e
	return "/", nil
}

// home shows the page as it is for the person, or for nobody.
func (s *site) home(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	v, _ := s.visitor(r) // nil where nobody is logged in
	show(w, "index.html", map[string]any{"Visitor": v, "Kinds": kinds})
}

// show answers with a page.
func show(w http.ResponseWriter, name string, data any) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'")
	templates.ExecuteTemplate(w, name, data)
}
