// Package refusal has the error codes that only the portal raises. Their sentences are in internal/message with all
// others, since a window shows them too when a page hands one on; docs/protocol.md lists them.
package refusal

import "github.com/e-onay/e-onay/internal/fault"

// Codes of acts and pages.
const (
	ActUnknown     fault.Code = "act_unknown"
	ActNotPossible fault.Code = "act_not_possible" // already given, or nothing to withdraw
	CodeExpired    fault.Code = "code_expired"
	CodeUsed       fault.Code = "code_used"
	CodeElsewhere  fault.Code = "code_elsewhere" // the code belongs to another session
	CodeLimit      fault.Code = "code_limit"     // too many codes in a short time
	NotFound       fault.Code = "not_found"
)

// Codes of the consent.
const (
	ConsentChanged   fault.Code = "consent_changed"
	SignaturePending fault.Code = "signature_pending" // a signature of the person has arrived and is still being judged
)

// Codes of applications.
const (
	ApplicationState      fault.Code = "application_state"      // nothing leads on from its state by what was asked
	ApplicationChanged    fault.Code = "application_changed"    // somebody has changed it since the page was shown
	ApplicationIncomplete fault.Code = "application_incomplete" // the form lacks something
	ListLimit             fault.Code = "list_limit"             // too many lists of people are open, or were uploaded in a day
	ListFile              fault.Code = "list_file"              // an uploaded file is no list of people
	IdentityDiffers       fault.Code = "identity_differs"       // an officer has entered another name than the login has
	NameDiffers           fault.Code = "name_differs"           // who signs has another name than an application that was made without a login
	ListState             fault.Code = "list_state"             // a list of people is not what it was when the page was shown
	ApplicationOpen       fault.Code = "application_open"       // the person has one of this kind already
	ApplicationLimit      fault.Code = "application_limit"      // too many applications in a day, or changes of one
	KeyRequired           fault.Code = "key_required"           // the browser has no key to an application that was made without a login
	KeyInvalid            fault.Code = "key_invalid"            // the key of a mail is none, was used, replaced, or has ended
	ReasonMissing         fault.Code = "reason_missing"         // a reason is needed, of at most 500 bytes
)

// Codes of payments.
const (
	PaymentChanged fault.Code = "payment_changed" // another process has changed the payment meanwhile
	PaymentLimit   fault.Code = "payment_limit"   // too many payments of one application in a day
	PaymentAway    fault.Code = "payment_away"    // the payment provider does not answer, or not as agreed
	NoticeInvalid  fault.Code = "notice_invalid"  // a provider's notice that is not signed by its key, or not now
	QueryLimit     fault.Code = "query_limit"     // too many queries of debts in a short time
)

// Codes of the authority's desk.
const (
	CardLoginRequired fault.Code = "card_login_required" // the desk is for those who have logged in with a card
	OwnApplication    fault.Code = "own_application"     // an officer must not decide on an application of their own
	PaperCodeWrong    fault.Code = "paper_code_wrong"    // the code on the paper is not that of the application
	ScanInvalid       fault.Code = "scan_invalid"        // no scan of the paper, or none that can be opened
	CourierNumber     fault.Code = "courier_number"      // not a courier's number, or another one than the application's
	ManifestInvalid   fault.Code = "manifest_invalid"    // not a return of the producer's to this portal
	PaymentNumber     fault.Code = "payment_number"      // not the number of a payment's receipt
)

// Codes of İptal / Askıya Alma.
const (
	WordWrong            fault.Code = "word_wrong"            // no certificate of this number has this security word
	WordWait             fault.Code = "word_wait"             // too many wrong security words in a short time
	CertificateSuspended fault.Code = "certificate_suspended" // its holder or the authority has suspended it
	StatusChoice         fault.Code = "status_choice"         // no reason was chosen
)

// Codes of acts of two persons.
const (
	DecisionOpen      fault.Code = "decision_open"      // the same is asked already
	DecisionLimit     fault.Code = "decision_limit"     // too many questions of one person are open
	DecisionNotYours  fault.Code = "decision_not_yours" // another has to do it, or one with another role
	DecisionOver      fault.Code = "decision_over"      // it has ended, or what it is about has changed
	DeskForm          fault.Code = "desk_form"          // a field of a form at the desk is missing or wrong
	OfficerUnknown    fault.Code = "officer_unknown"    // nobody who has logged in with a card, or a role that they do not have
	AdministratorsFew fault.Code = "administrators_few" // two administrators must stay
)

// Codes of a claim for a PUK.
const (
	ClaimInvalid  fault.Code = "claim_invalid"  // no host would make it for this act
	CardUnknown   fault.Code = "card_unknown"   // the card is not on record, or not with this certificate
	DeviceRevoked fault.Code = "device_revoked" // the person has taken this machine off their list
	TPMRequired   fault.Code = "tpm_required"   // the machine's TPM has not shown that it holds the key
	ReleaseLimit  fault.Code = "release_limit"  // too many PUKs for one person on one day
	PUKWithheld   fault.Code = "puk_withheld"   // the card has refused the PUK on record
)

// Codes of what a release of a PUK requires beside session, card and code.
const (
	LoginStale       fault.Code = "login_stale"         // the login at the gateway was too long ago, or its time is not known
	LoginWeak        fault.Code = "login_weak"          // the login was made at a level that does not count here
	ContactUnknown   fault.Code = "contact_unknown"     // no address on record for the one-time code
	OneTimeCodeWrong fault.Code = "one_time_code_wrong" // counts as a failure
	OneTimeCodeOver  fault.Code = "one_time_code_over"  // none was typed, it is too old, or a release has used it
	PUKWait          fault.Code = "puk_wait"            // after too many failures
)

// Codes of İmza Doğrulama.
const (
	CheckBusy     fault.Code = "check_busy"      // too many files are being judged
	CheckLimit    fault.Code = "check_limit"     // too many files of one visitor in a short time
	CheckNoFile   fault.Code = "check_no_file"   // no file was chosen
	CheckTooLarge fault.Code = "check_too_large" // a file over the limit
	CheckUpload   fault.Code = "check_upload"    // the form did not arrive whole, in time, or in its form
)
