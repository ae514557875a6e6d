package esign_test

import (
	"bytes"
	"context"
	crand "crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/ades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/internal/signature"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/relyingparty"
)

var filled = map[string]string{
	"birth_date": "1984-02-29", "birth_place": "Iğdır", "institution": "Çevre İl Müdürlüğü", "reason": "first", "reader": "none", "years": "3",
	"mobile": "0532 123 45 67", "mail": "ayse@example.tr", "address": "Işık Sokak 3\r\nKat 2", "district": "Çankaya", "province": "Ankara",
	"postcode": "06100", "word": "Ihlamur Ağacı",
}

// applicant is a person whose application waits for its approval.
type applicant struct {
	*portaltest.Browser
	path string // of the application
}

func applied(t *testing.T, s *portaltest.Site) *applicant {
	t.Helper()
	p := &applicant{Browser: s.Person(portaltest.Ayse)}
	p.path = strings.TrimSuffix(p.Post("/basvurular/yeni", url.Values{"tur": {"nes"}}).Location(), "/form")
	p.submit(nil)
	return p
}

// submit fills in the form with changes, and submits it.
func (p *applicant) submit(changes map[string]string) {
	p.T.Helper()
	all := maps.Clone(filled)
	maps.Copy(all, changes)
	form := url.Values{"surum": {fmt.Sprint(p.kept().PageVersion())}, "islem": {"devam"}}
	for name, value := range all {
		form.Set(name, value)
	}
	p.Post(p.path+"/form", form)
	p.press(application.Submit)
	p.is(application.AwaitingApproval)
}

func (p *applicant) press(e application.Event) {
	p.T.Helper()
	p.Post(p.path, url.Values{"surum": {fmt.Sprint(p.kept().PageVersion())}, "islem": {string(e)}})
}

// kept is the application as its person sees it.
func (p *applicant) kept() application.Application {
	p.T.Helper()
	return p.Seen(strings.TrimPrefix(p.path, "/basvurular/"))
}

func (p *applicant) is(state application.State) {
	p.T.Helper()
	if a := p.kept(); a.State != state {
		p.T.Fatalf("the application is %s, want %s", a.State, state)
	}
}

var shown = regexp.MustCompile(`(?s)data-code="(\d{15})".*data-act="([^"]+)"`)

// code gets a code, and returns the act's reference and its document.
func (p *applicant) code() (act string, document []byte) {
	p.T.Helper()
	a := p.Post(p.path+"/imza/kod", nil)
	if a.Location() != p.path+"/imza/kod" {
		p.T.Fatalf("%d %s %q", a.Status, a.Code(), a.Location())
	}
	m := shown.FindStringSubmatch(p.Get(p.path + "/imza/kod").Body)
	if m == nil {
		p.T.Fatal("the page shows no code")
	}
	return m[2], []byte(p.Get(p.path + "/imza/belge?islem=" + m[2]).Body)
}

func (p *applicant) send(act string, signed []byte) portaltest.Answer {
	p.T.Helper()
	body, err := json.Marshal(map[string]any{"act": act, "signature": signed})
	if err != nil {
		p.T.Fatal(err)
	}
	return p.Do("POST", p.path+"/imza", "application/json", bytes.NewReader(body))
}

