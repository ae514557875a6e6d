package postgres_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/postgres"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

const ayse = "10000000146"

// issue logs a person in and issues a challenge.
func issue(t *testing.T, s store.Store, reference, citizenNumber string) (store.Challenge, store.Arrival) {
	t.Helper()
	now := time.Now()
	id := store.HashOf(reference)
	must(t, s.CreateSession(t.Context(), store.Session{ID: id, CitizenNumber: citizenNumber, Name: "AYŞE", CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour), AuthenticatedAt: now}))
	return issueIn(t, s, id, reference, citizenNumber, store.Give)
}

// issueIn issues a challenge in a session.
func issueIn(t *testing.T, s store.Store, id store.Hash, reference, citizenNumber string, kind store.Kind) (store.Challenge, store.Arrival) {
	t.Helper()
	now := time.Now()
	c := store.Challenge{Reference: reference, Session: id, CitizenNumber: citizenNumber, Kind: kind, Code: "1", TextVersion: "f00d", Document: []byte{4},
		IssuedAt: now, ExpiresAt: now.Add(time.Minute)}
	must(t, s.IssueChallenge(t.Context(), c, store.Limit{Count: 9, Window: time.Minute}))
	return c, store.Arrival{Reference: reference, Session: id, SessionIdle: time.Hour, ReceivedAt: now, Signature: []byte{5}, DueAt: now}
}

var evidence = store.Evidence{Path: [][]byte{{1}}, OCSP: []store.Answer{{DER: []byte{2}, URL: "http://ocsp.example"}}, CRLSigners: [][]byte{{3}}}

// recordAll records an act, a refusal and a login, with a head of all of them.
func recordAll(t *testing.T, s store.Store) {
	t.Helper()
	ctx := t.Context()
	_, arrival := issue(t, s, "A", ayse)
	r, err := s.Receive(ctx, arrival)
	must(t, err)
	must(t, s.Complete(ctx, store.Completion{Receipt: r.Number, Reference: "A", Evidence: evidence}))
	_, arrival = issue(t, s, "B", "11111111110")
	r, err = s.Receive(ctx, arrival)
	must(t, err)
	must(t, s.Refuse(ctx, r.Number, fault.CertificateRevoked, time.Now()))
	must(t, s.RecordLogin(ctx, store.Login{Reference: "L", CitizenNumber: ayse, Token: []byte{6}, Evidence: evidence}))
	a := application.Application{Reference: "N", CitizenNumber: ayse, Kind: application.NES, Payer: application.PaidByPerson, State: application.Draft, Version: 1,
		Form: application.Form{"title": "Öğretmen"}}
	must(t, s.CreateApplication(ctx, a, application.Change{Event: application.Create, By: application.Person, Who: ayse, At: time.Now()}))
	a.Version, a.State = 2, application.AwaitingApproval
	must(t, s.ChangeApplication(ctx, a, application.Change{Event: application.Submit, By: application.Person, Who: ayse, At: time.Now(),
		From: application.Draft, To: application.AwaitingApproval, Version: 2}))
	e, err := s.NewestEntry(ctx)
	must(t, err)
	must(t, s.AddHead(ctx, store.Head{Entry: e, SignedAt: time.Now(), Signature: []byte{7}}))
	l, err := s.LeaseLasting(ctx, time.Now().Add(time.Hour), time.Now().Add(2*time.Hour))
	must(t, err)
	must(t, s.AddCopy(ctx, l, store.Copy{Signature: []byte{8}, MadeAt: time.Now()}, time.Time{}))
}

// audit goes through a database, and returns what was found and counted.
func audit(t *testing.T, connection string) (found []record.Finding, c record.Contents) {
	t.Helper()
	ctx := t.Context()
	a, err := postgres.OpenAudit(ctx, connection, false, func(f record.Finding) { found = append(found, f) })
	must(t, err)
	defer a.Close()
	c, err = a.Whole(ctx)
	must(t, err)
	_, err = a.Chain(ctx, func(record.Entry) error { return nil })
	must(t, err)
	must(t, a.Heads(ctx, func(store.Head) {}))
	must(t, a.Applications(ctx))
	must(t, a.Payments(ctx))
	must(t, a.Copies(ctx, func(store.Copy) error { return nil }))
	return found, c
}

