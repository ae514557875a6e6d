package revocation

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"github.com/e-onay/e-onay/internal/pki"
)

// entryStatus is what the entries of one list say of a certificate; of several entries the highest counts.
type entryStatus int

const (
	notListed entryStatus = iota
	removed               // released from hold, which only a delta may say
	onHold
	isRevoked
)

// listEntry is what the entries of one list say of a certificate, and since when and for which CRLReason.
type listEntry struct {
	status entryStatus
	since  time.Time // revocationDate; zero where the certificate is not listed
	reason int
}

// Reasons of CRLReason that mean something here (RFC 5280, 5.3.1).
const (
	reasonHold   = 6
	reasonRemove = 8
)

// maxEntryIssuers is how many issuers of entries are remembered while one list is scanned.
const maxEntryIssuers = 16

// scan looks for subject among the entries, and reads each of them to its end. It does not allocate for an entry: a list may
// have hundreds of thousands.
func (l *certificateList) scan(subject *x509.Certificate) (found listEntry, err error) {
	der, err := asn1.Marshal(subject.SerialNumber)
	if err != nil {
		return found, invalid("serial number: %w", err)
	}
	var wanted, entry, serial, when cryptobyte.String
	if element := cryptobyte.String(der); !element.ReadASN1(&wanted, cbasn1.INTEGER) {
		return found, invalid("serial number")
	}
	issuers := entryIssuers{}
	if issuers.wanted, err = pki.DirectoryName(subject.RawIssuer); err != nil {
		return found, invalid("issuer of the certificate: %w", err)
	}
	ofIssuer := pki.SameName(l.issuer, subject.RawIssuer)
	var tag cbasn1.Tag
	for entries := l.entries; !entries.Empty(); {
		if !entries.ReadASN1(&entry, cbasn1.SEQUENCE) || !entry.ReadASN1(&serial, cbasn1.INTEGER) {
			return found, invalid("an entry of the CRL")
		}
		dated := entry
		if !entry.ReadAnyASN1(&when, &tag) || !isTime(tag, when) {
			return found, invalid("an entry of the CRL")
		}
		about, err := readEntryExtensions(entry)
		if err != nil {
			return found, err
		}
		if about.issuer != nil { // holds for the entries that follow, too (5.3.3)
			if !l.scope.indirect {
				return found, invalid("CRL is not indirect, and an entry of it is of another issuer")
			}
			if ofIssuer, err = issuers.same(about.issuer); err != nil {
				return found, err
			}
		}
		status := about.status(l.base != nil)
		if !ofIssuer || !bytes.Equal(serial, wanted) || status <= found.status {
			continue
		}
		found.status, found.reason = status, about.reason
		if !readTime(&dated, &found.since) {
			return found, invalid("date of an entry of the CRL")
		}
		if status == isRevoked {
			break
		}
	}
	return found, nil
}

// isTime reports whether content is a Time of RFC 5280, 4.1.2.5. The date of an entry on another certificate does not count, but
// other readers refuse a list in which it is none.
func isTime(tag cbasn1.Tag, content []byte) bool {
	year := 4
	if tag == cbasn1.UTCTime {
		year = 2
	} else if tag != cbasn1.GeneralizedTime {
		return false
	}
	if len(content) != year+len("MMDDhhmmssZ") || content[len(content)-1] != 'Z' {
		return false
	}
	for _, c := range content[:len(content)-1] {
		if c < '0' || c > '9' {
			return false
		}
	}
	two := func(i int) int { return 10*int(content[year+i]-'0') + int(content[year+i+1]-'0') }
	return two(0) >= 1 && two(0) <= 12 && two(2) >= 1 && two(2) <= 31 && two(4) < 24 && two(6) < 60 && two(8) < 60
}

// entryExtensions are those of one entry that count.
type entryExtensions struct {
	reason int
	issuer cryptobyte.String // value of certificateIssuer; nil where the entry names none
}

// status is what an entry with these extensions says. A complete list cannot release what it lists.
func (e *entryExtensions) status(inDelta bool) entryStatus {
	switch {
	case e.reason == reasonRemove && inDelta:
		return removed
	case e.reason == reasonHold:
		return onHold
	}
	return isRevoked
}

// readEntryExtensions reads crlEntryExtensions (RFC 5280, 5.3), which end an entry.
func readEntryExtensions(entry cryptobyte.String) (out entryExtensions, err error) {
	var list, id, value cryptobyte.String
	if entry.Empty() {
		return out, nil
	}
	if !entry.ReadASN1(&list, cbasn1.SEQUENCE) || !entry.Empty() {
		return out, invalid("an entry of the CRL has other fields than its own")
	}
	hasReason := false
	for !list.Empty() {
		critical, ok := readExtension(&list, &id, &value)
		if !ok || isOfStandard(id) && pki.CheckDER(value) != nil {
			return out, invalid("extensions of an entry of the CRL")
		}
		switch {
		case bytes.Equal(id, idCertificateIssuer):
			if out.issuer != nil || value.Empty() {
				return out, invalid("issuer of an entry of the CRL")
			}
			out.issuer = value
		case critical: // a reason or a date too, which other readers know only where they are not
			return out, invalid("an entry of the CRL has an unknown critical extension")
		case bytes.Equal(id, idReasonCode):
			if hasReason || !value.ReadASN1Enum(&out.reason) || !value.Empty() {
				return out, invalid("reason of an entry of the CRL")
			}
			hasReason = true
		}
	}
	return out, nil
}

// entryIssuers compares the issuers of entries with the wanted one. A list may name few of them very often, so what has been
// compared is remembered.
type entryIssuers struct {
	wanted pki.GeneralName
	known  [maxEntryIssuers]struct {
		value []byte
		same  bool
	}
	next int
}

// same reports whether value, GeneralNames in DER, names the wanted issuer.
func (i *entryIssuers) same(value cryptobyte.String) (bool, error) {
	for _, k := range i.known {
		if bytes.Equal(k.value, value) {
			return k.same, nil
		}
	}
	same, err := i.compare(value)
	if err != nil {
		return false, invalid("issuer of an entry of the CRL: %w", err)
	}
	k := &i.known[i.next%maxEntryIssuers]
	k.value, k.same = value, same
	i.next++
	return same, nil
}

func (i *entryIssuers) compare(value cryptobyte.String) (same bool, err error) {
	if err := pki.CheckDER(value); err != nil {
		return false, err
	}
	var names, name cryptobyte.String
	var tag cbasn1.Tag
	if !value.ReadASN1(&names, cbasn1.SEQUENCE) {
		return false, errors.New("not a sequence")
	}
	named := false
	for !names.Empty() {
		if !names.ReadAnyASN1(&name, &tag) {
			return false, errors.New("not a name")
		}
		if tag != tagged(4) {
			continue
		}
		directory, err := pki.DirectoryName(name)
		if err != nil {
			return false, err
		}
		named, same = true, same || i.wanted.Same(directory)
	}
	if !named {
		return false, errors.New("no directory name")
	}
	return same, nil
}
