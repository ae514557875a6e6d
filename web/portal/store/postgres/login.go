package postgres

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// RecordLogin implements store.Logins.
func (s *Store) RecordLogin(ctx context.Context, l store.Login) error {
	if err := record.CheckSize(l.Evidence); err != nil {
		return err
	}
	if len(l.Token) > store.MaxValue {
		return errors.New("store: the token is too large")
	}
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := exec(ctx, tx,
			`INSERT INTO login (reference, citizen_number, name, way, origin, nonce, token, received_at, verified_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			l.Reference, l.CitizenNumber, l.Name, l.Way, l.Origin, l.Nonce, notNull(l.Token), millis(l.ReceivedAt), millis(l.Evidence.VerifiedAt)); err != nil {
			return err
		}
		if err := keepItems(ctx, tx, l.Reference, record.Items(l.Evidence)); err != nil {
			return err
		}
		return enter(ctx, tx, record.Login, l.Reference)
	})
}

// keepItems keeps the items of a login's evidence; bytes that are there already are kept once. Logins that bring the same new ones at once wait for
// each other at the first, since all keep them in one order.
func keepItems(ctx context.Context, tx pgx.Tx, reference string, items []record.Item) error {
	type digested struct {
		record.Item
		sum [sha256.Size]byte
	}
	var list []digested
	for _, item := range items {
		list = append(list, digested{item, sha256.Sum256(item.DER)})
	}
	slices.SortStableFunc(list, func(a, b digested) int { return bytes.Compare(a.sum[:], b.sum[:]) })
	for _, item := range list {
		if _, err := exec(ctx, tx, `INSERT INTO item (sha256, der) VALUES ($1, $2) ON CONFLICT DO NOTHING`, item.sum[:], item.DER); err != nil {
			return err
		}
		if _, err := exec(ctx, tx, `INSERT INTO login_evidence (reference, kind, number, url, sha256) VALUES ($1, $2, $3, $4, $5)`,
			reference, item.Kind, item.Number, item.URL, item.sum[:]); err != nil {
			return err
		}
	}
	return nil
}

const loginColumns = `SELECT reference, citizen_number, name, way, origin, nonce, token, received_at, verified_at FROM login `

// scanLogin leaves out the evidence but for VerifiedAt.
func scanLogin(row scanner) (l store.Login, err error) {
	var received, verified int64
	err = row.Scan(&l.Reference, &l.CitizenNumber, &l.Name, &l.Way, &l.Origin, &l.Nonce, &l.Token, &received, &verified)
	l.ReceivedAt, l.Evidence.VerifiedAt = instant(received), instant(verified)
	return l, err
}

// loginItems are the items of a login's evidence.
const loginItems = `SELECT kind, number, der, url, login_evidence.sha256 FROM login_evidence JOIN item ON item.sha256 = login_evidence.sha256
	WHERE reference = $1 ORDER BY kind, number`