// TestAudit changes a record past its triggers, one thing after the other, and has each found by the role that serves.
func TestAudit(t *testing.T) {
	owner, role := served(t)
	recordAll(t, open(t, role))
	version, _, err := postgres.Version(t.Context(), role, false)
	must(t, err)
	found, c := audit(t, role)
	if len(found) > 0 || c != (record.Contents{Version: version, Acts: 1, Receipts: 1, Logins: 1, Applications: 1, Entries: 5}) {
		t.Fatalf("of a whole record: %v, %+v", found, c)
	}
	db := raw(t, owner)
	_, err = db.Exec(context.WithoutCancel(t.Context()), "SET session_replication_role = replica")
	must(t, err)
	type change struct{ statement, kind, what string }
	for _, round := range [][]change{{
		{`ALTER TABLE act DISABLE TRIGGER act_kept`, "schema", "TRIGGER act_kept"},
		{`DROP TRIGGER act_not_emptied ON act`, "schema", "act_not_emptied"},
		{`CREATE OR REPLACE FUNCTION keep_release() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`, "schema", "keep_release"},
		{`CREATE TRIGGER another BEFORE INSERT ON act_evidence FOR EACH ROW EXECUTE FUNCTION keep('x')`, "schema", "TRIGGER another"},
		{`CREATE RULE none AS ON INSERT TO head DO INSTEAD NOTHING`, "schema", "relation r head"},
		{`CREATE OR REPLACE VIEW evidence_signer AS SELECT reference, number, der FROM eonay.inline_evidence_signer`, "schema", "view evidence_signer"},
		{`ALTER TABLE act DROP CONSTRAINT act_number`, "schema", "act_number"},
		{`ALTER TABLE act ADD COLUMN note text`, "schema", "column act note"},
		{`CREATE SCHEMA other; CREATE FUNCTION other.keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
		  DROP TRIGGER head_kept ON head; CREATE TRIGGER head_kept BEFORE UPDATE OR DELETE ON head FOR EACH ROW EXECUTE FUNCTION other.keep()`, "schema", "other.keep"},
		{`UPDATE act SET name = 'MEHMET'`, "act", "is not as it was"},
		{`UPDATE application_change SET reason = 'x' WHERE version = 2`, "application", "is not as it was"},
		{`UPDATE application SET form = '{"title":"Müdür"}'`, "application", "last change has left it"},
		{`UPDATE receipt SET signature = '\x09'`, "refusal", "is not as it was"},
		{`UPDATE item SET der = '\x09' WHERE der = '\x02'`, "login", "is not as it was"},
		{`UPDATE head SET link = decode(repeat('00', 32), 'hex')`, "head", "another link"},
		{`DELETE FROM lasting`, "lasting", "newest copy is missing"},
		{`DELETE FROM act_evidence`, "database", "without evidence"},
	}, {
		{`UPDATE chain SET digest = decode(repeat('00', 32), 'hex') WHERE number = 2`, "chain", "does not follow"},
		{`DELETE FROM login`, "login", "is missing"},
	}, {
		{`DELETE FROM chain WHERE number = 1`, "act", "has no entry"},
		{`DELETE FROM chain WHERE number = 5`, "head", "no such entry"},
	}} {
		for _, change := range round {
			_, err := db.Exec(t.Context(), change.statement)
			must(t, err)
		}
		found, _ := audit(t, role)
		for _, change := range round {
			if !slices.ContainsFunc(found, func(f record.Finding) bool { return f.Kind == change.kind && strings.Contains(f.What, change.what) }) {
				t.Errorf("%s: found %v", change.statement, found)
			}
		}
	}
}
