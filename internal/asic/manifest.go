package asic

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"net/url"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/xmltree"
	"github.com/e-onay/e-onay/internal/zipfile"
)

// Namespaces of an ASiCManifest (EN 319 162-1, A.4).
const (
	namespaceASiC    = "http://uri.etsi.org/02918/v1.2.1#"
	namespaceXMLDSig = "http://www.w3.org/2000/09/xmldsig#"
)

const mediaTypeSignature = "application/pkcs7-signature"

// digestMethods are the identifiers of hashes (RFC 9231, 2.1; XML Encryption 1.1, 5.7).
var digestMethods = map[crypto.Hash]string{
	crypto.SHA256: "http://www.w3.org/2001/04/xmlenc#sha256",
	crypto.SHA384: "http://www.w3.org/2001/04/xmldsig-more#sha384",
	crypto.SHA512: "http://www.w3.org/2001/04/xmlenc#sha512",
}

func available(hash crypto.Hash) bool { return digestMethods[hash] != "" }

// maxManifest bounds an ASiCManifest, in bytes.
const maxManifest = 4 << 20

// manifest is an ASiCManifest as read.
type manifest struct {
	signature  string // the name of the signature over it
	references []reference
}

// reference is a DataObjectReference.
type reference struct {
	name, mediaType string
	hash            crypto.Hash
	digest          []byte
}

// writeManifest writes an ASiCManifest.
func writeManifest(signature string, members []member, hash crypto.Hash) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<asic:ASiCManifest xmlns:asic=%q xmlns:ds=%q>\n", namespaceASiC, namespaceXMLDSig)
	fmt.Fprintf(&b, "<asic:SigReference URI=%q MimeType=%q></asic:SigReference>\n", escapeName(signature), mediaTypeSignature)
	for _, m := range members {
		fmt.Fprintf(&b, "<asic:DataObjectReference URI=\"%s\"", escapeText(escapeName(m.name)))
		if m.mediaType != "" {
			fmt.Fprintf(&b, " MimeType=\"%s\"", escapeText(m.mediaType))
		}
		fmt.Fprintf(&b, "><ds:DigestMethod Algorithm=%q></ds:DigestMethod><ds:DigestValue>%s</ds:DigestValue></asic:DataObjectReference>\n",
			digestMethods[hash], base64.StdEncoding.EncodeToString(m.digest))
	}
	b.WriteString("</asic:ASiCManifest>\n")
	if b.Len() > maxManifest {
		return nil, fault.Errorf(fault.RequestTooLarge, "a manifest of %d bytes", b.Len())
	}
	return b.Bytes(), nil
}

// readManifest reads an ASiCManifest. What its schema has and this package does not know, extensions above all, is refused.
func readManifest(data []byte) (*manifest, error) {
	document, err := xmltree.Parse(data)
	if err != nil {
		return nil, malformed("manifest: %w", err)
	}
	if !document.Root.Is(namespaceASiC, "ASiCManifest") {
		return nil, malformed("manifest: the root is another element")
	}
	elements := document.Root.Elements()
	if len(elements) < 2 || len(elements) > 1+MaxFiles || !elements[0].Is(namespaceASiC, "SigReference") {
		return nil, malformed("manifest: not a SigReference and 1 to %d references", MaxFiles)
	}
	out := new(manifest)
	if out.signature, err = readName(elements[0]); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, e := range elements[1:] {
		r, err := readReference(e)
		if err != nil {
			return nil, err
		}
		if key := zipfile.NameKey(r.name); seen[key] {
			return nil, malformed("manifest: two references to %.100q", r.name)
		} else {
			seen[key] = true
		}
		out.references = append(out.references, r)
	}
	return out, nil
}

// readReference reads a DataObjectReference.
func readReference(e *xmltree.Node) (reference, error) {
	children := e.Elements()
	if !e.Is(namespaceASiC, "DataObjectReference") || len(children) != 2 ||
		!children[0].Is(namespaceXMLDSig, "DigestMethod") || !children[1].Is(namespaceXMLDSig, "DigestValue") {
		return reference{}, malformed("manifest: not a DataObjectReference with one digest")
	}
	name, err := readName(e)
	if err != nil {
		return reference{}, err
	}
	r := reference{name: name}
	r.mediaType, _ = e.Attribute("MimeType")
	algorithm, _ := children[0].Attribute("Algorithm")
	for hash, method := range digestMethods {
		if method == algorithm {
			r.hash = hash
		}
	}
	text, ok := children[1].Leaf()
	if r.hash == 0 || !ok {
		return reference{}, malformed("manifest: digest of %.100q", algorithm)
	}
	r.digest, err = base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(text))
	if err != nil || len(r.digest) != r.hash.Size() {
		return reference{}, malformed("manifest: digest of %.100q is not one", name)
	}
	return r, nil
}

// readName reads the attribute URI, which names a file of the container.
func readName(e *xmltree.Node) (string, error) {
	uri, ok := e.Attribute("URI")
	if !ok || strings.ContainsAny(uri, "?#") {
		return "", malformed("manifest: URI %.100q", uri)
	}
	name, err := url.PathUnescape(uri)
	if err == nil {
		err = zipfile.CheckName(name)
	}
	if err != nil {
		return "", malformed("manifest: URI %.100q: %w", uri, err)
	}
	return name, nil
}

// escapeName writes a name as a relative reference (RFC 3986, 4.2).
func escapeName(name string) string {
	segments := strings.Split(name, "/")
	for i, s := range segments {
		segments[i] = url.PathEscape(s)
	}
	return strings.Join(segments, "/")
}

// escapeText writes text for an attribute's value.
func escapeText(text string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(text)); err != nil {
		return "" // a strings.Builder takes everything
	}
	return b.String()
}

// malformed returns an error with fault.PackageMalformed.
func malformed(format string, args ...any) error {
	return fault.Errorf(fault.PackageMalformed, "ASiC: "+format, args...)
}
