package timestamp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/fault"
)

// identityHeader is where Kamu SM's authority looks for its customer.
const identityHeader = "identity"

// KamuSM is a customer of Kamu SM's time-stamp authority, which counts the stamps of each by a header of its own. The provider has no
// published description of that header; what is made here is what its own client library of Java sends, and has not been tried
// against the authority. Where another header is wanted, put it into Authority.Header.
type KamuSM struct {
	// Customer is the customer's number.
	Customer uint32
	// Password is the customer's password. It does not travel: it is what the digest is encrypted with. How the provider encodes
	// letters beyond ASCII is not known here.
	Password string
}

// How the key is derived.
const (
	identitySalt       = 8 // bytes
	identityIterations = 100
)

// identity returns the header for a request about digest: SEQUENCE { customer INTEGER, salt OCTET STRING, iterations INTEGER, iv
// OCTET STRING, encrypted OCTET STRING } in DER and hexadecimal. The digest is encrypted by AES-256 in CBC mode, padded as in PKCS #7, with a key
// derived by PBKDF2 with HMAC-SHA-256.
func (k KamuSM) identity(digest []byte) (string, error) {
	salt, iv := make([]byte, identitySalt), make([]byte, aes.BlockSize)
	rand.Read(salt) // never fails (crypto/rand)
	rand.Read(iv)
	key, err := pbkdf2.Key(sha256.New, k.Password, salt, identityIterations, 32)
	if err != nil {
		return "", fault.New(fault.Internal, err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", fault.New(fault.Internal, err)
	}
	padding := aes.BlockSize - len(digest)%aes.BlockSize
	encrypted := slices.Concat(digest, slices.Repeat([]byte{byte(padding)}, padding))
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(encrypted, encrypted)
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Uint64(uint64(k.Customer))
		b.AddASN1OctetString(salt)
		b.AddASN1Int64(identityIterations)
		b.AddASN1OctetString(iv)
		b.AddASN1OctetString(encrypted)
	})
	der, err := b.Bytes()
	if err != nil {
		return "", fault.New(fault.Internal, err)
	}
	return hex.EncodeToString(der), nil
}

// String keeps the password out of logs.
func (k KamuSM) String() string { return fmt.Sprintf("Kamu SM's customer %d", k.Customer) }
