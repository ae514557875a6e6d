package portal

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// maxReportBody holds the largest report in base64 with the JSON around it.
const maxReportBody = protocol.MaxClaim/3*4 + 2048

// reportBody is a host's report as the page's program hands it on.
type reportBody struct {
	Act       string `json:"act"`
	Report    []byte `json:"report"`
	Signature []byte `json:"signature"` // the device key's
}

// report keeps what has become of a release. It is believed because the machine that got the PUK has signed it,
// so any session of the person may bring it.
func (p *Portal) report(v *visit) error {
	received := p.now()
	data, err := readJSON(v.r)
	if err != nil {
		return err
	}
	var body reportBody
	if err := parseJSON(data, &body); err != nil {
		return err
	}
	// What has arrived is kept, also when the browser has left.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(v.r.Context()), recordTimeout)
	defer cancel()
	old, err := p.released(ctx, v.session.CitizenNumber, body.Act)
	if err != nil {
		return err
	}
	report, err := readReport(&body, old)
	if err != nil {
		return err
	}
	attested, err := p.attested(old.Claim, report)
	if err != nil {
		return fmt.Errorf("attestation: %w", err)
	}
	err = p.store.Report(ctx, store.Report{
		Reference: old.Reference, CitizenNumber: v.session.CitizenNumber, Outcome: report.Outcome,
		Report: body.Report, Signature: body.Signature, ReportedAt: received, Attested: attested,
	})
	if err != nil && codeOf(err) == refusal.CodeUsed {
		return elsewhereError{err, pinResultPath}
	}
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	p.log.Info("release reported", "reference", old.Reference, "outcome", report.Outcome, "attested", attested)
	answerJSON(v, location{pinResultPath})
	return nil
}

// released returns one of a person's releases.
func (p *Portal) released(ctx context.Context, citizenNumber, reference string) (store.Release, error) {
	if !referenceForm.MatchString(reference) {
		return store.Release{}, fault.Errorf(refusal.ActUnknown, "%.40q is not a reference", reference)
	}
	r, err := p.store.Released(ctx, reference)
	if errors.Is(err, store.ErrNotFound) || err == nil && r.CitizenNumber != citizenNumber {
		return store.Release{}, fault.Errorf(refusal.ActUnknown, "%s is not known", reference)
	}
	if err != nil {
		return store.Release{}, fmt.Errorf("release: %w", err)
	}
	return r, nil
}

// outcomeForm is that of a code, also of one that this portal does not know yet.
var outcomeForm = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// readReport reads the report of a release, by the machine that it went to.
func readReport(body *reportBody, old store.Release) (*release.Report, error) {
	claim, err := release.ReadClaim(old.Claim, old.Signature)
	if err != nil {
		return nil, fmt.Errorf("release %s: %w", old.Reference, err)
	}
	report, err := release.ReadReport(body.Report, body.Signature, old.Claim, claim.Device)
	if err != nil {
		return nil, fault.Errorf(refusal.ClaimInvalid, "%.200v", err) // it may quote what was sent
	}
	if !outcomeForm.MatchString(string(report.Outcome)) {
		return nil, fault.Errorf(refusal.ClaimInvalid, "outcome %q", report.Outcome)
	}
	return report, nil
}

// explain returns under which code's sentence a person reads an outcome, and whether they can try again themselves.
// A PUK that was refused is not theirs: what they must know is that it is not sent again.
func explain(outcome fault.Code) (sentence fault.Code, again bool) {
	switch {
	case outcome == "" || outcome == protocol.OutcomeDone:
		return "", false
	case outcome == fault.PUKLocked:
		return outcome, false
	case store.RefusesPUK(outcome):
		return refusal.PUKWithheld, false
	case !known(outcome):
		return "", true
	}
	return outcome, true
}

// known reports whether there is a sentence for a code.
func known(code fault.Code) bool {
	key := "error." + string(code)
	return message.Sentence(key).TR != key
}
