// Package notice is the engine of mails that people wait for: what has become of an application or a certificate (Effect), or of an order
// (OrderEffect), and that a certificate ends soon (PutReminders). Each is a job, which names an application or an order and no person; what it
// says, and to whom, is looked up when it is sent.
//
// A mail goes to the address in the application's form or on record, in Turkish and English. It has no citizen number, no reason that
// somebody wrote, and no link but to the portal's first page: people should not learn to follow links in mails.
package notice

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/jobs"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// The kinds of jobs that tell of a change, by mail and by SMS.
const (
	Kind    = "notice"
	SMSKind = "sms"
)

// lifetime is for how long a notice is of use.
const lifetime = 7 * 24 * time.Hour

// Store is the part of the store that notices need.
type Store interface {
	Application(ctx context.Context, reference string) (application.Application, error)
	Order(ctx context.Context, reference string) (order.Order, error)
	ApplicationHistory(ctx context.Context, reference string) ([]application.Change, error)
	ApplicationsOf(ctx context.Context, citizenNumber string, limit int) ([]application.Application, error)
	ApplicationsEnding(ctx context.Context, from time.Time, after string, until time.Time, limit int) ([]application.Application, error)
	PutJobs(ctx context.Context, jobs ...store.Job) error
}

// Options is what a Notices is made of. All are required.
type Options struct {
	Store     Store
	Contacts  letters.Contacts
	Transport letters.Transport
	Address   *url.URL // of the portal's first page
	// KeyPath is where whoever has applied without a login gets a key to their application.
	KeyPath string
	Rules   application.Rules
	// Days are how many days before a certificate's end its holder is reminded.
	Days []int
	// Woken is told that jobs were put down.
	Woken func()
	Log   *slog.Logger
	Now   func() time.Time
}

// Notices tells people. It is safe for concurrent use; several processes may have one on the same store.
type Notices struct{ Options }

// New returns notices.
func New(o Options) *Notices { return &Notices{o} }

// Handlers are those of the jobs that Effect and PutReminders put down.
func (n *Notices) Handlers() map[string]jobs.Handler {
	return map[string]jobs.Handler{Kind: n.tell, SMSKind: n.tellBySMS, ReminderKind: n.remind, OrderKind: n.tellOfOrder}
}

// told is a change of which the person is told.
type told struct {
	sentence string // how its sentences begin
	event    application.Event
	to       application.State
	byOthers bool // not where the person did it
	passes   bool // of no use any more once the application is in another state
	sms      bool // also by SMS, where these are sent
}

var allTold = []told{
	{"notice.invited.", application.Create, application.PreApplied, true, true, false},
	{"notice.invited.", application.Correct, application.PreApplied, true, true, false},
	{"notice.returned.", application.Return, application.Draft, true, true, false},
	{"notice.rejected.", application.Reject, application.Rejected, false, false, false},
	{"notice.payment.", application.Accept, application.PaymentDue, false, true, false},
	{"notice.held.", application.Accept, application.Held, false, true, false},
	{"notice.held.", application.Pay, application.Held, false, true, false},
	{"notice.ready.", application.Produce, application.Produced, false, true, false},
	{"notice.courier.", application.Dispatch, application.WithCourier, false, true, true},
	{"notice.came_back.", application.ReturnToSender, application.Produced, false, true, false},
	{"notice.delivered.", application.Deliver, application.Delivered, false, true, false},
	{"notice.active.", application.Activate, application.Active, false, false, false},
	{"notice.suspended.", application.Suspend, application.Suspended, false, false, false},
	{"notice.resumed.", application.Resume, application.Active, false, false, false},
	{"notice.revoked.", application.Revoke, application.Revoked, false, false, false},
	{"notice.cancelled.", application.Cancel, application.Cancelled, true, false, false},
}

// find returns what a person is told of a change. What an officer enters anew before the person has seen it is no news.
func find(c application.Change) (told, bool) {
	if c.From == c.To {
		return told{}, false
	}
	i := slices.IndexFunc(allTold, func(one told) bool {
		return one.event == c.Event && one.to == c.To && (!one.byOthers || c.By != application.Person)
	})
	if i < 0 {
		return told{}, false
	}
	return allTold[i], true
}

// Effect is a progress.Effect.
func (n *Notices) Effect(_, after application.Application, c application.Change) (all []store.Job, err error) {
	what, ok := find(c)
	if !ok || c.Event == application.Produce && !after.InPerson() { // a courier's number is told when there is one
		return nil, nil
	}
	kinds := []string{Kind}
	if what.sms && n.Contacts.Mail != nil && n.Contacts.Mail.SendsSMS() {
		kinds = append(kinds, SMSKind)
	}
	for _, kind := range kinds {
		all = append(all, store.Job{
			Key: fmt.Sprintf("%s/%s/%d", kind, after.Reference, after.Version), Kind: kind, Application: after.Reference,
			DueAt: c.At, ExpiresAt: c.At.Add(lifetime),
		})
	}
	return all, nil
}

