// Package pki reads certificates of the Turkish qualified profile (Nitelikli Elektronik Sertifika, NES) and
// builds the paths that lead from them to a trust anchor.
//
// A [Certificate] answers two questions on its own: what it says ([Certificate.Holder],
// [Certificate.CitizenNumber], [Certificate.Qualified] …) and whether a person could sign with it at some
// time ([Certificate.Usable]). Neither makes it trustworthy: anybody can write such a certificate. Who relies
// on one calls [Path] first, then internal/revocation.
//
// # Names
//
// Names in a certificate are text that somebody else wrote. Holder and IssuerName make them fit to be shown:
//
//   - letters, digits, punctuation, symbols and spaces stay;
//   - everything that is not to be seen (controls, line ends, zero-width and direction marks, private use,
//     invalid UTF-8) becomes a space, so that it cannot join or reorder what stands around it;
//   - runs of spaces become one, and none is left at the ends;
//   - combining marks after the second on one letter are dropped;
//   - what is longer than 100 characters is cut to 99 and "…".
//
// A name in a right-to-left script still orders its own letters: put it into an element of its own (bdi).
//
// The package does no input or output and has no clock. Everything in it is safe for concurrent use.
package pki

import (
	"crypto/x509"
	"encoding/asn1"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/fault"
)

// Certificate is a parsed certificate. Its names are hostile text: show Holder and IssuerName, not the
// embedded Subject and Issuer.
type Certificate struct {
	*x509.Certificate

	statements []string // the OIDs of QCStatements
	malformed  error    // why an extension of the profile could not be read
}

// MaxCertificate is the largest certificate that is read, in bytes of DER.
const MaxCertificate = 16 << 10

// Parse reads a certificate from DER of at most MaxCertificate bytes. Cards are known to hand out
// the attribute's whole file: zero or 0xFF bytes after the certificate are dropped (Raw is the certificate
// alone), anything else there is refused. The error carries fault.CertificateMalformed.
func Parse(der []byte) (*Certificate, error) {
	if len(der) > MaxCertificate {
		return nil, fault.Errorf(fault.CertificateMalformed, "certificate of %d bytes, over the limit of %d", len(der), MaxCertificate)
	}
	rest := cryptobyte.String(der)
	var element cryptobyte.String
	if !rest.ReadASN1Element(&element, cbasn1.SEQUENCE) {
		return nil, fault.Errorf(fault.CertificateMalformed, "%d bytes that do not begin with a DER sequence", len(der))
	}
	if !isPadding(rest) {
		return nil, fault.Errorf(fault.CertificateMalformed, "%d bytes after the certificate", len(rest))
	}
	c, err := ParseX509(element)
	if err != nil {
		return nil, fault.New(fault.CertificateMalformed, err)
	}
	out := &Certificate{Certificate: c}
	out.statements, out.malformed = qcStatements(c)
	return out, nil
}

// isPadding reports whether b holds nothing but 0x00, or nothing but 0xFF, the two values of erased memory.
func isPadding(b []byte) bool {
	for _, x := range b {
		if x != b[0] || x != 0x00 && x != 0xff {
			return false
		}
	}
	return true
}

// Holder returns the common name of the subject, cleaned by the rule of the package comment. It is empty
// where there is none.
func (c *Certificate) Holder() string { return clean(c.Subject.CommonName) }

// IssuerName returns the common name of the issuer, cleaned as in Holder.
func (c *Certificate) IssuerName() string { return clean(c.Issuer.CommonName) }

// CitizenNumber returns the citizen number (TCKN), the subject's serialNumber, if it has the form of one:
// eleven digits, alone or after "PNOTR-" (a person's number in the register of Turkey, EN 319 412-1, 5.1.3). The checksum
// is not looked at, since numbers that fail it are in use. A subject with two serialNumbers has no citizen number: another
// reader could take the other one. Personal data: never log it, and show MaskedCitizenNumber.
func (c *Certificate) CitizenNumber() string {
	numbers := 0
	for _, attribute := range c.Subject.Names {
		if attribute.Type.Equal(oidSerialNumber) {
			numbers++
		}
	}
	number := strings.TrimPrefix(c.Subject.SerialNumber, "PNOTR-")
	if numbers != 1 || !isCitizenNumber(number) {
		return ""
	}
	return number
}

