package sqlite_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/store/record"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
)

// apply keeps a draft of a person, and takes it through some changes.
func apply(t *testing.T, s *sqlite.Store, reference, citizenNumber string, changes ...application.Change) application.Application {
	t.Helper()
	at := time.UnixMilli(1000)
	a := application.New(application.NES, application.PaidByInstitution, 0)
	a.Reference, a.CitizenNumber, a.Name = reference, citizenNumber, "AYŞE"
	must(t, s.CreateApplication(t.Context(), a, application.Change{Event: application.Create, By: application.Person, Who: citizenNumber, At: at}))
	for i, c := range changes {
		c.At = at.Add(time.Duration(i+1) * time.Minute)
		next, c, err := a.Apply(c, application.Rules{})
		must(t, err)
		must(t, s.ChangeApplication(t.Context(), next, c))
		a = next
	}
	return a
}

// untilDelivered are the changes from a draft until its card is delivered; E-Onay has approved it by an act.
func untilDelivered(act string) []application.Change {
	return []application.Change{
		{Event: application.SaveForm, By: application.Person, SecurityWord: "özet", Form: application.Form{"birth_date": "1980-02-29", "birth_place": "İzmir", "reason": "first",
			"reader": "usb", "years": "3", "mobile": "+905550000000", "mail": "ayse@example.com", "address": "Sokak 1", "district": "Konak", "province": "İzmir", "postcode": "35000"}},
		{Event: application.Submit, By: application.Person},
		{Event: application.Approve, By: application.Portal, Way: application.ByConsent, Basis: act},
		{Event: application.Accept, By: application.Authority, Who: "11111111101"},
		{Event: application.Produce, By: application.Producer, Certificate: application.Certificate{Serial: "0a", NotBefore: time.UnixMilli(1000), NotAfter: time.UnixMilli(9000)}},
		{Event: application.Dispatch, By: application.Authority, Who: "11111111101", Basis: "KARGO"},
		{Event: application.Deliver, By: application.Carrier, Basis: "KARGO"},
	}
}

// appliedDatabase has an application whose card was delivered, and another one's draft.
func appliedDatabase(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "portal.db")
	s := open(t, path)
	give(t, s, "10000000146")
	apply(t, s, "A", "10000000146", untilDelivered("10000000146")...)
	apply(t, s, "B", "11111111110")
	head(t, s)
	must(t, s.Close())
	return path
}

func TestAuditOfApplications(t *testing.T) {
	path := appliedDatabase(t)
	findings, proven := audit(t, path)
	if len(findings) > 0 || len(proven) != 10 {
		t.Errorf("found %+v, proven are %q", findings, proven)
	}
	a, err := sqlite.OpenAudit(t.Context(), path, true, nil)
	must(t, err)
	defer a.Close()
	c, person, err := a.Change(t.Context(), "A/4")
	must(t, err)
	if c.Event != application.Approve || c.Way != application.ByConsent || c.Basis != "10000000146" || person != "10000000146" {
		t.Errorf("the approval is %+v of %s", c, person)
	}
	if contents, err := a.Whole(t.Context()); err != nil || contents.Applications != 2 {
		t.Errorf("%+v, %v", contents, err)
	}
}

// TestAuditFindsEachColumnOfApplications changes each column of an application and of its changes.
func TestAuditFindsEachColumnOfApplications(t *testing.T) {
	auditEachColumn(t, appliedDatabase(t), "application", "application_change")
}

