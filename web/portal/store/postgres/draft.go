package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// SaveDraft implements store.Applications. The person's lock keeps other saves and changes away.
func (s *Store) SaveDraft(ctx context.Context, d application.DraftForm) error {
	form, err := record.DraftFormText(d)
	if err != nil {
		return err
	}
	return s.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		kept, err := lockApplication(ctx, tx, d.Reference)
		if errors.Is(err, store.ErrNotFound) || err == nil && kept.Version != d.Version {
			return fault.New(refusal.ApplicationChanged, nil)
		}
		if err != nil {
			return err
		}
		counter, err := draftCounter(ctx, tx, kept)
		if err == nil && counter != d.Counter-1 {
			err = fault.New(refusal.ApplicationChanged, nil)
		}
		if err != nil {
			return err
		}
		_, err = exec(ctx, tx,
			`INSERT INTO draft_form (reference, version, counter, form, replaces, security_word, saved_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
			 ON CONFLICT (reference) DO UPDATE SET version = excluded.version, counter = excluded.counter, form = excluded.form,
			 replaces = excluded.replaces, security_word = excluded.security_word, saved_at = excluded.saved_at`,
			d.Reference, d.Version, d.Counter, form, orNull(d.Replaces), textOrNull(d.SecurityWord), millis(d.SavedAt))
		return err
	})
}

// lockApplication has whoever else changes the application wait, and returns it as it is then.
func lockApplication(ctx context.Context, tx pgx.Tx, reference string) (application.Application, error) {
	citizenNumber, err := one(ctx, tx, scanValue[string], `SELECT coalesce(citizen_number, '') FROM application WHERE reference = $1`, reference)
	if err == nil {
		err = lockPerson(ctx, tx, citizenNumber)
	}
	if err != nil {
		return application.Application{}, err
	}
	return one(ctx, tx, scanApplication, applicationColumns+`WHERE reference = $1`, reference)
}

// draftCounter is that of the draft on the version of an application that is kept, 0 where there is none.
func draftCounter(ctx context.Context, tx pgx.Tx, kept application.Application) (int, error) {
	return one(ctx, tx, scanValue[int], `SELECT coalesce(max(counter), 0) FROM draft_form WHERE reference = $1 AND version = $2`, kept.Reference, kept.Version)
}

// draftIsSeen refuses the submission of an older draft than the one that is kept.
func draftIsSeen(ctx context.Context, tx pgx.Tx, kept application.Application, c application.Change) error {
	if c.Event != application.Submit {
		return nil
	}
	counter, err := draftCounter(ctx, tx, kept)
	if err == nil && counter != c.DraftCounter {
		err = fault.New(refusal.ApplicationChanged, nil)
	}
	return err
}

func deleteDraft(ctx context.Context, tx pgx.Tx, reference string) error {
	_, err := exec(ctx, tx, `DELETE FROM draft_form WHERE reference = $1`, reference)
	return err
}

// Draft implements store.Applications.
func (s *Store) Draft(ctx context.Context, reference string) (application.DraftForm, error) {
	return one(ctx, s.pool, scanDraft,
		`SELECT reference, version, counter, form, replaces, coalesce(security_word, ''), saved_at FROM draft_form WHERE reference = $1`, reference)
}

func scanDraft(row scanner) (d application.DraftForm, err error) {
	var (
		form     string
		replaces *int64
		saved    int64
	)
	if err := row.Scan(&d.Reference, &d.Version, &d.Counter, &form, &replaces, &d.SecurityWord, &saved); err != nil {
		return application.DraftForm{}, err
	}
	if err := json.Unmarshal([]byte(form), &d.Form); err != nil {
		return application.DraftForm{}, fmt.Errorf("store: draft of application %s: %w", d.Reference, err)
	}
	d.Replaces, d.SavedAt = instantOrZero(replaces), instant(saved)
	return d, nil
}

// DeleteDrafts implements store.Applications.
func (s *Store) DeleteDrafts(ctx context.Context, savedBefore time.Time) error {
	return s.purgeBy(ctx, `DELETE FROM draft_form WHERE reference IN (
	   SELECT reference FROM draft_form WHERE saved_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`, savedBefore)
}
