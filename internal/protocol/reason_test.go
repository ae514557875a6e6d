package protocol_test

import (
	"testing"

	"github.com/e-onay/e-onay/internal/protocol"
)

// The reasons as Chromium 156 and Firefox 153 say them.
func TestHostClosed(t *testing.T) {
	for reason, want := range map[string]protocol.Code{
		"Specified native messaging host not found.":                                                             protocol.CodeHostMissing,
		"Failed to start native messaging host.":                                                                 protocol.CodeHostMissing,
		"No such native application tr.eonay.host":                                                               protocol.CodeHostMissing,
		"Access to the specified native messaging host is forbidden.":                                            protocol.CodeHostRefused,
		"Native host has exited.":                                                                                protocol.CodeHostStopped,
		"Error when communicating with the native messaging host.":                                               protocol.CodeHostStopped,
		"Native application tried to send a message of 1048577 bytes, which exceeds the limit of 1048576 bytes.": protocol.CodeHostStopped,
		"": protocol.CodeHostStopped,
	} {
		if got := protocol.HostClosed(reason); got != want {
			t.Errorf("%q: got %s, want %s", reason, got, want)
		}
	}
}
