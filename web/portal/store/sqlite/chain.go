package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
)

// Kinds of entries.
const (
	entryAct     = "act"
	entryRefusal = "refusal"
	entryRelease = "release"
	entryReport  = "report"
	entryLogin   = "login"
)

// covered are the queries for the rows of an entry, by its kind; the parameter is its reference. The first one returns
// exactly one row. What was digested stays as it is, so columns that came later are in coveredLater.
var covered = map[string][]string{
	entryAct: {
		`SELECT reference, citizen_number, number, name, kind, text_version, document, signature, signing_time, verified_at, recorded_at, received_at
		 FROM act WHERE reference = ?`,
		actItems,
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
}

// coveredLater are queries for columns that came after an entry's others. They have a row only where the columns hold a value,
// and no row adds nothing to the digest: so entries from before are digested as they were.
var coveredLater = map[string]string{
	entryAct:     `SELECT acr, amr FROM act WHERE reference = ? AND (acr IS NOT NULL OR amr IS NOT NULL)`,
	entryRefusal: `SELECT acr, amr FROM receipt WHERE number = CAST(? AS INTEGER) AND (acr IS NOT NULL OR amr IS NOT NULL)`,
}

// Domains of the digests, so that none can be taken for another.
const (
	entryDomain = "tr.eonay.entry v1\n"
	linkDomain  = "tr.eonay.link v1\n"
)

// entry is a row of the chain.
type entry struct {
	number          int64
	kind, reference string
	before          int64 // 1 where its rows are older than the chain, else 0; another number breaks the link
	digest          []byte
	link            store.Link
}

// next is the link of an entry after another.
func (e *entry) next(previous store.Link) store.Link {
	h := sha256.New()
	h.Write([]byte(linkDomain))
	h.Write(previous[:])
	h.Write(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(e.number)), uint64(e.before)))
	writeBytes(h, []byte(e.kind))
	writeBytes(h, []byte(e.reference))
	writeBytes(h, e.digest)
	return store.Link(h.Sum(nil))
}

// enter adds an entry to the chain, for rows that this transaction has written, or that are older than the chain.
func enter(ctx context.Context, tx *sql.Tx, kind, reference string, before bool) error {
	previous, err := newestEntry(ctx, tx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	e := entry{number: previous.Number + 1, kind: kind, reference: reference}
	if before {
		e.before = 1
	}
	if e.digest, err = digest(ctx, tx, kind, reference); err != nil {
		return err
	}
	e.link = e.next(previous.Link)
	_, err = tx.ExecContext(ctx, `INSERT INTO chain (number, kind, reference, before, digest, link) VALUES (?, ?, ?, ?, ?, ?)`,
		e.number, e.kind, e.reference, e.before, e.digest, e.link[:])
	return err
}

// errNoRow means that what an entry is about is not there.
var errNoRow = errors.New("sqlite: it is not there")

// digest is SHA-256 over the rows of an entry: each value with its type and its length.
func digest(ctx context.Context, q querier, kind, reference string) ([]byte, error) {
	h := sha256.New()
	h.Write([]byte(entryDomain))
	writeBytes(h, []byte(kind))
	for i, query := range covered[kind] {
		n, err := writeRows(ctx, h, q, false, query, reference)
		if err != nil {
			return nil, err
		}
		if i == 0 && n != 1 {
			return nil, fmt.Errorf("%s %s: %w", kind, reference, errNoRow)
		}
	}
	if later := coveredLater[kind]; later != "" {
		if _, err := writeRows(ctx, h, q, true, later, reference); err != nil {
			return nil, err
		}
	}
	return h.Sum(nil), nil
}

// writeRows writes a query's rows after a header, which optional leaves out where there is no row.
func writeRows(ctx context.Context, h hash.Hash, q querier, optional bool, query, reference string) (n int, err error) {
	rows, err := q.QueryContext(ctx, query, reference)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return 0, err
	}
	header := []byte{'q', byte(len(columns))}
	if !optional {
		h.Write(header)
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
			h.Write(header)
		}
		h.Write([]byte{'r'})
		for _, value := range values {
			if err := writeValue(h, value); err != nil {
				return 0, err
			}
		}
	}
	return n, rows.Err()
}

// writeValue writes one of SQLite's types of values; STRICT tables here have no others.
func writeValue(h hash.Hash, value any) error {
	switch value := value.(type) {
	case nil:
		h.Write([]byte{'n'})
	case int64:
		h.Write(binary.BigEndian.AppendUint64([]byte{'i'}, uint64(value)))
	case string:
		h.Write([]byte{'t'})
		writeBytes(h, []byte(value))
	case []byte:
		h.Write([]byte{'b'})
		writeBytes(h, value)
	default:
		return fmt.Errorf("sqlite: a value of type %T", value)
	}
	return nil
}

// writeBytes writes a value with its length before it.
func writeBytes(h hash.Hash, data []byte) {
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(data))))
	h.Write(data)
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
	_, err := s.write.ExecContext(ctx, `INSERT INTO head (number, link, signed_at, signature) VALUES (?, ?, ?, ?)`,
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
			if err := enter(ctx, tx, e.kind, e.reference, true); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM unchained WHERE number = ?`, e.number); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

func scanUnchained(row scanner) (e entry, err error) {
	err = row.Scan(&e.number, &e.kind, &e.reference)
	return e, err
}
