package protocol

import "strings"

// HostReason is a phrase by which a browser says why the host's port is closed, and what it means.
type HostReason struct {
	Phrase string // lower case
	Code   Code
}

// HostReasons are the phrases of Chromium and Firefox, which have no error codes for this; the first
// that occurs counts. They are matched here and in the broker.
var HostReasons = []HostReason{
	{"host not found", CodeHostMissing},                       // Chromium: no manifest of that name
	{"failed to start", CodeHostMissing},                      // Chromium: the manifest's program is not there
	{"no such native application", CodeHostMissing},           // Firefox: no manifest of that name
	{"does not exist, or is not executable", CodeHostMissing}, // Firefox: the manifest's program is not there
	{"forbidden", CodeHostRefused},                            // Chromium: not among allowed_origins
	{"does not have permission", CodeHostRefused},             // Firefox: not among allowed_extensions
}

// HostClosed returns the code for the browser's reason why the host's port is closed: CodeHostStopped
// unless a phrase of HostReasons says more.
func HostClosed(reason string) Code {
	reason = strings.ToLower(reason)
	for _, r := range HostReasons {
		if strings.Contains(reason, r.Phrase) {
			return r.Code
		}
	}
	return CodeHostStopped
}
