package device

import (
	"regexp"
	"strings"

	"github.com/e-onay/e-onay/nativehost/ownfile"
)

// machineIDPattern is what machine-id(5) says; a system that has none yet has another word there.
var machineIDPattern = regexp.MustCompile(`^[0-9a-f]{32}$`)

// machineID returns the number that the system knows this machine by, "" if it has none.
func machineID() string {
	for _, path := range []string{"/etc/machine-id", "/var/lib/dbus/machine-id"} {
		data, err := ownfile.Read(path, 64)
		if id := strings.TrimSpace(string(data)); err == nil && machineIDPattern.MatchString(id) {
			return id
		}
	}
	return ""
}
