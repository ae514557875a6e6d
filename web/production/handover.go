package production

import (
	"crypto/ecdsa"
	"errors"
	"time"
)

// Handover asks for cards.
type Handover struct {
	// Site is the portal's address. Reference names the file; each has one of its own.
	Site      string    `json:"site"`
	Reference string    `json:"reference"`
	MadeAt    time.Time `json:"made_at"`
	Entries   []Order   `json:"entries"`
}

// Order is a card to be made.
type Order struct {
	Reference string `json:"reference"`
	// Version is the application's: a certificate for another version is not taken.
	Version int    `json:"version"`
	Kind    string `json:"kind"`
	// Subject is whom the certificate is for, and SubjectNumber their citizen number, or a company's tax number.
	Subject       string `json:"subject"`
	SubjectNumber string `json:"subject_number"`
	Years         string `json:"years,omitempty"`
	// NotBefore is when the certificate must begin, because another one ends; nil for at once.
	NotBefore *time.Time `json:"not_before,omitempty"`
	// Mail and Phone are the person's, for the card's record.
	Mail  string `json:"mail,omitempty"`
	Phone string `json:"phone,omitempty"`
}

// Seal returns a hand-over as a file that the portal with this key has signed, and whoever has one of the recipients' keys opens.
func (h Handover) Seal(portal *ecdsa.PrivateKey, recipients ...*ecdsa.PublicKey) ([]byte, error) {
	return seal(kindHandover, h.Site, h.Reference, h, portal, recipients)
}

// ReadHandover returns a hand-over that the portal with this key has made, and that one of one's own keys opens.
func ReadHandover(data []byte, portal *ecdsa.PublicKey, own ...*ecdsa.PrivateKey) (Handover, error) {
	var h Handover
	s, _, err := unseal(kindHandover, data, portal, own, &h)
	if err != nil {
		return Handover{}, err
	}
	if h.Site != s.Site || h.Reference != s.Reference {
		return Handover{}, errors.New("production: the hand-over is of another portal or file than it is sent as")
	}
	if err := checkEntries(len(h.Entries), func(i int) string { return h.Entries[i].Reference }); err != nil {
		return Handover{}, err
	}
	return h, nil
}
