package device

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/google/go-tpm/tpm2/transport/linuxtpm"
)

// resourceManager is the kernel's, which lets many use the TPM.
const resourceManager = "/dev/tpmrm0"

// machineTPM opens this machine's TPM. One that the person may not open (they are not in the group tss) is
// as good as none.
func machineTPM() (Transport, error) {
	t, err := linuxtpm.Open(resourceManager)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("%w: %w", ErrNoTPM, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return t, nil
}
