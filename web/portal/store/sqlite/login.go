package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"

	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// RecordLogin implements store.Logins.
func (s *Store) RecordLogin(ctx context.Context, l store.Login) error {
	if err := record.CheckSize(l.Evidence); err != nil {
		return err
	}
	if len(l.Token) > store.MaxValue {
		return errors.New("sqlite: the token is too large")
	}
	return s.transact(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx,
			`INSERT INTO login (reference, citizen_number, name, way, origin, nonce, token, received_at, verified_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			l.Reference, l.CitizenNumber, l.Name, l.Way, l.Origin, l.Nonce, notNull(l.Token), millis(l.ReceivedAt), millis(l.Evidence.VerifiedAt)); err != nil {
			return err
		}
		for _, one := range record.Items(l.Evidence) {
			if err := keepItem(ctx, tx, l.Reference, one); err != nil {
				return err
			}
		}
		return enter(ctx, tx, entryLogin, l.Reference, false)
	})
}

// keepItem keeps an item of a login's evidence; bytes that are there already are kept once.
func keepItem(ctx context.Context, tx *sql.Tx, reference string, one record.Item) error {
	digest := sha256.Sum256(one.DER)
	if _, err := tx.ExecContext(ctx,
		`INSERT INTO item (sha256, der) SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM item WHERE sha256 = ?1)`, digest[:], one.DER); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO login_evidence (reference, kind, number, url, sha256) VALUES (?, ?, ?, ?, ?)`,
		reference, one.Kind, one.Number, one.URL, digest[:])
	return err
}

// loginItems are the items of a login's evidence.
const loginItems = `SELECT kind, number, der, url, login_evidence.sha256 FROM login_evidence JOIN item ON item.sha256 = login_evidence.sha256
	WHERE reference = ? ORDER BY kind, number`

const loginColumns = `SELECT reference, citizen_number, name, way, origin, nonce, token, received_at, verified_at FROM login `

// scanLogin leaves out the evidence but for VerifiedAt.
func scanLogin(row scanner) (l store.Login, err error) {
	var received, verified int64
	if err := row.Scan(&l.Reference, &l.CitizenNumber, &l.Name, &l.Way, &l.Origin, &l.Nonce, &l.Token, &received, &verified); err != nil {
		return store.Login{}, found(err)
	}
	l.ReceivedAt, l.Evidence.VerifiedAt = instant(received), instant(verified)
	return l, nil
}

// Login returns a login with a card.
func (a *Audit) Login(ctx context.Context, reference string) (store.Login, error) {
	l, err := scanLogin(a.db.QueryRowContext(ctx, loginColumns+`WHERE reference = ?`, reference))
	if err != nil {
		return store.Login{}, err
	}
	list, err := all(ctx, a.db, scanItem, `SELECT kind, number, der, url FROM (`+loginItems+`)`, reference)
	if err != nil {
		return l, err
	}
	record.Fill(&l.Evidence, list)
	return l, nil
}
