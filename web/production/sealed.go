package production

import (
	"crypto/ecdsa"
	"crypto/hpke"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/e-onay/e-onay/internal/strictjson"
)

// A hand-over holds names, citizen numbers and mail addresses, a return certificates with names and numbers, and both pass through an officer's
// browser, disk and mail. So what they say is encrypted to the keys of whoever it is for, with HPKE (RFC 9180) in base mode: DHKEM(P-256,
// HKDF-SHA256), HKDF-SHA256, AES-256-GCM. What is signed is
//
//	{"site": …, "reference": …, "boxes": [{"key": …, "data": base64}]}
//
// with a box for each key that opens it: two while the receiver changes from one to the other. key is SHA-256 of the key's
// SubjectPublicKeyInfo in hex; data is HPKE's enc followed by the ciphertext of the content as JSON.
//
// It is encrypted first, and the signature covers the boxes. So the receiver uses its private key for nothing that the sender has not
// signed, and parses nothing of others. The other order would hide who has signed, which the file's name says anyway, and
// have everybody's bytes decrypted and parsed first. Nobody can sign another's boxes as their own file: the receiver knows one sender's key,
// and site and reference are in the box's info, and in the content once more.

// MaxRecipients is to how many keys a file is encrypted at most.
const MaxRecipients = 2

// sealed is a file's manifest.
type sealed struct {
	Site      string `json:"site"`
	Reference string `json:"reference"`
	Boxes     []box  `json:"boxes"`
}

// box is the content, encrypted to one key.
type box struct {
	Key  string `json:"key"`
	Data []byte `json:"data"`
}

// ErrRecipient is returned for a file that none of one's keys opens.
var ErrRecipient = errors.New("production: the file is encrypted to other keys")

// KeyID is by what a file names a key that opens it.
func KeyID(key *ecdsa.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", fmt.Errorf("production: %w", err)
	}
	digest := sha256.Sum256(der)
	return hex.EncodeToString(digest[:]), nil
}

// info binds a box to the kind of file, the portal, the file and the key.
func (s sealed) info(k kind, keyID string) []byte {
	return []byte(strings.Join([]string{string(k), s.Site, s.Reference, keyID}, "\n"))
}

// seal returns a file whose content whoever has one of the recipients' keys opens.
func seal(k kind, site, reference string, content any, key *ecdsa.PrivateKey, recipients []*ecdsa.PublicKey) ([]byte, error) {
	if len(recipients) < 1 || len(recipients) > MaxRecipients {
		return nil, fmt.Errorf("production: %d keys that open it, want 1 to %d", len(recipients), MaxRecipients)
	}
	text, err := json.Marshal(content)
	if err != nil {
		return nil, fmt.Errorf("production: %w", err)
	}
	s := sealed{Site: site, Reference: reference}
	for _, recipient := range recipients {
		id, err := KeyID(recipient)
		if err != nil {
			return nil, err
		}
		data, err := encrypt(text, s.info(k, id), recipient)
		if err != nil {
			return nil, fmt.Errorf("production: %w", err)
		}
		s.Boxes = append(s.Boxes, box{id, data})
	}
	return sign(k, s, key)
}

func encrypt(text, info []byte, recipient *ecdsa.PublicKey) ([]byte, error) {
	point, err := recipient.ECDH()
	if err != nil {
		return nil, err
	}
	public, err := hpke.NewDHKEMPublicKey(point)
	if err != nil {
		return nil, err
	}
	return hpke.Seal(public, hpke.HKDFSHA256(), hpke.AES256GCM(), info, text)
}

// unseal reads the content of a file that the sender with a key has made, and that one of one's own keys opens. digest is that of its
// manifest, by which the file is known.
func unseal(k kind, data []byte, sender *ecdsa.PublicKey, own []*ecdsa.PrivateKey, content any) (s sealed, digest string, err error) {
	if digest, err = read(k, data, sender, &s); err != nil {
		return s, "", err
	}
	if len(s.Boxes) > MaxRecipients {
		return s, "", fmt.Errorf("production: %d boxes, %d are taken", len(s.Boxes), MaxRecipients)
	}
	text, err := s.open(k, own)
	if err != nil {
		return s, "", err
	}
	if strictjson.Unmarshal(text, content) != nil {
		return s, "", errors.New("production: the content is not in its form")
	}
	return s, digest, nil
}

// open decrypts the first box that one of the keys opens.
func (s sealed) open(k kind, own []*ecdsa.PrivateKey) ([]byte, error) {
	for _, key := range own {
		id, err := KeyID(&key.PublicKey)
		if err != nil {
			return nil, err
		}
		for _, b := range s.Boxes {
			if b.Key == id {
				return b.open(key, s.info(k, id))
			}
		}
	}
	return nil, ErrRecipient
}

func (b box) open(key *ecdsa.PrivateKey, info []byte) ([]byte, error) {
	scalar, err := key.ECDH()
	if err != nil {
		return nil, fmt.Errorf("production: %w", err)
	}
	private, err := hpke.NewDHKEMPrivateKey(scalar)
	if err != nil {
		return nil, fmt.Errorf("production: %w", err)
	}
	text, err := hpke.Open(private, hpke.HKDFSHA256(), hpke.AES256GCM(), info, b.Data)
	if err != nil {
		return nil, errors.New("production: the file does not open: it was changed, or is another's")
	}
	return text, nil
}
