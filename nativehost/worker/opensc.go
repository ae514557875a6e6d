package worker

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/e-onay/e-onay/nativehost/atomicfile"
	"github.com/e-onay/e-onay/nativehost/place"
)

// OpenSC is the quirk of the library of that name, which unblocks in one of several ways or not at all, as its
// configuration says, and as installed not at all. So a worker that is to unblock gets a configuration of ours, and one
// that logs in the installed one with a lock.
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

// openSCEnvironment leads a worker that is to unblock by a method to the configuration for it. It is nil, for this
// process's own environment, where the person has set another.
func openSCEnvironment(method Method) ([]string, error) {
	if os.Getenv(openSCVariable) != "" {
		return nil, nil
	}
	return leadOpenSC("opensc-"+string(method)+".conf", fmt.Appendf(nil, openSCConfiguration, openSCStyles[method]))
}

// openSCPlaces are where OpenSC's packages have their configuration. Windows keeps its place in the registry.
var openSCPlaces = map[string][]string{
	"linux":  {"/etc/opensc/opensc.conf", "/etc/opensc.conf", "/etc/opensc-x86_64.conf", "/etc/opensc-aarch64.conf"},
	"darwin": {"/Library/OpenSC/etc/opensc.conf", "/opt/homebrew/etc/opensc/opensc.conf", "/usr/local/etc/opensc/opensc.conf"},
}

// openSCLocking follows the installed configuration: OpenSC then keeps other programs from the card while it is logged in.
// As installed it lets them use the login.
const openSCLocking = `
app opensc-pkcs11 {
	pkcs11 {
		lock_login = true;
	}
}
`

// maxOpenSC is how long an installed configuration may be, in bytes.
const maxOpenSC = 256 << 10

// lockingOpenSC leads a worker to the installed configuration with openSCLocking. It is nil, for this process's own
// environment, where we do not know the one that OpenSC reads, or where it says something of PKCS #11 itself: OpenSC takes
// the first block of a name alone, and what is set must not be lost for a lock.
func lockingOpenSC() []string {
	if os.Getenv(openSCVariable) != "" {
		return nil
	}
	var installed [][]byte
	for _, path := range openSCPlaces[runtime.GOOS] {
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil || len(content) > maxOpenSC {
			return nil
		}
		installed = append(installed, content)
	}
	if len(installed) != 1 || namesPKCS11(installed[0]) {
		return nil
	}
	environment, err := leadOpenSC("opensc.conf", append(installed[0], openSCLocking...))
	if err != nil {
		return nil // the reset after a login does not depend on it
	}
	return environment
}

// namesPKCS11 reports whether a configuration says something of PKCS #11, comments aside.
func namesPKCS11(configuration []byte) bool {
	for line := range bytes.Lines(configuration) {
		said, _, _ := bytes.Cut(line, []byte("#"))
		if bytes.Contains(said, []byte("pkcs11")) {
			return true
		}
	}
	return false
}

// leadOpenSC writes a configuration into the person's cache folder and returns the environment that leads to it.
func leadOpenSC(name string, content []byte) ([]string, error) {
	cache, err := place.Cache()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(cache, name)
	old, err := place.Read(path, int64(len(content)))
	if _, others := errors.AsType[*place.Error](err); others {
		return nil, err
	}
	if err != nil || !bytes.Equal(old, content) {
		if err := atomicfile.Write(path, content, 0o600); err != nil {
			return nil, err
		}
	}
	return append(os.Environ(), openSCVariable+"="+path), nil
}
