package device

import (
	"fmt"

	"github.com/google/go-tpm/tpm2/transport/windowstpm"
)

// machineTPM opens this machine's TPM through Windows' TPM Base Services.
func machineTPM() (Transport, error) {
	t, err := windowstpm.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoTPM, err)
	}
	return t, nil
}

// TPMAt returns what finds none: only Linux has TPMs at paths.
func TPMAt(string) func() (Transport, error) {
	return func() (Transport, error) { return nil, ErrNoTPM }
}
