package protocol

import (
	"encoding/json"

	"github.com/e-onay/e-onay/internal/fault"
)

// HostEnvelope is one message between window and host: a 4-byte native-endian length, then this as
// JSON in UTF-8. The window numbers its requests from 1; the answer carries the same number. Number 0
// is an event that answers nothing.
type HostEnvelope struct {
	ID   uint32          `json:"id"`
	Type HostType        `json:"type"`
	Body json.RawMessage `json:"body,omitempty"`
}

// HostType names a message between window and host.
type HostType string

// Requests of the window, in the order of a session. Any other order is answered with fault.Sequence.
const (
	HostHello        HostType = "hello"        // Hello → HostWelcome
	HostCertificates HostType = "certificates" // no body → HostCertificateList; repeatable
	HostDocument     HostType = "document"     // HostDocumentBody → HostReady; then its chunks
	HostChunk        HostType = "chunk"        // HostChunkBody → HostReady
	HostCheck        HostType = "check"        // HostCheckBody → HostChecked, once all documents are there
	HostPreview      HostType = "preview"      // HostPreviewBody → HostPreviewed
	HostSign         HostType = "sign"         // HostSignBody → HostSigned, after the events HostSignature
	HostCancel       HostType = "cancel"       // HostCancelBody → HostReady; the cancelled request ends with fault.Cancelled
	HostPing         HostType = "ping"         // no body → HostReady, at any time
)

// HostUseLibraries may come at any time after the hello, of every window and of the settings page.
const HostUseLibraries HostType = "use-libraries" // HostLibrariesBody → HostLibrariesUsed

// Requests of the window for acts without a document. The key must be fit for the act; see HostHashSite.
const (
	HostAuthenticate HostType = "authenticate" // HostLoginBody → HostAuthenticated
	HostSignHash     HostType = "sign-hash"    // HostSignHashBody → HostHashSigned
)

// Requests of the settings page. They need a hello, and no documents; none of them makes a signature that
// leaves the host.
const (
	HostDiagnose     HostType = "diagnose"      // no body → Diagnosis
	HostExport       HostType = "export"        // HostExportBody → HostExportedBody
	HostChangePIN    HostType = "change-pin"    // HostChangePINBody → HostReady
	HostSelfTest     HostType = "self-test"     // HostSelfTestBody → HostReady
	HostAddModule    HostType = "add-module"    // HostModuleBody → HostReady
	HostRemoveModule HostType = "remove-module" // HostModuleBody → HostReady
	HostUnblock      HostType = "unblock"       // HostUnblockBody → HostReady
	HostJournal      HostType = "journal"       // HostJournalBody → JournalPage
	HostListHash     HostType = "hash-sites"    // no body → HostHashSites
	HostAllowHash    HostType = "allow-hash"    // HostHashSite, of a key in the list → HostHashSites
	HostForbidHash   HostType = "forbid-hash"   // HostHashSite → HostHashSites
)

// Requests of the window in which a card gets a PIN with a PUK that a portal releases (release.go). A release
// needs a claim of the same session, and ends it.
const (
	HostClaim   HostType = "claim"   // HostClaimBody → PINClaim
	HostRelease HostType = "release" // HostReleaseBody → PINReport, also where the card refused
)

// Answers and events of the host.
const (
	HostWelcome         HostType = "welcome"          // Welcome
	HostCertificateList HostType = "certificate-list" // CertificateList
	HostReady           HostType = "ready"            // no body
	HostPreviewed       HostType = "previewed"        // Preview
	HostSigned          HostType = "signed"           // SignResult
	HostChecked         HostType = "checked"          // DocumentProblems
	HostDiagnosis       HostType = "diagnosis"        // Diagnosis
	HostExported        HostType = "exported"         // HostExportedBody
	HostJournalPage     HostType = "journal-page"     // JournalPage
	HostAuthenticated   HostType = "authenticated"    // LoginResult
	HostHashSigned      HostType = "hash-signed"      // HashResult
	HostHashSiteList    HostType = "hash-site-list"   // HostHashSites
	HostClaimed         HostType = "claimed"          // PINClaim
	HostReleased        HostType = "released"         // PINReport
	HostLibrariesUsed   HostType = "libraries-used"   // HostLibraries
	HostError           HostType = "error"            // HostFailure
	HostTokensChanged   HostType = "tokens-changed"   // event: a reader or card came or went, or a late library answered; ask for certificates again
	HostProgress        HostType = "progress"         // event: HostProgressBody
	HostSignature       HostType = "signature"        // event: HostSignatureBody
)

