package service_test

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/validation/validationtest"
	"github.com/e-onay/e-onay/web/service"
)

// trusting has all sites trust a root beside the sandbox's.
func trusting(t *testing.T, root *x509.Certificate) func(*service.Settings) {
	return func(s *service.Settings) {
		path := filepath.Join(t.TempDir(), "anchors.pem")
		sandbox, err := os.ReadFile(s.Sites[0].Anchors)
		if err != nil {
			t.Fatal(err)
		}
		more := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw})
		if err := os.WriteFile(path, append(append(sandbox, '\n'), more...), 0o600); err != nil {
			t.Fatal(err)
		}
		for i := range s.Sites {
			s.Sites[i].Anchors = path
		}
	}
}

// TestListsAreKept has an authority asked once for a list that several validations need.
func TestListsAreKept(t *testing.T) {
	var asked atomic.Int32
	var list []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Write(list)
	}))
	defer server.Close()
	now := time.Now()
	v := validationtest.New(t, validationtest.Between(now.Add(-time.Hour), now.Add(time.Hour)), func(c *x509.Certificate) { c.CRLDistributionPoints = []string{server.URL} })
	list = v.CRL(v.CA, now, time.Hour)
	ofCA := v.CRL(v.Root, now, time.Hour)
	w := newWorld(t, trusting(t, v.Root.Certificate))
	signature := v.NewSignature("a")
	body := map[string]any{"file": signature.Sign().DER(), "data": [][]byte{ofCA}}
	for range 3 {
		var r report
		w.ask("belediye", "/v1/validate", body, &r)
		if len(r.Report.Signatures) != 1 || r.Report.Signatures[0].Indication != "TOTAL-PASSED" {
			t.Fatalf("%+v", r)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("the authority was asked %d times, want once", n)
	}
}
