package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// Audit reads a database to prove it, as it is at one moment: portals may write meanwhile. It is not safe for concurrent use.
type Audit struct {
	record.Audit
	db *sql.DB
}

// OpenAudit opens the database at path, and reports findings as they are made. still says that nothing else uses the file,
// as in a backup; else a portal may.
func OpenAudit(ctx context.Context, path string, still bool, report func(record.Finding)) (*Audit, error) {
	more := ""
	if still {
		more = "&immutable=1"
	}
	db, err := sql.Open("sqlite", readOnly(path, more))
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	db.SetMaxOpenConns(1) // which has the one view of it
	_, err = db.ExecContext(ctx, "BEGIN")
	if err == nil {
		_, err = count(ctx, db, "SELECT count(*) FROM sqlite_schema") // the view is that of the first read
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: %q: %w", path, err), db.Close())
	}
	return &Audit{record.Audit{Source: source{db}, Report: report}, db}, nil
}

// Close ends the view.
func (a *Audit) Close() error { return a.db.Close() }

// Whole proves pages, references and schema, as Check does, and counts.
func (a *Audit) Whole(ctx context.Context) (c record.Contents, err error) {
	verdicts, err := all(ctx, a.db, scanText, "PRAGMA integrity_check(10)")
	if err != nil {
		return c, fmt.Errorf("sqlite: %w", err)
	}
	for _, verdict := range verdicts {
		if verdict != "ok" {
			a.Found("database", "", "%.200s", verdict)
		}
	}
	if err := checkSchema(ctx, a.db, &c); err != nil {
		a.Found("schema", "", "%v", err)
	}
	for _, fault := range faults {
		n, err := count(ctx, a.db, "SELECT count(*) FROM "+fault.rows)
		if err != nil {
			return c, fmt.Errorf("sqlite: %w", err)
		}
		if n > 0 {
			a.Found("database", "", "%d %s", n, fault.what)
		}
	}
	if err := fill(ctx, a.db, &c); err != nil {
		return c, fmt.Errorf("sqlite: %w", err)
	}
	return c, nil
}

func scanText(row scanner) (text string, err error) {
	err = row.Scan(&text)
	return text, err
}

// source reads what an audit goes through.
type source struct{ db *sql.DB }

// Links implements record.Source.
func (s source) Links(ctx context.Context, after int64, limit int) ([]record.Link, error) {
	list, err := all(ctx, s.db, scanEntry, `SELECT number, kind, reference, before, digest, link FROM chain WHERE number > ? ORDER BY number LIMIT ?`, after, limit)
	return list, wrapped(err)
}

func scanEntry(row scanner) (e record.Link, err error) {
	var link []byte
	if err := row.Scan(&e.Number, &e.Kind, &e.Reference, &e.Before, &e.Digest, &link); err != nil {
		return e, err
	}
	e.Link = store.Link(link)
	return e, nil
}

// Digest implements record.Source.
func (s source) Digest(ctx context.Context, kind, reference string) ([]byte, error) {
	sum, err := digest(ctx, s.db, kind, reference)
	return sum, wrapped(err)
}

// origins are the rows that must have an entry, by its kind, and the table that they are of: a database of an earlier version has fewer.
var origins = map[string]struct{ table, rows string }{
	entryAct:         {"act", `SELECT reference FROM act WHERE kind <> 'approval'`},
	entryApproval:    {"act", `SELECT reference FROM act WHERE kind = 'approval'`},
	entryRefusal:     {"receipt", `SELECT CAST(number AS TEXT) AS reference FROM receipt WHERE code IS NOT NULL`},
	entryRelease:     {"puk_release", `SELECT reference FROM puk_release`},
	entryReport:      {"puk_release", `SELECT reference FROM puk_release WHERE reported_at IS NOT NULL`},
	entryLogin:       {"login", `SELECT reference FROM login`},
	entryApplication: {"application_change", `SELECT reference || '/' || version AS reference FROM application_change`},
	entryPayment:     {"payment_change", `SELECT reference || '/' || version AS reference FROM payment_change`},
	entryInstitution: {"institution_change", `SELECT CAST(number AS TEXT) AS reference FROM institution_change`},
	entryOfficer:     {"officer_change", `SELECT CAST(number AS TEXT) AS reference FROM officer_change`},
	entryDecision:    {"decision", `SELECT reference FROM decision`},
	entryDecisionEnd: {"decision_end", `SELECT reference FROM decision_end UNION SELECT decision FROM legal_text UNION SELECT decision FROM announcement
	 UNION SELECT decision FROM role_change WHERE decision IS NOT NULL`},
	entryRole: {"role_change", `SELECT CAST(number AS TEXT) AS reference FROM role_change`},
}

