package device

import (
	"context"
	"os/exec"
	"regexp"
	"time"
)

var platformUUID = regexp.MustCompile(`"IOPlatformUUID" = "([0-9A-F-]{36})"`)

// machineID returns the number that macOS knows this machine by, "" if it does not say.
func machineID() string {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "/usr/sbin/ioreg", "-rd1", "-c", "IOPlatformExpertDevice").Output()
	found := platformUUID.FindSubmatch(out)
	if err != nil || found == nil {
		return ""
	}
	return string(found[1])
}
