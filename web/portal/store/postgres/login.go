package postgres

import (
	"bytes"
	"context"
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
		b := &pgx.Batch{}
		kept := askKept(b, l.Evidence)
		if err := send(ctx, tx, b); err != nil {
			return err
		}
		b = &pgx.Batch{}
		bringItems(b, *kept, l.Evidence)
		keepItems(b, `login_evidence`, l.Reference, l.Evidence)
		e, err := askEntry(b, record.Login, l.Reference, nil)
		if err != nil {
			return err
		}
		return enterAfter(ctx, tx, b, e)
	})
}

// askKept asks for the digests of items of evidence that are kept already.
func askKept(b *pgx.Batch, all ...store.Evidence) *[][]byte {
	var digests, kept [][]byte
	for _, item := range record.KeptItems(all...) {
		digests = append(digests, item.SHA256[:])
	}
	b.Queue(`SELECT sha256 FROM item WHERE sha256 = ANY ($1)`, digests).Query(func(rows pgx.Rows) (err error) {
		kept, err = pgx.CollectRows(rows, pgx.RowTo[[]byte])
		return err
	})
	return &kept
}

// bringItems adds to a batch what keeps the bytes of evidence, once. kept are the digests of those that are there already: they are not even sent,
// since a list may have megabytes. What another transaction has brought meanwhile is kept once too.
func bringItems(b *pgx.Batch, kept [][]byte, all ...store.Evidence) {
	var digests, ders [][]byte
	for _, item := range record.KeptItems(all...) {
		if !slices.ContainsFunc(slices.Concat(kept, digests), func(sum []byte) bool { return bytes.Equal(sum, item.SHA256[:]) }) {
			digests, ders = append(digests, item.SHA256[:]), append(ders, item.DER)
		}
	}
	if len(digests) > 0 {
		b.Queue(`INSERT INTO item (sha256, der) SELECT * FROM unnest($1::bytea[], $2::bytea[]) ON CONFLICT DO NOTHING`, digests, ders)
	}
}

// keepItems adds to a batch what has an act's or a login's evidence refer to bytes that are kept.
func keepItems(b *pgx.Batch, table, reference string, e store.Evidence) {
	var (
		sums    [][]byte
		kinds   []string
		numbers []int64
		urls    []*string
	)
	for _, item := range record.KeptItems(e) {
		sums, kinds = append(sums, item.SHA256[:]), append(kinds, item.Kind)
		numbers, urls = append(numbers, int64(item.Number)), append(urls, item.URL)
	}
	b.Queue(`INSERT INTO `+table+` (reference, kind, number, url, sha256)
		SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::text[], $5::bytea[])`, reference, kinds, numbers, urls, sums)
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
