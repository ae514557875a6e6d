package sandbox

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"net/http"

	"github.com/e-onay/e-onay/internal/message"
	pagelibrary "github.com/e-onay/e-onay/web/client"
	"github.com/e-onay/e-onay/web/relyingparty"
)

var errNoPerson = errors.New("the card is that of nobody here")

// cardRoutes are the logins with a card by E-Onay's own extension: the gateway is a site as any other.
func (p *provider) cardRoutes(mux *http.ServeMux, issuer *authority) error {
	mux.Handle("GET "+loginPath+"/e-onay/", http.StripPrefix(loginPath+"/e-onay/", http.FileServerFS(pagelibrary.Files)))
	mux.Handle("GET "+loginPath+"/card.js", http.FileServerFS(loginFiles))
	for name, policy := range map[string]asn1.ObjectIdentifier{"e-imza": oidQualifiedPolicy, "kimlik-karti": oidIdentityPolicy} {
		handler, err := p.cardLogin(wayNamed(name), issuer, policy)
		if err != nil {
			return err
		}
		mux.Handle("GET "+loginPath+"/"+name+"/kart", p.unlessDown(http.HandlerFunc(handler.ServeChallenge)))
		mux.Handle("POST "+loginPath+"/"+name+"/kart", p.unlessDown(http.HandlerFunc(handler.ServeLogin)))
	}
	return nil
}

// cardLogin takes certificates of one policy. The session of its challenges is the login under way.
func (p *provider) cardLogin(by *way, issuer *authority, policy asn1.ObjectIdentifier) (*relyingparty.LoginHandler, error) {
	accepted, err := x509.ParseOID(policy.String())
	if err != nil {
		return nil, fmt.Errorf("sandbox: policy %v: %w", policy, err)
	}
	login := &relyingparty.Login{Origin: p.issuer, Unqualified: by.Name == "kimlik-karti", Verifier: &relyingparty.Verifier{
		Anchors:       []*x509.Certificate{issuer.root.certificate},
		Intermediates: []*x509.Certificate{issuer.intermediate.certificate},
		Policies:      []x509.OID{accepted},
	}}
	if err := login.Check(); err != nil {
		return nil, fmt.Errorf("sandbox: login with a card: %w", err)
	}
	return &relyingparty.LoginHandler{
		Login: login,
		Session: func(_ http.ResponseWriter, r *http.Request) (string, error) {
			request, err := p.store.request(r.URL.Query().Get("id"))
			if err != nil || !request.offers(by) {
				return "", nil // refused as a form that is over
			}
			return by.Name + " " + request.id, nil
		},
		LoggedIn: func(_ http.ResponseWriter, r *http.Request, e *relyingparty.Evidence) (string, error) {
			who := personWith(func(p *person) bool { return p.citizenNumber == e.CitizenNumber })
			if who == nil {
				return "", relyingparty.NewError(relyingparty.CodeCertificateOfAnother, errNoPerson)
			}
			id := r.URL.Query().Get("id")
			if err := p.store.logIn(id, who, by); err != nil {
				return "", relyingparty.NewError(relyingparty.CodeFormExpired, err)
			}
			return p.resume(r.Context(), id), nil
		},
		Purpose: message.Text(message.Turkish, "sandbox.card.purpose"),
	}, nil
}

// takeCard takes the form that stands in for a card, where there is none.
func (p *provider) takeCard(w http.ResponseWriter, r *http.Request, page *loginPage) {
	if who := page.chosen(w, r); who != nil {
		p.logIn(w, r, page, who)
	}
}
