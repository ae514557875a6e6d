package timestamp

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"encoding/asn1"
	"errors"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cms"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/outbound"
)

// DefaultSkew is the default of Client.Skew.
const DefaultSkew = 5 * time.Minute

// Limits of a Client.
const (
	// MaxAnswer is the largest answer of an authority, in bytes.
	MaxAnswer = 1 << 20
	// MaxAuthorities is how many authorities are asked for one time stamp.
	MaxAuthorities = 8
)

// Media types of RFC 3161, 3.4.
const (
	typeQuery = "application/timestamp-query"
	typeReply = "application/timestamp-reply"
)

// Authority is a time-stamp authority that answers by HTTP (RFC 3161, 3.4).
type Authority struct {
	// URL is its address, http or https. An http one is enough to be sure of the token, which is signed, and not for keeping secrets that
	// are in Header.
	URL string
	// Policy is the one wanted; nil takes any.
	Policy asn1.ObjectIdentifier
	// Header is sent with each request, as the authority wants it of its customers. It is never logged.
	Header http.Header
	// KamuSM, unless nil, identifies the customer to Kamu SM's authority.
	KamuSM *KamuSM
}

// Client gets time stamps. Its fields must not be changed while it is in use; its methods are safe for concurrent use.
type Client struct {
	// Authorities are asked one after the other, MaxAuthorities at most, until one has given a time stamp.
	Authorities []Authority
	// HTTP makes the requests; nil means one of the package's own with http.DefaultTransport. Its CheckRedirect and Jar are not used.
	HTTP *http.Client
	// Hosts bounds what each host may take of the process; nil bounds nothing.
	Hosts *outbound.Hosts
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Timeout is for one authority's answer; 0 means outbound.DefaultTimeout.
	Timeout time.Duration
	// Skew is how far an authority's clock may be from ours; 0 means DefaultSkew.
	Skew time.Duration
}

// Stamp returns a time stamp of a digest by hash, SHA-2 or SHA-3, from the first authority that gives one: of this digest, policy and a
// nonce of our own, at a time near to the clock, with a signature that verifies, by algorithms that count today and a certificate that is for time
// stamps and was valid at that time. Whether the authority is to be trusted is for the caller.
//
// Errors have the code of the failure that tells most: fault.TimestampRefused and TimestampInvalid before TimestampUnavailable, which is
// also that of a Client without authorities. A hash that no longer counts gives fault.SignatureAlgorithm.
func (c *Client) Stamp(ctx context.Context, hash crypto.Hash, digest []byte) (*Token, error) {
	if !hash.Available() || len(digest) != hash.Size() {
		return nil, fault.Errorf(fault.Internal, "digest of %d bytes by hash %d", len(digest), hash)
	}
	failure := error(fault.Errorf(fault.TimestampUnavailable, "there is no authority to ask"))
	for i, authority := range c.Authorities {
		if i == MaxAuthorities {
			break
		}
		token, err := c.ask(ctx, &authority, hash, digest)
		if err == nil {
			return token, nil
		}
		if i == 0 || fault.CodeOf(failure) == fault.TimestampUnavailable {
			failure = err
		}
	}
	return nil, failure
}

// ask asks one authority.
func (c *Client) ask(ctx context.Context, a *Authority, hash crypto.Hash, digest []byte) (*Token, error) {
	r := request{hash: hash, digest: digest, policy: a.Policy, nonce: newNonce()}
	der, err := r.der()
	if err != nil {
		return nil, err
	}
	if !outbound.IsHTTP(a.URL) {
		return nil, fault.Errorf(fault.TimestampUnavailable, "the authority's address is not one of http or https")
	}
	query, err := http.NewRequest(http.MethodPost, a.URL, bytes.NewReader(der))
	if err != nil {
		return nil, fault.New(fault.TimestampUnavailable, err)
	}
	if a.Header != nil {
		query.Header = a.Header.Clone()
	}
	if a.KamuSM != nil {
		identity, err := a.KamuSM.identity(digest)
		if err != nil {
			return nil, err
		}
		query.Header.Set(identityHeader, identity)
	}
	query.Header.Set("Content-Type", typeQuery)
	query.Header.Set("Accept", typeReply)
	asked := c.now()
	fetcher := outbound.Fetcher{Client: c.HTTP, Hosts: c.Hosts, Now: c.Now, Timeout: c.Timeout, Kind: "timestamp"}
	answer, err := fetcher.Fetch(ctx, query, typeReply, MaxAnswer)
	switch {
	case errors.Is(err, outbound.ErrAnswer):
		return nil, invalid("%w", err)
	case err != nil:
		return nil, fault.New(fault.TimestampUnavailable, err)
	}
	token, err := readResponse(answer)
	if err != nil {
		return nil, err
	}
	if err := r.check(token); err != nil {
		return nil, err
	}
	if err := c.checkToken(token, asked); err != nil {
		return nil, err
	}
	return token, nil
}

// checkToken verifies a token that is to a request sent at the time asked.
func (c *Client) checkToken(t *Token, asked time.Time) error {
	signer, err := t.Verify()
	if err != nil {
		return err
	}
	if _, err := cms.IdentifierOf(t.Algorithms.Hash); err != nil {
		return invalid("the authority signs with what no longer counts: %w", err)
	}
	if _, err := ades.HashFor(signer.PublicKey); err != nil {
		return invalid("the authority signs with what no longer counts: %w", err)
	}
	if t.Time.Before(signer.NotBefore) || t.Time.After(signer.NotAfter) {
		return invalid("the authority's certificate is valid from %v to %v, and the time stamp of %v", signer.NotBefore, signer.NotAfter, t.Time)
	}
	skew := cmp.Or(c.Skew, DefaultSkew) // Accuracy is the authority's word, and widens nothing
	if t.Time.Before(asked.Add(-skew)) || t.Time.After(c.now().Add(skew)) {
		return invalid("the time stamp is of %v, asked for at %v", t.Time, asked)
	}
	return nil
}

func (c *Client) now() time.Time {
	if c.Now == nil {
		return time.Now()
	}
	return c.Now()
}
