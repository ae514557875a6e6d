package site

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/web/portal/agent"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Sessions is the part of the store that the site needs, as store.Store has it.
type Sessions interface {
	CreateSession(ctx context.Context, s store.Session) error
	Session(ctx context.Context, id store.Hash, now time.Time, idle time.Duration) (store.Session, error)
	TouchSession(ctx context.Context, id store.Hash, seen time.Time) error
	DeleteSession(ctx context.Context, id store.Hash) error
}

// A session ends SessionIdle after the last request, and SessionLifetime after the login at the latest.
const (
	SessionIdle     = 30 * time.Minute
	SessionLifetime = 8 * time.Hour
	// sessionTouch is how exactly the last request is known: it saves a write on most requests.
	sessionTouch = time.Minute

	sessionCookie = "oturum"
)

// recognise finds the session of the request's cookie.
func (v *Visit) recognise() error {
	secret, ok := v.Cookie(sessionCookie)
	if !ok || len(secret) > 100 {
		return nil
	}
	ctx, id, now := v.R.Context(), store.HashOf(secret), v.site.now()
	session, err := v.site.sessions.Session(ctx, id, now, SessionIdle)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	if now.Sub(session.SeenAt) > sessionTouch {
		// A full disk takes no write, and the person can read their pages all the same.
		if err := v.site.sessions.TouchSession(ctx, id, now); err != nil {
			v.Log().Warn("the session's last request is not noted", "error", err)
		}
	}
	v.Session = &session
	// What a page shows of a person is not for the next user of the browser.
	v.W.Header().Set("Cache-Control", "no-store")
	return nil
}

// StartSession starts the session of a person who has logged in: CitizenNumber, Name, AuthenticatedAt, ACR, AMR and CardLogin are
// the caller's. Each login has a session of its own; the one that this browser had before ends.
func (v *Visit) StartSession(person store.Session) error {
	if err := v.deleteSession(); err != nil {
		return err
	}
	secret, now := NewSecret(), v.site.now()
	person.Device = agent.Read(v.R.Header).Words()
	person.ID, person.CreatedAt, person.SeenAt, person.ExpiresAt = store.HashOf(secret), now, now, now.Add(SessionLifetime)
	if err := v.site.sessions.CreateSession(v.R.Context(), person); err != nil {
		return fmt.Errorf("login: %w", err)
	}
	v.SetCookie(sessionCookie, secret, 0)
	return nil
}

// EndSession logs the person out here.
func (v *Visit) EndSession() error {
	if err := v.deleteSession(); err != nil {
		return err
	}
	v.SetCookie(sessionCookie, "", 0)
	return nil
}

func (v *Visit) deleteSession() error {
	if v.Session == nil {
		return nil
	}
	if err := v.site.sessions.DeleteSession(v.R.Context(), v.Session.ID); err != nil {
		return fmt.Errorf("end of session: %w", err)
	}
	return nil
}

// NewSecret returns 256 random bits in 43 characters.
func NewSecret() string {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	return base64.RawURLEncoding.EncodeToString(secret)
}

// person is what the layout shows of who is logged in.
type person struct{ Name, Number string }

func (v *Visit) person() *person {
	if v.Session == nil {
		return nil
	}
	return &person{v.Session.Name, pki.MaskCitizenNumber(v.Session.CitizenNumber)}
}
