package xmldsig

import (
	"strings"

	"github.com/e-onay/e-onay/internal/xmltree"
)

// Sequence are the elements within an element, of which each is taken in turn.
type Sequence struct {
	parent string
	Rest   []*xmltree.Node
}

// Children returns the elements within n. Text beside them is white space, and there are no comments: they mean nothing, and
// a reader that thinks otherwise is misled.
func Children(n *xmltree.Node) (Sequence, error) {
	s := Sequence{parent: n.Local}
	for _, c := range n.Children {
		switch {
		case c.Kind == xmltree.Element:
			s.Rest = append(s.Rest, c)
		case c.Kind != xmltree.Text || strings.Trim(c.Text, " \t\r\n") != "":
			return s, malformed("text, a comment or an instruction within %s", n.Local)
		}
	}
	return s, nil
}

// Take returns the next element, which has this name.
func (s *Sequence) Take(space, local string) (*xmltree.Node, error) {
	if n := s.TakeOptional(space, local); n != nil {
		return n, nil
	}
	return nil, malformed("%s without %s, or with something else before it", s.parent, local)
}

// TakeOptional returns the next element if it has this name, and nil otherwise.
func (s *Sequence) TakeOptional(space, local string) *xmltree.Node {
	if len(s.Rest) == 0 || !s.Rest[0].Is(space, local) {
		return nil
	}
	n := s.Rest[0]
	s.Rest = s.Rest[1:]
	return n
}

// End refuses what is left.
func (s *Sequence) End() error {
	if len(s.Rest) > 0 {
		return malformed("%s within %s", s.Rest[0].Local, s.parent)
	}
	return nil
}

// take is Take for the namespace of XMLDSig.
func (s *Sequence) take(local string) (*xmltree.Node, error) { return s.Take(Namespace, local) }
