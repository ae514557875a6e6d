package postgres

import (
	"context"
	"strings"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/store/record"
)

// applicationFaults are queries for the references of applications that are not as they must be.
var applicationFaults = []struct{ references, what string }{
	{`SELECT a.reference FROM application a LEFT JOIN application_change c ON c.reference = a.reference GROUP BY a.reference, a.version
	  HAVING count(c.version) <> a.version OR max(c.version) IS DISTINCT FROM a.version`, record.VersionMissing},
	{`SELECT c.reference FROM application_change c JOIN application_change p ON p.reference = c.reference AND p.version = c.version - 1
	  WHERE c.from_state <> p.to_state`, record.ChangeElsewhere},
	{`SELECT reference FROM application JOIN application_change USING (reference, version) WHERE state <> to_state`, record.OtherState},
	{`SELECT c.reference FROM application_change c JOIN application a USING (reference) LEFT JOIN paper_scan s ON s.reference = c.reference AND s.version = c.version
	  WHERE c.event = 'approve' AND c.way = 'paper' AND c.basis LIKE '%/sha256:%' AND CASE WHEN a.erased_at IS NULL THEN s.content IS NULL ELSE s.version IS NULL END`,
		record.ScanMissing},
}

// ApplicationFaults implements record.Source.
func (s source) ApplicationFaults(ctx context.Context, do func(reference, what string)) error {
	for _, fault := range applicationFaults {
		list, err := all(ctx, s.tx, scanValue[string], fault.references)
		if err != nil {
			return wrapped(err)
		}
		for _, reference := range list {
			do(reference, fault.what)
		}
	}
	return nil
}

// NextScans implements record.Source.
func (s source) NextScans(ctx context.Context, reference string, version, limit int) ([]record.PaperScan, error) {
	list, err := all(ctx, s.tx, func(row scanner) (p record.PaperScan, err error) {
		err = row.Scan(&p.Reference, &p.Version, &p.Basis, &p.Content)
		return p, err
	}, `SELECT s.reference, s.version, c.basis, s.content FROM paper_scan s JOIN application_change c USING (reference, version)
		WHERE (s.reference, s.version) > ($1, $2) ORDER BY s.reference, s.version LIMIT $3`, reference, version, limit)
	return list, wrapped(err)
}

// NextApplications implements record.Source. One without changes has no digest.
func (s source) NextApplications(ctx context.Context, after string, limit int) (list []record.ApplicationDigests, err error) {
	list, err = all(ctx, s.tx, func(row scanner) (d record.ApplicationDigests, err error) {
		err = row.Scan(&d.Reference, &d.Kept)
		return d, err
	}, `SELECT reference, (SELECT digest FROM application_change c WHERE c.reference = application.reference ORDER BY version DESC LIMIT 1)
		FROM application WHERE reference > $1 ORDER BY reference LIMIT $2`, after, limit)
	for i := range list {
		if err == nil {
			list[i].Now, err = applicationDigest(ctx, s.tx, list[i].Reference)
		}
	}
	return list, wrapped(err)
}

// Change returns a change of an application by its entry's reference, without its form, and whose application it is; that is empty
// after an erasure.
func (a *Audit) Change(ctx context.Context, reference string) (c application.Change, citizenNumber string, err error) {
	name, _, _ := strings.Cut(reference, "/")
	c, err = one(ctx, a.tx, scanChange, changeColumns+`WHERE c.reference = $1 AND c.reference || '/' || c.version = $2`, name, reference)
	if err != nil {
		return c, "", err
	}
	citizenNumber, err = one(ctx, a.tx, scanValue[string], `SELECT coalesce(citizen_number, '') FROM application WHERE reference = $1`, name)
	return c, citizenNumber, err
}
