package trustlist_test

import (
	"crypto/x509"
	"testing"

	"github.com/e-onay/e-onay/internal/trustlist"
	"github.com/e-onay/e-onay/internal/trustlist/trustlisttest"
)

// FuzzParse reads and verifies anything. What verifies has been signed by the one operator that is trusted.
func FuzzParse(f *testing.F) {
	w := trustlisttest.NewWorld(f)
	for _, list := range w.Lists {
		f.Add(list)
	}
	f.Add([]byte(`<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#"/>`))
	trusted := []*x509.Certificate{w.Country.Certificate}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := trustlist.Parse(data)
		if err != nil {
			return
		}
		_ = l.Verify(trusted) // any verdict
		for _, a := range l.Anchors() {
			if !a.Until.IsZero() && !a.Since.Before(a.Until) {
				t.Errorf("trusted from %v until %v", a.Since, a.Until)
			}
		}
	})
}
