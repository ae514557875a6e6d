package validation

import "time"

// proofs are proofs of existence: for an object the earliest time at which it is known to have been there (5.6.2.3). What is not in it
// is there at the moment of validation.
type proofs struct {
	moment time.Time
	known  map[Object]time.Time
}

// at returns the earliest time at which an object is proven to have existed.
func (p *proofs) at(o Object) time.Time {
	if t, proven := p.known[o]; proven && t.Before(p.moment) {
		return t
	}
	return p.moment
}

// add notes that objects existed at a time.
func (p *proofs) add(at time.Time, objects ...Object) {
	for _, o := range objects {
		if at.Before(p.at(o)) {
			p.known[o] = at
		}
	}
}
