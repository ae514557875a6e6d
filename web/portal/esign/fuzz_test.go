package esign

import "testing"

// FuzzBody reads what a page's program may send: nothing but an error or a bounded form comes of it.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{`{"act":"x","signature":"AAAA"}`, `{"act":"x","signature":""}`, `{"signature":[1]}`, `{`, `null`, `{"act":"x","act":"y","signature":"AAAA"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := parseBody(text)
		if err == nil && (len(b.Signature) == 0 || len(b.Signature) > maxSigned) {
			t.Errorf("a form of %d bytes", len(b.Signature))
		}
	})
}
