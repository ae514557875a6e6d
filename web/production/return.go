package production

import (
	"crypto/ecdsa"
	"errors"
	"time"
)

// Return says what was made.
type Return struct {
	// Site is the address of the portal that has asked for it. Reference names the file; each has one of its own.
	Site      string    `json:"site"`
	Reference string    `json:"reference"`
	MadeAt    time.Time `json:"made_at"`
	Entries   []Made    `json:"entries"`
}

// Made is a card that was made.
type Made struct {
	Reference   string `json:"reference"`
	Version     int    `json:"version"`
	Certificate []byte `json:"certificate"` // DER
}

// Seal returns a return as a file that the producer with this key has signed, and whoever has one of the recipients' keys opens.
func (r Return) Seal(producer *ecdsa.PrivateKey, recipients ...*ecdsa.PublicKey) ([]byte, error) {
	return seal(kindReturn, r.Site, r.Reference, r, producer, recipients)
}

// ReadReturn returns a return to the portal at site, which the producer with this key has made and one of the portal's own keys opens, and
// the digest by which the file is known.
func ReadReturn(data []byte, site string, producer *ecdsa.PublicKey, own ...*ecdsa.PrivateKey) (r Return, digest string, err error) {
	s, digest, err := unseal(kindReturn, data, producer, own, &r)
	if err != nil {
		return Return{}, "", err
	}
	if r.Site != site || s.Site != site || r.Reference != s.Reference {
		return Return{}, "", errors.New("production: the return is to another portal, or another file than it is sent as")
	}
	if err := checkEntries(len(r.Entries), func(i int) string { return r.Entries[i].Reference }); err != nil {
		return Return{}, "", err
	}
	return r, digest, nil
}
