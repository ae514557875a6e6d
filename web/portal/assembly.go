package portal

import (
	"fmt"

	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/web/portal/access"
	"github.com/e-onay/e-onay/web/portal/applicationkey"
	"github.com/e-onay/e-onay/web/portal/bulletin"
	"github.com/e-onay/e-onay/web/portal/certificatestatus"
	"github.com/e-onay/e-onay/web/portal/challenge"
	"github.com/e-onay/e-onay/web/portal/consent"
	"github.com/e-onay/e-onay/web/portal/courier"
	"github.com/e-onay/e-onay/web/portal/decisions"
	"github.com/e-onay/e-onay/web/portal/desk"
	"github.com/e-onay/e-onay/web/portal/deskgate"
	"github.com/e-onay/e-onay/web/portal/gateway"
	"github.com/e-onay/e-onay/web/portal/home"
	"github.com/e-onay/e-onay/web/portal/installation"
	"github.com/e-onay/e-onay/web/portal/jobs"
	"github.com/e-onay/e-onay/web/portal/legaltext"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/notice"
	"github.com/e-onay/e-onay/web/portal/orders"
	"github.com/e-onay/e-onay/web/portal/payment"
	"github.com/e-onay/e-onay/web/portal/payments"
	"github.com/e-onay/e-onay/web/portal/peoplelist"
	"github.com/e-onay/e-onay/web/portal/progress"
	"github.com/e-onay/e-onay/web/portal/safe"
	"github.com/e-onay/e-onay/web/portal/seal"
	"github.com/e-onay/e-onay/web/portal/sealapplication"
	"github.com/e-onay/e-onay/web/portal/shipment"
	"github.com/e-onay/e-onay/web/portal/signaturecheck"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/staff"
	"github.com/e-onay/e-onay/web/portal/statusdesk"
	"github.com/e-onay/e-onay/web/portal/statuses"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/texts"
	"github.com/e-onay/e-onay/web/portal/together"
	"github.com/e-onay/e-onay/web/portal/undertaking"
	"github.com/e-onay/e-onay/web/portal/verification"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// assembly puts a portal together: engines first, then the features that use them.
type assembly struct {
	Options
	challenges   *challenge.Engine
	verification *verification.Engine
	receipts     *verification.Receipts
	gateway      *gateway.Gateway
	safe         *safe.Safe // nil where no PUKs are released
	letters      *letters.Outbox
	progress     *progress.Engine
	lists        *peoplelist.Runner
	jobs         *jobs.Runner
	shipments    *courier.Engine // nil where the settings name no courier
	decisions    *decisions.Engine
	together     *together.Acts
	gate         deskgate.Gate
	notices      *notice.Notices        // nil where no mails are sent
	keys         *applicationkey.Engine // to applications without a login; nil where no mails are sent
	authority    statuses.Authority     // nil where none is told of statuses
	statuses     *statuses.Engine
	payments     *payments.Engine
	noticeKeys   [][]byte // of the payment provider's notices
	consentText  legaltext.Source
	library      *legaltext.Library
	requests     *relyingparty.RequestSigner // nil where requests are not signed
}

// start makes the engines.
func (a *assembly) start() (err error) {
	s := a.Settings
	a.challenges = &challenge.Engine{Store: a.Store, Lifetime: s.codeLifetime(), Now: a.Now}
	a.verification = verification.New(a.Verifier)
	kept := texts.Kept{Store: a.Store, Now: a.Now}
	a.consentText, a.library = consent.TextSource(s.ConsentText, kept), s.texts(kept)
	a.gate = deskgate.Gate{Store: a.Store, Now: a.Now}
	a.gateway, err = gateway.New(gateway.Options{
		Issuer: s.Issuer, ClientID: s.ClientID, ClientSecret: s.ClientSecret, Secret: s.secret(), Address: a.Address,
		Origins: s.GatewayOrigins, KeepSession: s.KeepGatewaySession, Now: a.Now,
	})
	if err != nil {
		return fmt.Errorf("portal: %w", err)
	}
	if a.safe, err = openSafe(s); err != nil {
		return err
	}
	if err := a.startLetters(); err != nil {
		return fmt.Errorf("portal: %w", err)
	}
	if a.authority, err = openAuthority(s.CertificateStatus); err != nil {
		return err
	}
	a.startJobs()
	if err := a.startShipments(); err != nil {
		return err
	}
	if err := a.startStatuses(); err != nil {
		return fmt.Errorf("portal: %w", err)
	}
	a.receipts = verification.NewReceipts(verification.ReceiptsOptions{
		Store: a.Store, Engine: a.verification, Within: s.judgeWithin(), Judged: a.judged, Log: a.Log, Now: a.Now,
		Move: a.progress.Approval, Moved: a.progress.Kept,
	})
	if err := a.startPayments(); err != nil {
		return err
	}
	a.together = &together.Acts{Store: a.Store, Payments: a.payments, Statuses: a.statuses}
	a.decisions = decisions.New(decisions.Options{Store: a.Store, Kinds: a.kinds(), Within: s.Desk.within(), WakeJobs: a.jobs.Wake, Now: a.Now})
	a.startLists()
	a.requests, err = openRequests(s, a.Address, a.Now)
	return err
}

// judged counts a signature that was judged, and has the applications that wait for E-Onay move on.
func (a *assembly) judged(kind store.Kind, result string) {
	a.Meter.Judged(kind, result)
	a.progress.Wake()
}

func (a *assembly) startLetters() (err error) {
	if err := a.Settings.checkSecondChannel(); err != nil {
		return err
	}
	if a.Transport == nil && a.Settings.Mail != nil {
		if a.Transport, err = letters.NewTransport(a.Settings.Mail); err != nil {
			return err
		}
	}
	var transport letters.Transport // none without the key of what is in the outbox
	if a.safe != nil {
		transport = a.Transport
	}
	a.letters = &letters.Outbox{Safe: a.safe, Transport: transport, Wake: func() { a.jobs.Wake() }}
	return nil
}

// contacts are those on record; there are none where no PUKs are released.
func (a *assembly) contacts() letters.Contacts {
	c := letters.Contacts{Store: a.Store, Mail: a.Settings.Mail}
	if a.safe != nil {
		c.Safe = a.safe
	}
	return c
}

// kinds are what two persons decide on.
func (a *assembly) kinds() []decisions.Kind {
	all := []decisions.Kind{staff.Kind(), texts.Kind(a.texts(), a.Store), bulletin.Kind(a.Settings.Desk.AnnouncementsByOne), a.together.Refund()}
	if a.authority != nil {
		all = append(all, a.together.Revoke(), a.together.Settle())
	}
	return all
}

// texts are those that people approve.
func (a *assembly) texts() []texts.Text {
	titles := map[string]string{"basvuru-formu": "portal.texts.form", "taahhutname": "portal.texts.undertaking"}
	all := []texts.Text{{Title: "portal.texts.e-onay", Source: a.consentText, Max: consent.MaxText}}
	for _, named := range a.library.Texts {
		all = append(all, texts.Text{Title: titles[named.Source.ID], Source: named.Source, Max: legaltext.MaxText})
	}
	return all
}

// deskPages are the pages of the desk beside its queues.
func (s *Settings) deskPages() []desk.Page {
	pages := []desk.Page{
		{Role: store.Reviewer, ID: "to-orders", Path: orders.DeskPath, Title: "order.desk", About: "order.desk.about"},
		{Role: store.Editor, ID: "to-texts", Path: texts.Path, Title: "portal.texts", About: "portal.texts.about"},
		{Role: store.Editor, ID: "to-bulletin", Path: bulletin.Path, Title: "portal.bulletin", About: "portal.bulletin.about"},
		{Role: store.Administrator, ID: "to-staff", Path: staff.Path, Title: "portal.staff", About: "portal.staff.about"},
	}
	if s.CertificateStatus != nil {
		pages = append(pages, desk.Page{Role: store.StatusOfficer, ID: "to-status", Path: statusdesk.Path, Title: "status.desk", About: "status.desk.about"})
	}
	return pages
}

// openServices are the lines of the first page's menu that need no login: what stands, and nothing else.
func (a *assembly) openServices() (all []home.Entry) {
	s := a.Settings
	if path := s.signatureCheckPath(); path != "" {
		all = append(all, home.Entry{ID: "menu-check", Path: path, Title: "portal.check", About: "portal.check.about"})
	}
	if s.CertificateStatus != nil {
		all = append(all, home.Entry{ID: "menu-status", Path: certificatestatus.Path, Title: "status", About: "status.about"})
	}
	if a.keys != nil {
		all = append(all, home.Entry{ID: "menu-seal-application", Path: applicationkey.Path, Title: "sealapplication", About: "sealapplication.about"})
	}
	return append(all,
		home.Entry{ID: "menu-installation", Path: installation.Path, Title: "portal.installation", About: "portal.installation.about"},
		home.Entry{ID: "menu-debt", Path: payment.Path, Title: "payment.debt", About: "payment.debt.about"},
		home.Entry{ID: "menu-shipment", Path: shipment.Path, Title: "portal.shipment", About: "portal.shipment.about"},
		home.Entry{ID: "menu-reader", Path: orders.ReaderPath, Title: "order.kind.reader", About: "order.about.reader"},
		home.Entry{ID: "menu-timestamp", Path: orders.TimeStampPath, Title: "order.kind.timestamp", About: "order.about.timestamp"},
		home.Entry{ID: "menu-order", Path: orders.TrackPath, Title: "order.track", About: "order.about.track"},
		home.Entry{ID: "menu-seal", Path: seal.Path, Title: "portal.seal", About: "portal.seal.about"},
		home.Entry{ID: "menu-undertaking", Path: undertaking.Path, Title: "portal.undertaking", About: "portal.undertaking.about"},
		home.Entry{ID: "menu-access", Path: access.Path, Title: "portal.access", About: "portal.access.about"},
	)
}

// ownServices are the lines of the menu of those who have logged in that depend on the settings.
func (s *Settings) ownServices() []home.Entry {
	if s.CertificateStatus == nil {
		return nil
	}
	return []home.Entry{{ID: "menu-status", Path: certificatestatus.OwnPath, Title: "status", About: "status.about"}}
}

// sealApplication is Mali Mühür Sertifika Başvuru.
func (a *assembly) sealApplication() site.Feature {
	s := a.Settings
	return sealapplication.New(sealapplication.Options{
		Store: a.Store, Keys: a.keys, Progress: a.progress, Payments: a.payments, Fee: s.Applications.SealFee, Where: s.Applications.where(),
		Page: s.Payment.pageOrigin(), Secret: s.ClientSecret, Now: a.Now,
	})
}

func (a *assembly) signatureCheck() site.Feature {
	by := a.SignatureCheck
	if by == nil {
		by = &SignatureCheck{Policy: validation.DefaultPolicy()}
	}
	return signaturecheck.New(signaturecheck.Options{
		Settings: a.Settings.SignatureCheck, Policy: by.Policy, Data: by.Data, Source: by.Source, Log: a.Log, Now: a.Now,
	})
}
