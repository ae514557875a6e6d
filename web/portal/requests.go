package portal

import (
	"crypto/ecdsa"
	"fmt"
	"net/url"
	"time"

	"github.com/e-onay/e-onay/web/portal/secretfile"
	"github.com/e-onay/e-onay/web/relyingparty"
)

const maxRequestKey = 4 << 10

// openRequests returns what signs the portal's requests, nil where the settings name no key.
func openRequests(s *Settings, address *url.URL, now func() time.Time) (*relyingparty.RequestSigner, error) {
	if s.RequestKeyFile == "" {
		return nil, nil
	}
	// Of the longest life: people's clocks are off by minutes, and the window judges by theirs.
	signer := &relyingparty.RequestSigner{Origin: address.String(), Name: s.Name, Life: relyingparty.MaxRequestLife, Now: now}
	key, err := readRequestKey(s.RequestKeyFile)
	if err != nil {
		return nil, err
	}
	signer.Key = key
	for _, path := range s.RequestOtherKeyFiles {
		other, err := readRequestKey(path)
		if err != nil {
			return nil, err
		}
		signer.Others = append(signer.Others, &other.PublicKey)
	}
	if err := signer.Check(); err != nil {
		return nil, fmt.Errorf("portal: %w", err)
	}
	return signer, nil
}

func readRequestKey(path string) (*ecdsa.PrivateKey, error) {
	key, err := readP256Key(path)
	if err != nil {
		return nil, fmt.Errorf("portal: request key %w", err)
	}
	return key, nil
}

// readP256Key reads a file with a private key: PKCS #8 on P-256, in PEM.
func readP256Key(path string) (*ecdsa.PrivateKey, error) {
	text, err := secretfile.Read(path, maxRequestKey)
	defer clear(text)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", path, err)
	}
	key, err := relyingparty.ParseRequestKey(text)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", path, err)
	}
	return key, nil
}
