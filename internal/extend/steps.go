package extend

import (
	"slices"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/validation"
)

// isXL reports whether the level has complete references.
func (x *extension) isXL() bool { return x.level == P3 || x.level == P4 || x.level == XL }

// extend takes a signature that check has let pass through the steps of the level.
func (x *extension) extend(id string) error {
	if err := x.stampSignature(id); err != nil || x.level == T {
		return err
	}
	if !x.wait.IsZero() {
		return x.checkProfile(x.of(id), false)
	}
	if x.level == P2 {
		return x.checkProfile(x.of(id), true)
	}
	if err := x.addValues(id); err != nil {
		return err
	}
	if x.level == LTA {
		return x.archive(id)
	}
	return x.checkProfile(x.of(id), true)
}

// signatureStamp returns the earliest time stamp of the signature value that has passed, or else one of which only its authority's status is
// not known; nil where there is none. In a PDF every time stamp that covers a signature is of the document.
func signatureStamp(s *validation.SignatureReport) (found *validation.TimeStampReport) {
	for _, t := range s.TimeStamps {
		ofValue := t.Kind == validation.SignatureStamp || s.Format == "PAdES" && t.Kind == validation.ArchiveStamp
		isPassed := t.Indication == validation.Passed
		if !ofValue || !isPassed && t.SubIndication != validation.TryLater {
			continue
		}
		if found == nil || isPassed && (found.Indication != validation.Passed || t.Time.Before(*found.Time)) {
			found = t
		}
	}
	return found
}

// stampSignature adds a signature time stamp where there is none. For levels that begin with the time stamp alone the status of its
// authority may come later.
func (x *extension) stampSignature(id string) error {
	if t := signatureStamp(x.of(id)); t != nil {
		if x.wantsLists() {
			return x.checkGrace(x.of(id), *t.Time)
		}
		return nil
	}
	err := x.edit(id, func(e Editor) error { return e.SignatureTimeStamp(x.ctx, x.stamper(false)) })
	if err != nil {
		return err
	}
	if t := signatureStamp(x.of(id)); t == nil || t.Indication != validation.Passed {
		err := newStampRefused(x.of(id), x.stamped)
		if fault.CodeOf(err) != fault.ExtendStatus || !x.mayLackStatus() {
			return err
		}
	}
	if x.wantsLists() {
		x.waitUntil(x.stamped.Add(validation.Grace))
	}
	return nil
}

func (x *extension) waitUntil(t time.Time) {
	if t.After(x.wait) {
		x.wait = t
	}
}

// newStampRefused says why a time stamp that was just made does not count.
func newStampRefused(s *validation.SignatureReport, at time.Time) error {
	for _, t := range s.TimeStamps {
		if t.Time == nil || !t.Time.Equal(at) || t.Indication == validation.Passed {
			continue
		}
		if t.SubIndication == validation.TryLater {
			return fault.Errorf(fault.ExtendStatus, "time stamp's authority: %s", reasons(t.Reasons))
		}
		return fault.Errorf(fault.TimestampUntrusted, "%s %s: %s", t.Indication, t.SubIndication, reasons(t.Reasons))
	}
	return fault.Errorf(fault.TimestampInvalid, "the new time stamp is not in the file")
}

// checkGrace refuses a list that was made within the grace period, for P2 and P3 (the guide has the list show every revocation until the time
// stamp). Where the list at hand is older the source is asked for one, though that list may be fresh.
func (x *extension) checkGrace(s *validation.SignatureReport, stamped time.Time) error {
	end := stamped.Add(validation.Grace)
	if x.moment().Before(end) {
		return fault.New(fault.ExtendEarly, &TooEarly{end})
	}
	if len(s.Path) < 2 {
		return fault.Errorf(fault.ExtendUntrusted, "no path")
	}
	if x.listAfter(s, stamped) == nil {
		x.ask(s.Path[0].Certificate, s.Path[1].Certificate)
		if err := x.validate(); err != nil {
			return err
		}
		s = x.of(s.ID)
	}
	if x.listAfter(s, stamped) != nil {
		return nil
	}
	var next time.Time
	for _, status := range s.Path[0].Statuses {
		if status.By == "crl" && status.NextUpdate != nil && status.NextUpdate.After(next) {
			next = *status.NextUpdate
		}
	}
	if next.After(x.moment()) {
		return fault.New(fault.ExtendEarly, &TooEarly{next})
	}
	return fault.Errorf(fault.ExtendStatus, "no list that was made after %v", end)
}

