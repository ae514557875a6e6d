package validation

import (
	"time"
)

// Indication is the result of a block or a process (EN 319 102-1, 5.1.3).
type Indication string

// Indications of whole signatures. Of building blocks the standard says PASSED and FAILED; here the names are the same for both.
const (
	Passed        Indication = "TOTAL-PASSED"
	Failed        Indication = "TOTAL-FAILED"
	Indeterminate Indication = "INDETERMINATE"
)

// SubIndication says why a result is not TOTAL-PASSED (EN 319 102-1, tables 5 and 6).
type SubIndication string

// Sub-indications of TOTAL-FAILED.
const (
	FormatFailure    SubIndication = "FORMAT_FAILURE"
	HashFailure      SubIndication = "HASH_FAILURE"
	SigCryptoFailure SubIndication = "SIG_CRYPTO_FAILURE"
	RevokedFailure   SubIndication = "REVOKED"
	ExpiredFailure   SubIndication = "EXPIRED"
	NotYetValid      SubIndication = "NOT_YET_VALID"
)

// Sub-indications of INDETERMINATE.
const (
	SigConstraintsFailure        SubIndication = "SIG_CONSTRAINTS_FAILURE"
	ChainConstraintsFailure      SubIndication = "CHAIN_CONSTRAINTS_FAILURE"
	ChainGeneralFailure          SubIndication = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
	CryptoConstraintsFailure     SubIndication = "CRYPTO_CONSTRAINTS_FAILURE"
	PolicyProcessingError        SubIndication = "POLICY_PROCESSING_ERROR"
	SignaturePolicyNotAvailable  SubIndication = "SIGNATURE_POLICY_NOT_AVAILABLE"
	TimestampOrderFailure        SubIndication = "TIMESTAMP_ORDER_FAILURE"
	NoSigningCertificateFound    SubIndication = "NO_SIGNING_CERTIFICATE_FOUND"
	NoCertificateChainFound      SubIndication = "NO_CERTIFICATE_CHAIN_FOUND"
	RevokedNoPOE                 SubIndication = "REVOKED_NO_POE"
	RevokedCANoPOE               SubIndication = "REVOKED_CA_NO_POE"
	OutOfBoundsNoPOE             SubIndication = "OUT_OF_BOUNDS_NO_POE"
	OutOfBoundsNotRevoked        SubIndication = "OUT_OF_BOUNDS_NOT_REVOKED"
	CryptoConstraintsFailureNoPO SubIndication = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
	NoPOE                        SubIndication = "NO_POE"
	TryLater                     SubIndication = "TRY_LATER"
	SignedDataNotFound           SubIndication = "SIGNED_DATA_NOT_FOUND"
)

// Conclusion is the result of a block or a process. The zero value has no Indication and is no result.
type Conclusion struct {
	Indication    Indication
	SubIndication SubIndication // "" with Passed
	Reasons       []Reason
}

// Reason says what was found where. Its sentences are in internal/message under "validation." and the code.
type Reason struct {
	Code ReasonCode `json:"code"`
	// Subject is what it is about: the name of a certificate's holder, an attribute, an algorithm. Text from a
	// certificate is fit to be shown.
	Subject string `json:"subject,omitempty"`
	// Time is the time that counts: of a revocation, of an end.
	Time *time.Time `json:"time,omitempty"`
	// Detail is for whoever looks into it, in English; it has no name and no number of a person.
	Detail string `json:"detail,omitempty"`
}

// ReasonCode is the stable name of a reason. Codes are never renamed or reused.
type ReasonCode string

var passed = Conclusion{Indication: Passed}

// Pass is the conclusion of a block that has nothing against a signature.
func Pass() Conclusion { return passed }

// Fail is TOTAL-FAILED.
func Fail(sub SubIndication, reasons ...Reason) Conclusion {
	return Conclusion{Failed, sub, reasons}
}

// Indetermined is INDETERMINATE.
func Indetermined(sub SubIndication, reasons ...Reason) Conclusion {
	return Conclusion{Indeterminate, sub, reasons}
}

// Because makes a reason. detail may be nil.
func Because(code ReasonCode, subject string, detail error) Reason {
	r := Reason{Code: code, Subject: subject}
	if detail != nil {
		r.Detail = detail.Error()
	}
	return r
}

// at adds the time that counts.
func (r Reason) at(t time.Time) Reason {
	if !t.IsZero() {
		t = t.UTC()
		r.Time = &t
	}
	return r
}

