package virtual

import (
	"crypto/rand"
	"fmt"
	"slices"
	"time"
)

// An Exchange is a command and its answer as far as they tell no secret: no data of either.
type Exchange struct {
	CLA, INS, P1, P2 byte
	Lc               int
	// Status is the answer's; 0 where there was none.
	Status Status
}

func (e Exchange) String() string {
	return fmt.Sprintf("%02X %02X %02X %02X, %d bytes: %04X", e.CLA, e.INS, e.P1, e.P2, e.Lc, uint16(e.Status))
}

// maxLog is how many exchanges are kept: the latest.
const maxLog = 10_000

// Log returns the latest exchanges.
func (c *Card) Log() []Exchange {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.log)
}

// Count returns how many commands that reached the card since it was made match.
func (c *Card) Count(match func(Exchange) bool) int {
	n := 0
	for _, e := range c.Log() {
		if match(e) {
			n++
		}
	}
	return n
}

// PINs matches each command that brought the card a PIN or a PUK.
func PINs(e Exchange) bool {
	return e.Lc > 0 && (e.INS == Verify || e.INS == ChangeReferenceData || e.INS == ResetRetryCounter)
}

// Busy returns for how long the card has worked since it was made: what is left of a signature's time is
// the library's, the service's and the host's.
func (c *Card) Busy() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.busy
}

// An outcome is what the transport does with a command.
type outcome struct {
	answer []byte // nil for none
	pull   bool   // the card leaves, after the answer
	until  <-chan struct{}
	delay  time.Duration
}

// exchange does one command APDU.
func (c *Card) exchange(raw []byte) outcome {
	c.mu.Lock()
	defer c.mu.Unlock()
	command, err := ParseCommand(raw)
	if err != nil {
		return outcome{answer: StatusWrongLength.after(nil)}
	}
	start := time.Now()
	o := c.outcome(command)
	c.busy += time.Since(start) + o.delay
	e := Exchange{CLA: command.CLA, INS: command.INS, P1: command.P1, P2: command.P2, Lc: len(command.Data)}
	if len(o.answer) >= 2 {
		e.Status = statusOf(o.answer)
	}
	if len(c.log) == maxLog {
		c.log = slices.Delete(c.log, 0, maxLog/2)
	}
	c.log = append(c.log, e)
	return o
}

// outcome is the card's answer, or what a fault makes of it. c.mu is held.
func (c *Card) outcome(command Command) outcome {
	fault := c.strikes(command)
	if fault == nil {
		return outcome{answer: c.do(command)}
	}
	switch fault.Do {
	case PullBefore:
		return outcome{pull: true}
	case PullAfter:
		c.do(command)
		return outcome{pull: true}
	case PullAnswer:
		return outcome{answer: c.do(command), pull: true}
	case Mute:
		c.silent = true
		return outcome{}
	case Garbage:
		b := make([]byte, min(max(command.Le, 2), 258))
		_, _ = rand.Read(b) // never fails
		return outcome{answer: b}
	case Short:
		return outcome{answer: []byte{0x90}}
	case WrongLength:
		return outcome{answer: (StatusWrongLe | 0x10).after(nil)}
	case Endless:
		return outcome{answer: (StatusMore | 0x10).after(make([]byte, min(command.Le, 0x10)))}
	case Hostile:
		return outcome{answer: fault.liar.answer(c.do(command))}
	case Files:
		return outcome{answer: fault.files.answer(command)}
	default:
		return outcome{answer: c.do(command), until: fault.Until, delay: fault.Delay}
	}
}

// do is what a good card does. c.mu is held.
func (c *Card) do(command Command) []byte {
	if command.INS != GetResponse {
		c.link.pending = nil
	}
	whole, ok, status := c.link.assemble(command)
	if !ok {
		return status.after(nil)
	}
	if whole.INS == GetResponse {
		if len(c.link.pending) == 0 {
			return StatusConditions.after(nil)
		}
		return c.link.answer(c.link.pending, whole.Le)
	}
	data, status := c.piv.do(whole)
	if status != StatusOK {
		return status.after(nil)
	}
	return c.link.answer(data, whole.Le)
}
