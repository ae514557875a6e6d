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

// register knows every certificate the genuine authority issued and which are revoked. It is safe
// for concurrent use. What it says it has done is on the disk.
type register struct {
	state *state

	mu      sync.RWMutex
	issued  map[string]bool      // by serial, as serialText writes it
	revoked map[string]time.Time // likewise
}

// serialText is a serial number in upper-case hex, the form of file names and of the interface.
func serialText(n *big.Int) string { return fmt.Sprintf("%X", n) }

// register reads the register back from the disk.
func (s *state) register() (*register, error) {
	r := &register{state: s, issued: map[string]bool{}, revoked: map[string]time.Time{}}
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
		seconds, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("sandbox: revoked/%s: %v", f.Name(), err)
		}
		r.revoked[f.Name()] = time.Unix(seconds, 0).UTC()
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

// revoke revokes a certificate as of now. One that is revoked already keeps its time.
func (r *register) revoke(serial *big.Int) (time.Time, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := serialText(serial)
	if !r.issued[text] {
		return time.Time{}, errNotIssued
	}
	if at, ok := r.revoked[text]; ok {
		return at, nil
	}
	now := time.Now().UTC().Truncate(time.Second)
	line := []byte(strconv.FormatInt(now.Unix(), 10) + "\n")
	if err := writeFile(r.state.path("revoked", text), line, 0o644); err != nil {
		return time.Time{}, err
	}
	r.revoked[text] = now
	return now, nil
}

// lookup says whether a serial number was issued and, if it is revoked, since when (else zero).
func (r *register) lookup(serial *big.Int) (issued bool, revokedAt time.Time) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	text := serialText(serial)
	return r.issued[text], r.revoked[text]
}

// revocations returns a copy of what is revoked, for the CRL.
func (r *register) revocations() ([]x509.RevocationListEntry, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	entries := make([]x509.RevocationListEntry, 0, len(r.revoked))
	for text, at := range r.revoked {
		serial, ok := new(big.Int).SetString(text, 16)
		if !ok {
			return nil, fmt.Errorf("sandbox: revoked serial number %q", text)
		}
		entries = append(entries, x509.RevocationListEntry{SerialNumber: serial, RevocationTime: at})
	}
	return entries, nil
}
