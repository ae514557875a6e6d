// Package outbound asks servers that others run: OCSP responders, publishers of CRLs, time-stamp authorities. A request has one
// address, by http or https; redirects are refused, cookies not kept; time, bytes and what each host may take of the process are
// bounded.
package outbound

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"time"
)

// ErrAnswer says that a server has answered with what is not an answer: a body of another media type, or over the limit. Any other error of Fetch
// says that none has come.
var ErrAnswer = errors.New("not an answer")

// Fetcher makes requests. Its fields must not be changed while it is in use; its methods are safe for concurrent use.
type Fetcher struct {
	// Client makes the requests; nil means one of the package's own with http.DefaultTransport. Its CheckRedirect and Jar
	// are not used.
	Client *http.Client
	// Hosts bounds what each host may take of the process; nil bounds nothing.
	Hosts *Hosts
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Timeout is for one request with its answer; 0 means DefaultTimeout.
	Timeout time.Duration
	// Kind is what is asked for, a word for Observation.
	Kind string
}

// DefaultTimeout is the default of Fetcher.Timeout.
const DefaultTimeout = 10 * time.Second

// IsHTTP reports whether raw is an http or https address without user information.
func IsHTTP(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.User == nil
}

// Fetch makes one request and returns a body of at most limit bytes, of an answer with status 200. wantType is the media type
// that the answer must have; empty means any. An answer of another type, or with a longer body, is ErrAnswer.
func (f *Fetcher) Fetch(ctx context.Context, request *http.Request, wantType string, limit int64) (body []byte, err error) {
	defer f.observe(ctx, request.URL.Host, &err)()
	leave, err := f.Hosts.enter(ctx, request.URL.Host, f.now)
	if err != nil {
		return nil, err
	}
	o := unknown
	defer func() { leave(o) }()
	asking, cancel := context.WithTimeout(ctx, cmp.Or(f.Timeout, DefaultTimeout))
	defer cancel()
	response, err := f.client().Do(request.WithContext(asking))
	if err != nil {
		o = failedUnless(ctx)
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusInternalServerError {
		o = failed
	} else {
		o = answered
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: %s answers %d", errStatus, request.URL.Redacted(), response.StatusCode)
	}
	if wantType != "" {
		got, _, err := mime.ParseMediaType(response.Header.Get("Content-Type"))
		if err != nil || got != wantType {
			return nil, fmt.Errorf("%w: of type %.100q, not %s", ErrAnswer, response.Header.Get("Content-Type"), wantType)
		}
	}
	body, err = io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err != nil {
		o = failedUnless(ctx)
		return nil, err
	}
	if int64(len(body)) > limit {
		return nil, fmt.Errorf("%w: over the limit of %d bytes", ErrAnswer, limit)
	}
	return body, nil
}

func (f *Fetcher) now() time.Time {
	if f.Now == nil {
		return time.Now()
	}
	return f.Now()
}

// failedUnless is the outcome of a request that came to nothing: it is the host's fault, unless whoever asked has left.
func failedUnless(ctx context.Context) outcome {
	if ctx.Err() != nil {
		return unknown
	}
	return failed
}

// client returns the injected client with redirects refused: the address asked is the one that the caller has grounds to ask.
func (f *Fetcher) client() *http.Client {
	client := http.Client{Transport: http.DefaultTransport}
	if f.Client != nil {
		client = *f.Client
	}
	client.Jar = nil
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client
}
