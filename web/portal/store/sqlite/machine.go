package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// enrol keeps that a person used a machine, unless they have revoked it, and returns the notice that tells of its release.
func enrol(ctx context.Context, tx *sql.Tx, citizenNumber string, c store.Claim) (*store.Message, error) {
	var isKnown bool
	row := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM machine WHERE citizen_number = ? AND id = ?)`, citizenNumber, c.Machine.ID)
	if err := row.Scan(&isKnown); err != nil {
		return nil, err
	}
	m, seen := c.Machine, millis(c.IssuedAt)
	result, err := tx.ExecContext(ctx,
		`INSERT INTO machine (citizen_number, id, signing, sealing, protection, platform, first_seen, last_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		 ON CONFLICT (citizen_number, id) DO UPDATE SET
		   protection = excluded.protection, platform = excluded.platform, last_seen = max(last_seen, excluded.last_seen)
		 WHERE revoked_at IS NULL`,
		citizenNumber, m.ID, m.Signing, m.Sealing, m.Protection, m.Platform, seen, seen)
	if err != nil {
		return nil, err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return nil, errors.Join(fault.New(refusal.DeviceRevoked, nil), err)
	}
	if isKnown {
		return c.Notice, nil
	}
	return c.NewMachineNotice, nil
}

// markAttested keeps when a machine's TPM last proved that it has the keys.
func markAttested(ctx context.Context, tx *sql.Tx, citizenNumber, id string, at time.Time) error {
	_, err := tx.ExecContext(ctx,
		`UPDATE machine SET attested_at = max(coalesce(attested_at, 0), ?) WHERE citizen_number = ? AND id = ?`, millis(at), citizenNumber, id)
	return err
}

// RevokeMachine implements store.Releases.
func (s *Store) RevokeMachine(ctx context.Context, citizenNumber, id string, at time.Time) error {
	result, err := s.write.exec(ctx,
		`UPDATE machine SET revoked_at = coalesce(revoked_at, ?) WHERE citizen_number = ? AND id = ?`, millis(at), citizenNumber, id)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(store.ErrNotFound, err)
	}
	return nil
}

const machineColumns = `SELECT id, citizen_number, signing, sealing, protection, platform, first_seen, last_seen, revoked_at, attested_at FROM machine `

// Machine implements store.Releases.
func (s *Store) Machine(ctx context.Context, citizenNumber, id string) (store.Machine, error) {
	return scanMachine(s.read.QueryRowContext(ctx, machineColumns+`WHERE citizen_number = ? AND id = ?`, citizenNumber, id))
}

// Machines implements store.Releases.
func (s *Store) Machines(ctx context.Context, citizenNumber string) ([]store.Machine, error) {
	return all(ctx, s.read, scanMachine,
		machineColumns+`WHERE citizen_number = ? ORDER BY last_seen DESC, id LIMIT ?`, citizenNumber, store.MaxItems)
}

func scanMachine(row scanner) (store.Machine, error) {
	var (
		m                 store.Machine
		first, last       int64
		revoked, attested sql.NullInt64
	)
	err := row.Scan(&m.ID, &m.CitizenNumber, &m.Signing, &m.Sealing, &m.Protection, &m.Platform, &first, &last, &revoked, &attested)
	if err != nil {
		return store.Machine{}, found(err)
	}
	m.FirstSeen, m.LastSeen, m.RevokedAt = instant(first), instant(last), instantOrZero(revoked)
	m.AttestedAt = instantOrZero(attested)
	return m, nil
}

func instantOrZero(millis sql.NullInt64) time.Time {
	if !millis.Valid {
		return time.Time{}
	}
	return instant(millis.Int64)
}
