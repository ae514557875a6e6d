package protocol

// LoginRequest is what a page asks for so that its site knows who is there (PageAuthenticate).
type LoginRequest struct {
	Language string `json:"language" read:"language"`
	// Purpose is one line in the page's words, or empty.
	Purpose string `json:"purpose,omitempty" read:"line MaxPurpose"`
	// Signed and Site are as in SignRequest.
	Signed string `json:"signed,omitempty" read:"text 0 MaxSigned"`
	Site   string `json:"site,omitempty" read:"-"`
	// Nonce is the site's challenge, as its server wrote it: base64 of MinNonce to MaxNonce characters.
	Nonce string `json:"nonce" read:"nonce MinNonce MaxNonce"`
	// Format is LoginFormat; LoginFormatWebEID comes from the content script alone, for pages that speak Web eID.
	Format string `json:"format" read:"known LoginFormat"`
}

// LoginResult is its end: the token, to be handed to the site's server as it is.
type LoginResult struct {
	// Token is JSON in the format asked for, of at most MaxLoginToken bytes.
	Token string `json:"token" read:"text 1 MaxLoginToken"`
}

// Formats of login tokens, as their member format names them.
const (
	// LoginFormat is e-Onay's own: what is signed says that it is a login, for which site, with which certificate.
	LoginFormat = "eonay-login:1"
	// LoginFormatWebEID is Web eID's. What is signed is two hashes, and says nothing.
	LoginFormatWebEID = "web-eid:1.0"
)

// CertificatesRequest is what a page asks for that wants to know with which certificate a person will sign
// (PageCertificates).
type CertificatesRequest struct {
	Language string `json:"language" read:"language"`
	// Purpose is one line in the page's words, or empty.
	Purpose string `json:"purpose,omitempty" read:"line MaxPurpose"`
	// Signed and Site are as in SignRequest.
	Signed string `json:"signed,omitempty" read:"text 0 MaxSigned"`
	Site   string `json:"site,omitempty" read:"-"`
}

// CertificatesResult is its end: what the person has agreed to show. There is one in this version.
type CertificatesResult struct {
	Certificates []ShownCertificate `json:"certificates" read:"list 1 MaxCertificates"`
}

// ShownCertificate is a certificate in DER, base64 in JSON, and what its key can sign with.
type ShownCertificate struct {
	Data       []byte               `json:"data" read:"base64 MaxCertificate"`
	Algorithms []SignatureAlgorithm `json:"algorithms" read:"list 0 16"`
}

// SignatureAlgorithm is one in the words of Web eID.
type SignatureAlgorithm struct {
	// Crypto is "ECC" or "RSA".
	Crypto string `json:"cryptoAlgorithm" read:"text 0 20"`
	// Hash is "SHA-256", "SHA-384" or "SHA-512".
	Hash string `json:"hashFunction" read:"text 0 20"`
	// Padding is "NONE" for ECC, else "PKCS1.5" or "PSS".
	Padding string `json:"paddingScheme" read:"text 0 20"`
}

// HashRequest asks for the signature of a hash that the page has made of what nobody sees (PageSignHash). It comes from the
// content script alone, for pages that speak Web eID.
type HashRequest struct {
	Function string `json:"hashFunction" read:"known SHA-256 SHA-384 SHA-512"`
	// Certificate is the one that the page has been shown, DER, base64 in JSON.
	Certificate []byte `json:"certificate" read:"base64 MaxCertificate"`
	// Hash is base64 in JSON, as long as Function's.
	Hash     []byte `json:"hash" read:"-"`
	Language string `json:"language" read:"language"`
}

// HashResult is its end.
type HashResult struct {
	Algorithm SignatureAlgorithm `json:"algorithm" read:"object"`
	// Signature is base64 in JSON; of ECDSA r‖s.
	Signature []byte `json:"signature" read:"base64 MaxRawSignature"`
}

// HostLoginBody asks for a login token.
type HostLoginBody struct {
	// Certificate is the Certificate.ID the person chose.
	Certificate string `json:"certificate"`
	// These are as in HostSignBody.
	PIN     []byte `json:"pin,omitempty"`
	KeyPIN  []byte `json:"keyPIN,omitempty"`
	Told    string `json:"told,omitempty"`
	KeyTold string `json:"keyTold,omitempty"`
	// Format and Nonce are the page's.
	Format string `json:"format"`
	Nonce  string `json:"nonce"`
	// Origin is the asking page's, as the browser reports it: it is signed. Purpose is for the journal.
	Origin  string `json:"origin"`
	Purpose string `json:"purpose,omitempty"`
}

// HostSignHashBody asks for the signature of a hash. The host makes it only for a key and site that the person
// has allowed (HostAllowHash).
type HostSignHashBody struct {
	Certificate string `json:"certificate"`
	// These are as in HostSignBody.
	PIN     []byte `json:"pin,omitempty"`
	KeyPIN  []byte `json:"keyPIN,omitempty"`
	Told    string `json:"told,omitempty"`
	KeyTold string `json:"keyTold,omitempty"`
	// Hash and Function are the page's, Origin is the asking page's, as the browser reports it.
	Hash     []byte `json:"hash"`
	Function string `json:"hashFunction"`
	Origin   string `json:"origin"`
}

// HostHashSite is a site for which a key signs hashes. As long as there is one, the key logs in nowhere: a hash can be
// made to be a login, to any site.
type HostHashSite struct {
	// Key is the SHA-256 of the key's SubjectPublicKeyInfo, lower-case hex: Certificate.PublicKey.
	Key    string `json:"key"`
	Origin string `json:"origin"`
	// Issuer and Serial name the certificate for people, Since is when it was allowed, in seconds since 1970. They
	// are the host's, and not asked with.
	Issuer string `json:"issuer,omitempty"`
	Serial string `json:"serial,omitempty"`
	Since  int64  `json:"since,omitempty"`
}

// HostHashSites are all that the person has allowed, at most MaxHashSites.
type HostHashSites struct {
	Sites []HostHashSite `json:"sites"`
}
