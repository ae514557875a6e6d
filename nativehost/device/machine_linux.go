package device

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/google/go-tpm/tpm2/transport/linuxtpm"
	"github.com/google/go-tpm/tpm2/transport/linuxudstpm"
)

// resourceManager is the kernel's, which lets many use the TPM.
const resourceManager = "/dev/tpmrm0"

// machineTPM opens this machine's TPM. One that the person may not open (they are not in the group tss) is
// as good as none.
func machineTPM() (Transport, error) { return TPMAt(resourceManager)() }

// TPMAt returns what opens the TPM whose device, or Unix socket for one in software, is at path.
func TPMAt(path string) func() (Transport, error) {
	return func() (Transport, error) {
		info, err := os.Stat(path)
		var t Transport
		switch {
		case err != nil:
		case info.Mode()&fs.ModeSocket != 0:
			t, err = linuxudstpm.Open(path)
		default:
			t, err = linuxtpm.Open(path)
		}
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
			return nil, fmt.Errorf("%w: %w", ErrNoTPM, err)
		case err != nil:
			return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		return t, nil
	}
}