// Answer is the type of the answer to a request that is not refused.
func (t HostType) Answer() HostType {
	switch t {
	case HostHello:
		return HostWelcome
	case HostCertificates:
		return HostCertificateList
	case HostUseLibraries:
		return HostLibrariesUsed
	case HostCheck:
		return HostChecked
	case HostPreview:
		return HostPreviewed
	case HostSign:
		return HostSigned
	case HostAuthenticate:
		return HostAuthenticated
	case HostSignHash:
		return HostHashSigned
	case HostListHash, HostAllowHash, HostForbidHash:
		return HostHashSiteList
	case HostClaim:
		return HostClaimed
	case HostRelease:
		return HostReleased
	case HostExport:
		return HostExported
	case HostDiagnose:
		return HostDiagnosis
	case HostJournal:
		return HostJournalPage
	}
	return HostReady
}

// Hello opens a session.
type Hello struct {
	Protocol int `json:"protocol"`
}

// Welcome is the host's answer.
type Welcome struct {
	Protocol int    `json:"protocol"`
	Version  string `json:"version"`
	// Platform is GOOS/GOARCH.
	Platform string `json:"platform"`
}

// CertificateList is all that the tokens in the readers hold, read without a PIN.
type CertificateList struct {
	// Readers are what PC/SC sees; empty as well where its service does not run.
	Readers      []Reader      `json:"readers"`
	Tokens       []Token       `json:"tokens"`
	Certificates []Certificate `json:"certificates"`
	// Findings say what stood in the way: a module that cannot be loaded, a token that cannot be read.
	// They matter to the person when Certificates is empty or lacks the expected one.
	Findings []Finding `json:"findings,omitempty"`
}

// Finding is one obstacle met while listing.
type Finding struct {
	Code fault.Code `json:"code"`
	// Subject is what it was met at: a module's file name, a token's label, the kind of a card, or a reader.
	Subject string `json:"subject"`
	// Detail is for the log and the help desk: a loader's reason, the places searched.
	Detail string `json:"detail,omitempty"`
	// Driver says where to get what is missing.
	Driver Sentence `json:"driver,omitzero"`
}

// Reader is a card reader.
type Reader struct {
	Name string `json:"name"`
	// Card tells that a card is in it and answers.
	Card bool `json:"card"`
	// Busy tells that another program keeps the card to itself (SCARD_STATE_EXCLUSIVE).
	Busy bool `json:"busy,omitempty"`
	// Family is the kind of the card, for people; empty where it is not known.
	Family string `json:"family,omitempty"`
}

// Token is one card or other token.
type Token struct {
	// ID names the token within this session.
	ID string `json:"id"`
	// Label and Reader are for people; both come from outside and may hold anything printable.
	Label  string   `json:"label"`
	Reader string   `json:"reader"`
	Module string   `json:"module"`
	PIN    PINState `json:"pin"`
	// PUK is PUKReady, PUKLow, PUKFinal or PUKLocked; Unblocks tells that the host knows how a PUK unblocks
	// such a card.
	PUK      string `json:"puk"`
	Unblocks bool   `json:"unblocks,omitempty"`
}

// Certificate is a certificate as people need to see it; the window has no X.509 parser.
type Certificate struct {
	// ID is the SHA-256 of the DER certificate, lower-case hex.
	ID    string `json:"id"`
	Token string `json:"token"`
	// Holder and Issuer are common names.
	Holder string `json:"holder"`
	Issuer string `json:"issuer"`
	// CitizenMasked is the citizen number with the middle hidden, as "100*****146"; empty if there is none.
	CitizenMasked string `json:"citizenMasked"`
	// Serial is the certificate's serial number, upper-case hex.
	Serial    string `json:"serial"`
	NotBefore int64  `json:"notBefore"` // seconds since 1970
	NotAfter  int64  `json:"notAfter"`
	// Key is for people: "RSA 2048", "EC P-384".
	Key       string `json:"key"`
	Qualified bool   `json:"qualified"`
	// PublicKey is the SHA-256 of its SubjectPublicKeyInfo, lower-case hex; empty where the certificate cannot be read.
	PublicKey string `json:"publicKey,omitempty"`
	// KeyPIN is the state of the PIN that the key wants for each signature, where it is not known to take the token's;
	// nil where the person need not type one. Its tries are counted by this machine: no card tells them.
	KeyPIN *PINState `json:"keyPIN,omitempty"`
	// Problem is empty when the certificate can sign, else the code that says why not; LoginProblem is the same for a
	// login, and fault.LoginOff where the key signs hashes for a site.
	Problem      fault.Code `json:"problem,omitempty"`
	LoginProblem fault.Code `json:"loginProblem,omitempty"`
}

