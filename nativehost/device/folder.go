package device

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"

	"github.com/e-onay/e-onay/nativehost/lock"
)

// application is the key under which a machine's name is derived from its system number, which must not be disclosed
// (machine-id(5)).
const application = "tr.eonay.host machine v1"

// recordName and journalName are what an installation has for each machine.
const (
	recordName  = "device.json"
	journalName = "journal"
)

// MachineFolder returns the folder of this machine, for its key and its journal, in the configuration's folder. One home
// may be several machines': each has a key that the others cannot use, and a list that it alone signs. If the system
// has no name for the machine, that is the configuration's folder itself.
func MachineFolder(config string) string {
	id := machineID()
	if id == "" {
		return config
	}
	name := hmac.New(sha256.New, []byte(id))
	name.Write([]byte(application))
	return filepath.Join(config, "machines", hex.EncodeToString(name.Sum(nil)[:16]))
}

// TakeOver moves the key and the journal that an earlier version has left in the configuration's folder into the machine's,
// if the key is this machine's: another may have left them there. It returns the folder that the key is in, or is to be in.
// If it cannot be told whose the key is, TakeOver leaves it where it is, and returns that folder with the reason.
func TakeOver(ctx context.Context, config, machine string, o Options) (string, error) {
	earlier := filepath.Join(config, recordName)
	if machine == config || exists(filepath.Join(machine, recordName)) || !exists(earlier) {
		return machine, nil
	}
	unlock, err := lock.File(ctx, earlier+".lock") // as earlier versions do
	if err != nil {
		return config, err
	}
	defer unlock()
	if exists(filepath.Join(machine, recordName)) {
		return machine, nil
	}
	o.Path = earlier
	_, err = Open(ctx, o)
	switch {
	case errors.Is(err, ErrLost), errors.Is(err, ErrNone):
		return machine, nil
	case err != nil:
		return config, err
	}
	if err := os.MkdirAll(machine, 0o700); err != nil {
		return config, err
	}
	// The key goes last: after a crash in between it is moved by the next program, to the journal that it signs.
	if journal := filepath.Join(config, journalName); exists(journal) && !exists(filepath.Join(machine, journalName)) {
		if err := os.Rename(journal, filepath.Join(machine, journalName)); err != nil {
			return config, err
		}
	}
	if err := os.Rename(earlier, filepath.Join(machine, recordName)); err != nil {
		return config, err
	}
	return machine, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
