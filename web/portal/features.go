package portal

import (
	"context"
	"slices"

	"github.com/e-onay/e-onay/web/portal/access"
	"github.com/e-onay/e-onay/web/portal/announcements"
	"github.com/e-onay/e-onay/web/portal/applications"
	"github.com/e-onay/e-onay/web/portal/approvals"
	"github.com/e-onay/e-onay/web/portal/bulletin"
	"github.com/e-onay/e-onay/web/portal/consent"
	"github.com/e-onay/e-onay/web/portal/desk"
	"github.com/e-onay/e-onay/web/portal/esign"
	"github.com/e-onay/e-onay/web/portal/help"
	"github.com/e-onay/e-onay/web/portal/home"
	"github.com/e-onay/e-onay/web/portal/installation"
	"github.com/e-onay/e-onay/web/portal/legaltext"
	"github.com/e-onay/e-onay/web/portal/login"
	"github.com/e-onay/e-onay/web/portal/machines"
	"github.com/e-onay/e-onay/web/portal/newpin"
	"github.com/e-onay/e-onay/web/portal/officer"
	"github.com/e-onay/e-onay/web/portal/orders"
	"github.com/e-onay/e-onay/web/portal/own"
	"github.com/e-onay/e-onay/web/portal/payment"
	"github.com/e-onay/e-onay/web/portal/seal"
	"github.com/e-onay/e-onay/web/portal/shipment"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/staff"
	"github.com/e-onay/e-onay/web/portal/texts"
	"github.com/e-onay/e-onay/web/portal/together"
	"github.com/e-onay/e-onay/web/portal/undertaking"
)

