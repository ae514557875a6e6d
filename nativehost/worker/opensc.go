package worker

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
	if err := writeWhole(path, content); err != nil {
		return nil, err
	}
	return append(os.Environ(), openSCVariable+"="+path), nil
}

// writeWhole puts content into the file at path, whole or not at all, unless it is there already.
func writeWhole(path string, content []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, content) {
		return nil
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".opensc-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