func (c Conclusion) passed() bool { return c.Indication == Passed }

// mayBeProven reports whether a conclusion may become TOTAL-PASSED by a proof that the signature existed earlier (5.5.4, step 2).
func (c Conclusion) mayBeProven() bool {
	switch c.SubIndication {
	case OutOfBoundsNoPOE, OutOfBoundsNotRevoked, RevokedNoPOE, RevokedCANoPOE, TryLater, CryptoConstraintsFailureNoPO, NoPOE:
		return c.Indication == Indeterminate
	}
	return false
}

// Codes of reasons. The comment says what Subject and Time are, where there are any.
const (
	// Format and identification.
	ReasonMalformed         ReasonCode = "malformed"          // the part
	ReasonNoSigner          ReasonCode = "no_signer"          // the signer's certificate is not there
	ReasonSignerAmbiguous   ReasonCode = "signer_ambiguous"   // several certificates could be the signer's
	ReasonSignerOther       ReasonCode = "signer_other"       // signing-certificate names another certificate
	ReasonSignerUnbound     ReasonCode = "signer_unbound"     // no signing-certificate attribute
	ReasonAttributeWrong    ReasonCode = "attribute_wrong"    // the attribute
	ReasonAttributesMissing ReasonCode = "attributes_missing" // the signature is over the content itself
	ReasonUnsupported       ReasonCode = "unsupported"        // the part that is not known here
	ReasonContainerWrong    ReasonCode = "container_wrong"    // the file of the container that its rules forbid or miss

	ReasonLaterChanged ReasonCode = "later_changed" // of a PDF: later revisions changed what was signed

	// Cryptography.
	ReasonContentMissing ReasonCode = "content_missing"
	ReasonContentChanged ReasonCode = "content_changed"
	ReasonPartMissing    ReasonCode = "part_missing" // the file, of several that are signed
	ReasonPartChanged    ReasonCode = "part_changed" // the file, of several that are signed
	ReasonValueWrong     ReasonCode = "value_wrong"
	ReasonAlgorithm      ReasonCode = "algorithm_unknown" // the algorithm
	ReasonWeak           ReasonCode = "algorithm_weak"    // the algorithm; since when

	// Certificates.
	ReasonNoAnchor       ReasonCode = "no_anchor"        // the issuer that is not known
	ReasonNoPath         ReasonCode = "no_path"          // the certificate
	ReasonAnchorThen     ReasonCode = "anchor_not_then"  // the anchor; the time
	ReasonExpired        ReasonCode = "expired"          // the certificate; since when
	ReasonNotYetValid    ReasonCode = "not_yet_valid"    // the certificate; from when on
	ReasonRevoked        ReasonCode = "revoked"          // the certificate; since when
	ReasonOnHold         ReasonCode = "on_hold"          // the certificate; since when
	ReasonStatusNone     ReasonCode = "status_none"      // the certificate
	ReasonStatusStale    ReasonCode = "status_stale"     // the certificate; until when it was fresh
	ReasonStatusNotKnown ReasonCode = "status_not_known" // the certificate
	ReasonStatusBad      ReasonCode = "status_bad"       // the certificate: revocation data that cannot be believed
	ReasonKeyUsage       ReasonCode = "key_usage"        // the certificate
	ReasonExpiredThen    ReasonCode = "signed_after_end" // the certificate; when it ended
	ReasonRevokedThen    ReasonCode = "signed_after_revocation"
	ReasonNoProof        ReasonCode = "no_proof" // nothing shows that it existed before; the time
	ReasonTooMany        ReasonCode = "too_many" // what there is too much of

	// Time stamps.
	ReasonStampMalformed ReasonCode = "stamp_malformed" // the time stamp
	ReasonStampOther     ReasonCode = "stamp_other"     // the time stamp is of something else
	ReasonStampForged    ReasonCode = "stamp_forged"    // the time stamp
	ReasonStampUsage     ReasonCode = "stamp_usage"     // the authority
	ReasonStampOrder     ReasonCode = "stamp_order"     // the time stamp
	ReasonStampPartial   ReasonCode = "stamp_partial"   // what it leaves out
	ReasonStampAlone     ReasonCode = "stamp_alone"     // the time stamp: it is of files, and of no signature

	// Signature policies.
	ReasonPolicyUnknown ReasonCode = "policy_unknown" // its identifier
	ReasonPolicyDigest  ReasonCode = "policy_digest"  // its identifier
	ReasonPolicyImplied ReasonCode = "policy_implied"
)
