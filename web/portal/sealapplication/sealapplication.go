// Package sealapplication is the feature Mali Mühür Sertifika Başvuru, in which anybody applies for a company's seal without a login: the
// first page (begin.go), and the page that takes the key of a mail, or has another sent (resume.go). The fee is paid before the form; the
// application's own pages are of the feature applications.
//
// Nobody has proven who applies. Few applications are made from one network, for one tax number and with one address, to which a mail goes, so
// that nobody's mailbox is flooded; and no answer tells whether there is an application.
package sealapplication

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"fmt"
	"net/http"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/applicationkey"
	"github.com/e-onay/e-onay/web/portal/payments"
	"github.com/e-onay/e-onay/web/portal/progress"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/portal/store"
)

// Store is the part of the store that this feature needs, as store.Store has it.
type Store interface {
	Application(ctx context.Context, reference string) (application.Application, error)
	BeginTry(ctx context.Context, t store.Try) error
}

// Options is what the feature is made of. All are required but Page.
type Options struct {
	Store    Store
	Keys     *applicationkey.Engine
	Progress *progress.Engine
	Payments *payments.Engine
	// Fee is what a seal costs, in kuruş; 0 is nothing. Where tells people where to pay if they cannot here.
	Fee   int64
	Where protocol.Sentence
	// Page is the origin of the payment provider's page; empty where there is none.
	Page string
	// Secret keys the hashes by which visitors are counted.
	Secret string
	Now    func() time.Time
}

type feature struct{ Options }

//go:embed pages static
var files embed.FS

const (
	closePath = applicationkey.Path + "/cik"
	linkPath  = applicationkey.Path + "/baglanti"
)

// How often applications are made and links asked for: by one network, with one address, for one company, of one application, and by all.
var (
	perNetwork     = store.Limit{Count: 5, Window: time.Hour}
	perMail        = store.Limit{Count: 3, Window: 24 * time.Hour}
	perCompany     = store.Limit{Count: 5, Window: 24 * time.Hour}
	overall        = store.Limit{Count: 500, Window: 24 * time.Hour}
	asksPerNetwork = store.Limit{Count: 20, Window: time.Hour}
	asksPerNumber  = store.Limit{Count: 5, Window: time.Hour}
	linksPerMail   = store.Limit{Count: 10, Window: 24 * time.Hour}
)

// New returns the feature.
func New(o Options) site.Feature {
	f := &feature{o}
	var provider []string
	if o.Page != "" {
		provider = []string{o.Page}
	}
	return site.Feature{
		Files: files,
		Ways:  map[fault.Code]site.Way{refusal.KeyRequired: {Path: applicationkey.ResumePath, Text: "sealapplication.resume"}},
		Routes: []site.Route{
			{Pattern: "GET " + applicationkey.Path, LanguageReturn: []string{applicationkey.Path}, Serve: f.page},
			{Pattern: "POST " + applicationkey.Path, Serve: f.begin},
			{Pattern: "GET " + applicationkey.ResumePath, LanguageReturn: []string{applicationkey.ResumePath}, Serve: f.resumePage},
			{Pattern: "POST " + applicationkey.ResumePath, Serve: f.resume},
			{Pattern: "POST " + linkPath, Serve: f.sendAnother},
			{Pattern: "POST " + closePath, Serve: f.close},
			{Pattern: "GET " + applicationkey.Path + "/{reference}/ode", FormTo: provider, Serve: f.payPage},
			{Pattern: "POST " + applicationkey.Path + "/{reference}/ode", FormTo: provider, Serve: f.pay},
		},
	}
}

// subject is what tries are counted of.
type subject struct {
	of    string
	limit store.Limit
}

// may counts a try of these subjects, and one of the visitor's network. It is refused with refusal.WordWait.
func (f *feature) may(v *site.Visit, network store.Limit, subjects ...subject) error {
	t := store.Try{ID: rand.Text(), At: f.Now()}
	if from := v.Network(); from != "" {
		subjects = append(subjects, subject{fmt.Sprint(network.Count, " of ", from), network})
	}
	for _, s := range subjects {
		t.Subjects = append(t.Subjects, store.TrySubject{Subject: f.hash(s.of), Limit: s.limit})
	}
	return f.Store.BeginTry(v.R.Context(), t)
}

func (f *feature) hash(of string) (h store.Hash) {
	mac := hmac.New(sha256.New, []byte(f.Secret))
	mac.Write([]byte("sealapplication\x00" + of))
	copy(h[:], mac.Sum(nil))
	return h
}

// payView is the page of the fee.
type payView struct {
	application.Application
	Path   string // of the application
	Sum    string
	Due    bool
	CanPay bool
	Where  string // where to pay if not here
}

func (f *feature) where(l message.Language) string {
	if l == message.English {
		return f.Where.EN
	}
	return f.Where.TR
}

func pathOf(a application.Application) string { return applicationkey.Path + "/" + a.Reference }

func (f *feature) payPage(v *site.Visit) error {
	a, err := f.Keys.Application(v)
	if err != nil {
		return err
	}
	return f.renderPay(v, a, "")
}

func (f *feature) renderPay(v *site.Visit, a application.Application, code fault.Code) error {
	due, status := payments.OfApplication(a).Due, http.StatusOK
	if code != "" {
		status = site.StatusOf(code)
	}
	return v.Render(status, "sealpay", payView{
		Application: a, Path: pathOf(a), Sum: site.Money(v.Language, a.Fee), Due: due, CanPay: due && f.Payments.Takes(), Where: f.where(v.Language),
	}, code)
}

// pay sends the visitor to the provider.
func (f *feature) pay(v *site.Visit) error {
	a, err := f.Keys.Application(v)
	if err != nil {
		return err
	}
	page, err := f.Payments.Start(v.R.Context(), payments.OfApplication(a), string(v.Language))
	if err == nil {
		return v.See(page)
	}
	switch code := fault.CodeOf(err); code {
	case refusal.PaymentAway, refusal.PaymentLimit, refusal.ApplicationState:
		v.Log().Warn("payment does not begin", "error", err)
		if a, err = f.Keys.Application(v); err != nil { // it may have been paid meanwhile
			return err
		}
		return f.renderPay(v, a, code)
	}
	return err
}
