package protocol

// Codes of the way between page and window.
const (
	CodeExtensionMissing    Code = "extension_missing"
	CodeExtensionOutdated   Code = "extension_outdated"
	CodeRequestInvalid      Code = "request_invalid"
	CodeRequestTooLarge     Code = "request_too_large"
	CodeDocumentUnsupported Code = "document_unsupported" // a media type the window cannot show
	CodeDocumentUnreadable  Code = "document_unreadable"  // announced as text, but is not
	CodeDocumentChanged     Code = "document_changed"     // the page delivered other bytes than it announced
	CodeCodeNotInDocument   Code = "code_not_in_document"
	CodeGestureRequired     Code = "gesture_required"  // the page asked without a press by the person
	CodeRequestSignature    Code = "request_signature" // the site's signature of its request is not good, or of another
	CodeRequestUnsigned     Code = "request_unsigned"  // the site has signed its requests before, and not this one
	CodeTooMany             Code = "too_many"          // one site asked for too many windows in a short time
	CodeBusy                Code = "busy"
	CodeCancelled           Code = "cancelled"
	CodePageGone            Code = "page_gone"
	CodeScreenChanged       Code = "screen_changed" // something else than our program has rewritten what the window shows
	CodeWindowFailed        Code = "window_failed"
)

// Codes of the way between window and host, and of the host itself.
const (
	CodeHostMissing     Code = "host_missing"
	CodeHostOutdated    Code = "host_outdated"
	CodeHostStopped     Code = "host_stopped"
	CodeHostRefused     Code = "host_refused" // the caller is not our extension
	CodeMessageInvalid  Code = "message_invalid"
	CodeMessageTooLarge Code = "message_too_large"
	CodeUnsupported     Code = "unsupported"
	CodeSequence        Code = "sequence"
	CodeDigestMismatch  Code = "digest_mismatch"
	CodeInternal        Code = "internal"
)

// Codes of modules, tokens and keys.
const (
	CodeNoModule           Code = "no_module"
	CodeModuleFailed       Code = "module_failed"       // cannot be loaded or initialised
	CodeModuleArchitecture Code = "module_architecture" // built for other processors
	CodeModuleCrashed      Code = "module_crashed"
	CodeModuleTimeout      Code = "module_timeout"
	CodeCardUnrecognized   Code = "card_unrecognized" // its libraries work, and do not know it
	CodeModulePath         Code = "module_path"       // not the path of a library that may be used
	CodeNoService          Code = "no_service"        // PC/SC does not run
	CodeServiceRefused     Code = "service_refused"   // PC/SC runs, and does not let us in
	CodeNoReader           Code = "no_reader"
	CodeNoToken            Code = "no_token"
	CodeTokenRemoved       Code = "token_removed"
	CodeCardChanged        Code = "card_changed" // another one is in the reader
	CodeCardBusy           Code = "card_busy"    // another program keeps it to itself
	CodeTokenError         Code = "token_error"
	CodeNoCertificate      Code = "no_certificate"
	CodeKeyMissing         Code = "key_missing"
	CodeKeyUnsupported     Code = "key_unsupported"
	CodePINEmpty           Code = "pin_empty"
	CodePINLength          Code = "pin_length"
	CodePINCharacters      Code = "pin_characters" // not of the card's alphabet
	CodePINWeak            Code = "pin_weak"       // a new one that everybody tries first
	CodePINSame            Code = "pin_same"       // the new one is the old one
	CodePINRefused         Code = "pin_refused"    // the card does not take the new one
	CodePINIncorrect       Code = "pin_incorrect"
	CodePINLastTry         Code = "pin_last_try" // incorrect, and the next wrong one blocks the card
	CodePINLocked          Code = "pin_locked"
	CodePINNotSet          Code = "pin_not_set"
	CodeTriesFewer         Code = "tries_fewer"      // there is one try left where the person was shown more; nothing was sent
	CodeKeyPINRequired     Code = "key_pin_required" // the key wants a PIN for each use, and it is not known whether that is the card's PIN
	CodeKeyPINIncorrect    Code = "key_pin_incorrect"
	CodeKeyPINLocked       Code = "key_pin_locked"
	CodeSelfTestFailed     Code = "self_test_failed" // the card signed, and the signature does not verify
	CodePUKIncorrect       Code = "puk_incorrect"
	CodePUKLastTry         Code = "puk_last_try" // incorrect, and the next wrong one is the card's end
	CodePUKLocked          Code = "puk_locked"
	CodeUnblockUnsupported Code = "unblock_unsupported" // no way to unblock such a card is known
	CodePINUsable          Code = "pin_usable"          // the card has a PIN that works, and it was not given
)