// Unentered implements record.Source.
func (s source) Unentered(ctx context.Context, do func(kind, reference string)) error {
	for kind, origin := range origins {
		there, err := hasTable(ctx, s.db, origin.table)
		if err != nil {
			return wrapped(err)
		}
		if !there {
			continue
		}
		err = each(ctx, s.db, func(reference string) { do(kind, reference) },
			`SELECT reference FROM (`+origin.rows+`) EXCEPT SELECT reference FROM chain WHERE kind = ?1 EXCEPT SELECT reference FROM unchained WHERE kind = ?1`, kind)
		if err != nil {
			return err
		}
	}
	return nil
}

// wrapped is an error with this package's name.
func wrapped(err error) error {
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	return nil
}

// each calls do for the text in each row.
func each(ctx context.Context, q querier, do func(text string), query string, args ...any) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		text, err := scanText(rows)
		if err != nil {
			return fmt.Errorf("sqlite: %w", err)
		}
		do(text)
	}
	return rows.Err()
}

// Heads implements record.Source.
func (s source) Heads(ctx context.Context, after int64, limit int) ([]store.Head, error) {
	list, err := all(ctx, s.db, scanHead, headColumns+`WHERE number > ? ORDER BY number LIMIT ?`, after, limit)
	return list, wrapped(err)
}

// LinkOf implements record.Source.
func (s source) LinkOf(ctx context.Context, number int64) (link []byte, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT link FROM chain WHERE number = ?`, number).Scan(&link)
	return link, wrapped(found(err))
}

// Waiting returns how many rows from before the chain are not entered yet.
func (a *Audit) Waiting(ctx context.Context) (int, error) {
	return count(ctx, a.db, "SELECT count(*) FROM unchained")
}

// Act returns an act with all that was recorded with it.
func (a *Audit) Act(ctx context.Context, reference string) (store.Act, store.Evidence, error) {
	act, err := scanAct(a.db.QueryRowContext(ctx, actColumns+`WHERE reference = ?`, reference))
	if err != nil {
		return store.Act{}, store.Evidence{}, err
	}
	e, err := evidence(ctx, a.db, reference)
	return act, e, err
}

// Refused returns a refused receipt with the document that was signed.
func (a *Audit) Refused(ctx context.Context, number string) (r store.Receipt, document []byte, err error) {
	r, err = scanReceipt(a.db.QueryRowContext(ctx, receiptColumns+`WHERE number = CAST(? AS INTEGER)`, number))
	if err != nil {
		return r, nil, err
	}
	// Its column alone: a database of an earlier version has not all that challengeColumns names.
	err = a.db.QueryRowContext(ctx, `SELECT document FROM challenge WHERE reference = ?`, r.Reference).Scan(&document)
	return r, document, wrapped(found(err))
}

// Subject returns what an approval is about.
func (a *Audit) Subject(ctx context.Context, reference string) (subject string, err error) {
	err = a.db.QueryRowContext(ctx, `SELECT subject FROM challenge WHERE reference = ? AND kind = 'approval'`, reference).Scan(&subject)
	return subject, wrapped(found(err))
}

// Decision returns a decision.
func (a *Audit) Decision(ctx context.Context, reference string) (store.Decision, error) {
	return scanDecision(a.db.QueryRowContext(ctx, decisionColumns+`WHERE decision.reference = ?`, reference))
}

// Released returns a release.
func (a *Audit) Released(ctx context.Context, reference string) (store.Release, error) {
	return scanRelease(a.db.QueryRowContext(ctx, releaseColumns+`WHERE reference = ?`, reference))
}
