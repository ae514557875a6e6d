package protocol

import (
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
)

// HostReason is a phrase by which a browser says why the host's port is closed, and what it means.
type HostReason struct {
	Phrase string // lower case
	Code   fault.Code
}

// HostReasons are the phrases of Chromium and Firefox, which have no error codes for this; the first
// that occurs counts. They are matched here and in the broker.
var HostReasons = []HostReason{
	{"host not found", fault.HostMissing},             // Chromium: no manifest of that name, or no program at its path
	{"failed to start", fault.HostMissing},            // Chromium: the program cannot be run
	{"no such native application", fault.HostMissing}, // Firefox, which says no more to an extension that is not admitted
	{"forbidden", fault.HostRefused},                  // Chromium: not among allowed_origins
}

// HostClosed returns the code for the browser's reason why the host's port is closed: fault.HostStopped
// unless a phrase of HostReasons says more.
func HostClosed(reason string) fault.Code {
	reason = strings.ToLower(reason)
	for _, r := range HostReasons {
		if strings.Contains(reason, r.Phrase) {
			return r.Code
		}
	}
	return fault.HostStopped
}
