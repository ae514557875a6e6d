package protocol

import (
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
)

func TestForPage(t *testing.T) {
	for _, tt := range []struct{ code, before, after fault.Code }{
		{fault.PINIncorrect, fault.Cancelled, fault.Cancelled},
		{fault.PINLastTry, fault.Cancelled, fault.Cancelled},
		{fault.PINLocked, fault.Cancelled, fault.PINLocked},
		{fault.NoReader, fault.Cancelled, fault.NoReader},
		{fault.NoToken, fault.Cancelled, fault.NoToken},
		{fault.CertificateExpired, fault.Cancelled, fault.CertificateExpired},
		{fault.HostMissing, fault.HostMissing, fault.HostMissing},
		{fault.DocumentUnreadable, fault.DocumentUnreadable, fault.DocumentUnreadable},
	} {
		if got := ForPage(tt.code, false); got != tt.before {
			t.Errorf("%s before the person agreed: %s, want %s", tt.code, got, tt.before)
		}
		if got := ForPage(tt.code, true); got != tt.after {
			t.Errorf("%s after the person agreed: %s, want %s", tt.code, got, tt.after)
		}
	}
}
