package pki

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// maxNames bounds the names of one certificate, and the constraints that one certificate sets. Each is compared with each.
const maxNames = 256

// A nameForm is the tag of a GeneralName (RFC 5280, 4.2.1.6).
type nameForm = cbasn1.Tag

// Forms that are constructed; unread.go has others.
var (
	formOther     = explicit(0)
	formDirectory = explicit(4)
)

// generalName is a GeneralName: a name, or the base of a subtree.
type generalName struct {
	form  nameForm
	value cryptobyte.String
	rdns  []string // of a directoryName, canonical
}

// nameConstraints holds permitted_subtrees and excluded_subtrees of RFC 5280, 6.1.2 (b) and (c). A name lies in the
// intersection of the permitted subtrees if it lies in those of each certificate that names its form.
type nameConstraints struct {
	permitted [][]generalName // of each certificate
	excluded  []generalName
}

// add is 6.1.4 (g).
func (n *nameConstraints) add(c *x509.Certificate) error {
	der, present := extensionValue(c, oidNameConstraints)
	if !present {
		return nil
	}
	var both, list cryptobyte.String
	var hasPermitted, hasExcluded bool
	malformed := errors.New("name constraints cannot be read")
	if !der.ReadASN1(&both, cbasn1.SEQUENCE) || !der.Empty() || !both.ReadOptionalASN1(&list, &hasPermitted, explicit(0)) {
		return malformed
	}
	permitted, err := readSubtrees(list)
	if err != nil {
		return err
	}
	if !both.ReadOptionalASN1(&list, &hasExcluded, explicit(1)) || !both.Empty() || !hasPermitted && !hasExcluded {
		return malformed
	}
	if hasPermitted {
		n.permitted = append(n.permitted, permitted)
	}
	if !hasExcluded {
		return nil
	}
	excluded, err := readSubtrees(list)
	n.excluded = append(n.excluded, excluded...)
	return err
}

// readSubtrees reads GeneralSubtrees. minimum and maximum are not used in this profile (RFC 5280, 4.2.1.10).
func readSubtrees(list cryptobyte.String) ([]generalName, error) {
	var out []generalName
	var subtree cryptobyte.String
	for !list.Empty() {
		if !list.ReadASN1(&subtree, cbasn1.SEQUENCE) {
			return nil, errors.New("name constraints cannot be read")
		}
		base, err := readGeneralName(&subtree)
		if err != nil {
			return nil, err
		}
		if !subtree.Empty() {
			return nil, errors.New("name constraints with a minimum or maximum")
		}
		switch base.form {
		case formOther, tagMail, tagDNS, formDirectory, tagURI, tagAddress:
		default:
			return nil, fmt.Errorf("name constraints of the form %#x", base.form)
		}
		if out = append(out, base); len(out) > maxNames {
			return nil, fmt.Errorf("more than %d name constraints", maxNames)
		}
	}
	return out, nil
}

func readGeneralName(s *cryptobyte.String) (generalName, error) {
	var n generalName
	var err error
	if !s.ReadAnyASN1(&n.value, &n.form) {
		return n, errors.New("a GeneralName cannot be read")
	}
	switch n.form {
	case formDirectory:
		n.rdns, err = canonicalName(n.value)
	case formOther:
		err = checkOtherName(n.value)
	case explicit(3), explicit(5), tagMail, tagDNS, tagURI, tagAddress, cbasn1.Tag(8).ContextSpecific():
	default:
		err = fmt.Errorf("a GeneralName of the form %#x", n.form)
	}
	return n, err
}

// check is 6.1.3 (b) and (c): the subject and all alternative names must lie within the permitted subtrees, and in none of
// the excluded.
func (n *nameConstraints) check(c *x509.Certificate) error {
	if len(n.permitted) == 0 && len(n.excluded) == 0 {
		return nil
	}
	if hasUnreadNames(c) {
		return errors.New("alternative names that are not read, below a CA with name constraints")
	}
	names, err := namesOf(c)
	if err != nil {
		return err
	}
	for _, name := range names {
		for _, excluded := range n.excluded {
			if name.within(excluded) != errOutside {
				return fmt.Errorf("a name of form %#x is excluded", name.form)
			}
		}
		for _, permitted := range n.permitted {
			if !name.permittedBy(permitted) {
				return fmt.Errorf("a name of form %#x is not permitted", name.form)
			}
		}
	}
	return nil
}

func (n generalName) permittedBy(subtrees []generalName) bool {
	named := false
	for _, base := range subtrees {
		if base.form != n.form {
			continue
		}
		if n.within(base) == nil {
			return true
		}
		named = true
	}
	return !named
}

