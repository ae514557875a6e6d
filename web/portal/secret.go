package portal

import (
	"errors"
	"fmt"
	"strings"

	"github.com/e-onay/e-onay/web/portal/secretfile"
)

// clientSecretVariable is the environment variable that may hold the client's secret.
const clientSecretVariable = "E_ONAY_CLIENT_SECRET"

const (
	minClientSecret = 16 // bytes
	maxClientSecret = 4 << 10
	minSharedSecret = 32 // bytes
)

// loadClientSecret reads the client's secret from its one place; variable is the environment's. Two places are an error.
func (s *Settings) loadClientSecret(variable string) error {
	places := 0
	for _, place := range []string{s.ClientSecret, s.ClientSecretFile, variable} {
		if place != "" {
			places++
		}
	}
	if places != 1 {
		return fmt.Errorf("the client's secret stands in %d of client_secret, client_secret_file and %s, want one", places, clientSecretVariable)
	}
	if variable != "" {
		s.ClientSecret = variable
	}
	if s.ClientSecretFile != "" {
		data, err := secretfile.Read(s.ClientSecretFile, maxClientSecret)
		if err != nil {
			return fmt.Errorf("client_secret_file: %w", err)
		}
		s.ClientSecret = strings.TrimRight(string(data), "\r\n")
	}
	if len(s.ClientSecret) < minClientSecret {
		return fmt.Errorf("the client's secret has %d bytes, want %d at least", len(s.ClientSecret), minClientSecret)
	}
	return nil
}

// loadSharedSecret reads the secret that all processes of the portal share, where there is one beside the client's.
func (s *Settings) loadSharedSecret() error {
	if s.SharedKeyFile == "" {
		return nil
	}
	data, err := secretfile.Read(s.SharedKeyFile, maxClientSecret+1)
	if err != nil {
		return fmt.Errorf("shared_key_file: %w", err)
	}
	s.sharedSecret = strings.TrimRight(string(data), "\r\n")
	switch {
	case len(s.sharedSecret) < minSharedSecret || len(s.sharedSecret) > maxClientSecret:
		return fmt.Errorf("shared_key_file: want %d to %d bytes", minSharedSecret, maxClientSecret)
	case s.sharedSecret == s.ClientSecret:
		return errors.New("shared_key_file: it is the client's secret, want one that nobody else has")
	}
	return nil
}

// secret is what the keys come from that all processes of the portal share.
func (s *Settings) secret() string {
	if s.sharedSecret != "" {
		return s.sharedSecret
	}
	return s.ClientSecret
}
