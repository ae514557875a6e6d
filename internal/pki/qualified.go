package pki

import (
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// maxStatements is how many QCStatements are read.
const maxStatements = 32

// oidQCStatements is the extension of RFC 3739, 3.2.6.
var oidQCStatements = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 3}

// QCStatements of the profile.
const (
	// qcCompliance is id-etsi-qcs-QcCompliance (EN 319 412-5, 4.2.1).
	qcCompliance = "0.4.0.1862.1.1"
	// qcTurkish says that the certificate is qualified under law 5070.
	qcTurkish = "2.16.792.1.61.0.1.5070.1.1"
)

// seals are the QCStatements of electronic seals, whose holder is an organisation.
var seals = []string{
	"2.16.792.1.61.0.1.5070.1.3",
	"2.16.792.1.61.0.1.5070.2.1",
	"2.16.792.1.61.0.1.5070.2.2",
}

// known are the QCStatements whose meaning this package knows: those above, and those that say nothing that a signature
// here depends on (EN 319 412-5, 4; RFC 3739, 3.2.6).
var known = append([]string{
	qcCompliance, qcTurkish,
	"0.4.0.1862.1.2",     // QcLimitValue: of a transaction in money
	"0.4.0.1862.1.3",     // QcRetentionPeriod
	"0.4.0.1862.1.4",     // QcSSCD
	"0.4.0.1862.1.5",     // QcPDS
	"0.4.0.1862.1.6",     // QcType
	"0.4.0.1862.1.7",     // QcCClegislation
	"1.3.6.1.5.5.7.11.1", // pkixQCSyntax-v1
	"1.3.6.1.5.5.7.11.2", // pkixQCSyntax-v2
}, seals...)

// checkStatementsKnown refuses QCStatements with a statement that this package does not know. Where the extension is
// critical, whoever does not know a statement must not accept the certificate (RFC 3739, 3.2.6).
func checkStatementsKnown(c *x509.Certificate) error {
	statements, err := qcStatements(c)
	if err != nil {
		return err
	}
	for _, statement := range statements {
		if !slices.Contains(known, statement) {
			return fmt.Errorf("critical QCStatement %s is not known", statement)
		}
	}
	return nil
}

// Qualified reports whether the certificate declares itself a person's qualified certificate: both the ETSI
// and the Turkish QCStatement are there, and none of a seal.
func (c *Certificate) Qualified() bool {
	if c.malformed != nil {
		return false
	}
	for _, seal := range seals {
		if slices.Contains(c.statements, seal) {
			return false
		}
	}
	return slices.Contains(c.statements, qcCompliance) && slices.Contains(c.statements, qcTurkish)
}

// QCStatements returns the identifiers of a certificate's QCStatements, none where it has no such extension.
func QCStatements(c *x509.Certificate) ([]string, error) { return qcStatements(c) }

// qcStatements returns the OIDs of the QCStatements extension, or nothing where there is none. What a
// statement says besides (statementInfo) is text for people and carries no decision.
func qcStatements(c *x509.Certificate) ([]string, error) {
	for _, extension := range c.Extensions {
		if !extension.Id.Equal(oidQCStatements) {
			continue
		}
		return readStatements(extension.Value)
	}
	return nil, nil
}

func readStatements(der cryptobyte.String) ([]string, error) {
	var list cryptobyte.String
	if !der.ReadASN1(&list, cbasn1.SEQUENCE) || !der.Empty() {
		return nil, errors.New("QCStatements is not a sequence")
	}
	var out []string
	for !list.Empty() {
		var statement, info cryptobyte.String
		var oid asn1.ObjectIdentifier
		var tag cbasn1.Tag
		if !list.ReadASN1(&statement, cbasn1.SEQUENCE) || !statement.ReadASN1ObjectIdentifier(&oid) {
			return nil, errors.New("QCStatement is not a sequence with an identifier")
		}
		if !statement.Empty() && (!statement.ReadAnyASN1Element(&info, &tag) || !statement.Empty()) {
			return nil, fmt.Errorf("QCStatement %v has more than one statementInfo", oid)
		}
		if len(out) == maxStatements {
			return nil, fmt.Errorf("more than %d QCStatements", maxStatements)
		}
		out = append(out, oid.String())
	}
	return out, nil
}
