package asic

import (
	"crypto"
	"io"
	"regexp"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/zipfile"
)

// container is a container whose structure has been checked.
type container struct {
	archive    *zipfile.Reader
	simple     bool // ASiC-S
	files      []*zipfile.Entry
	signatures []*Signature
	mediaTypes map[string]string // of files, as manifests say

	manifests    map[string]*zipfile.Entry // in META-INF, by name
	values       map[string]*zipfile.Entry // files of signatures
	openDocument *zipfile.Entry            // META-INF/manifest.xml, or nil
}

// Names in META-INF (EN 319 162-1, 4.4.3.2).
var (
	signatureNames = regexp.MustCompile(`^META-INF/[^/]*(signature[^/]*\.p7s|signatures[^/]*\.xml)$`)
	manifestNames  = regexp.MustCompile(`^META-INF/ASiCManifest[^/]*\.xml$`)
	// What these hold is for other levels.
	otherNames = regexp.MustCompile(`^META-INF/([^/]*timestamp[^/]*\.tst|[^/]*evidencerecord[^/]*\.(ers|xml)|ASiC(Archive|EvidenceRecord)Manifest[^/]*\.xml)$`)
)

// maxSignatures is how many signatures a container has at most.
const maxSignatures = 100

// openContainer reads the structure of a container, and its signatures' form.
func openContainer(r io.ReaderAt, size int64) (*container, error) {
	archive, err := zipfile.Open(r, size)
	if err != nil {
		return nil, err
	}
	c := &container{archive: archive, mediaTypes: map[string]string{}, manifests: map[string]*zipfile.Entry{}, values: map[string]*zipfile.Entry{}}
	if err := c.readMimetype(); err != nil {
		return nil, err
	}
	if err := c.sort(); err != nil {
		return nil, err
	}
	read := c.readManifests
	switch {
	case c.simple:
		read = c.readSimple
	case c.isXAdES():
		read = c.readAllXAdES
	}
	if err := read(); err != nil {
		return nil, err
	}
	if err := c.checkCovered(); err != nil {
		return nil, err
	}
	return c, nil
}

// isXAdES reports whether the signatures are of XAdES; readManifests refuses a container of both.
func (c *container) isXAdES() bool {
	for name := range c.values {
		if !strings.HasSuffix(name, ".xml") {
			return false
		}
	}
	return true
}

// readMimetype reads the first entry, which says what kind of container this is (A.1).
func (c *container) readMimetype() error {
	if len(c.archive.Entries) == 0 {
		return malformed("an empty archive")
	}
	first := c.archive.Entries[0]
	const contentAt = 30 + int64(len(nameMimetype)) // behind a local header without extra fields
	if first.Name != nameMimetype || first.Method != zipfile.Store || first.DataOffset != contentAt {
		return malformed("the first file is not mimetype, stored and without extra fields")
	}
	kind, err := first.ReadAll(int64(len(MediaTypeE)))
	if err != nil {
		return err
	}
	switch string(kind) {
	case MediaTypeE:
	case MediaTypeS:
		c.simple = true
	default:
		return malformed("of the media type %q", kind)
	}
	return nil
}

// sort tells the files that are signed from what is in META-INF.
func (c *container) sort() error {
	for _, e := range c.archive.Entries[1:] {
		switch {
		case e.IsFolder():
		case signatureNames.MatchString(e.Name):
			c.values[e.Name] = e
		case manifestNames.MatchString(e.Name):
			c.manifests[e.Name] = e
		case e.Name == nameManifest:
			c.openDocument = e
		case otherNames.MatchString(e.Name):
			return fault.Errorf(fault.PackageUnsupported, "ASiC: %q is of another level than B", e.Name)
		case isMeta(e.Name):
			return fault.Errorf(fault.PackagePartExtra, "ASiC: %q is not known", e.Name)
		default:
			c.files = append(c.files, e)
		}
	}
	if len(c.files) == 0 || len(c.files) > MaxFiles {
		return malformed("%d files", len(c.files))
	}
	if len(c.values) == 0 {
		return fault.Errorf(fault.PackageIncomplete, "ASiC: no signature")
	}
	if len(c.values) > maxSignatures {
		return malformed("%d signatures", len(c.values))
	}
	return nil
}

