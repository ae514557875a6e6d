package formats

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/xmldsig/tolerant"
	"github.com/e-onay/e-onay/internal/zipfile"
)

// Limits on a container, beside those of internal/zipfile.
const (
	maxFiles          = 2000
	maxSignatureFiles = 100      // files of signatures, and of time stamps
	maxSigners        = 100      // signatures in all of them
	maxReferences     = 10_000   // to files, in all manifests
	maxSignatureFile  = 16 << 20 // bytes of one of them
	maxMeta           = 32 << 20 // bytes of all of them, and of manifests

	// Files are hashed up to hashedRatio times the container's size, that of a smaller one as if it had a megabyte; by two hashes they count
	// twice. What is deflated may be a hundred times as large (internal/zipfile).
	hashedRatio = 64
	leastHashed = hashedRatio << 20
	// XML is worked on as if its files were packedRatio times the container's size, and packedRest bytes besides, at most: what unpacks to
	// more has no more work.
	packedRatio = 16
	packedRest  = 1 << 20
)

// container is a ZIP of files and signatures over them.
type container struct {
	archive  *zipfile.Reader
	files    []string       // what a person sees: all but the media type and what is in META-INF
	shown    []string       // their names as they are shown
	places   map[string]int // where they stand in files
	contents map[string]*digests
	budget   atomic.Int64
	work     *tolerant.Work // of all XML in it
	meta     int64          // bytes of files that were held in memory
	stamps   int            // time stamps that were read

	tokens     map[string]token // of all files of time stamps
	signatures []*validation.Signature
	byFile     map[string][]*validation.Signature // of each file of signatures
	covers     map[*validation.Signature][]string // the files that a signature covers
	added      map[*validation.TimeStamp]bool     // to signatures, by the container
}

// readContainer reads the signatures in a ZIP: of ASiC, OpenDocument, or a package of e-Yazışma. Another ZIP gives fault.Unsupported.
func readContainer(file Content) ([]*validation.Signature, error) {
	disk := &watched{ReaderAt: file.Reader}
	archive, err := zipfile.Open(disk, file.Size)
	if err != nil {
		return nil, disk.or(err)
	}
	c := &container{
		archive: archive, places: map[string]int{}, contents: map[string]*digests{},
		byFile: map[string][]*validation.Signature{}, covers: map[*validation.Signature][]string{},
		added: map[*validation.TimeStamp]bool{}, tokens: map[string]token{},
	}
	c.budget.Store(max(hashedRatio*file.Size, leastHashed))
	unpacked := int64(0)
	for _, e := range archive.Entries {
		unpacked += e.Size
		if !e.IsFolder() && e.Name != "mimetype" && !isMeta(e.Name) {
			c.show(e.Name)
		}
	}
	c.work = tolerant.WorkFor(min(unpacked, packedRatio*file.Size+packedRest))
	if isPackage(archive) {
		err = c.readPackage(disk, file.Size)
	} else {
		err = c.readASiC()
	}
	if err = disk.or(err); err != nil {
		return nil, err
	}
	for i, s := range c.signatures {
		renumber(s, strconv.Itoa(i+1))
	}
	return c.signatures, nil
}

// show adds a file that a person sees.
func (c *container) show(name string) {
	c.places[name] = len(c.files)
	c.files, c.shown = append(c.files, name), append(c.shown, shown(name))
}

// watched remembers an error of reading, which would otherwise be taken for damage of the archive.
type watched struct {
	io.ReaderAt
	mu  sync.Mutex
	err error
}

func (w *watched) ReadAt(p []byte, offset int64) (int, error) {
	n, err := w.ReaderAt.ReadAt(p, offset)
	if err != nil && !errors.Is(err, io.EOF) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.err = err
	}
	return n, err
}

// or returns the error of reading, or err where there was none.
func (w *watched) or(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return fmt.Errorf("read a container: %w", w.err)
	}
	return err
}

// renumber gives a signature a place of its own in the container, and its counter-signatures below it.
func renumber(s *validation.Signature, id string) {
	s.ID = id
	for i, counter := range s.CounterSignatures {
		renumber(counter, id+"."+strconv.Itoa(i+1))
	}
}

// content are the digests of a file; nil where it is not there.
func (c *container) content(name string) *digests {
	if known := c.contents[name]; known != nil {
		return known
	}
	e := c.archive.Lookup(name)
	if e == nil || e.IsFolder() {
		return nil
	}
	return c.share(name, e.Size, e.Open)
}

// share are the digests of a file for all signatures.
func (c *container) share(name string, size int64, open func() io.Reader) *digests {
	out := newDigests(size, open)
	out.budget = &c.budget
	c.contents[name] = out
	return out
}

