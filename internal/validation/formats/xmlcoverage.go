package formats

import (
	"errors"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/xmldsig"
	"github.com/e-onay/e-onay/internal/xmldsig/tolerant"
	"github.com/e-onay/e-onay/internal/xmltree"
)

// maxUncovered is how many elements are named of which a signature says nothing; the last name stands for the rest.
const maxUncovered = 32

// xmlCoverage notes what a signature is over. The error is that of reading a document.
func xmlCoverage(out *validation.Signature, s *tolerant.Signature) error {
	c := validation.Coverage{Content: "detached", Size: -1}
	if s.Counters != nil {
		c.Content = "signature"
	}
	for _, r := range contentParts(s) {
		if !r.IsExternal() && c.Content != "signature" {
			c.Content = contentOf(s, r, c.Content)
		}
		part := validation.Part{Name: partName(r), Size: -1}
		if r.Hash != 0 {
			sum, size, err := r.Compute(r.Hash)
			switch {
			case err == nil:
				part.Size, part.Hash, part.Digest = size, r.Hash, sum
			case isReading(err):
				return err
			}
		}
		c.Parts = append(c.Parts, part)
	}
	if len(c.Parts) == 1 {
		c.Size, c.Hash, c.Digest = c.Parts[0].Size, c.Parts[0].Hash, c.Parts[0].Digest
	}
	if s.Counters != nil && !countersValue(s) {
		wrong := validation.Indetermined(validation.SigConstraintsFailure, validation.Because(validation.ReasonAttributeWrong, "CounterSignature", nil))
		out.Malformed = &wrong
	}
	if len(c.Parts) == 1 && isOverValue(contentParts(s)[0]) {
		c.Content = "signature"
	}
	if c.Content == "attached" || c.Content == "element" {
		c.Uncovered = uncovered(s)
	}
	out.Covers = c
	return nil
}

// contentParts are what a signature is over but its own KeyInfo, which some programs sign.
func contentParts(s *tolerant.Signature) []*tolerant.Reference {
	return slices.DeleteFunc(s.Parts(), func(r *tolerant.Reference) bool {
		target, err := r.Target()
		return err == nil && target != nil && target == s.KeyInfo
	})
}

// contentOf says what the content is with one more reference within the document: "attached" for all of the document or an Object of the
// signature, "element" where any is over a part of the document.
func contentOf(s *tolerant.Signature, r *tolerant.Reference, so string) string {
	target, err := r.Target()
	isObject := err == nil && target.Is(xmldsig.Namespace, "Object") && target.Parent == s.Element
	if so == "element" || err == nil && !r.IsWhole() && !isObject {
		return "element"
	}
	return "attached"
}

// isReading reports whether an error is that of a disk, and nothing about the signature.
func isReading(err error) bool {
	return !errors.Is(err, tolerant.ErrMissing) && !errors.Is(err, tolerant.ErrTooMuch) && fault.CodeOf(err) == fault.Internal
}

// countersValue reports whether a counter-signature is over the value of the signature that it stands in, and what else it is over is in
// that signature too.
func countersValue(s *tolerant.Signature) bool {
	found := false
	for _, r := range s.Parts() {
		target, err := r.Target()
		found = found || err == nil && target == s.Counters.SignatureValue
	}
	return found
}

func isOverValue(r *tolerant.Reference) bool {
	target, err := r.Target()
	return err == nil && target.Is(xmldsig.Namespace, "SignatureValue")
}

// partName names what a reference is over: "" for the whole document, an identifier with the element's name, the name of the file that
// answers it, or what the reference calls it where that is another one.
func partName(r *tolerant.Reference) string {
	if r.IsExternal() {
		name, err := url.PathUnescape(r.URI)
		if err != nil {
			name = r.URI
		}
		if file, err := r.External(); err == nil && (name == "" || file.IsPath || path.Base(name) == path.Base(file.Name)) {
			name = file.Name
		}
		return shown(name)
	}
	target, err := r.Target()
	switch {
	case err != nil:
		return shown(r.URI)
	case target == nil:
		return ""
	}
	return shown(r.URI + " " + target.Local)
}

// shown makes text of a file fit to be shown: no control characters, and not too long.
func shown(text string) string {
	const longest = 200
	if isPlain(text) { // as nearly all text is
		if len(text) > longest {
			return text[:longest] + "…"
		}
		return text
	}
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r <= 0x9f || r >= 0x200b && r <= 0x200f || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfeff {
			return -1
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return text
}

// isPlain reports whether text is of printable ASCII.
func isPlain(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// uncovered names the elements of its document of which a signature says nothing, as paths: the outermost that it neither covers nor has to
// have around what it covers. Signatures are left out, but not an Object of this one. So a document that was put around
// a signed element, or beside it, shows.
func uncovered(s *tolerant.Signature) []string {
	u := &uncover{s: s, covered: map[*xmltree.Node]bool{}, around: map[*xmltree.Node]bool{}}
	for _, r := range s.AllReferences() {
		target, err := r.Target()
		if err != nil || r.IsExternal() || r.Err != nil {
			continue
		}
		if target == nil {
			target = s.Document.Root
		}
		u.covered[target] = true
	}
	for n := range u.covered {
		for ; n != nil && !u.around[n]; n = n.Parent {
			u.around[n] = true
		}
	}
	for n := s.Element; n != nil; n = n.Parent {
		u.around[n] = true
	}
	u.visit(s.Document.Root, "")
	return u.names
}

// longestPath is how many bytes of a path are put together; shown cuts it shorter.
const longestPath = 2 << 10

type uncover struct {
	s               *tolerant.Signature
	covered, around map[*xmltree.Node]bool
	names           []string
}

func (u *uncover) visit(n *xmltree.Node, path string) {
	if len(u.names) >= maxUncovered {
		return
	}
	if len(path) < longestPath { // no more of it is shown
		path += "/" + n.Local
	}
	isSignature := n.Is(xmldsig.Namespace, "Signature")
	switch {
	case u.covered[n]:
		// An Object in the signature that enveloped-signature leaves out is not covered by what envelops it.
		if n != u.s.Element && n.Contains(u.s.Element) {
			u.objects(path + "/…/" + u.s.Element.Local)
		}
		return
	case n == u.s.Element:
		u.objects(path)
		return
	case isSignature && !u.around[n]:
		return
	case !u.around[n]:
		u.add(path)
		return
	}
	if says(n) {
		u.add(path)
	}
	named := map[*xmltree.Name]bool{} // of the elements here that the signature says nothing of: one of each name is enough
	for _, c := range n.Children {
		if c.Kind != xmltree.Element || named[c.Name] {
			continue
		}
		if !u.around[c] {
			named[c.Name] = true
		}
		u.visit(c, path)
	}
}

// objects names the Objects of the signature that it does not cover.
func (u *uncover) objects(path string) {
	for _, object := range u.s.Objects {
		isProperties := u.s.Properties != nil && object == u.s.Properties.Element.Parent && len(object.Elements()) == 1
		if u.covered[object] || isProperties || slices.ContainsFunc(object.Elements(), func(n *xmltree.Node) bool { return u.covered[n] }) {
			continue
		}
		u.add(path + "/" + object.Local)
	}
}

func (u *uncover) add(path string) {
	if path = shown(path); !slices.Contains(u.names, path) {
		u.names = append(u.names, path)
	}
}

// says reports whether an element that is around something has anything of its own: text, or attributes.
func says(n *xmltree.Node) bool {
	return len(n.Attributes) > 0 || tolerant.Text(n) != ""
}
