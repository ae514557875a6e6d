// Package lasting keeps recorded acts provable for longer than certificates last (docs/lasting.md). A keeper runs beside the server: it
// makes of each act's signature a copy at level LTA, with the path, the revocation data and time stamps of an authority inside, and
// stamps that copy again before it fades. The evidence as it was received is not touched.
package lasting

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/e-onay/e-onay/internal/extend"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Limits.
const (
	// every is how often the keeper looks for acts that are due.
	every = 15 * time.Second
	// attemptTimeout is for one act; its lease is longer.
	attemptTimeout = 2 * time.Minute
	lease          = 2 * attemptTimeout
	// firstWait doubles with each failure, up to maxWait.
	firstWait = time.Minute
	maxWait   = 24 * time.Hour
	// hopelessWait is for what no later attempt can be expected to mend: the operator may change anchors meanwhile.
	hopelessWait = 30 * 24 * time.Hour
	// MaxLate is how long after its time an act may be without its copy before State says that it is late.
	MaxLate = 24 * time.Hour
)

// Store is the part of the store that this job needs, as store.Store has it.
type Store interface {
	store.Lasting
	Evidence(ctx context.Context, reference string) (store.Evidence, error)
}

// Options are what a Keeper is made of. All are required but Source, Certificates and Now.
type Options struct {
	Store Store
	// Policy judges signers and time-stamp authorities.
	Policy *validation.Policy
	Stamp  extend.Stamper
	// Source gets revocation data; it gives up when its context ends.
	Source func(context.Context) validation.Source
	// Certificates are intermediate ones.
	Certificates []*x509.Certificate
	// Margin is how long before a copy fades it is stamped again.
	Margin time.Duration
	Log    *slog.Logger
	Now    func() time.Time
}

// Keeper makes acts last. It is safe for concurrent use; several processes may run on one store.
type Keeper struct{ Options }

// New returns a keeper.
func New(o Options) *Keeper {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Keeper{o}
}

