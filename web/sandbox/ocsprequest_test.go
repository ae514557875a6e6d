package sandbox

import (
	"encoding/asn1"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	der "golang.org/x/crypto/cryptobyte/asn1"
)

// testExtension is an extension of a request; value goes into its OCTET STRING.
type testExtension struct {
	id       asn1.ObjectIdentifier
	critical bool
	value    []byte
}

// nonceOf is a nonce extension with n octets.
func nonceOf(n int) testExtension {
	var b cryptobyte.Builder
	b.AddASN1OctetString(make([]byte, n))
	return testExtension{id: oidNonce, value: b.BytesOrPanic()}
}

// requestOf asks about n certificates with serial numbers of octets octets.
func requestOf(n, octets int, extensions ...testExtension) []byte {
	serial := make([]byte, octets)
	for i := range serial {
		serial[i] = 0x7f
	}
	var b cryptobyte.Builder
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
				for range n {
					addCertID(b, serial)
				}
			})
			if extensions != nil {
				addExtensions(b, extensions)
			}
		})
	})
	return b.BytesOrPanic()
}

func addCertID(b *cryptobyte.Builder, serial []byte) {
	b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(certIDHashes[1].id) })
			b.AddASN1OctetString(make([]byte, 32))
			b.AddASN1OctetString(make([]byte, 32))
			b.AddASN1(der.INTEGER, func(b *cryptobyte.Builder) { b.AddBytes(serial) })
		})
	})
}

func addExtensions(b *cryptobyte.Builder, extensions []testExtension) {
	b.AddASN1(der.Tag(2).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
		b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
			for _, e := range extensions {
				b.AddASN1(der.SEQUENCE, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(e.id)
					if e.critical {
						b.AddASN1Boolean(true)
					}
					b.AddASN1OctetString(e.value)
				})
			}
		})
	})
}

func TestOCSPRequestLimits(t *testing.T) {
	other := asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 4}
	for name, c := range map[string]struct {
		request []byte
		ok      bool
	}{
		"one":                      {requestOf(1, 16), true},
		"sixteen":                  {requestOf(16, 16), true},
		"seventeen":                {requestOf(17, 16), false},
		"none":                     {requestOf(0, 16), false},
		"serial of 20 octets":      {requestOf(1, 20), true},
		"serial of 21 octets":      {requestOf(1, 21), false},
		"nonce of 1 octet":         {requestOf(1, 16, nonceOf(1)), true},
		"nonce of 128 octets":      {requestOf(1, 16, nonceOf(128)), true},
		"nonce of 129 octets":      {requestOf(1, 16, nonceOf(129)), false},
		"empty nonce":              {requestOf(1, 16, nonceOf(0)), false},
		"two nonces":               {requestOf(1, 16, nonceOf(8), nonceOf(8)), false},
		"nonce that is no string":  {requestOf(1, 16, testExtension{id: oidNonce, value: []byte{5, 0}}), false},
		"other extension":          {requestOf(1, 16, testExtension{id: other, value: []byte{5, 0}}), true},
		"other critical extension": {requestOf(1, 16, testExtension{id: other, critical: true, value: []byte{5, 0}}), false},
	} {
		if _, err := parseOCSPRequest(c.request); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