// Codes of what a key may be used for.
const (
	CodeLoginOff      Code = "login_off"       // the key signs hashes for a site, and so logs in nowhere
	CodeHashOff       Code = "hash_off"        // the person has not allowed this key to sign hashes for this site
	CodeHashSitesFull Code = "hash_sites_full" // there are MaxHashSites already; of the settings, no page hears it
)

// Codes of the device key, the journal and a released PUK.
const (
	CodeDeviceUnavailable Code = "device_unavailable" // what holds the key does not answer
	CodeJournalFailed     Code = "journal_failed"     // the act could not be written down, and was not done or not given away
	CodeReleaseInvalid    Code = "release_invalid"    // not sealed to this machine for this claim
)

// Codes of certificates: why one cannot be used, at the card or at the site.
const (
	CodeCertificateMalformed    Code = "certificate_malformed"
	CodeCertificatesLeftOut     Code = "certificates_left_out" // there are more than a list has room for
	CodeCertificateExpired      Code = "certificate_expired"
	CodeCertificateNotYetValid  Code = "certificate_not_yet_valid"
	CodeCertificateNotQualified Code = "certificate_not_qualified"
	CodeCertificateKeyUsage     Code = "certificate_key_usage"
	CodeCertificateNotForLogin  Code = "certificate_not_for_login"
	CodeCertificateUntrusted    Code = "certificate_untrusted"
	CodeCertificateRevoked      Code = "certificate_revoked"
	CodeCertificateOfAnother    Code = "certificate_of_another"
	CodeRevocationUnavailable   Code = "revocation_unavailable"
	CodeRevocationInvalid       Code = "revocation_invalid"
)

// Codes of a signature's verification.
const (
	CodeSignatureMalformed  Code = "signature_malformed"
	CodeSignatureInvalid    Code = "signature_invalid"    // does not verify over these bytes
	CodeSignatureAttributes Code = "signature_attributes" // a signed attribute is missing, wrong or not allowed
	CodeSignatureTime       Code = "signature_time"       // the signing time is outside the act's time
	CodeSignatureAlgorithm  Code = "signature_algorithm"
	CodeSignaturePending    Code = "signature_pending" // one of the person's has arrived and is not judged to the end
)

// Codes of the portal.
const (
	CodeLoginRequired  Code = "login_required"
	CodeLoginFailed    Code = "login_failed"
	CodeFormExpired    Code = "form_expired"
	CodeActUnknown     Code = "act_unknown"
	CodeCodeExpired    Code = "code_expired"
	CodeCodeUsed       Code = "code_used"
	CodeCodeElsewhere  Code = "code_elsewhere" // the code belongs to another session
	CodeCodeLimit      Code = "code_limit"     // too many codes in a short time
	CodeConsentChanged Code = "consent_changed"
	CodeActNotPossible Code = "act_not_possible" // already given, or nothing to withdraw
	CodeNotFound       Code = "not_found"
	CodeClaimInvalid   Code = "claim_invalid"  // not what a host would claim for this act
	CodeCardUnknown    Code = "card_unknown"   // no card on record, or not this certificate's
	CodeDeviceRevoked  Code = "device_revoked" // the person has taken this machine off their list
	CodeTPMRequired    Code = "tpm_required"   // the machine's TPM has not shown that it holds the key
	CodeReleaseLimit   Code = "release_limit"  // too many PUKs for one person on one day
	CodePUKWithheld    Code = "puk_withheld"   // the card has refused the PUK on record
	CodeUnavailable    Code = "unavailable"    // the portal's own parts do not answer
)

// Codes of what a portal asks before it releases a PUK, beside session, card and code.
const (
	CodeLoginStale       Code = "login_stale"         // the login at the gateway was too long ago, or is not known
	CodeLoginWeak        Code = "login_weak"          // it was made in a way that does not count here
	CodeContactUnknown   Code = "contact_unknown"     // no address on record for the one-time code
	CodeOneTimeCodeWrong Code = "one_time_code_wrong" // counts as a failure
	CodeOneTimeCodeOver  Code = "one_time_code_over"  // none was typed, it is too old, or a release has used it
	CodePUKWait          Code = "puk_wait"            // after too many failures
)
