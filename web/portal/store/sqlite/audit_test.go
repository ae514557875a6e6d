package sqlite_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
)

// session logs a person in and returns a session, as of now.
func session(t *testing.T, s *sqlite.Store, citizenNumber string) (id store.Hash, now time.Time) {
	t.Helper()
	now = time.Now()
	id = store.HashOf(citizenNumber + now.String())
	must(t, s.CreateSession(t.Context(), store.Session{ID: id, CitizenNumber: citizenNumber, Name: "AYŞE", CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour),
		AuthenticatedAt: now, ACR: "high", AMR: "hwk pin"}))
	return id, now
}

// refuse has a signature of a person refused.
func refuse(t *testing.T, s *sqlite.Store, citizenNumber string) {
	t.Helper()
	id, now := session(t, s, citizenNumber)
	reference := "refused " + citizenNumber
	must(t, s.IssueChallenge(t.Context(), store.Challenge{Reference: reference, Session: id, CitizenNumber: citizenNumber, Kind: store.Give, Code: "1",
		TextVersion: "f00d", Document: []byte{4}, IssuedAt: now, ExpiresAt: now.Add(time.Minute)}, store.Limit{Count: 1, Window: time.Minute}))
	r, err := s.Receive(t.Context(), store.Arrival{Reference: reference, Session: id, SessionIdle: time.Hour, ReceivedAt: now, Signature: []byte{1}, DueAt: now})
	must(t, err)
	must(t, s.Refuse(t.Context(), r.Number, fault.CertificateRevoked, now))
}

// releaseTo has a PUK released to a person, and reported on.
func releaseTo(t *testing.T, s *sqlite.Store, citizenNumber string) {
	t.Helper()
	id, now := session(t, s, citizenNumber)
	certificate := store.Fingerprint{1}
	must(t, s.PutCards(t.Context(), []store.Card{{Serial: "S" + citizenNumber, CitizenNumber: citizenNumber, PUK: []byte{1},
		Certificates: []store.CardCertificate{{SHA256: certificate, NotBefore: now, NotAfter: now}}}}, func(string, []byte, []byte) bool { return true }))
	reference := "released " + citizenNumber
	must(t, s.IssueChallenge(t.Context(), store.Challenge{Reference: reference, Session: id, CitizenNumber: citizenNumber, Kind: store.PIN,
		IssuedAt: now, ExpiresAt: now.Add(time.Minute)}, store.Limit{Count: 9, Window: time.Minute}))
	_, err := s.Release(t.Context(), store.Claim{Reference: reference, Session: id, SessionIdle: time.Hour, ReceivedAt: now, IssuedAt: now,
		Card: "S" + citizenNumber, Certificate: certificate, Machine: store.Machine{ID: "M", Signing: []byte{1}, Sealing: []byte{2}},
		Claim: []byte{1}, Signature: []byte{2},
		Proof: store.Proof{LoginMaxAge: time.Hour, WithoutCode: true, Waiting: store.Waiting{After: store.Limit{Count: 3, Window: time.Hour}}}, Day: now.Add(-time.Hour), PerDay: 3})
	must(t, err)
	must(t, s.Report(t.Context(), store.Report{Reference: reference, CitizenNumber: citizenNumber, Outcome: protocol.OutcomeDone,
		Report: []byte{1}, Signature: []byte{2}, ReportedAt: now}))
}

// login keeps a login with a card.
func login(t *testing.T, s *sqlite.Store, reference string) {
	t.Helper()
	now := time.Now()
	must(t, s.RecordLogin(t.Context(), store.Login{Reference: reference, CitizenNumber: "10000000146", Name: "AYŞE", Way: "e-imza", Origin: "https://a.example",
		Nonce: "n", Token: []byte{1}, ReceivedAt: now, Evidence: store.Evidence{Path: [][]byte{{2}, {3}}, OCSP: []store.Answer{{DER: []byte(reference), URL: "http://a.example"}},
			CRLs: []store.Answer{{DER: []byte{5}}}, CRLSigners: [][]byte{{6}}, VerifiedAt: now}}))
}

