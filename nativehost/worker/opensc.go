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

// OpenSC is the quirk of the library of that name. Its configuration says by which of several methods it unblocks, and as
// installed it does not. So a worker for a PUK gets a configuration of ours, and one that logs in gets the installed
// configuration with a lock.
const OpenSC Quirk = "opensc"

// openSCVariable names OpenSC's configuration. If the person has set it themselves, their file counts.
const openSCVariable = "OPENSC_CONF"

// openSCStyles are OpenSC's names of the methods.
var openSCStyles = map[Method]string{InitPIN: "init_pin_in_so_session", SetPIN: "set_pin_in_unlogged_session"}

// openSCConfiguration is the whole configuration of a worker for a PUK. OpenSC looks for every card that it knows, as it
// does without a configuration, and caches no PIN: a cached one would be sent again after a reset.
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

// unblockEnvironment returns the environment of a worker that unblocks by the method. It is nil, for this process's own
// environment, if the person has named another configuration.
func unblockEnvironment(method Method) ([]string, error) {
	if os.Getenv(openSCVariable) != "" {
		return nil, nil
	}
	return writeOpenSCConfig("opensc-"+string(method)+".conf", fmt.Appendf(nil, openSCConfiguration, openSCStyles[method]))
}

// openSCPlaces are where OpenSC's packages have their configuration. Windows keeps its place in the registry.
var openSCPlaces = map[string][]string{
	"linux":  {"/etc/opensc/opensc.conf", "/etc/opensc.conf", "/etc/opensc-x86_64.conf", "/etc/opensc-aarch64.conf"},
	"darwin": {"/Library/OpenSC/etc/opensc.conf", "/opt/homebrew/etc/opensc/opensc.conf", "/usr/local/etc/opensc/opensc.conf"},
}

// openSCLocking follows the installed configuration: OpenSC then has exclusive access to the card while it is logged in. As
// installed it lets other programs use the login.
const openSCLocking = `
app opensc-pkcs11 {
	pkcs11 {
		lock_login = true;
	}
}
`

// maxOpenSC is the greatest length of an installed configuration, in bytes.
const maxOpenSC = 256 << 10

// lockingEnvironment returns the environment of a worker that logs in: with the installed configuration and openSCLocking.
// It is nil, for this process's own environment, if it is not known which configuration OpenSC reads, or if that one
// configures PKCS #11 itself: OpenSC reads only the first block of a name, and the person's settings must not get lost.
func lockingEnvironment() []string {
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
	environment, err := writeOpenSCConfig("opensc.conf", append(installed[0], openSCLocking...))
	if err != nil {
		return nil // the reset after a login does not depend on it
	}
	return environment
}

// namesPKCS11 reports whether a configuration mentions PKCS #11 outside comments.
func namesPKCS11(configuration []byte) bool {
	for line := range bytes.Lines(configuration) {
		said, _, _ := bytes.Cut(line, []byte("#"))
		if bytes.Contains(said, []byte("pkcs11")) {
			return true
		}
	}
	return false
}

// writeOpenSCConfig writes a configuration into the person's cache folder and returns the environment that names it.
func writeOpenSCConfig(name string, content []byte) ([]string, error) {
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
