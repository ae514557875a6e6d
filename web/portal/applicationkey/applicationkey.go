// Package applicationkey is the engine of keys to applications that were made without a login. A key opens one application. It is in a
// cookie of the browser that has made the application, or in a mail that goes to the address in the application; the first press on what the
// mail leads to spends it for a cookie.
//
// Rules. A key has 256 random bits; the store has its hash, and nothing else has the key of a mail but the mail: it is made when that is
// sent. The link has the key in its fragment, which browsers do not send, and the page posts it: so it is in no log. A visitor without
// a key gets one answer for every number, so that they cannot learn which applications there are.
package applicationkey

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Path is where applications without a login begin, and below which the pages of one lie. ResumePath takes a key, or sends another.
const (
	Path       = "/mali-muhur-basvuru"
	ResumePath = Path + "/devam"
)

const (
	cookie = "anahtar"
	// A browser has its key as long as somebody needs for a form; a mail is read within days.
	browserLifetime = 4 * time.Hour
	linkLifetime    = 7 * 24 * time.Hour
	maxKey          = 100 // characters that are looked up
)

// Store is the part of the store that keys need, as store.Store has it.
type Store interface {
	Application(ctx context.Context, reference string) (application.Application, error)
	PutApplicationKey(ctx context.Context, k store.ApplicationKey) error
	OpenApplicationLink(ctx context.Context, link store.Hash, browser store.ApplicationKey, now time.Time) (string, error)
	ApplicationByKey(ctx context.Context, browser store.Hash, now time.Time) (string, error)
	DeleteApplicationKey(ctx context.Context, browser store.Hash) error
	PutJobs(ctx context.Context, jobs ...store.Job) error
}

// Options is what an Engine is made of. All are required.
type Options struct {
	Store     Store
	Transport letters.Transport
	Address   *url.URL // of the portal's first page
	// Woken is told that jobs were put down.
	Woken func()
	Now   func() time.Time
}

// Engine gives and takes keys. It is safe for concurrent use; several processes may have one on the same store.
type Engine struct{ Options }

// New returns an engine.
func New(o Options) *Engine { return &Engine{o} }

// Give gives the visitor's browser a key to an application.
func (e *Engine) Give(v *site.Visit, application string) error {
	secret, key := e.newBrowserKey()
	key.Application = application
	if err := e.Store.PutApplicationKey(v.R.Context(), key); err != nil {
		return fmt.Errorf("application key: %w", err)
	}
	v.SetCookie(cookie, secret, browserLifetime)
	return nil
}

// Open spends the key of a mail for one of the visitor's browser, and returns which application it opens. Refusals: refusal.KeyInvalid.
func (e *Engine) Open(v *site.Visit, link string) (application string, err error) {
	if link == "" || len(link) > maxKey {
		return "", fault.Errorf(refusal.KeyInvalid, "a key of %d bytes", len(link))
	}
	secret, key := e.newBrowserKey()
	application, err = e.Store.OpenApplicationLink(v.R.Context(), store.HashOf(link), key, e.Now())
	if errors.Is(err, store.ErrNotFound) {
		return "", fault.Errorf(refusal.KeyInvalid, "no link has this key now")
	}
	if err != nil {
		return "", fmt.Errorf("application key: %w", err)
	}
	v.SetCookie(cookie, secret, browserLifetime)
	return application, nil
}

func (e *Engine) newBrowserKey() (secret string, key store.ApplicationKey) {
	secret = site.NewSecret()
	return secret, store.ApplicationKey{Hash: store.HashOf(secret), Use: store.BrowserKey, ExpiresAt: e.Now().Add(browserLifetime)}
}

// Opened returns which application the visitor's browser has a key to, "" for none.
func (e *Engine) Opened(v *site.Visit) (application string, err error) {
	secret, ok := v.Cookie(cookie)
	if !ok || len(secret) > maxKey {
		return "", nil
	}
	application, err = e.Store.ApplicationByKey(v.R.Context(), store.HashOf(secret), e.Now())
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("application key: %w", err)
	}
	return application, nil
}

// Application returns the application that the path value "reference" names, if the visitor's browser has a key to it. Refusals:
// refusal.KeyRequired, also where there is no such application.
func (e *Engine) Application(v *site.Visit) (a application.Application, err error) {
	v.W.Header().Set("Cache-Control", "no-store") // what it says is not for the next user of the browser
	named := v.R.PathValue("reference")
	opened, err := e.Opened(v)
	if err != nil {
		return a, err
	}
	if !reference.Valid(named) || named != opened {
		return a, fault.New(refusal.KeyRequired, nil)
	}
	if a, err = e.Store.Application(v.R.Context(), named); err != nil {
		return a, fmt.Errorf("application: %w", err)
	}
	if !a.WithoutLogin() { // erased
		return a, fault.New(refusal.KeyRequired, nil)
	}
	return a, nil
}

// Browser returns the hash of the key that the visitor's browser has, after Application has found that it opens one.
func (e *Engine) Browser(v *site.Visit) store.Hash {
	secret, _ := v.Cookie(cookie)
	return store.HashOf(secret)
}

// Close takes the key from the visitor's browser.
func (e *Engine) Close(v *site.Visit) error {
	if secret, ok := v.Cookie(cookie); ok && len(secret) <= maxKey {
		if err := e.Store.DeleteApplicationKey(v.R.Context(), store.HashOf(secret)); err != nil {
			return fmt.Errorf("application key: %w", err)
		}
	}
	v.SetCookie(cookie, "", 0)
	return nil
}
