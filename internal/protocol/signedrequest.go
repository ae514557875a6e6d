package protocol

// A site may sign its requests (SignRequest.Signed and its like): a JWS in compact serialization (RFC 7515, 7.1),
// ES256, whose header has exactly the members alg, kid and typ (SignedRequestType), and whose payload is a
// RequestStatement. Its keys are at SitePath of its own origin, as a SiteDocument.
const (
	// SignedRequestType is the typ of the header (RFC 7515, 4.1.9).
	SignedRequestType = "eonay-request+jws"
	// SitePath is where a site publishes what it is called and the keys it signs with.
	SitePath = "/.well-known/eonay.json"
)

// RequestStatement is what a site signs of a request. The window compares each part with the request itself.
type RequestStatement struct {
	// Issuer is the site's origin, as browsers write it (RFC 7519, 4.1.1).
	Issuer string `json:"iss"`
	// IssuedAt and Expires are in seconds since 1970; they are MaxStatementLife apart at most.
	IssuedAt int64 `json:"iat"`
	Expires  int64 `json:"exp"`
	// Request is PageSign, PageAuthenticate or PageCertificates.
	Request PageType `json:"request"`
	// Purpose, fault.Code and Nonce are the request's; absent where it has none.
	Purpose string `json:"purpose,omitempty"`
	Code    string `json:"code,omitempty"`
	Nonce   string `json:"nonce,omitempty"`
	// Signature is what is to be made of the documents; FormatCAdES in ProfileP1 where it is left out.
	Signature *SignatureOptions `json:"signature,omitempty"`
	// Documents are the request's, in its order.
	Documents []StatedDocument `json:"documents,omitempty"`
}

// StatedDocument is a document that a site has signed to have asked for.
type StatedDocument struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
	// Digest is the SHA-256 of its bytes, lower-case hex.
	Digest string `json:"sha256"`
}

// SiteDocument is what a site publishes at SitePath, as JSON.
type SiteDocument struct {
	// Name is what the site calls itself, as CheckSiteName allows. It is the word of whoever
	// holds the origin, and of nobody else: the window shows the origin beside it.
	Name string `json:"name"`
	// Keys are JWKs (RFC 7517) on P-256, at most MaxSiteKeys.
	Keys []SiteKey `json:"keys"`
}

// SiteKey is a public key (RFC 7518, 6.2.1).
type SiteKey struct {
	Type  string `json:"kty"` // "EC"
	Curve string `json:"crv"` // "P-256"
	ID    string `json:"kid"`
	X     string `json:"x"`
	Y     string `json:"y"`
}
