// Package login is what a site and a host must agree on: the bytes that a login signs, the token that carries the
// signature, and the names of algorithms. docs/protocol/login.md has it in words.
//
// # Formats
//
// protocol.LoginFormat is e-Onay's own: what is signed says what it is, for which site and with which certificate.
// protocol.LoginFormatWebEID is Web eID's: what is signed is two hashes.
//
// # What is in a token
//
// Origin and nonce are not: a site takes its own, and cannot forget to compare them. A token is read strictly, so that no
// two readers see two tokens in it. Nothing here is judged but a token's form and its signature.
package login

import (
	"crypto"
	"crypto/sha256"
	"fmt"
	"io"

	"github.com/e-onay/e-onay/internal/protocol"
)

// Statement returns the bytes that a token of the format is a signature over, for one site and nonce. hash is that of
// the signature, certificate is in DER. CheckOrigin and CheckNonce say what may be signed.
func Statement(format string, hash crypto.Hash, origin, nonce string, certificate []byte) []byte {
	if format == protocol.LoginFormatWebEID {
		return webEIDStatement(hash, origin, nonce)
	}
	return ownStatement(origin, nonce, certificate)
}

// ownStatement says what it is. None of its parts can hold a line end, and so no two logins have the same one.
func ownStatement(origin, nonce string, certificate []byte) []byte {
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
