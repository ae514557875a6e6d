package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
	"github.com/e-onay/e-onay/web/postgres"
)

// Audit reads a database to prove it, as it is at one moment: portals may write meanwhile. It is not safe for concurrent use.
type Audit struct {
	record.Audit
	pool *pgxpool.Pool
	tx   unlimited
}

// OpenAudit connects as Open does, and reports findings as they are made. Nothing is written.
func OpenAudit(ctx context.Context, connection string, plain bool, report func(record.Finding)) (*Audit, error) {
	o := options(connection, plain)
	o.Timeout = 0 // it reads all there is, and what it found is judged between two reads
	pool, err := postgres.Open(ctx, o)
	if err != nil {
		return nil, wrapped(err)
	}
	tx, err := pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		pool.Close()
		return nil, wrapped(err)
	}
	view := unlimited{tx}
	return &Audit{record.Audit{Source: source{view}, Report: report}, pool, view}, nil
}

// Close ends the view.
func (a *Audit) Close() error {
	err := a.tx.Rollback(context.Background())
	a.pool.Close()
	return wrapped(err)
}

// wrapped is an error with what it is about.
func wrapped(err error) error {
	if err != nil {
		return fmt.Errorf("store: PostgreSQL: %w", err)
	}
	return nil
}

// counted are the rows of a database that must never be lost.
const counted = `SELECT (SELECT count(*) FROM act), (SELECT count(*) FROM receipt), (SELECT count(*) FROM puk_release), (SELECT count(*) FROM login),
	(SELECT count(*) FROM application), (SELECT count(*) FROM chain), (SELECT count(*) FROM card)`

// unfounded are acts without the certificates that they were judged by: no reference of another table asks for these.
const unfounded = `SELECT count(*) FROM act WHERE NOT EXISTS (SELECT 1 FROM evidence WHERE evidence.reference = act.reference AND kind = 'certificate')`

// Whole compares what is defined in the schema with what this program's migrations define, and counts. Of pages and references the server keeps
// account itself (docs/postgresql.md).
func (a *Audit) Whole(ctx context.Context) (c record.Contents, err error) {
	s, err := schema(0)
	if err != nil {
		return c, err
	}
	if c.Version, _, err = versions(ctx, s, a.tx); err != nil {
		return c, wrapped(err)
	}
	if newest := len(s.Migrations); c.Version == 0 || c.Version > newest {
		return c, wrapped(fmt.Errorf("the database has version %d, this program knows 1 to %d", c.Version, newest))
	}
	if err := a.checkSchema(ctx, c.Version); err != nil {
		return c, wrapped(err)
	}
	n, err := one(ctx, a.tx, scanValue[int], unfounded)
	if err != nil {
		return c, wrapped(err)
	}
	if n > 0 {
		a.Found("database", "", "%d acts without evidence", n)
	}
	_, err = one(ctx, a.tx, func(row scanner) (struct{}, error) {
		return struct{}{}, row.Scan(&c.Acts, &c.Receipts, &c.Releases, &c.Logins, &c.Applications, &c.Entries, &c.Cards)
	}, counted)
	return c, wrapped(err)
}

// Chain, Heads and Copies are record.Audit's, by this source.
type source struct{ tx unlimited }

// Links implements record.Source.
func (s source) Links(ctx context.Context, after int64, limit int) ([]record.Link, error) {
	list, err := all(ctx, s.tx, func(row scanner) (l record.Link, err error) {
		var link []byte
		err = row.Scan(&l.Number, &l.Kind, &l.Reference, &l.Before, &l.Digest, &link)
		copy(l.Link[:], link)
		return l, err
	}, `SELECT number, kind, reference, before, digest, link FROM chain WHERE number > $1 ORDER BY number LIMIT $2`, after, limit)
	return list, wrapped(err)
}

// Digest implements record.Source.
func (s source) Digest(ctx context.Context, kind, reference string) ([]byte, error) {
	sum, err := digest(ctx, s.tx, kind, reference)
	return sum, wrapped(err)
}

// origins are the rows that must have an entry, by its kind.
var origins = map[string]string{
	record.Act:         `SELECT reference FROM act WHERE kind <> 'approval'`,
	record.Approval:    `SELECT reference FROM act WHERE kind = 'approval'`,
	record.Refusal:     `SELECT number::text COLLATE "C" AS reference FROM receipt WHERE code IS NOT NULL`,
	record.Release:     `SELECT reference FROM puk_release`,
	record.Report:      `SELECT reference FROM puk_release WHERE reported_at IS NOT NULL`,
	record.Login:       `SELECT reference FROM login`,
	record.Institution: `SELECT number::text COLLATE "C" AS reference FROM institution_change`,
	record.Officer:     `SELECT number::text COLLATE "C" AS reference FROM officer_change`,
	record.Decision:    `SELECT reference FROM decision`,
	record.DecisionEnd: `SELECT reference FROM decision_end UNION SELECT decision FROM legal_text UNION SELECT decision FROM announcement
	 UNION SELECT decision FROM role_change WHERE decision IS NOT NULL`,
	record.Payment:     `SELECT reference || '/' || version AS reference FROM payment_change`,
	record.Role:        `SELECT number::text COLLATE "C" AS reference FROM role_change`,
	record.Application: `SELECT reference || '/' || version AS reference FROM application_change`,
}

