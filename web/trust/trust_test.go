package trust_test

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/trustlist/trustlisttest"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/web/trust"
)

// desk is a folder with settings.
type desk struct {
	*trustlisttest.World
	t   *testing.T
	dir string
}

func newDesk(t *testing.T) *desk {
	d := &desk{trustlisttest.NewWorld(t), t, t.TempDir()}
	pkitest.WriteCertificates(t, d.dir, "journal.pem", d.Union.Certificate)
	d.configure(`{"lists":"` + d.URL + `/lotl.xml","certificates":"journal.pem","folder":"lists","anchors":"anchors.json"}`)
	return d
}

func (d *desk) path(name string) string { return filepath.Join(d.dir, name) }

func (d *desk) configure(settings string) {
	d.t.Helper()
	if err := os.WriteFile(d.path("trust.json"), []byte(settings), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) run() (status int, out string) {
	var stdout, stderr bytes.Buffer
	status = trust.Run(d.t.Context(), []string{"-en", "-config", d.path("trust.json")}, &stdout, &stderr)
	return status, stdout.String() + stderr.String()
}

// anchors reads what was written; nil where nothing was.
func (d *desk) anchors() *validation.AnchorFile {
	d.t.Helper()
	data, err := os.ReadFile(d.path("anchors.json"))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		d.t.Fatal(err)
	}
	file, err := validation.ReadAnchors(bytes.NewReader(data))
	if err != nil {
		d.t.Fatal(err)
	}
	return file
}

// TestUpdate writes anchors, says what became of each list, and leaves the anchors alone where nothing can be said.
func TestUpdate(t *testing.T) {
	d := newDesk(t)
	end := trustlisttest.Now.AddDate(0, 2, 0)
	status, out := d.run()
	if status != 0 || !strings.Contains(out, `"ZZ": list 5 of today, 1 anchors, valid until `+end.Format("02.01.2006")) {
		t.Errorf("%d %s", status, out)
	}
	if file := d.anchors(); file == nil || len(file.Anchors) != 1 || !file.Anchors[0].Certificate.Equal(d.CA) || !file.Expires.Equal(end) {
		t.Errorf("%+v", file)
	}
	d.Put("/zz.xml", []byte("down"))
	if status, out = d.run(); status != 3 || !strings.Contains(out, "the earlier list 5 counts") {
		t.Errorf("%d %s", status, out)
	}
	if err := os.RemoveAll(d.path("lists")); err != nil {
		t.Fatal(err)
	}
	if status, out = d.run(); status != 3 || !strings.Contains(out, "nobody of this country is trusted") || len(d.anchors().Anchors) != 0 {
		t.Errorf("%d %s", status, out)
	}
	if err := os.WriteFile(d.path("anchors.json"), []byte(`{"name":"mine","anchors":[]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	d.Put("/lotl.xml", d.Country.Sign(t, d.ListOfLists(11).String()))
	if err := os.RemoveAll(d.path("lists")); err != nil {
		t.Fatal(err)
	}
	if status, out = d.run(); status != 1 || d.anchors().Name != "mine" {
		t.Errorf("a list of lists of another: %d %s", status, out)
	}
}

// TestSettings refuses settings by which nothing, or too much, would count.
func TestSettings(t *testing.T) {
	d := newDesk(t)
	good := map[string]any{"lists": d.URL + "/lotl.xml", "certificates": "journal.pem", "folder": "lists", "anchors": "anchors.json"}
	pkitest.WriteCertificates(t, d.dir, "empty.pem", []*x509.Certificate{}...)
	for name, change := range map[string]func(map[string]any){
		"no address":            func(s map[string]any) { delete(s, "lists") },
		"http":                  func(s map[string]any) { s["lists"] = "http://lists.example/lotl.xml" },
		"no folder":             func(s map[string]any) { delete(s, "folder") },
		"no anchors":            func(s map[string]any) { delete(s, "anchors") },
		"no certificates":       func(s map[string]any) { delete(s, "certificates") },
		"a file without any":    func(s map[string]any) { s["certificates"] = "empty.pem" },
		"a member that is new":  func(s map[string]any) { s["territory"] = "DE" },
		"a list for an address": func(s map[string]any) { s["lists"] = []string{"a"} },
	} {
		t.Run(name, func(t *testing.T) {
			settings := map[string]any{}
			for key, value := range good {
				settings[key] = value
			}
			change(settings)
			text, err := json.Marshal(settings)
			if err != nil {
				t.Fatal(err)
			}
			d.configure(string(text))
			if status, out := d.run(); status != 2 || !strings.Contains(out, "web trust update -config FILE") || d.anchors() != nil {
				t.Errorf("%d %s", status, out)
			}
		})
	}
}
