package sqlite

import (
	"context"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// applicationFaults are queries for the references of applications that are not as they must be.
var applicationFaults = []struct{ references, what string }{
	{`SELECT reference FROM application WHERE (version, version) IS NOT
	  (SELECT count(*), max(version) FROM application_change c WHERE c.reference = application.reference)`, record.VersionMissing},
	{`SELECT c.reference FROM application_change c JOIN application_change p ON p.reference = c.reference AND p.version = c.version - 1
	  WHERE c.from_state <> p.to_state`, record.ChangeElsewhere},
	{`SELECT reference FROM application JOIN application_change USING (reference, version) WHERE state <> to_state`, record.OtherState},
}

const scanMissing = `SELECT c.reference FROM application_change c JOIN application a USING (reference) LEFT JOIN paper_scan s ON s.reference = c.reference AND s.version = c.version
	WHERE c.event = 'approve' AND c.way = 'paper' AND c.basis LIKE '%/sha256:%' AND iif(a.erased_at IS NULL, s.content IS NULL, s.version IS NULL)`

// ApplicationFaults implements record.Source. A database from before applications has none.
func (s source) ApplicationFaults(ctx context.Context, do func(reference, what string)) error {
	there, err := hasTable(ctx, s.db, "application")
	if err != nil || !there {
		return wrapped(err)
	}
	for _, fault := range applicationFaults {
		if err := each(ctx, s.db, func(reference string) { do(reference, fault.what) }, fault.references); err != nil {
			return wrapped(err)
		}
	}
	if there, err = hasTable(ctx, s.db, "paper_scan"); err != nil || !there {
		return wrapped(err)
	}
	return wrapped(each(ctx, s.db, func(reference string) { do(reference, record.ScanMissing) }, scanMissing))
}

// NextScans implements record.Source. A database from before scans has none.
func (s source) NextScans(ctx context.Context, reference string, version, limit int) ([]record.PaperScan, error) {
	there, err := hasTable(ctx, s.db, "paper_scan")
	if err != nil || !there {
		return nil, wrapped(err)
	}
	list, err := all(ctx, s.db, func(row scanner) (p record.PaperScan, err error) {
		err = row.Scan(&p.Reference, &p.Version, &p.Basis, &p.Content)
		return p, err
	}, `SELECT s.reference, s.version, c.basis, s.content FROM paper_scan s JOIN application_change c USING (reference, version)
		WHERE (s.reference, s.version) > (?, ?) ORDER BY s.reference, s.version LIMIT ?`, reference, version, limit)
	return list, wrapped(err)
}

// NextApplications implements record.Source. One without changes has no digest.
func (s source) NextApplications(ctx context.Context, after string, limit int) (list []record.ApplicationDigests, err error) {
	there, err := hasTable(ctx, s.db, "application")
	if err != nil || !there {
		return nil, wrapped(err)
	}
	later, err := count(ctx, s.db, `SELECT count(*) FROM pragma_table_info('application') WHERE name = 'institution'`)
	if err != nil {
		return nil, wrapped(err)
	}
	list, err = all(ctx, s.db, func(row scanner) (d record.ApplicationDigests, err error) {
		err = row.Scan(&d.Reference, &d.Kept)
		return d, err
	}, `SELECT reference, (SELECT digest FROM application_change c WHERE c.reference = application.reference ORDER BY version DESC LIMIT 1)
		FROM application WHERE reference > ? ORDER BY reference LIMIT ?`, after, limit)
	for i := range list {
		if err == nil {
			list[i].Now, err = applicationDigest(ctx, s.db, list[i].Reference, later > 0)
		}
	}
	return list, wrapped(err)
}

// Change returns a change of an application by its entry's reference, without its form, and whose application it is; that is empty
// after an erasure.
func (a *Audit) Change(ctx context.Context, reference string) (c application.Change, citizenNumber string, err error) {
	row := a.db.QueryRowContext(ctx, changeColumns+`WHERE c.reference || '/' || c.version = ?1 AND c.reference = substr(?1, 1, instr(?1, '/') - 1)`, reference)
	if c, err = scanChange(row); err != nil {
		return c, "", found(err)
	}
	owner := a.db.QueryRowContext(ctx, `SELECT coalesce(citizen_number, '') FROM application WHERE reference = substr(?1, 1, instr(?1, '/') - 1)`, reference)
	err = owner.Scan(&citizenNumber)
	return c, citizenNumber, found(err)
}
