package flow

import (
	"encoding/json"
	"errors"

	"github.com/e-onay/e-onay/internal/protocol"
)

// asksLogin takes the page's request for a login.
func (c *Card) asksLogin(body json.RawMessage) (language string, err error) {
	var r protocol.LoginRequest
	err = json.Unmarshal(body, &r)
	if err != nil {
		return "", err
	}
	if r.Format != protocol.LoginFormat && r.Format != protocol.LoginFormatWebEID || !isNonce(r.Nonce) || len(r.Purpose) > protocol.MaxPurpose {
		return "", errors.New("format, nonce or purpose")
	}
	c.login, c.purpose, c.signed, c.published = r, r.Purpose, r.Signed, r.Site
	return r.Language, nil
}

// asksCertificates takes the page's request for a certificate.
func (c *Card) asksCertificates(body json.RawMessage) (language string, err error) {
	var r protocol.CertificatesRequest
	err = json.Unmarshal(body, &r)
	if err != nil {
		return "", err
	}
	if len(r.Purpose) > protocol.MaxPurpose {
		return "", errors.New("purpose")
	}
	c.purpose, c.signed, c.published = r.Purpose, r.Signed, r.Site
	return r.Language, nil
}

// asksHash takes the page's request for the signature of a hash, with the certificate that it names.
func (c *Card) asksHash(body json.RawMessage) (language string, err error) {
	var r protocol.HashRequest
	err = json.Unmarshal(body, &r)
	if err != nil {
		return "", err
	}
	size, known := hashSizes[r.Function]
	if len(r.Certificate) == 0 || len(r.Certificate) > protocol.MaxCertificate || !known || len(r.Hash) != size {
		return "", errors.New("certificate or hash")
	}
	c.hash, c.only = r, certificateID(r.Certificate)
	return r.Language, nil
}

// isNonce reports whether s can be a site's challenge: base64 (RFC 4648, 4), in its bounds.
func isNonce(s string) bool {
	if len(s) < protocol.MinNonce || len(s) > protocol.MaxNonce || len(s)%4 != 0 {
		return false
	}
	end := len(s)
	for end > len(s)-2 && s[end-1] == '=' {
		end--
	}
	for i := range end {
		b := s[i]
		if !digit(b) && (b|0x20 < 'a' || b|0x20 > 'z') && b != '+' && b != '/' {
			return false
		}
	}
	return true
}

// hashSizes are the hash functions of Web eID that the host knows, and their lengths.
var hashSizes = map[string]int{"SHA-256": 32, "SHA-384": 48, "SHA-512": 64}

// maxAlgorithms is how many signature algorithms a key can have: each hash function, in either padding.
const maxAlgorithms = 6

func isAlgorithm(a protocol.SignatureAlgorithm) bool {
	_, known := hashSizes[a.Hash]
	switch {
	case !known:
		return false
	case a.Crypto == "ECC":
		return a.Padding == "NONE"
	}
	return a.Crypto == "RSA" && (a.Padding == "PKCS1.5" || a.Padding == "PSS")
}

// hashSites reads the host's list of keys and the sites for which they sign hashes.
func hashSites(m protocol.HostEnvelope) ([]protocol.HostHashSite, error) {
	var s protocol.HostHashSites
	err := body(m, &s)
	if err != nil {
		return nil, err
	}
	if len(s.Sites) > protocol.MaxHashSites {
		return nil, invalid("more sites than a list may hold")
	}
	for _, site := range s.Sites {
		if !isDigest(site.Key) || site.Origin == "" || len(site.Origin) > protocol.MaxOrigin || !isTime(site.Since) {
			return nil, invalid("a site without a key, a name or a date")
		}
	}
	return s.Sites, nil
}
