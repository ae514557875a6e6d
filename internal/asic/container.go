package asic

import (
	"crypto"
	"io"
	"regexp"
	"strings"

	"github.com/e-onay/e-onay/internal/cades"
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

	manifests map[string]*zipfile.Entry // in META-INF, by name
	values    map[string]*zipfile.Entry
}

// Names in META-INF (EN 319 162-1, 4.4.3.2).
var (
	signatureNames = regexp.MustCompile(`^META-INF/[^/]*signature[^/]*\.p7s$`)
	manifestNames  = regexp.MustCompile(`^META-INF/ASiCManifest[^/]*\.xml$`)
	// What these hold is for other levels or other kinds of signatures.
	otherNames = regexp.MustCompile(`^META-INF/([^/]*timestamp[^/]*\.tst|[^/]*evidencerecord[^/]*\.(ers|xml)|ASiC(Archive|EvidenceRecord)Manifest[^/]*\.xml|[^/]*signatures[^/]*\.xml)$`)
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
	if c.simple {
		return c, c.readSimple()
	}
	if err := c.readManifests(); err != nil {
		return nil, err
	}
	return c, c.checkCovered()
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
		case otherNames.MatchString(e.Name):
			return fault.Errorf(fault.PackageUnsupported, "ASiC: %q is of another level than B, or no CAdES", e.Name)
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

// readSimple reads the signature of an ASiC-S.
func (c *container) readSimple() error {
	if len(c.files) != 1 || len(c.manifests) != 0 || len(c.values) != 1 || c.values[nameSimple] == nil {
		return malformed("an ASiC-S that is not one file and one signature")
	}
	if strings.Contains(c.files[0].Name, "/") {
		return malformed("the file of an ASiC-S is in a folder")
	}
	s, err := c.readSignature(nameSimple)
	if err != nil {
		return err
	}
	s.covered = []string{c.files[0].Name}
	c.signatures = []*Signature{s}
	return nil
}

// readManifests reads each manifest of an ASiC-E with its signature: neither is there without the other.
func (c *container) readManifests() error {
	if len(c.manifests) != len(c.values) {
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
		if c.values[m.signature] == nil || seen[m.signature] {
			return malformed("the manifest %q names no signature of its own", e.Name)
		}
		seen[m.signature] = true
		s, err := c.readSignature(m.signature)
		if err != nil {
			return err
		}
		s.manifest, s.references = data, m.references
		for _, r := range m.references {
			if file := c.archive.Lookup(r.name); file == nil || file.IsFolder() || isMeta(r.name) {
				return fault.Errorf(fault.PackagePartMissing, "ASiC: %q is named, and not there", r.name)
			}
			s.covered = append(s.covered, r.name)
			c.mediaTypes[r.name] = r.mediaType
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

func (c *container) readSignature(name string) (*Signature, error) {
	der, err := c.values[name].ReadAll(cades.MaxSignature)
	if err != nil {
		return nil, err
	}
	value, err := cades.ParseAs(der, cades.Rules{Policy: cades.PolicyAllowed})
	if err != nil {
		return nil, err
	}
	return &Signature{container: c, name: name, value: value}, nil
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
