package challenges_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/web/service/challenges"
)

// TestPostgresConnection checks which connection strings are refused before anything is sent.
func TestPostgresConnection(t *testing.T) {
	root := filepath.Join(t.TempDir(), "root.pem")
	pkitest.WriteCertificates(t, filepath.Dir(root), "root.pem", pkitest.Root(t, "Deneme Kök").Certificate)
	gone, cancel := context.WithCancel(t.Context()) // so that a string that is taken connects to nothing
	cancel()
	const far = "another machine"
	for connection, says := range map[string]string{
		"host=/run/postgresql":                                           "",
		"host=127.0.0.1 password=sifre":                                  "",
		"host=::1 sslmode=disable":                                       "",
		"host=localhost":                                                 "",
		"host=db.example sslmode=verify-full":                            "",
		"host=db.example sslmode=verify-ca sslrootcert=" + root:          "",
		"host=db.example sslmode=require sslrootcert=" + root:            "",
		"postgres://a:sifre@db.example/rp?sslmode=verify-full":           "",
		"postgres://a:sifre@a.example,b.example/rp?sslmode=verify-full":  "",
		"postgres://a:sifre@db.example/rp":                               far,
		"host=db.example":                                                far,
		"host=192.0.2.1 sslmode=require":                                 far,
		"host=db.example sslmode=prefer":                                 far,
		"host=db.example sslmode=allow":                                  far,
		"host=db.example sslmode=disable":                                far,
		"host=localhost,db.example sslmode=disable":                      far,
		"host=localhost pool_max_conns=65":                               "pool_max_conns",
		"host=localhost password=sifre port=x":                           "port",
		"postgres://a:sifre@db.example:x/rp":                             "port",
		"host=db.example password=sifre sslmode=verify-full sslrootcert": "parse",
	} {
		_, err := challenges.OpenPostgres(gone, connection, false)
		if says == "" && !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", connection, err, says)
		}
		if strings.Contains(err.Error(), "sifre") {
			t.Errorf("the error has the password: %v", err)
		}
		if says == far {
			if _, err := challenges.OpenPostgres(gone, connection, true); !errors.Is(err, context.Canceled) {
				t.Errorf("%s in a trusted network: %v", connection, err)
			}
		}
	}
	t.Setenv("PGHOST", "db.example")
	if _, err := challenges.OpenPostgres(gone, "dbname=rp", false); err == nil || !strings.Contains(err.Error(), far) {
		t.Errorf("a host of the environment: %v", err)
	}
}
