package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/e-onay/e-onay/web/portal/store"
)

// PutCards implements store.Releases.
func (s *Store) PutCards(ctx context.Context, cards []store.Card, differs store.PUKsDiffer) error {
	return s.transact(ctx, func(tx *sql.Tx) error {
		for i, card := range cards {
			if err := putCard(ctx, tx, card, differs); err != nil {
				return fmt.Errorf("sqlite: card %d of %d: %w", i+1, len(cards), err)
			}
		}
		return nil
	})
}

func putCard(ctx context.Context, tx *sql.Tx, c store.Card, differs store.PUKsDiffer) error {
	if max(len(c.PUK), len(c.Contact)) > store.MaxValue || len(c.Certificates) > store.MaxItems {
		return errors.New("too large")
	}
	var before []byte
	var refused bool
	err := tx.QueryRowContext(ctx, `SELECT puk, puk_refused FROM card WHERE serial = ?`, c.Serial).Scan(&before, &refused)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	result, err := tx.ExecContext(ctx,
		`INSERT INTO card (serial, citizen_number, puk, puk_refused) VALUES (?, ?, ?, ?)
		 ON CONFLICT (serial) DO UPDATE SET puk = excluded.puk, puk_refused = excluded.puk_refused WHERE citizen_number = excluded.citizen_number`,
		c.Serial, c.CitizenNumber, c.PUK, refused && !differs(c.Serial, before, c.PUK))
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(errors.New("it is on record for another person"), err)
	}
	for _, one := range c.Certificates {
		if _, err := tx.ExecContext(ctx,
			`INSERT INTO card_certificate (serial, sha256, not_before, not_after) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			c.Serial, one.SHA256[:], millis(one.NotBefore), millis(one.NotAfter)); err != nil {
			return err
		}
	}
	if c.Contact == nil {
		return nil
	}
	_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO contact (citizen_number, address) VALUES (?, ?)`, c.CitizenNumber, c.Contact)
	return err
}

// Cards implements store.Releases.
func (s *Store) Cards(ctx context.Context, citizenNumber string) ([]store.Card, error) {
	cards, err := all(ctx, s.read, func(row scanner) (c store.Card, err error) {
		err = row.Scan(&c.Serial, &c.CitizenNumber, &c.PUK, &c.PUKRefused)
		return c, err
	}, `SELECT serial, citizen_number, puk, puk_refused FROM card WHERE citizen_number = ? ORDER BY serial LIMIT ?`,
		citizenNumber, store.MaxItems)
	if err != nil {
		return nil, err
	}
	for i := range cards {
		if cards[i].Certificates, err = s.certificates(ctx, cards[i].Serial); err != nil {
			return nil, err
		}
	}
	return cards, nil
}

func (s *Store) certificates(ctx context.Context, serial string) ([]store.CardCertificate, error) {
	return all(ctx, s.read, func(row scanner) (c store.CardCertificate, err error) {
		var (
			sum           []byte
			before, after int64
		)
		if err := row.Scan(&sum, &before, &after); err != nil {
			return c, err
		}
		return store.CardCertificate{SHA256: store.Fingerprint(sum), NotBefore: instant(before), NotAfter: instant(after)}, nil
	}, `SELECT sha256, not_before, not_after FROM card_certificate WHERE serial = ? ORDER BY not_after DESC, sha256 LIMIT ?`,
		serial, store.MaxItems)
}

// scanner is a row of one or of many.
type scanner interface{ Scan(into ...any) error }

// all returns what scan makes of every row.
func all[T any](ctx context.Context, db querier, scan func(scanner) (T, error), query string, args ...any) (list []T, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return list, rows.Err()
}
