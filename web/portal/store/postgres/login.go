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
		kept, err := keptItems(ctx, tx, l.Evidence)
		if err != nil {
			return err
		}
		b := &pgx.Batch{}
		keepItems(b, `login_evidence`, l.Reference, l.Evidence, kept)
		return enterAfter(ctx, tx, b, record.Login, l.Reference, nil)
	})
}

const digestsKept = `SELECT sha256 FROM item WHERE sha256 = ANY ($1)`

// keptItems returns the digests of items of evidence that are kept already.
func keptItems(ctx context.Context, tx pgx.Tx, e store.Evidence) ([][]byte, error) {
	return all(ctx, tx, scanValue[[]byte], digestsKept, digestsOf(e))
}

func digestsOf(e store.Evidence) (list [][]byte) {
	for _, item := range record.KeptItems(e) {
		list = append(list, item.SHA256[:])
	}
	return list
}

// keepItems adds to a batch what keeps the items of an act's or a login's evidence. kept are the digests of bytes that are there already: these are
// kept once, and not even sent, since a list may have megabytes. What another transaction has brought meanwhile is kept once too.
func keepItems(b *pgx.Batch, table, reference string, e store.Evidence, kept [][]byte) {
	var (
		news, ders, sums [][]byte
		kinds            []string
		numbers          []int64
		urls             []*string
	)
	for _, item := range record.KeptItems(e) {
		if !slices.ContainsFunc(kept, func(sum []byte) bool { return bytes.Equal(sum, item.SHA256[:]) }) {
			news, ders = append(news, item.SHA256[:]), append(ders, item.DER)
		}
		sums, kinds = append(sums, item.SHA256[:]), append(kinds, item.Kind)
		numbers, urls = append(numbers, int64(item.Number)), append(urls, item.URL)
	}
	if len(news) > 0 {
		b.Queue(`INSERT INTO item (sha256, der) SELECT * FROM unnest($1::bytea[], $2::bytea[]) ON CONFLICT DO NOTHING`, news, ders)
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
