package formats

import (
	"crypto"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// Namespaces of an ASiCManifest (EN 319 162-1, A.4).
const (
	namespaceASiC   = "http://uri.etsi.org/02918/v1.2.1#"
	namespaceDigest = "http://www.w3.org/2000/09/xmldsig#"
)

// digestMethods are the identifiers of hashes (RFC 9231, 2.1; XML Encryption 1.1, 5.7).
var digestMethods = map[string]crypto.Hash{
	"http://www.w3.org/2000/09/xmldsig#sha1":          crypto.SHA1,
	"http://www.w3.org/2001/04/xmldsig-more#sha224":   crypto.SHA224,
	"http://www.w3.org/2001/04/xmlenc#sha256":         crypto.SHA256,
	"http://www.w3.org/2001/04/xmldsig-more#sha384":   crypto.SHA384,
	"http://www.w3.org/2001/04/xmlenc#sha512":         crypto.SHA512,
	"http://www.w3.org/2007/05/xmldsig-more#sha3-256": crypto.SHA3_256,
	"http://www.w3.org/2007/05/xmldsig-more#sha3-384": crypto.SHA3_384,
	"http://www.w3.org/2007/05/xmldsig-more#sha3-512": crypto.SHA3_512,
}

// asicManifest is an ASiCManifest, ASiCArchiveManifest or ASiCEvidenceRecordManifest: a file, and what it lists.
type asicManifest struct {
	name      string // of its file
	data      []byte
	signature string // the file of the signature or time stamp over it
	parts     []part
}

// readManifests reads all manifests. One that cannot be parsed names no files, so that it is not known what the signature over it covers.
func (c *container) readManifests() (all []*asicManifest, err error) {
	for _, e := range c.archive.Entries {
		if !isNamed(e.Name, ".xml", "asicmanifest", "asicarchivemanifest", "asicevidencerecordmanifest") {
			continue
		}
		data, err := c.hold(e)
		if err != nil {
			return nil, err
		}
		if len(all) == 2*maxSignatureFiles {
			break
		}
		m := &asicManifest{name: e.Name, data: data}
		if m.read(c) == nil {
			all = append(all, m)
		}
	}
	var parts []part
	for _, m := range all {
		if parts = append(parts, m.parts...); len(parts) > maxReferences {
			return nil, fault.Errorf(fault.ContainerMalformed, "more than %d references in manifests", maxReferences)
		}
	}
	compute(parts)
	return all, nil
}

// read reads the references. Elements that it does not know say nothing, unless an extension is critical.
func (m *asicManifest) read(c *container) error {
	document, err := xmltree.Parse(m.data)
	if err != nil {
		return err
	}
	if !document.Root.Is(namespaceASiC, "ASiCManifest") {
		return fmt.Errorf("root %.40q", document.Root.Local)
	}
	for _, e := range document.Root.Elements() {
		switch {
		case e.Is(namespaceASiC, "SigReference") && m.signature == "":
			if m.signature, err = c.named(e); err != nil {
				return err
			}
		case e.Is(namespaceASiC, "DataObjectReference"):
			p, err := c.readReference(e)
			if err != nil || len(m.parts) == maxParts {
				return fmt.Errorf("reference %d: %w", len(m.parts), err)
			}
			m.parts = append(m.parts, p)
		case e.Is(namespaceASiC, "ASiCManifestExtensions"):
			if hasCritical(e) {
				return fmt.Errorf("a critical extension")
			}
		default:
			return fmt.Errorf("element %.40q", e.Local)
		}
	}
	if m.signature == "" || len(m.parts) == 0 {
		return fmt.Errorf("no signature, or no files")
	}
	return nil
}

// hasCritical reports whether one of the extensions is critical.
func hasCritical(extensions *xmltree.Node) bool {
	for _, e := range extensions.Elements() {
		if critical, _ := e.Attribute("Critical"); critical == "true" || critical == "1" {
			return true
		}
	}
	return false
}

// readReference reads a DataObjectReference.
func (c *container) readReference(e *xmltree.Node) (p part, err error) {
	if p.name, err = c.named(e); err != nil {
		return p, err
	}
	p.content = c.content(p.name)
	for _, child := range e.Elements() {
		switch {
		case child.Is(namespaceDigest, "DigestMethod") && p.algorithm == "":
			p.algorithm, _ = child.Attribute("Algorithm")
			p.hash = digestMethods[p.algorithm]
		case child.Is(namespaceDigest, "DigestValue") && p.digest == nil:
			text, _ := child.Leaf()
			if p.digest, err = base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), "")); err != nil {
				return p, err
			}
		case child.Is(namespaceASiC, "DataObjectReferenceExtensions"):
			if hasCritical(child) {
				return p, fmt.Errorf("a critical extension")
			}
		default:
			return p, fmt.Errorf("element %.40q", child.Local)
		}
	}
	if p.algorithm == "" || len(p.digest) == 0 {
		return p, fmt.Errorf("no digest")
	}
	return p, nil
}

// named returns the file that an attribute URI names, relative to the container. Some programs do not escape what they write: where
// the name that it means is not there, the text itself may be.
func (c *container) named(e *xmltree.Node) (string, error) {
	uri, ok := e.Attribute("URI")
	if !ok || uri == "" {
		return "", fmt.Errorf("no URI")
	}
	name, err := url.PathUnescape(uri)
	name = strings.TrimPrefix(name, "/")
	if err != nil || c.archive.Lookup(name) == nil && c.archive.Lookup(uri) != nil {
		name = uri
	}
	return name, nil
}
