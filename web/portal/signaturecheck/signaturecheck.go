// Package signaturecheck is the feature İmza Doğrulama: anybody gives a signed file, and reads what its signatures are worth and why.
//
// It is open to the world, so everything that a request may cost is bounded before it is read: how often and how many at once of one
// address (visitors.go), how many at all (places.go), how much and how slowly (upload.go), and how long it may be judged (judge.go). What is
// beyond that is refused with a sentence.
//
// Nothing is kept. A file is in memory, or in a temporary file that has no name any more (spool.go), until its report is made; no name, no
// content and no finding is in the log. The network is asked for revocation data alone, at the addresses of certificates that lead to
// an anchor of the operator's choice (source.go).
package signaturecheck

import (
	"embed"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
)

// Options is what the feature is made of. Policy, Log and Now are required.
type Options struct {
	Settings Settings
	// Policy says what is trusted. Certificates are at hand to build paths; nothing of them is believed.
	Policy *validation.Policy
	Data   validation.Data
	// Source gets revocation data; nil asks nobody.
	Source *Source
	Log    *slog.Logger
	Now    func() time.Time
}

// Settings are the operator's. The zero value is safe.
type Settings struct {
	// Off leaves the page out.
	Off bool `json:"off,omitempty"`
	// Policy is a file with a validation policy (docs/validation-report.md); empty means the program's own. The portal's anchors
	// are trusted beside those of the policy.
	Policy string `json:"policy,omitempty"`
	// Revocation says about whose certificates the network is asked: empty means those under the portal's anchors, "policy" those under
	// any anchor, "none" nobody's.
	Revocation string `json:"revocation,omitempty"`
	// MaxContentMiB is the largest signed file beside the file of signatures, in MiB; 0 means 100.
	MaxContentMiB int `json:"max_content_mib,omitempty"`
	// PerMinute is how many files one address may have judged in a minute; 0 means 10. Without an address_header in proxy, addresses of this
	// machine are not counted, since they are a proxy's.
	PerMinute int `json:"per_minute,omitempty"`
}

// Values of Settings.Revocation.
const (
	RevocationOfPolicy = "policy"
	RevocationOfNobody = "none"
)

// Defaults and limits of the settings.
const (
	defaultContentMiB = 100
	MaxContentMiB     = 4096
	defaultPerMinute  = 10
	MaxPerMinute      = 1000
)

// Check returns an error that names the setting which cannot be.
func (s Settings) Check() error {
	switch {
	case s.Revocation != "" && s.Revocation != RevocationOfPolicy && s.Revocation != RevocationOfNobody:
		return fmt.Errorf("revocation: %q is neither %q nor %q", s.Revocation, RevocationOfPolicy, RevocationOfNobody)
	case s.MaxContentMiB < 0 || s.MaxContentMiB > MaxContentMiB:
		return fmt.Errorf("max_content_mib: %d is not between 1 and %d", s.MaxContentMiB, MaxContentMiB)
	case s.PerMinute < 0 || s.PerMinute > MaxPerMinute:
		return fmt.Errorf("per_minute: %d is not between 1 and %d", s.PerMinute, MaxPerMinute)
	}
	return nil
}

func (s Settings) maxContent() int64 {
	if s.MaxContentMiB == 0 {
		return defaultContentMiB << 20
	}
	return int64(s.MaxContentMiB) << 20
}

func (s Settings) perMinute() int {
	if s.PerMinute == 0 {
		return defaultPerMinute
	}
	return s.PerMinute
}

type checker struct {
	Options
	visitors *visitors
	uploads  *places
	judging  *places
	// An upload has firstTime, and then as long as it takes at slowest bytes a second.
	firstTime time.Duration
	judgeTime time.Duration
}

//go:embed pages parts static
var files embed.FS

// Path is the feature's page.
const Path = "/imza-dogrulama"

// New returns the feature.
func New(o Options) site.Feature { return newChecker(o).feature() }

func newChecker(o Options) *checker {
	return &checker{
		Options: o, visitors: newVisitors(o.Settings.perMinute(), o.Now),
		uploads: newPlaces(maxUploads, maxWaiting), judging: newPlaces(maxJudged, maxUploads), firstTime: firstTime, judgeTime: judgeTime,
	}
}

func (c *checker) feature() site.Feature {
	again := site.Way{Path: Path, Text: "portal.check.again"}
	ways := map[fault.Code]site.Way{refusal.CheckUpload: again}
	for _, code := range []fault.Code{refusal.CheckBusy, refusal.CheckLimit, refusal.CheckTooLarge} {
		ways[code] = again
	}
	return site.Feature{
		Files: files,
		Ways:  ways,
		Routes: []site.Route{
			{Pattern: "GET " + Path, LanguageReturn: []string{Path}, Serve: c.page},
			{Pattern: "POST " + Path, MaxBody: maxSignature + c.Settings.maxContent() + maxForm, Serve: c.check},
		},
	}
}

// formView is what the form shows.
type formView struct {
	// Separate has a second field, for the file that was signed.
	Separate bool
	// Again says that the person has given a file already.
	Again bool
	// MaxSignature and MaxContent are in bytes.
	MaxSignature, MaxContent int64
}

func (c *checker) form(separate, again bool) formView {
	return formView{separate, again, maxSignature, c.Settings.maxContent()}
}

// page shows the form: with ?dosya=ayri for a signed file beside the file of signatures.
func (c *checker) page(v *site.Visit) error {
	return v.Render(http.StatusOK, "signaturecheck", c.form(v.R.URL.Query().Get("dosya") == "ayri", false), "")
}
