// Package asic makes and reads containers of files and signatures over them: Associated Signature Containers (ETSI EN 319
// 162-1), baseline level B.
//
//   - ASiC-E, the usual kind: any number of files. A CAdES signature is over an ASiCManifest, which has the digest of each
//     file; a XAdES signature has the digests itself.
//   - ASiC-S: one file, and a signature over its bytes.
//
// A container that is there already can get a further signature. What is in it stays byte for byte.
//
// # Who may trust what
//
// Prepare trusts its caller and not its documents. Parse and Verify trust nothing. A container is refused where files in it
// are covered by no signature, since a person who opens it sees them beside those that are; where META-INF holds what this
// package does not know; and where a file has another digest than the manifest says. [Signature.Covered] says which files a
// signature is over, if there are several signatures.
//
// Documents are read as they stream: memory does not grow with them.
package asic

import (
	"bytes"
	"crypto"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/xades"
	"github.com/e-onay/e-onay/internal/zipfile"
	"github.com/e-onay/e-onay/internal/zipwriter"
)

// Media types of containers (EN 319 162-1, 4.3.3.1 and 4.4.3.1).
const (
	MediaTypeE = "application/vnd.etsi.asic-e+zip"
	MediaTypeS = "application/vnd.etsi.asic-s+zip"
)

// Names of what is in a container beside the files that are signed.
const (
	nameMimetype = "mimetype"
	folderMeta   = "META-INF/"
	nameManifest = folderMeta + "manifest.xml" // OpenDocument's list of files, beside XAdES signatures (4.4.3.2)

	nameSimple    = folderMeta + "signature.p7s"  // ASiC-S with CAdES (4.3.3.2)
	nameSimpleXML = folderMeta + "signatures.xml" // ASiC-S with XAdES
)

// MaxFiles is how many files a container has at most.
const MaxFiles = 1000

// Options say what kind of container to make. The zero value is an ASiC-E of all documents.
type Options struct {
	// Simple asks for an ASiC-S, of one document.
	Simple bool
	// XAdES asks for a XAdES signature, and not for CAdES.
	XAdES bool
	// Further asks for a further signature, over all files of the ASiC-E container that is the one document.
	Further bool
}

// member is a file of the container, as it is signed.
type member struct {
	name, mediaType string
	digest          []byte // made with Signer.Hash
	sum             uint32 // CRC-32, for a document that is added
}

// Prepare reads each document once. Documents become files of the container, by their names; a name that cannot be one, or
// two that are one on some system, give fault.RequestInvalid. With Options.Further the errors are also those of Parse, and
// of its signatures' Verify: a further signature would make one that does not hold look good.
func Prepare(s ades.Signer, documents []ades.Document, o Options) (ades.Prepared, error) {
	p := &prepared{signer: s, documents: documents, options: o}
	if err := p.collect(); err != nil {
		return nil, err
	}
	prepare := p.prepareCAdES
	if o.XAdES {
		prepare = p.prepareXAdES
	}
	if err := prepare(); err != nil {
		return nil, err
	}
	return p, nil
}

// prepared is a container that lacks only the card's signature.
type prepared struct {
	signer    ades.Signer
	documents []ades.Document
	options   Options

	container     *container // that is continued, or nil
	members       []member
	additions     []addition // beside the files, before the signature
	signatureName string
	complete      func(cardSignature []byte) ([]byte, error) // returns the signature
	digest        []byte
}

// addition is a file in META-INF.
type addition struct {
	name    string
	content []byte
}

func (p *prepared) Digest() []byte { return bytes.Clone(p.digest) }

// prepareCAdES prepares a signature over a manifest, or in an ASiC-S over the file.
func (p *prepared) prepareCAdES() error {
	content := p.members[0].digest
	p.signatureName = nameSimple
	if !p.options.Simple {
		n := p.freeNumber(1, manifestName, signatureName)
		p.signatureName = signatureName(n)
		manifest, err := writeManifest(p.signatureName, p.members, p.signer.Hash)
		if err != nil {
			return err
		}
		h := p.signer.Hash.New()
		h.Write(manifest)
		content = h.Sum(nil)
		p.additions = []addition{{manifestName(n), manifest}}
	}
	unsigned, err := cades.Prepare(cades.Request{Signer: p.signer, ContentDigest: content})
	if err != nil {
		return err
	}
	p.complete, p.digest = unsigned.Complete, unsigned.Digest()
	return nil
}

// prepareXAdES prepares a signature over the files, by their names.
func (p *prepared) prepareXAdES() error {
	p.signatureName = nameSimpleXML
	if !p.options.Simple {
		p.signatureName = signaturesName(p.freeNumber(0, signaturesName))
		if p.container == nil {
			p.additions = []addition{{nameManifest, writeOpenDocument(p.members)}}
		}
	}
	files := make([]ades.Document, len(p.members))
	for i, m := range p.members {
		files[i] = ades.Document{Name: m.name, MediaType: m.mediaType, Digests: map[crypto.Hash][]byte{p.signer.Hash: m.digest}}
	}
	unsigned, err := xades.Prepare(p.signer, files, xades.Options{Form: xades.Detached, Container: true})
	if err != nil {
		return err
	}
	p.digest = unsigned.Digest()
	p.complete = func(cardSignature []byte) ([]byte, error) {
		pieces, err := unsigned.Complete(cardSignature)
		if err != nil {
			return nil, err
		}
		return io.ReadAll(pieces.Reader(nil)) // a detached signature has nothing of the files
	}
	return nil
}

