package fault

// Codes of the way between page and window.
const (
	ExtensionMissing   Code = "extension_missing"
	NotAdmitted        Code = "not_admitted" // the extension is there, and the person has not admitted this document's site
	ExtensionOutdated  Code = "extension_outdated"
	RequestInvalid     Code = "request_invalid"
	RequestTooLarge    Code = "request_too_large"
	DocumentUnreadable Code = "document_unreadable" // not in the form that its media type announces
	DocumentMismatch   Code = "document_mismatch"   // of another kind than its media type says
	DocumentAmbiguous  Code = "document_ambiguous"  // two programs would show two documents
	DocumentChanged    Code = "document_changed"    // the page delivered other bytes than it announced
	CodeNotInDocument  Code = "code_not_in_document"
	GestureRequired    Code = "gesture_required"  // the page asked without a press by the person
	RequestSignature   Code = "request_signature" // the site's signature of its request is not good, or of another
	RequestUnsigned    Code = "request_unsigned"  // the site has signed its requests before, and not this one
	TooMany            Code = "too_many"          // one site asked for too many windows in a short time
	Busy               Code = "busy"
	Cancelled          Code = "cancelled"
	PageGone           Code = "page_gone"
	ScreenChanged      Code = "screen_changed" // something else than our program has rewritten what the window shows
	WindowFailed       Code = "window_failed"
)

// Codes of the way between window and host, and of the host itself.
const (
	HostMissing     Code = "host_missing"
	HostOutdated    Code = "host_outdated"
	HostStopped     Code = "host_stopped"
	HostRefused     Code = "host_refused" // the caller is not our extension
	MessageInvalid  Code = "message_invalid"
	MessageTooLarge Code = "message_too_large"
	Unsupported     Code = "unsupported"
	Sequence        Code = "sequence"
	DigestMismatch  Code = "digest_mismatch"
	Internal        Code = "internal"
)

// Codes of modules, tokens and keys.
const (
	NoModule           Code = "no_module"
	ModuleFailed       Code = "module_failed"       // cannot be loaded or initialised
	ModuleArchitecture Code = "module_architecture" // built for other processors
	ModuleCrashed      Code = "module_crashed"
	ModuleTimeout      Code = "module_timeout"
	CardUnrecognized   Code = "card_unrecognized" // its libraries work, and do not know it
	ModulePath         Code = "module_path"       // not the path of a library that may be used
	NoService          Code = "no_service"        // PC/SC does not run
	ServiceRefused     Code = "service_refused"   // PC/SC runs, and does not let us in
	NoReader           Code = "no_reader"
	NoToken            Code = "no_token"
	TokenRemoved       Code = "token_removed"
	CardChanged        Code = "card_changed" // another one is in the reader
	CardBusy           Code = "card_busy"    // another program keeps it to itself
	TokenError         Code = "token_error"
	NoCertificate      Code = "no_certificate"
	KeyMissing         Code = "key_missing"
	KeyUnsupported     Code = "key_unsupported"
	PINEmpty           Code = "pin_empty"
	PINLength          Code = "pin_length"
	PINCharacters      Code = "pin_characters" // not of the card's alphabet
	PINWeak            Code = "pin_weak"       // a new one that everybody tries first
	PINSame            Code = "pin_same"       // the new one is the old one
	PINRefused         Code = "pin_refused"    // the card does not take the new one
	PINIncorrect       Code = "pin_incorrect"
	PINLastTry         Code = "pin_last_try" // incorrect, and the next wrong one blocks the card
	PINLocked          Code = "pin_locked"
	PINNotSet          Code = "pin_not_set"
	TriesFewer         Code = "tries_fewer"      // there is one try left where the person was shown more; nothing was sent
	KeyPINRequired     Code = "key_pin_required" // the key wants a PIN for each use, and it is not known whether that is the card's PIN
	KeyPINIncorrect    Code = "key_pin_incorrect"
	KeyPINLocked       Code = "key_pin_locked"
	SelfTestFailed     Code = "self_test_failed" // the card signed, and the signature does not verify
	PUKIncorrect       Code = "puk_incorrect"
	PUKLastTry         Code = "puk_last_try" // incorrect, and the next wrong one is the card's end
	PUKLocked          Code = "puk_locked"
	UnblockUnsupported Code = "unblock_unsupported" // no way to unblock such a card is known
	PINUsable          Code = "pin_usable"          // the card has a PIN that works, and it was not given
)

// Codes of what a key may be used for.
const (
	LoginOff      Code = "login_off"       // the key signs hashes for a site, and so logs in nowhere
	HashOff       Code = "hash_off"        // the person has not allowed this key to sign hashes for this site
	HashSitesFull Code = "hash_sites_full" // there are MaxHashSites already; of the settings, no page hears it
)

