package revocation

import (
	"context"
	"errors"
	"net/http"

	"github.com/e-onay/e-onay/internal/outbound"
)

// Responders knows how the responders and lists that a process asks have behaved.
type Responders = outbound.Hosts

// fetch makes one request and returns a body of at most limit bytes. wantType is the media type that the
// answer must have; empty means any. Whatever goes wrong before a whole body of the right type is here
// counts as unavailable, but a body over the limit, or of another type, is an invalid answer.
func (c *Checker) fetch(ctx context.Context, request *http.Request, wantType string, limit int64) ([]byte, error) {
	f := outbound.Fetcher{Client: c.Client, Hosts: c.Responders, Now: c.Now, Timeout: c.Timeout, Kind: "crl"}
	if wantType == typeOCSPResponse {
		f.Kind = "ocsp"
	}
	body, err := f.Fetch(ctx, request, wantType, limit)
	switch {
	case errors.Is(err, outbound.ErrAnswer):
		return nil, invalid("%w", err)
	case err != nil:
		return nil, unavailable(err)
	}
	return body, nil
}
