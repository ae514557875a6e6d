package newpin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/verification"
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
func (n *newpin) report(v *site.Visit) error {
	received := n.Now()
	data, err := v.ReadJSON()
	if err != nil {
		return err
	}
	var body reportBody
	if err := site.ParseJSON(data, &body); err != nil {
		return err
	}
	// What has arrived is kept, also when the browser has left.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(v.R.Context()), verification.RecordTimeout)
	defer cancel()
	old, err := n.released(ctx, v.Session.CitizenNumber, body.Act)
	if err != nil {
		return err
	}
	report, err := readReport(&body, old)
	if err != nil {
		return err
	}
	attested, err := n.attested(old.Claim, report)
	if err != nil {
		return fmt.Errorf("attestation: %w", err)
	}
	certificate, err := certificateOf(old)
	if err != nil {
		return err
	}
	err = n.Store.Report(ctx, store.Report{
		Reference: old.Reference, CitizenNumber: v.Session.CitizenNumber, Outcome: report.Outcome,
		Report: body.Report, Signature: body.Signature, ReportedAt: received, Certificate: certificate, Attested: attested,
	})
	if err != nil && site.CodeOf(err) == refusal.CodeUsed {
		return site.Elsewhere(err, resultPath)
	}
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if report.Outcome == protocol.OutcomeDone {
		if err := n.Activate(ctx, old.CitizenNumber, certificate); err != nil {
			n.Log.Warn("the application is not active yet", "reference", old.Reference, "error", err)
		}
	}
	n.Log.Info("release reported", "reference", old.Reference, "outcome", report.Outcome, "attested", attested)
	return v.AnswerJSON(http.StatusOK, site.Location{Location: resultPath})
}

// certificateOf is the serial number of the certificate of a release's card, as an application has it.
func certificateOf(old store.Release) (string, error) {
	claim, err := release.ReadClaim(old.Claim, old.Signature)
	if err != nil {
		return "", fmt.Errorf("release %s: %w", old.Reference, err)
	}
	certificate, err := pki.Parse(claim.Certificate)
	if err != nil {
		return "", fmt.Errorf("release %s: %w", old.Reference, err)
	}
	return application.NewCertificate(certificate.Certificate).Serial, nil
}

// released returns one of a person's releases.
func (n *newpin) released(ctx context.Context, citizenNumber, name string) (store.Release, error) {
	if !reference.Valid(name) {
		return store.Release{}, fault.Errorf(refusal.ActUnknown, "%.40q is not a reference", name)
	}
	r, err := n.Store.Released(ctx, name)
	if errors.Is(err, store.ErrNotFound) || err == nil && r.CitizenNumber != citizenNumber {
		return store.Release{}, fault.Errorf(refusal.ActUnknown, "%s is not known", name)
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