// signPDF appends a card's signature.
func signPDF(t *testing.T, c portaltest.Card, document []byte, at time.Time) []byte {
	t.Helper()
	format, err := signature.Lookup("pades", "P1")
	if err != nil {
		t.Fatal(err)
	}
	hash, err := ades.HashFor(c.Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	documents := []ades.Document{ades.NewDocument("basvuru.pdf", "application/pdf", document)}
	prepared, err := format.Prepare(signature.Request{Signer: ades.Signer{Certificate: c.Certificate, Hash: hash, Time: at}, Documents: documents})
	if err != nil {
		t.Fatal(err)
	}
	value, err := c.Key.Sign(crand.Reader, prepared.Digest(), hash)
	if err != nil {
		t.Fatal(err)
	}
	pieces, err := prepared.Complete(value)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := io.ReadAll(pieces.Reader(documents))
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// TestApproval approves an application with a real card; another program verifies what was signed, and so does the audit.
func TestApproval(t *testing.T) {
	o := portaltest.NewOutside(t)
	s := o.Site()
	s.Settings.Database = s.Database
	p := applied(t, s)
	for _, page := range []string{p.path + "/imza", p.path} {
		portaltest.CheckPage(t, page, p.Get(page), "tr")
	}
	before := p.kept()
	act, document := p.code()
	portaltest.CheckPage(t, "code", p.Get(p.path+"/imza/kod"), "tr")
	pages, err := pdftest.Run(t, "pdftotext", "-layout", pdftest.Write(t, document), "-")
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile(`data-code="(\d{3})(\d{3})`).FindStringSubmatch(p.Get(p.path + "/imza/kod").Body)
	for _, part := range []string{code[1] + " " + code[2], before.Reference, "Iğdır", "Çevre İl Müdürlüğü", "Kat 2", "+90 532 123 45 67", "100*****146", act, "TAAHHÜTNAMESİ"} {
		if !strings.Contains(pages, part) {
			t.Errorf("the form lacks %q:\n%s", part, pages)
		}
	}
	if !bytes.Contains(document, fmt.Appendf(nil, `"application":%q,"version":%d`, before.Reference, before.Version)) || bytes.Contains(document, []byte(portaltest.Ayse)) {
		t.Error("the form's data do not name the application's version, or name the whole citizen number")
	}
	card := o.Card(portaltest.ECKey(t), portaltest.Ayse, "valid")
	signed := signPDF(t, card, document, time.Now())
	a := p.send(act, signed)
	if a.Status != http.StatusOK || !strings.Contains(a.Body, p.path+"/imza/sonuc") {
		t.Fatalf("%d %s\n%s", a.Status, a.Code(), s.Log)
	}
	p.is(application.UnderReview)
	if kept := p.kept(); kept.Approval != (application.Approval{Way: application.BySignature, Basis: act}) || kept.Version != before.Version+1 {
		t.Errorf("%+v", kept)
	}
	s.Recorded(portaltest.Ayse, "")
	if got := p.Get(p.path + "/imza/imzali"); got.Body != string(signed) {
		t.Errorf("the signed form: %d, %d bytes", got.Status, len(got.Body))
	}
	if said, err := pdftest.Run(t, "pdfsig", "-nocert", pdftest.Write(t, signed)); err != nil || !strings.Contains(said, "Signature is Valid") || !strings.Contains(said, "Total document signed") {
		t.Errorf("pdfsig: %v: %s", err, said)
	}
	page := p.Get("/belgelerim")
	if !strings.Contains(page.Body, `data-act="`+act+`"`) || p.Get("/belgelerim/"+act+"/imza").Body != string(signed) || p.Get("/belgelerim/"+act+"/belge").Body != string(document) {
		t.Error("the person's documents are not those of the approval")
	}
	if a := p.Get("/nes/e-onay/sonuc/" + act + "/belge"); a.Status != http.StatusNotFound {
		t.Errorf("E-Onay hands out an approval: %d", a.Status)
	}
	report, err := portal.Audit(t.Context(), s.Settings, portal.AuditOptions{})
	if err != nil || report.Findings != 0 || report.Acts != 1 {
		t.Errorf("%+v, %v", report, err)
	}
	auditFinds(t, s, act)
	if again := p.send(act, signed); again.Status != http.StatusConflict || again.Code() != refusal.CodeUsed {
		t.Errorf("sent again: %d %s", again.Status, again.Code())
	}
	for _, path := range []string{"/imza", "/imza/kod", "/imza/belge?islem=" + act, "/imza/imzali", "/imza/sonuc"} {
		if a := s.Person(portaltest.Mehmet).Get(p.path + path); a.Status != http.StatusNotFound {
			t.Errorf("another person reads %s: %d", path, a.Status)
		}
	}
}

// TestApprovalWithoutLogin approves an application that was made without a login, with a real card of the person whose name and number were typed.
func TestApprovalWithoutLogin(t *testing.T) {
	o := portaltest.NewOutside(t)
	s := o.Site(func(o *portal.Settings) { o.Applications.SealFee = 0 })
	s.Settings.Database = s.Database
	b := s.Anybody()
	reference := regexp.MustCompile(`name="istek" value="([^"]+)"`).FindStringSubmatch(b.Get("/mali-muhur-basvuru").Body)[1]
	p := &applicant{b, "/mali-muhur-basvuru/" + reference}
	b.Post("/mali-muhur-basvuru", url.Values{"istek": {reference}, "tax_number": {"1234567890"}, "company": {"ÇINAR"}, "authorised": {"ayşe  YILMAZ"},
		"authorised_number": {portaltest.Ayse}, "mobile": {"0532 123 45 67"}, "mail": {"cinar@ornek.test"}})
	shown := func() string { return fmt.Sprint(s.Seen(reference).PageVersion()) }
	b.Post(p.path+"/form", url.Values{"surum": {shown()}, "islem": {"devam"}, "medium": {"card"}, "delivery": {"address"}, "mobile": {"0532 123 45 67"},
		"address": {"Işık Sokak 3"}, "district": {"Çankaya"}, "province": {"Ankara"}, "postcode": {"06100"}, "word": {"Ihlamur Ağacı"}})
	b.Post(p.path, url.Values{"surum": {shown()}, "islem": {"submit"}})
	act, document := p.code()
	if bytes.Contains(document, []byte(portaltest.Ayse)) {
		t.Error("the form names the whole citizen number")
	}
	now := time.Now()
	mehmet := o.Card(portaltest.ECKey(t), portaltest.Mehmet, "valid")
	portaltest.Refused(t, p.send(act, signPDF(t, mehmet, document, now)), http.StatusUnprocessableEntity, relyingparty.CodeCertificateOfAnother)
	card := o.Card(portaltest.ECKey(t), portaltest.Ayse, "valid")
	if a := p.send(act, signPDF(t, card, document, now)); a.Status != http.StatusOK {
		t.Fatalf("%d %s\n%s", a.Status, a.Code(), s.Log)
	}
	if kept := s.Seen(reference); kept.State != application.UnderReview || kept.Approval.Basis != act || kept.CitizenNumber != "" {
		t.Errorf("%+v", kept)
	}
	if report, err := portal.Audit(t.Context(), s.Settings, portal.AuditOptions{}); err != nil || report.Findings != 0 || report.Acts != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}

// auditFinds has the audit find what somebody with the database changes of an approval.
func auditFinds(t *testing.T, s *portaltest.Site, act string) {
	t.Helper()
	db := s.Raw()
	for _, change := range []string{
		`UPDATE challenge SET subject = replace(subject, '/2', '/3') WHERE kind = 'approval'`,
		`DROP TRIGGER act_kept_1; UPDATE act SET citizen_number = '11111111110' WHERE kind = 'approval'`,
	} {
		if _, err := db.Exec(change); err != nil {
			t.Fatal(err)
		}
		report, err := portal.Audit(t.Context(), s.Settings, portal.AuditOptions{})
		found := false
		for _, f := range report.First {
			found = found || f.Kind == "approval" && f.Reference == act
		}
		if err != nil || !found {
			t.Errorf("after %s the audit finds %+v, %v", change, report.First, err)
		}
		for _, undo := range []string{
			`UPDATE challenge SET subject = replace(subject, '/4', '/3') WHERE kind = 'approval'`, `UPDATE act SET citizen_number = '10000000146' WHERE kind = 'approval'`,
		} {
			db.Exec(undo) // what a trigger refuses was not changed
		}
	}
}

// TestRealRefusals sends forms that are wrong in truth; none is kept, and the good one is taken after them.
func TestRealRefusals(t *testing.T) {
	o := portaltest.NewOutside(t)
	s := o.Site()
	p := applied(t, s)
	act, document := p.code()
	now := time.Now()
	valid, revoked := o.Card(portaltest.ECKey(t), portaltest.Ayse, "valid"), o.Card(portaltest.ECKey(t), portaltest.Ayse, "valid")
	o.Post("/ca/revoke", map[string]string{"serial": revoked.Serial}, nil)
	good := signPDF(t, valid, document, now)
	refused := func(name string, signed []byte, code fault.Code) {
		t.Helper()
		if a := p.send(act, signed); a.Code() != code {
			t.Errorf("%s: %d %q, want %q", name, a.Status, a.Code(), code)
		}
		p.is(application.AwaitingApproval)
	}
	refused("another person's", signPDF(t, o.Card(portaltest.ECKey(t), portaltest.Mehmet, "valid"), document, now), fault.CertificateOfAnother)
	refused("not qualified", signPDF(t, o.Card(portaltest.ECKey(t), portaltest.Ayse, "not-qualified"), document, now), fault.CertificateNotQualified)
	refused("revoked", signPDF(t, revoked, document, now), fault.CertificateRevoked)
	suspended := o.Card(portaltest.ECKey(t), portaltest.Ayse, "valid")
	s.ApplicationIn(application.Suspended, func(a *application.Application) { a.Certificate = application.NewCertificate(suspended.Certificate) })
	refused("suspended here", signPDF(t, suspended, document, now), refusal.CertificateSuspended)
	refused("long ago", signPDF(t, valid, document, now.Add(-20*time.Minute)), fault.SignatureTime)
	refused("not signed", document, fault.SignatureMalformed)
	refused("another form", signPDF(t, valid, bytes.Replace(document, []byte("/Lang (tr)"), []byte("/Lang (en)"), 1), now), fault.SignatureInvalid)
	refused("changed afterwards", bytes.Replace(good, []byte("/Lang (tr)"), []byte("/Lang (en)"), 1), fault.SignatureInvalid)
	refused("more behind it", append(bytes.Clone(good), pdftest.Simple()...), fault.PDFMalformed)
	refused("a signature beside the form", valid.Sign(t, string(document), now), fault.PDFMalformed)
	refused("too large", bytes.Repeat(good, 60), fault.RequestTooLarge)
	if a := p.send(act, good); a.Status != http.StatusOK {
		t.Errorf("the good one, after all: %d %s", a.Status, a.Code())
	}
	p.is(application.UnderReview)
}

// TestOvertaken signs what is not as it was when the code was issued. Each is refused by name, and nothing is approved by it.
func TestOvertaken(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(s *portaltest.Site, p *applicant)
		code fault.Code
		then application.State
	}{
		{"the form has changed", func(_ *portaltest.Site, p *applicant) {
			p.press(application.Return)
			p.submit(map[string]string{"district": "Mamak"})
		}, refusal.ApplicationChanged, application.AwaitingApproval},
		{"cancelled", func(_ *portaltest.Site, p *applicant) { p.press(application.Cancel) }, refusal.ApplicationChanged, application.Cancelled},
		{"a second tab", func(_ *portaltest.Site, p *applicant) { p.code() }, refusal.CodeExpired, application.AwaitingApproval},
		{"too late", func(s *portaltest.Site, _ *applicant) { s.Clock.Pass(time.Hour) }, fault.LoginRequired, application.AwaitingApproval},
		{"E-Onay was given", func(s *portaltest.Site, p *applicant) {
			other := s.Person(portaltest.Ayse)
			other.Sign(other.ToCode().Reference, []byte("imza"))
			p.Get(p.path)
			s.Log.Await(s.T, `"to":"under_review"`, 1)
		}, refusal.ApplicationChanged, application.UnderReview},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := portaltest.NewSite(t, nil)
			p := applied(t, s)
			act, _ := p.code()
			test.do(s, p)
			if a := p.send(act, []byte("imzalı")); a.Code() != test.code {
				t.Errorf("%d %q, want %q", a.Status, a.Code(), test.code)
			}
			p.is(test.then)
			if way := p.kept().Approval.Way; way == application.BySignature {
				t.Error("it is approved by the signature")
			}
		})
	}
}

