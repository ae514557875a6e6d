package desk

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/reference"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/production"
)

// Production has the keys of hand-overs and returns: the portal signs what it hands over, and encrypts it to the producer's Opening keys;
// the producer signs what it returns, and encrypts it to the portal's Returns keys.
type Production struct {
	Key      *ecdsa.PrivateKey
	Producer *ecdsa.PublicKey
	Opening  []*ecdsa.PublicKey
	Returns  []*ecdsa.PrivateKey
	// Site is the portal's address.
	Site string
}

const (
	// maxReturnBody is the largest upload: a return, with the form around it.
	maxReturnBody = production.MaxFile + 64<<10
	fieldFile     = "dosya"
)

// checkProducer admits who hands over to production, where the settings have keys for it.
func (d *desk) checkProducer(o officer) error {
	if d.Production == nil || !o.has(store.Producer) {
		return fault.New(refusal.NotFound, nil)
	}
	return nil
}

// production shows what waits to be handed over, and takes a return.
func (d *desk) production(v *site.Visit, o officer) error {
	return d.renderProduction(v, o, http.StatusOK, "")
}

func (d *desk) renderProduction(v *site.Visit, o officer, status int, code fault.Code) error {
	if err := d.checkProducer(o); err != nil {
		return err
	}
	counts, err := d.Store.CountApplications(v.R.Context())
	if err != nil {
		return fmt.Errorf("production: %w", err)
	}
	return v.Render(status, "desk-production", min(counts[application.InProduction], production.MaxEntries), code)
}

// handOver answers with what is in production, as a file that the portal has encrypted and signed. It changes nothing: an application leaves its state
// when it comes back.
func (d *desk) handOver(v *site.Visit, o officer) error {
	if err := d.checkProducer(o); err != nil {
		return err
	}
	waiting, err := d.Store.ApplicationsIn(v.R.Context(), application.InProduction, production.MaxEntries)
	if err != nil {
		return fmt.Errorf("hand over: %w", err)
	}
	now := d.Now().UTC()
	handover := production.Handover{Site: d.Production.Site, Reference: reference.New(), MadeAt: now, Entries: []production.Order{}}
	for _, a := range waiting {
		handover.Entries = append(handover.Entries, orderOf(a, now))
	}
	data, err := handover.Seal(d.Production.Key, d.Production.Opening...)
	if err != nil {
		return err
	}
	v.Log().Info("handed over to production", "file", handover.Reference, "applications", len(waiting))
	v.Attach("uretim-" + now.Format("20060102-150405") + ".json")
	return v.AnswerBytes("application/json", data)
}

// orderOf is what production needs of an application.
func orderOf(a application.Application, now time.Time) production.Order {
	order := production.Order{
		Reference: a.Reference, Version: a.Version, Kind: string(a.Kind), Subject: a.Name, SubjectNumber: subjectNumber(a),
		Years: a.Form["years"], Mail: a.Form["mail"], Phone: a.Form["mobile"],
	}
	if a.Kind == application.Seal {
		order.Subject = a.Form["company"]
	}
	if a.Replaces.After(now) {
		begin := a.Replaces.UTC()
		order.NotBefore = &begin
	}
	return order
}

// subjectNumber is the number in the subject of the certificate that is made: a person's, or a company's.
func subjectNumber(a application.Application) string {
	if a.Kind == application.Seal {
		return a.Form["tax_number"]
	}
	return a.CitizenNumber
}

// returnView says what has become of a return.
type returnView struct {
	Made, Before int
	Refused      []refusedEntry
}

// refusedEntry is one that was not taken. Why is the end of a key of the catalogue.
type refusedEntry struct{ Reference, Why string }

// Why an entry was not taken.
const (
	whyUnknown     = "unknown"
	whyCertificate = "certificate"
	whyState       = "state"
)

// takeBack takes a return. Each entry is taken once: the same file again changes nothing, and another certificate for what was
// produced is refused.
func (d *desk) takeBack(v *site.Visit, o officer) error {
	if err := d.checkProducer(o); err != nil {
		return err
	}
	data, err := v.FirstFile(fieldFile)
	if err != nil {
		return err
	}
	made, digest, err := production.ReadReturn(data, d.Production.Site, d.Production.Producer, d.Production.Returns...)
	if err != nil {
		v.Log().Info("a return was refused", "error", err)
		return d.renderProduction(v, o, http.StatusUnprocessableEntity, refusal.ManifestInvalid)
	}
	var view returnView
	for _, one := range made.Entries {
		isNew, why, err := d.takeOne(v.R.Context(), o, digest, one)
		switch {
		case err != nil:
			return fmt.Errorf("return: %w", err)
		case why != "":
			view.Refused = append(view.Refused, refusedEntry{one.Reference, why})
		case isNew:
			view.Made++
		default:
			view.Before++
		}
	}
	v.Log().Info("a return was taken", "made", view.Made, "before", view.Before, "refused", len(view.Refused))
	return v.Render(http.StatusOK, "desk-return", view, "")
}

// takeOne records that a card was made. why says for people why it is not taken.
func (d *desk) takeOne(ctx context.Context, o officer, digest string, made production.Made) (isNew bool, why string, err error) {
	a, err := d.Store.Application(ctx, made.Reference)
	if errors.Is(err, store.ErrNotFound) {
		return false, whyUnknown, nil
	}
	if err != nil {
		return false, "", err
	}
	certificate, err := pki.Parse(made.Certificate)
	if err != nil || certificate.Subject.SerialNumber != subjectNumber(a) || !certificate.NotAfter.After(d.Now()) {
		return false, whyCertificate, nil
	}
	if made.Version < 1 {
		return false, whyState, nil // 0 would be any version
	}
	kept := application.NewCertificate(certificate.Certificate)
	_, err = d.Progress.Do(ctx, a.Reference, made.Version, application.Change{
		Event: application.Produce, By: application.Producer, Who: o.citizenNumber, Basis: digest, Certificate: kept,
	})
	switch fault.CodeOf(err) {
	case refusal.ApplicationChanged, refusal.ApplicationState:
		a, err = d.Store.Application(ctx, made.Reference)
		if err == nil && a.Certificate.Serial != kept.Serial {
			why = whyState
		}
		return false, why, err
	}
	return err == nil, "", err
}