// features are all that the portal serves by these settings.
func (a *assembly) features() ([]site.Feature, error) {
	var all []site.Feature
	for _, feature := range []func() (site.Feature, error){
		a.loginFeature, a.consentFeature, a.undertakingFeature, a.newPINFeature, a.accessFeature, a.deskFeature, a.ownFeature, a.paymentFeature,
	} {
		one, err := feature()
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	status, err := a.certificateStatus()
	if err != nil {
		return nil, err
	}
	all = slices.Concat(all, status, a.openFeatures(), a.personFeatures(), a.deskFeatures(), []site.Feature{a.challenges.Feature(), a.healthFeature()})
	if a.keys != nil {
		all = append(all, a.sealApplication())
	}
	if !a.Settings.SignatureCheck.Off {
		all = append(all, a.signatureCheck())
	}
	return all, nil
}

func (a *assembly) loginFeature() (site.Feature, error) {
	return login.New(login.Options{
		Store: a.Store, Gateway: a.gateway, Verification: a.verification, Refuse: a.statuses.Refuse, Cards: a.CardLogins, Secret: a.Settings.secret(),
		Address: a.Address, Requests: a.requests, Now: a.Now,
	})
}

func (a *assembly) undertakingFeature() (site.Feature, error) { return undertaking.New(a.library) }

func (a *assembly) consentFeature() (site.Feature, error) {
	s := a.Settings
	return consent.New(consent.Options{
		Store: a.Store, Challenges: a.challenges, Verification: a.verification, Receipts: a.receipts, Requests: a.requests,
		Refuse: a.statuses.Refuse, Address: a.Address, Text: a.consentText, References: a.library, SignatureCheck: s.signatureCheckPath(), LoginWays: s.LoginWays,
		Log: a.Log, Now: a.Now,
	})
}

func (a *assembly) accessFeature() (site.Feature, error) {
	return access.New(access.Options{Address: a.Address, Hosts: a.Settings.hosts()})
}

func (a *assembly) newPINFeature() (site.Feature, error) {
	s := a.Settings
	roots, err := openTPMRoots(s)
	if err != nil {
		return site.Feature{}, err
	}
	return newpin.New(newpin.Options{
		Store: a.Store, Challenges: a.challenges, Verification: a.verification, Gateway: a.gateway, Letters: a.letters, Safe: a.safe,
		Mail: s.Mail, CodeBySMS: s.PUKCodeBy == codeBySMS, WithoutSecondChannel: s.PUKWithoutSecondChannel, CodeSecret: s.secret(),
		LoginMaxAge: s.pukLoginMaxAge(), ACRs: s.PUKACRValues, Wait: s.pukWait(), PerDay: s.puksPerDay(), Judged: a.Meter.Judged,
		TPMRoots: roots, RequiresTPM: s.PUKRequiresTPM, Refuse: a.statuses.Refuse, Activate: a.activate, Address: a.Address, Log: a.Log, Now: a.Now,
	})
}

func (a *assembly) deskFeature() (site.Feature, error) {
	s := a.Settings
	production, err := openProduction(s, site.OriginOf(a.Address))
	if err != nil {
		return site.Feature{}, err
	}
	return desk.New(desk.Options{
		Store: a.Store, Gate: a.gate, Progress: a.progress, Decisions: a.decisions, Refunds: a.payments, Pages: s.deskPages(), Login: a.CardLogins.Page(),
		Production: production, PaperWithoutScan: s.Desk.PaperWithoutScan, Now: a.Now,
	}), nil
}

func (a *assembly) ownFeature() (site.Feature, error) {
	s := a.Settings
	stampers, err := timeStampAnchors(s)
	if err != nil {
		return site.Feature{}, err
	}
	return own.New(own.Options{
		Store: a.Store, Gateway: a.gateway, Contacts: a.contacts(), Letters: a.letters, ForgetAfter: s.forgetAfter(), Address: a.Address,
		SignatureCheck: s.signatureCheckPath(), TimeStampAnchors: stampers, Now: a.Now,
	}), nil
}

// openFeatures are for everybody, without a login.
func (a *assembly) openFeatures() []site.Feature {
	s := a.Settings
	return []site.Feature{
		home.New(home.Options{
			Store: a.Store, Open: a.openServices(), Own: s.ownServices(), Announcements: announcements.NewBoard(s.Announcements, a.Store, a.Log), Now: a.Now,
		}),
		help.New(help.Options{Store: a.Store, NoSignatureCheck: s.SignatureCheck.Off, NoSealApplication: a.keys == nil, Cards: a.safe != nil, Now: a.Now}),
		shipment.New(a.Store),
		orders.New(orders.Options{
			Store: a.Store, Gate: a.gate, Fee: s.Orders.fee, Payment: s.Applications.where(), Payments: a.payments, Page: s.Payment.pageOrigin(),
			PayPath: payment.PayPath, Jobs: a.orderJobs, WakeJobs: a.jobs.Wake, Secret: s.secret(), Now: a.Now,
		}),
		seal.New(seal.Options{Store: a.Store, Issuers: s.issuers, Secret: s.secret(), Now: a.Now}),
		installation.New(installation.Options{Links: s.ExtensionLinks, Downloads: s.Downloads}),
	}
}

// personFeatures are for whoever has logged in, for themselves or for an institution.
func (a *assembly) personFeatures() []site.Feature {
	s := a.Settings
	return []site.Feature{
		applications.New(applications.Options{
			Store: a.Store, Progress: a.progress, Keys: a.keys, Fee: s.Applications.fee, CanPay: a.payments.Takes(), Payment: s.Applications.where(), Now: a.Now,
		}),
		esign.New(esign.Options{
			Store: a.Store, Keys: a.keys, Challenges: a.challenges, Verification: a.verification, Receipts: a.receipts, Requests: a.requests, Refuse: a.statuses.Refuse, Address: a.Address,
			Undertaking: func(ctx context.Context) (legaltext.Text, error) { return undertaking.Current(ctx, a.library) }, Texts: undertaking.Path, Log: a.Log, Now: a.Now,
		}),
		machines.New(machines.Options{Store: a.Store, Log: a.Log, Now: a.Now}),
		officer.New(officer.Options{Store: a.Store, Progress: a.progress, Confirmed: a.lists.Wake, Now: a.Now}),
	}
}

// deskFeatures are what the authority's people decide at their desk, beside applications.
func (a *assembly) deskFeatures() []site.Feature {
	return []site.Feature{
		approvals.New(approvals.Options{Gate: a.gate, Decisions: a.decisions}),
		texts.New(texts.Options{Store: a.Store, Texts: a.texts(), Gate: a.gate, Decisions: a.decisions, Page: undertaking.Path, Now: a.Now}),
		bulletin.New(bulletin.Options{Store: a.Store, Gate: a.gate, Decisions: a.decisions, Now: a.Now}),
		staff.New(staff.Options{Store: a.Store, Gate: a.gate, Decisions: a.decisions, Now: a.Now}),
		together.New(together.Options{Acts: a.together, Gate: a.gate, Decisions: a.decisions, Revokes: a.authority != nil}),
	}
}

// healthFeature tells those who watch the portal whether it can serve, and whether its jobs are late.
func (a *assembly) healthFeature() site.Feature {
	health := &health{store: a.Store, now: a.Now, stopping: a.Stopping}
	copies := &lastingHealth{store: a.Store, settings: a.Settings.Lasting, now: a.Now}
	waiting := &countedJobs{store: a.Store, now: a.Now}
	return site.Feature{Routes: append(health.routes(),
		site.Route{Pattern: "GET /saglik/kalici", Serve: copies.readiness}, site.Route{Pattern: "GET /saglik/isler", Serve: waiting.readiness})}
}
