package login

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
)

// maxAppVersion is the longest member appVersion, in bytes.
const maxAppVersion = 256

// members are those of each format, all of which a token has, and no other.
var members = map[string][]string{
	protocol.LoginFormat:       {"format", "certificate", "algorithm", "signature"},
	protocol.LoginFormatWebEID: {"format", "unverifiedCertificate", "algorithm", "signature", "appVersion"},
}

// Token is a token whose form was checked, and nothing else.
type Token struct {
	Format      string
	Certificate []byte // DER
	Algorithm   Algorithm
	Signature   []byte // of ECDSA r‖s
	// AppVersion names the program that made it, for people. Web eID's alone has it.
	AppVersion string
}

// Parse reads a token of one of formats, strictly. Its errors have fault.LoginFailed, or fault.SignatureAlgorithm
// where the algorithm is not one of the formats'.
func Parse(data []byte, formats ...string) (*Token, error) {
	values, err := readMembers(data, protocol.MaxLoginToken)
	if err != nil {
		return nil, failed("the token is not an object of strings: %w", err)
	}
	t := &Token{Format: values["format"], AppVersion: values["appVersion"]}
	if err := t.checkMembers(values, formats); err != nil {
		return nil, err
	}
	t.Certificate, err = Decode64(values[certificateMember(t.Format)], protocol.MaxCertificate)
	if err != nil {
		return nil, failed("certificate: %w", err)
	}
	t.Signature, err = Decode64(values["signature"], protocol.MaxRawSignature)
	if err != nil {
		return nil, failed("signature: %w", err)
	}
	algorithm, ok := Named(values["algorithm"])
	if !ok {
		return nil, fault.Errorf(fault.SignatureAlgorithm, "algorithm %.20q", values["algorithm"])
	}
	t.Algorithm = algorithm
	return t, nil
}

// JSON writes the token, as Parse reads it.
func (t *Token) JSON() ([]byte, error) {
	values := map[string]string{
		"format": t.Format, "algorithm": t.Algorithm.Name,
		"signature":                 base64.StdEncoding.EncodeToString(t.Signature),
		certificateMember(t.Format): base64.StdEncoding.EncodeToString(t.Certificate),
	}
	if t.Format == protocol.LoginFormatWebEID {
		values["appVersion"] = t.AppVersion
	}
	return json.Marshal(values)
}

// Verify checks the signature over a statement with a key, whose size has been looked at. Its errors have
// fault.LoginFailed.
func (t *Token) Verify(public crypto.PublicKey, statement []byte) error {
	if !t.Algorithm.fits(public) {
		return failed("the key is not one of the token's algorithm")
	}
	h := t.Algorithm.Hash.New()
	h.Write(statement)
	if err := Verify(public, t.Algorithm.PSS, t.Algorithm.Hash, h.Sum(nil), t.Signature); err != nil {
		return failed("%w", err)
	}
	return nil
}

// failed is an error about the token itself.
func failed(format string, args ...any) error {
	return fault.Errorf(fault.LoginFailed, format, args...)
}

func certificateMember(format string) string {
	if format == protocol.LoginFormatWebEID {
		return "unverifiedCertificate"
	}
	return "certificate"
}

func (t *Token) checkMembers(values map[string]string, formats []string) error {
	if !slices.Contains(formats, t.Format) {
		return failed("format %.20q is not among those that the site takes", t.Format)
	}
	wanted := members[t.Format]
	for _, name := range wanted {
		if values[name] == "" {
			return failed("%s is missing", name)
		}
	}
	if len(values) != len(wanted) {
		return failed("%d members, want %d", len(values), len(wanted))
	}
	if len(t.AppVersion) > maxAppVersion {
		return failed("appVersion of %d bytes", len(t.AppVersion))
	}
	return nil
}

// readMembers reads one JSON object of strings, of at most limit bytes. encoding/json alone would take a member twice, and its name in
// other case: two readers of a token could then see two tokens.
func readMembers(data []byte, limit int) (map[string]string, error) {
	if len(data) > limit || !utf8.Valid(data) {
		return nil, fmt.Errorf("%d bytes, or not UTF-8", len(data))
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil, errors.New("no object")
	}
	values := map[string]string{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		value, err := d.Token()
		if err != nil {
			return nil, err
		}
		text, ok := value.(string)
		if _, twice := values[name.(string)]; twice || !ok {
			return nil, errors.New("a member twice, or not a string")
		}
		values[name.(string)] = text
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something after the object")
	}
	return values, nil
}

// Decode64 decodes base64 of RFC 4648, section 4, and nothing that only looks like it.
func Decode64(text string, limit int) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") { // the decoder would skip them
		return nil, errors.New("a line end in base64")
	}
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, err
	}
	if len(data) > limit {
		return nil, fmt.Errorf("%d bytes, over the limit of %d", len(data), limit)
	}
	return data, nil
}
