package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/web/portal/store"
)

// PutCards implements store.Releases.
func (s *Store) PutCards(ctx context.Context, cards []store.Card, differs store.PUKsDiffer) error {
	return s.begin(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := lock(ctx, tx, cardsLock); err != nil {
			return err
		}
		for i, card := range cards {
			if err := putCard(ctx, tx, card, differs); err != nil {
				return fmt.Errorf("store: card %d of %d: %w", i+1, len(cards), err)
			}
		}
		return nil
	})
}

func putCard(ctx context.Context, tx pgx.Tx, c store.Card, differs store.PUKsDiffer) error {
	if max(len(c.PUK), len(c.Contact)) > store.MaxValue || len(c.Certificates) > store.MaxItems {
		return errors.New("too large")
	}
	// The row's lock lets no report mark the card between what is read here and what is written. It lets releases refer to it.
	before, err := one(ctx, tx, func(row scanner) (before store.Card, err error) {
		err = row.Scan(&before.PUK, &before.PUKRefused)
		return before, err
	}, `SELECT puk, puk_refused = 1 FROM card WHERE serial = $1 FOR NO KEY UPDATE`, c.Serial)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	refused := 0
	if before.PUKRefused && !differs(c.Serial, before.PUK, c.PUK) {
		refused = 1
	}
	n, err := exec(ctx, tx,
		`INSERT INTO card AS old (serial, citizen_number, puk, puk_refused) VALUES ($1, $2, $3, $4)
		 ON CONFLICT (serial) DO UPDATE SET puk = excluded.puk, puk_refused = excluded.puk_refused WHERE old.citizen_number = excluded.citizen_number`,
		c.Serial, c.CitizenNumber, c.PUK, refused)
	if err != nil {
		return err
	}
	if n == 0 {
		return errors.New("it is on record for another person")
	}
	for _, one := range c.Certificates {
		if _, err := exec(ctx, tx,
			`INSERT INTO card_certificate (serial, sha256, not_before, not_after) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
			c.Serial, one.SHA256[:], millis(one.NotBefore), millis(one.NotAfter)); err != nil {
			return err
		}
	}
	if c.Contact == nil {
		return nil
	}
	_, err = exec(ctx, tx, `INSERT INTO contact (citizen_number, address) VALUES ($1, $2) ON CONFLICT (citizen_number) DO UPDATE SET address = excluded.address`,
		c.CitizenNumber, c.Contact)
	return err
}

// Cards implements store.Releases.
func (s *Store) Cards(ctx context.Context, citizenNumber string) ([]store.Card, error) {
	cards, err := all(ctx, s.pool, func(row scanner) (c store.Card, err error) {
		err = row.Scan(&c.Serial, &c.CitizenNumber, &c.PUK, &c.PUKRefused)
		return c, err
	}, `SELECT serial, citizen_number, puk, puk_refused = 1 FROM card WHERE citizen_number = $1 ORDER BY serial LIMIT $2`,
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
	return all(ctx, s.pool, func(row scanner) (c store.CardCertificate, err error) {
		var (
			sum           []byte
			before, after int64
		)
		if err := row.Scan(&sum, &before, &after); err != nil {
			return c, err
		}
		return store.CardCertificate{SHA256: store.Fingerprint(sum), NotBefore: instant(before), NotAfter: instant(after)}, nil
	}, `SELECT sha256, not_before, not_after FROM card_certificate WHERE serial = $1 ORDER BY not_after DESC, sha256 LIMIT $2`,
		serial, store.MaxItems)
}
