// Package own is the feature in which a person sees what is theirs: where they are logged in, with a way to end it
// (sessions.go), the documents of their acts (documents.go, receipt.go), one by one or all in one archive (bundle.go), and all that
// is kept of them (record.go, applications.go), with what may be erased of it (erasure.go).
package own

import (
	"context"
	"crypto/x509"
	"embed"
	"net/url"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/gateway"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Store is the part of the store that this feature needs, as store.Store has it.
type Store interface {
	SessionsOf(ctx context.Context, citizenNumber string, now time.Time, idle time.Duration) ([]store.Session, error)
	DeleteSession(ctx context.Context, id store.Hash) error
	DeleteSessionsOf(ctx context.Context, citizenNumber string, except store.Hash) (int, error)
	Act(ctx context.Context, reference string) (store.Act, error)
	ActsOf(ctx context.Context, citizenNumber string, limit int) ([]store.Act, error)
	CopiesOf(ctx context.Context, citizenNumber string, limit int) ([]store.Copy, error)
	Evidence(ctx context.Context, reference string) (store.Evidence, error)
	NewestCopy(ctx context.Context, reference string) (store.Copy, error)
	ReceiptsOf(ctx context.Context, citizenNumber string, limit int) ([]store.Receipt, error)
	LoginsOf(ctx context.Context, citizenNumber string, limit int) ([]store.Login, error)
	TracesOf(ctx context.Context, citizenNumber string, limit int) (store.Traces, error)
	Cards(ctx context.Context, citizenNumber string) ([]store.Card, error)
	Machines(ctx context.Context, citizenNumber string) ([]store.Machine, error)
	ReleasedTo(ctx context.Context, citizenNumber string, limit int) ([]store.Release, error)
	InstitutionsOf(ctx context.Context, citizenNumber string, now time.Time) ([]store.InstitutionChange, error)
	ListsBy(ctx context.Context, citizenNumber string, limit int) ([]store.PeopleList, error)
	ApplicationsOf(ctx context.Context, citizenNumber string, limit int) ([]application.Application, error)
	Draft(ctx context.Context, reference string) (application.DraftForm, error)
	ApplicationHistory(ctx context.Context, reference string) ([]application.Change, error)
	ShipmentEvents(ctx context.Context, reference string) ([]application.ShipmentEvent, error)
	PaymentsOf(ctx context.Context, reference string, limit int) ([]store.Payment, error)
	PaperScan(ctx context.Context, reference string, version int) (application.Scan, error)
	EraseApplication(ctx context.Context, reference string, at time.Time) error
	Erase(ctx context.Context, e store.Erasure) error
}

// Options is what the feature is made of.
type Options struct {
	Store   Store
	Gateway *gateway.Gateway
	// Contacts and Letters are for the address on record, and the letter to it.
	Contacts letters.Contacts
	Letters  *letters.Outbox
	// ForgetAfter is for how long what is over and proves nothing is kept.
	ForgetAfter time.Duration
	Address     *url.URL
	// SignatureCheck is the page that verifies signatures; "" where there is none.
	SignatureCheck string
	// TimeStampAnchors are the roots of time-stamp authorities that signers' certificates do not lead to; empty for none.
	TimeStampAnchors []*x509.Certificate
	Now              func() time.Time
}

type own struct {
	Options
	bundles bundles
}

//go:embed pages
var files embed.FS

const (
	sessionsPath  = "/oturumlarim"
	documentsPath = "/belgelerim"
	dataPath      = "/verilerim"
	erasurePath   = dataPath + "/sil"
)

// New returns the feature.
func New(o Options) site.Feature {
	return newOwn(o, actTimeout).feature()
}

func newOwn(o Options, actTimeout time.Duration) *own {
	return &own{Options: o, bundles: bundles{actTimeout: actTimeout, under: map[string]bool{}}}
}

func (w *own) feature() site.Feature {
	return site.Feature{
		Files: files,
		Routes: []site.Route{
			{Pattern: "GET " + sessionsPath, Access: site.LoggedIn, LanguageReturn: []string{sessionsPath}, Serve: w.sessions},
			{Pattern: "POST " + sessionsPath + "/{handle}/sonlandir", Access: site.LoggedIn, Serve: w.endSession},
			{Pattern: "POST " + sessionsPath + "/sonlandir", Access: site.LoggedIn, Serve: w.endSessions},
			{Pattern: "GET " + documentsPath, Access: site.LoggedIn, LanguageReturn: []string{documentsPath}, Serve: w.documents},
			{Pattern: "GET " + documentsPath + "/{reference}/{part}", Access: site.LoggedIn, Serve: w.document},
			{Pattern: "GET " + documentsPath + "/tumu", Access: site.LoggedIn, Serve: w.bundle},
			{Pattern: "GET " + dataPath, Access: site.LoggedIn, LanguageReturn: []string{dataPath}, Serve: w.kept},
			{Pattern: "GET " + dataPath + "/indir", Access: site.LoggedIn, Serve: w.data},
			{Pattern: "GET " + erasurePath, Access: site.LoggedIn, LanguageReturn: []string{erasurePath}, Serve: w.erasurePage},
			{Pattern: "POST " + erasurePath, Access: site.LoggedIn, Serve: w.erase},
		},
	}
}
