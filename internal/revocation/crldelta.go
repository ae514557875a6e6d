package revocation

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"slices"

	"github.com/e-onay/e-onay/internal/pki"
)

// errOlderThanBase says that a delta cannot be put upon a complete list.
var errOlderThanBase = errors.New("the complete CRL is older than the one that its delta builds on")

// delta is what a genuine delta says of the certificate.
type delta struct {
	*Answer
	status entryStatus
}

// upon returns what complete list and delta say together. A delta releases nothing but a certificate on hold.
func (d *delta) upon(complete entryStatus) entryStatus {
	if d.status == removed && complete <= onHold {
		return removed
	}
	return max(d.status, complete)
}

// delta asks for the delta to a complete list, where certificate or list names an http address of one, and looks subject up
// in it. It returns nil where none is named. That a delta is in a directory (ldap) only follows from signed bytes: an attacker
// cannot bring it about.
func (i *inquiry) delta(ctx context.Context, list *certificateList) (*delta, error) {
	points, err := pki.FreshestCRL(i.subject)
	if err != nil {
		return nil, invalid("freshest CRL of the certificate: %w", err)
	}
	var urls []string
	for _, point := range slices.Concat(points, list.freshest) {
		for _, url := range point.Addresses() { // certificate and list often name the same one
			if !slices.Contains(urls, url) {
				urls = append(urls, url)
			}
		}
	}
	var failure error
	for _, url := range addresses(urls, maxURLs) {
		if i.deltas == maxDeltas {
			return nil, moreTelling(failure, invalid("more than %d deltas to ask for", maxDeltas))
		}
		i.deltas++
		d, err := i.askDelta(ctx, url, list)
		if err == nil {
			return d, nil
		}
		failure = moreTelling(failure, err)
		if errors.Is(err, errOlderThanBase) {
			failure = err // which a newer list mends
		}
	}
	return nil, failure
}

// askDelta looks subject up in the delta at url to a complete list. A delta that is not newer than the list says nothing: the
// list has it all (RFC 5280, 5.2.4).
func (i *inquiry) askDelta(ctx context.Context, url string, list *certificateList) (*delta, error) {
	changes, _, err := i.list(ctx, url, []*x509.Certificate{list.signer}, true)
	if err != nil {
		return nil, err
	}
	if err := i.checkCurrent(changes); err != nil {
		return nil, err
	}
	if err := changes.buildsOn(list); err != nil {
		return nil, err
	}
	d := delta{Answer: changes.answer(url)}
	if changes.number.Cmp(list.number) > 0 {
		entry, err := changes.scan(i.subject)
		if err != nil {
			return nil, err
		}
		d.status = entry.status
	}
	return &d, nil
}

// buildsOn reports whether l is a delta that can be put upon a complete list (RFC 5280, 5.2.4 and 6.3.3 (c)), or is older than
// that list. Both have one signer.
func (l *certificateList) buildsOn(complete *certificateList) error {
	switch {
	case l.base == nil || l.number == nil:
		return invalid("CRL is not a delta, or has no number")
	case complete.number == nil:
		return invalid("CRL has a delta, and no number")
	case !bytes.Equal(l.scopeDER, complete.scopeDER) || !bytes.Equal(l.keyID, complete.keyID):
		return invalid("CRL is a delta to one of another scope or key")
	case l.base.Cmp(complete.number) > 0:
		return invalid("CRL is a delta: %w", errOlderThanBase)
	}
	return nil
}
