package sqlite_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/application"
)

// erasedDatabase has a cancelled application that was erased, and whose it was.
func erasedDatabase(t *testing.T) (path string, person application.Application) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "portal.db")
	s := open(t, path)
	person = apply(t, s, "A", "10000000146", append(untilDelivered("")[:2], application.Change{Event: application.Cancel, By: application.Person})...)
	must(t, s.EraseApplication(t.Context(), "A", time.UnixMilli(90_000_000)))
	head(t, s)
	must(t, s.Close())
	return path, person
}

func TestAuditOfErasedApplications(t *testing.T) {
	path, _ := erasedDatabase(t)
	if findings, proven := audit(t, path); len(findings) > 0 || len(proven) != 5 {
		t.Errorf("found %+v, proven are %q", findings, proven)
	}
	for name, statements := range map[string][]string{
		"a person put back":    {`UPDATE application SET citizen_number = '10000000146'`},
		"the time changed":     {`UPDATE application SET erased_at = erased_at + 1`},
		"the erasure hidden":   {`DELETE FROM application_change WHERE event = 'erase'`},
		"an erasure made up":   {`UPDATE application SET payer = 'person'`},
		"a change of it taken": {`DELETE FROM application_change WHERE version = 2`},
	} {
		t.Run(name, func(t *testing.T) {
			copied := copyOf(t, path)
			tamper(t, copied, statements...)
			if findings, _ := audit(t, copied); len(findings) == 0 {
				t.Error("not found")
			}
		})
	}
}

// TestErasedIsNotInTheFile looks for what was erased in the bytes of the file: SQLite leaves what it overwrites where it was, unless it is
// told not to. The form was saved often, and other applications push it about.
func TestErasedIsNotInTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "portal.db")
	s := open(t, path)
	saves := untilDelivered("")[:1]
	for i := range 20 {
		one := untilDelivered("")[0]
		one.Form["address"] = strings.Repeat("Menekşe Sokak ", 10*i+1)
		saves = append(saves, one)
		apply(t, s, fmt.Sprint("other ", i), fmt.Sprint("person ", i), untilDelivered("")[:1]...)
	}
	apply(t, s, "A", "10000000146", append(saves, application.Change{Event: application.Cancel, By: application.Person})...)
	in := func() (found []string) {
		for _, name := range []string{path, path + "-wal"} {
			data, err := os.ReadFile(name)
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			for _, secret := range []string{"10000000146", "Menekşe"} {
				if bytes.Contains(data, []byte(secret)) {
					found = append(found, secret+" in "+filepath.Base(name))
				}
			}
		}
		return found
	}
	if len(in()) == 0 {
		t.Fatal("before: this test no longer sees it")
	}
	must(t, s.EraseApplication(t.Context(), "A", time.UnixMilli(90_000_000)))
	must(t, s.Close()) // what is in the log goes into the file
	if found := in(); len(found) > 0 {
		t.Errorf("found %q", found)
	}
}
