package newpin

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/strictjson"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/safe"
	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	maxCards      = 20_000 // of one import, which is one transaction
	maxCardLine   = 32 << 10
	maxCardSerial = 64 // bytes, as in a claim
)

// cardLine is a card as the certificate authority hands it over.
type cardLine struct {
	Serial        string `json:"serial"`
	CitizenNumber string `json:"citizen_number"`
	Certificate   []byte `json:"certificate"` // DER; base64 in JSON
	PUK           string `json:"puk"`
	// Mail and Phone are the person's, as the authority knows them. A line with either replaces what was on record of
	// both; an empty one takes it off.
	Mail  *string `json:"mail,omitempty"`
	Phone *string `json:"phone,omitempty"` // E.164, as +905001112233
}

// ReadCards reads cards, JSON, one a line; card i of the list is line i, from 1 both. Its errors name a line and quote
// nothing from it.
func ReadCards(keys *safe.Safe, lines io.Reader) (cards []store.Card, err error) {
	scanner := bufio.NewScanner(lines)
	scanner.Buffer(nil, maxCardLine)
	for scanner.Scan() {
		if len(cards) == maxCards {
			return nil, fmt.Errorf("more than %d lines: import them in parts", maxCards)
		}
		card, err := parseCard(keys, scanner.Bytes())
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", len(cards)+1, err)
		}
		cards = append(cards, card)
	}
	if err := scanner.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", len(cards)+1, err)
	}
	return cards, nil
}

// parseCard checks a line and encrypts its PUK. What the decoder says of a line may quote it, and is dropped.
func parseCard(keys *safe.Safe, data []byte) (store.Card, error) {
	var line cardLine
	if strictjson.Unmarshal(data, &line) != nil {
		return store.Card{}, errors.New(`want one JSON object of "serial", "citizen_number", "certificate" (base64) and "puk"`)
	}
	switch {
	case !printable(line.Serial, maxCardSerial):
		return store.Card{}, fmt.Errorf("serial: want 1 to %d printable characters of ASCII", maxCardSerial)
	case pki.MaskCitizenNumber(line.CitizenNumber) == "":
		return store.Card{}, errors.New("citizen_number: want eleven digits")
	case !printable(line.PUK, protocol.MaxPIN):
		return store.Card{}, fmt.Errorf("puk: want 1 to %d printable characters of ASCII", protocol.MaxPIN)
	}
	certificate, err := pki.Parse(line.Certificate)
	if err != nil {
		return store.Card{}, errors.New("certificate: cannot be read")
	}
	if certificate.CitizenNumber() != line.CitizenNumber {
		return store.Card{}, errors.New("certificate: of another person than citizen_number")
	}
	address, err := line.contact(keys)
	if err != nil {
		return store.Card{}, err
	}
	return store.Card{
		Contact: address, Serial: line.Serial, CitizenNumber: line.CitizenNumber, PUK: keys.Seal(line.Serial, []byte(line.PUK)),
		Certificates: []store.CardCertificate{{
			SHA256: fingerprint(certificate), NotBefore: certificate.NotBefore, NotAfter: certificate.NotAfter,
		}},
	}, nil
}

// contact returns the person's address, encrypted; nil where the line has none.
func (l *cardLine) contact(keys *safe.Safe) ([]byte, error) {
	if l.Mail == nil && l.Phone == nil {
		return nil, nil
	}
	var c letters.Contact
	if l.Mail != nil {
		c.Mail = *l.Mail
	}
	if l.Phone != nil {
		c.Phone = *l.Phone
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	return keys.SealValue(letters.ContactName(l.CitizenNumber), c)
}

func fingerprint(c *pki.Certificate) store.Fingerprint { return sha256.Sum256(c.Raw) }

// printable reports whether s is 1 to longest characters of ASCII that can be seen, with spaces between them only.
func printable(s string, longest int) bool {
	for i := range len(s) {
		inner := i > 0 && i < len(s)-1
		if s[i] < ' ' || s[i] > '~' || s[i] == ' ' && !inner {
			return false
		}
	}
	return len(s) > 0 && len(s) <= longest
}
