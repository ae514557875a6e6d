package signaturecheck

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"slices"
	"sync"
	"time"

	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/revocation"
	"github.com/e-onay/e-onay/internal/validation"
)

const (
	// maxAsked is how many certificates of one file the network is asked about.
	maxAsked = 16
	// keptFor is how long what was answered counts for other files, so that many files of one authority cost it few requests;
	// maxKept and maxKeptBytes bound what is kept.
	keptFor      = 5 * time.Minute
	maxKept      = 512
	maxKeptBytes = 64 << 20
)

// Source asks for revocation data, and keeps answers for minutes. It asks about a certificate only if its issuer leads to one of Anchors:
// the addresses in it are then those of an authority that the operator trusts. Its fields must not be changed while it is in use; it
// is safe for concurrent use.
type Source struct {
	Checker *revocation.Checker
	// Anchors are the authorities that may be asked, and Intermediates help to reach them.
	Anchors, Intermediates []*x509.Certificate
	Now                    func() time.Time

	mu   sync.Mutex
	kept map[pair]answer
	size int // bytes in kept
}

// pair identifies a certificate and its issuer.
type pair [2][sha256.Size]byte

type answer struct {
	data validation.Data
	size int
	at   time.Time
}

// within is the source for one file.
func (s *Source) within(ctx context.Context) validation.Source {
	return &asking{source: s, ctx: ctx, left: maxAsked}
}

type asking struct {
	source *Source
	ctx    context.Context
	left   int
}

// Revocation implements validation.Source. What cannot be had is missing.
func (a *asking) Revocation(subject, issuer *x509.Certificate) validation.Data {
	key := pair{sha256.Sum256(subject.Raw), sha256.Sum256(issuer.Raw)}
	if data, ok := a.source.recall(key); ok {
		return data
	}
	if a.left == 0 || !a.source.mayAsk(issuer) {
		return validation.Data{}
	}
	a.left--
	ocsps, crls, err := a.source.Checker.Fetch(a.ctx, subject, issuer)
	if err != nil {
		return validation.Data{}
	}
	data := validation.Data{OCSPs: ocsps, CRLs: crls}
	a.source.keep(key, data)
	return data
}

// mayAsk reports whether a certificate's issuer is an anchor or leads to one.
func (s *Source) mayAsk(issuer *x509.Certificate) bool {
	if slices.ContainsFunc(s.Anchors, issuer.Equal) {
		return true
	}
	_, err := pki.Path(issuer, s.Intermediates, s.Anchors, s.Now())
	return err == nil
}

func (s *Source) recall(key pair) (validation.Data, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.kept[key]
	return a.data, ok && s.Now().Sub(a.at) < keptFor
}

// keep keeps an answer, and nothing where there is no room even without those that are too old.
func (s *Source) keep(key pair, data validation.Data) {
	size := 0
	for _, der := range slices.Concat(data.OCSPs, data.CRLs) {
		size += len(der)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[pair]answer{}
	}
	for old, a := range s.kept {
		if old == key || s.Now().Sub(a.at) >= keptFor {
			s.size -= a.size
			delete(s.kept, old)
		}
	}
	if len(s.kept) < maxKept && s.size+size <= maxKeptBytes {
		s.kept[key] = answer{data, size, s.Now()}
		s.size += size
	}
}
