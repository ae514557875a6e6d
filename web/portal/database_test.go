package portal

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/web/checkup"
)

// TestPostgresFile checks that files with a connection string which cannot be taken are refused, and that no error and no report has the password.
func TestPostgresFile(t *testing.T) {
	s := &Settings{PostgresFile: filepath.Join(t.TempDir(), "postgres")}
	for name, test := range map[string]struct {
		text string
		mode os.FileMode
		says string
	}{
		"two lines":           {"host=/x\ndbname=rp", 0o600, "one line"},
		"too long":            {strings.Repeat(" ", 4097), 0o600, "longer than"},
		"read by everybody":   {"host=/x password=sifre", 0o644, "chmod"},
		"plain, far away":     {"host=db.example password=sifre", 0o600, "plain_postgres"},
		"nothing is there":    {"host=/nowhere password=sifre", 0o600, "/nowhere"},
		"no file of the name": {"", 0, "no such file"},
	} {
		if err := os.RemoveAll(s.PostgresFile); err != nil {
			t.Fatal(err)
		}
		if test.mode != 0 {
			if err := os.WriteFile(s.PostgresFile, []byte(test.text), test.mode); err != nil {
				t.Fatal(err)
			}
		}
		_, opened := openDatabase(t.Context(), s)
		_, audited := openAudited(t.Context(), s, "", nil)
		_, migrated := Migrate(t.Context(), s, "", "")
		_, copied := Copy(t.Context(), s, s, "")
		for verb, err := range map[string]error{"serve": opened, "audit": audited, "migrate": migrated, "copy": copied} {
			if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "sifre") {
				t.Errorf("%s, %s: %v, want %q", name, verb, err, test.says)
			}
		}
		r := new(checkup.Report)
		s.checkDatabase(t.Context(), r)
		var text strings.Builder
		if err := r.WriteJSON(&text); err != nil {
			t.Fatal(err)
		}
		if r.Problems() != 1 || strings.Contains(text.String(), "sifre") {
			t.Errorf("%s: the report is %s", name, &text)
		}
	}
}
