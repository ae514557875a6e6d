package record

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// ApplicationForm returns an application's form as its row has it, in every database the same. It refuses a version that its change does
// not lead to, and what is larger than a caller may bring.
func ApplicationForm(a application.Application, c application.Change) (string, error) {
	switch {
	case a.Version != c.Version || a.State != c.To || !slices.Contains(application.States, a.State):
		return "", fmt.Errorf("store: version %d in %.40q by a change to version %d in %.40q", a.Version, a.State, c.Version, c.To)
	case a.Number() == "":
		return "", errors.New("store: an application of no person")
	}
	if err := checkScan(c); err != nil {
		return "", err
	}
	form, err := formText(a.Form)
	if err != nil {
		return "", err
	}
	size := len(a.Name) + len(a.SecurityWord) + len(a.Approval.Basis) + len(a.Certificate.Serial) + len(a.Shipment) + len(c.Basis) + len(c.Reason)
	if size > store.MaxForm {
		return "", errors.New("store: the application is too large")
	}
	return form, nil
}

// DraftFormText returns a draft's form as its row has it, in every database the same. It refuses what is larger than a caller may bring.
func DraftFormText(d application.DraftForm) (string, error) {
	if d.Version < 1 || d.Counter < 1 || len(d.SecurityWord) > store.MaxForm {
		return "", fmt.Errorf("store: draft %d of version %d, or it is too large", d.Counter, d.Version)
	}
	return formText(d.Form)
}

func formText(f application.Form) (string, error) {
	if f == nil {
		f = application.Form{}
	}
	form, err := json.Marshal(f) // its keys are sorted
	if err != nil {
		return "", fmt.Errorf("store: form: %w", err)
	}
	if len(form) > store.MaxForm {
		return "", errors.New("store: the form is too large")
	}
	return string(form), nil
}

// checkScan refuses a scan that its change does not name, and a change that names another.
func checkScan(c application.Change) error {
	onPaper := c.Event == application.Approve && c.Way == application.OnPaper
	code, digest := application.PaperOf(c.Basis)
	switch {
	case len(c.Scan.Content) == 0 && c.Scan.MediaType == "" && (digest == "" || !onPaper):
		return nil
	case !onPaper || c.Basis != application.PaperBasis(code, c.Scan):
		return errors.New("store: a change names another scan than it brings")
	case len(c.Scan.Content) == 0 || len(c.Scan.Content) > application.MaxScan || !slices.Contains(application.ScanTypes, c.Scan.MediaType):
		return fmt.Errorf("store: a scan of %d bytes in %.40q", len(c.Scan.Content), c.Scan.MediaType)
	}
	return nil
}

// What an audit finds fault with in applications, beside entries of the chain.
const (
	VersionMissing  = "a version is missing"
	ChangeElsewhere = "a change does not begin where the one before has ended"
	OtherState      = "its state is not that of its last change"
	ScanMissing     = "the scan of its paper is missing"
	OtherScan       = "a scan is not the one of its approval"
)

// PaperScan is a kept scan with its approval. Content is nil after an erasure.
type PaperScan struct {
	Reference string
	Version   int
	Basis     string
	Content   []byte
}

// scanBatch is how many scans are in memory at once.
const scanBatch = 4

// scans proves that each scan is the one that its approval names.
func (a *Audit) scans(ctx context.Context) error {
	for last := (PaperScan{}); ; {
		list, err := a.Source.NextScans(ctx, last.Reference, last.Version, scanBatch)
		if err != nil {
			return err
		}
		for _, one := range list {
			last = one
			code, _ := application.PaperOf(one.Basis)
			if one.Content != nil && application.PaperBasis(code, application.Scan{Content: one.Content}) != one.Basis {
				a.Found(Application, one.Reference, OtherScan)
			}
		}
		if len(list) < scanBatch {
			return nil
		}
	}
}

// ApplicationDigests are that of an application's row as it is now, and the one that its last change has kept.
type ApplicationDigests struct {
	Reference string
	Now, Kept []byte
}

// Applications proves that the changes of each application lead to its row, and that the row is as it was when it was changed last.
func (a *Audit) Applications(ctx context.Context) error {
	if err := a.Source.ApplicationFaults(ctx, func(reference, what string) { a.Found(Application, reference, "%s", what) }); err != nil {
		return err
	}
	if err := a.scans(ctx); err != nil {
		return err
	}
	for last := ""; ; {
		list, err := a.Source.NextApplications(ctx, last, batch)
		if err != nil {
			return err
		}
		for _, one := range list {
			last = one.Reference
			if !bytes.Equal(one.Now, one.Kept) {
				a.Found(Application, last, "is not as its last change has left it")
			}
		}
		if len(list) < batch {
			return nil
		}
	}
}

// ShareLimit takes from the groups in turn, so that a long one does not keep the others waiting. An application that two groups have comes
// once.
func ShareLimit(limit int, groups ...[]application.Application) (due []application.Application) {
	seen := map[string]bool{}
	for i := range limit {
		for _, group := range groups {
			if i >= len(group) || seen[group[i].Reference] || len(due) == limit {
				continue
			}
			seen[group[i].Reference] = true
			due = append(due, group[i])
		}
	}
	return due
}

// StoppedAs is the refusal of a certificate whose application is suspended or revoked.
func StoppedAs(state application.State) error {
	if state == application.Suspended {
		return fault.Errorf(refusal.CertificateSuspended, "the certificate is suspended")
	}
	return fault.Errorf(fault.CertificateRevoked, "the certificate is revoked")
}