// find returns the application that a job is about, and what its person is told; false where that is of no use any more.
func (n *Notices) find(ctx context.Context, j store.LeasedJob) (a application.Application, what told, ok bool, err error) {
	version, err := strconv.Atoi(j.Key[strings.LastIndexByte(j.Key, '/')+1:])
	if err != nil {
		return a, what, false, fmt.Errorf("%w: the key has no version", jobs.ErrGiveUp)
	}
	if a, err = n.application(ctx, j.Application); err != nil {
		return a, what, false, err
	}
	history, err := n.Store.ApplicationHistory(ctx, a.Reference)
	if err != nil {
		return a, what, false, fmt.Errorf("history: %w", err)
	}
	i := slices.IndexFunc(history, func(c application.Change) bool { return c.Version == version })
	if i < 0 {
		return a, what, false, fmt.Errorf("%w: there is no version %d", jobs.ErrGiveUp, version)
	}
	what, ok = find(history[i])
	return a, what, ok && (!what.passes || a.State == what.to), nil
}

// tell is the handler of notices by mail.
func (n *Notices) tell(ctx context.Context, j store.LeasedJob) error {
	a, what, ok, err := n.find(ctx, j)
	if err != nil || !ok {
		return err
	}
	return n.send(ctx, j.Key, a, what.sentence, func(l message.Language) []string {
		return []string{
			"shipment", a.Shipment, "from", site.Day(l, a.Replaces.Add(-n.Rules.ProduceBefore)), "until", site.Day(l, a.Certificate.NotAfter),
		}
	})
}

// application is what a job is about.
func (n *Notices) application(ctx context.Context, reference string) (application.Application, error) {
	a, err := n.Store.Application(ctx, reference)
	if errors.Is(err, store.ErrNotFound) {
		return a, fmt.Errorf("%w: there is no such application", jobs.ErrGiveUp)
	}
	if err != nil {
		return a, fmt.Errorf("application: %w", err)
	}
	return a, nil
}

// send sends a mail about an application to whoever it is of. Who cannot be reached is not told.
func (n *Notices) send(ctx context.Context, key string, a application.Application, sentence string, pairs func(message.Language) []string) error {
	to, err := n.address(ctx, a)
	if err != nil || to == "" {
		return err
	}
	frame, page := "notice.frame", n.Address
	if a.WithoutLogin() {
		frame, page = "notice.frame.without_login", n.Address.JoinPath(n.KeyPath)
	}
	text := n.text(frame, page, sentence, func(l message.Language) []string {
		return append(pairs(l), "kind", message.Text(l, "application.kind."+string(a.Kind)), "reference", a.Reference)
	})
	return n.deliver(ctx, letters.Letter{ID: letterID(key), To: to, Subject: n.subject(sentence), Text: text})
}

// deliver has a letter delivered, and the job given up where that is refused for good.
func (n *Notices) deliver(ctx context.Context, l letters.Letter) error {
	err := n.Transport.Deliver(ctx, l)
	if errors.Is(err, letters.ErrUndeliverable) {
		return errors.Join(jobs.ErrGiveUp, err)
	}
	return err
}

// letterID is the same at each attempt, so that a reader's program can tell a mail that comes twice, and tells nothing.
func letterID(key string) string {
	sum := sha256.Sum256([]byte(key))
	return fmt.Sprintf("%x", sum[:16])
}

// address is where the person of an application is told: while it is an application at the address in its form, which they want
// for it, and later at the one on record.
func (n *Notices) address(ctx context.Context, a application.Application) (string, error) {
	typed := a.Form["mail"]
	if !letters.ValidAddress(typed) {
		typed = ""
	}
	if a.CitizenNumber == "" { // made without a login, or erased: there is no other address
		return typed, nil
	}
	if typed != "" && a.Certificate.Serial == "" {
		return typed, nil
	}
	known, err := n.Contacts.NoticeAddress(ctx, a.CitizenNumber)
	if err != nil || known != "" {
		return known, err
	}
	return typed, nil
}

var languages = []message.Language{message.Turkish, message.English}

func (n *Notices) subject(sentence string) string {
	s := message.Sentence(sentence + "subject")
	return s.TR + " / " + s.EN
}

// text says the same in both languages, one below the other, in a frame that leads to a page; the pairs are for both.
func (n *Notices) text(frame string, page *url.URL, sentence string, pairs func(message.Language) []string) string {
	var parts []string
	for _, l := range languages {
		all := append(pairs(l), "site", page.String())
		parts = append(parts, message.Text(l, frame, append(all, "text", message.Text(l, sentence+"text", all...))...))
	}
	return strings.Join(parts, "\n———\n\n")
}
