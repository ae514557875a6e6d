package worker

import (
	"bytes"
	"crypto"
	"testing"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// A token is given no more of a digest than ECDSA takes, and an RSA key all of it.
func TestToBeSigned(t *testing.T) {
	digest := bytes.Repeat([]byte{1}, 64)
	for kind, want := range map[string]int{"P-256": 32, "P-384": 48, "P-521": 64, "RSA-2048": 19 + 64} {
		l := &login{public: pkitest.Key(t, kind).Public()}
		_, input, err := l.toBeSigned(crypto.SHA512, digest)
		if err != nil || len(input) != want {
			t.Errorf("%s: %d bytes, %v", kind, len(input), err)
		}
	}
}
