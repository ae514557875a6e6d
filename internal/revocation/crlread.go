package revocation

import (
	"bytes"
	"crypto/x509"
	"errors"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/pki"
)

// Identifiers of extensions, in DER without tag and length: lists are compared with them without allocating (RFC 5280, 5.2
// and 5.3).
var (
	idExtensions        = []byte{0x55, 0x1d} // id-ce, under which those of RFC 5280 are
	idCRLNumber         = []byte{0x55, 0x1d, 20}
	idReasonCode        = []byte{0x55, 0x1d, 21}
	idDeltaCRL          = []byte{0x55, 0x1d, 27}
	idIssuingDistPoint  = []byte{0x55, 0x1d, 28}
	idCertificateIssuer = []byte{0x55, 0x1d, 29}
	idAuthorityKeyID    = []byte{0x55, 0x1d, 35}
	idFreshestCRL       = []byte{0x55, 0x1d, 46}
	idExpiredOnCRL      = []byte{0x55, 0x1d, 60} // X.509, 9.5.2.8; not in RFC 5280
)

// certificateList is a CRL (RFC 5280, 5.1). splitCRL fills in the first fields, readTBS the others.
type certificateList struct {
	der, tbs, signature []byte
	algorithmID         []byte // AlgorithmIdentifier, as it stands after TBSCertList
	algorithm           x509.SignatureAlgorithm
	signer              *x509.Certificate // whose key verifies the signature

	issuer                 []byte
	thisUpdate, nextUpdate time.Time
	entries                cryptobyte.String // the content of revokedCertificates
	scope                  scope
	number                 *big.Int                // CRLNumber; nil where the list has none
	base                   *big.Int                // BaseCRLNumber; nil in a complete list
	freshest               []pki.DistributionPoint // where deltas to it are
	expiredSince           time.Time               // certificates that have expired since then are still listed; zero: none is
	scopeDER, keyID        []byte                  // its issuing distribution point and authority key identifier, as they stand there
}

// scope is an IssuingDistributionPoint (RFC 5280, 5.2.5).
type scope struct {
	names                              []pki.GeneralName
	onlyUsers, onlyCAs, onlyAttributes bool
	indirect                           bool
	reasons                            pki.Reasons
}

// splitCRL reads CertificateList without looking into TBSCertList.
func splitCRL(der []byte) (*certificateList, error) {
	list := certificateList{der: der}
	input := cryptobyte.String(der)
	var whole, tbs, algorithmID, algorithm cryptobyte.String
	if !input.ReadASN1(&whole, cbasn1.SEQUENCE) || !input.Empty() ||
		!whole.ReadASN1Element(&tbs, cbasn1.SEQUENCE) || !whole.ReadASN1Element(&algorithmID, cbasn1.SEQUENCE) ||
		!whole.ReadASN1BitStringAsBytes(&list.signature) || !whole.Empty() {
		return nil, invalid("CRL is not TBSCertList, algorithm and signature")
	}
	list.tbs, list.algorithmID = tbs, algorithmID
	if !algorithmID.ReadASN1(&algorithm, cbasn1.SEQUENCE) {
		return nil, invalid("signature algorithm of the CRL")
	}
	var err error
	list.algorithm, err = pki.ReadSignatureAlgorithm(algorithm)
	if err != nil {
		return nil, invalid("CRL: %w", err)
	}
	return &list, nil
}

// issuerOf reads the issuer of a TBSCertList and nothing else.
func issuerOf(tbs cryptobyte.String) (issuer cryptobyte.String, err error) {
	var content cryptobyte.String
	if !tbs.ReadASN1(&content, cbasn1.SEQUENCE) || !content.SkipOptionalASN1(cbasn1.INTEGER) || !content.SkipASN1(cbasn1.SEQUENCE) ||
		!content.ReadASN1Element(&issuer, cbasn1.SEQUENCE) {
		return nil, invalid("issuer of the CRL")
	}
	return issuer, nil
}

// readTBS reads TBSCertList except for its entries: it only notes where they are.
func (l *certificateList) readTBS() error {
	if err := pki.CheckDER(l.tbs); err != nil {
		return invalid("TBSCertList: %w", err)
	}
	whole := cryptobyte.String(l.tbs)
	var tbs, algorithm, issuer, extensions cryptobyte.String
	var version int
	var extended bool
	if !whole.ReadASN1(&tbs, cbasn1.SEQUENCE) {
		return invalid("TBSCertList")
	}
	if tbs.PeekASN1Tag(cbasn1.INTEGER) && (!tbs.ReadASN1Integer(&version) || version != 1) {
		return invalid("version of the CRL")
	}
	if !tbs.ReadASN1Element(&algorithm, cbasn1.SEQUENCE) || !bytes.Equal(algorithm, l.algorithmID) {
		return invalid("CRL names two signature algorithms")
	}
	if !tbs.ReadASN1Element(&issuer, cbasn1.SEQUENCE) || !readTime(&tbs, &l.thisUpdate) || !readTime(&tbs, &l.nextUpdate) {
		return invalid("issuer or times of the CRL")
	}
	if tbs.PeekASN1Tag(cbasn1.SEQUENCE) && !tbs.ReadASN1(&l.entries, cbasn1.SEQUENCE) {
		return invalid("entries of the CRL")
	}
	if !tbs.ReadOptionalASN1(&extensions, &extended, tagged(0)) || !tbs.Empty() {
		return invalid("CRL has other fields than its own")
	}
	l.issuer, l.scope.reasons = issuer, pki.AllReasons
	if !extended {
		return nil
	}
	return l.readExtensions(extensions)
}

