package sandbox

import (
	"bytes"
	"strings"
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

// FuzzPhone: whatever is typed, a number is digits and not longer than what was typed, and written as it is stored it is itself.
func FuzzPhone(f *testing.F) {
	f.Add("+90 (599) 000 00 01")
	f.Fuzz(func(t *testing.T, typed string) {
		number := normalPhone(typed)
		if strings.Trim(number, "0123456789") != "" || len(number) > min(len(typed), 40) {
			t.Errorf("%q is %q", typed, number)
		}
		if spaced := " " + number + " "; len(number) == 10 && number[0] == '5' && normalPhone(spaced) != number {
			t.Errorf("%q is %q", spaced, normalPhone(spaced))
		}
	})
}

// FuzzTSARequest: whatever the bytes, no panic; what is taken is within the limits, and its imprint stood in the request.
func FuzzTSARequest(f *testing.F) {
	imprint := append([]byte{0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20}, make([]byte, 32)...)
	request := append([]byte{0x30, 0x3c, 2, 1, 1}, imprint...)
	f.Add(append(request, 2, 1, 7, 1, 1, 0xff)[:62])
	f.Add([]byte{0x30, 0x03, 0x02, 0x01, 0x01})
	f.Fuzz(func(t *testing.T, request []byte) {
		parsed, failure := parseTSARequest(request)
		if failure != tsaNoFailure {
			if parsed != nil {
				t.Error("refused, and read")
			}
			return
		}
		if !bytes.Contains(request, parsed.imprint) || parsed.nonce != nil && len(parsed.nonce.Bytes()) > maxTSANonce {
			t.Errorf("imprint %x, nonce %v", parsed.imprint, parsed.nonce)
		}
	})
}
