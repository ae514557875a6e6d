package portal_test

import (
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/record"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
)

// recordedSite is a portal with some of everything on record: acts, a refused signature, logins, and a release with its report.
func recordedSite(t *testing.T) *portaltest.Site {
	t.Helper()
	o := portaltest.NewOutside(t)
	s := o.Site(func(o *portal.Settings) { o.PUKKeyFile = portaltest.PUKKey(t, 1) })
	s.Settings.Database = s.Database
	valid, revoked := o.Card(portaltest.ECKey(t), portaltest.Ayse, "valid"), o.Card(portaltest.ECKey(t), portaltest.Ayse, "valid")
	o.Post("/ca/revoke", map[string]string{"serial": revoked.Serial}, nil)
	person := s.Person(portaltest.Ayse)
	sign := func(c portaltest.Card, status int) {
		t.Helper()
		shown := person.ToCode()
		document := person.Get("/nes/e-onay/imza/belge").Body
		if a := person.Sign(shown.Reference, c.Sign(t, document, time.Now())); a.Status != status {
			t.Fatalf("%d %q", a.Status, a.Code())
		}
	}
	sign(revoked, http.StatusUnprocessableEntity)
	sign(valid, http.StatusOK) // gives
	sign(valid, http.StatusOK) // withdraws
	for path, kind := range map[string]string{portaltest.ESignature: "valid", portaltest.IdentityCard: "identity-card"} {
		b := s.Anybody()
		if a := b.PostLogin(path, b.Login(o.Card(portaltest.ECKey(t), portaltest.Mehmet, kind), b.Nonce(path))); a.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, a.Status, a.Body)
		}
	}
	d := portaltest.RealDesk(s, valid)
	c := d.Claim(func(c *release.Claim) { c.PIN = protocol.PINReady })
	c.Card = valid.Sign(t, string(c.Claim), time.Now())
	d.Given(d.Send(c), c, portaltest.PUK)
	if a := d.Tell(d.Report(c, protocol.OutcomeDone, nil)); a.Status != http.StatusOK {
		t.Fatalf("report: %d %s", a.Status, a.Body)
	}
	return s
}

