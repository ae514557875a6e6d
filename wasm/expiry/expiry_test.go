package expiry_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/expiry"
)

const (
	day = 24 * 60 * 60
	now = 1_800_000_000
)

func TestDue(t *testing.T) {
	for _, tt := range []struct {
		name string
		days []int
		want int // days; 0 is none
	}{
		{"nothing kept", nil, 0},
		{"61 days", []int{61}, 0},
		{"60 days", []int{60}, 60},
		{"ended lately", []int{-30}, -30},
		{"ended long ago", []int{-31}, 0},
		{"two, the first counts", []int{40, 20, 1095}, 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var kept []protocol.CertificateEnd
			for _, days := range tt.days {
				kept = append(kept, protocol.CertificateEnd{Holder: "00a0", NotAfter: int64(now + days*day)})
			}
			got, due := expiry.Due(kept, now)
			if want := int64(now + tt.want*day); due != (tt.want != 0) || due && got != want {
				t.Errorf("%d, %v", (got-now)/day, due)
			}
		})
	}
}

// What is handed on names no holder, tells two of them apart, and leaves out what does not sign.
func TestOf(t *testing.T) {
	certificate := func(holder string, qualified bool, problem fault.Code) protocol.Certificate {
		return protocol.Certificate{Holder: holder, CitizenMasked: "100*****146", NotAfter: now, Qualified: qualified, Problem: problem}
	}
	ends := expiry.Of([]protocol.Certificate{
		certificate("Ayşe Yılmaz", true, ""), certificate("Ayşe Yılmaz", true, fault.CertificateExpired), certificate("Ali Öztürk", true, fault.CertificateNotYetValid),
		certificate("Ayşe Yılmaz", false, ""), certificate("Ayşe Yılmaz", true, fault.CertificateKeyUsage),
	})
	if len(ends) != 3 || ends[0] != ends[1] || ends[0].Holder == ends[2].Holder {
		t.Errorf("%+v", ends)
	}
	raw, err := json.Marshal(ends)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range ends {
		if len(e.Holder) != 4 || strings.Contains(string(raw), "Ayşe") || strings.Contains(string(raw), "100*") {
			t.Errorf("handed on: %s", raw)
		}
	}
	if got := expiry.Read(raw); len(got) != 3 || got[2] != ends[2] {
		t.Errorf("read again: %+v", got)
	}
}

func TestReadRefusesWhatIsNotOurs(t *testing.T) {
	for _, raw := range []string{
		``, `null`, `{}`, `[{"holder":7,"notAfter":1}]`, `[{"holder":"0aa0","notAfter":-1}]`, `[{"holder":"0aa0","notAfter":1e99}]`,
		`[` + strings.Repeat(`{"holder":"0aa0","notAfter":1},`, 8) + `{"holder":"0aa0","notAfter":1}]`, `["` + strings.Repeat("a", 2000) + `"]`,
	} {
		if got := expiry.Read([]byte(raw)); got != nil {
			t.Errorf("%.60s: %v", raw, got)
		}
	}
}
