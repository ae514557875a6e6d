package validation

import (
	"bytes"
	"crypto"
	"crypto/x509"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/revocation"
)

// MaxPolicy is the largest file of a policy, in bytes.
const MaxPolicy = 4 << 20

// Policy says what is trusted and what is strong enough, with dates. It is data: a file of JSON (docs/validation.md).
type Policy struct {
	// Name is shown in reports.
	Name string `json:"name"`
	// Anchors are the roots of trust. One certificate may be there several times, for several times.
	Anchors []Anchor `json:"anchors"`
	// Qualified says by which statements a certificate counts as qualified.
	Qualified []Qualification `json:"qualified"`
	// Hashes are the hashes that count, by their names ("SHA-256"), and until when.
	Hashes map[string]Until `json:"hashes"`
	// Bindings are the same for the hash by which a signing-certificate attribute names a certificate. Nobody can make another
	// certificate of that digest, as long as finding a second preimage is beyond everybody; a collision is of no use.
	Bindings map[string]Until `json:"bindings"`
	// Keys are the keys that count. Of those of one kind the one with the most bits that a key reaches counts.
	Keys []KeyLimit `json:"keys"`
	// FreshnessHours is how old revocation data without nextUpdate may be; 0 is 24 hours.
	FreshnessHours int `json:"freshness_hours"`
	// StrictSliding has the control time of past validation go back to when revocation data was made (5.6.2.2.4 (b), to the letter).
	StrictSliding bool `json:"strict_sliding,omitempty"`
	// Policies are the signature policies that are known.
	Policies []KnownPolicy `json:"signature_policies"`
}

// Qualification is one way to be qualified: a certificate has all statements of QCStatements, and none of the others.
type Qualification struct {
	Name       string   `json:"name"`
	Statements []string `json:"statements"`
	Without    []string `json:"without,omitempty"`
}

// Until is the day from which on something does not count any more; zero is no day that is known.
type Until struct{ time.Time }

// KeyLimit is a kind of key ("RSA", "ECDSA") from a length on.
type KeyLimit struct {
	Kind  string `json:"kind"`
	Bits  int    `json:"bits"`
	Until Until  `json:"until"`
}

// KnownPolicy is a signature policy with one of the digests under which it is in use.
type KnownPolicy struct {
	Name   string `json:"name"`
	OID    string `json:"oid"`
	Hash   string `json:"hash"`
	Digest string `json:"digest"` // hexadecimal
}

//go:embed policy.json
var defaultPolicy []byte

// DefaultPolicy returns the policy that the program comes with. It has no anchors.
func DefaultPolicy() *Policy {
	p, err := ReadPolicy(bytes.NewReader(defaultPolicy))
	if err != nil {
		panic(err) // a test reads it
	}
	return p
}

// ReadPolicy reads a policy. A field that is not known is an error: a rule that is spelt wrong would not count.
func ReadPolicy(r io.Reader) (*Policy, error) {
	decoder := json.NewDecoder(io.LimitReader(r, MaxPolicy))
	decoder.DisallowUnknownFields()
	p := new(Policy)
	if err := decoder.Decode(p); err != nil {
		return nil, fmt.Errorf("validation policy: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("validation policy: more than one value, or over %d bytes", MaxPolicy)
	}
	if len(p.Hashes) == 0 || len(p.Bindings) == 0 || len(p.Keys) == 0 {
		return nil, fmt.Errorf("validation policy: no hashes, bindings or keys")
	}
	for _, limit := range p.Keys {
		if limit.Kind != "RSA" && limit.Kind != "ECDSA" || limit.Bits <= 0 {
			return nil, fmt.Errorf("validation policy: key of kind %q with %d bits", limit.Kind, limit.Bits)
		}
	}
	for _, names := range []map[string]Until{p.Hashes, p.Bindings} {
		for name := range names {
			if _, known := hashNamed(name); !known {
				return nil, fmt.Errorf("validation policy: hash %q is not known", name)
			}
		}
	}
	for _, known := range p.Policies {
		hash, ok := hashNamed(known.Hash)
		if digest, err := hex.DecodeString(known.Digest); !ok || err != nil || len(digest) != hash.Size() {
			return nil, fmt.Errorf("validation policy: digest of signature policy %s", known.OID)
		}
	}
	return p, nil
}

// UnmarshalJSON reads a day, or "" for none.
func (u *Until) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	if text == "" {
		u.Time = time.Time{}
		return nil
	}
	var err error
	u.Time, err = time.Parse(time.DateOnly, text)
	return err
}

// MarshalJSON writes a day.
func (u Until) MarshalJSON() ([]byte, error) {
	if u.IsZero() {
		return []byte(`""`), nil
	}
	return json.Marshal(u.Format(time.DateOnly))
}

// before reports whether t is before the end.
func (u Until) before(t time.Time) bool { return u.IsZero() || t.Before(u.Time) }

// qualification returns the name of the first way in which a certificate is qualified, or "".
func (p *Policy) qualification(c *x509.Certificate) string {
	statements, err := pki.QCStatements(c)
	if err != nil {
		return ""
	}
	has := func(oid string) bool { return slices.Contains(statements, oid) }
	for _, q := range p.Qualified {
		missing := slices.ContainsFunc(q.Statements, func(oid string) bool { return !has(oid) })
		if len(q.Statements) > 0 && !missing && !slices.ContainsFunc(q.Without, has) {
			return q.Name
		}
	}
	return ""
}

// known returns the name of a signature policy, and whether its digest is one that is known. An empty name is no policy that is known.
func (p *Policy) known(named *SignaturePolicy) (name string, digest bool) {
	for _, k := range p.Policies {
		if k.OID != named.OID.String() {
			continue
		}
		name = k.Name
		if hash, _ := hashNamed(k.Hash); hash == named.Hash && k.Digest == hex.EncodeToString(named.Digest) {
			return name, true
		}
	}
	return name, false
}

// freshness is how old revocation data without nextUpdate may be.
func (p *Policy) freshness() time.Duration { return time.Duration(p.FreshnessHours) * time.Hour }

// slidesTo is the time to which the control time goes back over revocation data that is not fresh.
func (p *Policy) slidesTo(s *revocation.Statement) time.Time {
	if p.StrictSliding {
		return s.ThisUpdate
	}
	return s.FreshUntil(p.freshness())
}

// hashes are those with a name, in policies and reports.
var hashes = []crypto.Hash{
	crypto.MD5, crypto.SHA1, crypto.SHA224, crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.SHA3_224, crypto.SHA3_256, crypto.SHA3_384, crypto.SHA3_512,
}

func hashNamed(name string) (crypto.Hash, bool) {
	for _, hash := range hashes {
		if hash.String() == name {
			return hash, true
		}
	}
	return 0, false
}
