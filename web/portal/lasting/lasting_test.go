package lasting_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/extend"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/lasting"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
	"github.com/e-onay/e-onay/web/portal/store/sqlite/sqlitetest"
)

const (
	hour = time.Hour
	day  = 24 * hour
)

// archive is a database with one recorded act, a keeper, and a time-stamp authority, at a time.
type archive struct {
	*validationtest.World
	store   *sqlite.Store
	keeper  *lasting.Keeper
	policy  *validation.Policy
	now     time.Time
	stampAs func(digest []byte) ([]byte, error)
	stamps  int
}

const reference = "AAAA-BBBB-CCCC-DDDD"

func newArchive(t *testing.T) *archive {
	t.Helper()
	a := openArchive(t)
	signature := a.NewSignature("Onay veriyorum.").Sign()
	signature.Detached = true
	a.record(t, store.Challenge{Kind: store.Give, Document: signature.Content}, signature.DER(), nil)
	return a
}

// newPDFArchive is one whose act is a signed form.
func newPDFArchive(t *testing.T) *archive {
	t.Helper()
	a := openArchive(t)
	before := application.New(application.NES, application.PaidByPerson, 0)
	before.Reference, before.CitizenNumber, before.Version, before.State = "EEEE-FFFF-GGGG-HHHH", "10000000146", 1, application.AwaitingApproval
	at := validationtest.Signed
	if err := a.store.CreateApplication(t.Context(), before, application.Change{Event: application.Create, By: application.Person, At: at}); err != nil {
		t.Fatal(err)
	}
	next, c, err := before.Apply(application.Change{Event: application.Approve, By: application.Person, At: at, Way: application.BySignature, Basis: reference}, application.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	document := pdftest.Simple()
	a.record(t, store.Challenge{Kind: store.Approval, Document: document, Subject: store.SubjectOf(before)}, a.SignPDF(document, at, pades.Options{}),
		&store.Move{Application: next, Change: c})
	return a
}

func openArchive(t *testing.T) *archive {
	t.Helper()
	a := &archive{World: validationtest.New(t), now: validationtest.Signed.Add(time.Minute), policy: validation.DefaultPolicy()}
	a.policy.Anchors = []validation.Anchor{{Certificate: a.Root.Certificate}}
	a.stampAs = func(digest []byte) ([]byte, error) { return a.Stamp(digest, a.now), nil }
	a.store = sqlitetest.Open(t, filepath.Join(t.TempDir(), "portal.db"))
	a.keeper = lasting.New(lasting.Options{
		Store: a.store, Policy: a.policy, Margin: extend.Margin, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return a.now },
		Stamp: func(_ context.Context, _ crypto.Hash, digest []byte) ([]byte, error) {
			a.stamps++
			return a.stampAs(digest)
		},
		Source: func(context.Context) validation.Source { return (*source)(a) },
	})
	return a
}

// source publishes lists of today.
type source archive

func (s *source) Revocation(subject, issuer *x509.Certificate) validation.Data {
	if subject.Equal(s.Signer) {
		return validation.Data{OCSPs: [][]byte{s.OCSP(s.CA, subject, s.now, day)}}
	}
	return validation.Data{CRLs: [][]byte{s.CRL(s.Root, s.now, 7*day)}}
}

