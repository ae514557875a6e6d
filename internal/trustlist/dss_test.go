package trustlist_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/trustlist"
)

// TestDSS reads the lists of 28 countries of 2019 and that of lists, as EU DSS keeps them, and verifies each by the list of lists. Lists that were spoilt
// on purpose say so in their names.
func TestDSS(t *testing.T) {
	folder := pkitest.DSSFolder(t, "dss-tsl-validation/src/test/resources")
	read := func(name string) (*trustlist.List, error) {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		return trustlist.Parse(data)
	}
	lotl, err := read("eu-lotl.xml")
	if err != nil {
		t.Fatal(err)
	}
	signers := map[string]trustlist.Pointer{}
	for _, p := range lotl.Pointers {
		if p.MediaType == "application/vnd.etsi.tsl+xml" {
			signers[p.Territory] = p
		}
	}
	if err := lotl.Verify(signers["EU"].Certificates); err != nil {
		t.Errorf("the list of lists: %v", err)
	}
	paths, err := filepath.Glob(filepath.Join(folder, "lotlCache", "[A-Z][A-Z]*.xml"))
	if err != nil {
		t.Fatal(err)
	}
	verified, anchors, tally := 0, 0, pkitest.NewTally(t, "DSS trusted lists", "trustlist")
	for _, path := range paths {
		name := filepath.Base(path)
		l, err := read("lotlCache/" + name)
		if err == nil {
			err = l.Verify(signers[l.Territory].Certificates)
		}
		isGood := !strings.Contains(name, "_") // FR_59 is of a later day, and signed by a certificate of then
		if isGood != (err == nil) {
			t.Errorf("%s: %v", name, err)
		}
		tally.Judged("")
		if err == nil {
			verified++
			anchors += len(l.Anchors())
		}
	}
	for _, name := range []string{"eu-lotl-broken-sig.xml", "eu-lotl-no-sig.xml"} {
		if l, err := read(name); err != nil || l.Verify(signers["EU"].Certificates) == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if verified != 29 || anchors < 1000 {
		t.Errorf("%d lists verify, with %d anchors", verified, anchors)
	}
	t.Logf("%d lists verify, with %d anchors", verified, anchors)
}
