package sandbox

import (
	"bytes"
	"testing"
)

// FuzzOCSPRequest: whatever the bytes, no panic; what is taken is within the limits, and answering it
// gives back the CertIDs that stood in the request.
func FuzzOCSPRequest(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0x30, 0x03, 0x30, 0x01, 0x30})
	f.Fuzz(func(t *testing.T, request []byte) {
		parsed, err := parseOCSPRequest(request)
		if err != nil {
			return
		}
		if n := len(parsed.certificates); n == 0 || n > maxOCSPCerts {
			t.Errorf("%d certificates", n)
		}
		if parsed.nonce != nil && (len(parsed.nonce) == 0 || len(parsed.nonce) > maxNonce) {
			t.Errorf("a nonce of %d octets", len(parsed.nonce))
		}
		for _, id := range parsed.certificates {
			if !bytes.Contains(request, id.raw) {
				t.Errorf("CertID % x is not in the request", id.raw)
			}
			if same := id.withSerial(id.serial); !bytes.Equal(same, id.raw) {
				t.Errorf("CertID % x written again is % x", id.raw, same)
			}
		}
	})
}
