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

// A hand-over holds names and citizen numbers, and passes through an officer's browser, disk and mail. So it is encrypted to the
// producer's key with HPKE (RFC 9180), in base mode: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. What is signed is
//
//	{"site": …, "reference": …, "boxes": [{"key": …, "data": base64}]}
//
// with a box for each key that opens it: two while the producer changes from one to the other. key is SHA-256 of the key's
// SubjectPublicKeyInfo in hex; data is HPKE's enc followed by the ciphertext of the Handover as JSON.
//
// It is encrypted first, and the signature covers the boxes. So the producer uses its private key for nothing that the portal has not
// signed, and parses nothing of others. The other order would hide who has signed, which the file's name says anyway, and
// have everybody's bytes decrypted and parsed first. Nobody can sign another's boxes as their own hand-over: one portal's key is known to the
// producer, and site and reference are in the box's info, and in the Handover once more.

// MaxRecipients is to how many keys a hand-over is encrypted at most.
const MaxRecipients = 2

// sealed is a hand-over as it is signed.
type sealed struct {
	Site      string `json:"site"`
	Reference string `json:"reference"`
	Boxes     []box  `json:"boxes"`
}

// box is the hand-over, encrypted to one key.
type box struct {
	Key  string `json:"key"`
	Data []byte `json:"data"`
}

// ErrRecipient is returned for a hand-over that none of one's keys opens.
var ErrRecipient = errors.New("production: the hand-over is encrypted to other keys")

// KeyID is by what a hand-over names a key that opens it.
func KeyID(key *ecdsa.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", fmt.Errorf("production: %w", err)
	}
	digest := sha256.Sum256(der)
	return hex.EncodeToString(digest[:]), nil
}

// info binds a box to the kind of file, the portal, the file and the key.
func (s sealed) info(keyID string) []byte {
	return []byte(strings.Join([]string{string(kindHandover), s.Site, s.Reference, keyID}, "\n"))
}

// Seal returns a hand-over as a file that whoever has one of the recipients' keys opens.
func (h Handover) Seal(key *ecdsa.PrivateKey, recipients ...*ecdsa.PublicKey) ([]byte, error) {
	if len(recipients) < 1 || len(recipients) > MaxRecipients {
		return nil, fmt.Errorf("production: %d keys that open it, want 1 to %d", len(recipients), MaxRecipients)
	}
	text, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("production: %w", err)
	}
	return sealText(text, sealed{Site: h.Site, Reference: h.Reference}, key, recipients...)
}

// sealText encrypts a text to each recipient, and signs what comes of it.
func sealText(text []byte, s sealed, key *ecdsa.PrivateKey, recipients ...*ecdsa.PublicKey) ([]byte, error) {
	for _, recipient := range recipients {
		id, err := KeyID(recipient)
		if err != nil {
			return nil, err
		}
		point, err := recipient.ECDH()
		if err != nil {
			return nil, fmt.Errorf("production: %w", err)
		}
		public, err := hpke.NewDHKEMPublicKey(point)
		if err != nil {
			return nil, fmt.Errorf("production: %w", err)
		}
		data, err := hpke.Seal(public, hpke.HKDFSHA256(), hpke.AES256GCM(), s.info(id), text)
		if err != nil {
			return nil, fmt.Errorf("production: %w", err)
		}
		s.Boxes = append(s.Boxes, box{id, data})
	}
	return sign(kindHandover, s, key)
}

// ReadHandover returns a hand-over that the portal with this key has made, and that one of one's own keys opens.
func ReadHandover(data []byte, portal *ecdsa.PublicKey, own ...*ecdsa.PrivateKey) (Handover, error) {
	var s sealed
	if _, err := read(kindHandover, data, portal, &s); err != nil {
		return Handover{}, err
	}
	if len(s.Boxes) > MaxRecipients {
		return Handover{}, fmt.Errorf("production: %d boxes, %d are taken", len(s.Boxes), MaxRecipients)
	}
	text, err := s.open(own)
	if err != nil {
		return Handover{}, err
	}
	var h Handover
	if strictjson.Unmarshal(text, &h) != nil {
		return Handover{}, errors.New("production: the hand-over is not in its form")
	}
	if h.Site != s.Site || h.Reference != s.Reference {
		return Handover{}, errors.New("production: the hand-over is of another portal or file than it is sent as")
	}
	if err := checkEntries(len(h.Entries), func(i int) string { return h.Entries[i].Reference }); err != nil {
		return Handover{}, err
	}
	return h, nil
}

// open decrypts the first box that one of the keys opens.
func (s sealed) open(own []*ecdsa.PrivateKey) ([]byte, error) {
	for _, key := range own {
		id, err := KeyID(&key.PublicKey)
		if err != nil {
			return nil, err
		}
		for _, b := range s.Boxes {
			if b.Key == id {
				return b.open(key, s.info(id))
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
		return nil, errors.New("production: the hand-over does not open: it was changed, or is another's")
	}
	return text, nil
}