// TestJudgedLater keeps a form that arrives while no answer on revocation is to be had. It approves the application when there is one,
// unless the application has changed meanwhile.
func TestJudgedLater(t *testing.T) {
	for _, cancelled := range []bool{false, true} {
		s := portaltest.NewSite(t, nil)
		p := applied(t, s)
		act, _ := p.code()
		s.Verifier.SetNetwork(func(context.Context) error { return relyingparty.NewError(fault.RevocationUnavailable, nil) })
		if a := p.send(act, []byte("imzalı")); a.Status != http.StatusAccepted {
			t.Fatalf("%d %s", a.Status, a.Code())
		}
		if a := p.Get(p.path + "/imza"); a.Location() != p.path+"/imza/sonuc" {
			t.Errorf("another form can be signed: %d %q", a.Status, a.Location())
		}
		pending := p.Get(p.path + "/imza/sonuc")
		portaltest.CheckPage(t, "pending", pending, "tr")
		consent := p.Get("/nes/e-onay")
		portaltest.CheckPage(t, "E-Onay", consent, "tr")
		if !strings.Contains(pending.Body, `id="pending"`) || !strings.Contains(consent.Body, `id="pending"`) || !strings.Contains(p.Get(p.path+"/imza/durum").Body, "true") {
			t.Error("the pages do not say that a signature is being judged")
		}
		want, log := application.UnderReview, "act recorded"
		if cancelled {
			p.press(application.Cancel)
			want, log = application.Cancelled, `"code":"application_changed"`
		}
		s.Verifier.SetNetwork(nil)
		s.Clock.Pass(time.Minute)
		s.Log.Await(t, log, 1)
		p.is(want)
		_, err := s.Store.Act(t.Context(), act)
		if (err == nil) == cancelled {
			t.Errorf("cancelled: %v, the act: %v", cancelled, err)
		}
		if a := p.Get(p.path + "/imza/sonuc"); a.Location() != p.path {
			t.Errorf("the result: %d %q", a.Status, a.Location())
		}
		s.Recorded(portaltest.Ayse, "")
	}
}

