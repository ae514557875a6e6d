//go:build !linux && !windows

package device

// machineTPM finds none: a Mac's Secure Enclave is no TPM, and its keyring is what keeps the key.
func machineTPM() (Transport, error) { return nil, ErrNoTPM }

// TPMAt returns what finds none: only Linux has TPMs at paths.
func TPMAt(string) func() (Transport, error) {
	return func() (Transport, error) { return nil, ErrNoTPM }
}
