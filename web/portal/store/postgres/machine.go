package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// enrol keeps that a person used a machine, unless they have revoked it, and returns the notice that tells of its release.
func enrol(ctx context.Context, tx pgx.Tx, citizenNumber string, c store.Claim) (*store.Message, error) {
	isKnown, err := one(ctx, tx, scanValue[bool], `SELECT EXISTS (SELECT 1 FROM machine WHERE citizen_number = $1 AND id = $2)`, citizenNumber, c.Machine.ID)
	if err != nil {
		return nil, err
	}
	m, seen := c.Machine, millis(c.IssuedAt)
	n, err := exec(ctx, tx,
		`INSERT INTO machine AS old (citizen_number, id, signing, sealing, protection, platform, first_seen, last_seen) VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
		 ON CONFLICT (citizen_number, id) DO UPDATE SET
		   protection = excluded.protection, platform = excluded.platform, last_seen = greatest(old.last_seen, excluded.last_seen)
		 WHERE old.revoked_at IS NULL`,
		citizenNumber, m.ID, m.Signing, m.Sealing, m.Protection, m.Platform, seen)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, fault.New(refusal.DeviceRevoked, nil)
	}
	if isKnown {
		return c.Notice, nil
	}
	return c.NewMachineNotice, nil
}

// markAttested keeps when a machine's TPM last proved that it has the keys.
func markAttested(ctx context.Context, tx pgx.Tx, citizenNumber, id string, at time.Time) error {
	_, err := exec(ctx, tx,
		`UPDATE machine SET attested_at = greatest(attested_at, $1) WHERE citizen_number = $2 AND id = $3`, millis(at), citizenNumber, id)
	return err
}

// RevokeMachine implements store.Releases.
func (s *Store) RevokeMachine(ctx context.Context, citizenNumber, id string, at time.Time) error {
	n, err := s.exec(ctx,
		`UPDATE machine SET revoked_at = coalesce(revoked_at, $1) WHERE citizen_number = $2 AND id = $3`, millis(at), citizenNumber, id)
	if err == nil && n == 0 {
		err = store.ErrNotFound
	}
	return err
}

const machineColumns = `SELECT id, citizen_number, signing, sealing, protection, platform, first_seen, last_seen, revoked_at, attested_at FROM machine `

// Machine implements store.Releases.
func (s *Store) Machine(ctx context.Context, citizenNumber, id string) (store.Machine, error) {
	return one(ctx, s.pool, scanMachine, machineColumns+`WHERE citizen_number = $1 AND id = $2`, citizenNumber, id)
}

// Machines implements store.Releases.
func (s *Store) Machines(ctx context.Context, citizenNumber string) ([]store.Machine, error) {
	return all(ctx, s.pool, scanMachine,
		machineColumns+`WHERE citizen_number = $1 ORDER BY last_seen DESC, id LIMIT $2`, citizenNumber, store.MaxItems)
}

func scanMachine(row scanner) (m store.Machine, err error) {
	var (
		first, last       int64
		revoked, attested *int64
	)
	err = row.Scan(&m.ID, &m.CitizenNumber, &m.Signing, &m.Sealing, &m.Protection, &m.Platform, &first, &last, &revoked, &attested)
	m.FirstSeen, m.LastSeen = instant(first), instant(last)
	m.RevokedAt, m.AttestedAt = instantOrZero(revoked), instantOrZero(attested)
	return m, err
}
