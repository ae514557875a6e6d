package validation

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/e-onay/e-onay/internal/pki"
)

// Anchor is a certificate that is trusted, for a purpose and for a time. It may be that of a CA, a root or not, or of the signer itself.
type Anchor struct {
	// Certificate is in DER, in base64 in the file.
	Certificate *x509.Certificate
	// For is what paths to it are good for.
	For Purpose
	// Since and Until bound the time for which it is trusted; zero bounds nothing.
	Since, Until time.Time
}

// Purpose is what an anchor is trusted for.
type Purpose string

// Purposes of anchors.
const (
	ForAll        Purpose = ""
	ForSignatures Purpose = "signatures"
	ForTimeStamps Purpose = "time_stamps"
)

// purposeOf is what a path with these extended key usages is for.
func purposeOf(usages []x509.ExtKeyUsage) Purpose {
	if len(usages) > 0 {
		return ForTimeStamps
	}
	return ForSignatures
}

// anchorJSON is an Anchor in a file.
type anchorJSON struct {
	Certificate []byte     `json:"certificate"`
	For         Purpose    `json:"for,omitempty"`
	Since       *time.Time `json:"since,omitempty"`
	Until       *time.Time `json:"until,omitempty"`
}

// UnmarshalJSON reads an anchor.
func (a *Anchor) UnmarshalJSON(data []byte) error {
	var in anchorJSON
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		return err
	}
	c, err := pki.ParseX509(in.Certificate)
	if err != nil {
		return fmt.Errorf("anchor: %w", err)
	}
	switch in.For {
	case ForAll, ForSignatures, ForTimeStamps:
	default:
		return fmt.Errorf("anchor: for %q", in.For)
	}
	a.Certificate, a.For = c, in.For
	if in.Since != nil {
		a.Since = *in.Since
	}
	if in.Until != nil {
		a.Until = *in.Until
	}
	return nil
}

// MarshalJSON writes an anchor.
func (a Anchor) MarshalJSON() ([]byte, error) {
	out := anchorJSON{Certificate: a.Certificate.Raw, For: a.For}
	if !a.Since.IsZero() {
		out.Since = &a.Since
	}
	if !a.Until.IsZero() {
		out.Until = &a.Until
	}
	return json.Marshal(out)
}

// MaxAnchors is the largest file of anchors, in bytes. Those of all countries of the EU are 7 MiB.
const MaxAnchors = 32 << 20

// AnchorFile is a file of JSON with anchors that a program has gathered.
type AnchorFile struct {
	// Name says where they are from.
	Name string `json:"name"`
	// Expires is when they must be gathered again; zero for never.
	Expires time.Time `json:"expires,omitzero"`
	Anchors []Anchor  `json:"anchors"`
}

// ReadAnchors reads a file of anchors. A member that is not known is an error.
func ReadAnchors(r io.Reader) (*AnchorFile, error) {
	decoder := json.NewDecoder(io.LimitReader(r, MaxAnchors))
	decoder.DisallowUnknownFields()
	out := new(AnchorFile)
	if err := decoder.Decode(out); err != nil {
		return nil, fmt.Errorf("file of anchors: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("file of anchors: more than one value, or over %d bytes", MaxAnchors)
	}
	return out, nil
}

// trust is what the anchors of a policy say of one certificate for one purpose.
type trust []Anchor

// trust returns the anchors that c is.
func (p *Policy) trust(c *x509.Certificate, purpose Purpose) (out trust) {
	for _, a := range p.Anchors {
		if (a.For == ForAll || a.For == purpose) && a.Certificate.Equal(c) {
			out = append(out, a)
		}
	}
	return out
}

// at reports whether the certificate is trusted at a time.
func (t trust) at(at time.Time) bool {
	for _, a := range t {
		if !at.Before(a.Since) && (a.Until.IsZero() || at.Before(a.Until)) {
			return true
		}
	}
	return false
}

// end is until when a trust lasts that there is at a time; zero where it has no end, or there is none.
func (t trust) end(at time.Time) (latest time.Time) {
	for _, a := range t {
		switch {
		case at.Before(a.Since) || !a.Until.IsZero() && !at.Before(a.Until):
		case a.Until.IsZero():
			return time.Time{}
		case a.Until.After(latest):
			latest = a.Until
		}
	}
	return latest
}

// until is the latest time until which the certificate was trusted, at or before a time at which it is not; the time itself where it
// is, or where there is none.
func (t trust) until(at time.Time) time.Time {
	var latest time.Time
	for _, a := range t {
		if !a.Until.IsZero() && !a.Until.After(at) && a.Until.After(latest) {
			latest = a.Until
		}
	}
	if t.at(at) || latest.IsZero() {
		return at
	}
	return latest
}
