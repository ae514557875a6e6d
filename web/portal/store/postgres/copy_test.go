package postgres_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/test/pgtest"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/order"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/postgres"
	"github.com/e-onay/e-onay/web/portal/store/record"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
	"github.com/e-onay/e-onay/web/portal/store/sqlite/sqlitetest"
)

func openSQLite(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	return sqlitetest.Open(t, path)
}

// fillAll puts something into each table.
func fillAll(t *testing.T, s store.Store) {
	t.Helper()
	ctx, now := t.Context(), time.Now()
	recordAll(t, s)
	must(t, s.PutJobs(ctx, store.Job{Key: "J", Kind: "notice", Payload: []byte{9}, DueAt: now, ExpiresAt: now.Add(time.Hour)}))
	applications, err := s.ApplicationsOf(ctx, ayse, 1)
	must(t, err)
	must(t, s.SaveDraft(ctx, application.DraftForm{Reference: applications[0].Reference, Version: applications[0].Version, Counter: 1, SavedAt: now}))
	must(t, s.NoteStatus(ctx, store.PublishedStatus{Reference: applications[0].Reference, Version: 1, Status: "suspended", At: now}))
	must(t, s.BeginTry(ctx, store.Try{ID: "T", At: now, Subjects: []store.TrySubject{{Subject: store.HashOf("A"), Limit: store.Limit{Count: 1, Window: time.Hour}}}}))
	pay(t, s)
	must(t, s.ChangeRole(ctx, store.RoleChange{CitizenNumber: ayse, Role: store.Reviewer, By: ayse, At: now, Until: now.Add(time.Hour)}))
	must(t, s.ChangeInstitution(ctx, store.InstitutionChange{ID: "belediye", NameTR: "Belediye", At: now}))
	must(t, s.ChangeOfficer(ctx, store.OfficerChange{CitizenNumber: ayse, Institution: "belediye", At: now, Until: now.Add(time.Hour)}))
	list := store.PeopleList{Reference: "K", Institution: "belediye", UploadedBy: ayse, SHA256: sha256.Sum256([]byte("a;b")), Content: []byte("a;b"), Lines: 2, UploadedAt: now}
	must(t, s.PutList(ctx, list, store.ListBounds{Open: 1, Recent: 1}))
	must(t, s.ConfirmList(ctx, "K", ayse, now))
	must(t, s.AdvanceList(ctx, list, store.ListProgress{Done: 1, Refused: []store.RefusedLine{{Line: 2, Code: refusal.ApplicationOpen}}, At: now}))
	must(t, s.ChangeRole(ctx, store.RoleChange{CitizenNumber: "11111111110", Role: store.Reviewer, At: now}))
	must(t, s.AskDecision(ctx, store.Decision{Reference: "D", Kind: "text", Role: store.Reviewer, Asked: []byte{}, AskedBy: ayse, AskedAt: now, Until: now.Add(time.Hour)}))
	must(t, s.EndDecision(ctx, store.DecisionEnd{Reference: "D", Outcome: store.Confirmed, By: "11111111110", At: now}, store.DecisionEffect{
		Role: &store.RoleChange{CitizenNumber: "11111111110", Role: store.Courier, By: "11111111110", At: now}, Texts: []store.LegalText{{Name: "e-onay", InForceAt: now}},
		Announcement: &store.Announcement{Reference: "A", From: now, Until: now, Important: true},
	}))
	must(t, s.CreateSession(ctx, store.Session{ID: store.HashOf("card"), CitizenNumber: ayse, CardLogin: "L", CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour)}))
	certificate := store.CardCertificate{SHA256: store.Fingerprint{1}, NotBefore: now, NotAfter: now.Add(time.Hour)}
	must(t, s.PutCards(ctx, []store.Card{{Serial: "S", CitizenNumber: ayse, PUK: []byte{1}, Contact: []byte{2}, Certificates: []store.CardCertificate{certificate}}}, nil))
	for i, reference := range []string{"R", "Q"} {
		issueIn(t, s, store.HashOf("A"), reference, ayse, store.PIN)
		_, err := s.Release(ctx, store.Claim{Reference: reference, Session: store.HashOf("A"), SessionIdle: time.Hour, ReceivedAt: now, IssuedAt: now, Card: "S", Certificate: certificate.SHA256,
			Machine: store.Machine{ID: "M", Signing: []byte{1}, Sealing: []byte{}, Protection: "tpm", Platform: "linux"}, Claim: []byte{byte(i)}, Signature: []byte{4},
			Proof: store.Proof{LoginMaxAge: time.Hour, WithoutCode: true}, Day: now, PerDay: 2, NewMachineNotice: &store.Message{Sealed: []byte{5}, ExpiresAt: now}})
		must(t, err)
	}
	must(t, s.Report(ctx, store.Report{Reference: "R", CitizenNumber: ayse, Outcome: fault.PUKIncorrect, Report: []byte{6}, Signature: []byte{7}, ReportedAt: now}))
	must(t, s.SendCode(ctx, store.OneTimeCode{Session: store.HashOf("A"), CitizenNumber: ayse, IssuedAt: now, ExpiresAt: now.Add(time.Hour)}, store.Message{Sealed: []byte{8}},
		store.Sending{Limit: store.Limit{Count: 1, Window: time.Hour}}))
	typed := application.NewSealWithoutLogin(application.Form{"authorised": "AYŞE", "authorised_number": ayse}, 0)
	typed.Reference = "C"
	must(t, s.CreateApplication(ctx, typed, application.Change{Event: application.Create, By: application.Person, At: now}))
	must(t, s.PutApplicationKey(ctx, store.ApplicationKey{Hash: store.HashOf("C"), Application: "C", Use: store.LinkKey, ExpiresAt: now}))
	must(t, s.CreateOrder(ctx, order.Order{Reference: "G", Kind: order.Reader, State: order.Received, Version: 1, Form: application.Form{}, CreatedAt: now}))
	sent := application.Application{Reference: "K", CitizenNumber: "11111111110", Kind: application.NES, State: application.WithCourier, Version: 1, Shipment: "TR1"}
	must(t, s.CreateApplication(ctx, sent, application.Change{Event: application.Create, By: application.Portal, At: now}))
	scanned := application.Application{Reference: "S", CitizenNumber: "11111111101", Kind: application.NES, State: application.UnderReview, Version: 2,
		Approval: application.Approval{Way: application.OnPaper}}
	onPaper := application.Change{Event: application.Approve, Way: application.OnPaper, Scan: application.Scan{MediaType: "image/png", Content: []byte{1}}, At: now,
		From: application.AwaitingApproval, To: application.UnderReview, Version: 2}
	onPaper.Basis = application.PaperBasis("KOD", onPaper.Scan)
	scanned.Approval.Basis = onPaper.Basis
	before := scanned
	before.Version, before.State, before.Approval = 1, application.AwaitingApproval, application.Approval{}
	must(t, s.CreateApplication(ctx, before, application.Change{Event: application.Create, By: application.Portal, At: now}))
	must(t, s.ChangeApplication(ctx, scanned, onPaper))
	lease, err := s.LeaseShipment(ctx, now, now.Add(time.Hour))
	must(t, err)
	must(t, s.KeepShipmentEvents(ctx, lease, []application.ShipmentEvent{{ID: "1", State: application.ShipmentAccepted, At: now}}, now, now, ""))
	must(t, s.UsedChallenges().Use(ctx, strings.Repeat("0a", 32), now))
	_, arrival := issueIn(t, s, store.HashOf("A"), "O", ayse, store.Withdraw)
	_, err = s.Receive(ctx, arrival)
	must(t, err)
}

