package relyingparty

import (
	"crypto"
	"io"
	"slices"
	"strings"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/asic"
	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/eyazisma"
	"github.com/e-onay/e-onay/internal/eyp"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/jades"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/signature"
	"github.com/e-onay/e-onay/internal/xades"
	"github.com/e-onay/e-onay/internal/zipfile"
)

// candidate is a signature of a file that may be the one that was asked for.
type candidate struct {
	claims ades.Claims
	// verify checks that it is genuine, over all documents and of the form, and that the file shows nothing else.
	verify func() error
}

// parse reads the signatures of the file. Candidates are those of the profile that were not there before.
func (f *SignedFile) parse() (candidates []candidate, all []ades.Claims, err error) {
	format, err := f.format()
	if err != nil {
		return nil, nil, err
	}
	options := f.SignatureOptions.message()
	switch options.Form() {
	case string(CAdESParallel), string(CAdESCounterSignature):
		candidates, all, err = f.parseAddition(format)
	default:
		candidates, all, err = f.parseWhole(format)
	}
	if err == nil && len(candidates) == 0 {
		err = fault.Errorf(fault.SignatureAttributes, "none of %d signatures is new and of profile %s", len(all), format.Profile.Name)
	}
	return candidates, all, err
}

// parseWhole reads a file whose signatures are all of the format's strict profile.
func (f *SignedFile) parseWhole(format signature.Format) (candidates []candidate, all []ades.Claims, err error) {
	parsed, err := format.Parse(f.Content, f.Content.Size())
	if err != nil {
		return nil, nil, err
	}
	all = claimsOf(parsed)
	j, err := f.judge(format)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range j.before {
		if !isAmong(c, all) {
			return nil, nil, fault.Errorf(fault.SignatureInvalid, "a signature of the document is not in the file")
		}
	}
	for _, c := range j.candidates(parsed) {
		if c.claims.Certificate != nil && !isAmong(c.claims, j.before) && format.Profile.Accepts(c.claims.Policy) {
			candidates = append(candidates, c)
		}
	}
	return candidates, all, nil
}

// claimsOf returns what signatures say of themselves, counter-signatures too.
func claimsOf(signatures []ades.Parsed) (all []ades.Claims) {
	for _, s := range signatures {
		all = append(all, s.Claims())
		if of, ok := s.(cades.FileSignature); ok {
			for _, own := range of.CounterSignatures {
				all = append(all, claimsOfCAdES(own))
			}
		}
	}
	return all
}

func claimsOfCAdES(s *cades.Signature) ades.Claims { return cades.FileSignature{Signature: s}.Claims() }

func isAmong(c ades.Claims, all []ades.Claims) bool {
	return slices.ContainsFunc(all, func(other ades.Claims) bool { return isSame(c, other) })
}

func isSame(a, b ades.Claims) bool {
	return a.Certificate.Equal(b.Certificate) && a.SigningTime.Equal(b.SigningTime)
}

// judge says whether a signature is the one that was asked for.
type judge struct {
	options protocol.SignatureOptions
	last    ades.Document   // of the site's
	covered []ades.Document // what the signature must be over
	// before are the signatures that were in the document, where one is added to a container.
	before []ades.Claims
}

// judge makes the judge of what was asked for.
func (f *SignedFile) judge(format signature.Format) (*judge, error) {
	covered, err := f.contents()
	if err != nil {
		return nil, err
	}
	j := &judge{options: f.SignatureOptions.message(), covered: covered, last: covered[len(covered)-1]}
	if j.options.Form() == string(ASiCFurther) {
		return j, j.readBefore(format)
	}
	return j, nil
}

// contents are the site's documents, as formats take them.
func (f *SignedFile) contents() (documents []ades.Document, err error) {
	for i := range f.Documents {
		d := &f.Documents[i]
		content := d.reader()
		if content == nil {
			return nil, fault.Errorf(fault.RequestInvalid, "document %d: its bytes are not at hand", i)
		}
		documents = append(documents, ades.Document{Name: d.Name, MediaType: d.mediaType(), Size: content.Size(), Content: content})
	}
	return documents, nil
}

