package revocation_test

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/revocation"
)

// ocspCaseOfOthers is a case of OpenSSL's suite: answers on the certificates of one path, from the end entity upwards.
type ocspCaseOfOthers struct {
	Name   string
	Root   string
	Others []string `json:"other_certs"`
	Cert   string
	OCSPs  []string
	Moment time.Time
	Error  *struct{ Class string }
}

// TestOCSPSuite runs OpenSSL's suite of real answers from 2012. They are signed with SHA-1, which is refused by name; with SHA-1
// taken, all verdicts must be OpenSSL's.
func TestOCSPSuite(t *testing.T) {
	suite := pkitest.Suite(t, "ocsp-openssl")
	var cases []ocspCaseOfOthers
	if err := json.Unmarshal(readSuite(t, suite, "openssl-ocsp.json"), &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) != 29 {
		t.Fatalf("%d cases, want 29", len(cases))
	}
	tally := pkitest.NewTally(t, "OpenSSL OCSP", "revocation")
	for _, c := range cases {
		tally.Judged("")
		t.Run(c.Name, func(t *testing.T) {
			err := c.run(t, suite)
			wantCode(t, err, invalid)
			if c.Error == nil && !strings.Contains(err.Error(), "signature algorithm") {
				t.Errorf("with SHA-1 refused: %v", err)
			}
			if err := c.offline(t, suite); (err == nil) != (c.Error == nil) {
				t.Errorf("offline: got %v, want %+v", err, c.Error)
			}
			revocation.TakeSHA1(t)
			err = c.run(t, suite)
			if (err == nil) != (c.Error == nil) {
				t.Errorf("got %v, want %+v", err, c.Error)
			}
			if err != nil && fault.CodeOf(err) != invalid {
				t.Errorf("got %v", err)
			}
		})
	}
}

func (c *ocspCaseOfOthers) run(t *testing.T, suite string) error {
	t.Helper()
	path := append(append([]string{c.Cert}, c.Others...), c.Root)
	for i, name := range c.OCSPs {
		der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(readSuite(t, suite, name))), ""))
		if err != nil {
			t.Fatal(err)
		}
		checker := answers(der)
		checker.WithoutNonce, checker.Now = true, func() time.Time { return c.Moment }
		subject := suiteCertificate(t, suite, path[i])
		subject.OCSPServer = []string{"http://ocsp.example/"}
		if _, err := checker.OCSP(context.Background(), subject, suiteCertificate(t, suite, path[i+1])); err != nil {
			return err
		}
	}
	return nil
}

// offline judges the answers as whoever finds them years later.
func (c *ocspCaseOfOthers) offline(t *testing.T, suite string) error {
	t.Helper()
	path := append(append([]string{c.Cert}, c.Others...), c.Root)
	for i, name := range c.OCSPs {
		der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(readSuite(t, suite, name))), ""))
		if err != nil {
			t.Fatal(err)
		}
		s, err := revocation.ReadOCSP(der, suiteCertificate(t, suite, path[i]), suiteCertificate(t, suite, path[i+1]))
		if err != nil {
			return err
		}
		if s.Algorithm != x509.SHA1WithRSA {
			t.Errorf("%s: algorithm %v", name, s.Algorithm)
		}
		if s.Status != revocation.Good || !s.FreshAt(c.Moment, 0) {
			return fmt.Errorf("status %d of %v", s.Status, s.ThisUpdate)
		}
	}
	return nil
}

func readSuite(t *testing.T, suite, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(suite, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func suiteCertificate(t *testing.T, suite, name string) *x509.Certificate {
	t.Helper()
	c, err := pki.ParseX509(pkitest.Certificates(readSuite(t, suite, name))[0])
	if err != nil {
		t.Fatal(err)
	}
	return c
}
