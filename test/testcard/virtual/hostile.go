package virtual

import (
	"encoding/binary"
	"math/rand/v2"
)

// maxAnswer is the longest that the reader's driver takes: its length comes in two bytes.
const maxAnswer = 0xffff

// A liar makes wrong answers of right ones. The same seed lies in the same way.
type liar struct {
	random *rand.Rand
	lie    func(r *rand.Rand, good []byte) []byte
}

func newLiar(seed uint64) *liar { return &liar{random: seeded(seed)} }

func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// constancy is how many answers in a row are lies of one kind, on the average: 61xx and 6Cxx are loops only where they
// last.
const constancy = 4

// answer is a lie in the place of good, an answer with its status.
func (l *liar) answer(good []byte) []byte {
	if l.lie == nil || l.random.IntN(constancy) == 0 {
		l.lie = lies[l.random.IntN(len(lies))]
	}
	lie := l.lie(l.random, good)
	return lie[:min(len(lie), maxAnswer)]
}

var lies = []func(r *rand.Rand, good []byte) []byte{
	noise, flipped, cut, swollen, wrongStatus, statusAlone, wrongLengths, more, wrongLe,
}

// noise is bytes that mean nothing, of any length that a short answer has, with a good status or not.
func noise(r *rand.Rand, _ []byte) []byte {
	b := random(r, 1+r.IntN(258))
	if len(b) > 2 && r.IntN(2) == 0 {
		binary.BigEndian.PutUint16(b[len(b)-2:], uint16(StatusOK))
	}
	return b
}

// flipped is the right answer but for some bits.
func flipped(r *rand.Rand, good []byte) []byte {
	b := append([]byte(nil), good...)
	for range 1 + r.IntN(8) {
		b[r.IntN(len(b))] ^= 1 << r.IntN(8)
	}
	return b
}

// cut is the beginning of the right answer, which may end in what is no status.
func cut(r *rand.Rand, good []byte) []byte { return good[:1+r.IntN(len(good))] }

// swollen is the right answer and far more than was asked for.
func swollen(r *rand.Rand, good []byte) []byte {
	return StatusOK.after(append(good[:len(good)-2:len(good)-2], random(r, maxAnswer-len(good))...))
}

// wrongStatus is the right data with a status that denies it.
func wrongStatus(r *rand.Rand, good []byte) []byte {
	return anyStatus(r).after(good[:len(good)-2])
}

// statusAlone is a status without data.
func statusAlone(r *rand.Rand, _ []byte) []byte { return anyStatus(r).after(nil) }

// wrongLengths is the right answer, in which the first lengths of its data objects lie.
func wrongLengths(r *rand.Rand, good []byte) []byte {
	lengths := [][]byte{{0}, {0x7f}, {0x80}, {0x81, 0xff}, {0x82, 0xff, 0xff}, {0x84, 0x7f, 0xff, 0xff, 0xff}, {0x84, 0xff, 0xff, 0xff, 0xff}, {0xff}}
	at := 1 + 2*r.IntN(2)
	if len(good) < at+3 {
		return good
	}
	lie := lengths[r.IntN(len(lengths))]
	return append(append(good[:at:at], lie...), good[at+1:]...)
}

// more is 61xx: there is more to be had, always.
func more(r *rand.Rand, good []byte) []byte {
	return (StatusMore | Status(r.IntN(0x100))).after(good[:r.IntN(len(good)-1)])
}

// wrongLe is 6Cxx: another length would be right, always.
func wrongLe(r *rand.Rand, _ []byte) []byte {
	return (StatusWrongLe | Status(r.IntN(0x100))).after(nil)
}

// anyStatus is one that means something in most places, or any.
func anyStatus(r *rand.Rand) Status {
	known := []Status{
		StatusOK, StatusTries, StatusTries | 1, StatusTries | 0xf, StatusWrongLength, StatusSecurity, StatusBlocked, StatusConditions,
		StatusWrongData, StatusNotFound, StatusWrongP1P2, StatusUnknownKey, StatusUnknownINS, StatusUnknownClass, 0x6200, 0x6282, 0x6f00,
	}
	if i := r.IntN(len(known) + 1); i < len(known) {
		return known[i]
	}
	return Status(r.IntN(0x10000))
}

func random(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}
