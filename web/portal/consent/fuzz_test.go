package consent

import (
	"testing"
)

func FuzzSignature(f *testing.F) {
	f.Add([]byte(`{"act":"0000-0000-0000-0000","signature":"AAAA"}`))
	f.Add([]byte(`{"act":null,"signature":[1]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		body, err := parseSignature(data)
		if err == nil && (len(body.Signature) == 0 || len(body.Signature) > maxSignatureBody) {
			t.Fatalf("a signature of %d bytes was taken", len(body.Signature))
		}
	})
}
