package relyingparty

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
)

// Error is an error with its code. Programs branch on the code (errors.As, or CodeOf), people read its sentence, the log
// gets the text, in which there is no person.
type Error = fault.Error

// Code is the stable name of one thing that can go wrong; docs/protocol/codes.md has them all.
type Code = fault.Code

// Sentence is one sentence for people, in Turkish and English.
type Sentence = protocol.Sentence

// Codes of a signature.
const (
	CodeSignatureMalformed  = fault.SignatureMalformed
	CodeSignatureInvalid    = fault.SignatureInvalid
	CodeSignatureAttributes = fault.SignatureAttributes
	CodeSignatureTime       = fault.SignatureTime
	CodeSignatureAlgorithm  = fault.SignatureAlgorithm
)

// Codes of a certificate and of its status.
const (
	CodeCertificateMalformed    = fault.CertificateMalformed
	CodeCertificateExpired      = fault.CertificateExpired
	CodeCertificateNotYetValid  = fault.CertificateNotYetValid
	CodeCertificateNotQualified = fault.CertificateNotQualified
	CodeCertificateKeyUsage     = fault.CertificateKeyUsage
	CodeCertificateNotForLogin  = fault.CertificateNotForLogin
	CodeCertificateUntrusted    = fault.CertificateUntrusted
	CodeCertificateRevoked      = fault.CertificateRevoked
	CodeCertificateOfAnother    = fault.CertificateOfAnother
	CodeKeyUnsupported          = fault.KeyUnsupported
	CodeRevocationUnavailable   = fault.RevocationUnavailable
	CodeRevocationInvalid       = fault.RevocationInvalid
)

// Codes of signed files that are not CMS.
const (
	CodeUnsupported        = fault.Unsupported
	CodePDFMalformed       = fault.PDFMalformed
	CodePDFEncrypted       = fault.PDFEncrypted
	CodeXMLMalformed       = fault.XMLMalformed
	CodeContainerMalformed = fault.ContainerMalformed
	CodePackageMalformed   = fault.PackageMalformed
)

// Codes of a login, and of a request to the handlers. A site may use any of them in what its own functions return.
const (
	CodeLoginRequired   = fault.LoginRequired
	CodeLoginFailed     = fault.LoginFailed
	CodeFormExpired     = fault.FormExpired
	CodeRequestInvalid  = fault.RequestInvalid
	CodeRequestTooLarge = fault.RequestTooLarge
	CodeUnavailable     = fault.Unavailable
	CodeInternal        = fault.Internal
)

// NewError returns an error with the given code; cause, for the log, may be nil.
func NewError(code Code, cause error) *Error { return fault.New(code, cause) }

// CodeOf returns the code of the first *Error in err's tree, and CodeInternal where there is none.
func CodeOf(err error) Code { return fault.CodeOf(err) }

// SentenceOf returns what people are told of a code: what happened, then what to do.
func SentenceOf(code Code) Sentence { return message.Error(code) }

// MaskCitizenNumber returns a citizen number as lists and logs may have it, "100*****146"; empty where it is none.
func MaskCitizenNumber(number string) string { return pki.MaskCitizenNumber(number) }
