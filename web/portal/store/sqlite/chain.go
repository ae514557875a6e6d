package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// Kinds of entries.
const (
	entryAct         = record.Act
	entryRefusal     = record.Refusal
	entryRelease     = record.Release
	entryReport      = record.Report
	entryLogin       = record.Login
	entryApproval    = record.Approval
	entryApplication = record.Application
	entryPayment     = record.Payment
	entryRole        = record.Role
	entryInstitution = record.Institution
	entryOfficer     = record.Officer
	entryDecision    = record.Decision
	entryDecisionEnd = record.DecisionEnd
)

// covered are the queries for the rows of an entry, by its kind; the parameter is its reference. The first one returns
// exactly one row. What was digested stays as it is, so columns that came later are in coveredLater.
var covered = map[string][]string{
	entryAct: {
		`SELECT reference, citizen_number, number, name, kind, text_version, document, signature, signing_time, verified_at, recorded_at, received_at
		 FROM act WHERE reference = ?`,
		actItems,
	},
	entryApproval: {
		`SELECT reference, citizen_number, name, kind, text_version, document, signature, signing_time, verified_at, recorded_at, received_at, acr, amr
		 FROM act WHERE reference = ? AND kind = 'approval'`,
		actItems,
		`SELECT subject FROM challenge WHERE reference = ?`,
	},
	entryRefusal: {
		`SELECT number, reference, citizen_number, name, signature, received_at, due_at, code, refused_at FROM receipt WHERE number = CAST(? AS INTEGER)`,
		`SELECT challenge.reference, session, challenge.number, challenge.citizen_number, kind, challenge.code, text_version, document, issued_at
		 FROM challenge JOIN receipt ON receipt.reference = challenge.reference WHERE receipt.number = CAST(? AS INTEGER)`,
	},
	entryRelease: {
		`SELECT reference, citizen_number, card, machine, claim, claim_signature, card_signature, issued_at FROM puk_release WHERE reference = ?`,
	},
	entryReport: {
		`SELECT reference, outcome, report, report_signature, reported_at FROM puk_release WHERE reference = ? AND reported_at IS NOT NULL`,
	},
	entryLogin: {
		`SELECT reference, citizen_number, name, way, origin, nonce, token, received_at, verified_at FROM login WHERE reference = ?`,
		loginItems,
	},
	entryPayment: {
		`SELECT p.reference, p.application, p.sum, p.started_at, c.version, c.state, c.number, c.received, c.currency, c.basis, c.at
		 FROM payment_change c JOIN payment p ON p.reference = c.reference
		 WHERE c.reference = substr(?1, 1, instr(?1, '/') - 1) AND c.version = CAST(substr(?1, instr(?1, '/') + 1) AS INTEGER)`,
	},
	entryRole: {
		`SELECT number, citizen_number, role, by_number, at, until FROM role_change WHERE number = CAST(? AS INTEGER)`,
	},
	entryInstitution: {
		`SELECT number, id, name_tr, name_en, terms, at, until FROM institution_change WHERE number = CAST(? AS INTEGER)`,
	},
	entryOfficer: {
		`SELECT number, citizen_number, institution, at, until FROM officer_change WHERE number = CAST(? AS INTEGER)`,
	},
	entryDecision: {
		`SELECT reference, kind, role, subject, person, asked, asked_by, asked_at, until FROM decision WHERE reference = ?`,
	},
	entryDecisionEnd: {
		`SELECT reference, outcome, by_number, at, reason FROM decision_end WHERE reference = ?`,
		`SELECT number, name, version, body, in_force_at FROM legal_text WHERE decision = ? ORDER BY number`,
		`SELECT number, reference, title_tr, text_tr, title_en, text_en, link, from_at, until_at, important FROM announcement WHERE decision = ? ORDER BY number`,
		`SELECT number FROM role_change WHERE decision = ? ORDER BY number`,
	},
	entryApplication: {
		`SELECT reference, version, event, by_actor, who, at, reason, basis, way, from_state, to_state, digest, serial, not_before, not_after
		 FROM application_change WHERE reference = substr(?1, 1, instr(?1, '/') - 1) AND version = CAST(substr(?1, instr(?1, '/') + 1) AS INTEGER)`,
	},
}

// coveredLater are queries for columns that came after an entry's others. They have a row only where the columns hold a value,
// and no row adds nothing to the digest: so entries from before are digested as they were, also in a database that has no such column yet.
var coveredLater = map[string]string{
	entryAct:     `SELECT acr, amr FROM act WHERE reference = ? AND (acr IS NOT NULL OR amr IS NOT NULL)`,
	entryRefusal: `SELECT acr, amr FROM receipt WHERE number = CAST(? AS INTEGER) AND (acr IS NOT NULL OR amr IS NOT NULL)`,
	entryPayment: `SELECT goods_order FROM payment WHERE reference = substr(?1, 1, instr(?1, '/') - 1) AND goods_order IS NOT NULL`,
	entryRole:    `SELECT decision FROM role_change WHERE number = CAST(? AS INTEGER) AND decision IS NOT NULL`,
}

// enter adds an entry to the chain, for rows that this transaction has written, or that are older than the chain.
func enter(ctx context.Context, tx *sql.Tx, kind, reference string, before bool) error {
	e := record.Link{Kind: kind, Reference: reference}
	if before {
		e.Before = 1
	}
	var err error
	if e.Digest, err = digest(ctx, tx, kind, reference); err != nil {
		return err
	}
	return link(ctx, tx, e)
}

