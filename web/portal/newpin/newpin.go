// Package newpin is the feature in which a person gets a new PIN for a card, by its PUK.
//
// The first screen says what is still missing (start.go): a login at the gateway made just now, then a one-time code by
// another channel (onetimecode.go). The last screen shows the act's code (act.go). From there the page's script brings the host's
// claim, and takes the PUK back, sealed for that machine (claim.go, attestation.go); then it brings the host's report of what
// the card did (report.go). A PUK leaves only after its release is on record, and is in no log and no error.
package newpin

import (
	"context"
	"crypto/x509"
	"embed"
	"log/slog"
	"net/url"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/challenge"
	"github.com/e-onay/e-onay/web/portal/gateway"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/safe"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/verification"
)

// Store is the part of the store that this feature needs, as store.Releases and store.Proofs have it.
type Store interface {
	Cards(ctx context.Context, citizenNumber string) ([]store.Card, error)
	Machine(ctx context.Context, citizenNumber, id string) (store.Machine, error)
	Release(ctx context.Context, c store.Claim) (puk []byte, err error)
	Report(ctx context.Context, r store.Report) error
	Released(ctx context.Context, reference string) (store.Release, error)
	ReleasedTo(ctx context.Context, citizenNumber string, limit int) ([]store.Release, error)
	store.Proofs
}

// Options is what the feature is made of.
type Options struct {
	Store        Store
	Challenges   *challenge.Engine
	Verification *verification.Engine
	Gateway      *gateway.Gateway
	Letters      *letters.Outbox
	Safe         *safe.Safe // nil where no PUKs are released
	// Mail is how letters leave; nil where none do. One-time codes go by SMS if CodeBySMS is set, else by mail; with
	// WithoutSecondChannel none are asked for. CodeSecret keys what is kept of them.
	Mail                 *letters.Settings
	CodeBySMS            bool
	WithoutSecondChannel bool
	CodeSecret           string
	// LoginMaxAge and ACRs are as in store.Proof; Wait is how long a person waits after failures.
	LoginMaxAge time.Duration
	ACRs        []string
	Wait        time.Duration
	PerDay      int // how many PUKs a person is released in a day
	// Judged is told of each release, as of signatures in verification.ReceiptsOptions; nil tells nobody.
	Judged func(kind store.Kind, result string)
	// Refuse refuses a certificate that was suspended or revoked here, whatever the authority says of it yet.
	Refuse func(ctx context.Context, citizenNumber string, certificate *x509.Certificate) error
	// Activate is told of a certificate, by its serial number, whose card has got a PIN. What fails is done later by itself.
	Activate func(ctx context.Context, citizenNumber, certificate string) error
	// TPMRoots are the roots of TPM vendors; with none no TPM is believed. RequiresTPM releases PUKs to TPMs only.
	TPMRoots    []*x509.Certificate
	RequiresTPM bool
	Address     *url.URL
	Log         *slog.Logger
	Now         func() time.Time
}

type newpin struct {
	Options
	codes *codeHasher
}

//go:embed pages static
var files embed.FS

const (
	path       = "/nes/pin"
	codePath   = path + "/kod"
	actPath    = path + "/islem"
	claimPath  = path + "/talep"
	resultPath = path + "/sonuc"
)

// New returns the feature.
func New(o Options) (site.Feature, error) {
	codes, err := newCodeHasher(o.CodeSecret)
	if err != nil {
		return site.Feature{}, err
	}
	if o.Judged == nil {
		o.Judged = func(store.Kind, string) {}
	}
	n := &newpin{o, codes}
	start := site.Way{Path: path, Text: "portal.pin"}
	return site.Feature{
		Files: files,
		Start: start,
		Ways: map[fault.Code]site.Way{
			refusal.LoginStale: start, refusal.LoginWeak: start, refusal.ContactUnknown: start, refusal.OneTimeCodeOver: start, refusal.PUKWait: start,
		},
		Routes: []site.Route{
			{Pattern: "GET " + path, Access: site.LoggedIn, LanguageReturn: []string{path}, Serve: n.page},
			{Pattern: "POST " + path, Access: site.LoggedIn, Serve: n.next},
			{Pattern: "GET " + codePath, Access: site.LoggedIn, LanguageReturn: []string{codePath}, Serve: n.codePage},
			{Pattern: "POST " + codePath, Access: site.LoggedIn, Serve: n.confirmCode},
			{Pattern: "GET " + actPath, Access: site.LoggedIn, LanguageReturn: []string{actPath}, Serve: n.actPage},
			{Pattern: "POST " + actPath + "/kod", Access: site.LoggedIn, Serve: n.newCode},
			{Pattern: "POST " + claimPath, Access: site.LoggedIn, Script: true, MaxBody: maxClaimBody, Serve: n.claim},
			{Pattern: "POST " + resultPath, Access: site.LoggedIn, Script: true, MaxBody: maxReportBody, Serve: n.report},
			{Pattern: "GET " + resultPath, Access: site.LoggedIn, LanguageReturn: []string{resultPath}, Serve: n.result},
		},
	}, nil
}
