package ades_test

import (
	"crypto"
	"crypto/rsa"
	"math/big"
	"testing"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
)

func TestHashFor(t *testing.T) {
	ofBits := func(n uint) crypto.PublicKey {
		return &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), n-1), E: 65537}
	}
	for _, test := range []struct {
		name string
		key  crypto.PublicKey
		want crypto.Hash
	}{
		{"RSA-2048", ofBits(2048), crypto.SHA256},
		{"RSA-3072", ofBits(3072), crypto.SHA256},
		{"RSA-3073", ofBits(3073), crypto.SHA384},
		{"RSA-7679", ofBits(7679), crypto.SHA384},
		{"RSA-7680", ofBits(7680), crypto.SHA512},
		{"RSA-8192", ofBits(8192), crypto.SHA512},
		{"P-256", pkitest.Key(t, "P-256").Public(), crypto.SHA256},
		{"P-384", pkitest.Key(t, "P-384").Public(), crypto.SHA384},
		{"P-521", pkitest.Key(t, "P-521").Public(), crypto.SHA512},
		{"RSA-2047", ofBits(2047), 0},
		{"RSA-8193", ofBits(8193), 0},
		{"P-224", pkitest.Key(t, "P-224").Public(), 0},
		{"nothing", nil, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ades.HashFor(test.key)
			if got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
			if test.want == 0 {
				if fault.CodeOf(err) != fault.KeyUnsupported {
					t.Errorf("%v", err)
				}
			}
		})
	}
}
