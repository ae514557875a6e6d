package sqlite

import (
	"context"
	"time"

	"github.com/e-onay/e-onay/web/portal/store"
)

const textColumns = `SELECT name, version, body, in_force_at FROM legal_text `

func scanLegalText(row scanner) (t store.LegalText, err error) {
	var from int64
	if err := row.Scan(&t.Name, &t.Version, &t.Body, &from); err != nil {
		return store.LegalText{}, found(err)
	}
	t.InForceAt = instant(from)
	return t, nil
}

// TextInForce implements store.Texts.
func (s *Store) TextInForce(ctx context.Context, name string, now time.Time) (store.LegalText, error) {
	return scanLegalText(s.read.QueryRowContext(ctx,
		textColumns+`WHERE name = ? AND in_force_at <= ? ORDER BY in_force_at DESC, number DESC LIMIT 1`, name, millis(now)))
}

// TextOfVersion implements store.Texts.
func (s *Store) TextOfVersion(ctx context.Context, version string) (store.LegalText, error) {
	return scanLegalText(s.read.QueryRowContext(ctx, textColumns+`WHERE version = ? ORDER BY number LIMIT 1`, version))
}

// TextVersions implements store.Texts.
func (s *Store) TextVersions(ctx context.Context, name string, limit int) ([]store.LegalText, error) {
	return all(ctx, s.read, scanLegalText,
		`SELECT name, version, '', in_force_at FROM legal_text WHERE name = ? ORDER BY in_force_at DESC, number DESC LIMIT ?`, name, limit)
}

// Announcements implements store.Announcements.
func (s *Store) Announcements(ctx context.Context, now time.Time, limit int) ([]store.Announcement, error) {
	return all(ctx, s.read, func(row scanner) (a store.Announcement, err error) {
		var from, until int64
		err = row.Scan(&a.Reference, &a.TitleTR, &a.TextTR, &a.TitleEN, &a.TextEN, &a.Link, &from, &until, &a.Important)
		a.From, a.Until = instant(from), instant(until)
		return a, err
	}, `SELECT reference, title_tr, text_tr, title_en, text_en, link, from_at, until_at, important FROM announcement AS newest
		WHERE until_at > ? AND NOT EXISTS (SELECT 1 FROM announcement AS later WHERE later.reference = newest.reference AND later.number > newest.number)
		ORDER BY from_at, number LIMIT ?`, millis(now), limit)
}