func TestAuditFindsChangedApplications(t *testing.T) {
	whole := appliedDatabase(t)
	for name, test := range map[string]struct {
		statements []string
		what       string
	}{
		"a change removed":             {[]string{`DELETE FROM application_change WHERE reference = 'A' AND version = 5`}, "a version is missing"},
		"the last change removed":      {[]string{`DELETE FROM application_change WHERE reference = 'A' AND version = 8`}, "a version is missing"},
		"all changes removed":          {[]string{`DELETE FROM application_change WHERE reference = 'B'`}, "a version is missing"},
		"a change added":               {[]string{`INSERT INTO application_change SELECT reference, 9, event, by_actor, who, at, reason, basis, way, to_state, to_state, digest, serial, not_before, not_after FROM application_change WHERE reference = 'A' AND version = 8`, `UPDATE application SET version = 9 WHERE reference = 'A'`}, "has no entry"},
		"a state skipped":              {[]string{`UPDATE application_change SET to_state = 'active' WHERE reference = 'A' AND version = 5`}, "a change does not begin where the one before has ended"},
		"a state put into the row":     {[]string{`UPDATE application SET state = 'active' WHERE reference = 'A'`}, "its state is not that of its last change"},
		"a form changed":               {[]string{`UPDATE application SET form = '{}' WHERE reference = 'A'`}, "is not as its last change has left it"},
		"an application put back":      {[]string{`DELETE FROM application_change WHERE reference = 'A' AND version = 8`, `UPDATE application SET state = 'with_courier', version = 7 WHERE reference = 'A'`}, "is missing"},
		"an application removed":       {[]string{`DELETE FROM application_change WHERE reference = 'B'`, `DELETE FROM application WHERE reference = 'B'`}, "is missing"},
		"an approval by another's act": {[]string{`UPDATE application_change SET basis = 'x' WHERE way = 'consent'`}, "is not as it was"},
	} {
		t.Run(name, func(t *testing.T) {
			path := copyOf(t, whole)
			tamper(t, path, test.statements...)
			findings, _ := audit(t, path)
			if !slices.ContainsFunc(findings, func(f record.Finding) bool { return f.Kind == "application" && strings.Contains(f.What, test.what) }) {
				t.Errorf("found %+v, want an application that %s", findings, test.what)
			}
		})
	}
}

// TestAuditFindsChangedScans changes the scan of a paper, takes it away, and puts one where its approval names none.
func TestAuditFindsChangedScans(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "portal.db")
	s := open(t, whole)
	scan := application.Scan{MediaType: "image/png", Content: []byte("a")}
	changes := untilDelivered("")[:3]
	changes[2] = application.Change{Event: application.Approve, By: application.Authority, Who: "11111111101", Way: application.OnPaper, Basis: application.PaperBasis("KOD", scan), Scan: scan}
	apply(t, s, "A", "10000000146", changes...)
	apply(t, s, "B", "11111111110")
	head(t, s)
	must(t, s.Close())
	if findings, _ := audit(t, whole); len(findings) > 0 {
		t.Fatalf("found %+v", findings)
	}
	for name, test := range map[string]struct{ statement, what string }{
		"another scan":             {`UPDATE paper_scan SET content = x'62'`, "a scan is not the one of its approval"},
		"overwritten":              {`UPDATE paper_scan SET content = NULL`, "the scan of its paper is missing"},
		"removed":                  {`DELETE FROM paper_scan`, "the scan of its paper is missing"},
		"of what was not on paper": {`INSERT INTO paper_scan VALUES ('B', 1, 'image/png', x'61')`, "a scan is not the one of its approval"},
	} {
		t.Run(name, func(t *testing.T) {
			path := copyOf(t, whole)
			tamper(t, path, test.statement)
			findings, _ := audit(t, path)
			if !slices.ContainsFunc(findings, func(f record.Finding) bool { return f.Kind == "application" && strings.Contains(f.What, test.what) }) {
				t.Errorf("found %+v, want that %s", findings, test.what)
			}
		})
	}
}

