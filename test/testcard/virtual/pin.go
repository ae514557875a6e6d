package virtual

import (
	"bytes"
	"fmt"
)

// References of the secrets (SP 800-73-4, part 2, table 4).
const (
	referencePIN = 0x80
	referencePUK = 0x81
)

// secretLength is that of a PIN or PUK as it comes to the card, filled up with FF
// (SP 800-73-4, part 2, 2.4.3).
const secretLength = 8

// A secret is a PIN or PUK and its counter.
type secret struct {
	value    []byte // filled up
	shortest int
	tries    int // left
	most     int
	verified bool // since the last reset
}

func newSecret(value string, shortest, tries int) (secret, error) {
	s := secret{shortest: shortest, tries: tries, most: tries}
	padded := append([]byte(value), bytes.Repeat([]byte{0xff}, max(0, secretLength-len(value)))...)
	if tries < 1 || tries > 15 || !s.wellFormed(padded) {
		return secret{}, fmt.Errorf("a PIN or PUK that PIV does not have, or %d tries", tries)
	}
	s.value = padded
	return s, nil
}

// wellFormed reports whether a card would take b for a PIN: digits, then only FF.
func (s *secret) wellFormed(b []byte) bool {
	digits := bytes.TrimRight(b, "\xff")
	if len(b) != secretLength || len(digits) < s.shortest {
		return false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// try compares, and counts a wrong value. What cannot be right costs no try
// (SP 800-73-4, part 2, 3.2.1, leaves that to the card).
func (s *secret) try(value []byte) Status {
	switch {
	case s.tries == 0:
		return StatusBlocked
	case !s.wellFormed(value):
		return StatusWrongData
	case !same(value, s.value):
		s.tries--
		s.verified = false
		return s.left()
	}
	s.tries = s.most
	s.verified = true
	return StatusOK
}

// left is the status that tells how many tries are left.
func (s *secret) left() Status {
	if s.tries == 0 {
		return StatusBlocked
	}
	return StatusTries | Status(s.tries)
}

// set makes the value another one, with all its tries.
func (s *secret) set(value []byte) { s.value, s.tries = bytes.Clone(value), s.most }

// verify is VERIFY (SP 800-73-4, part 2, 3.2.1). Without data it asks whether a PIN is needed.
func (p *piv) verify(c Command) Status {
	switch {
	case c.P2 != referencePIN:
		return StatusUnknownKey
	case c.P1 == 0xff && len(c.Data) == 0:
		p.pin.verified = false
		return StatusOK
	case c.P1 != 0:
		return StatusWrongP1P2
	case len(c.Data) > 0:
		status := p.pin.try(c.Data)
		p.fresh = status == StatusOK
		return status
	case p.pin.verified:
		return StatusOK
	default:
		return p.pin.left()
	}
}

// change is CHANGE REFERENCE DATA (SP 800-73-4, part 2, 3.2.2): the old value, then the new one.
func (p *piv) change(c Command) Status {
	s := &p.pin
	switch {
	case c.P1 != 0:
		return StatusWrongP1P2
	case c.P2 == referencePUK:
		s = &p.puk
	case c.P2 != referencePIN:
		return StatusUnknownKey
	}
	if len(c.Data) != 2*secretLength || !s.wellFormed(c.Data[secretLength:]) {
		return StatusWrongData
	}
	status := s.try(c.Data[:secretLength])
	if status == StatusOK {
		s.set(c.Data[secretLength:])
	}
	return status
}

// unblock is RESET RETRY COUNTER (SP 800-73-4, part 2, 3.2.3): the PUK, then a new PIN.
func (p *piv) unblock(c Command) Status {
	switch {
	case c.P1 != 0:
		return StatusWrongP1P2
	case c.P2 != referencePIN:
		return StatusUnknownKey
	case len(c.Data) != 2*secretLength || !p.pin.wellFormed(c.Data[secretLength:]):
		return StatusWrongData
	}
	status := p.puk.try(c.Data[:secretLength])
	if status == StatusOK {
		p.pin.set(c.Data[secretLength:])
		p.pin.verified = false
	}
	return status
}
