package pki

// Signatures is what is kept of signatures that were good.
type Signatures struct{ signatures }

// NewSignatures returns an empty set with room for so many.
func NewSignatures(max int) *Signatures { return &Signatures{signatures{max: max}} }

func (s *Signatures) Add(n byte)      { s.add([32]byte{n}) }
func (s *Signatures) Has(n byte) bool { return s.has([32]byte{n}) }
func (s *Signatures) Len() int        { return len(s.good) }
