package pkitest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	_ "embed"
	"encoding/pem"
)

// rsaKeys has one key of each length. To find primes for them took seconds in each package that has RSA in its tests.
//
//go:embed testdata/rsa.pem
var rsaKeys []byte

// rsaKey returns the key of a name that is a length alone, and makes any other.
func rsaKey(name string) (*rsa.PrivateKey, error) {
	bits := map[string]int{"RSA-1024": 1024, "RSA-2048": 2048, "RSA-3072": 3072, "RSA-4096": 4096}
	for block, rest := pem.Decode(rsaKeys); block != nil; block, rest = pem.Decode(rest) {
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil || key.N.BitLen() == bits[name] {
			return key, err
		}
	}
	return rsa.GenerateKey(rand.Reader, bits[name[:len("RSA-1024")]])
}
