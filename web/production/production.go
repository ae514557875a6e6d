// Package production is how applications go to whoever personalises cards, and how what was made comes back: as files, each a
// manifest with the signature of whoever made it. The portal and the personalisation machine both use it.
//
// A file is one JSON object, {"manifest": base64, "signature": base64}. The manifest is JSON as well; the signature is ECDSA on
// P-256, in DER, over SHA-256 of the file's kind, a line break, and the manifest's bytes. So it can be verified before it is
// parsed, and a hand-over is never taken for a return. The manifest holds the file's content encrypted (sealed.go).
package production

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/e-onay/e-onay/internal/strictjson"
)

// Bounds of a file.
const (
	MaxFile    = 8 << 20 // bytes
	MaxEntries = 500
)

// kind is what a file is. It is signed with it.
type kind string

const (
	kindHandover kind = "tr.eonay.handover v2" // v1 of each was not encrypted
	kindReturn   kind = "tr.eonay.return v2"
)

// file is what is handed over.
type file struct {
	Manifest  []byte `json:"manifest"`
	Signature []byte `json:"signature"`
}

// ErrSignature is returned for a file that was not signed by the key that it must be signed by, or was changed.
var ErrSignature = errors.New("production: the signature is not good")

// checkEntries bounds a manifest's entries. An application stands in it once.
func checkEntries(n int, reference func(i int) string) error {
	if n > MaxEntries {
		return fmt.Errorf("production: %d entries, %d are taken", n, MaxEntries)
	}
	seen := map[string]bool{}
	for i := range n {
		name := reference(i)
		if name == "" || len(name) > 100 || seen[name] {
			return fmt.Errorf("production: entry %d has no reference, or that of another entry", i+1)
		}
		seen[name] = true
	}
	return nil
}

func statement(k kind, manifest []byte) []byte {
	digest := sha256.Sum256(append([]byte(k+"\n"), manifest...))
	return digest[:]
}

func sign(k kind, manifest any, key *ecdsa.PrivateKey) ([]byte, error) {
	text, err := json.Marshal(manifest)
	if err != nil {
		return nil, fmt.Errorf("production: %w", err)
	}
	signature, err := ecdsa.SignASN1(rand.Reader, key, statement(k, text))
	if err != nil {
		return nil, fmt.Errorf("production: %w", err)
	}
	data, err := json.Marshal(file{text, signature})
	if err != nil {
		return nil, fmt.Errorf("production: %w", err)
	}
	if len(data) > MaxFile {
		return nil, fmt.Errorf("production: a file of %d bytes, %d are taken", len(data), MaxFile)
	}
	return data, nil
}

// read verifies a file and parses its manifest. Its errors quote nothing of what was sent.
func read(k kind, data []byte, key *ecdsa.PublicKey, manifest any) (digest string, err error) {
	if len(data) > MaxFile {
		return "", fmt.Errorf("production: a file of %d bytes, %d are taken", len(data), MaxFile)
	}
	var f file
	if strictjson.Unmarshal(data, &f) != nil {
		return "", errors.New("production: not a file with manifest and signature")
	}
	if !ecdsa.VerifyASN1(key, statement(k, f.Manifest), f.Signature) {
		return "", ErrSignature
	}
	if strictjson.Unmarshal(f.Manifest, manifest) != nil {
		return "", errors.New("production: the manifest is not in its form")
	}
	sum := sha256.Sum256(f.Manifest)
	return hex.EncodeToString(sum[:]), nil
}
