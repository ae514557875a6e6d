package expiry_test

import (
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/expiry"
	"github.com/e-onay/e-onay/wasm/wire"
)

// FuzzRead reads what may stand in the extension's storage: whatever comes out is within its bounds.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{`[]`, `[{"holder":"0aa0","notAfter":1800000000}]`, `[{"holder":7}]`, `{"holder":"0aa0"}`, `[null]`, `[{"notAfter":1e300}]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		ends := expiry.Read(raw)
		if len(ends) > protocol.MaxEnds {
			t.Errorf("%d ends", len(ends))
		}
		for _, e := range ends {
			if !wire.IsTime(e.NotAfter) {
				t.Errorf("an end at %d", e.NotAfter)
			}
		}
		if end, due := expiry.Due(ends, now); due && !wire.IsTime(end) {
			t.Errorf("due at %d", end)
		}
	})
}