// Codes of the device key, the journal and a released PUK.
const (
	DeviceUnavailable Code = "device_unavailable" // what holds the key does not answer
	JournalFailed     Code = "journal_failed"     // the act could not be written down, and was not done or not given away
	DiskFull          Code = "disk_full"          // there is no room for the documents while they are signed
	ReleaseInvalid    Code = "release_invalid"    // not sealed to this machine for this claim
)

// Codes of certificates: why one cannot be used, at the card or at the site.
const (
	CertificateMalformed    Code = "certificate_malformed"
	CertificatesLeftOut     Code = "certificates_left_out" // there are more than a list has room for
	CertificateExpired      Code = "certificate_expired"
	CertificateNotYetValid  Code = "certificate_not_yet_valid"
	CertificateNotQualified Code = "certificate_not_qualified"
	CertificateKeyUsage     Code = "certificate_key_usage"
	CertificateNotForLogin  Code = "certificate_not_for_login"
	CertificateUntrusted    Code = "certificate_untrusted"
	CertificateRevoked      Code = "certificate_revoked"
	CertificateOfAnother    Code = "certificate_of_another"
	RevocationUnavailable   Code = "revocation_unavailable"
	RevocationInvalid       Code = "revocation_invalid"
)

// Codes of a signature's verification.
const (
	SignatureMalformed  Code = "signature_malformed"
	SignatureInvalid    Code = "signature_invalid"    // does not verify over these bytes
	SignatureAttributes Code = "signature_attributes" // a signed attribute is missing, wrong or not allowed
	SignatureTime       Code = "signature_time"       // the signing time is outside the act's time
	SignatureAlgorithm  Code = "signature_algorithm"
)

// Codes of time stamps.
const (
	TimestampUnavailable Code = "timestamp_unavailable" // no authority answered, or not in time
	TimestampRefused     Code = "timestamp_refused"     // an authority answered that it gives no time stamp
	TimestampInvalid     Code = "timestamp_invalid"     // a token that is malformed, does not verify, or is not what was asked for
	TimestampUntrusted   Code = "timestamp_untrusted"   // its authority leads to no anchor, or its certificate does not count
)

// Codes of what keeps a signature from being made to last.
const (
	ExtendInvalid   Code = "extend_invalid"   // it does not verify, or breaks rules that nothing added can mend
	ExtendUntrusted Code = "extend_untrusted" // its certificate leads to no anchor
	ExtendUnproven  Code = "extend_unproven"  // its certificate or algorithms have ended, and nothing proves that it was there before
	ExtendContent   Code = "extend_content"   // what was signed is not at hand
	ExtendStatus    Code = "extend_status"    // there is no revocation data that will do
	ExtendProfile   Code = "extend_profile"   // it names another policy than the level's, or breaks rules of the profile
	ExtendLate      Code = "extend_late"      // signed too long ago for the profile's time stamp
	ExtendEarly     Code = "extend_early"     // the level's revocation data cannot be there yet
	ExtendWorse     Code = "extend_worse"     // what was added would have made a signature of the file worth less
)

// Codes of files that hold other files: zip archives, ASiC, and packages of e-Yazışma.
const (
	ContainerMalformed Code = "container_malformed"  // damaged, or two programs could read it differently
	SignedFileInvalid  Code = "signed_file_invalid"  // a signature that the file has already does not hold
	PackageMalformed   Code = "package_malformed"    // not by the rules of its kind
	PackageUnsupported Code = "package_unsupported"  // of a version or kind that cannot be signed here
	PackagePartMissing Code = "package_part_missing" // a part that the digests name is not there
	PackagePartExtra   Code = "package_part_extra"   // a part that no digest covers, or that nothing names
	PackagePartChanged Code = "package_part_changed" // not what its digests say
	PackageIncomplete  Code = "package_incomplete"   // lacks a part that its kind must have, or that is to be signed
	PackageSigned      Code = "package_signed"       // has this signature already, or a later one that would not cover it
)

// Codes of PDF files.
const (
	PDFMalformed   Code = "pdf_malformed" // it cannot be read, or not in one way alone
	PDFEncrypted   Code = "pdf_encrypted"
	PDFUnsigned    Code = "pdf_unsigned"     // there is no signature to judge
	PDFOnlyStamped Code = "pdf_only_stamped" // there are document time stamps, and no signature to judge
	PDFForbidden   Code = "pdf_forbidden"    // a signature in it, or its usage rights, forbid what is asked
)

// Codes of XML documents.
const (
	XMLMalformed Code = "xml_malformed" // it cannot be read, or not in one way alone
	XMLPlace     Code = "xml_place"     // it has no place for the signature, or not the element that is to be signed
	XMLSigned    Code = "xml_signed"    // a signature in it would break if another one was put beside it
)

// Codes of any site. Those of one site alone are the site's own: the portal's are in web/portal/refusal.
const (
	LoginRequired Code = "login_required"
	LoginFailed   Code = "login_failed"
	FormExpired   Code = "form_expired"
	Unavailable   Code = "unavailable" // the site's own parts do not answer
)