// record is an act as the portal records it: of a challenge, whose kind and document are given.
func (a *archive) record(t *testing.T, challenge store.Challenge, signature []byte, move *store.Move) {
	t.Helper()
	ctx, at := t.Context(), validationtest.Signed
	session := store.Session{ID: store.HashOf("A"), CitizenNumber: "10000000146", CreatedAt: at, SeenAt: at, ExpiresAt: at.Add(hour)}
	challenge.Reference, challenge.Session, challenge.CitizenNumber = reference, session.ID, session.CitizenNumber
	challenge.Code, challenge.IssuedAt, challenge.ExpiresAt = "168857414351237", at, at.Add(hour)
	receipt, err := store.Receipt{}, error(nil)
	for _, step := range []func() error{
		func() error { return a.store.CreateSession(ctx, session) },
		func() error {
			return a.store.IssueChallenge(ctx, challenge, store.Limit{Count: 1, Window: hour})
		},
		func() error {
			receipt, err = a.store.Receive(ctx, store.Arrival{Reference: reference, Session: session.ID, SessionIdle: hour, ReceivedAt: at,
				Signature: signature, DueAt: at.Add(hour)})
			return err
		},
		func() error {
			return a.store.Complete(ctx, store.Completion{Receipt: receipt.Number, Reference: reference, Move: move, Evidence: store.Evidence{
				Path:        [][]byte{a.Signer.Raw, a.CA.Certificate.Raw, a.Root.Certificate.Raw},
				OCSP:        []store.Answer{{DER: a.OCSP(a.CA, a.Signer, at, day)}},
				CRLs:        []store.Answer{{DER: a.CRL(a.Root, at, 7*day)}},
				SigningTime: at, VerifiedAt: at, RecordedAt: at,
			}})
		},
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
}

// next makes an attempt, and wants that something was done, or not.
func (a *archive) next(t *testing.T, want bool) {
	t.Helper()
	worked, err := a.keeper.Next(t.Context())
	if err != nil || worked != want {
		t.Fatalf("at %v: worked %v, %v", a.now, worked, err)
	}
}

func (a *archive) copy(t *testing.T) (store.Copy, store.Evidence) {
	t.Helper()
	c, err := a.store.NewestCopy(t.Context(), reference)
	if err != nil {
		t.Fatal(err)
	}
	e, err := a.store.Evidence(t.Context(), reference)
	if err != nil {
		t.Fatal(err)
	}
	return c, e
}

// TestKeeper keeps an act for twenty years: a copy at once, and another one before the authority's certificate ends.
func TestKeeper(t *testing.T) {
	a := newArchive(t)
	a.next(t, true)
	a.next(t, false)
	c, e := a.copy(t)
	if err := lasting.Prove(a.policy, c, e); err != nil || c.Version != 1 || !c.LastsUntil.Equal(validationtest.Day(2040, 1, 1)) {
		t.Errorf("version %d lasts until %v: %v", c.Version, c.LastsUntil, err)
	}
	due := validationtest.Day(2040, 1, 1).Add(-extend.Margin)
	a.now = due.Add(-hour)
	a.next(t, false)
	a.now = due
	a.TSA = a.NewTSA(a.Root, validationtest.Between(validationtest.Day(2037, 1, 1), validationtest.Day(2049, 1, 1)))
	a.next(t, true)
	next, e := a.copy(t)
	if err := lasting.Prove(a.policy, next, e); err != nil || next.Version != 2 || !next.LastsUntil.Equal(validationtest.Day(2049, 1, 1)) || a.stamps != 3 {
		t.Errorf("version %d lasts until %v, after %d time stamps: %v", next.Version, next.LastsUntil, a.stamps, err)
	}
	if err := lasting.Prove(a.policy, c, e); err != nil {
		t.Errorf("the version before: %v", err)
	}
}

// TestKeeperOfForms keeps a signed form: its copy is a PDF that goes on from the one that arrived, and is stamped again.
func TestKeeperOfForms(t *testing.T) {
	a := newPDFArchive(t)
	a.next(t, true)
	a.next(t, false)
	c, e := a.copy(t)
	if err := lasting.Prove(a.policy, c, e); err != nil || !bytes.HasPrefix(c.Signature, e.Signature) || len(c.Signature) == len(e.Signature) {
		t.Errorf("a copy of %d bytes of a form of %d: %v", len(c.Signature), len(e.Signature), err)
	}
	pdftest.Check(t, c.Signature)
	a.now = validationtest.Day(2040, 1, 1).Add(-extend.Margin)
	a.TSA = a.NewTSA(a.Root, validationtest.Between(validationtest.Day(2037, 1, 1), validationtest.Day(2049, 1, 1)))
	a.next(t, true)
	next, e := a.copy(t)
	if err := lasting.Prove(a.policy, next, e); err != nil || next.Version != 2 || !bytes.HasPrefix(next.Signature, c.Signature) {
		t.Errorf("version %d: %v", next.Version, err)
	}
	other := c
	other.Signature = a.SignPDF(pdftest.Simple(), validationtest.Signed, pades.Options{Reason: "başka"})
	if err := lasting.Prove(a.policy, other, e); err == nil {
		t.Error("another signature of the same form is taken for a copy")
	}
}

// TestKeeperWaits comes back after failures, later each time, and leaves nothing half done.
func TestKeeperWaits(t *testing.T) {
	a := newArchive(t)
	good := a.stampAs
	a.stampAs = func([]byte) ([]byte, error) { return nil, fault.New(fault.TimestampUnavailable, errors.New("away")) }
	for _, wait := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute} {
		a.next(t, true)
		a.now = a.now.Add(wait - time.Second)
		a.next(t, false)
		a.now = a.now.Add(time.Second)
	}
	if _, err := a.store.NewestCopy(t.Context(), reference); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a copy without a time stamp: %v", err)
	}
	if state, err := a.store.LastingState(t.Context(), a.now, a.now); err != nil || state != (store.LastingState{Missing: 1, Failing: 1}) {
		t.Errorf("%+v, %v", state, err)
	}
	a.stampAs = good
	a.next(t, true)
	if c, e := a.copy(t); lasting.Prove(a.policy, c, e) != nil {
		t.Error("it is not proven")
	}
}

