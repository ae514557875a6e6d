package sqlite

import (
	"context"
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
		if err := keepItems(ctx, tx, `INSERT INTO login_evidence (reference, kind, number, url, sha256) VALUES (?, ?, ?, ?, ?)`, l.Reference, l.Evidence); err != nil {
			return err
		}
		return enter(ctx, tx, entryLogin, l.Reference, false)
	})
}

// keepItems keeps the items of an act's or a login's evidence, which insert adds by their digests; bytes that are there already are kept once, and not
// even given to the database: a list may have megabytes.
func keepItems(ctx context.Context, tx *sql.Tx, insert, reference string, e store.Evidence) error {
	for _, one := range record.KeptItems(e) {
		n, err := count(ctx, tx, `SELECT count(*) FROM item WHERE sha256 = ?`, one.SHA256[:])
		if err == nil && n == 0 {
			_, err = tx.ExecContext(ctx, `INSERT INTO item (sha256, der) VALUES (?, ?)`, one.SHA256[:], one.DER)
		}
		if err == nil {
			_, err = tx.ExecContext(ctx, insert, reference, one.Kind, one.Number, one.URL, one.SHA256[:])
		}
		if err != nil {
			return err
		}
	}
	return nil
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
