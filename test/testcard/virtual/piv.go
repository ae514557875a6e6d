package virtual

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/subtle"
	"maps"
)

// A Slot is a key's place (SP 800-73-4, part 1, table 4b).
type Slot byte

// The slots. PINs are wanted once for Authentication, Management and the retired keys, just before each
// signature for Signature, and never for CardAuthentication.
const (
	Authentication     Slot = 0x9a
	Signature          Slot = 0x9c
	Management         Slot = 0x9d
	CardAuthentication Slot = 0x9e
)

// Retired is the n-th retired key's slot, from 0 to 19. OpenSC looks only at those below the number that
// the key history tells, so they must be filled from 0.
func Retired(n int) Slot { return Slot(0x82 + n) }

const retiredSlots = 20

// tag is that of the slot's certificate (SP 800-73-4, part 1, table 3); 0 for no slot.
func (s Slot) tag() uint32 {
	switch s {
	case Authentication:
		return 0x5fc105
	case Signature:
		return 0x5fc10a
	case Management:
		return 0x5fc10b
	case CardAuthentication:
		return 0x5fc101
	}
	if s >= Retired(0) && s < Retired(retiredSlots) {
		return 0x5fc10d + uint32(s-Retired(0))
	}
	return 0
}

// Data objects (SP 800-73-4, part 1, table 3).
const (
	tagDiscovery  = 0x7e
	tagCCC        = 0x5fc107
	tagCHUID      = 0x5fc102
	tagKeyHistory = 0x5fc10c
)

// aid is the PIV application's identifier without its version (SP 800-73-4, part 1, 2.2).
var aid = []byte{0xa0, 0, 0, 3, 8, 0, 0, 0x10, 0}

// piv is the card's one application.
type piv struct {
	pin, puk     secret
	keys         map[Slot]crypto.Signer
	certificates map[Slot][]byte // whole data objects
	guid         [16]byte

	selected bool
	fresh    bool // VERIFY was the command before
}

func newPIV(pin, puk string, tries int) (*piv, error) {
	p := &piv{keys: map[Slot]crypto.Signer{}, certificates: map[Slot][]byte{}}
	var err error
	if p.pin, err = newSecret(pin, 6, tries); err != nil {
		return nil, err
	}
	if p.puk, err = newSecret(puk, 8, tries); err != nil {
		return nil, err
	}
	_, err = rand.Read(p.guid[:])
	return p, err
}

// reset is what a loss of power does.
func (p *piv) reset() { p.selected, p.fresh, p.pin.verified = false, false, false }

// do does a command.
func (p *piv) do(c Command) ([]byte, Status) {
	fresh := p.fresh
	p.fresh = false
	if c.INS == Select {
		return p.selectApplication(c)
	}
	if !p.selected {
		return nil, StatusUnknownINS
	}
	switch c.INS {
	case GetData:
		return p.getData(c)
	case Verify:
		return nil, p.verify(c)
	case ChangeReferenceData:
		return nil, p.change(c)
	case ResetRetryCounter:
		return nil, p.unblock(c)
	case GeneralAuthenticate:
		return p.authenticate(c, fresh)
	default:
		return nil, StatusUnknownINS
	}
}

// selectApplication is SELECT (SP 800-73-4, part 2, 3.1.1).
func (p *piv) selectApplication(c Command) ([]byte, Status) {
	if c.P1 != 4 || c.P2 != 0 {
		return nil, StatusWrongP1P2
	}
	if len(c.Data) < 5 || len(c.Data) > 11 || !bytes.HasPrefix(append(bytes.Clone(aid), 1, 0), c.Data) {
		return nil, StatusNotFound
	}
	p.selected = true
	return tlv(0x61,
		tlv(0x4f, aid[5:], []byte{1, 0}),
		tlv(0x79, tlv(0x4f, aid[:5])),
	), StatusOK
}

// getData is GET DATA (SP 800-73-4, part 2, 3.1.2).
func (p *piv) getData(c Command) ([]byte, Status) {
	if c.P1 != 0x3f || c.P2 != 0xff {
		return nil, StatusWrongP1P2
	}
	kind, name, rest, err := readTLV(c.Data)
	if err != nil || kind != 0x5c || len(name) > 3 || len(rest) > 0 {
		return nil, StatusWrongData
	}
	var tag uint32
	for _, b := range name {
		tag = tag<<8 | uint32(b)
	}
	object := p.object(tag)
	if object == nil {
		return nil, StatusNotFound
	}
	return object, StatusOK
}

// object returns a data object, nil where there is none.
func (p *piv) object(tag uint32) []byte {
	switch tag {
	case tagDiscovery: // the application, and that its own PIN is the one (SP 800-73-4, part 1, 3.3.2)
		return tlv(0x7e, tlv(0x4f, aid, []byte{1, 0}), tlv(0x5f2f, []byte{0x40, 0}))
	case tagCCC:
		return tlv(0x53, p.ccc())
	case tagCHUID: // no number of an agency of the United States, so the GUID is the card's serial number
		return tlv(0x53, tlv(0x30, fascN), tlv(0x34, p.guid[:]), tlv(0x35, []byte("20991231")), tlv(0x3e), tlv(0xfe))
	case tagKeyHistory:
		return p.keyHistory()
	}
	for slot := range p.certificates {
		if slot.tag() == tag {
			return p.certificates[slot]
		}
	}
	return nil
}

// certificateObject is a certificate's data object (SP 800-73-4, part 1, table 10).
func certificateObject(certificate []byte, compressed bool) []byte {
	var info byte
	if compressed {
		info = 1
	}
	return tlv(0x53, tlv(0x70, certificate), tlv(0x71, []byte{info}), tlv(0xfe))
}

// fascN is the number of an agency 9999, which is none (SP 800-73-4, part 1, 3.1.2).
var fascN = []byte{
	0xd4, 0xe7, 0x39, 0xda, 0x73, 0x9c, 0xed, 0x39, 0xce, 0x73, 0x9d, 0x83, 0x68, 0x58, 0x21, 0x08,
	0x42, 0x10, 0x84, 0x21, 0xc8, 0x42, 0x10, 0xc3, 0xeb,
}

// ccc is the card capability container (SP 800-73-4, part 1, table 8), of which nobody needs more than
// that it is there.
func (p *piv) ccc() []byte {
	var out []byte
	for _, object := range [][]byte{
		tlv(0xf0, []byte{0xa0, 0, 0, 1, 0x16, 0xff, 2}, p.guid[:14]), tlv(0xf1, []byte{0x21}), tlv(0xf2, []byte{0x21}),
		tlv(0xf3), tlv(0xf4, []byte{0}), tlv(0xf5, []byte{0x10}), tlv(0xf6), tlv(0xf7), tlv(0xfa), tlv(0xfb), tlv(0xfc), tlv(0xfd), tlv(0xfe),
	} {
		out = append(out, object...)
	}
	return out
}

// keyHistory says how many retired keys have their certificates on the card (SP 800-73-4, part 1, 3.3.3).
func (p *piv) keyHistory() []byte {
	var n byte
	for slot := range maps.Keys(p.certificates) {
		if slot < Retired(retiredSlots) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return tlv(0x53, tlv(0xc1, []byte{n}), tlv(0xc2, []byte{0}), tlv(0xfe))
}

// same compares secrets, as a card does, in a time that tells nothing.
func same(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
