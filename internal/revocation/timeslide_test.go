package revocation_test

import (
	"context"
	"crypto/x509"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// TestTimeSlide reads the lists that another's authority has made at three moments, between which it has revoked a person and
// one of two certificates of the CA.
func TestTimeSlide(t *testing.T) {
	suite := pkitest.Suite(t, "time-slide")
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
		})
	}
}
