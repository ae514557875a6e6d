package window

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/loop"
	"github.com/e-onay/e-onay/wasm/wire"
)

// Requests that a site has signed (protocol.RequestStatement), and requests that it has not.

// clockSkew is how far a site's clock may be ahead of the person's, in seconds.
const clockSkew = 300

// signerLife is how long after its last signed request a site must go on signing, in seconds: a year. A site that gives
// it up, or changes hands, must not lose its visitors for good.
const signerLife = 365 * 24 * 60 * 60

// signedRequest is a request whose signature the browser is verifying.
type signedRequest struct {
	site      string // its name
	statement protocol.RequestStatement
}

// CheckSite begins the act of a request whose parts are as in asked, once the browser has verified that its site has
// signed them, or where it need not: signed and site are the request's. Documents are compared as they come
// (StatedDocuments).
func (w *Window) CheckSite(signed, site string, asked protocol.RequestStatement) error {
	if signed == "" {
		if w.siteHasSigned {
			return fault.Errorf(fault.RequestUnsigned, "the site has signed before")
		}
		w.Begin()
		return nil
	}
	jws, err := readSigned(signed)
	if err != nil {
		return fault.New(fault.RequestSignature, err)
	}
	document, key, err := readSite(site, jws.header.Key)
	if err != nil {
		return fault.New(fault.RequestSignature, err)
	}
	if !fits(jws.statement, asked, w.stored.Origin) {
		return fault.Errorf(fault.RequestSignature, "what is signed is another request")
	}
	w.statedDocuments = jws.statement.Documents
	w.pending = &signedRequest{site: document.Name, statement: jws.statement}
	w.do(loop.VerifySignature{Key: key, Signed: jws.signed, Signature: jws.signature})
	return nil
}

// handleVerified takes the browser's verdict on the signature, and the time.
func (w *Window) handleVerified(e loop.SignatureVerified) {
	p := w.pending
	w.pending = nil
	if p == nil {
		return
	}
	life := p.statement.Expires - p.statement.IssuedAt
	if !e.OK || life <= 0 || life > protocol.MaxStatementLife || e.Now+clockSkew < p.statement.IssuedAt || e.Now > p.statement.Expires {
		w.failByPage(fault.RequestSignature)
		return
	}
	w.site = p.site
	w.do(loop.RememberSigner{Origin: w.stored.Origin, Now: e.Now})
	w.Begin()
}

// fits reports whether a statement says what is asked. Digests are not compared: the documents come later.
func fits(s, asked protocol.RequestStatement, origin string) bool {
	same := s.Issuer == origin && s.Request == asked.Request && s.Purpose == asked.Purpose && s.Code == asked.Code && s.Nonce == asked.Nonce
	return same && s.Signature.Equal(asked.Signature) && slices.EqualFunc(s.Documents, asked.Documents, func(a, b protocol.StatedDocument) bool {
		return a.Name == b.Name && a.Size == b.Size && wire.IsDigest(a.Digest)
	})
}

// jws is a signed request, taken apart.
type jws struct {
	header struct {
		Algorithm string `json:"alg"`
		Key       string `json:"kid"`
		Type      string `json:"typ"`
		// Critical names what a reader must understand (RFC 7515, 4.1.11): we understand nothing more.
		Critical json.RawMessage `json:"crit"`
	}
	statement protocol.RequestStatement
	signed    []byte // what the signature is over
	signature []byte // r‖s
}

// readSigned reads a JWS in compact serialization (RFC 7515, 7.1).
func readSigned(compact string) (*jws, error) {
	parts := strings.Split(compact, ".")
	if len(compact) > protocol.MaxSigned || len(parts) != 3 {
		return nil, wire.Invalid("not a JWS in compact serialization")
	}
	var raw [3][]byte
	for i, part := range parts {
		var err error
		raw[i], err = base64.RawURLEncoding.Strict().DecodeString(part)
		if err != nil || strings.ContainsAny(part, "\r\n") {
			return nil, wire.Invalid("not base64url")
		}
	}
	j := &jws{signed: []byte(parts[0] + "." + parts[1]), signature: raw[2]}
	err := wire.Decode(raw[0], &j.header)
	if err != nil {
		return nil, err
	}
	if j.header.Algorithm != "ES256" || j.header.Type != protocol.SignedRequestType || j.header.Key == "" || j.header.Critical != nil || len(j.signature) != 64 {
		return nil, wire.Invalid("another algorithm or type, or no key")
	}
	return j, wire.Decode(raw[1], &j.statement)
}

// readSite reads what a site publishes, and finds the key of this name in it.
func readSite(site, name string) (*protocol.SiteDocument, protocol.SiteKey, error) {
	var d protocol.SiteDocument
	if len(site) > protocol.MaxSite {
		return nil, protocol.SiteKey{}, wire.Invalid("a long document")
	}
	err := wire.Decode([]byte(site), &d)
	if err != nil {
		return nil, protocol.SiteKey{}, err
	}
	err = protocol.CheckSiteName(d.Name)
	if err != nil {
		return nil, protocol.SiteKey{}, wire.Invalid("a name that no site may have")
	}
	if len(d.Keys) > protocol.MaxSiteKeys {
		return nil, protocol.SiteKey{}, wire.Invalid("too many keys")
	}
	i := slices.IndexFunc(d.Keys, func(k protocol.SiteKey) bool { return k.ID == name })
	if i < 0 || d.Keys[i].Type != "EC" || d.Keys[i].Curve != "P-256" {
		return nil, protocol.SiteKey{}, wire.Invalid("no such key")
	}
	return &d, d.Keys[i], nil
}
