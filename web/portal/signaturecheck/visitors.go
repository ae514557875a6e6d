package signaturecheck

import (
	"net/netip"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

const (
	// maxAtOnce is how many files of one visitor are uploaded or judged at once.
	maxAtOnce = 4
	// maxVisitors is how many visitors are remembered. One who comes when all of them have used some of their share waits.
	maxVisitors = 16384
)

// visitors gives each address its share: a bucket of as many files as a minute has, refilled evenly (token bucket). It is safe for
// concurrent use.
type visitors struct {
	perMinute int
	now       func() time.Time

	mu    sync.Mutex
	known map[netip.Addr]*visitor
}

type visitor struct {
	left   float64 // files
	at     time.Time
	atOnce int
}

func newVisitors(perMinute int, now func() time.Time) *visitors {
	return &visitors{perMinute: perMinute, now: now, known: map[netip.Addr]*visitor{}}
}

// enter counts one file of a visitor. The caller calls leave once it is judged.
func (v *visitors) enter(address netip.Addr) (leave func(), err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	one := v.known[address]
	if one == nil {
		if len(v.known) >= maxVisitors && !v.forget() {
			return nil, fault.Errorf(refusal.CheckBusy, "%d visitors are known already", maxVisitors)
		}
		one = &visitor{left: float64(v.perMinute), at: v.now()}
		v.known[address] = one
	}
	v.refill(one)
	if one.left < 1 || one.atOnce >= maxAtOnce {
		return nil, fault.Errorf(refusal.CheckLimit, "%.1f files left in a minute's share of %d, %d at once", one.left, v.perMinute, one.atOnce)
	}
	one.left--
	one.atOnce++
	return func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		one.atOnce--
	}, nil
}

// refill adds what has accrued since. mu must be held.
func (v *visitors) refill(one *visitor) {
	now := v.now()
	one.left = min(float64(v.perMinute), one.left+now.Sub(one.at).Minutes()*float64(v.perMinute))
	one.at = now
}

// forget drops those who have their whole share again, and reports whether there were any. mu must be held.
func (v *visitors) forget() bool {
	before := len(v.known)
	for address, one := range v.known {
		if v.refill(one); one.atOnce == 0 && one.left >= float64(v.perMinute) {
			delete(v.known, address)
		}
	}
	return len(v.known) < before
}

// network returns whom a request of an address is counted for. A network of IPv6 is one visitor: each of its machines has 2^64 addresses. All
// of whom a proxy says nothing, the zero value, share one.
func network(address netip.Addr) netip.Addr {
	if !address.Is6() {
		return address
	}
	prefix, err := address.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.Addr()
}