// TestRefusedLater says on the result's page why a form that has arrived approves nothing, and lets the person sign again. E-Onay's pages
// say nothing of it.
func TestRefusedLater(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	p := applied(t, s)
	act, _ := p.code()
	s.Verifier.SetNetwork(func(context.Context) error { return relyingparty.NewError(fault.CertificateRevoked, nil) })
	portaltest.Refused(t, p.send(act, []byte("imzalı")), http.StatusUnprocessableEntity, fault.CertificateRevoked)
	result := p.Get(p.path + "/imza/sonuc")
	portaltest.CheckPage(t, "refused", result, "tr")
	if !strings.Contains(result.Body, `data-code="certificate_revoked"`) {
		t.Errorf("the result says\n%s", result.Body)
	}
	if a := p.Get("/nes/e-onay/sonuc"); a.Location() != "/nes/e-onay" {
		t.Errorf("E-Onay's result: %d %q", a.Status, a.Location())
	}
	s.Verifier.SetNetwork(nil)
	act, _ = p.code()
	if a := p.send(act, []byte("imzalı 2")); a.Status != http.StatusOK {
		t.Errorf("signed again: %d %s", a.Status, a.Code())
	}
	p.is(application.UnderReview)
	if got, err := s.Store.Act(t.Context(), act); err != nil || got.Kind != store.Approval {
		t.Errorf("%+v, %v", got, err)
	}
}
