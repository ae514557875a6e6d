package worker

import (
	"bytes"
	"crypto"
	"encoding/asn1"
	"math/big"
	"slices"
	"testing"

	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

// A token is given no more of a digest than ECDSA takes, and an RSA key all of it.
func TestDigestIsCutForECDSA(t *testing.T) {
	digest := bytes.Repeat([]byte{1}, 64)
	for kind, want := range map[string]int{"P-256": 32, "P-384": 48, "P-521": 64, "RSA-2048": 19 + 64} {
		l := &login{public: pkitest.Key(t, kind).Public()}
		_, input, err := l.toBeSigned(crypto.SHA512, digest)
		if err != nil || len(input) != want {
			t.Errorf("%s: %d bytes, %v", kind, len(input), err)
		}
	}
}

// An ECDSA signature is taken as r‖s and as DER; one that could be both is what verifies.
func TestECDSADER(t *testing.T) {
	marshal := func(r, s *big.Int) []byte {
		der, err := asn1.Marshal(ecdsaSignature{r, s})
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	const size = 32
	number := func(bits uint) *big.Int { return new(big.Int).Lsh(big.NewInt(1), bits-1) }
	usual, both := marshal(number(256), number(250)), marshal(number(239), number(223))
	if len(both) != 2*size {
		t.Fatalf("DER of %d bytes, want %d", len(both), 2*size)
	}
	raw := append(number(256).FillBytes(make([]byte, size)), number(250).FillBytes(make([]byte, size))...)
	asRaw := marshal(new(big.Int).SetBytes(both[:size]), new(big.Int).SetBytes(both[size:]))
	for name, tt := range map[string]struct {
		signature []byte
		verifies  bool
		want      []byte
	}{
		"r‖s":                         {raw, false, usual},
		"DER":                         {usual, false, usual},
		"both, good as DER":           {both, true, both},
		"both, good as r‖s":           {both, false, asRaw},
		"DER with a byte after it":    {append(bytes.Clone(usual), 0), true, nil},
		"DER of zero":                 {marshal(new(big.Int), number(250)), true, nil},
		"DER of a negative number":    {marshal(big.NewInt(-1), number(250)), true, nil},
		"DER of a number too long":    {marshal(number(257), number(250)), true, nil},
		"BER with a long-form length": {append([]byte{0x30, 0x81, usual[1]}, usual[2:]...), true, nil},
		"nothing":                     {nil, true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			der, err := ecdsaDER(tt.signature, size, func([]byte) bool { return tt.verifies })
			if !bytes.Equal(der, tt.want) || (err == nil) != (tt.want != nil) {
				t.Errorf("%x, %v, want %x", der, err, tt.want)
			}
		})
	}
}

// A key that is certain is tried alone; one that wants a PIN for each signature never on a guess.
func TestChooseKeys(t *testing.T) {
	always := func(k key) key { k.always = true; return k }
	plain, other := key{handle: 1}, key{handle: 2}
	certain, likely := key{handle: 3, certain: true}, key{handle: 4, likely: true}
	for name, tt := range map[string]struct{ keys, want []key }{
		"none":                             {nil, nil},
		"one":                              {[]key{plain}, []key{plain}},
		"one that wants a PIN":             {[]key{always(plain)}, []key{always(plain)}},
		"two, one of them twice":           {[]key{plain, other, plain}, []key{plain, other}},
		"two that want a PIN":              {[]key{always(plain), always(other)}, nil},
		"another wants a PIN":              {[]key{plain, always(other)}, []key{plain}},
		"a likely one that wants a PIN":    {[]key{always(likely), other, always(plain)}, []key{always(likely), other}},
		"a certain one that wants a PIN":   {[]key{plain, always(certain), other}, []key{always(certain)}},
		"a certain one after a likely one": {[]key{likely, certain}, []key{certain}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := choose(tt.keys); !slices.Equal(got, tt.want) {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}
