package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/e-onay/e-onay/nativehost/device"
)

// A count is what the TPM's counter says while a head is the newest. The head is written first, and the counter is incremented
// then. So the TPM is never ahead of the newest head; a head that it is ahead of is an older one that was put back. After a
// crash in between the TPM is one behind, and catches up with the next entry.
//
// A TPM's memory wears out with each write: what is asked of makers is in the order of 100,000. Each act counts, as long as
// the head has some to spare: burst at first, one more for each refill that passes. A person who signs all day wears out a
// TPM by 144 a day at most; of one who signs some times a day each act is counted. An act that does not count has the
// number of the one before: that it was taken away with those after the last that counted is seen once the next one counts.
//
// With which number a counter begins is not known before. So the first head that names it has 0, which fits whatever the TPM
// says, and is written again with the number once the counter has begun.
type count struct {
	Index    uint32 `json:"index"` // of the TPM's memory (NV index)
	Value    uint64 `json:"value"`
	Spare    int    `json:"spare"`
	Refilled int64  `json:"refilled"` // when Spare last grew, in seconds since 1970
}

const (
	burst  = 50
	refill = 10 * time.Minute
)

// spend reports whether there is a count to spare, and takes it.
func (c *count) spend(now time.Time) bool {
	step, seconds := int64(refill/time.Second), now.Unix()
	switch grown := (seconds - c.Refilled) / step; {
	case seconds < c.Refilled: // the clock was set back
		c.Refilled = seconds
	case grown >= burst:
		c.Spare, c.Refilled = burst, seconds
	default:
		c.Spare, c.Refilled = min(burst, c.Spare+int(grown)), c.Refilled+grown*step
	}
	if c.Spare <= 0 {
		return false
	}
	c.Spare--
	return true
}

// A counting is what the TPM's counter said before an entry.
type counting struct {
	counter *device.Counter // nil if it is not to be incremented
	count   *count          // what the newest head names; nil if none counts
	behind  bool            // the TPM is one behind that
}

// readCounter asks the counter and compares it with the list's head. It defines a counter if there is none. It returns the
// entries that must report a difference; a list that begins after another was set aside has none. The list goes on without a
// counter if the TPM does not count.
func (j *Journal) readCounter(ctx context.Context, e *end, setAside bool) (*counting, []Act) {
	counter := j.key.Counter()
	if counter == nil {
		return new(counting), nil
	}
	var named *count
	if e.head != nil {
		named = e.head.Counter
	}
	index, value, err := counter.Read(ctx)
	disagree := compare(named, index, value, err)
	var findings []Act
	if disagree != nil && !setAside {
		findings = append(findings, finding(KindRolledBack, disagree.Error()))
	}
	fresh := &count{Index: index, Value: value, Spare: burst, Refilled: j.now().Unix()}
	switch {
	case errors.Is(err, device.ErrNoCounter):
		if counter.Define(ctx) != nil {
			return new(counting), findings
		}
		return &counting{counter: counter, count: fresh}, findings
	case err != nil: // it may tell again
		return &counting{count: named}, findings
	case named == nil || named.Value == 0 || disagree != nil:
		return &counting{counter: counter, count: fresh}, findings
	}
	return &counting{counter: counter, count: named, behind: value < named.Value}, findings
}

// compare returns how the number of a head differs from the TPM's; nil if a crash explains it, or the TPM does not tell.
func compare(named *count, index uint32, value uint64, err error) error {
	switch {
	case err != nil && !errors.Is(err, device.ErrNoCounter), named != nil && named.Value == 0:
	case err != nil && named != nil:
		return fmt.Errorf("TPM -, %d", named.Value)
	case err != nil:
	case named == nil:
		return fmt.Errorf("TPM %d, -", value)
	case named.Index != index || value > named.Value || named.Value-value > 1:
		return fmt.Errorf("TPM %d, %d", value, named.Value)
	}
	return nil
}

// next is what the next head names.
func (c *counting) next(now time.Time) *count {
	if c.counter == nil {
		return c.count
	}
	n := *c.count
	if !c.behind && n.Value != 0 && n.spend(now) {
		n.Value++
	}
	return &n
}

// increment increments the counter for the head that was written. It reports whether the counter has begun with that, so that
// the head must name another number. A TPM that does not count is one behind, and is asked again with the next entry.
func (c *counting) increment(ctx context.Context, written *count) (begun bool) {
	if c.counter == nil {
		return false
	}
	c.behind = c.behind || written.Value > c.count.Value
	c.count = written
	if c.behind {
		c.behind = c.counter.Increment(ctx) != nil
	}
	if written.Value != 0 {
		return false
	}
	index, value, err := c.counter.Begin(ctx)
	if err != nil {
		return false
	}
	c.count = &count{Index: index, Value: value, Spare: written.Spare, Refilled: written.Refilled}
	return true
}
