// Package own is the feature in which a person sees what is theirs: where they are logged in (sessions.go), with a way to end
// it.
package own

import (
	"context"
	"embed"
	"time"

	"github.com/e-onay/e-onay/web/portal/gateway"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Store is the part of the store that this feature needs, as store.Store has it.
type Store interface {
	SessionsOf(ctx context.Context, citizenNumber string, now time.Time, idle time.Duration) ([]store.Session, error)
	DeleteSession(ctx context.Context, id store.Hash) error
	DeleteSessionsOf(ctx context.Context, citizenNumber string, except store.Hash) (int, error)
}

// Options is what the feature is made of. All are required.
type Options struct {
	Store   Store
	Gateway *gateway.Gateway
	Now     func() time.Time
}

type own struct{ Options }

//go:embed pages
var files embed.FS

const sessionsPath = "/oturumlarim"

// New returns the feature.
func New(o Options) site.Feature {
	w := &own{o}
	return site.Feature{
		Files: files,
		Routes: []site.Route{
			{Pattern: "GET " + sessionsPath, Access: site.LoggedIn, LanguageReturn: []string{sessionsPath}, Serve: w.sessions},
			{Pattern: "POST " + sessionsPath + "/{handle}/sonlandir", Access: site.LoggedIn, Serve: w.endSession},
			{Pattern: "POST " + sessionsPath + "/sonlandir", Access: site.LoggedIn, Serve: w.endSessions},
		},
	}
}
