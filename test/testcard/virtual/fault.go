package virtual

import "time"

// Action is what a faulty card does instead of answering as it should.
type Action int

// The actions.
const (
	PullBefore  Action = iota // the card leaves the reader without doing the command
	PullAfter                 // the card does the command, and leaves before it has answered
	PullAnswer                // the card answers, and leaves
	Mute                      // no answer; pulling the card frees the reader
	Garbage                   // random bytes
	Short                     // one byte: not even a status
	WrongLength               // 6Cxx, however often the command comes again
	Endless                   // 61xx, and to each GET RESPONSE again
	Slow                      // the right answer, after Fault.Until and Fault.Delay
	Hostile                   // does the command, and lies about it as Fault.Seed has it
	Files                     // is a card of files, each with a lie of its own
)

// A Fault is something that goes wrong once.
type Fault struct {
	// INS is the command's instruction; 0 is any. Of a command in parts only the last counts.
	INS byte
	// After is how many such commands are done well before.
	After int
	Do    Action
	// Lasting repeats it with every such command until the next SetFault.
	Lasting bool
	// Until holds the answer back until it is closed; nil does not. Delay begins then.
	Until <-chan struct{}
	Delay time.Duration
	Seed  uint64
}

// armed is a fault that waits for its command.
type armed struct {
	Fault
	left   int
	struck chan struct{}
	happen bool // has happened
	liar   *liar
	files  *files
}

// SetFault arms a fault in place of any before it; the channel is closed when it strikes for the first
// time, before anything of it can be seen outside. A card that is pulled keeps its fault.
func (c *Card) SetFault(f Fault) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = &armed{Fault: f, left: f.After, struck: make(chan struct{}), liar: newLiar(f.Seed), files: &files{random: seeded(f.Seed)}}
	return c.fault.struck
}

// ClearFault makes the card a good one.
func (c *Card) ClearFault() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = nil
}

// strikes returns the fault of this command, nil where there is none. c.mu is held.
func (c *Card) strikes(command Command) *armed {
	f := c.fault
	if f == nil || command.CLA&chained != 0 {
		return nil
	}
	if (f.Do == Endless || f.Do == Hostile && f.Lasting) && f.happen && command.INS == GetResponse {
		return f
	}
	if f.INS != 0 && f.INS != command.INS || f.happen && !f.Lasting {
		return nil
	}
	if f.left > 0 {
		f.left--
		return nil
	}
	if !f.happen {
		f.happen = true
		close(f.struck)
	}
	return f
}
