package worker

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/e-onay/e-onay/nativehost/whole"
)

// OpenSC is the quirk of the library of that name, which unblocks in one of several ways or not at all, as its
// configuration says, and as installed not at all. So a worker that is to unblock gets a configuration of ours.
const OpenSC Quirk = "opensc"

// openSCVariable leads OpenSC to its configuration. Who has set it themselves knows why, and their file counts.
const openSCVariable = "OPENSC_CONF"

// openSCStyles are OpenSC's names of the methods.
var openSCStyles = map[Method]string{InitPIN: "init_pin_in_so_session", SetPIN: "set_pin_in_unlogged_session"}

// openSCConfiguration is all that we want of OpenSC. It looks for every card that it knows, as it does without a
// configuration, and keeps no PIN: one that is kept is sent again after a reset, which nobody has asked for.
const openSCConfiguration = `app default {
	framework pkcs15 {
		use_pin_caching = false;
	}
}
app opensc-pkcs11 {
	pkcs11 {
		user_pin_unblock_style = %s;
	}
}
`

// openSCEnvironment writes the configuration for a method into the person's cache folder and returns the environment
// that leads to it, nil for this process's own.
func openSCEnvironment(method Method) ([]string, error) {
	if os.Getenv(openSCVariable) != "" {
		return nil, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(cache, "e-onay", "opensc-"+string(method)+".conf")
	content := fmt.Appendf(nil, openSCConfiguration, openSCStyles[method])
	if old, err := os.ReadFile(path); err != nil || !bytes.Equal(old, content) {
		if err := whole.Write(path, content, 0o600); err != nil {
			return nil, err
		}
	}
	return append(os.Environ(), openSCVariable+"="+path), nil
}
