package newpin_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/store/sqlite"
)

// registry is a portal's record of cards, imported from outside.
type registry struct {
	t        *testing.T
	settings *portal.Settings
	ca       *pkitest.Authority
}

func newRegistry(t *testing.T) *registry {
	t.Helper()
	dir := t.TempDir()
	return &registry{t, &portal.Settings{Database: filepath.Join(dir, "portal.db"), PUKKeyFile: portaltest.PUKKey(t, 1)}, pkitest.Root(t, "Deneme Kök")}
}

// line is a card of Ayşe's, changed.
func (r *registry) line(serial, puk string, change func(map[string]any)) string {
	r.t.Helper()
	fields := map[string]any{
		"serial": serial, "citizen_number": portaltest.Ayse, "puk": puk,
		"certificate": r.ca.Issue(r.t, pkitest.Key(r.t, "P-256").Public()).Raw,
	}
	if change != nil {
		change(fields)
	}
	text, err := json.Marshal(fields)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(text) + "\n"
}

func (r *registry) importCards(lines ...string) (int, error) {
	return portal.ImportCards(r.t.Context(), r.settings, strings.NewReader(strings.Join(lines, "")))
}

func (r *registry) cards() []store.Card {
	r.t.Helper()
	s, err := sqlite.Open(r.t.Context(), r.settings.Database)
	if err != nil {
		r.t.Fatal(err)
	}
	defer s.Close()
	list, err := s.Cards(r.t.Context(), portaltest.Ayse)
	if err != nil {
		r.t.Fatal(err)
	}
	return list
}

func TestImportCards(t *testing.T) {
	r := newRegistry(t)
	first := r.line("S1", "PUK-11111111", nil)
	if n, err := r.importCards(first, r.line("S2", "PUK-22222222", nil)); n != 2 || err != nil {
		t.Fatalf("%d cards, %v", n, err)
	}
	before := r.cards()
	if n, err := r.importCards(first, strings.TrimSuffix(first, "\n")); n != 2 || err != nil {
		t.Fatalf("the same again: %d cards, %v", n, err)
	}
	after := r.cards()
	if len(after) != 2 || len(after[0].Certificates) != 1 || after[0].Certificates[0] != before[0].Certificates[0] {
		t.Errorf("the same again left %+v of %+v", after, before)
	}
	if bytes.Equal(after[0].PUK, before[0].PUK) || !bytes.Equal(after[1].PUK, before[1].PUK) {
		t.Error("not one PUK was replaced and the other kept")
	}
	for _, suffix := range []string{"", "-wal"} {
		data, err := os.ReadFile(r.settings.Database + suffix)
		if err == nil && bytes.Contains(data, []byte("PUK-")) {
			t.Errorf("a PUK lies open in the database%s", suffix)
		}
	}
}

// TestImportRefused imports a good line and a bad one: neither is taken, and the error names the line and no more.
func TestImportRefused(t *testing.T) {
	set := func(name string, value any) func(map[string]any) {
		return func(fields map[string]any) { fields[name] = value }
	}
	r := newRegistry(t)
	if _, err := r.importCards(r.line("TAKEN", "PUK-0", func(f map[string]any) {
		f["citizen_number"] = pkitest.Citizen
	})); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"empty":              "\n",
		"no JSON":            "PUK-99999999\n",
		"no object":          `["PUK-99999999"]` + "\n",
		"two values":         strings.Replace(r.line("S", "PUK-99999999", nil), "\n", "{}\n", 1),
		"unknown field":      r.line("S", "PUK-99999999", set("PUK-99999999", 1)),
		"a number":           r.line("S", "", set("puk", 99999999)),
		"no serial":          r.line("", "PUK-99999999", nil),
		"long serial":        r.line(strings.Repeat("S", 65), "PUK-99999999", nil),
		"padded serial":      r.line("S ", "PUK-99999999", nil),
		"serial with a line": r.line("S\nS", "PUK-99999999", nil),
		"serial not ASCII":   r.line("Ş", "PUK-99999999", nil),
		"no number":          r.line("S", "PUK-99999999", set("citizen_number", "")),
		"no PUK":             r.line("S", "", nil),
		"long PUK":           r.line("S", strings.Repeat("9", 65), nil),
		"PUK with a space":   r.line("S", "PUK-99999999 ", nil),
		"no certificate":     r.line("S", "PUK-99999999", set("certificate", "")),
		"not base64":         r.line("S", "PUK-99999999", set("certificate", "PUK-99999999")),
		"another's":          r.line("S", "PUK-99999999", set("citizen_number", portaltest.Mehmet)),
		"nobody's": r.line("S", "PUK-99999999", func(f map[string]any) {
			f["citizen_number"] = ""
			f["certificate"] = r.ca.Issue(t, pkitest.Key(t, "P-256").Public(), func(c *x509.Certificate) { c.Subject.SerialNumber = "" }).Raw
		}),
		"no address": r.line("S", "PUK-99999999", set("mail", "posta-9999")),
		"no phone":   r.line("S", "PUK-99999999", set("phone", "0500 9999")),
		"long line":  r.line("S", "PUK-99999999", set("certificate", make([]byte, 32<<10))),
	} {
		_, err := r.importCards(r.line("GOOD", "PUK-1", nil), bad)
		if err == nil || !strings.Contains(err.Error(), "line 2:") {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && (strings.Contains(err.Error(), "9999") || strings.Contains(err.Error(), portaltest.Ayse) || strings.Contains(err.Error(), portaltest.Mehmet)) {
			t.Errorf("%s: the error holds what is in the line: %v", name, err)
		}
	}
	moved := fmt.Sprintf(`{"serial":"TAKEN","citizen_number":%q,"puk":"PUK-1","certificate":%q}`, portaltest.Mehmet,
		base64.StdEncoding.EncodeToString(r.ca.Issue(t, pkitest.Key(t, "P-256").Public(), portaltest.OfMehmet).Raw))
	if _, err := r.importCards(r.line("GOOD", "PUK-1", nil), moved); err == nil || !strings.Contains(err.Error(), "card 2 of 2") {
		t.Errorf("a card went over to another person: %v", err)
	}
	if list := r.cards(); len(list) != 1 {
		t.Errorf("on record are %+v, want the first card alone", list)
	}
	one := r.line("S", "PUK-1", nil)
	if _, err := r.importCards(strings.Repeat(one, 20_001)); err == nil || !strings.Contains(err.Error(), "20000") {
		t.Errorf("too many lines: %v", err)
	}
	r.settings.PUKKeyFile = ""
	if _, err := r.importCards(one); err == nil {
		t.Error("imported without a key")
	}
}