// readBefore reads the container to which a signature is added. The signature is over the files in it.
func (j *judge) readBefore(format signature.Format) error {
	before, err := format.Parse(j.last.Content, j.last.Size)
	if err != nil {
		return err
	}
	j.before = claimsOf(before)
	j.covered, err = filesOf(j.last)
	return err
}

// candidates are the signatures that may be the one that was asked for.
func (j *judge) candidates(all []ades.Parsed) (candidates []candidate) {
	if j.options.Format == FormatPAdES {
		all = all[len(all)-1:] // each of a PDF's signatures is over those before it
	}
	for _, s := range all {
		candidates = append(candidates, candidate{s.Claims(), func() error { return j.verify(s) }})
	}
	return candidates
}

func (j *judge) verify(s ades.Parsed) error {
	if !j.isOfForm(s) {
		return fault.Errorf(fault.SignatureInvalid, "the signature is not of the form %s %s, or not over all of the file", j.options.Format, j.options.Form())
	}
	if x, ok := s.(*xades.Signature); ok && j.element() != "" {
		if err := x.AddedTo(j.last); err != nil {
			return err
		}
		return s.Verify(nil)
	}
	return s.Verify(j.covered)
}

// element is the identifier of the element of XML that alone is signed.
func (j *judge) element() string {
	if j.options.XAdES == nil {
		return ""
	}
	return j.options.XAdES.Element
}

// filesOf returns the files in a container, by their digests.
func filesOf(container ades.Document) (files []ades.Document, err error) {
	archive, err := zipfile.Open(container.Content, container.Size)
	if err != nil {
		return nil, err
	}
	for _, e := range archive.Entries {
		if e.IsFolder() || e.Name == "mimetype" || strings.HasPrefix(e.Name, "META-INF/") {
			continue
		}
		sums := map[crypto.Hash]io.Writer{}
		var writers []io.Writer
		for _, hash := range ades.Hashes {
			h := hash.New()
			sums[hash], writers = h, append(writers, h)
		}
		size, err := io.Copy(io.MultiWriter(writers...), e.Open())
		if err != nil {
			return nil, err
		}
		d := ades.Document{Name: e.Name, Size: size, Digests: map[crypto.Hash][]byte{}}
		for hash, sum := range sums {
			d.Digests[hash] = sum.(interface{ Sum([]byte) []byte }).Sum(nil)
		}
		files = append(files, d)
	}
	return files, nil
}

// roles are those of a package's signatures, by the forms of the format.
var roles = map[protocol.EYPForm]eyazisma.Role{protocol.EYPInitials: eyazisma.Initial, protocol.EYPSignature: eyazisma.Sign, protocol.EYPSeal: eyazisma.Seal}

// isOfForm tells whether the signature stands where it was asked for, and nothing beside what it is over.
func (j *judge) isOfForm(s ades.Parsed) bool {
	form := j.options.Form()
	switch s := s.(type) {
	case *pades.Signature:
		return s.BytesAfter == 0 && s.Certifies == (form == string(PAdESCertification))
	case *asic.Signature:
		return len(s.Uncovered()) == 0
	case cades.FileSignature:
		return (s.Content() != nil) == (form == string(CAdESAttached))
	case *eyp.Signature:
		return s.Role == roles[protocol.EYPForm(form)]
	case *jades.Signature:
		return (s.Names() != nil) == (form == string(JAdESDetached))
	case *xades.Signature:
		if form != string(protocol.XAdESEnveloped) {
			return s.IsRoot() && (len(s.Files()) > 0) == (form == string(XAdESDetached))
		}
		elements := s.Elements()
		return !s.IsRoot() && len(s.Files()) == 0 && (j.element() == "" || len(elements) == 1 && elements[0].HasID(j.element()))
	}
	return false
}