var oidSerialNumber = asn1.ObjectIdentifier{2, 5, 4, 5}

// MaskedCitizenNumber returns the citizen number with its middle hidden, or nothing where there is none.
func (c *Certificate) MaskedCitizenNumber() string { return MaskCitizenNumber(c.CitizenNumber()) }

// MaskCitizenNumber hides the five digits in the middle, as in "100*****146". What does not have the form of
// a citizen number gives an empty string, so that nothing else slips through in its place.
func MaskCitizenNumber(number string) string {
	if !isCitizenNumber(number) {
		return ""
	}
	return number[:3] + "*****" + number[8:]
}

func isCitizenNumber(s string) bool {
	if len(s) != 11 {
		return false
	}
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}

// Usable reports whether a person can make a qualified signature with the certificate at the given time,
// as far as the certificate itself tells. Where not, the error has the code of the reason that helps the
// person most, in this order: it cannot be read, or has a critical extension that is not known
// (fault.CertificateMalformed), its time has not come
// (fault.CertificateNotYetValid) or is over (fault.CertificateExpired), it is not for signing
// (fault.CertificateKeyUsage), it is not a person's qualified certificate (fault.CertificateNotQualified), its
// key is too weak or of another kind (fault.KeyUnsupported).
func (c *Certificate) Usable(at time.Time) error { return c.usable(at, c.signs()) }

// UsableForLogin reports whether a person can log in with the certificate at the given time, as far as the
// certificate itself tells. Errors are as Usable's, but for fault.CertificateNotForLogin in place of
// fault.CertificateKeyUsage: it is not for digital signatures, or it names extended key usages without clientAuth; a
// person's qualified one names none. What is not qualified, and so does not say that a person holds it, is taken with
// unqualified alone, and must name clientAuth.
func (c *Certificate) UsableForLogin(at time.Time, unqualified bool) error {
	return c.usable(at, c.logsIn(unqualified))
}

// usable reports why the certificate cannot be used for a purpose; wrong is what speaks against that purpose alone.
func (c *Certificate) usable(at time.Time, wrong error) error {
	if c.malformed != nil {
		return fault.New(fault.CertificateMalformed, c.malformed)
	}
	if err := checkCritical(c.Certificate); err != nil {
		return fault.New(fault.CertificateMalformed, err)
	}
	if err := checkTime(c.Certificate, at); err != nil {
		return err
	}
	if wrong != nil {
		return wrong
	}
	return CheckKey(c.Certificate)
}

func (c *Certificate) signs() error {
	if c.KeyUsage&x509.KeyUsageContentCommitment == 0 || c.IsCA {
		return fault.Errorf(fault.CertificateKeyUsage, "key usage %#x, CA %t: not for non-repudiation", int(c.KeyUsage), c.IsCA)
	}
	if !c.Qualified() {
		return c.notQualified()
	}
	return nil
}

func (c *Certificate) logsIn(unqualified bool) error {
	if c.KeyUsage&x509.KeyUsageDigitalSignature == 0 || c.IsCA {
		return fault.Errorf(fault.CertificateNotForLogin, "key usage %#x, CA %t: not for digital signatures", int(c.KeyUsage), c.IsCA)
	}
	named := len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) > 0
	clientAuth := slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
	if named && !clientAuth {
		return fault.Errorf(fault.CertificateNotForLogin, "extended key usages %v: not for logging in", c.ExtKeyUsage)
	}
	if !c.Qualified() && !(unqualified && clientAuth) {
		return c.notQualified()
	}
	return nil
}

func (c *Certificate) notQualified() error {
	return fault.Errorf(fault.CertificateNotQualified, "QCStatements %v", c.statements)
}

func checkTime(c *x509.Certificate, at time.Time) error {
	if at.Before(c.NotBefore) {
		return fault.Errorf(fault.CertificateNotYetValid, "valid from %v", c.NotBefore)
	}
	if at.After(c.NotAfter) {
		return fault.Errorf(fault.CertificateExpired, "valid until %v", c.NotAfter)
	}
	return nil
}