// link makes an entry the chain's next one.
func link(ctx context.Context, tx *sql.Tx, e record.Link) error {
	previous, err := newestEntry(ctx, tx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	e.Number = previous.Number + 1
	e.Link = e.Next(previous.Link)
	_, err = tx.ExecContext(ctx, `INSERT INTO chain (number, kind, reference, before, digest, link) VALUES (?, ?, ?, ?, ?, ?)`,
		e.Number, e.Kind, e.Reference, e.Before, e.Digest, e.Link[:])
	return err
}

// digest digests the rows of an entry.
func digest(ctx context.Context, q querier, kind, reference string) ([]byte, error) {
	return digestWith(ctx, q, kind, reference, nil)
}

// digestWith digests the rows of an entry; those of an act's evidence are items, unless that is nil.
func digestWith(ctx context.Context, q querier, kind, reference string, items []record.Item) ([]byte, error) {
	queries, ok := covered[kind]
	if !ok {
		return nil, fmt.Errorf("%.40q: %w", kind, record.ErrNoKind)
	}
	d := record.NewDigest(kind)
	for i, query := range queries {
		if query == actItems && items != nil {
			if err := d.Items(items); err != nil {
				return nil, err
			}
			continue
		}
		n, err := writeRows(ctx, d, q, false, query, reference)
		if err != nil {
			return nil, err
		}
		if i == 0 && n != 1 {
			return nil, fmt.Errorf("%s %s: %w", kind, reference, record.ErrNoRow)
		}
	}
	if later := coveredLater[kind]; later != "" {
		if _, err := writeRows(ctx, d, q, true, later, reference); err != nil {
			return nil, err
		}
	}
	return d.Sum(), nil
}

// writeRows writes a query's rows after a header, which optional leaves out where there is no row.
func writeRows(ctx context.Context, d record.Digest, q querier, optional bool, query, reference string) (n int, err error) {
	rows, err := q.QueryContext(ctx, query, reference)
	if optional && err != nil && strings.Contains(err.Error(), "no such column") {
		return 0, nil // an audit of a database of an earlier version
	}
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	if !optional {
		d.Query(len(columns))
	}
	values, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for ; rows.Next(); n++ {
		if err := rows.Scan(into...); err != nil {
			return 0, err
		}
		if optional && n == 0 {
			d.Query(len(columns))
		}
		if err := d.Row(values); err != nil {
			return 0, err
		}
	}
	return n, rows.Err()
}

func newestEntry(ctx context.Context, q querier) (e store.Entry, err error) {
	var link []byte
	row := q.QueryRowContext(ctx, `SELECT number, link FROM chain ORDER BY number DESC LIMIT 1`)
	if err := row.Scan(&e.Number, &link); err != nil {
		return store.Entry{}, found(err)
	}
	e.Link = store.Link(link)
	return e, nil
}

// NewestEntry implements store.Chain.
func (s *Store) NewestEntry(ctx context.Context) (store.Entry, error) {
	return newestEntry(ctx, s.read)
}

// NewestHead implements store.Chain.
func (s *Store) NewestHead(ctx context.Context) (store.Head, error) {
	return scanHead(s.read.QueryRowContext(ctx, headColumns+`ORDER BY number DESC LIMIT 1`))
}

const headColumns = `SELECT number, link, signed_at, signature FROM head `

func scanHead(row scanner) (h store.Head, err error) {
	var (
		link   []byte
		signed int64
	)
	if err := row.Scan(&h.Number, &link, &signed, &h.Signature); err != nil {
		return store.Head{}, found(err)
	}
	h.Link, h.SignedAt = store.Link(link), instant(signed)
	return h, nil
}

// AddHead implements store.Chain; a trigger compares it with the chain.
func (s *Store) AddHead(ctx context.Context, h store.Head) error {
	_, err := s.write.exec(ctx, `INSERT INTO head (number, link, signed_at, signature) VALUES (?, ?, ?, ?)`,
		h.Number, h.Link[:], millis(h.SignedAt), h.Signature)
	return err
}

// Rows from before the chain are entered few at a time, since all other writes wait meanwhile.
const (
	backlogBatch = 10
	backlogPause = 10 * time.Millisecond
)

// EnterBacklog enters what is older than the chain, and returns when there is nothing left. Several processes may do so at
// once.
func (s *Store) EnterBacklog(ctx context.Context) error {
	for {
		n, err := s.enterSome(ctx)
		if err != nil || n == 0 {
			return err
		}
		select {
		case <-time.After(backlogPause):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (s *Store) enterSome(ctx context.Context) (n int, err error) {
	err = s.transact(ctx, func(tx *sql.Tx) error {
		some, err := all(ctx, tx, scanUnchained, `SELECT number, kind, reference FROM unchained ORDER BY number LIMIT ?`, backlogBatch)
		if err != nil {
			return err
		}
		n = len(some)
		for _, e := range some {
			if err := enter(ctx, tx, e.Kind, e.Reference, true); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM unchained WHERE number = ?`, e.Number); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

func scanUnchained(row scanner) (e record.Link, err error) {
	err = row.Scan(&e.Number, &e.Kind, &e.Reference)
	return e, err
}
