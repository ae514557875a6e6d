// Package release is what host and portal must agree on so that a PUK reaches one card, on one machine, for one
// act, and nobody else: the forms of claim and report, what the device key signs, and how a PUK is sealed.
//
// # The exchange
//
// The host makes a Claim, which repeats the portal's act and code, names the card and its certificate, and brings
// the machine's two public keys. It is signed by the first of them (StatementOf), and by the card too where its PIN
// is usable. The portal judges it and seals the card's PUK to the second (Seal). HPKE's info is the claim, byte for
// byte: what was sealed for another card, code, origin, act or machine does not open. The host answers with a Report
// of what became of it, which names the claim by its digest and is signed in the same way.
//
// # Algorithms
//
// ECDSA on P-256 with SHA-256, r‖s of 64 bytes (as JWS ES256, RFC 7518, 3.4). HPKE in base mode (RFC 9180):
// DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
package release

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/strictjson"
)

// Version is that of claims and reports.
const Version = 1

// A Claim is what the host says of the card that is to get a PIN.
type Claim struct {
	Version int `json:"version"`
	// Act, Code and Origin are the portal's own, as the person saw them; Origin is the browser's word.
	Act    string `json:"act"`
	Code   string `json:"code"`
	Origin string `json:"origin"`
	// Card is the token's serial number (CK_TOKEN_INFO), Certificate the chosen certificate in DER.
	Card        string `json:"card"`
	Certificate []byte `json:"certificate"`
	// PIN is the state of the card's PIN: one of protocol.PINReady and its like.
	PIN    string `json:"pin"`
	Device Device `json:"device"`
	// Time is the machine's clock, in seconds since 1970.
	Time int64 `json:"time"`
}

// A Device is a machine's installation: its public keys as uncompressed points of P-256 (SEC 1, 2.3.3).
type Device struct {
	Signing []byte `json:"signing"`
	Sealing []byte `json:"sealing"`
	// Protection is what guards the private keys, by the host's own word: protocol.ProtectionTPM and its like.
	Protection string `json:"protection"`
	// Platform is GOOS/GOARCH, Version the host's.
	Platform string `json:"platform"`
	Version  string `json:"version"`
	// Endorsement is in DER the certificate of the TPM's endorsement key, and after it those above it that the TPM has,
	// where the portal asks for it and the TPM can show that it holds the keys (package attest).
	Endorsement [][]byte `json:"endorsement,omitempty"`
}

// ID names the machine: the SHA-256 of both public keys, lower-case hex.
func (d Device) ID() string {
	sum := sha256.Sum256(bytes.Join([][]byte{d.Signing, d.Sealing}, nil))
	return hex.EncodeToString(sum[:])
}

// A Report is what became of a claim whose PUK was released.
type Report struct {
	Version int `json:"version"`
	// Claim is the SHA-256 of the claim's bytes, lower-case hex.
	Claim string `json:"claim"`
	// Outcome is protocol.OutcomeDone, or why the card has no new PIN.
	Outcome fault.Code `json:"outcome"`
	Time    int64      `json:"time"` // seconds since 1970
	// Proof is attest.Proof, where the TPM has opened the envelope of the release.
	Proof []byte `json:"proof,omitempty"`
}

// A Kind is what a statement of the device key is about. None can pass for one of another kind.
type Kind string

// Kinds of statements.
const (
	KindClaim  Kind = "tr.eonay.claim v1"
	KindReport Kind = "tr.eonay.report v1"
)

// StatementOf returns the bytes that the device key signs for a message of a kind.
func StatementOf(kind Kind, message []byte) []byte {
	return fmt.Appendf(nil, "%s\n%s", kind, message)
}

// Bounds of what a claim or report holds, in bytes.
const (
	maxCard     = 64
	maxOrigin   = 300
	maxSmall    = 40
	signature64 = 64
	maxProof    = 32
	// maxEndorsement is for all certificates of an endorsement. In base64 they fit into a claim beside the largest
	// certificate of a card.
	maxEndorsement = 6 << 10
)

// MaxEndorsements is how many certificates an endorsement has at most.
const MaxEndorsements = 4

// FitsEndorsement reports whether a claim takes these certificates.
func FitsEndorsement(certificates [][]byte) bool {
	size := 0
	for _, c := range certificates {
		if len(c) == 0 {
			return false
		}
		size += len(c)
	}
	return len(certificates) <= MaxEndorsements && size <= maxEndorsement
}

// ErrMalformed means that a claim or report has not the form that a host gives it.
var ErrMalformed = errors.New("release: malformed")

