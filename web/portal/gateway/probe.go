package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/coreos/go-oidc/v3/oidc"
)

// Probe asks the provider for its description and for its keys, as a login does, by client.
func Probe(ctx context.Context, client *http.Client, issuer string) error {
	client.Transport = boundedTransport{client.Transport}
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, client), issuer)
	if err != nil {
		return err
	}
	var described struct {
		Keys string `json:"jwks_uri"`
	}
	if err := provider.Claims(&described); err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, described.Keys, nil)
	if err != nil {
		return fmt.Errorf("jwks_uri: %w", err)
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("jwks_uri: %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("jwks_uri: %w", err)
	}
	var keys struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if response.StatusCode != http.StatusOK || json.Unmarshal(body, &keys) != nil || len(keys.Keys) == 0 {
		return errors.New("jwks_uri: there are no keys")
	}
	return nil
}
