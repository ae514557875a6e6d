package relyingparty

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
)

// Formats of tokens, as the member format names them.
const (
	FormatLogin  = "eonay-login:1"
	FormatWebEID = "web-eid:1.0"
)

// MaxLoginToken is the longest token, in bytes: a certificate and a signature in base64, and a little more.
const MaxLoginToken = 32 << 10

const (
	maxLoginSignature = 1024 // of the longest RSA key that is taken
	maxAppVersion     = 256
)

// tokenMembers are the members of each format, all of which a token has, and no other.
var tokenMembers = map[string][]string{
	FormatLogin:  {"format", "certificate", "algorithm", "signature"},
	FormatWebEID: {"format", "unverifiedCertificate", "algorithm", "signature", "appVersion"},
}

// loginToken is a token of which nothing but its form is known to be good.
type loginToken struct {
	format      string
	certificate []byte // DER
	algorithm   loginAlgorithm
	signature   []byte
}

// parseLoginToken reads a token of one of formats, strictly. Its errors have protocol.CodeLoginFailed, or
// CodeSignatureAlgorithm where the algorithm is not one of the formats'.
func parseLoginToken(data []byte, formats ...string) (*loginToken, error) {
	members, err := readMembers(data)
	if err != nil {
		return nil, noLogin("the token is not an object of strings: %w", err)
	}
	t := &loginToken{format: members["format"]}
	err = t.checkMembers(members, formats)
	if err != nil {
		return nil, err
	}
	certificate := members["certificate"]
	if t.format == FormatWebEID {
		certificate = members["unverifiedCertificate"]
	}
	t.certificate, err = decode64(certificate, protocol.MaxCertificate)
	if err != nil {
		return nil, noLogin("certificate: %w", err)
	}
	t.signature, err = decode64(members["signature"], maxLoginSignature)
	if err != nil {
		return nil, noLogin("signature: %w", err)
	}
	algorithm, ok := loginAlgorithms[members["algorithm"]]
	if !ok {
		return nil, protocol.Errorf(protocol.CodeSignatureAlgorithm, "algorithm %.20q", members["algorithm"])
	}
	t.algorithm = algorithm
	return t, nil
}

// noLogin is an error about the token itself.
func noLogin(format string, args ...any) error {
	return protocol.Errorf(protocol.CodeLoginFailed, format, args...)
}

func (t *loginToken) checkMembers(members map[string]string, formats []string) error {
	if !slices.Contains(formats, t.format) {
		return noLogin("format %.20q is not among those that the site takes", t.format)
	}
	wanted := tokenMembers[t.format]
	for _, name := range wanted {
		if members[name] == "" {
			return noLogin("%s is missing", name)
		}
	}
	if len(members) != len(wanted) {
		return noLogin("%d members, want %d", len(members), len(wanted))
	}
	if len(members["appVersion"]) > maxAppVersion {
		return noLogin("appVersion of %d bytes", len(members["appVersion"]))
	}
	return nil
}

// readMembers reads one JSON object of strings. encoding/json alone would take a member twice, and its name in
// other case: two readers of a token could then see two tokens.
func readMembers(data []byte) (map[string]string, error) {
	if len(data) > MaxLoginToken || !utf8.Valid(data) {
		return nil, fmt.Errorf("%d bytes, or not UTF-8", len(data))
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil, errors.New("no object")
	}
	members := map[string]string{}
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
		if _, twice := members[name.(string)]; twice || !ok {
			return nil, errors.New("a member twice, or not a string")
		}
		members[name.(string)] = text
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something after the object")
	}
	return members, nil
}

// decode64 decodes base64 of RFC 4648, section 4, and nothing that only looks like it.
func decode64(text string, limit int) ([]byte, error) {
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

// statement returns the bytes that a token of this form is a signature over, for one site and nonce.
func (t *loginToken) statement(origin, nonce string) []byte {
	if t.format == FormatWebEID {
		return webEIDStatement(t.algorithm.hash, origin, nonce)
	}
	return loginStatement(origin, nonce, t.certificate)
}

// loginStatement says what it is. None of its parts can hold a line end, and so no two logins have the same one.
func loginStatement(origin, nonce string, certificate []byte) []byte {
	return fmt.Appendf(nil, "tr.eonay.login v1\n%s\n%s\n%x\n", origin, nonce, sha256.Sum256(certificate))
}

// webEIDStatement is hash(origin) ‖ hash(nonce), the nonce being its base64 text.
func webEIDStatement(hash crypto.Hash, origin, nonce string) []byte {
	var out []byte
	for _, part := range []string{origin, nonce} {
		h := hash.New()
		io.WriteString(h, part)
		out = h.Sum(out)
	}
	return out
}

// loginAlgorithm is one of RFC 7518, 3.1.
type loginAlgorithm struct {
	hash  crypto.Hash
	x509  x509.SignatureAlgorithm
	curve elliptic.Curve // of ECDSA, where each hash has its own
}

var loginAlgorithms = map[string]loginAlgorithm{
	"ES256": {crypto.SHA256, x509.ECDSAWithSHA256, elliptic.P256()},
	"ES384": {crypto.SHA384, x509.ECDSAWithSHA384, elliptic.P384()},
	"ES512": {crypto.SHA512, x509.ECDSAWithSHA512, elliptic.P521()},
	"PS256": {crypto.SHA256, x509.SHA256WithRSAPSS, nil},
	"PS384": {crypto.SHA384, x509.SHA384WithRSAPSS, nil},
	"PS512": {crypto.SHA512, x509.SHA512WithRSAPSS, nil},
	"RS256": {crypto.SHA256, x509.SHA256WithRSA, nil},
	"RS384": {crypto.SHA384, x509.SHA384WithRSA, nil},
	"RS512": {crypto.SHA512, x509.SHA512WithRSA, nil},
}

// verify checks the signature over a statement with the key of signer, whose size has been looked at.
func (t *loginToken) verify(signer *pki.Certificate, statement []byte) error {
	signature := t.signature
	if t.algorithm.curve != nil {
		key, ok := signer.PublicKey.(*ecdsa.PublicKey)
		if !ok || key.Curve != t.algorithm.curve {
			return noLogin("the key is not one of the token's algorithm")
		}
		size := (key.Params().BitSize + 7) / 8
		if len(signature) != 2*size {
			return noLogin("a signature of %d bytes for a curve of %d", len(signature), size)
		}
		signature = ecdsaDER(signature[:size], signature[size:])
	}
	if err := signer.CheckSignature(t.algorithm.x509, statement, signature); err != nil {
		return noLogin("%w", err)
	}
	return nil
}

// ecdsaDER puts r and s into the form that crypto/x509 reads (RFC 3279, 2.2.3).
func ecdsaDER(r, s []byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1BigInt(new(big.Int).SetBytes(r))
		b.AddASN1BigInt(new(big.Int).SetBytes(s))
	})
	return b.BytesOrPanic()
}
