package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/e-onay/e-onay/web/portal/store"
)

// Finding is something in a database that is not as it must be.
type Finding struct {
	// Kind is that of an entry, or "database", "schema", "chain", "head".
	Kind string `json:"kind"`
	// Reference is the act's or release's, the number of a receipt or of an entry; empty where it is about the whole.
	Reference string `json:"reference,omitempty"`
	What      string `json:"what"`
}

// Entry is an entry of the chain whose rows are those that were entered.
type Entry struct {
	Number          int64
	Kind, Reference string
	// Before is true where the rows are older than the chain.
	Before bool
}

// Audit reads a database to prove it, as it is at one moment: portals may write meanwhile. It is not safe for concurrent use.
type Audit struct {
	db     *sql.DB
	report func(Finding)
}

// OpenAudit opens the database at path, and reports findings as they are made. still says that nothing else uses the file,
// as in a backup; else a portal may.
func OpenAudit(ctx context.Context, path string, still bool, report func(Finding)) (*Audit, error) {
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
	return &Audit{db: db, report: report}, nil
}

// Close ends the view.
func (a *Audit) Close() error { return a.db.Close() }

func (a *Audit) found(kind, reference, format string, args ...any) {
	a.report(Finding{kind, reference, fmt.Sprintf(format, args...)})
}

// Whole proves pages, references and schema, as Check does, and counts.
func (a *Audit) Whole(ctx context.Context) (c Contents, err error) {
	verdicts, err := all(ctx, a.db, scanText, "PRAGMA integrity_check(10)")
	if err != nil {
		return c, fmt.Errorf("sqlite: %w", err)
	}
	for _, verdict := range verdicts {
		if verdict != "ok" {
			a.found("database", "", "%.200s", verdict)
		}
	}
	if err := checkSchema(ctx, a.db, &c); err != nil {
		a.found("schema", "", "%v", err)
	}
	for _, fault := range faults {
		n, err := count(ctx, a.db, "SELECT count(*) FROM "+fault.rows)
		if err != nil {
			return c, fmt.Errorf("sqlite: %w", err)
		}
		if n > 0 {
			a.found("database", "", "%d %s", n, fault.what)
		}
	}
	if err := c.fill(ctx, a.db); err != nil {
		return c, fmt.Errorf("sqlite: %w", err)
	}
	return c, nil
}

func scanText(row scanner) (text string, err error) {
	err = row.Scan(&text)
	return text, err
}

// auditBatch is how many entries are read at once; the rows of each are read one after the other.
const auditBatch = 256

// Chain proves every entry against its rows and the link before, looks for rows without an entry, and calls proven for each entry
// whose rows are as they were entered. It returns the newest entry.
func (a *Audit) Chain(ctx context.Context, proven func(Entry) error) (newest store.Entry, err error) {
	for {
		list, err := all(ctx, a.db, scanEntry, `SELECT number, kind, reference, before, digest, link FROM chain WHERE number > ? ORDER BY number LIMIT ?`,
			newest.Number, auditBatch)
		if err != nil {
			return newest, fmt.Errorf("sqlite: %w", err)
		}
		for _, e := range list {
			if e.number != newest.Number+1 {
				a.found("chain", fmt.Sprint(newest.Number+1), "is missing, up to %d", e.number-1)
			} else if e.link != e.next(newest.Link) {
				a.found("chain", fmt.Sprint(e.number), "the link does not follow from the entry and the link before")
			}
			newest = store.Entry{Number: e.number, Link: e.link}
			same, err := a.same(ctx, e)
			if err != nil {
				return newest, err
			}
			if !same {
				continue
			}
			if err := proven(Entry{e.number, e.kind, e.reference, e.before == 1}); err != nil {
				return newest, err
			}
		}
		if len(list) < auditBatch {
			return newest, a.unentered(ctx)
		}
	}
}

func scanEntry(row scanner) (e entry, err error) {
	var link []byte
	if err := row.Scan(&e.number, &e.kind, &e.reference, &e.before, &e.digest, &link); err != nil {
		return e, err
	}
	e.link = store.Link(link)
	return e, nil
}

// same reports whether the rows of an entry are as they were.
func (a *Audit) same(ctx context.Context, e entry) (bool, error) {
	now, err := digest(ctx, a.db, e.kind, e.reference)
	switch {
	case errors.Is(err, errNoRow):
		a.found(e.kind, e.reference, "is missing")
		return false, nil
	case err != nil:
		return false, fmt.Errorf("sqlite: %s %s: %w", e.kind, e.reference, err)
	case !bytes.Equal(now, e.digest):
		a.found(e.kind, e.reference, "is not as it was")
		return false, nil
	}
	return true, nil
}

// origins are the rows that must have an entry, by its kind.
var origins = map[string]string{
	entryAct:     `SELECT reference FROM act`,
	entryRefusal: `SELECT CAST(number AS TEXT) AS reference FROM receipt WHERE code IS NOT NULL`,
	entryRelease: `SELECT reference FROM puk_release`,
	entryReport:  `SELECT reference FROM puk_release WHERE reported_at IS NOT NULL`,
	entryLogin:   `SELECT reference FROM login`,
}

// unentered looks for rows without an entry that are not older than the chain either.
func (a *Audit) unentered(ctx context.Context) error {
	for kind, rows := range origins {
		err := each(ctx, a.db, func(reference string) { a.found(kind, reference, "has no entry in the chain") },
			`SELECT reference FROM (`+rows+`) EXCEPT SELECT reference FROM chain WHERE kind = ?1 EXCEPT SELECT reference FROM unchained WHERE kind = ?1`, kind)
		if err != nil {
			return err
		}
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

// Heads calls proven for every head that is of an entry, with its link.
func (a *Audit) Heads(ctx context.Context, proven func(store.Head)) error {
	for last := int64(0); ; {
		list, err := all(ctx, a.db, scanHead, headColumns+`WHERE number > ? ORDER BY number LIMIT ?`, last, auditBatch)
		if err != nil {
			return fmt.Errorf("sqlite: %w", err)
		}
		for _, h := range list {
			last = h.Number
			led, err := a.LeadsTo(ctx, h.Entry)
			if err != nil {
				return err
			}
			if led {
				proven(h)
			}
		}
		if len(list) < auditBatch {
			return nil
		}
	}
}

// LeadsTo reports whether the chain leads to an entry that a head says it had, and finds fault with it otherwise.
func (a *Audit) LeadsTo(ctx context.Context, e store.Entry) (bool, error) {
	var link []byte
	err := a.db.QueryRowContext(ctx, `SELECT link FROM chain WHERE number = ?`, e.Number).Scan(&link)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		a.found("head", fmt.Sprint(e.Number), "the chain has no such entry any more")
		return false, nil
	case err != nil:
		return false, fmt.Errorf("sqlite: %w", err)
	case !bytes.Equal(link, e.Link[:]):
		a.found("head", fmt.Sprint(e.Number), "the chain has another link there")
		return false, nil
	}
	return true, nil
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
	c, err := scanChallenge(a.db.QueryRowContext(ctx, challengeColumns+`WHERE reference = ?`, r.Reference))
	return r, c.Document, err
}

// Released returns a release.
func (a *Audit) Released(ctx context.Context, reference string) (store.Release, error) {
	return scanRelease(a.db.QueryRowContext(ctx, releaseColumns+`WHERE reference = ?`, reference))
}