// head keeps a head of the newest entry, and returns it.
func head(t *testing.T, s *sqlite.Store) store.Head {
	t.Helper()
	e, err := s.NewestEntry(t.Context())
	must(t, err)
	h := store.Head{Entry: e, SignedAt: time.UnixMilli(1000), Signature: []byte{1}}
	must(t, s.AddHead(t.Context(), h))
	return h
}

// chained makes a database with some of everything that is an entry, and heads in its midst and at its end.
func chained(t *testing.T) (path string, last store.Head) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "portal.db")
	s := open(t, path)
	give(t, s, "10000000146")
	refuse(t, s, "11111111110")
	head(t, s)
	login(t, s, "L1")
	login(t, s, "L2")
	releaseTo(t, s, "10000000146")
	give(t, s, "11111111101")
	last = head(t, s)
	must(t, s.Close())
	keepInline(t, path, "10000000146")
	return path, last
}

// keepInline has an act keep the bytes of its own, as acts do from before they were kept once.
func keepInline(t *testing.T, path, reference string) {
	t.Helper()
	of := " WHERE reference = '" + reference + "'"
	tamper(t, path, `INSERT INTO inline_evidence SELECT reference, kind, number, der, url FROM evidence`+of,
		`INSERT INTO inline_evidence_signer SELECT reference, number, der FROM evidence_signer`+of, `DELETE FROM act_evidence`+of)
}

// audit returns what an audit finds, and which entries are proven.
func audit(t *testing.T, path string, published ...store.Head) (findings []record.Finding, proven []string) {
	t.Helper()
	a, err := sqlite.OpenAudit(t.Context(), path, true, func(f record.Finding) { findings = append(findings, f) })
	must(t, err)
	defer a.Close()
	_, err = a.Whole(t.Context())
	must(t, err)
	_, err = a.Chain(t.Context(), func(e record.Entry) error {
		proven = append(proven, e.Kind)
		return nil
	})
	must(t, err)
	must(t, a.Applications(t.Context()))
	must(t, a.Payments(t.Context()))
	must(t, a.Heads(t.Context(), func(h store.Head) {
		if h.SignedAt.UnixMilli() != 1000 || string(h.Signature) != "\x01" {
			findings = append(findings, record.Finding{Kind: "head", What: "signature"})
		}
	}))
	for _, h := range published {
		if _, err := a.LeadsTo(t.Context(), h.Entry); err != nil {
			t.Fatal(err)
		}
	}
	return findings, proven
}

// copyOf copies a database that is not in use.
func copyOf(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	copied := filepath.Join(t.TempDir(), "copy.db")
	must(t, os.WriteFile(copied, data, 0o600))
	return copied
}

// tamper changes a database as somebody does who knows about the triggers: they are there again afterwards.
func tamper(t *testing.T, path string, statements ...string) {
	t.Helper()
	must(t, tryTamper(t, path, statements...))
}

