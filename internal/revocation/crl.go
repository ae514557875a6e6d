package revocation

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
)

// Bounds of what is asked for about one certificate.
const (
	maxCompleteLists = 8
	maxDeltas        = 8
)

// CRL fetches the lists that subject names (CRL distribution points), trying the addresses in their order, until what they are
// on makes up all reasons of revocation (RFC 5280, 6.3.3), and looks subject up in each. issuer is the certificate that issued
// subject. signers are further certificates whose keys may have signed lists: of the issuer's name, or of one that subject names
// as the issuer of lists. The caller has proven their paths, and asks about those that are used (Answer.Lists).
func (c *Checker) CRL(ctx context.Context, subject, issuer *x509.Certificate, signers ...*x509.Certificate) (*Answer, error) {
	points, err := listPoints(subject, issuer)
	if err != nil {
		return nil, err
	}
	i := inquiry{Checker: c, subject: subject, issuer: issuer, points: points, signers: append([]*x509.Certificate{issuer}, signers...)}
	var failure error
	urls := addresses(subject.CRLDistributionPoints, maxCompleteLists)
	for _, url := range urls {
		err := i.ask(ctx, url)
		switch {
		case fault.CodeOf(err) == fault.CertificateRevoked:
			return nil, err
		case err != nil:
			failure = moreTelling(failure, err)
		case i.covered == pki.AllReasons:
			return i.answer(), nil
		}
	}
	switch {
	case failure != nil:
		return nil, failure
	case len(urls) == 0:
		return nil, unavailable(errNoAddress)
	}
	return nil, invalid("CRL is partial: on some reasons only, and no other is on the rest")
}

// inquiry is RFC 5280, 6.3.3, for one certificate. Letters in comments are those of that section.
type inquiry struct {
	*Checker
	subject, issuer *x509.Certificate
	signers         []*x509.Certificate     // issuer first
	points          []pki.DistributionPoint // at least one
	covered         pki.Reasons             // reasons_mask
	answers         []*Answer               // the lists that count
	deltas          int                     // how many have been asked for
}

// listPoints returns the distribution points that subject names, or one of the issuer's own name where it names none.
func listPoints(subject, issuer *x509.Certificate) ([]pki.DistributionPoint, error) {
	points, err := pki.DistributionPoints(subject)
	if err != nil {
		return nil, invalid("CRL distribution points of the certificate: %w", err)
	}
	if len(points) > 0 {
		return points, nil
	}
	name, err := pki.DirectoryName(issuer.RawSubject)
	if err != nil {
		return nil, invalid("name of the issuer: %w", err)
	}
	return []pki.DistributionPoint{{Names: []pki.GeneralName{name}, Reasons: pki.AllReasons}}, nil
}

// answer is the first list, with the others.
func (i *inquiry) answer() *Answer {
	first := i.answers[0]
	first.Further = i.answers[1:]
	return first
}

// ask takes the complete list at url into account. A list that is kept and older than what its delta builds on is fetched anew.
func (i *inquiry) ask(ctx context.Context, url string) error {
	list, kept, err := i.list(ctx, url, i.signers, true)
	if err == nil {
		err = i.judge(ctx, list, url)
	}
	if !kept || !errors.Is(err, errOlderThanBase) {
		return err
	}
	list, _, err = i.list(ctx, url, i.signers, false)
	if err != nil {
		return err
	}
	return i.judge(ctx, list, url)
}

// judge looks subject up in a genuine complete list, and in its delta where it has one.
func (i *inquiry) judge(ctx context.Context, list *certificateList, url string) error {
	if err := i.checkCurrent(list); err != nil {
		return err
	}
	if list.base != nil {
		return invalid("CRL is a delta: only what has changed")
	}
	reasons, err := list.covers(i.subject, i.points) // (b), (d)
	if err != nil {
		return err
	}
	if reasons&^i.covered == 0 { // (e)
		return nil
	}
	entry, err := list.scan(i.subject)
	if err != nil {
		return err
	}
	status := entry.status
	if status == isRevoked { // no delta takes that back
		return revoked("revoked by the CRL of %v", list.thisUpdate)
	}
	used := []*Answer{list.answer(url)}
	if !i.WithoutDeltas {
		delta, err := i.delta(ctx, list)
		if err != nil {
			return err
		}
		if delta != nil {
			status = delta.upon(status)
			used = append(used, delta.Answer)
		}
	}
	if status > removed {
		return revoked("revoked, or on hold, by the CRL of %v or its delta", list.thisUpdate)
	}
	i.covered |= reasons // (l)
	i.answers = append(i.answers, used...)
	return nil
}

// list returns the list at url, which one of signers has signed: the one that is kept, if it may be used, or a new one.
func (i *inquiry) list(ctx context.Context, url string, signers []*x509.Certificate, mayBeKept bool) (list *certificateList, kept bool, err error) {
	list = i.Lists.get(url, i.issuer, i.now())
	if mayBeKept && list != nil && slices.ContainsFunc(signers, list.signer.Equal) {
		return list, true, nil
	}
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, false, unavailable(err)
	}
	// RFC 2585 has a media type for CRLs, but servers of plain files send many others.
	der, err := i.fetch(ctx, request, "", MaxCRL)
	if err != nil {
		return nil, false, err
	}
	list, err = readCRL(der, signers, current)
	if err != nil {
		return nil, false, err
	}
	// A list that does not cover one certificate may cover others: what counts is that it is genuine and fresh.
	if i.checkCurrent(list) == nil {
		i.Lists.put(url, i.issuer, list, i.now())
	}
	return list, false, nil
}

// readCRL reads a list that one of signers has signed, in its own name (f, g). The signature is verified over the bytes as they
// came, before anything inside them is read: a forged list costs a digest and no more.
func readCRL(der []byte, signers []*x509.Certificate, by checks) (*certificateList, error) {
	list, err := splitCRL(der)
	if err != nil {
		return nil, err
	}
	err = invalid("no certificate is known whose key may sign the CRL")
	for _, signer := range signers {
		if signer.KeyUsage&x509.KeyUsageCRLSign == 0 || pki.CheckKey(signer) != nil {
			continue
		}
		wrong := by.signature(signer, list.algorithm, list.tbs, list.signature)
		if wrong == nil {
			list.signer = signer
			break
		}
		err = invalid("signature of the CRL: %w", wrong)
	}
	if list.signer == nil {
		return nil, err
	}
	err = list.readTBS()
	if err != nil {
		return nil, err
	}
	if !pki.SameName(list.issuer, list.signer.RawSubject) {
		return nil, invalid("CRL of another issuer than the one that has signed it")
	}
	if list.keyID != nil {
		if err := pki.CheckAuthorityKey(list.keyID, list.signer); err != nil {
			return nil, invalid("CRL: %w", err)
		}
	}
	return list, nil
}

// checkCurrent refuses a list unless thisUpdate and nextUpdate lie around the present.
func (c *Checker) checkCurrent(list *certificateList) error {
	now := c.now()
	if list.thisUpdate.After(now.Add(c.skew())) || list.nextUpdate.Add(c.skew()).Before(now) {
		return invalid("CRL is stale, or of the future: thisUpdate %v, nextUpdate %v", list.thisUpdate, list.nextUpdate)
	}
	return nil
}

func (l *certificateList) answer(url string) *Answer {
	return &Answer{DER: l.der, URL: url, ProducedAt: l.thisUpdate, ThisUpdate: l.thisUpdate, NextUpdate: l.nextUpdate, Responder: l.signer}
}
