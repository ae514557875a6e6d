package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// covered are the queries for the rows of an entry, by its kind; the parameter is its reference. The first one returns
// exactly one row. They return what SQLite's return, in its order: an entry has the same digest in both.
var covered = map[string][]string{
	record.Act: {
		`SELECT reference, citizen_number, number, name, kind, text_version, document, signature, signing_time, verified_at, recorded_at, received_at
		 FROM act WHERE reference = $1`,
		actItems,
	},
	record.Approval: {
		`SELECT reference, citizen_number, name, kind, text_version, document, signature, signing_time, verified_at, recorded_at, received_at, acr, amr
		 FROM act WHERE reference = $1 AND kind = 'approval'`,
		actItems,
		`SELECT subject FROM challenge WHERE reference = $1`,
	},
	record.Refusal: {
		`SELECT number, reference, citizen_number, name, signature, received_at, due_at, code, refused_at FROM receipt WHERE number = CAST($1 AS text)::bigint`,
		`SELECT challenge.reference, session, challenge.number, challenge.citizen_number, kind, challenge.code, text_version, document, issued_at
		 FROM challenge JOIN receipt ON receipt.reference = challenge.reference WHERE receipt.number = CAST($1 AS text)::bigint`,
	},
	record.Release: {
		`SELECT reference, citizen_number, card, machine, claim, claim_signature, card_signature, issued_at FROM puk_release WHERE reference = $1`,
	},
	record.Report: {
		`SELECT reference, outcome, report, report_signature, reported_at FROM puk_release WHERE reference = $1 AND reported_at IS NOT NULL`,
	},
	record.Login: {
		`SELECT reference, citizen_number, name, way, origin, nonce, token, received_at, verified_at FROM login WHERE reference = $1`,
		loginItems,
	},
	record.Payment: {
		`SELECT p.reference, p.application, p.sum, p.started_at, c.version, c.state, c.number, c.received, c.currency, c.basis, c.at
		 FROM payment_change c JOIN payment p ON p.reference = c.reference
		 WHERE c.reference = split_part($1, '/', 1) AND c.version = split_part($1, '/', 2)::bigint`,
	},
	record.Role: {
		`SELECT number, citizen_number, role, by_number, at, until FROM role_change WHERE number = CAST($1 AS text)::bigint`,
	},
	record.Institution: {
		`SELECT number, id, name_tr, name_en, terms, at, until FROM institution_change WHERE number = CAST($1 AS text)::bigint`,
	},
	record.Officer: {
		`SELECT number, citizen_number, institution, at, until FROM officer_change WHERE number = CAST($1 AS text)::bigint`,
	},
	record.Decision: {
		`SELECT reference, kind, role, subject, person, asked, asked_by, asked_at, until FROM decision WHERE reference = $1`,
	},
	record.DecisionEnd: {
		`SELECT reference, outcome, by_number, at, reason FROM decision_end WHERE reference = $1`,
		`SELECT number, name, version, body, in_force_at FROM legal_text WHERE decision = $1 ORDER BY number`,
		`SELECT number, reference, title_tr, text_tr, title_en, text_en, link, from_at, until_at, important FROM announcement WHERE decision = $1 ORDER BY number`,
		`SELECT number FROM role_change WHERE decision = $1 ORDER BY number`,
	},
	record.Application: {
		`SELECT reference, version, event, by_actor, who, at, reason, basis, way, from_state, to_state, digest, serial, not_before, not_after
		 FROM application_change WHERE reference = split_part($1, '/', 1) AND version = split_part($1, '/', 2)::bigint`,
	},
}

// coveredLater are queries for columns that came after an entry's others, as SQLite has them: no row adds nothing to the digest.
var coveredLater = map[string]string{
	record.Act:     `SELECT acr, amr FROM act WHERE reference = $1 AND (acr IS NOT NULL OR amr IS NOT NULL)`,
	record.Refusal: `SELECT acr, amr FROM receipt WHERE number = CAST($1 AS text)::bigint AND (acr IS NOT NULL OR amr IS NOT NULL)`,
	record.Payment: `SELECT goods_order FROM payment WHERE reference = split_part($1, '/', 1) AND goods_order IS NOT NULL`,
	record.Role:    `SELECT decision FROM role_change WHERE number = CAST($1 AS text)::bigint AND decision IS NOT NULL`,
}

// enter adds an entry to the chain, for rows that this transaction has written. It comes last: nobody else enters anything before the transaction
// has ended.
func enter(ctx context.Context, tx pgx.Tx, kind, reference string) error {
	b := &pgx.Batch{}
	e, err := askEntry(b, kind, reference, nil)
	if err != nil {
		return err
	}
	return enterAfter(ctx, tx, b, e)
}

// entry is one of the chain that is to be, with its digest once the batch was sent.
type entry struct {
	kind, reference string
	digest          record.Digest
}

