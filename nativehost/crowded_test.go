//go:build linux

package main_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/test/testcard"
)

// A card with more certificates than a list holds takes no room of another's, its library goes on, and both sign.
func TestManyCertificates(t *testing.T) {
	t.Parallel()
	m := withSoftHSM(t)
	full, other := m.insert(t, "Dolu"), m.insert(t, "Başka")
	full.key(t, testcard.P256, 1)
	var old [][]byte
	for range 80 {
		old = append(old, full.sub.Issue(t, other.root.Certificate.PublicKey, expired).Raw)
	}
	if err := full.token.StoreAll(old, "eski"); err != nil {
		t.Fatal(err)
	}
	other.key(t, testcard.P256, 1)
	w := m.open(t)
	w.hello()
	for range 2 { // the library is as well as before
		list := w.list()
		if len(list.Tokens) != 2 || len(list.Certificates) != protocol.MaxCertificates {
			t.Fatalf("%d certificates of %d tokens", len(list.Certificates), len(list.Tokens))
		}
		if want := []protocol.Finding{{Code: fault.CertificatesLeftOut, Subject: "Dolu"}}; !slices.Equal(list.Findings, want) {
			t.Errorf("findings %+v", list.Findings)
		}
		signed := 0
		for _, c := range list.Certificates {
			if c.Problem == "" {
				w.ends(w.selfTest(c.ID, pin), "")
				signed++
			}
		}
		if signed != 2 {
			t.Errorf("%d certificates can sign", signed)
		}
	}
	checks := map[string]int{}
	for _, name := range doctorChecks(t, m) {
		checks[name]++
	}
	if checks["token"] != 2 || checks["finding"] != 1 || checks["usable"]+checks["useless"] != 9 {
		t.Errorf("the doctor's checks %v", checks)
	}
}

// doctorChecks are the names of the checks of a diagnosis.
func doctorChecks(t *testing.T, m *machine) (names []string) {
	t.Helper()
	out, stderr, _ := m.command(t, "doctor", "--json")
	var d struct{ Checks []struct{ Name string } }
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		t.Fatalf("%v: %s%s", err, out, stderr)
	}
	for _, c := range d.Checks {
		names = append(names, c.Name)
	}
	return names
}
