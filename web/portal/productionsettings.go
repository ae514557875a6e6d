package portal

import (
	"errors"
	"fmt"

	"github.com/e-onay/e-onay/web/portal/desk"
)

// ProductionSettings name the keys of what is handed over to production and comes back. Both must be given.
type ProductionSettings struct {
	// KeyFile holds the key that the portal signs hand-overs with: PKCS #8 on P-256, in PEM.
	KeyFile string `json:"key_file"`
	// ProducerFile holds the public key of whoever personalises cards, on P-256, in PEM. What it has not signed is not taken back.
	ProducerFile string `json:"producer_file"`
}

func (s *ProductionSettings) check() error {
	if s != nil && (s.KeyFile == "" || s.ProducerFile == "") {
		return errors.New("key_file and producer_file must both be given")
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
	return &desk.Production{Key: key, Producer: producer, Site: origin}, nil
}
