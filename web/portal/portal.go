// Package portal is the site on which a person gives and withdraws E-Onay, and gets a new PIN for a card.
//
// Rules of its pages. One thing a page, one primary button, its verb the act itself. Everything up to
// the signature works without scripts; no page needs one to be read. Errors stand at the top, in
// words, with the way on; the stable code is small, for the help desk. Every sentence is in
// internal/message. No page and no log line holds a whole citizen number.
//
// Rules of its requests. Nothing is believed but the verified identity token and the verified
// signature. A GET changes nothing. A signature is judged over the bytes that the portal stored,
// never over bytes that come with it. It is put on record as received before the network is asked, and judged to the end
// before the one transaction that makes it an act. A PUK leaves
// sealed for one machine and one claim, after its release is on record; it is in no log and no error.
package portal

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/e-onay/e-onay/internal/redact"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// Verifier judges a signature over a document, and a certificate alone, as relyingparty.Verifier does.
type Verifier interface {
	CheckAt(signature, document []byte, received time.Time) (*relyingparty.Evidence, error)
	CheckCertificate(certificate []byte) (*relyingparty.Evidence, error)
	Prove(ctx context.Context, e *relyingparty.Evidence) error
}

// Options is what a portal is made of. All fields are required but CardLogins, Courier and Now.
type Options struct {
	Settings *Settings
	// Address is the public address, without a path.
	Address  *url.URL
	Store    store.Store
	Verifier Verifier
	// CardLogins judge the logins with a card that the portal offers. Origin, Key and Used are its own.
	CardLogins CardLogins
	// Courier brings letters to people; nil means the settings' mail server.
	Courier Courier
	Log     *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Portal answers the site's requests, and judges the signatures that have arrived (Judge). It keeps nothing that another
// portal process on the same store would need.
type Portal struct {
	settings *Settings
	address  *url.URL
	store    store.Store
	verifier Verifier
	cards    CardLogins
	log      *slog.Logger
	now      func() time.Time
	gateway  *gateway
	puks     *pukSafe            // nil where no PUKs are released
	tpmRoots []*x509.Certificate // none where no TPM is believed
	codes    *codeHasher
	courier  Courier                     // nil where no letters are sent
	letters  chan struct{}               // has a value when a letter is in the outbox
	requests *relyingparty.RequestSigner // nil where requests are not signed
	pages    pages
	static   map[string]asset
	policy   string        // Content-Security-Policy
	proving  chan struct{} // one value for each request that waits for the network
	turns    turns
	judges   *judges
	health   health
}

// maxProving bounds the requests that wait for the network in one process. It is more than one responder may keep
// (package revocation), so that one that hangs leaves room for the others.
const maxProving = 256

// New returns a portal. It does not wait for the OpenID provider, which may come up later.
func New(o Options) (*Portal, error) {
	issuer, err := url.Parse(o.Settings.Issuer)
	if err != nil {
		return nil, fmt.Errorf("portal: issuer: %w", err)
	}
	p := &Portal{
		settings: o.Settings,
		address:  o.Address,
		store:    o.Store,
		verifier: o.Verifier,
		log:      slog.New(redact.Handler(o.Log.Handler())),
		now:      o.Now,
		policy:   contentPolicy(issuer, o.Settings.GatewayOrigins),
		courier:  o.Courier,
		letters:  make(chan struct{}, 1),
		proving:  make(chan struct{}, maxProving),
		judges:   newJudges(),
	}
	if p.now == nil {
		p.now = time.Now
	}
	if p.gateway, err = newGateway(o.Settings, o.Address); err != nil {
		return nil, err
	}
	if p.cards, err = o.CardLogins.at(o.Address, o.Settings.ClientSecret, o.Store.UsedChallenges()); err != nil {
		return nil, err
	}
	if p.puks, err = openSafe(o.Settings); err != nil {
		return nil, err
	}
	if p.tpmRoots, err = openTPMRoots(o.Settings); err != nil {
		return nil, err
	}
	if err := p.openLetters(); err != nil {
		return nil, err
	}
	if p.requests, err = openRequests(o.Settings, o.Address, p.now); err != nil {
		return nil, err
	}
	if p.pages, err = parsePages(); err != nil {
		return nil, err
	}
	if p.static, err = readAssets(); err != nil {
		return nil, err
	}
	if _, err := p.text(store.Give); err != nil {
		return nil, err
	}
	return p, nil
}

// Handler returns the site.
func (p *Portal) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", p.page(p.home))
	mux.Handle("GET /giris", p.page(p.loginPage))
	mux.Handle("POST /giris", p.page(p.login))
	mux.Handle("GET "+callbackPath, p.page(p.callback))
	mux.Handle("GET "+cardLoginPath+"/{way}", p.page(p.cardLoginPage))
	mux.Handle("POST "+cardLoginPath+"/{way}/sorgu", p.script(p.cardChallenge))
	mux.Handle("POST "+cardLoginPath+"/{way}", p.script(p.cardLogin))
	mux.Handle("POST /cikis", p.page(p.logout))
	mux.Handle("POST /dil", p.page(p.setLanguage))
	mux.Handle("GET /nes", p.personal(p.menu))
	mux.Handle("GET /nes/e-onay", p.personal(p.consentPage))
	mux.Handle("POST /nes/e-onay", p.personal(p.consent))
	mux.Handle("GET /nes/e-onay/imza", p.personal(p.signaturePage))
	mux.Handle("GET /nes/e-onay/imza/belge", p.personal(p.document))
	mux.Handle("GET "+requestPath, p.program(p.request))
	mux.Handle("POST /nes/e-onay/imza/kod", p.personal(p.newCode))
	mux.Handle("POST /nes/e-onay/imza", p.program(p.signature))
	mux.Handle("GET /nes/e-onay/sonuc", p.personal(p.result))
	mux.Handle("GET "+resultStatePath, p.program(p.resultState))
	mux.Handle("GET /nes/e-onay/sonuc/{reference}/{part}", p.personal(p.evidence))
	mux.Handle("GET "+pinPath, p.personal(p.pinPage))
	mux.Handle("POST "+pinPath, p.personal(p.pin))
	mux.Handle("GET "+oneTimeCodePath, p.personal(p.oneTimeCodePage))
	mux.Handle("POST "+oneTimeCodePath, p.personal(p.oneTimeCode))
	mux.Handle("GET "+pinActPath, p.personal(p.pinActPage))
	mux.Handle("POST "+pinActPath+"/kod", p.personal(p.newPINCode))
	mux.Handle("POST "+claimPath, p.program(p.claim))
	mux.Handle("POST "+pinResultPath, p.program(p.report))
	mux.Handle("GET "+pinResultPath, p.personal(p.pinResult))
	mux.Handle("GET "+machinesPath, p.personal(p.machines))
	mux.Handle("GET "+machinesPath+"/{id}/iptal", p.personal(p.revokePage))
	mux.Handle("POST "+machinesPath+"/{id}/iptal", p.personal(p.revoke))
	mux.Handle("GET /kurulum", p.page(p.installation))
	mux.Handle("GET /kurulum/{file}", p.page(p.download))
	if p.requests != nil {
		mux.HandleFunc("GET "+relyingparty.SitePath, p.requests.ServeSite)
	}
	mux.Handle("GET /static/{file}", p.page(p.asset))
	mux.Handle("GET /saglik", p.page(p.readiness))
	mux.Handle("/", p.page(p.notFound))
	return p.logged(p.guarded(mux))
}