// namesOf returns all names of the subject. Mail addresses in the subject count where there are no alternative names
// (RFC 5280, 4.2.1.10).
func namesOf(c *x509.Certificate) ([]generalName, error) {
	rdns, err := canonicalName(c.RawSubject)
	if err != nil {
		return nil, err
	}
	var names []generalName
	if len(rdns) > 0 {
		names = append(names, generalName{form: formDirectory, value: c.RawSubject, rdns: rdns})
	}
	der, present := extensionValue(c, oidAlternativeNames)
	if !present {
		for _, attribute := range c.Subject.Names {
			if address, ok := attribute.Value.(string); ok && attribute.Type.Equal(oidEmailAddress) {
				names = append(names, generalName{form: tagMail, value: cryptobyte.String(address)})
			}
		}
		return names, nil
	}
	var list cryptobyte.String
	if !der.ReadASN1(&list, cbasn1.SEQUENCE) || !der.Empty() {
		return nil, errors.New("alternative names cannot be read")
	}
	for !list.Empty() {
		name, err := readGeneralName(&list)
		if err != nil {
			return nil, err
		}
		if names = append(names, name); len(names) > maxNames {
			return nil, fmt.Errorf("more than %d names", maxNames)
		}
	}
	return names, nil
}

var oidEmailAddress = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}

var (
	errOutside = errors.New("outside the subtree")
	errForm    = errors.New("a name that cannot be compared")
)

// within reports whether n lies in the subtree of base (RFC 5280, 4.2.1.10): nil, errOutside, or errForm where this cannot
// be told.
func (n generalName) within(base generalName) error {
	if n.form != base.form {
		return errOutside
	}
	inside, err := false, error(nil)
	switch n.form {
	case formDirectory:
		inside = len(base.rdns) <= len(n.rdns) && slices.Equal(base.rdns, n.rdns[:len(base.rdns)])
	case tagMail:
		inside, err = mailWithin(string(n.value), string(base.value))
	case tagDNS:
		inside = hostWithin(string(n.value), string(base.value), true)
	case tagURI:
		inside, err = uriWithin(string(n.value), string(base.value))
	case tagAddress:
		inside, err = addressWithin(n.value, base.value)
	default:
		err = errForm
	}
	if err == nil && !inside {
		err = errOutside
	}
	return err
}

// hostWithin reports whether a host lies in a domain. A domain that begins with a dot has subdomains only; of any other,
// subdomains says whether they lie in it too.
func hostWithin(host, domain string, subdomains bool) bool {
	host, domain = foldASCII(strings.TrimSuffix(host, ".")), foldASCII(domain)
	switch {
	case domain == "":
		return true
	case domain[0] == '.':
		return strings.HasSuffix(host, domain) && len(host) > len(domain)
	}
	return host == domain || subdomains && strings.HasSuffix(host, "."+domain)
}

// mailWithin takes a mailbox, a host with all of its mailboxes, or a domain of hosts for a base.
func mailWithin(address, base string) (bool, error) {
	at := strings.LastIndexByte(address, '@')
	if at <= 0 || at == len(address)-1 {
		return false, errForm
	}
	if i := strings.LastIndexByte(base, '@'); i >= 0 {
		return address[:at] == base[:i] && foldASCII(address[at+1:]) == foldASCII(base[i+1:]), nil
	}
	return hostWithin(address[at+1:], base, false), nil
}

func uriWithin(text, base string) (bool, error) {
	uri, err := url.Parse(text)
	if err != nil || uri.Hostname() == "" || net.ParseIP(uri.Hostname()) != nil {
		return false, errForm
	}
	return hostWithin(uri.Hostname(), base, false), nil
}

// addressWithin takes an address and a mask of the same length for a base.
func addressWithin(address, base []byte) (bool, error) {
	if len(address) != net.IPv4len && len(address) != net.IPv6len || len(base) != 2*net.IPv4len && len(base) != 2*net.IPv6len {
		return false, errForm
	}
	if len(base) != 2*len(address) {
		return false, nil
	}
	network, mask := base[:len(address)], base[len(address):]
	masked, wanted := bytes.Clone(address), bytes.Clone(network)
	for i := range masked {
		masked[i] &= mask[i]
		wanted[i] &= mask[i]
	}
	return bytes.Equal(masked, wanted), nil
}

// extensionValue returns the value of an extension of c, and whether it is there.
func extensionValue(c *x509.Certificate, id asn1.ObjectIdentifier) (cryptobyte.String, bool) {
	for _, extension := range c.Extensions {
		if extension.Id.Equal(id) {
			return extension.Value, true
		}
	}
	return nil, false
}
