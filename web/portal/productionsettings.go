package portal

import (
	"crypto/ecdsa"
	"errors"
	"fmt"

	"github.com/e-onay/e-onay/web/portal/desk"
	"github.com/e-onay/e-onay/web/production"
)

// ProductionSettings name the keys of what is handed over to production and comes back. All must be given.
type ProductionSettings struct {
	// KeyFile holds the key that the portal signs hand-overs with: PKCS #8 on P-256, in PEM.
	KeyFile string `json:"key_file"`
	// ProducerFile holds the public key of whoever personalises cards, on P-256, in PEM. What it has not signed is not taken back.
	ProducerFile string `json:"producer_file"`
	// OpeningFiles hold the public keys to which hand-overs are encrypted, on P-256, in PEM: the producer's, and no key that signs; two while it
	// changes from one to the other.
	OpeningFiles []string `json:"opening_files"`
	// ReturnKeyFiles hold the portal's private keys that open returns, PKCS #8 on P-256, in PEM: none that signs; two while the producer changes
	// from one to the other.
	ReturnKeyFiles []string `json:"return_key_files"`
}

func (s *ProductionSettings) check() error {
	if s == nil {
		return nil
	}
	if s.KeyFile == "" || s.ProducerFile == "" || len(s.OpeningFiles) == 0 || len(s.ReturnKeyFiles) == 0 {
		return errors.New("key_file, producer_file, opening_files and return_key_files must all be given")
	}
	if len(s.OpeningFiles) > production.MaxRecipients {
		return fmt.Errorf("opening_files: %d keys, %d may be given", len(s.OpeningFiles), production.MaxRecipients)
	}
	if len(s.ReturnKeyFiles) > production.MaxRecipients {
		return fmt.Errorf("return_key_files: %d keys, %d may be given", len(s.ReturnKeyFiles), production.MaxRecipients)
	}
	return nil
}

// openProduction reads the keys; nil where the settings name none.
func openProduction(s *Settings, origin string) (*desk.Production, error) {
	if s.Production == nil {
		return nil, nil
	}
	key, err := readP256Key(s.Production.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("portal: production: key %w", err)
	}
	producer, err := readPublicKey(s.Production.ProducerFile)
	if err != nil {
		return nil, fmt.Errorf("portal: production: %w", err)
	}
	var opening []*ecdsa.PublicKey
	for _, path := range s.Production.OpeningFiles {
		one, err := readPublicKey(path)
		if err != nil {
			return nil, fmt.Errorf("portal: production: opening_files: %w", err)
		}
		if one.Equal(producer) || one.Equal(&key.PublicKey) {
			return nil, fmt.Errorf("portal: production: opening_files: the key in %q signs: want one that does not", path)
		}
		opening = append(opening, one)
	}
	var returns []*ecdsa.PrivateKey
	for _, path := range s.Production.ReturnKeyFiles {
		one, err := readP256Key(path)
		if err != nil {
			return nil, fmt.Errorf("portal: production: return_key_files: key %w", err)
		}
		if one.Equal(key) {
			return nil, fmt.Errorf("portal: production: return_key_files: the key in %q signs: want one that does not", path)
		}
		returns = append(returns, one)
	}
	return &desk.Production{Key: key, Producer: producer, Opening: opening, Returns: returns, Site: origin}, nil
}