// listAfter returns the earliest list on the signer that was made after the grace period, or nil.
func (x *extension) listAfter(s *validation.SignatureReport, stamped time.Time) (found *validation.StatusReport) {
	for _, status := range s.Path[0].Statuses {
		if status.By == "crl" && !status.ThisUpdate.Before(stamped.Add(validation.Grace)) && (found == nil || status.ThisUpdate.Before(found.ThisUpdate)) {
			found = status
		}
	}
	return found
}

// addValues adds references and values.
func (x *extension) addValues(id string) error {
	if err := x.getAnswer(id); err != nil {
		return err
	}
	s := x.of(id)
	if s.Indication != validation.Passed {
		return refusal(s)
	}
	references, values, err := x.gather(s)
	if err != nil {
		return err
	}
	if x.isXL() {
		err := x.edit(id, func(e Editor) error {
			if s.Format != "PAdES" || x.level == XL { // the guide has no references in PDFs
				if err := e.References(references); err != nil {
					return err
				}
			}
			return e.Values(values)
		})
		if err != nil {
			return err
		}
	} else if len(values.Certificates)+len(values.CRLs)+len(values.OCSPs) > 0 {
		if err := x.edit(id, func(e Editor) error { return e.Values(values) }); err != nil {
			return err
		}
	}
	return x.standsAlone(id)
}

// getAnswer asks the source for an OCSP answer on the signer, which P4 wants, where a list was enough for the verdict.
func (x *extension) getAnswer(id string) error {
	s := x.of(id)
	isAnswer := func(status *validation.StatusReport) bool { return status.By == "ocsp" && status.IsGood }
	if x.level != P4 || len(s.Path) < 2 || slices.ContainsFunc(s.Path[0].Statuses, isAnswer) {
		return nil
	}
	x.ask(s.Path[0].Certificate, s.Path[1].Certificate)
	if err := x.validate(); err != nil {
		return err
	}
	if s = x.of(id); !slices.ContainsFunc(s.Path[0].Statuses, isAnswer) {
		return fault.Errorf(fault.ExtendStatus, "no OCSP answer on the signer")
	}
	return nil
}

// standsAlone refuses a signature that needs more than it embeds: itself, and its signature time stamp.
func (x *extension) standsAlone(id string) error {
	s := x.offline(id)
	if t := signatureStamp(s); s.Indication != validation.Passed || t == nil || t.Indication != validation.Passed {
		return fault.Errorf(fault.ExtendStatus, "by what it embeds the signature is %s %s: %s", s.Indication, s.SubIndication, reasons(s.Reasons))
	}
	return nil
}

// archive adds an archive time stamp, unless one that was added for another signature of the file covers this one too.
func (x *extension) archive(id string) error {
	passed := func(s *validation.SignatureReport) bool {
		return slices.ContainsFunc(s.TimeStamps, func(t *validation.TimeStampReport) bool {
			isNew := func(at time.Time) bool { return t.Time.Equal(at) }
			return t.Kind == validation.ArchiveStamp && t.Indication == validation.Passed && slices.ContainsFunc(x.archived, isNew)
		})
	}
	if x.of(id).Format == "PAdES" && passed(x.of(id)) {
		return nil
	}
	if err := x.edit(id, func(e Editor) error { return e.ArchiveTimeStamp(x.ctx, x.stamper(true)) }); err != nil {
		return err
	}
	if !passed(x.of(id)) {
		return newStampRefused(x.of(id), x.stamped)
	}
	return nil
}
