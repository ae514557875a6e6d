package protocol_test

import (
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
)

// The reasons as Chromium 156 and Firefox 153 say them.
func TestHostClosed(t *testing.T) {
	for reason, want := range map[string]fault.Code{
		"Specified native messaging host not found.":                                                             fault.HostMissing,
		"Failed to start native messaging host.":                                                                 fault.HostMissing,
		"No such native application tr.eonay.host":                                                               fault.HostMissing,
		"Access to the specified native messaging host is forbidden.":                                            fault.HostRefused,
		"Native host has exited.":                                                                                fault.HostStopped,
		"Error when communicating with the native messaging host.":                                               fault.HostStopped,
		"Native application tried to send a message of 1048577 bytes, which exceeds the limit of 1048576 bytes.": fault.HostStopped,
		"": fault.HostStopped,
	} {
		if got := protocol.HostClosed(reason); got != want {
			t.Errorf("%q: got %s, want %s", reason, got, want)
		}
	}
}
