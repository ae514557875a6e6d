package virtual

import (
	"encoding/binary"
	"errors"
)

// Status is the two bytes that end each answer (ISO/IEC 7816-4, 5.6).
type Status uint16

// The statuses of this card.
const (
	StatusOK           Status = 0x9000
	StatusMore         Status = 0x6100 // and how many bytes GET RESPONSE can have; 00 is 256 or more
	StatusWrongLe      Status = 0x6c00 // and the Le that would be right
	StatusTries        Status = 0x63c0 // and how many tries are left
	StatusWrongLength  Status = 0x6700
	StatusSecurity     Status = 0x6982 // security status not satisfied
	StatusBlocked      Status = 0x6983
	StatusConditions   Status = 0x6985 // conditions of use not satisfied
	StatusWrongData    Status = 0x6a80
	StatusNotFound     Status = 0x6a82
	StatusWrongP1P2    Status = 0x6a86
	StatusUnknownKey   Status = 0x6a88
	StatusUnknownINS   Status = 0x6d00
	StatusUnknownClass Status = 0x6e00
)

// Instructions (ISO/IEC 7816-4; SP 800-73-4, part 2).
const (
	Verify              byte = 0x20
	ChangeReferenceData byte = 0x24
	ResetRetryCounter   byte = 0x2c
	GeneralAuthenticate byte = 0x87
	Select              byte = 0xa4
	GetResponse         byte = 0xc0
	GetData             byte = 0xcb
)

// chained is the class's bit of a command that more of the same follow (ISO/IEC 7816-4, 5.3.3).
const chained = 0x10

// maxChain bounds the data of a command in several parts: more than any command of this card takes.
const maxChain = 4096

// A Command is a command APDU (ISO/IEC 7816-4, 5.1).
type Command struct {
	CLA, INS, P1, P2 byte
	// Data is what follows Lc, a part of the parsed bytes.
	Data []byte
	// Le is how many bytes may be answered, up to 65,536; 0 is none.
	Le int
}

var errCommand = errors.New("not a command APDU")

// ParseCommand reads a command APDU of any of the seven cases (ISO/IEC 7816-4, 5.1, table 2).
func ParseCommand(b []byte) (Command, error) {
	if len(b) < 4 {
		return Command{}, errCommand
	}
	c := Command{CLA: b[0], INS: b[1], P1: b[2], P2: b[3]}
	body := b[4:]
	switch {
	case len(body) == 0: // case 1
		return c, nil
	case len(body) == 1: // case 2, short
		c.Le = expected(int(body[0]), 0x100)
		return c, nil
	case body[0] != 0: // cases 3 and 4, short
		return c.withData(int(body[0]), body[1:], 1)
	case len(body) == 3: // case 2, extended
		c.Le = expected(int(binary.BigEndian.Uint16(body[1:])), 0x10000)
		return c, nil
	case len(body) > 3: // cases 3 and 4, extended
		return c.withData(int(binary.BigEndian.Uint16(body[1:])), body[3:], 2)
	default:
		return Command{}, errCommand
	}
}

// withData takes lc bytes of data and then, if there is one, an Le of the given size.
func (c Command) withData(lc int, rest []byte, size int) (Command, error) {
	if lc == 0 || len(rest) < lc {
		return Command{}, errCommand
	}
	c.Data, rest = rest[:lc], rest[lc:]
	switch {
	case len(rest) == 0:
		return c, nil
	case len(rest) != size:
		return Command{}, errCommand
	case size == 1:
		c.Le = expected(int(rest[0]), 0x100)
	default:
		c.Le = expected(int(binary.BigEndian.Uint16(rest)), 0x10000)
	}
	return c, nil
}

// expected reads an Le, in which zeros stand for the most.
func expected(le, most int) int {
	if le == 0 {
		return most
	}
	return le
}

// A link puts commands together that come in parts, and gives out answers in parts.
type link struct {
	parts   *Command // so far; nil when none is waited for
	pending []byte   // of an answer, for GET RESPONSE
}

// assemble takes the next command. whole is false where more must follow, or nothing good can: then
// status is the answer.
func (l *link) assemble(c Command) (command Command, whole bool, status Status) {
	if c.CLA&^chained != 0 {
		l.parts = nil
		return c, false, StatusUnknownClass
	}
	before := l.parts
	l.parts = nil
	if before != nil && (before.INS != c.INS || before.P1 != c.P1 || before.P2 != c.P2) {
		before = nil // the parts of another command are forgotten
	}
	more := c.CLA&chained != 0
	c.CLA &^= chained
	data := c.Data
	if before != nil {
		data = append(before.Data, c.Data...)
	}
	if len(data) > maxChain {
		return c, false, StatusWrongLength
	}
	c.Data = data
	if more {
		c.Data = append([]byte(nil), data...)
		l.parts = &c
		return c, false, StatusOK
	}
	return c, true, StatusOK
}

// answer gives out data up to le, and keeps the rest for GET RESPONSE.
func (l *link) answer(data []byte, le int) []byte {
	n := min(len(data), le)
	l.pending = data[n:]
	status := StatusOK
	if left := len(l.pending); left > 0 {
		status = StatusMore
		if left < 0x100 {
			status |= Status(left)
		}
	}
	return status.after(data[:n])
}

// after returns an answer of data and status.
func (s Status) after(data []byte) []byte {
	return binary.BigEndian.AppendUint16(append([]byte(nil), data...), uint16(s))
}

// statusOf returns the status that ends an answer.
func statusOf(answer []byte) Status {
	return Status(binary.BigEndian.Uint16(answer[len(answer)-2:]))
}
