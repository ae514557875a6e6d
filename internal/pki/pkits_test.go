package pki_test

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// unsupported are cases of PKITS that are refused though valid, and why that is right here.
var unsupported = map[string]string{
	"4.1.4": "DSA",
	"4.1.5": "DSA",
}

// revocationCases are the sections, and the cases of others, that only revocation decides. web/relyingparty judges them.
var revocationCases = []string{"4.4", "4.14", "4.15", "4.5.2", "4.5.5", "4.5.7", "4.5.8", "4.7.4", "4.7.5"}

// TestPKITSPaths runs NIST's test suite as far as no CRL decides.
func TestPKITSPaths(t *testing.T) {
	cases, folder := pkitest.PKITS(t)
	agree, tally := 0, pkitest.NewTally(t, "NIST PKITS", "pki")
	for _, c := range cases {
		err := pkitsPath(t, c, folder)
		byRevocation := false
		for _, prefix := range revocationCases {
			byRevocation = byRevocation || c.Section() == prefix || c.Number() == prefix
		}
		_, refused := unsupported[c.Number()]
		switch {
		case (err == nil) == c.ShouldValidate, byRevocation && err == nil:
			agree++
			otherwise := ""
			if (err == nil) != c.ShouldValidate {
				otherwise = "decided by revocation"
			}
			tally.Judged(otherwise)
			if refused {
				t.Errorf("%s: accepted, though listed as unsupported", c.Name)
			}
		case refused:
			tally.Judged("refused: " + unsupported[c.Number()])
		default:
			t.Errorf("%s: want valid %t, got %v", c.Name, c.ShouldValidate, err)
		}
	}
	t.Logf("%d of %d agree", agree, len(cases))
}

func pkitsPath(t *testing.T, c pkitest.PKITSCase, folder string) error {
	t.Helper()
	var certificates []*x509.Certificate
	for _, file := range c.CertPath {
		data, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil {
			t.Fatal(err)
		}
		certificate, err := pki.ParseX509(pkitest.Certificates(data)[0])
		if err != nil {
			if strings.HasSuffix(file, "EE.crt") || len(certificates) > 0 {
				return err
			}
			t.Fatal(err)
		}
		certificates = append(certificates, certificate)
	}
	v := pki.Validation{
		At: time.Now(), Policies: c.Policies(t), ExplicitPolicy: c.InitialExplicitPolicy,
		InhibitPolicyMapping: c.InitialPolicyMappingInhibit, InhibitAnyPolicy: c.InitialAnyPolicyInhibit,
	}
	last := len(certificates) - 1
	_, err := v.Path(certificates[last], certificates[1:last], certificates[:1])
	return err
}
