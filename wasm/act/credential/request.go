package credential

import (
	"encoding/json"
	"errors"

	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/wire"
)

// parseLogin reads the page's request for a login.
func (a *Act) parseLogin(body json.RawMessage) (language string, err error) {
	var r protocol.LoginRequest
	err = json.Unmarshal(body, &r)
	if err != nil {
		return "", err
	}
	if r.Format != protocol.LoginFormat && r.Format != protocol.LoginFormatWebEID || !wire.IsNonce(r.Nonce) || len(r.Purpose) > protocol.MaxPurpose {
		return "", errors.New("format, nonce or purpose")
	}
	a.login, a.purpose, a.signed, a.published = r, r.Purpose, r.Signed, r.Site
	return r.Language, nil
}

// parseCertificates reads the page's request for a certificate.
func (a *Act) parseCertificates(body json.RawMessage) (language string, err error) {
	var r protocol.CertificatesRequest
	err = json.Unmarshal(body, &r)
	if err != nil {
		return "", err
	}
	if len(r.Purpose) > protocol.MaxPurpose {
		return "", errors.New("purpose")
	}
	a.purpose, a.signed, a.published = r.Purpose, r.Signed, r.Site
	return r.Language, nil
}

// parseHash reads the page's request for the signature of a hash, with the certificate that it names.
func (a *Act) parseHash(body json.RawMessage) (language string, err error) {
	var r protocol.HashRequest
	err = json.Unmarshal(body, &r)
	if err != nil {
		return "", err
	}
	size, known := hashSizes[r.Function]
	if len(r.Certificate) == 0 || len(r.Certificate) > protocol.MaxCertificate || !known || len(r.Hash) != size {
		return "", errors.New("certificate or hash")
	}
	a.hash, a.certificate = r, certificateID(r.Certificate)
	a.window.RestrictTo(a.certificate)
	return r.Language, nil
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