// HostDocumentBody announces a document; exactly Size bytes follow in chunks, in order, without gaps.
type HostDocumentBody struct {
	Document  int    `json:"document"`
	Name      string `json:"name"`
	MediaType string `json:"mediaType"`
	Size      int64  `json:"size"`
	// Keep asks the host to keep the bytes, for formats that need more than digests (SignatureOptions.NeedsContent).
	Keep bool `json:"keep,omitempty"`
}

// HostChunkBody carries bytes of a document; Data is base64 in JSON.
type HostChunkBody struct {
	Document int    `json:"document"`
	Offset   int64  `json:"offset"`
	Data     []byte `json:"data"`
}

// HostSignBody asks for the signatures.
type HostSignBody struct {
	// Certificate is the Certificate.ID the person chose.
	Certificate string `json:"certificate"`
	// PIN is the PIN's UTF-8 bytes (base64 in JSON, so that it never is a Go string); empty for a pad. KeyPIN is the
	// key's, where the window has asked for one (Certificate.KeyPIN).
	PIN    []byte `json:"pin,omitempty"`
	KeyPIN []byte `json:"keyPIN,omitempty"`
	// Told and KeyTold are the states of the two that the window showed when they were typed: where one try is left
	// now, and the person was shown more, nothing is sent (fault.TriesFewer). Empty is what the host has told last.
	Told    string `json:"told,omitempty"`
	KeyTold string `json:"keyTold,omitempty"`
	SignatureOptions
	// Shown is the SHA-256 of each document as the window showed it. The host compares with what it
	// received and refuses with fault.DigestMismatch.
	Shown [][]byte `json:"shown"`
	// Origin is the asking page's, as the browser reports it, Purpose the page's words: for the journal.
	Origin  string `json:"origin"`
	Purpose string `json:"purpose"`
}

// HostCheckBody asks what would become of the documents, before a person reads them and types a PIN.
type HostCheckBody struct {
	SignatureOptions
}

// DocumentProblems say of each document why it could not be signed, or nothing; by place, as SignResult.Outcomes.
type DocumentProblems struct {
	Problems []fault.Code `json:"problems"`
}

// HostPreviewBody asks how a PDF would look with the signature of a certificate of the latest list: where it is visible.
type HostPreviewBody struct {
	Certificate string `json:"certificate"`
	// Document is the PDF's place.
	Document int `json:"document"`
	SignatureOptions
}

// Preview is what would be appended to the PDF: with the stamp as it will be, but for its time, and without a signature. It
// is empty where the signature is invisible.
type Preview struct {
	Appended []byte `json:"appended,omitempty"` // at most MaxPreview
	// Page is the number of the page with the stamp, the first being 1.
	Page int `json:"page,omitempty"`
	// FromTop is how far the middle of the stamp is from the upper edge of the page as it is shown, in thousandths of its height.
	FromTop int `json:"fromTop,omitempty"`
}

// HostSignatureBody is a part of a signed file that request Request has made. It is in the journal.
type HostSignatureBody struct {
	Request uint32 `json:"request"`
	SignaturePart
}

// HostCancelBody names the request to abandon.
type HostCancelBody struct {
	Request uint32 `json:"request"`
}

// HostProgressBody tells what the host is doing for request Request.
type HostProgressBody struct {
	Request uint32    `json:"request"`
	Stage   HostStage `json:"stage"`
	// Done tells how many of Total documents are signed; both are 0 where one alone is.
	Done  int `json:"done,omitempty"`
	Total int `json:"total,omitempty"`
}

// HostStage is what the card is doing.
type HostStage string

// Host stages in their order.
const (
	HostStageLogin   HostStage = "login"
	HostStageSigning HostStage = "signing"
	HostStagePIN     HostStage = "pin"   // the card is getting its new PIN
	HostStageAgain   HostStage = "again" // the person has to type on the reader once more
)