// TestChainIsMigrated brings a database from before applications up to date: its entries, links and heads stay what they were, the
// audit finds nothing, before and after, and the chain goes on.
func TestChainIsMigrated(t *testing.T) {
	whole, last := chained(t)
	path := filepath.Join(t.TempDir(), "before.db")
	db := older(t, path, 13)
	db.SetMaxOpenConns(1)
	_, err := db.Exec(`ATTACH '` + whole + `' AS whole`)
	must(t, err)
	for _, table := range tables(t, path) {
		if table != "lasting_due" { // a trigger has filled it
			var columns string // of before: a table may have more by now
			must(t, db.QueryRow(`SELECT group_concat(name, ', ') FROM pragma_table_info(?)`, table).Scan(&columns))
			_, err := db.Exec(fmt.Sprintf(`INSERT INTO %s (%s) SELECT %[2]s FROM whole.%[1]s ORDER BY 1`, table, columns))
			must(t, err)
		}
	}
	must(t, db.Close())
	if findings, proven := audit(t, path, last); len(findings) > 0 || len(proven) != 7 {
		t.Fatalf("before: found %+v, proven are %q", findings, proven)
	}
	before := contents(t, path, "chain", "head")
	s := open(t, path)
	give(t, s, "11111111110")
	next := head(t, s)
	if next.Number != last.Number+1 {
		t.Errorf("the entry after %d is %d", last.Number, next.Number)
	}
	must(t, s.Close())
	after := contents(t, path, "chain", "head")
	if len(before) != 9 || !slices.Equal(slices.DeleteFunc(after, func(row string) bool { return strings.HasPrefix(row, "8 ") }), before) {
		t.Errorf("entries and heads are\n%q, they were\n%q", after, before)
	}
	if findings, proven := audit(t, path, last, next); len(findings) > 0 || len(proven) != 8 {
		t.Errorf("after: found %+v, proven are %q", findings, proven)
	}
}

// tables are those of a database.
func tables(t *testing.T, path string) (names []string) {
	t.Helper()
	db := raw(t, path)
	rows, err := db.Query(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var name string
		must(t, rows.Scan(&name))
		names = append(names, name)
	}
	return names
}

// contents are the rows of tables in hex, each with its number before it.
func contents(t *testing.T, path string, tables ...string) (all []string) {
	t.Helper()
	columns := map[string]string{
		"chain": `kind || reference || before || hex(digest) || hex(link)`,
		"head":  `signed_at || hex(link) || hex(signature)`,
	}
	db := raw(t, path)
	for _, table := range tables {
		rows, err := db.Query(`SELECT number || ' ' || ` + columns[table] + ` FROM ` + table + ` ORDER BY number`)
		must(t, err)
		for rows.Next() {
			var row string
			must(t, rows.Scan(&row))
			all = append(all, row)
		}
		must(t, rows.Close())
	}
	return all
}

// TestApplicationsAreFoundByIndex: with a million applications a table that is read as a whole would hold up everybody.
func TestApplicationsAreFoundByIndex(t *testing.T) {
	plans, err := open(t, filepath.Join(t.TempDir(), "portal.db")).ApplicationPlans(t.Context())
	if err != nil || len(plans) == 0 {
		t.Fatal(plans, err)
	}
	for _, plan := range plans {
		few := strings.Contains(strings.Join(plan, " "), "recheck_1 FOR IN") // those that are looked at again
		for _, detail := range plan {
			if strings.HasPrefix(detail, "SCAN") && !strings.HasPrefix(detail, "SCAN json_each") { // a parameter
				t.Errorf("a table is read as a whole: %q", plan)
			}
			if strings.Contains(detail, "TEMP B-TREE") && !few {
				t.Errorf("rows are sorted: %q", plan)
			}
		}
	}
}

// TestOpenStates: the index of open applications has the states that the engine calls open.
func TestOpenStates(t *testing.T) {
	db := raw(t, appliedDatabase(t))
	var index string
	must(t, db.QueryRow(`SELECT sql FROM sqlite_schema WHERE name = 'application_open'`).Scan(&index))
	for _, state := range application.States {
		if strings.Contains(index, "'"+string(state)+"'") != state.IsOpen() {
			t.Errorf("%s is open: %v, in %s", state, state.IsOpen(), index)
		}
	}
}