func audited(t *testing.T, settings *portal.Settings, o portal.AuditOptions) portal.AuditReport {
	t.Helper()
	report, err := portal.Audit(t.Context(), settings, o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// has reports whether an audit found fault with something of a kind.
func has(r portal.AuditReport, kind, what string) bool {
	return slices.ContainsFunc(r.First, func(f record.Finding) bool { return f.Kind == kind && strings.Contains(f.What, what) })
}

// TestAudit proves everything that is on record again, beside the portal, by what was kept alone.
func TestAudit(t *testing.T) {
	s := recordedSite(t)
	r := audited(t, s.Settings, portal.AuditOptions{})
	if r.Findings != 0 || r.Acts != 2 || r.Receipts != 1 || r.Releases != 1 || r.Logins != 2 || r.Entries != 7 || len(r.Link) != 64 {
		t.Errorf("%+v", r)
	}
	for _, f := range r.First {
		if strings.Contains(f.What, portaltest.Ayse) || strings.Contains(f.What, portaltest.Mehmet) {
			t.Errorf("a finding names a person: %+v", f)
		}
	}
}

// TestAuditVerifies changes what is on record and makes the whole chain anew, so that only signatures and answers show it.
// TestAuditKnowsOfficers has what an operator begins at the command line on record, and looks for faults that are none.
func TestAuditKnowsOfficers(t *testing.T) {
	s := portaltest.NewOutside(t).Site(func(*portal.Settings) {})
	s.Settings.Database = s.Database
	if _, err := portal.SetInstitution(t.Context(), s.Settings, store.InstitutionChange{ID: "belediye", NameTR: "Belediye", NameEN: "Municipality"}); err != nil {
		t.Fatal(err)
	}
	if _, err := portal.GrantOffice(t.Context(), s.Settings, "belediye", time.Time{}, strings.NewReader(portaltest.Ayse)); err != nil {
		t.Fatal(err)
	}
	if report := audited(t, s.Settings, portal.AuditOptions{}); report.Findings > 0 || report.Entries != 2 {
		t.Errorf("%+v", report)
	}
}

func TestAuditVerifies(t *testing.T) {
	s := recordedSite(t)
	path := filepath.Join(t.TempDir(), "copy.db")
	if _, err := sqlite.Backup(t.Context(), s.Database, path); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ statement, kind, what string }{
		"another person's act":     {`UPDATE act SET citizen_number = '11111111101'`, "act", "another person's"},
		"another time":             {`UPDATE act SET signing_time = signing_time + 1`, "act", "another person's, or of another time"},
		"another document":         {`UPDATE act SET document = CAST(document || ' ' AS BLOB)`, "act", "signature_invalid"},
		"arrived a day before":     {`UPDATE act SET received_at = received_at - 86400000`, "act", "signature_time"},
		"verified a week later":    {`UPDATE act SET verified_at = verified_at + 604800000`, "act", "revocation_invalid"},
		"another act's answer":     {`UPDATE act_evidence SET sha256 = (SELECT sha256 FROM act_evidence AS other WHERE other.kind = 'ocsp' AND other.reference <> act_evidence.reference) WHERE kind = 'ocsp'`, "act", "revocation_invalid"},
		"no list":                  {`DELETE FROM act_evidence WHERE kind = 'crl'`, "act", "revocation_unavailable"},
		"a shorter path":           {`DELETE FROM act_evidence WHERE kind = 'certificate' AND number = 3`, "act", "certificate_untrusted"},
		"a refused signature":      {`UPDATE receipt SET signature = (SELECT signature FROM act LIMIT 1)`, "refusal", "signature_invalid"},
		"another person's refusal": {`UPDATE receipt SET citizen_number = '11111111101'`, "refusal", "certificate_of_another"},
		"another card's release":   {`INSERT INTO card (serial, citizen_number, puk, puk_refused) SELECT 'X', citizen_number, puk, puk_refused FROM card LIMIT 1; UPDATE puk_release SET card = 'X'`, "release", "another person's"},
		"another person's release": {`INSERT INTO machine (citizen_number, id, signing, sealing, protection, platform, first_seen, last_seen)
			SELECT '11111111101', id, signing, sealing, protection, platform, 1, 1 FROM machine; UPDATE puk_release SET citizen_number = '11111111101'`, "release", "another person's"},
		"a changed claim":        {`UPDATE puk_release SET claim = CAST(claim || ' ' AS BLOB)`, "release", "malformed"},
		"another outcome":        {`UPDATE puk_release SET outcome = 'pin_locked'`, "report", "another person's"},
		"a changed report":       {`UPDATE puk_release SET report = CAST(report || ' ' AS BLOB)`, "report", "malformed"},
		"another person's login": {`UPDATE login SET citizen_number = '11111111101'`, "login", "certificate_of_another"},
		"a login elsewhere":      {`UPDATE login SET origin = 'https://baska.example'`, "login", "login_failed"},
		"a login in another way": {`UPDATE login SET way = 'e-devlet'`, "login", "do not offer"},
		"a changed token":        {`UPDATE login SET token = CAST(token || ' ' AS BLOB)`, "login", "revocation_invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			copied := filepath.Join(t.TempDir(), "copy.db")
			if _, err := sqlite.Backup(t.Context(), path, copied); err != nil {
				t.Fatal(err)
			}
			makeAnew(t, s, copied, test.statement)
			r := audited(t, s.Settings, portal.AuditOptions{Database: copied})
			if !has(r, test.kind, test.what) {
				t.Errorf("found %+v, want a %s: %s", r.First, test.kind, test.what)
			}
			for _, f := range r.First {
				if f.Kind == "chain" || f.Kind == "schema" || f.Kind == "database" {
					t.Errorf("the chain does not fit by itself: %+v", f)
				}
			}
		})
	}
}