// wantSome checks that each table that is copied has a row: nothing is equal because there is nothing.
func wantSome(t *testing.T, from record.Rows) {
	t.Helper()
	for _, table := range record.Tables {
		n := 0
		must(t, from.Each(t.Context(), &table, func([]any) error { n++; return nil }))
		if n == 0 {
			t.Errorf("%s has no rows", table.Name)
		}
	}
}

// rowsOf returns the rows of a database.
func rowsOf(t *testing.T, a interface {
	Rows(context.Context) (record.Rows, error)
	Close() error
}, err error) record.Rows {
	t.Helper()
	must(t, err)
	t.Cleanup(func() { a.Close() })
	rows, err := a.Rows(t.Context())
	must(t, err)
	return rows
}

func ignore(record.Finding) {}

// keepSomeInline has acts keep some of their evidence as acts do from before it was kept once.
func keepSomeInline(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	must(t, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	var trigger string
	must(t, db.QueryRow(`SELECT sql FROM sqlite_schema WHERE name = 'act_evidence_kept_2'`).Scan(&trigger))
	for _, statement := range []string{
		`INSERT INTO evidence SELECT * FROM evidence WHERE kind = 'ocsp'`, `INSERT INTO evidence_signer SELECT * FROM evidence_signer`,
		`DROP TRIGGER act_evidence_kept_2`, `DELETE FROM act_evidence WHERE kind IN ('ocsp', 'signer')`, trigger,
	} {
		_, err := db.Exec(statement)
		must(t, err)
	}
}

// TestCopy copies a record from SQLite to PostgreSQL, goes on there, and copies it back. Both copies are equal, by their chains too.
func TestCopy(t *testing.T) {
	dir := t.TempDir()
	first, back := filepath.Join(dir, "first.db"), filepath.Join(dir, "back.db")
	s := openSQLite(t, first)
	fillAll(t, s)
	keepSomeInline(t, first)
	before, err := s.NewestEntry(t.Context())
	must(t, err)
	a, err := sqlite.OpenAudit(t.Context(), first, false, ignore)
	from := rowsOf(t, a, err)
	wantSome(t, from)
	owner, role := served(t)
	there, err := postgres.Receive(t.Context(), owner, false, from)
	must(t, err)
	if there.Rows < len(record.Tables) {
		t.Errorf("%+v", there)
	}
	if found, _ := audit(t, role); len(found) > 0 {
		t.Errorf("the copy: %v", found)
	}
	if _, err := postgres.Receive(t.Context(), owner, false, from); err == nil || !strings.Contains(err.Error(), "rows in it already") {
		t.Errorf("copied twice: %v", err)
	}
	// It goes on where it was.
	p := open(t, role)
	after, err := p.NewestEntry(t.Context())
	must(t, err)
	if after != before {
		t.Errorf("the newest entry is %d, was %d", after.Number, before.Number)
	}
	old, err := p.NewestReceipt(t.Context(), ayse)
	must(t, err)
	must(t, p.Complete(t.Context(), store.Completion{Receipt: old.Number, Reference: old.Reference, Evidence: evidence}))
	_, arrival := issueIn(t, p, store.HashOf("A"), "O2", ayse, store.Give)
	r, err := p.Receive(t.Context(), arrival)
	if err != nil || r.Number != old.Number+1 {
		t.Errorf("receipt %d after %d, %v", r.Number, old.Number, err)
	}

	pa, err := postgres.OpenAudit(t.Context(), role, false, ignore)
	from = rowsOf(t, pa, err)
	here, err := sqlite.Receive(t.Context(), back, from)
	if err != nil || here.SHA256 == there.SHA256 {
		t.Errorf("%+v, %v", here, err)
	}
	if _, err := sqlite.Receive(t.Context(), back, from); err == nil {
		t.Error("a database was written over")
	}
	s = openSQLite(t, back)
	must(t, s.Refuse(t.Context(), r.Number, fault.CertificateRevoked, time.Now()))
	_, arrival = issueIn(t, s, store.HashOf("A"), "O3", ayse, store.Give)
	if again, err := s.Receive(t.Context(), arrival); err != nil || again.Number != r.Number+1 {
		t.Errorf("receipt %d after %d, %v", again.Number, r.Number, err)
	}
	if _, err := sqlite.Check(t.Context(), back); err != nil {
		t.Error(err)
	}
}

// TestCopyRefuses tries databases that would be copied in part, or over something.
func TestCopyRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	openSQLite(t, path)
	a, err := sqlite.OpenAudit(t.Context(), path, false, ignore)
	from := rowsOf(t, a, err)
	empty := pgtest.Database(t)
	if _, err := postgres.Receive(t.Context(), empty, false, from); err == nil || !strings.Contains(err.Error(), "web migrate") {
		t.Errorf("into a database without a schema: %v", err)
	}
	owner, role := served(t)
	if _, err := postgres.Receive(t.Context(), role, false, from); sqlState(err) != "42501" {
		t.Errorf("by the role that serves: %v", err)
	}
	_, err = raw(t, owner).Exec(t.Context(), "ALTER TABLE login ADD COLUMN note text")
	must(t, err)
	if _, err := postgres.Receive(t.Context(), owner, false, from); err == nil || !strings.Contains(err.Error(), "other columns") {
		t.Errorf("with a column that is not copied: %v", err)
	}
}