// TestKeeperOfTheLate makes a copy of an act that was recorded long before, and gives up for a month where nothing can be proven any more.
func TestKeeperOfTheLate(t *testing.T) {
	a := newArchive(t)
	a.now = validationtest.Signed.AddDate(1, 0, 0)
	a.next(t, true)
	if c, e := a.copy(t); lasting.Prove(a.policy, c, e) != nil {
		t.Error("it is not proven")
	}
	a = newArchive(t)
	a.now = validationtest.Day(2028, 1, 1) // the signer's certificate has expired
	a.next(t, true)
	if a.stamps > 0 {
		t.Error("an authority was asked in vain")
	}
	a.now = a.now.Add(29 * day)
	a.next(t, false)
	a.now = a.now.Add(day)
	a.next(t, true)
}

// TestProve finds what is no copy of the act.
func TestProve(t *testing.T) {
	a := newArchive(t)
	a.next(t, true)
	good, e := a.copy(t)
	other := newArchive(t)
	other.next(t, true)
	for _, test := range []struct {
		name   string
		change func(c *store.Copy, e *store.Evidence, p *validation.Policy)
	}{
		{"another signature", func(c *store.Copy, _ *store.Evidence, _ *validation.Policy) {
			another, _ := other.copy(t)
			c.Signature = another.Signature
		}},
		{"the evidence itself", func(c *store.Copy, e *store.Evidence, _ *validation.Policy) { c.Signature = e.Signature }},
		{"another document", func(_ *store.Copy, e *store.Evidence, _ *validation.Policy) { e.Document = []byte("Olay veriyorum.") }},
		{"garbage", func(c *store.Copy, _ *store.Evidence, _ *validation.Policy) { c.Signature = []byte("x") }},
		{"lasts for longer", func(c *store.Copy, _ *store.Evidence, _ *validation.Policy) {
			c.LastsUntil = c.LastsUntil.AddDate(1, 0, 0)
		}},
		{"lasts for ever", func(c *store.Copy, _ *store.Evidence, _ *validation.Policy) { c.LastsUntil = time.Time{} }},
		{"no anchor", func(_ *store.Copy, _ *store.Evidence, p *validation.Policy) { p.Anchors = nil }},
		{"of before its time stamps", func(c *store.Copy, _ *store.Evidence, _ *validation.Policy) { c.MadeAt = c.MadeAt.Add(-hour) }},
	} {
		c, evidence, policy := good, e, *a.policy
		test.change(&c, &evidence, &policy)
		if err := lasting.Prove(&policy, c, evidence); err == nil {
			t.Errorf("%s: proven", test.name)
		}
	}
}
