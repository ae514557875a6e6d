package protocol

import "time"

// Limits that every receiver enforces on its own, whatever the sender promised. Sizes are bytes of
// the thing itself, before base64, unless they say otherwise.
const (
	// MaxDocuments is how many documents one request may carry.
	MaxDocuments = 1000
	// MaxRequest is how many bytes the documents of one request may have together, and a document whose kind has no
	// limit of its own (MaxSize). They pass through window and host.
	MaxRequest = 1 << 30
	// MaxTextDocument is the largest text/plain document: a person reads it.
	MaxTextDocument = 10 << 20
	// MaxMediaType is the longest media type, in characters.
	MaxMediaType = 100
	// ChunkSize is the most document bytes in one chunk message, on either hop.
	ChunkSize = 512 << 10
	// MaxHostMessage is the longest JSON message the host reads or writes. Browsers cut the host off
	// at 1 MiB; one chunk in base64 with its envelope stays below it.
	MaxHostMessage = 1 << 20
	// MaxDepth is how deep the JSON of any message may nest.
	MaxDepth = 12
	// MaxName is the longest document name, in UTF-8 bytes.
	MaxName = 200
	// MaxPurpose is the longest purpose, in UTF-8 bytes.
	MaxPurpose = 300
	// MaxPIN is the longest PIN in UTF-8 bytes that is passed on to any card.
	MaxPIN = 64
	// CodeDigits is the length of a verification code (doğrulama kodu).
	CodeDigits = 15
	// MaxCertificates is how many certificates a host lists at most, over all tokens.
	MaxCertificates = 64
	// MaxCertificate is the largest certificate taken from a card or a signature.
	MaxCertificate = 16 << 10
	// MaxDelegates is how many origins a page may let ask in its frames.
	MaxDelegates = 8
	// MaxOrigin is the longest origin, in characters: a host name (RFC 1035, 2.3.4), its scheme and port.
	MaxOrigin = 253 + len("https://") + len(":65535")
	// MaxInstallURL is the longest address of a page about the installation, in characters.
	MaxInstallURL = 1024
	// MaxAct is the longest name of a portal's act, in characters.
	MaxAct = 64
	// MaxClaim is the longest claim or report, in bytes: one certificate in base64 and a little more.
	MaxClaim = 32 << 10
	// MaxSealed is the longest sealed PUK, in bytes, with the envelope that only one TPM opens.
	MaxSealed = 1024
	// MinNonce and MaxNonce bound a login's challenge, in characters of base64 (those of Web eID).
	MinNonce = 44
	MaxNonce = 128
	// MaxLoginToken is the longest login token, in bytes: a certificate and a signature in base64, and a little more.
	MaxLoginToken = 32 << 10
	// MaxRawSignature is the largest signature that is not CMS, in bytes: that of RSA-8192.
	MaxRawSignature = 1024
	// MaxHashSites is how many pairs of a key and a site may sign hashes.
	MaxHashSites = 64
	// MaxSigned is the longest signed request, MaxSite the longest document at SitePath, in bytes. A request of
	// MaxDocuments documents with names of MaxName bytes can be signed, and fits into a message with what is signed.
	MaxSigned = 448 << 10
	MaxSite   = 16 << 10
	// MaxSiteName is the longest name of a site, in UTF-8 bytes; MaxSiteKeys is how many keys it may publish.
	MaxSiteName = 100
	MaxSiteKeys = 8
	// MaxStatementLife is how long a signed request may be good, in seconds.
	MaxStatementLife = 600
	// MaxLibraries is how many libraries an institution may set, MaxLibraryPath how long the path of one is, in UTF-8 bytes.
	MaxLibraries   = 16
	MaxLibraryPath = 1024
	// MaxPolicySites is how many sites it may name.
	MaxPolicySites = 64
	// MaxJournalPage is how many entries of the journal one answer may have.
	MaxJournalPage = 50
	// MaxSignature is the largest signature (CMS, DER) that is passed on or verified.
	MaxSignature = 128 << 10
	// MaxInMemory is the largest document that a form takes which holds it in memory: XML, and what is put in as base64.
	MaxInMemory = 10 << 20
	// MaxSigner is the highest number of a signature in a file of signatures.
	MaxSigner = 255
	// MinStampPage and MaxStampPage bound the page of a stamp, counted from the last and from the first; MaxStampPoints its
	// area, MaxStampImage its image in bytes.
	MinStampPage   = -10000
	MaxStampPage   = 10000
	MaxStampPoints = 14400
	MaxStampImage  = 256 << 10
	// MaxPreview is how many bytes a preview appends to a PDF.
	MaxPreview = 700 << 10
	// MaxParts is how many parts a signed file may come in, MaxNewBytes how many of its bytes may be new.
	MaxParts    = 4096
	MaxNewBytes = 32 << 20
)

// RequestLifetime is how long the broker keeps a request whose window never finished.
const RequestLifetime = 30 * time.Minute
