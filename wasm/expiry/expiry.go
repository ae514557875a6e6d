// Package expiry says when certificates end, so that the person is reminded while no card is in the reader. Windows and
// settings page hand on what they see (Of); the broker keeps of each holder the end of their latest certificate
// (extension/reminder.js), and nothing else: once a newer one was seen, there is nothing to remind of.
package expiry

import (
	"strconv"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/wire"
)

// How long before and after its end a certificate is worth a reminder, in seconds.
const (
	before = int64(protocol.ReminderBefore / 1e9)
	after  = int64(protocol.ReminderAfter / 1e9)
)

// maxKept is how many bytes what was kept may have.
const maxKept = 1024

// Of returns the ends of those certificates that sign, did so until they ended, or will once they begin.
func Of(certificates []protocol.Certificate) []protocol.CertificateEnd {
	var ends []protocol.CertificateEnd
	for i := range certificates {
		c := &certificates[i]
		switch c.Problem {
		case "", fault.CertificateExpired, fault.CertificateNotYetValid:
			if c.Qualified {
				ends = append(ends, protocol.CertificateEnd{Holder: holder(c), NotAfter: c.NotAfter})
			}
		}
	}
	return ends
}

// Read returns what was kept, as JSON; nil where that is nothing of ours.
func Read(raw []byte) []protocol.CertificateEnd {
	var ends []protocol.CertificateEnd
	if len(raw) > maxKept || wire.Decode(raw, &ends) != nil || len(ends) > protocol.MaxEnds {
		return nil
	}
	for _, e := range ends {
		if !wire.IsTime(e.NotAfter) {
			return nil
		}
	}
	return ends
}

// Due returns the first end that the person must be reminded of now; false if no certificate ends soon.
func Due(ends []protocol.CertificateEnd, now int64) (notAfter int64, due bool) {
	for _, e := range ends {
		if e.NotAfter < now-after || e.NotAfter > now+before || due && e.NotAfter >= notAfter {
			continue
		}
		notAfter, due = e.NotAfter, true
	}
	return notAfter, due
}

// holder folds the name and the masked number into 16 bits (FNV-1a): two holders of one machine differ, and thousands of
// people in the country have the same.
func holder(c *protocol.Certificate) string {
	h := uint32(2166136261)
	for _, s := range []string{c.Holder, "\n", c.CitizenMasked} {
		for i := range len(s) {
			h = (h ^ uint32(s[i])) * 16777619
		}
	}
	return strconv.FormatUint(uint64(h>>16^h&0xffff|1<<16), 16)[1:]
}