// askEntry adds the queries for the rows of an entry to a batch, as askDigest does.
func askEntry(b *pgx.Batch, kind, reference string, items []record.Item) (entry, error) {
	d, err := askDigest(b, kind, reference, items)
	return entry{kind, reference, d}, err
}

// enterAfter sends a batch of statements, after which the rows of entries are there, and adds these in their order. Nobody else enters anything from the
// end of the batch on, so only the entries themselves come after it.
func enterAfter(ctx context.Context, tx pgx.Tx, b *pgx.Batch, entries ...entry) error {
	b.Queue(`SELECT pg_advisory_xact_lock($1)`, chainLock)
	newest := ask(b, scanEntry, newestEntry)
	if err := send(ctx, tx, b); err != nil {
		return err
	}
	b = &pgx.Batch{}
	previous := newest.value
	for _, e := range entries {
		l := record.Link{Number: previous.Number + 1, Kind: e.kind, Reference: e.reference, Digest: e.digest.Sum()}
		l.Link = l.Next(previous.Link)
		b.Queue(`INSERT INTO chain (number, kind, reference, before, digest, link) VALUES ($1, $2, $3, $4, $5, $6)`,
			l.Number, l.Kind, l.Reference, l.Before, l.Digest, l.Link[:])
		previous = store.Entry{Number: l.Number, Link: l.Link}
	}
	return send(ctx, tx, b)
}

// digest digests the rows of an entry.
func digest(ctx context.Context, q querier, kind, reference string) ([]byte, error) {
	ctx, cancel := limited(ctx, q)
	defer cancel()
	b := &pgx.Batch{}
	d, err := askDigest(b, kind, reference, nil)
	if err == nil {
		err = q.SendBatch(ctx, b).Close()
	}
	if err != nil {
		return nil, err
	}
	return d.Sum(), nil
}

// askDigest adds the queries for the rows of an entry to a batch, and returns the digest of the rows once that was sent. Those of an act's evidence are
// items, unless that is nil.
func askDigest(b *pgx.Batch, kind, reference string, items []record.Item) (record.Digest, error) {
	d := record.NewDigest(kind)
	queries, ok := covered[kind]
	if !ok {
		return d, fmt.Errorf("%.40q: %w", kind, record.ErrNoKind)
	}
	for i, query := range queries {
		if query == actItems && items != nil {
			continue // they come after the first query
		}
		b.Queue(query, reference).Query(func(rows pgx.Rows) error {
			n, err := writeRows(d, rows, false)
			switch {
			case err != nil || i > 0:
				return err
			case n != 1:
				return fmt.Errorf("%s %s: %w", kind, reference, record.ErrNoRow)
			case items != nil:
				return d.Items(items)
			}
			return nil
		})
	}
	if later := coveredLater[kind]; later != "" {
		b.Queue(later, reference).Query(func(rows pgx.Rows) error {
			_, err := writeRows(d, rows, true)
			return err
		})
	}
	return d, nil
}

// writeRows writes a query's rows after a header, which optional leaves out where there is no row.
func writeRows(d record.Digest, rows pgx.Rows, optional bool) (n int, err error) {
	if !optional {
		d.Query(len(rows.FieldDescriptions()))
	}
	for ; rows.Next(); n++ {
		if optional && n == 0 {
			d.Query(len(rows.FieldDescriptions()))
		}
		values, err := rows.Values()
		if err != nil {
			return 0, err
		}
		if err := d.Row(values); err != nil {
			return 0, err
		}
	}
	return n, rows.Err()
}

const newestEntry = `SELECT number, link FROM chain ORDER BY number DESC LIMIT 1`

func scanEntry(row scanner) (e store.Entry, err error) {
	var link []byte
	err = row.Scan(&e.Number, &link)
	copy(e.Link[:], link)
	return e, err
}

// NewestEntry implements store.Chain.
func (s *Store) NewestEntry(ctx context.Context) (store.Entry, error) {
	return one(ctx, s.pool, scanEntry, newestEntry)
}

// NewestHead implements store.Chain.
func (s *Store) NewestHead(ctx context.Context) (store.Head, error) {
	return one(ctx, s.pool, scanHead, headColumns+`ORDER BY number DESC LIMIT 1`)
}

const headColumns = `SELECT number, link, signed_at, signature FROM head `

func scanHead(row scanner) (h store.Head, err error) {
	var (
		link   []byte
		signed int64
	)
	err = row.Scan(&h.Number, &link, &signed, &h.Signature)
	copy(h.Link[:], link)
	h.SignedAt = instant(signed)
	return h, err
}

// AddHead implements store.Chain; a trigger compares it with the chain.
func (s *Store) AddHead(ctx context.Context, h store.Head) error {
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := lock(ctx, tx, headsLock); err != nil {
			return err
		}
		_, err := exec(ctx, tx, `INSERT INTO head (number, link, signed_at, signature) VALUES ($1, $2, $3, $4)`,
			h.Number, h.Link[:], millis(h.SignedAt), h.Signature)
		return err
	})
}