// ReadClaim reads a claim, which may be anybody's: its form is checked, and that signature is the signing key's of
// these very bytes. Everything in it is still only what that machine says.
func ReadClaim(data, signature []byte) (*Claim, error) {
	c := new(Claim)
	if err := decode(data, c); err != nil {
		return nil, err
	}
	switch {
	case c.Version != Version, len(c.Act) == 0 || len(c.Act) > protocol.MaxAct, len(c.Code) != protocol.CodeDigits,
		len(c.Origin) == 0 || len(c.Origin) > maxOrigin, len(c.Card) == 0 || len(c.Card) > maxCard,
		len(c.Certificate) == 0 || len(c.Certificate) > protocol.MaxCertificate, len(c.PIN) > maxSmall,
		len(c.Device.Protection) > maxSmall, len(c.Device.Platform) > maxSmall, len(c.Device.Version) > maxSmall:
		return nil, fmt.Errorf("%w: a field is empty or too long", ErrMalformed)
	case !FitsEndorsement(c.Device.Endorsement):
		return nil, fmt.Errorf("%w: endorsement of %d certificates", ErrMalformed, len(c.Device.Endorsement))
	}
	if _, err := c.Device.sealing(); err != nil {
		return nil, fmt.Errorf("%w: sealing key: %w", ErrMalformed, err)
	}
	return c, verify(c.Device.Signing, KindClaim, data, signature)
}

// ReadReport reads the report of a claim (its bytes), by the machine that made the claim.
func ReadReport(data, signature, claim []byte, device Device) (*Report, error) {
	r := new(Report)
	if err := decode(data, r); err != nil {
		return nil, err
	}
	if r.Version != Version || r.Claim != Digest(claim) || r.Outcome == "" || len(r.Outcome) > maxSmall || len(r.Proof) > maxProof {
		return nil, fmt.Errorf("%w: not of this claim", ErrMalformed)
	}
	return r, verify(device.Signing, KindReport, data, signature)
}

// Digest names a claim in its report.
func Digest(claim []byte) string {
	sum := sha256.Sum256(claim)
	return hex.EncodeToString(sum[:])
}

// decode is strict: one value, each member once and known.
func decode(data []byte, into any) error {
	if len(data) > protocol.MaxClaim {
		return fmt.Errorf("%w: %d bytes", ErrMalformed, len(data))
	}
	if err := strictjson.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return nil
}

// verify checks a device key's signature of a message.
func verify(point []byte, kind Kind, message, signature []byte) error {
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return fmt.Errorf("%w: signing key: %w", ErrMalformed, err)
	}
	if !Verify(public, StatementOf(kind, message), signature) {
		return fmt.Errorf("%w: the signature is not the device key's", ErrMalformed)
	}
	return nil
}

// Verify reports whether signature is a device key's of message.
func Verify(public *ecdsa.PublicKey, message, signature []byte) bool {
	if len(signature) != signature64 {
		return false
	}
	digest := sha256.Sum256(message)
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	return ecdsa.Verify(public, digest[:], r, s)
}

func (d Device) sealing() (*ecdh.PublicKey, error) { return ecdh.P256().NewPublicKey(d.Sealing) }

// pukSize is the length that every PUK has under the seal: its own tells nothing.
const pukSize = 1 + protocol.MaxPIN

// Info is HPKE's for the PUK of a claim.
func Info(claim []byte) []byte { return fmt.Appendf(nil, "tr.eonay.puk v1\n%s", claim) }

// Seal encrypts a card's PUK for the machine that made the claim (its bytes, which ReadClaim has read), and for
// that claim alone. puk has 1 to protocol.MaxPIN bytes.
func Seal(claim []byte, device Device, puk []byte) ([]byte, error) {
	if len(puk) == 0 || len(puk) > protocol.MaxPIN {
		return nil, fmt.Errorf("release: a PUK of %d bytes", len(puk))
	}
	to, err := device.sealing()
	if err != nil {
		return nil, err
	}
	public, err := hpke.NewDHKEMPublicKey(to)
	if err != nil {
		return nil, err
	}
	plain := make([]byte, pukSize)
	defer clear(plain)
	plain[0] = byte(len(puk))
	copy(plain[1:], puk)
	return hpke.Seal(public, hpke.HKDFSHA256(), hpke.AES256GCM(), Info(claim), plain)
}

// Unpad returns the PUK in what Seal has sealed, once it is open: a part of plain, which the caller clears.
func Unpad(plain []byte) ([]byte, error) {
	if len(plain) != pukSize || plain[0] == 0 || int(plain[0]) > protocol.MaxPIN {
		return nil, fmt.Errorf("%w: not a PUK", ErrMalformed)
	}
	return plain[1 : 1+int(plain[0])], nil
}