// HostFailure is the host's refusal.
type HostFailure struct {
	Code fault.Code `json:"code"`
	// Detail is for the log and the help desk: a PKCS#11 return value, a loader's reason. It never
	// holds a PIN or a citizen number, and is not shown as the message.
	Detail string `json:"detail,omitempty"`
	// PIN is the token's PIN state after a refused PIN; KeyPIN is that of the key's PIN where it is about that one.
	PIN    *PINState `json:"pin,omitempty"`
	KeyPIN *PINState `json:"keyPIN,omitempty"`
	// Version is the host's, where it and the window speak different protocols.
	Version string `json:"version,omitempty"`
}

// Diagnosis is what a signature needs on this machine, part by part, as `eonay-host doctor` tells it.
type Diagnosis struct {
	Time   int64   `json:"time"` // when it was made, in seconds since 1970
	Checks []Check `json:"checks"`
	// Modules are the libraries that the person has named (absolute paths), in the order they are tried.
	Modules []string `json:"modules"`
}

// Check is one thing that was looked at.
type Check struct {
	Level CheckLevel `json:"level"`
	// Name says what was looked at and found ("noservice"); programs may rely on it.
	Name string `json:"name"`
	// Part is what the check belongs to, for people to find it.
	Part CheckPart `json:"part"`
	// Text is for the person; Shared is the same without personal data (names, citizen numbers, the
	// name of the home folder), to be given to a help desk.
	Text   Sentence `json:"text"`
	Shared Sentence `json:"shared"`
}

// CheckLevel is how the thing is.
type CheckLevel string

// Levels.
const (
	CheckOK   CheckLevel = "ok"
	CheckWarn CheckLevel = "warn"
	CheckFail CheckLevel = "fail"
)

// CheckPart is a part of the machine.
type CheckPart string

// Parts, in the order of a diagnosis.
const (
	PartProgram CheckPart = "program" // the host itself, its files, the browsers that know it
	PartReader  CheckPart = "reader"  // the PC/SC service, readers, cards
	PartModule  CheckPart = "module"  // PKCS#11 libraries
	PartToken   CheckPart = "token"   // what they show
)

// HostExportBody names a certificate of the latest list.
type HostExportBody struct {
	Certificate string `json:"certificate"`
}

// HostExportedBody is the certificate in DER, base64 in JSON, and what its key can sign with on its card.
type HostExportedBody struct {
	Data       []byte               `json:"data"`
	Algorithms []SignatureAlgorithm `json:"algorithms,omitempty"`
}

// HostChangePINBody asks for another PIN on a token of the latest list. Old and New are UTF-8 bytes
// (base64 in JSON), both empty where they are typed on the reader.
type HostChangePINBody struct {
	Token string `json:"token"`
	Old   []byte `json:"old,omitempty"`
	New   []byte `json:"new,omitempty"`
	// Told is as in HostSignBody.
	Told string `json:"told,omitempty"`
}

// HostSelfTestBody asks to sign a sample with a certificate of the latest list and to verify the
// signature, which is then thrown away. The sample says what it is; it can pass for nothing else.
type HostSelfTestBody struct {
	Certificate string `json:"certificate"`
	// These are as in HostSignBody.
	PIN     []byte `json:"pin,omitempty"`
	KeyPIN  []byte `json:"keyPIN,omitempty"`
	Told    string `json:"told,omitempty"`
	KeyTold string `json:"keyTold,omitempty"`
}

// HostLibrariesBody names the libraries that the person's institution has set in the browser's policy (absolute paths, at most
// MaxLibraries). They are used in this session, beside the person's own, and kept nowhere.
type HostLibrariesBody struct {
	Paths []string `json:"paths"`
}

// HostLibraries says of each of these libraries, by place, why it is not used, or nothing.
type HostLibraries struct {
	Libraries []HostLibrary `json:"libraries"`
}

// HostLibrary is one of them; Problem is fault.ModulePath or fault.ModuleArchitecture, and Why says more.
type HostLibrary struct {
	Problem fault.Code `json:"problem,omitempty"`
	Why     Sentence   `json:"why,omitzero"`
}

// HostModuleBody names a PKCS#11 library by its absolute path.
type HostModuleBody struct {
	Path string `json:"path"`
}