// hold reads a file of the container into memory.
func (c *container) hold(e *zipfile.Entry) ([]byte, error) {
	if c.meta += e.Size; c.meta > maxMeta {
		return nil, fault.Errorf(fault.ContainerMalformed, "more than %d bytes of signatures and manifests", maxMeta)
	}
	return e.ReadAll(maxSignatureFile)
}

// readCAdES reads a file of CAdES signatures over content, which covers parts. A file that cannot be parsed becomes a
// malformed signature, so that the others are judged.
func (c *container) readCAdES(file string, data []byte, content *digests, parts []part) {
	all, err := c.cades(data, content)
	if err != nil {
		broken := &validation.Signature{Format: "CAdES"}
		malformed(broken, shown(file), err)
		all = []*validation.Signature{broken}
	}
	for _, s := range all {
		c.add(file, s, parts)
	}
}

// cades reads the signatures of a CMS SignedData. Where it has a content of its own, that must be the one that it is over here.
func (c *container) cades(data []byte, content *digests) ([]*validation.Signature, error) {
	f, err := openCAdES(Content{bytes.NewReader(data), int64(len(data))}, &c.stamps)
	if err != nil {
		return nil, err
	}
	differs := false
	if f.content == nil {
		f.content = content
	} else if content != nil {
		differs = !sameContent(f.content, content)
	}
	if err := f.content.readable(); err != nil { // the parts say so
		f.content = nil
	}
	all, err := f.signatures()
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		if differs {
			outweigh(s, validation.Fail(validation.HashFailure, validation.Because(validation.ReasonContentChanged, "", errors.New("the signature has another content"))))
		}
	}
	return all, nil
}

// readable returns the error of reading a content to its end.
func (d *digests) readable() error {
	_, err := d.of(partHash)
	if errors.Is(err, errNoContent) {
		return nil
	}
	return err
}

func sameContent(a, b *digests) bool {
	one, err1 := a.of(partHash)
	other, err2 := b.of(partHash)
	return err1 == nil && err2 == nil && bytes.Equal(one, other)
}

// outweigh lets a conclusion count beside what the signature itself says.
func outweigh(s *validation.Signature, c validation.Conclusion) {
	verify := s.Verify
	if verify == nil || c.Indication == validation.Passed {
		return
	}
	s.Verify = func(by *x509.Certificate) validation.Conclusion { return worst(verify(by), c) }
}

// add adds a signature that covers these parts.
func (c *container) add(file string, s *validation.Signature, parts []part) {
	s.Covers = validation.Coverage{Content: "container", Size: -1}
	covered, hashes := map[string]bool{}, map[string]bool{}
	for _, p := range parts {
		if !covered[p.name] {
			covered[p.name] = true
			s.Covers.Parts = append(s.Covers.Parts, p.report())
			c.covers[s] = append(c.covers[s], p.name)
		}
		if name := shown(p.algorithm); p.digest != nil && !hashes[name] {
			hashes[name] = true
			s.Algorithms = append(s.Algorithms, validation.Algorithm{Hash: p.hash, Name: name})
		}
	}
	if len(s.Covers.Parts) == 1 {
		one := s.Covers.Parts[0]
		s.Covers.Size, s.Covers.Hash, s.Covers.Digest = one.Size, one.Hash, one.Digest
	}
	outweigh(s, judgeParts(parts))
	s.Covers.Uncovered = c.uncovered(covered)
	c.keep(file, s)
}

// keep adds a signature that says itself what it covers.
func (c *container) keep(file string, s *validation.Signature) {
	if len(c.signatures) == maxSigners {
		last := c.signatures[len(c.signatures)-1]
		many := validation.Indetermined(validation.SigConstraintsFailure, validation.Because(validation.ReasonTooMany, shown(file), nil))
		last.Malformed = &many
		return
	}
	c.signatures = append(c.signatures, s)
	c.byFile[file] = append(c.byFile[file], s)
}

// uncovered are the files that are not among those covered.
func (c *container) uncovered(covered map[string]bool) (names []string) {
	isCovered := make([]bool, len(c.files))
	left := len(c.files)
	for name := range covered {
		if i, ok := c.places[name]; ok {
			isCovered[i] = true
			left--
		}
	}
	if left == 0 {
		return nil
	}
	names = make([]string, 0, left)
	for i, name := range c.shown {
		if !isCovered[i] {
			names = append(names, name)
		}
	}
	return names
}

func isMeta(name string) bool { return strings.HasPrefix(strings.ToLower(name), "meta-inf/") }

// isNamed reports whether a file in META-INF is called so: the words in its name, in any case, and its extension.
func isNamed(name, extension string, words ...string) bool {
	if !isMeta(name) {
		return false
	}
	base := strings.ToLower(path.Base(name))
	for _, word := range words {
		if path.Ext(base) == extension && strings.Contains(base, word) {
			return true
		}
	}
	return false
}