// freeNumber returns the least number from first on by which no file of the container is called.
func (p *prepared) freeNumber(first int, names ...func(int) string) int {
	taken := func(n int) bool {
		return p.container != nil && slices.ContainsFunc(names, func(name func(int) string) bool { return p.container.has(name(n)) })
	}
	for taken(first) {
		first++
	}
	return first
}

// collect finds the files to be signed, and names for what is added.
func (p *prepared) collect() error {
	if !available(p.signer.Hash) {
		return fmt.Errorf("hash %v is not supported", p.signer.Hash)
	}
	if p.options.Further {
		return p.collectFurther()
	}
	if n := len(p.documents); n == 0 || n > MaxFiles || (p.options.Simple && n != 1) {
		return fault.Errorf(fault.RequestInvalid, "a container of %d documents", n)
	}
	var names []string
	for _, d := range p.documents {
		if err := zipfile.CheckName(d.Name); err != nil {
			return fault.Errorf(fault.RequestInvalid, "document for a container: %w", err)
		}
		if strings.HasSuffix(d.Name, "/") || isMeta(d.Name) {
			return fault.Errorf(fault.RequestInvalid, "document %.100q has a name of the container's own", d.Name)
		}
		names = append(names, d.Name)
	}
	if err := zipfile.CheckNames(names); err != nil {
		return fault.Errorf(fault.RequestInvalid, "documents for a container: %w", err)
	}
	for _, d := range p.documents {
		m, err := measure(d, p.signer.Hash)
		if err != nil {
			return err
		}
		p.members = append(p.members, m)
	}
	return nil
}

// collectFurther opens the container that the one document is.
func (p *prepared) collectFurther() error {
	if len(p.documents) != 1 || p.options.Simple || p.documents[0].Content == nil {
		return fault.Errorf(fault.RequestInvalid, "a further signature is over one ASiC-E container")
	}
	c, err := openContainer(p.documents[0].Content, p.documents[0].Size)
	if err != nil {
		return err
	}
	if c.simple || p.options.XAdES != c.isXAdES() {
		return fault.Errorf(fault.PackageUnsupported, "a further signature in an ASiC-S, or of another kind than those there")
	}
	for _, s := range c.signatures {
		if err := s.Verify(nil); err != nil {
			return err
		}
	}
	for _, e := range c.files {
		digest, err := c.digest(e, p.signer.Hash)
		if err != nil {
			return err
		}
		p.members = append(p.members, member{name: e.Name, mediaType: c.mediaTypes[e.Name], digest: digest})
	}
	p.container = c
	return nil
}

// Complete returns the container. It has been read again, with the signature verified over what Prepare measured.
func (p *prepared) Complete(cardSignature []byte) (ades.Pieces, error) {
	signature, err := p.complete(cardSignature)
	if err != nil {
		return nil, err
	}
	var a zipwriter.Archive
	switch {
	case p.container != nil:
		for _, e := range p.container.archive.Entries {
			a.Copy(e, 0)
		}
	default:
		kind := MediaTypeE
		if p.options.Simple {
			kind = MediaTypeS
		}
		a.AddBytes(nameMimetype, []byte(kind), p.signer.Time)
		for i, d := range p.documents {
			a.AddDocument(d.Name, i, d, p.members[i].sum, p.signer.Time)
		}
	}
	for _, m := range p.additions {
		a.AddBytes(m.name, m.content, p.signer.Time)
	}
	a.AddBytes(p.signatureName, signature, p.signer.Time)
	pieces, err := a.Pieces("")
	if err != nil {
		return nil, err
	}
	return pieces, p.readAgain(pieces)
}

// readAgain has the strict reader read the container, and verifies the new signature over the digests that were measured.
func (p *prepared) readAgain(pieces ades.Pieces) error {
	c, err := openContainer(pieces.Reader(p.documents), pieces.Size())
	if err != nil {
		return fmt.Errorf("the container that was made: %w", err)
	}
	measured := map[string][]byte{}
	for _, m := range p.members {
		measured[m.name] = m.digest
	}
	for _, s := range c.signatures {
		if s.name != p.signatureName {
			continue
		}
		err := s.verify(func(name string, _ crypto.Hash) ([]byte, error) { return measured[name], nil }) // all by Signer.Hash
		if err != nil {
			return fmt.Errorf("the container that was made: %w", err)
		}
		return nil
	}
	return fmt.Errorf("the container that was made lacks %s", p.signatureName)
}

// measure reads a document once, for its digest and its CRC-32.
func measure(d ades.Document, hash crypto.Hash) (member, error) {
	if d.Content == nil {
		return member{}, fmt.Errorf("a document for a container whose content is not at hand")
	}
	digest, sum := hash.New(), crc32.NewIEEE()
	n, err := io.Copy(io.MultiWriter(digest, sum), d.Reader())
	if err != nil {
		return member{}, fmt.Errorf("read a document: %w", err)
	}
	if n != d.Size {
		return member{}, fmt.Errorf("document of %d bytes ends after %d", d.Size, n)
	}
	return member{d.Name, d.MediaType, digest.Sum(nil), sum.Sum32()}, nil
}

// isMeta reports whether a name is for what the container has beside its files, in any case of its letters.
func isMeta(name string) bool {
	key := zipfile.NameKey(name)
	return key == zipfile.NameKey(nameMimetype) || strings.HasPrefix(key+"/", zipfile.NameKey(folderMeta)+"/")
}

func manifestName(n int) string  { return fmt.Sprintf("%sASiCManifest%03d.xml", folderMeta, n) }
func signatureName(n int) string { return fmt.Sprintf("%ssignature%03d.p7s", folderMeta, n) }

// signaturesName is that of a file of XAdES signatures, counted from 0.
func signaturesName(n int) string { return fmt.Sprintf("%ssignatures%d.xml", folderMeta, n) }
