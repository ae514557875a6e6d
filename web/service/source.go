package service

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"maps"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/revocation"
	"github.com/e-onay/e-onay/internal/validation"
)

// source asks the authorities for one validation, and holds no place at the gate meanwhile. What it cannot get is not there.
type source struct {
	ctx     context.Context
	checker *revocation.Checker
	lists   *lists
	gate    gate
}

// Revocation implements validation.Source.
func (s *source) Revocation(subject, issuer *x509.Certificate) validation.Data {
	if crls := s.lists.of(subject, issuer); crls != nil {
		return validation.Data{CRLs: crls}
	}
	var ocsps, crls [][]byte
	var err error
	s.gate.outside(func() { ocsps, crls, err = s.checker.Fetch(s.ctx, subject, issuer) })
	if err == nil && len(ocsps) == 0 {
		s.lists.keep(subject, issuer, crls)
	}
	return validation.Data{CRLs: crls, OCSPs: ocsps}
}

// Lists are large, and for hours the same: an authority is asked again after keepLists. All that are kept have maxLists bytes at most.
const (
	keepLists = 5 * time.Minute
	maxLists  = 128 << 20
)

// lists keeps CRLs between validations. Nothing of them is believed: each validation verifies them. Its methods are for many goroutines.
type lists struct {
	mu   sync.Mutex
	kept map[[sha256.Size]byte]keptLists // by subject and issuer
	size int                             // bytes of all
}

type keptLists struct {
	crls  [][]byte
	size  int
	until time.Time
}

func keyOf(subject, issuer *x509.Certificate) [sha256.Size]byte {
	ofSubject, ofIssuer := sha256.Sum256(subject.Raw), sha256.Sum256(issuer.Raw)
	return sha256.Sum256(append(ofSubject[:], ofIssuer[:]...))
}

// of returns the lists on a certificate, nil where none are kept.
func (l *lists) of(subject, issuer *x509.Certificate) [][]byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	if kept, ok := l.kept[keyOf(subject, issuer)]; ok && time.Now().Before(kept.until) {
		return kept.crls
	}
	return nil
}

// keep keeps the lists on a certificate, if there is room.
func (l *lists) keep(subject, issuer *x509.Certificate, crls [][]byte) {
	kept := keptLists{crls: crls, until: time.Now().Add(keepLists)}
	for _, crl := range crls {
		kept.size += len(crl)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	key, now := keyOf(subject, issuer), time.Now()
	maps.DeleteFunc(l.kept, func(k [sha256.Size]byte, old keptLists) bool {
		over := k == key || !now.Before(old.until)
		if over {
			l.size -= old.size
		}
		return over
	})
	if len(crls) == 0 || l.size+kept.size > maxLists {
		return
	}
	if l.kept == nil {
		l.kept = map[[sha256.Size]byte]keptLists{}
	}
	l.kept[key], l.size = kept, l.size+kept.size
}