// Unentered implements record.Source.
func (s source) Unentered(ctx context.Context, do func(kind, reference string)) error {
	for kind, rows := range origins {
		list, err := all(ctx, s.tx, scanValue[string],
			`SELECT reference FROM (`+rows+`) AS origin EXCEPT SELECT reference FROM chain WHERE kind = $1`, kind)
		if err != nil {
			return wrapped(err)
		}
		for _, reference := range list {
			do(kind, reference)
		}
	}
	return nil
}

// Heads implements record.Source.
func (s source) Heads(ctx context.Context, after int64, limit int) ([]store.Head, error) {
	list, err := all(ctx, s.tx, scanHead, headColumns+`WHERE number > $1 ORDER BY number LIMIT $2`, after, limit)
	return list, wrapped(err)
}

// LinkOf implements record.Source.
func (s source) LinkOf(ctx context.Context, number int64) ([]byte, error) {
	link, err := one(ctx, s.tx, scanValue[[]byte], `SELECT link FROM chain WHERE number = $1`, number)
	return link, wrapped(err)
}

// NextCopy implements record.Source.
func (s source) NextCopy(ctx context.Context, after store.Copy) (store.Copy, error) {
	c, err := one(ctx, s.tx, scanCopy, copyColumns+`WHERE (reference, version) > ($1, $2) ORDER BY reference, version LIMIT 1`, after.Reference, after.Version)
	return c, wrapped(err)
}

// MissingCopies implements record.Source.
func (s source) MissingCopies(ctx context.Context, do func(reference string)) error {
	list, err := all(ctx, s.tx, scanValue[string],
		`SELECT reference FROM lasting_due WHERE version <> (SELECT coalesce(max(version), 0) FROM lasting WHERE lasting.reference = lasting_due.reference)
		 UNION ALL SELECT reference FROM act WHERE NOT EXISTS (SELECT 1 FROM lasting_due WHERE lasting_due.reference = act.reference)`)
	for _, reference := range list {
		do(reference)
	}
	return wrapped(err)
}

// Waiting returns how many rows from before the chain are not entered yet: there are none, since web copy takes no others.
func (a *Audit) Waiting(context.Context) (int, error) { return 0, nil }

// Act returns an act with all that was recorded with it.
func (a *Audit) Act(ctx context.Context, reference string) (store.Act, store.Evidence, error) {
	act, err := act(ctx, a.tx, reference)
	if err != nil {
		return store.Act{}, store.Evidence{}, err
	}
	e, err := evidence(ctx, a.tx, reference)
	return act, e, err
}

// Refused returns a refused receipt with the document that was signed.
func (a *Audit) Refused(ctx context.Context, number string) (r store.Receipt, document []byte, err error) {
	r, err = one(ctx, a.tx, scanReceipt, receiptColumns+`WHERE number = CAST($1 AS text)::bigint`, number)
	if err != nil {
		return r, nil, err
	}
	c, err := challenge(ctx, a.tx, r.Reference)
	return r, c.Document, err
}

// Decision returns a decision.
func (a *Audit) Decision(ctx context.Context, reference string) (store.Decision, error) {
	return one(ctx, a.tx, scanDecision, decisionColumns+`WHERE decision.reference = $1`, reference)
}

// Subject returns what an approval is about.
func (a *Audit) Subject(ctx context.Context, reference string) (subject string, err error) {
	subject, err = one(ctx, a.tx, scanValue[string], `SELECT subject FROM challenge WHERE reference = $1 AND kind = 'approval'`, reference)
	return subject, wrapped(err)
}

// Released returns a release.
func (a *Audit) Released(ctx context.Context, reference string) (store.Release, error) {
	return released(ctx, a.tx, reference)
}

// Login returns a login with a card.
func (a *Audit) Login(ctx context.Context, reference string) (store.Login, error) {
	l, err := one(ctx, a.tx, scanLogin, loginColumns+`WHERE reference = $1`, reference)
	if err != nil {
		return l, err
	}
	list, err := all(ctx, a.tx, scanItem, `SELECT kind, number, der, url FROM (`+loginItems+`) AS items`, reference)
	record.Fill(&l.Evidence, list)
	return l, err
}