func tryTamper(t *testing.T, path string, statements ...string) error {
	t.Helper()
	db := raw(t, path)
	db.SetMaxOpenConns(1)
	triggers := map[string]string{}
	rows, err := db.Query(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`)
	must(t, err)
	for rows.Next() {
		var name, definition string
		must(t, rows.Scan(&name, &definition))
		triggers[name] = definition
	}
	must(t, rows.Close())
	all := []string{"PRAGMA ignore_check_constraints = 1", "PRAGMA synchronous = 0"}
	for name := range triggers {
		all = append(all, "DROP TRIGGER "+name)
	}
	all = append(all, statements...)
	for _, definition := range triggers {
		all = append(all, definition)
	}
	for _, statement := range all {
		if _, err := db.Exec(statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return db.Close()
}

func TestAuditOfWhole(t *testing.T) {
	path, last := chained(t)
	findings, proven := audit(t, path, last)
	if len(findings) > 0 {
		t.Errorf("found %+v", findings)
	}
	if want := []string{"act", "refusal", "login", "login", "release", "report", "act"}; !slices.Equal(proven, want) {
		t.Errorf("proven are %q, want %q", proven, want)
	}
}

// TestAuditFindsEachColumn changes each column of each table that is evidence, by one and to nothing.
func TestAuditFindsEachColumn(t *testing.T) {
	path, _ := chained(t)
	auditEachColumn(t, path, "act", "inline_evidence", "inline_evidence_signer", "act_evidence", "receipt", "puk_release", "login", "login_evidence", "item", "chain", "head")
}

// TestAuditFindsRoles changes each column of a role that was given, removes it, and gives one unseen.
func TestAuditFindsRoles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	s := open(t, path)
	must(t, s.ChangeRole(t.Context(), store.RoleChange{CitizenNumber: "10000000146", Role: store.Reviewer, At: time.UnixMilli(1), Until: time.UnixMilli(2000)}))
	must(t, s.Close())
	if findings, proven := audit(t, path); len(findings) > 0 || !slices.Equal(proven, []string{"role"}) {
		t.Fatalf("found %+v, proven %q", findings, proven)
	}
	auditEachColumn(t, path, "role_change")
	for _, statement := range []string{
		`DELETE FROM role_change`, `INSERT INTO role_change (citizen_number, role, at) VALUES ('11111111110', 'reviewer', 3)`,
	} {
		copied := copyOf(t, path)
		tamper(t, copied, statement)
		if findings, _ := audit(t, copied); len(findings) != 1 || findings[0].Kind != "role" {
			t.Errorf("%s: found %+v", statement, findings)
		}
	}
}

// TestAuditFindsOfficers changes each column of an institution and an officer, removes them, and makes somebody an officer unseen.
func TestAuditFindsOfficers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	s := open(t, path)
	must(t, s.ChangeInstitution(t.Context(), store.InstitutionChange{ID: "belediye", NameTR: "Belediye", NameEN: "Municipality", Terms: "1", At: time.UnixMilli(1), Until: time.UnixMilli(2000)}))
	must(t, s.ChangeOfficer(t.Context(), store.OfficerChange{CitizenNumber: "10000000146", Institution: "belediye", At: time.UnixMilli(1), Until: time.UnixMilli(2000)}))
	must(t, s.Close())
	if findings, proven := audit(t, path); len(findings) > 0 || !slices.Equal(proven, []string{"institution", "officer"}) {
		t.Fatalf("found %+v, proven %q", findings, proven)
	}
	auditEachColumn(t, path, "institution_change", "officer_change")
	for kind, statements := range map[string][]string{
		"institution": {`DELETE FROM institution_change`, `INSERT INTO institution_change (id, name_tr, name_en, terms, at) VALUES ('okul', '', '', '', 1)`},
		"officer":     {`DELETE FROM officer_change`, `INSERT INTO officer_change (citizen_number, institution, at) VALUES ('11111111110', 'belediye', 3)`},
	} {
		for _, statement := range statements {
			copied := copyOf(t, path)
			tamper(t, copied, statement)
			if findings, _ := audit(t, copied); len(findings) != 1 || findings[0].Kind != kind {
				t.Errorf("%s: found %+v", statement, findings)
			}
		}
	}
}

// TestAuditFindsDecisions changes each column of a decision, of its end and of what it changed, removes them, and puts others in unseen.
func TestAuditFindsDecisions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	s, at, ctx := open(t, path), time.UnixMilli, t.Context()
	for _, person := range []string{"10000000146", "11111111110"} {
		must(t, s.ChangeRole(ctx, store.RoleChange{CitizenNumber: person, Role: store.Editor, At: at(1)}))
	}
	must(t, s.AskDecision(ctx, store.Decision{Reference: "D", Kind: "text", Role: store.Editor, Asked: []byte("a"), AskedBy: "10000000146", AskedAt: at(2), Until: at(9)}))
	must(t, s.EndDecision(ctx, store.DecisionEnd{Reference: "D", Outcome: store.Confirmed, By: "11111111110", At: at(3)}, store.DecisionEffect{
		Role:         &store.RoleChange{CitizenNumber: "11111111101", Role: store.Editor, By: "11111111110", At: at(3)},
		Texts:        []store.LegalText{{Name: "e-onay", Version: "f00d", Body: "a", InForceAt: at(3)}},
		Announcement: &store.Announcement{Reference: "A", From: at(3), Until: at(4)},
	}))
	must(t, s.Close())
	if findings, proven := audit(t, path); len(findings) > 0 || !slices.Equal(proven, []string{"role", "role", "decision", "role", "decision_end"}) {
		t.Fatalf("found %+v, proven %q", findings, proven)
	}
	auditEachColumn(t, path, "decision", "decision_end", "legal_text", "announcement", "role_change")
	for _, statement := range []string{
		`DELETE FROM decision_end`, `DELETE FROM legal_text`, `DELETE FROM announcement`,
		`INSERT INTO legal_text VALUES (2, 'e-onay', 'f00e', 'b', 4, 'D')`, `INSERT INTO legal_text VALUES (2, 'e-onay', 'f00e', 'b', 4, 'E')`,
		`INSERT INTO announcement VALUES (2, 'A', '', '', '', '', '', 3, 5, 0, 'D')`,
		`INSERT INTO decision VALUES ('F', 'text', 'editor', '', NULL, x'', '10000000146', 2, 9)`,
	} {
		copied := copyOf(t, path)
		tamper(t, copied, statement)
		findings, _ := audit(t, copied)
		if !slices.ContainsFunc(findings, func(f record.Finding) bool { return f.Kind == "decision" || f.Kind == "decision_end" }) {
			t.Errorf("%s: found %+v", statement, findings)
		}
	}
}

func auditEachColumn(t *testing.T, path string, tables ...string) {
	t.Helper()
	db := raw(t, path)
	for _, table := range tables {
		columns, err := db.Query(`SELECT name, type, "notnull" FROM pragma_table_info(?)`, table)
		must(t, err)
		for columns.Next() {
			var (
				column, kind string
				notNull      bool
			)
			must(t, columns.Scan(&column, &kind, &notNull))
			changes := map[string]string{
				"INTEGER": column + " = coalesce(" + column + ", 7) + 1000",
				"TEXT":    column + " = coalesce(" + column + ", '') || 'x'",
				"BLOB":    column + " = " + flipped(column),
			}
			all := []string{changes[kind]}
			if !notNull {
				nothing := map[string]string{"INTEGER": "0", "TEXT": "''", "BLOB": "x''"}[kind]
				all = append(all, column+" = iif("+column+" IS NULL, "+nothing+", NULL)")
			}
			for _, change := range all {
				t.Run(table+" "+change, func(t *testing.T) {
					copied := copyOf(t, path)
					if err := tryTamper(t, copied, "UPDATE "+table+" SET "+change); err != nil {
						if !strings.Contains(err.Error(), "datatype mismatch") { // the number of a row cannot be nothing
							t.Error(err)
						}
						return
					}
					if findings, _ := audit(t, copied); len(findings) == 0 {
						t.Error("not found")
					}
				})
			}
		}
		must(t, columns.Close())
	}
}

// flipped is SQL for a value with its last byte changed.
func flipped(column string) string {
	return "CAST(coalesce(substr(" + column + ", 1, length(" + column + ") - 1) || char((unicode(CAST(substr(" + column + ", -1) AS TEXT)) + 1) % 128), 'x') AS BLOB)"
}

func TestAuditFinds(t *testing.T) {
	whole, last := chained(t)
	for name, test := range map[string]struct {
		statements []string
		kind, what string
	}{
		"the first act removed":              {[]string{`DELETE FROM inline_evidence WHERE reference = '10000000146'`, `DELETE FROM act WHERE reference = '10000000146'`}, "act", "is missing"},
		"a refused signature removed":        {[]string{`DELETE FROM receipt`}, "refusal", "is missing"},
		"the last act removed":               {[]string{`DELETE FROM act_evidence WHERE reference = '11111111101'`, `DELETE FROM act WHERE reference = '11111111101'`}, "act", "is missing"},
		"a part of the evidence removed":     {[]string{`DELETE FROM inline_evidence WHERE number = 2 AND reference = '10000000146'`}, "act", "is not as it was"},
		"a part of what is kept once":        {[]string{`DELETE FROM act_evidence WHERE number = 2 AND reference = '11111111101'`}, "act", "is not as it was"},
		"bytes of what is kept once removed": {[]string{`DELETE FROM item WHERE der = x'07'`}, "act", "is not as it was"},
		"a part of the evidence added":       {[]string{`INSERT INTO inline_evidence VALUES ('10000000146', 'crl', 1, x'01', NULL)`}, "act", "is not as it was"},
		"a part added to what is kept once":  {[]string{`INSERT INTO inline_evidence VALUES ('11111111101', 'crl', 1, x'01', NULL)`}, "act", "is not as it was"},
		"another view of evidence":           {[]string{`DROP VIEW evidence_signer`, `CREATE VIEW evidence_signer AS SELECT reference, number, der FROM inline_evidence_signer`}, "schema", "not the"},
		"an act removed with its entry":      {[]string{`DELETE FROM inline_evidence WHERE reference = '10000000146'`, `DELETE FROM act WHERE reference = '10000000146'`, `DELETE FROM chain WHERE number = 1`}, "chain", "is missing, up to 1"},
		"an entry in the midst removed":      {[]string{`DELETE FROM chain WHERE number = 3`}, "chain", "is missing, up to 3"},
		"the last entry and act removed":     {[]string{`DELETE FROM head WHERE number = 7`, `DELETE FROM chain WHERE number = 7`, `DELETE FROM act_evidence WHERE reference = '11111111101'`, `DELETE FROM act WHERE reference = '11111111101'`}, "head", "the chain has no such entry any more"},
		"an act without an entry":            {[]string{`INSERT INTO act SELECT 'X', '11111111110', number, name, kind, text_version, document, signature, 1, 2, 3, 4, NULL, NULL FROM act LIMIT 1`, `INSERT INTO inline_evidence VALUES ('X', 'certificate', 1, x'01', NULL)`}, "act", "has no entry"},
		"how a person had logged in removed": {[]string{`UPDATE act SET acr = NULL, amr = NULL WHERE reference = '10000000146'`}, "act", "is not as it was"},
		"a report without an entry":          {[]string{`DELETE FROM chain WHERE kind = 'report'`}, "report", "has no entry"},
		"entries exchanged":                  {[]string{`UPDATE chain SET number = 99 WHERE number = 1`, `UPDATE chain SET number = 1 WHERE number = 2`, `UPDATE chain SET number = 2 WHERE number = 99`}, "chain", "the link does not follow"},
		"a login removed":                    {[]string{`DELETE FROM login_evidence WHERE reference = 'L1'`, `DELETE FROM login WHERE reference = 'L1'`}, "login", "is missing"},
		"an item of logins removed":          {[]string{`DELETE FROM item WHERE der = x'05'`}, "login", "is not as it was"},
		"nothing made an empty value":        {[]string{`UPDATE act_evidence SET url = '' WHERE url IS NULL`}, "act", "is not as it was"},
		"no signature made an empty one":     {[]string{`UPDATE puk_release SET card_signature = x'' WHERE card_signature IS NULL`}, "release", "is not as it was"},
		"a head put in another's place":      {[]string{`UPDATE head SET link = zeroblob(32) WHERE number = 2`}, "head", "another link"},
		"the table of entries emptied":       {[]string{`DELETE FROM chain`}, "act", "has no entry"},
		"a row of before put on the list":    {[]string{`INSERT INTO unchained VALUES (1, 'act', 'X')`, `DELETE FROM chain WHERE number = 7`}, "act", "has no entry"},
		"a kind of entry that is not known":  {[]string{`UPDATE chain SET kind = 'x' WHERE number = 1`}, "chain", "the link does not follow"},
	} {
		t.Run(name, func(t *testing.T) {
			path := copyOf(t, whole)
			tamper(t, path, test.statements...)
			findings, _ := audit(t, path, last)
			if !slices.ContainsFunc(findings, func(f record.Finding) bool { return f.Kind == test.kind && strings.Contains(f.What, test.what) }) {
				t.Errorf("found %+v, want a %s that %s", findings, test.kind, test.what)
			}
		})
	}
	t.Run("a trigger dropped", func(t *testing.T) {
		path := copyOf(t, whole)
		db := raw(t, path)
		_, err := db.Exec(`DROP TRIGGER chain_kept_2`)
		must(t, err)
		must(t, db.Close())
		if findings, _ := audit(t, path); len(findings) != 1 || findings[0].Kind != "schema" {
			t.Errorf("found %+v", findings)
		}
	})
}

// TestAuditFindsWhatIsMadeAnew changes an act and makes the chain anew from there, so that it fits: only heads show it, those in
// the database or, where they are made anew too, those that are elsewhere.
func TestAuditFindsWhatIsMadeAnew(t *testing.T) {
	path, last := chained(t)
	anew, other := chained(t)
	tamper(t, path, `ATTACH '`+anew+`' AS anew`, `DELETE FROM head`, `DELETE FROM chain`, `DELETE FROM inline_evidence`, `DELETE FROM inline_evidence_signer`, `DELETE FROM act_evidence`, `DELETE FROM act`, `DELETE FROM receipt`,
		`DELETE FROM login_evidence`, `DELETE FROM login`, `DELETE FROM item`,
		`DELETE FROM puk_release`, `DELETE FROM challenge`, `DELETE FROM machine`,
		`INSERT INTO challenge SELECT * FROM anew.challenge`, `INSERT INTO act SELECT * FROM anew.act`, `INSERT INTO inline_evidence SELECT * FROM anew.inline_evidence`,
		`INSERT INTO inline_evidence_signer SELECT * FROM anew.inline_evidence_signer`, `INSERT INTO login SELECT * FROM anew.login`,
		`INSERT INTO item SELECT * FROM anew.item`, `INSERT INTO act_evidence SELECT * FROM anew.act_evidence`, `INSERT INTO login_evidence SELECT * FROM anew.login_evidence`,
		`INSERT INTO receipt SELECT * FROM anew.receipt`, `INSERT INTO machine SELECT * FROM anew.machine`, `INSERT INTO puk_release SELECT * FROM anew.puk_release`,
		`INSERT INTO chain SELECT * FROM anew.chain`, `INSERT INTO head SELECT * FROM anew.head`)
	if findings, _ := audit(t, path, other); len(findings) > 0 {
		t.Fatalf("what is made anew does not fit by itself: %+v", findings)
	}
	findings, _ := audit(t, path, last)
	if len(findings) != 1 || findings[0].Kind != "head" || !strings.Contains(findings[0].What, "another link") {
		t.Errorf("found %+v", findings)
	}
}

// TestBacklog opens a database from before the chain: what was there is entered, marked, beside what comes.
func TestBacklog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	db := older(t, path, 6)
	const acts = 25
	for i := range acts {
		_, err := db.Exec(`INSERT INTO act VALUES (?, ?, 1, 'AYŞE', 'give', 'f00d', x'01', x'02', 1, 2, ?, NULL)`, fmt.Sprint("A", i), fmt.Sprint("person ", i), i)
		must(t, err)
		_, err = db.Exec(`INSERT INTO evidence VALUES (?, 'certificate', 1, x'03')`, fmt.Sprint("A", i))
		must(t, err)
	}
	must(t, db.Close())
	s, other := open(t, path), open(t, path)
	give(t, s, "10000000146")
	entering := make(chan error, 2)
	for _, one := range []*sqlite.Store{s, other} {
		go func() { entering <- one.EnterBacklog(t.Context()) }()
	}
	must(t, errors.Join(<-entering, <-entering))
	if e, err := s.NewestEntry(t.Context()); err != nil || e.Number != acts+1 {
		t.Errorf("%d entries, %v, want %d", e.Number, err, acts+1)
	}
	must(t, s.EnterBacklog(t.Context()))
	must(t, errors.Join(s.Close(), other.Close()))

	before := 0
	a, err := sqlite.OpenAudit(t.Context(), path, true, func(f record.Finding) { t.Errorf("found %+v", f) })
	must(t, err)
	defer a.Close()
	_, err = a.Chain(t.Context(), func(e record.Entry) error {
		if e.Before {
			before++
		}
		return nil
	})
	must(t, err)
	if waiting, err := a.Waiting(t.Context()); before != acts || waiting != 0 || err != nil {
		t.Errorf("%d entries are marked as from before, %d wait, %v", before, waiting, err)
	}
}

// TestEntriesFromBeforeStayAsTheyWere pins what programs digested that kept nothing of how a person had logged in.
func TestEntriesFromBeforeStayAsTheyWere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	db := older(t, path, 6)
	for _, statement := range []string{
		`INSERT INTO act VALUES ('A', '10000000146', 1, 'AYŞE', 'give', 'f00d', x'01', x'02', 1, 2, 3, 4)`,
		`INSERT INTO evidence VALUES ('A', 'certificate', 1, x'03')`,
		`INSERT INTO challenge (reference, session, number, citizen_number, kind, code, text_version, document, issued_at, expires_at)
		 VALUES ('B', zeroblob(32), 1, '10000000146', 'withdraw', '1', 'f00d', x'01', 1, 2)`,
		`INSERT INTO receipt VALUES (1, 'B', '10000000146', 'AYŞE', x'02', 3, 4, 'certificate_revoked', 5)`,
	} {
		_, err := db.Exec(statement)
		must(t, err)
	}
	must(t, db.Close())
	s := open(t, path)
	must(t, s.EnterBacklog(t.Context()))
	const want = "ba317a69f2369888c2a3280bea588e81058d670b02d917343b0a8cbd257ab69e"
	if e, err := s.NewestEntry(t.Context()); err != nil || e.Number != 2 || hex.EncodeToString(e.Link[:]) != want {
		t.Errorf("entry %d has the link %x, %v, want %s", e.Number, e.Link, err, want)
	}
	must(t, s.Close())
	for _, statement := range []string{`UPDATE act SET acr = '', amr = ''`, `UPDATE act SET amr = 'pwd'`, `UPDATE receipt SET acr = '', amr = ''`, `UPDATE receipt SET amr = 'pwd'`} {
		changed := copyOf(t, path)
		tamper(t, changed, statement)
		if findings, _ := audit(t, changed); len(findings) != 1 || findings[0].What != "is not as it was" {
			t.Errorf("%s: found %+v", statement, findings)
		}
	}
}

// TestAuditBesideWriters proves a database while portals write.
func TestAuditBesideWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	s := open(t, path)
	give(t, s, "first")
	a, err := sqlite.OpenAudit(t.Context(), path, false, func(f record.Finding) { t.Errorf("found %+v", f) })
	must(t, err)
	defer a.Close()
	seen := 0
	_, err = a.Chain(t.Context(), func(record.Entry) error {
		seen++
		give(t, s, fmt.Sprint("beside ", seen))
		return nil
	})
	must(t, err)
	if seen != 1 {
		t.Errorf("%d entries, want those of the moment", seen)
	}
}
