package protocol_test

import (
	"testing"

	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
)

// TestLimitsAgree holds the limits of messages against those of the readers of what they carry, which know no message.
func TestLimitsAgree(t *testing.T) {
	for _, tt := range []struct {
		name            string
		message, reader int
	}{
		{"certificate", protocol.MaxCertificate, pki.MaxCertificate},
		{"signature", protocol.MaxSignature, cades.MaxSignature},
	} {
		if tt.message != tt.reader {
			t.Errorf("a message takes a %s of %d bytes, its reader %d", tt.name, tt.message, tt.reader)
		}
	}
}
