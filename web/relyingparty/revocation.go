package relyingparty

import (
	"context"
	"crypto/x509"
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/revocation"
)

// DefaultRevocationTimeout leaves one address that does not answer its 10 s, and another the same.
const DefaultRevocationTimeout = 20 * time.Second

// maxListSigners is how many further certificates of one CA's name are tried as the signer of its list.
const maxListSigners = 4

// inquiry asks whether the certificates of one path are revoked.
type inquiry struct {
	*Verifier
	checker revocation.Checker
	path    []*x509.Certificate
	more    []*x509.Certificate // may have signed lists; not trusted
	at      time.Time
	further []*Answer           // beside the first list on each certificate of the path
	signers []*x509.Certificate // have signed lists, are not in path, and have been asked about
}

// checkRevocation asks about every certificate of the path but the anchor: the signer's by OCSP (see CRLFallback), CAs by
// CRL. All of it ends with RevocationTimeout.
func (v *Verifier) checkRevocation(ctx context.Context, e *Evidence) error {
	e.OCSP, e.CRL, e.CRLs, e.CRLSigners = nil, nil, nil, nil // an earlier call may have failed half way
	timeout := v.RevocationTimeout
	if timeout == 0 {
		timeout = DefaultRevocationTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	q := inquiry{Verifier: v, path: e.Path, more: slices.Concat(e.more, v.Intermediates), at: e.SigningTime}
	if q.at.IsZero() {
		q.at = v.now()
	}
	q.checker = revocation.Checker{Client: v.Client, Now: v.Now, Responders: v.responders(), Lists: &v.lists, WithoutNonce: v.OCSPWithoutNonce, WithoutDeltas: v.CRLWithoutDeltas}
	q.checker.Nonce = e.nonce
	var err error
	e.OCSP, err = q.checker.OCSP(ctx, e.Path[0], e.Path[1])
	if v.CRLFallback && fault.CodeOf(err) == fault.RevocationUnavailable {
		e.CRL, err = q.list(ctx, e.Path[0], e.Path[1], nil)
	}
	if err != nil {
		return err
	}
	for i := 1; i < len(e.Path)-1; i++ {
		answer, err := q.list(ctx, e.Path[i], e.Path[i+1], nil)
		if err != nil {
			return err
		}
		e.CRLs = append(e.CRLs, answer)
	}
	e.CRLs, e.CRLSigners = append(e.CRLs, q.further...), q.signers
	return nil
}

// list looks subject up in the lists on it. A CA may sign its lists with a key that has a certificate of its own, or have another
// sign them (RFC 5280, 6.3.3 (f)): that certificate must have a path to the same anchor, and must not be revoked either. asking is
// the chain of such certificates whose status is being asked for.
func (q *inquiry) list(ctx context.Context, subject, issuer *x509.Certificate, asking []*x509.Certificate) (*Answer, error) {
	signers, paths := q.listSigners(subject, issuer, asking)
	answer, err := q.checker.CRL(ctx, subject, issuer, signers...)
	if err != nil {
		return nil, err
	}
	q.further = append(q.further, answer.Further...)
	for _, list := range answer.Lists() {
		signer := list.Responder
		if slices.ContainsFunc(q.path, signer.Equal) || slices.ContainsFunc(q.signers, signer.Equal) {
			continue // asked about with the path, or already
		}
		path := paths[slices.IndexFunc(signers, signer.Equal)]
		further, err := q.list(ctx, signer, path[1], append(slices.Clone(asking), signer))
		if err != nil {
			return nil, err
		}
		q.further, q.signers = append(q.further, further), append(q.signers, signer)
	}
	return answer, nil
}

// listSigners returns certificates beside issuer that may sign lists on subject, with the path of each: of the issuer's name, or
// of one that subject names as the issuer of its lists. Only CAs of the path may have issued them, since any CA below the anchor
// can issue a namesake. None has a path through subject or asking: no list says of its own signer that it is good.
func (q *inquiry) listSigners(subject, issuer *x509.Certificate, asking []*x509.Certificate) (signers []*x509.Certificate, paths [][]*x509.Certificate) {
	validation := pki.Validation{At: q.at}
	cas := q.path[1:]
	anchor := q.path[len(q.path)-1:]
	names := listIssuers(subject)
	for _, c := range slices.Concat(cas, q.more) {
		known := c.Equal(issuer) || slices.ContainsFunc(signers, c.Equal)
		named := pki.SameName(c.RawSubject, issuer.RawSubject) || isNamed(c, names)
		if known || !named || len(signers) == maxListSigners || c.KeyUsage&x509.KeyUsageCRLSign == 0 {
			continue
		}
		path := anchor
		if !c.Equal(anchor[0]) {
			var err error
			if path, err = validation.Path(c, cas, anchor); err != nil {
				continue
			}
		}
		circular := func(p *x509.Certificate) bool { return p.Equal(subject) || slices.ContainsFunc(asking, p.Equal) }
		if !slices.ContainsFunc(path, circular) {
			signers, paths = append(signers, c), append(paths, path)
		}
	}
	return signers, paths
}

// listIssuers are the issuers of lists that subject names in its distribution points.
func listIssuers(subject *x509.Certificate) (names []pki.GeneralName) {
	points, err := pki.DistributionPoints(subject)
	if err != nil {
		return nil // refused when lists are asked for
	}
	for _, point := range points {
		names = append(names, point.CRLIssuers...)
	}
	return names
}

func isNamed(c *x509.Certificate, names []pki.GeneralName) bool {
	name, err := pki.DirectoryName(c.RawSubject)
	return err == nil && slices.ContainsFunc(names, name.Same)
}