// readTime reads Time (RFC 5280, 4.1.2.5). A CRL without nextUpdate is refused (5.1.2.5).
func readTime(s *cryptobyte.String, out *time.Time) bool {
	if s.PeekASN1Tag(cbasn1.UTCTime) {
		return s.ReadASN1UTCTime(out)
	}
	return s.ReadASN1GeneralizedTime(out)
}

func (l *certificateList) readExtensions(explicit cryptobyte.String) error {
	var list, id, value cryptobyte.String
	if !explicit.ReadASN1(&list, cbasn1.SEQUENCE) || !explicit.Empty() {
		return invalid("extensions of the CRL")
	}
	var seen [][]byte
	for !list.Empty() {
		critical, ok := readExtension(&list, &id, &value)
		if !ok || len(seen) == maxExtensions || slices.ContainsFunc(seen, func(b []byte) bool { return bytes.Equal(b, id) }) {
			return invalid("extensions of the CRL, or one of them twice")
		}
		seen = append(seen, id)
		if err := l.readExtension(id, value, critical); err != nil {
			return err
		}
	}
	return nil
}

// readExtension reads one extension. Those that must not be critical are unknown to other readers if they are.
func (l *certificateList) readExtension(id, value cryptobyte.String, critical bool) (err error) {
	switch {
	case isOfStandard(id) && pki.CheckDER(value) != nil:
		return invalid("extension %x of the CRL is not DER", []byte(id))
	case bytes.Equal(id, idDeltaCRL):
		l.base, err = readNumber(value)
	case bytes.Equal(id, idIssuingDistPoint):
		l.scopeDER = value
		l.scope, err = readScope(value, l.issuer)
	case bytes.Equal(id, idAuthorityKeyID):
		l.keyID = value
	case critical:
		return invalid("CRL has an unknown critical extension %x", []byte(id))
	case bytes.Equal(id, idCRLNumber):
		l.number, err = readNumber(value)
	case bytes.Equal(id, idFreshestCRL):
		l.freshest, err = pki.ReadDistributionPoints(value, l.issuer)
	case bytes.Equal(id, idExpiredOnCRL):
		if !readGeneralizedTime(&value, &l.expiredSince) || !value.Empty() {
			err = errors.New("not a time")
		}
	}
	if err != nil {
		return invalid("extension %x of the CRL: %w", []byte(id), err)
	}
	return nil
}

// readNumber reads CRLNumber, of 20 bytes at most (RFC 5280, 5.2.3).
func readNumber(value cryptobyte.String) (*big.Int, error) {
	number := new(big.Int)
	if !value.ReadASN1Integer(number) || !value.Empty() || number.Sign() < 0 || number.BitLen() > 160 {
		return nil, errors.New("number of the CRL")
	}
	return number, nil
}

// isOfStandard reports whether an extension is one of RFC 5280, which other readers look into.
func isOfStandard(id []byte) bool { return len(id) == 3 && bytes.HasPrefix(id, idExtensions) }

// readExtension reads one Extension. It does not allocate.
func readExtension(list, id, value *cryptobyte.String) (critical, ok bool) {
	var extension cryptobyte.String
	ok = list.ReadASN1(&extension, cbasn1.SEQUENCE) && extension.ReadASN1(id, cbasn1.OBJECT_IDENTIFIER) &&
		(!extension.PeekASN1Tag(cbasn1.BOOLEAN) || extension.ReadASN1Boolean(&critical)) &&
		extension.ReadASN1(value, cbasn1.OCTET_STRING) && extension.Empty()
	return critical, ok
}

// readScope reads IssuingDistributionPoint.
func readScope(der cryptobyte.String, issuer []byte) (out scope, err error) {
	malformed := errors.New("issuing distribution point of the CRL")
	var s, name, reasons cryptobyte.String
	var named, someReasons bool
	if !der.ReadASN1(&s, cbasn1.SEQUENCE) || !der.Empty() || s.Empty() || !s.ReadOptionalASN1(&name, &named, tagged(0)) {
		return out, malformed
	}
	if named {
		if out.names, err = pki.ReadDistributionPointName(name, issuer); err != nil {
			return out, err
		}
	}
	ok := readFlag(&s, 1, &out.onlyUsers) && readFlag(&s, 2, &out.onlyCAs) &&
		s.ReadOptionalASN1(&reasons, &someReasons, cbasn1.Tag(3).ContextSpecific()) &&
		readFlag(&s, 4, &out.indirect) && readFlag(&s, 5, &out.onlyAttributes) && s.Empty()
	if !ok {
		return out, malformed
	}
	out.reasons = pki.AllReasons
	if someReasons {
		out.reasons, err = pki.ReadReasons(reasons)
	}
	return out, err
}

// readFlag reads an optional [n] IMPLICIT BOOLEAN.
func readFlag(s *cryptobyte.String, n uint8, out *bool) bool {
	var content cryptobyte.String
	tag := cbasn1.Tag(n).ContextSpecific()
	if !s.PeekASN1Tag(tag) {
		return true
	}
	if !s.ReadASN1(&content, tag) || len(content) != 1 || content[0] != 0 && content[0] != 0xff {
		return false
	}
	*out = content[0] == 0xff
	return true
}
