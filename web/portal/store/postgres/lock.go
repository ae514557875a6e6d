package postgres

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/web/portal/application"
)

// Advisory locks are held until the transaction ends. Each is taken in this order, so that no two transactions wait for each other: cards, lists, an
// application that was made without a login (ownerOf), a person, rows, heads or the chain. Of a statement that begins once a lock was had, read
// committed shows all that was committed under it.
const (
	migrationLock int64 = 0x656f6e61792d706f // "eonay-po"
	cardsLock     int64 = 0x656f6e61792d6361 // "eonay-ca": who puts cards on record
	headsLock     int64 = 0x656f6e61792d6865 // "eonay-he": who adds a head
	listsLock     int64 = 0x656f6e61792d6c69 // "eonay-li": who uploads a list of people
	chainLock     int64 = 0x656f6e61792d6368 // "eonay-ch": who adds an entry, last of all: transactions with entries commit one after the other
)

func lock(ctx context.Context, tx pgx.Tx, key int64) error {
	_, err := exec(ctx, tx, `SELECT pg_advisory_xact_lock($1)`, key)
	return err
}

// personKey is lockPerson's key of the person of a row.
const personKey = `('x' || encode(substr(sha256(convert_to('tr.eonay.person v1' || chr(10) || citizen_number, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint`

// lockPersonOf has whoever else judges or records for the person of a row wait, and returns the person's number; rows is a table with
// what picks the row. Whose it is never changes.
func lockPersonOf(ctx context.Context, tx pgx.Tx, rows string, args ...any) (citizenNumber string, err error) {
	return one(ctx, tx, func(row scanner) (number string, err error) {
		var locked string
		err = row.Scan(&number, &locked)
		return number, err
	}, `SELECT citizen_number, pg_advisory_xact_lock(`+personKey+`)::text FROM `+rows, args...)
}

// lockPerson has whoever else judges or records for this person wait. Two people whose digests begin alike wait for each other too.
func lockPerson(ctx context.Context, tx pgx.Tx, citizenNumber string) error {
	sum := sha256.Sum256([]byte("tr.eonay.person v1\n" + citizenNumber))
	return lock(ctx, tx, int64(binary.BigEndian.Uint64(sum[:8])))
}

// ownerOf is for whom lockPerson is called before an application changes: one that was made without a login has no person, and waits for none.
func ownerOf(a application.Application) string {
	if a.CitizenNumber == "" {
		return a.Reference
	}
	return a.CitizenNumber
}

func randomBytes(n int) []byte {
	data := make([]byte, n)
	_, _ = rand.Read(data) // never fails
	return data
}