// readSimple reads the signature of an ASiC-S, or those in its one file of XAdES signatures.
func (c *container) readSimple() (err error) {
	if len(c.files) != 1 || len(c.manifests) != 0 || len(c.values) != 1 || c.openDocument != nil || strings.Contains(c.files[0].Name, "/") {
		return malformed("an ASiC-S that is not one file at its root and one file of signatures")
	}
	if c.values[nameSimpleXML] != nil {
		c.signatures, err = c.readXAdES(nameSimpleXML)
		return err
	}
	if c.values[nameSimple] == nil {
		return malformed("the signature of an ASiC-S has another name")
	}
	s, err := c.readCAdES(nameSimple, nil, nil)
	c.signatures = []*Signature{s}
	return err
}

// readAllXAdES reads the XAdES signatures of an ASiC-E.
func (c *container) readAllXAdES() error {
	if len(c.manifests) != 0 {
		return malformed("a manifest beside XAdES signatures")
	}
	for _, e := range c.archive.Entries { // in order
		if c.values[e.Name] == nil {
			continue
		}
		signatures, err := c.readXAdES(e.Name)
		if err != nil {
			return err
		}
		c.signatures = append(c.signatures, signatures...)
	}
	for _, s := range c.signatures {
		if len(c.signatures) > maxSignatures || len(s.covered) > MaxFiles {
			return malformed("%d signatures, one over %d files", len(c.signatures), len(s.covered))
		}
	}
	return c.checkOpenDocument()
}

// readManifests reads each manifest of an ASiC-E with its signature: neither is there without the other.
func (c *container) readManifests() error {
	if len(c.manifests) != len(c.values) || c.openDocument != nil {
		return malformed("%d manifests for %d signatures", len(c.manifests), len(c.values))
	}
	seen := map[string]bool{}
	for _, e := range c.archive.Entries { // in order
		if c.manifests[e.Name] == nil {
			continue
		}
		data, err := e.ReadAll(maxManifest)
		if err != nil {
			return err
		}
		m, err := readManifest(data)
		if err != nil {
			return err
		}
		if c.values[m.signature] == nil || seen[m.signature] || strings.HasSuffix(m.signature, ".xml") {
			return malformed("the manifest %q names no signature of its own", e.Name)
		}
		seen[m.signature] = true
		for _, r := range m.references {
			if err := c.isFile(r.name); err != nil {
				return err
			}
			c.mediaTypes[r.name] = r.mediaType
		}
		s, err := c.readCAdES(m.signature, data, m.references)
		if err != nil {
			return err
		}
		c.signatures = append(c.signatures, s)
	}
	return nil
}

// checkCovered refuses files that no signature covers.
func (c *container) checkCovered() error {
	covered := map[string]bool{}
	for _, s := range c.signatures {
		for _, name := range s.covered {
			covered[name] = true
		}
	}
	for _, e := range c.files {
		if !covered[e.Name] {
			return fault.Errorf(fault.PackagePartExtra, "ASiC: no signature covers %q", e.Name)
		}
	}
	return nil
}

// isFile refuses names that are not of a file which may be signed.
func (c *container) isFile(name string) error {
	if file := c.archive.Lookup(name); file == nil || file.IsFolder() || isMeta(name) {
		return fault.Errorf(fault.PackagePartMissing, "ASiC: %.100q is named, and not there", name)
	}
	return nil
}

func (c *container) has(name string) bool { return c.archive.Lookup(name) != nil }

// digest reads a file.
func (c *container) digest(e *zipfile.Entry, hash crypto.Hash) ([]byte, error) {
	h := hash.New()
	if _, err := io.Copy(h, e.Open()); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}

// digestOf reads the file of this name, which isFile has nothing against.
func (c *container) digestOf(name string, hash crypto.Hash) ([]byte, error) {
	digest, err := c.digest(c.archive.Lookup(name), hash)
	if err != nil {
		return nil, fault.New(fault.SignatureInvalid, err)
	}
	return digest, nil
}
