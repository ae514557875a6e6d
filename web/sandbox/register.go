package sandbox

import (
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxIssued bounds the register, and with it memory, start-up time and the CRL.
const maxIssued = 20000

var (
	errNotIssued    = errors.New("no certificate with this serial number was issued here")
	errRegisterFull = errors.New("the register is full; start with a new state directory")
)

// register knows every certificate the genuine authority issued and which are revoked or on hold. It is safe
// for concurrent use. What it says it has done is on the disk.
type register struct {
	state *state

	mu       sync.RWMutex
	issued   map[string]bool     // by serial, as serialText writes it
	standing map[string]standing // likewise, of those about which something was asked
}

// standing is what the authority says of a certificate. The zero value is a good one.
type standing struct {
	revokedAt time.Time // zero while it is good
	reason    crlReason
	asked     time.Time // of the newest request about it, as that says
}

// crlReason is a CRLReason (RFC 5280, 5.3.1).
type crlReason int

// The reasons that mean something here.
const (
	reasonUnspecified crlReason = 0
	reasonHold        crlReason = 6
)

// serialText is a serial number in upper-case hex, the form of file names and of the interface.
func serialText(n *big.Int) string { return fmt.Sprintf("%X", n) }

// register reads the register back from the disk.
func (s *state) register() (*register, error) {
	r := &register{state: s, issued: map[string]bool{}, standing: map[string]standing{}}
	issued, err := os.ReadDir(s.path("issued"))
	if err != nil {
		return nil, err
	}
	for _, f := range issued {
		if serial, ok := strings.CutSuffix(f.Name(), ".der"); ok {
			r.issued[serial] = true
		}
	}
	revoked, err := os.ReadDir(s.path("revoked"))
	if err != nil {
		return nil, err
	}
	for _, f := range revoked {
		if !r.issued[f.Name()] {
			continue // the draft of a write that was cut off
		}
		text, err := os.ReadFile(s.path("revoked", f.Name()))
		if err != nil {
			return nil, err
		}
		if r.standing[f.Name()], err = parseStanding(string(text)); err != nil {
			return nil, fmt.Errorf("sandbox: revoked/%s: %v", f.Name(), err)
		}
	}
	return r, nil
}

// add enters a certificate that is about to be handed out.
func (r *register) add(certificate *x509.Certificate) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.issued) >= maxIssued {
		return errRegisterFull
	}
	serial := serialText(certificate.SerialNumber)
	if err := writeFile(r.state.path("issued", serial+".der"), certificate.Raw, 0o644); err != nil {
		return err
	}
	r.issued[serial] = true
	return nil
}

// line is what a file of the directory revoked says: when it was revoked in seconds since 1970, 0 where it is good again, the reason,
// and when that was asked, in milliseconds.
func (s standing) line() string {
	seconds := int64(0)
	if !s.revokedAt.IsZero() {
		seconds = s.revokedAt.Unix()
	}
	return fmt.Sprintf("%d %d %d\n", seconds, s.reason, s.asked.UnixMilli())
}

// parseStanding reads what line has written. An older sandbox has written the seconds alone.
func parseStanding(line string) (s standing, err error) {
	var numbers [3]int64
	for i, word := range strings.Fields(line) {
		if i == len(numbers) {
			return s, errors.New("more than three numbers")
		}
		if numbers[i], err = strconv.ParseInt(word, 10, 64); err != nil {
			return s, err
		}
	}
	if numbers[0] != 0 {
		s.revokedAt = time.Unix(numbers[0], 0).UTC()
	}
	s.reason, s.asked = crlReason(numbers[1]), time.UnixMilli(numbers[2])
	return s, nil
}

// revoke revokes a certificate as of now, for good. One that is revoked already keeps its time.
func (r *register) revoke(serial *big.Int) (time.Time, error) {
	s, err := r.change(serial, func(s standing) standing {
		if s.revokedAt.IsZero() || s.reason == reasonHold {
			s.revokedAt, s.reason = time.Now().UTC().Truncate(time.Second), reasonUnspecified
		}
		return s
	})
	return s.revokedAt, err
}

// change keeps what next makes of a certificate's standing, and returns it.
func (r *register) change(serial *big.Int, next func(standing) standing) (standing, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := serialText(serial)
	if !r.issued[text] {
		return standing{}, errNotIssued
	}
	was := r.standing[text]
	now := next(was)
	if now == was {
		return was, nil
	}
	if err := writeFile(r.state.path("revoked", text), []byte(now.line()), 0o644); err != nil {
		return standing{}, err
	}
	r.standing[text] = now
	return now, nil
}

// lookup says whether a serial number was issued, and what is said of it.
func (r *register) lookup(serial *big.Int) (issued bool, s standing) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	text := serialText(serial)
	return r.issued[text], r.standing[text]
}

// revocations returns a copy of what is revoked or on hold, for the CRL. What is not on hold any more is on no complete list.
func (r *register) revocations() ([]x509.RevocationListEntry, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	entries := make([]x509.RevocationListEntry, 0, len(r.standing))
	for text, s := range r.standing {
		if s.revokedAt.IsZero() {
			continue
		}
		serial, ok := new(big.Int).SetString(text, 16)
		if !ok {
			return nil, fmt.Errorf("sandbox: revoked serial number %q", text)
		}
		entries = append(entries, x509.RevocationListEntry{SerialNumber: serial, RevocationTime: s.revokedAt, ReasonCode: int(s.reason)})
	}
	return entries, nil
}