// makeAnew changes rows, and has the chain made over them as if they had always been so.
func makeAnew(t *testing.T, s *portaltest.Site, path, statement string) {
	t.Helper()
	db := (&portaltest.Site{T: t, Database: path}).Raw()
	db.SetMaxOpenConns(1)
	rows, err := db.Query(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`)
	if err != nil {
		t.Fatal(err)
	}
	var drops, definitions []string
	for rows.Next() {
		var name, definition string
		if err := rows.Scan(&name, &definition); err != nil {
			t.Fatal(err)
		}
		drops, definitions = append(drops, "DROP TRIGGER "+name), append(definitions, definition)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	anew := []string{`PRAGMA synchronous = 0`, statement, `INSERT INTO unchained (kind, reference) SELECT kind, reference FROM chain ORDER BY number`, `DELETE FROM head`, `DELETE FROM chain`}
	for _, one := range slices.Concat(drops, anew, definitions) {
		if _, err := db.Exec(one); err != nil {
			t.Fatalf("%s: %v", one, err)
		}
	}
	remade, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := remade.EnterBacklog(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := remade.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestAuditAnchors: what ends at an anchor that the settings do not name any more is proven with that one given beside them.
func TestAuditAnchors(t *testing.T) {
	s := recordedSite(t)
	before := *s.Settings
	other := portaltest.NewOutside(t)
	s.Settings.Anchors = filepath.Join(other.Dir, "anchors.pem")
	s.Settings.CardLogin.IdentityCard.Anchors = s.Settings.Anchors
	if r := audited(t, s.Settings, portal.AuditOptions{}); !has(r, "act", "certificate_untrusted") || !has(r, "login", "certificate_untrusted") {
		t.Errorf("found %+v", r.First)
	}
	if r := audited(t, s.Settings, portal.AuditOptions{Anchors: []string{before.Anchors}}); r.Findings != 0 {
		t.Errorf("found %+v", r.First)
	}
}

// TestAuditOfApplications proves the approval of an application by the act that it names, also where the whole chain was made anew over it.
func TestAuditOfApplications(t *testing.T) {
	s := recordedSite(t)
	db, err := sqlite.Open(t.Context(), s.Database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var gave, withdrew string
	for kind, reference := range map[string]*string{"give": &gave, "withdraw": &withdrew} {
		if err := s.Raw().QueryRow(`SELECT reference FROM act WHERE kind = ?`, kind).Scan(reference); err != nil {
			t.Fatal(err)
		}
	}
	at := time.Now()
	a := application.Application{Reference: "B1", CitizenNumber: portaltest.Ayse, Name: "AYŞE", Kind: application.NES, Payer: application.PaidByInstitution,
		State: application.AwaitingApproval, Version: 1}
	if err := db.CreateApplication(t.Context(), a, application.Change{Event: application.Create, By: application.Person, Who: a.CitizenNumber, At: at}); err != nil {
		t.Fatal(err)
	}
	approve := application.Change{Event: application.Approve, By: application.Portal, Way: application.ByConsent, Basis: gave, At: at}
	// It ends as a draft: the person has ended E-Onay since, so that the store would refuse any step on.
	a.State, a.Version, a.Approval = application.Draft, 2, application.Approval{Way: approve.Way, Basis: approve.Basis}
	approve.From, approve.To, approve.Version = application.AwaitingApproval, a.State, a.Version
	if err := db.ChangeApplication(t.Context(), a, approve); err != nil {
		t.Fatal(err)
	}
	if r := audited(t, s.Settings, portal.AuditOptions{}); r.Findings != 0 || r.Applications != 1 {
		t.Errorf("%+v", r)
	}
	for name, statement := range map[string]string{
		"an act that ended it": `UPDATE application_change SET basis = '` + withdrew + `' WHERE way = 'consent'`,
		"no act":               `UPDATE application_change SET basis = 'x' WHERE way = 'consent'`,
		"another's act":        `UPDATE application SET citizen_number = '11111111101'`,
	} {
		t.Run(name, func(t *testing.T) {
			copied := filepath.Join(t.TempDir(), "copy.db")
			if _, err := sqlite.Backup(t.Context(), s.Database, copied); err != nil {
				t.Fatal(err)
			}
			makeAnew(t, s, copied, statement)
			if r := audited(t, s.Settings, portal.AuditOptions{Database: copied}); !has(r, "application", "cannot be proven") {
				t.Errorf("found %+v", r.First)
			}
		})
	}
}
