// Package trustlist reads the trusted lists of the EU (ETSI TS 119 612, versions 5 and 6 of the format): which CAs issue qualified
// certificates, which authorities qualified time stamps, and since when and until when each was so. They become anchors of
// internal/validation.
//
// A list is signed by its country. The list of lists (LOTL) of the European Commission says where each country's list is, and by which
// certificates it is signed; by which the list of lists is signed is published in the Official Journal, and is the operator's to set.
// Nothing of a list counts before [List.Verify].
//
// Errors of reading carry fault.XMLMalformed or fault.Unsupported.
package trustlist

import (
	"crypto/x509"
	"strconv"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// MaxList is the largest list, in bytes. The largest of 2026 has 6 MiB.
const MaxList = xmltree.MaxSize

// Namespaces of TS 119 612.
const (
	namespace           = "http://uri.etsi.org/02231/v2#"
	additionalNamespace = "http://uri.etsi.org/02231/v2/additionaltypes#"
	extensionNamespace  = "http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#"
)

// List is a trusted list, or the list of lists.
type List struct {
	Version, Sequence int
	// Type is the URI of TSLType: "…/EUgeneric" for a country's list, "…/EUlistofthelists".
	Type string
	// Territory is the country's code of ISO 3166-1, with "EL" and "UK"; "EU" for the list of lists.
	Territory string
	Issued    time.Time
	// NextUpdate is when the list ends; zero for a list that is closed.
	NextUpdate time.Time
	// Information are the addresses of SchemeInformationURI. Of the list of lists those that end in ".xml" are former ones, by which
	// its certificates have changed ("pivots"), the latest first.
	Information []string
	Pointers    []Pointer
	Services    []Service
	// Unread is how many certificates of Services could not be read.
	Unread int

	document *xmltree.Document
}

// Pointer says where another list is, and by which certificates it is signed.
type Pointer struct {
	Location     string
	Type         string // a URI, as List.Type
	Territory    string
	MediaType    string
	Certificates []*x509.Certificate
}

// Service is a trust service.
type Service struct {
	// Provider and Name are in English where the list has them so. They are text of the list.
	Provider, Name string
	Certificates   []*x509.Certificate
	// Periods are in the order of time.
	Periods []Period
}

// Period is a time during which the status of a service did not change.
type Period struct {
	// Type is what kind of service it was, a URI.
	Type string
	// Status is a URI.
	Status string
	// Since is the beginning; Until the end, zero for the present one.
	Since, Until time.Time
	// For are the URIs of additionalServiceInformation: what the service is qualified for. None says nothing.
	For []string
}

// Parse reads a list. It says nothing of whether it is genuine.
func Parse(data []byte) (*List, error) {
	if len(data) > MaxList {
		return nil, fault.Errorf(fault.XMLMalformed, "trusted list of %d bytes, over the limit of %d", len(data), MaxList)
	}
	document, err := xmltree.Parse(data)
	if err != nil {
		return nil, fault.New(fault.XMLMalformed, err)
	}
	if !document.Root.Is(namespace, "TrustServiceStatusList") {
		return nil, fault.Errorf(fault.Unsupported, "XML that is no trusted list: %.100q", document.Root.Local)
	}
	l := &List{document: document}
	if err := l.readScheme(child(document.Root, "SchemeInformation")); err != nil {
		return nil, err
	}
	for _, provider := range children(child(document.Root, "TrustServiceProviderList"), "TrustServiceProvider") {
		name := english(child(child(provider, "TSPInformation"), "TSPName"))
		for _, service := range children(child(provider, "TSPServices"), "TSPService") {
			if err := l.readService(name, service); err != nil {
				return nil, err
			}
		}
	}
	return l, nil
}

// readScheme reads SchemeInformation (TS 119 612, 5.3).
func (l *List) readScheme(n *xmltree.Node) (err error) {
	if l.Version, err = strconv.Atoi(leaf(child(n, "TSLVersionIdentifier"))); err != nil || l.Version < 5 || l.Version > 6 {
		return fault.Errorf(fault.Unsupported, "trusted list of version %.20q", leaf(child(n, "TSLVersionIdentifier")))
	}
	if l.Sequence, err = strconv.Atoi(leaf(child(n, "TSLSequenceNumber"))); err != nil {
		return malformed("TSLSequenceNumber")
	}
	l.Type, l.Territory = leaf(child(n, "TSLType")), leaf(child(n, "SchemeTerritory"))
	if l.Issued, err = readTime(child(n, "ListIssueDateTime")); err != nil {
		return err
	}
	if end := child(child(n, "NextUpdate"), "dateTime"); end != nil {
		if l.NextUpdate, err = readTime(end); err != nil {
			return err
		}
	}
	for _, uri := range children(child(n, "SchemeInformationURI"), "URI") {
		l.Information = append(l.Information, leaf(uri))
	}
	for _, pointer := range children(child(n, "PointersToOtherTSL"), "OtherTSLPointer") {
		l.Pointers = append(l.Pointers, readPointer(pointer))
	}
	return nil
}

func readPointer(n *xmltree.Node) Pointer {
	p := Pointer{Location: leaf(child(n, "TSLLocation"))}
	for _, identity := range children(child(n, "ServiceDigitalIdentities"), "ServiceDigitalIdentity") {
		certificates, _ := readCertificates(identity) // one that cannot be read verifies no list
		p.Certificates = append(p.Certificates, certificates...)
	}
	for _, other := range children(child(n, "AdditionalInformation"), "OtherInformation") {
		for _, value := range other.Elements() {
			switch {
			case value.Is(namespace, "TSLType"):
				p.Type = leaf(value)
			case value.Is(namespace, "SchemeTerritory"):
				p.Territory = leaf(value)
			case value.Is(additionalNamespace, "MimeType"):
				p.MediaType = leaf(value)
			}
		}
	}
	return p
}

// readService reads TSPService (TS 119 612, 5.5 and 5.6).
func (l *List) readService(provider string, n *xmltree.Node) error {
	information := child(n, "ServiceInformation")
	s := Service{Provider: provider, Name: english(child(information, "ServiceName"))}
	unread := 0
	s.Certificates, unread = readCertificates(child(information, "ServiceDigitalIdentity"))
	l.Unread += unread
	history := children(child(n, "ServiceHistory"), "ServiceHistoryInstance")
	var until time.Time
	for i, instance := range append([]*xmltree.Node{information}, history...) {
		p := Period{Type: leaf(child(instance, "ServiceTypeIdentifier")), Status: leaf(child(instance, "ServiceStatus")), Until: until}
		var err error
		if p.Since, err = readTime(child(instance, "StatusStartingTime")); err != nil {
			return err
		}
		if i > 0 && p.Since.After(until) { // the history is written from the latest to the earliest (5.6.1)
			return malformed("a history out of order")
		}
		for _, extension := range children(child(instance, "ServiceInformationExtensions"), "Extension") {
			for _, value := range extension.Elements() {
				if value.Is(namespace, "AdditionalServiceInformation") {
					p.For = append(p.For, leaf(child(value, "URI")))
				}
			}
		}
		until = p.Since
		s.Periods = append([]Period{p}, s.Periods...)
	}
	l.Services = append(l.Services, s)
	return nil
}

// readCertificates reads the certificates of a ServiceDigitalIdentity, and counts those that cannot be read.
func readCertificates(identity *xmltree.Node) (out []*x509.Certificate, unread int) {
	for _, id := range children(identity, "DigitalId") {
		encoded := child(id, "X509Certificate")
		if encoded == nil {
			continue
		}
		der, err := xmldsig.Base64Leaf(encoded)
		if err == nil && len(der) <= pki.MaxCertificate {
			var c *x509.Certificate
			if c, err = pki.ParseX509(der); err == nil {
				out = append(out, c)
				continue
			}
		}
		unread++
	}
	return out, unread
}

// child returns the first element of a list's namespace with a name; nil where there is none, or n is nil.
func child(n *xmltree.Node, local string) *xmltree.Node {
	if all := children(n, local); len(all) > 0 {
		return all[0]
	}
	return nil
}

func children(n *xmltree.Node, local string) (out []*xmltree.Node) {
	if n == nil {
		return nil
	}
	for _, c := range n.Elements() {
		if c.Is(namespace, local) {
			out = append(out, c)
		}
	}
	return out
}

// leaf returns the text of an element without the space around it; "" where there is none.
func leaf(n *xmltree.Node) string {
	if n == nil {
		return ""
	}
	text, _ := n.Leaf()
	return strings.TrimSpace(text)
}

// english returns a name in English, or else the first one.
func english(names *xmltree.Node) string {
	all := children(names, "Name")
	for _, n := range all {
		for _, a := range n.Attributes {
			if a.Space == xmltree.XMLNamespace && a.Local == "lang" && strings.HasPrefix(a.Value, "en") {
				return leaf(n)
			}
		}
	}
	if len(all) == 0 {
		return ""
	}
	return leaf(all[0])
}

func readTime(n *xmltree.Node) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, leaf(n))
	if err != nil {
		return t, malformed("a time that is %.40q", leaf(n))
	}
	return t.UTC(), nil
}

func malformed(format string, args ...any) error {
	return fault.Errorf(fault.XMLMalformed, "trusted list: "+format, args...)
}