// Run makes acts last, one after the other, until ctx ends.
func (k *Keeper) Run(ctx context.Context) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		for {
			worked, err := k.Next(ctx)
			if err != nil && ctx.Err() == nil {
				k.Log.Error("lasting copies", "error", err)
			}
			if !worked || err != nil || ctx.Err() != nil {
				break
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Next makes one attempt at the act that is due, and returns false where none is. What keeps an act from its copy is in the log and in the store, and
// is no error: an error is the store's.
func (k *Keeper) Next(ctx context.Context) (worked bool, err error) {
	now := k.Now()
	l, err := k.Store.LeaseLasting(ctx, now, now.Add(lease))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	attempt, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	c, err := k.extend(attempt, l)
	if err == nil {
		due := time.Time{}
		if !c.LastsUntil.IsZero() {
			due = k.due(c.LastsUntil)
		}
		if err := k.Store.AddCopy(ctx, l, c, due); err != nil {
			return true, err
		}
		k.Log.Info("lasting copy", "act", l.Reference, "version", l.Version+1, "lasts", c.LastsUntil)
		return true, nil
	}
	if ctx.Err() != nil { // the portal stops: the lease ends by itself
		return false, context.Cause(ctx)
	}
	wait := waitAfter(l.Attempt, fault.CodeOf(err))
	k.Log.Warn("no lasting copy", "act", l.Reference, "attempt", l.Attempt, "code", fault.CodeOf(err), "again", wait, "error", err)
	return true, k.Store.DeferLasting(ctx, l, k.Now().Add(wait), fault.CodeOf(err))
}

// due is a margin before the end of a copy; of one that ends within the margin, the middle of what is left.
func (k *Keeper) due(end time.Time) time.Time {
	now := k.Now()
	if due := end.Add(-k.Margin); due.After(now) {
		return due
	}
	return now.Add(max(end.Sub(now)/2, firstWait))
}

// waitAfter is how long to wait after a failure.
func waitAfter(attempt int, code fault.Code) time.Duration {
	switch code {
	case fault.ExtendInvalid, fault.ExtendUnproven, fault.SignatureMalformed:
		return hopelessWait
	}
	return min(firstWait<<min(attempt-1, 20), maxWait)
}

// extend makes the next copy of an act, of its newest one or of its evidence.
func (k *Keeper) extend(ctx context.Context, l store.LastingLease) (c store.Copy, err error) {
	evidence, err := k.Store.Evidence(ctx, l.Reference)
	if err != nil {
		return c, err
	}
	signature := evidence.Signature
	if l.Version > 0 {
		newest, err := k.Store.NewestCopy(ctx, l.Reference)
		if err != nil {
			return c, err
		}
		signature = newest.Signature
	}
	data, err := dataOf(evidence)
	if err != nil {
		return c, err
	}
	data.Certificates = append(data.Certificates, k.Certificates...)
	o := extend.Options{Policy: k.Policy, Stamp: k.Stamp, Data: data, Now: k.Now}
	if k.Source != nil {
		o.Source = k.Source(ctx)
	}
	result, err := extend.Extend(ctx, contentOf(signature), documentsOf(evidence), extend.LTA, o)
	if err != nil {
		return c, err
	}
	if result.File.Size > store.MaxCopy {
		return c, fault.Errorf(fault.RequestTooLarge, "copy of %d bytes", result.File.Size)
	}
	c = store.Copy{MadeAt: result.After.Moment.Truncate(time.Millisecond).Add(time.Millisecond)} // the store keeps no less, and time stamps may be later
	if lasts := result.After.Signatures[0].Lasts; lasts != nil {
		c.LastsUntil = *lasts
	}
	c.Signature, err = io.ReadAll(io.NewSectionReader(result.File.Reader, 0, result.File.Size))
	return c, err
}

// dataOf is the evidence beside the signature.
func dataOf(e store.Evidence) (data validation.Data, err error) {
	for _, list := range [][][]byte{e.Path, e.CRLSigners} {
		for _, der := range list {
			c, err := pki.ParseX509(der)
			if err != nil {
				return data, fault.New(fault.CertificateMalformed, err)
			}
			data.Certificates = append(data.Certificates, c)
		}
	}
	for _, a := range e.OCSP {
		data.OCSPs = append(data.OCSPs, a.DER)
	}
	for _, a := range e.CRLs {
		data.CRLs = append(data.CRLs, a.DER)
	}
	return data, nil
}

func contentOf(b []byte) formats.Content {
	return formats.Content{Reader: bytes.NewReader(b), Size: int64(len(b))}
}

// documentsOf are the documents beside a signature; a signed PDF holds its own.
func documentsOf(e store.Evidence) []formats.Document {
	if bytes.HasPrefix(e.Signature, []byte("%PDF-")) {
		return nil
	}
	return []formats.Document{{Content: contentOf(e.Document)}}
}

// Prove proves a copy, as of when it was made and by what it embeds alone: it must be the act's signature over the act's document, with
// everything that shows that it was good.
func Prove(policy *validation.Policy, c store.Copy, e store.Evidence) error {
	received, err := formats.Read(contentOf(e.Signature), documentsOf(e)...)
	if err != nil {
		return err
	}
	kept, err := formats.Read(contentOf(c.Signature), documentsOf(e)...)
	if err != nil {
		return err
	}
	if len(kept) != 1 || len(received) != 1 || kept[0].Value != received[0].Value {
		return errors.New("it is of another signature")
	}
	s := validation.Validate(validation.Input{Signatures: kept, Policy: policy, Moment: c.MadeAt}).Signatures[0]
	if s.Indication != validation.Passed || s.Level != "LTA" {
		return fmt.Errorf("it is %s %s of level %q", s.Indication, s.SubIndication, s.Level)
	}
	return proveStamp(s.TimeStamps, c.LastsUntil)
}

// proveStamp proves the newest archive time stamp of a copy. The status of its authority need not be inside: the next one will have it. A
// time until which the copy is said to last must not be later than the authority's certificate does.
func proveStamp(stamps []*validation.TimeStampReport, lastsUntil time.Time) error {
	for _, t := range stamps { // the latest first
		if t.Kind != validation.ArchiveStamp {
			continue
		}
		if t.Indication != validation.Passed && t.SubIndication != validation.TryLater || t.Authority == nil {
			return fmt.Errorf("its archive time stamp is %s %s", t.Indication, t.SubIndication)
		}
		if end := t.Authority.Certificate.NotAfter; lastsUntil.IsZero() || lastsUntil.After(end) {
			return fmt.Errorf("it is said to last until %v, and its authority's certificate until %v", lastsUntil, end)
		}
		return nil
	}
	return errors.New("it has no archive time stamp")
}
