package relyingparty

import (
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
)

// Error is an error with its code. Programs branch on the code (errors.As, or CodeOf), people read its sentence, the log
// gets the text, in which there is no person.
type Error = protocol.Error

// Code is the stable name of one thing that can go wrong; docs/protocol.md has them all.
type Code = protocol.Code

// Sentence is one sentence for people, in Turkish and English.
type Sentence = protocol.Sentence

// Codes of a signature.
const (
	CodeSignatureMalformed  = protocol.CodeSignatureMalformed
	CodeSignatureInvalid    = protocol.CodeSignatureInvalid
	CodeSignatureAttributes = protocol.CodeSignatureAttributes
	CodeSignatureTime       = protocol.CodeSignatureTime
	CodeSignatureAlgorithm  = protocol.CodeSignatureAlgorithm
)

// Codes of a certificate and of its status.
const (
	CodeCertificateMalformed    = protocol.CodeCertificateMalformed
	CodeCertificateExpired      = protocol.CodeCertificateExpired
	CodeCertificateNotYetValid  = protocol.CodeCertificateNotYetValid
	CodeCertificateNotQualified = protocol.CodeCertificateNotQualified
	CodeCertificateKeyUsage     = protocol.CodeCertificateKeyUsage
	CodeCertificateNotForLogin  = protocol.CodeCertificateNotForLogin
	CodeCertificateUntrusted    = protocol.CodeCertificateUntrusted
	CodeCertificateRevoked      = protocol.CodeCertificateRevoked
	CodeCertificateOfAnother    = protocol.CodeCertificateOfAnother
	CodeKeyUnsupported          = protocol.CodeKeyUnsupported
	CodeRevocationUnavailable   = protocol.CodeRevocationUnavailable
	CodeRevocationInvalid       = protocol.CodeRevocationInvalid
)

// Codes of a login, and of a request to the handlers. A site may use any of them in what its own functions return.
const (
	CodeLoginRequired   = protocol.CodeLoginRequired
	CodeLoginFailed     = protocol.CodeLoginFailed
	CodeFormExpired     = protocol.CodeFormExpired
	CodeRequestInvalid  = protocol.CodeRequestInvalid
	CodeRequestTooLarge = protocol.CodeRequestTooLarge
	CodeUnavailable     = protocol.CodeUnavailable
	CodeInternal        = protocol.CodeInternal
)

// NewError returns an error with the given code; cause, for the log, may be nil.
func NewError(code Code, cause error) *Error { return protocol.NewError(code, cause) }

// CodeOf returns the code of the first *Error in err's tree, and CodeInternal where there is none.
func CodeOf(err error) Code { return protocol.CodeOf(err) }

// SentenceOf returns what people are told of a code: what happened, then what to do.
func SentenceOf(code Code) Sentence { return message.Error(code) }

// MaskCitizenNumber returns a citizen number as lists and logs may have it, "100*****146"; empty where it is none.
func MaskCitizenNumber(number string) string { return pki.MaskCitizenNumber(number) }
