package applicationkey

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/jobs"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// JobKind is that of jobs that send a link.
const JobKind = "applicationkey"

// sendWithin is for how long a link that could not be sent is still wanted.
const sendWithin = 24 * time.Hour

// Effect is a progress.Effect: an application that is made without a login has a link sent.
func (e *Engine) Effect(_, after application.Application, c application.Change) ([]store.Job, error) {
	if c.Event != application.Create || !after.WithoutLogin() {
		return nil, nil
	}
	return []store.Job{linkJob(after.Reference, "1", c.At)}, nil
}

func linkJob(reference, which string, at time.Time) store.Job {
	return store.Job{Key: JobKind + "/" + reference + "/" + which, Kind: JobKind, Application: reference, DueAt: at, ExpiresAt: at.Add(sendWithin)}
}

// SendAnother has another link sent, if the application was made without a login and mail is the address in it. It tells the caller nothing of
// that.
func (e *Engine) SendAnother(ctx context.Context, reference, mail string) error {
	a, err := e.Store.Application(ctx, reference)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("application: %w", err)
	}
	if !a.WithoutLogin() || subtle.ConstantTimeCompare([]byte(a.Form["mail"]), []byte(mail)) != 1 {
		return nil
	}
	if err := e.Store.PutJobs(ctx, linkJob(reference, rand.Text(), e.Now())); err != nil {
		return fmt.Errorf("application key: %w", err)
	}
	e.Woken()
	return nil
}

// Send is the handler of jobs that send a link. Each attempt makes a key, which ends the one before: none is kept until it is sent.
func (e *Engine) Send(ctx context.Context, j store.LeasedJob) error {
	a, err := e.Store.Application(ctx, j.Application)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("%w: there is no such application", jobs.ErrGiveUp)
	}
	if err != nil {
		return fmt.Errorf("application: %w", err)
	}
	to := a.Form["mail"]
	if !a.WithoutLogin() || !letters.ValidAddress(to) {
		return nil // erased, or an address that no server takes
	}
	secret, until := site.NewSecret(), e.Now().Add(linkLifetime)
	key := store.ApplicationKey{Hash: store.HashOf(secret), Application: a.Reference, Use: store.LinkKey, ExpiresAt: until}
	if err := e.Store.PutApplicationKey(ctx, key); err != nil {
		return fmt.Errorf("application key: %w", err)
	}
	err = e.Transport.Deliver(ctx, letters.Letter{ID: letterID(j.Key), To: to, Subject: subject(), Text: e.text(a, secret, until)})
	if errors.Is(err, letters.ErrUndeliverable) {
		return errors.Join(jobs.ErrGiveUp, err)
	}
	return err
}

// letterID is the same at each attempt, and tells nothing.
func letterID(key string) string {
	sum := sha256.Sum256([]byte(key))
	return fmt.Sprintf("%x", sum[:16])
}

func subject() string {
	s := message.Sentence("sealapplication.mail.subject")
	return s.TR + " / " + s.EN
}

// text says the same in both languages, one below the other.
func (e *Engine) text(a application.Application, secret string, until time.Time) string {
	link := e.Address.JoinPath(ResumePath)
	link.Fragment = secret
	var parts []string
	for _, l := range []message.Language{message.Turkish, message.English} {
		parts = append(parts, message.Text(l, "sealapplication.mail.text", "kind", message.Text(l, "application.kind."+string(a.Kind)),
			"reference", a.Reference, "link", link.String(), "key", secret, "until", site.Moment(l, until)))
	}
	return strings.Join(parts, "\n———\n\n")
}
