package revocation

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
)

// isHTTP reports whether raw is an http or https address without user information.
func isHTTP(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.User == nil
}

// fetch makes one request and returns a body of at most limit bytes. wantType is the media type that the
// answer must have; empty means any. Whatever goes wrong before a whole body of the right type is here
// counts as unavailable, but a body over the limit is an invalid answer.
func (c *Checker) fetch(ctx context.Context, request *http.Request, wantType string, limit int64) ([]byte, error) {
	leave, err := c.Responders.enter(ctx, request.URL.Host, c.now)
	if err != nil {
		return nil, unavailable(err)
	}
	o := unknown
	defer func() { leave(o) }()
	asking, cancel := context.WithTimeout(ctx, c.timeout())
	defer cancel()
	response, err := c.client().Do(request.WithContext(asking))
	if err != nil {
		o = failedUnless(ctx)
		return nil, unavailable(err)
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusInternalServerError {
		o = failed
	} else {
		o = answered
	}
	if response.StatusCode != http.StatusOK {
		return nil, unavailable(fmt.Errorf("%s answers %d", request.URL.Redacted(), response.StatusCode))
	}
	if wantType != "" {
		got, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
		if err != nil || got != wantType {
			return nil, invalid("answer of type %.100q, not %s", response.Header.Get("Content-Type"), wantType)
		}
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err != nil {
		o = failedUnless(ctx)
		return nil, unavailable(err)
	}
	if int64(len(body)) > limit {
		return nil, invalid("answer is over the limit of %d bytes", limit)
	}
	return body, nil
}

// failedUnless is the outcome of a request that came to nothing: it is the host's fault, unless whoever asked has left.
func failedUnless(ctx context.Context) outcome {
	if ctx.Err() != nil {
		return unknown
	}
	return failed
}

// client returns the injected client with redirects refused: the address in the certificate is the one its
// issuer vouches for.
func (c *Checker) client() *http.Client {
	client := http.Client{Transport: http.DefaultTransport}
	if c.Client != nil {
		client = *c.Client
	}
	client.Jar = nil
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}
