package revocation

import "testing"

// TakeSHA1 has OCSP answers be taken for the length of a test that RSA with SHA-1 has signed.
func TakeSHA1(t *testing.T) {
	before := current
	t.Cleanup(func() { current = before })
	current = legacy
}
