package validation

import (
	"crypto"
	"crypto/x509"
	"slices"
	"time"
)

// An end is the earliest of several times; zero where no end is known.
type end struct{ time.Time }

func (e *end) add(t time.Time) {
	if !t.IsZero() && (e.IsZero() || t.Before(e.Time)) {
		e.Time = t
	}
}

func orNil(e end) *time.Time {
	if e.IsZero() {
		return nil
	}
	return utc(e.Time)
}

// lasts returns until when a signature that has passed will do without a further time stamp (docs/validation.md, "Lasting"): until its
// last archive time stamp fades, or, where it has none, anything that the verdict rests on. A certificate's revocation to come is
// not among it, nor is an algorithm broken before its date.
func (p *pool) lasts(s *Signature, stamps []*stamp, c chain) *time.Time {
	var latest, all end
	archived := false
	for _, t := range stamps {
		if !t.passed() {
			continue
		}
		e := p.stampLasts(t)
		if t.Kind == ArchiveStamp && (!archived || e.IsZero() || !latest.IsZero() && e.After(latest.Time)) {
			archived, latest = true, e
		}
		all.add(e.Time)
	}
	if archived {
		return orNil(latest)
	}
	p.addChain(&all, c, ForSignatures)
	p.addAlgorithms(&all, s.Algorithms, c)
	return orNil(all)
}

// stampLasts is the same for one time stamp.
func (p *pool) stampLasts(t *stamp) (out end) {
	p.addChain(&out, t.chain, ForTimeStamps)
	p.addAlgorithms(&out, stampAlgorithms(t.TimeStamp), t.chain)
	return out
}

// addChain adds the ends of certificates, the anchor's trust, and the algorithms of certificates and revocation data.
func (p *pool) addChain(out *end, c chain, purpose Purpose) {
	for i, one := range c.path {
		out.add(one.NotAfter)
		if i == len(c.path)-1 {
			out.add(p.policy.trust(one, purpose).end(p.moment))
			break
		}
		p.addSigned(out, one.SignatureAlgorithm, c.path[i+1])
		if s := c.statements[i]; s != nil {
			p.addSigned(out, s.Algorithm, s.Signer)
			out.add(s.Signer.NotAfter)
		}
	}
}

func (p *pool) addSigned(out *end, algorithm x509.SignatureAlgorithm, signer *x509.Certificate) {
	out.add(p.policy.Hashes[certificateHashes[algorithm].String()].Time)
	out.add(p.policy.keyUntil(signer.PublicKey).Time)
}

func (p *pool) addAlgorithms(out *end, algorithms []Algorithm, c chain) {
	for _, a := range algorithms {
		limits := p.policy.Hashes
		if a.Binds {
			limits = p.policy.Bindings
		}
		if a.Hash != 0 {
			out.add(limits[a.Hash.String()].Time)
		}
	}
	if len(c.path) > 0 {
		out.add(p.policy.keyUntil(c.path[0].PublicKey).Time)
	}
}

// HashFor returns the hash for what is to last, made at a time: the wanted one, where no other of the policy counts for longer. It
// returns 0 where none counts at that time.
func (p *Policy) HashFor(wanted crypto.Hash, at time.Time) (best crypto.Hash) {
	for _, hash := range slices.Insert([]crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.SHA3_256, crypto.SHA3_384, crypto.SHA3_512}, 0, wanted) {
		until, known := p.Hashes[hash.String()]
		if !known || !hash.Available() || !until.before(at) {
			continue
		}
		than := p.Hashes[best.String()]
		if best == 0 || !than.IsZero() && (until.IsZero() || until.After(than.Time)) {
			best = hash
		}
	}
	return best
}
