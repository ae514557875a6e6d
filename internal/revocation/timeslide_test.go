package revocation_test

import (
	"context"
	"crypto/x509"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/revocation"
)

// TestTimeSlide reads the lists that another's authority has made at three moments, between which it has revoked a person and
// one of two certificates of the CA.
func TestTimeSlide(t *testing.T) {
	suite := pkitest.Suite(t, "time-slide")
	tally := pkitest.NewTally(t, "time-slide", "revocation")
	read := func(name string) []byte { return readSuite(t, suite, name) }
	certificate := func(name string) *x509.Certificate { return suiteCertificate(t, suite, "certs/"+name) }
	alice, intermediate, root := certificate("alice.crt"), certificate("interm.crt"), certificate("root.crt")
	revokedOne := certificate("interm-revoked.crt")
	alice.CRLDistributionPoints = []string{"http://crl.example/alice"}
	intermediate.CRLDistributionPoints = []string{"http://crl.example/interm"}
	revokedOne.CRLDistributionPoints = intermediate.CRLDistributionPoints
	for _, moment := range []struct {
		day           string
		alice, revoke fault.Code
	}{{"2020-10-01", "", ""}, {"2020-11-29", "", ""}, {"2020-12-10", revoked, revoked}} {
		tally.Judged("")
		t.Run(moment.day, func(t *testing.T) {
			at, err := time.Parse(time.DateOnly, moment.day)
			if err != nil {
				t.Fatal(err)
			}
			now := func() time.Time { return at.Add(time.Minute) }
			c := answers(read("interm-" + moment.day + ".crl"))
			c.Now = now
			_, err = c.CRL(context.Background(), alice, intermediate)
			wantCode(t, err, moment.alice)
			c = answers(read("root-" + moment.day + ".crl"))
			c.Now = now
			_, err = c.CRL(context.Background(), intermediate, root)
			wantCode(t, err, "")
			_, err = c.CRL(context.Background(), revokedOne, root)
			wantCode(t, err, moment.revoke)

			// The same, as somebody would read it years later.
			since := time.Date(2020, 12, 1, 0, 0, 0, 0, time.UTC)
			for what, s := range map[string]*revocation.Statement{
				"answer": offline(t, revocation.ReadOCSP, read("alice-"+moment.day+".ors"), alice, intermediate),
				"list":   offline(t, revocation.ReadCRL, read("interm-"+moment.day+".crl"), alice, intermediate),
			} {
				isRevoked := moment.alice != ""
				if s.RevokedAt(at) != isRevoked || s.RevokedAt(since.Add(-time.Second)) || isRevoked && (!s.Since.Equal(since) || s.Reason != 1) {
					t.Errorf("%s: %+v", what, s)
				}
				if !s.FreshAt(at.Add(time.Minute), 0) || s.FreshAt(at.AddDate(0, 1, 0), 0) {
					t.Errorf("%s is not fresh then and stale later: %+v", what, s)
				}
			}
			root := offline(t, revocation.ReadCRL, read("root-"+moment.day+".crl"), revokedOne, root)
			if root.RevokedAt(at) != (moment.revoke != "") {
				t.Errorf("list of the root: %+v", root)
			}
		})
	}
}

func offline(t *testing.T, read func(der []byte, subject, issuer *x509.Certificate) (*revocation.Statement, error), der []byte,
	subject, issuer *x509.Certificate) *revocation.Statement {
	t.Helper()
	s, err := read(der, subject, issuer)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
