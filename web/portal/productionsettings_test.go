package portal

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// TestOpeningKeysDoNotSign: a hand-over and a return are encrypted to keys that do nothing else, so that who has mixed up the files learns it at the start.
func TestOpeningKeysDoNotSign(t *testing.T) {
	dir := t.TempDir()
	public := func(name string) string {
		der, err := x509.MarshalPKIXPublicKey(pkitest.Key(t, name).Public())
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name+".pem")
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	own := pkitest.WriteKey(t, dir, "own.key", pkitest.Key(t, "P-256"))
	returns := pkitest.WriteKey(t, dir, "returns.key", pkitest.Key(t, "P-256 4"))
	for name, test := range map[string]struct{ producer, opening, returns, want string }{
		"the portal's key":             {public("P-256 2"), public("P-256"), returns, "signs"},
		"the producer's key":           {public("P-256 2"), public("P-256 2"), returns, "signs"},
		"another curve":                {public("P-256 2"), public("P-384"), returns, "P-256"},
		"none":                         {public("P-256 2"), own, returns, "no public key"},
		"one of its own":               {public("P-256 2"), public("P-256 3"), returns, ""},
		"the portal's key for returns": {public("P-256 2"), public("P-256 3"), own, "signs"},
		"no key for returns":           {public("P-256 2"), public("P-256 3"), public("P-256 3"), "return_key_files"},
	} {
		_, err := openProduction(&Settings{Production: &ProductionSettings{KeyFile: own, ProducerFile: test.producer, OpeningFiles: []string{test.opening}, ReturnKeyFiles: []string{test.returns}}}, "")
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
