package sealapplication_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/relyingparty"
)

var act = regexp.MustCompile(`data-act="([^"]+)"`)

// code gets a code, and returns the act's reference.
func (p *applicant) code() string {
	p.T.Helper()
	if a := p.Post(p.path+"/imza/kod", nil); a.Location() != p.path+"/imza/kod" {
		p.T.Fatalf("%d %s %q", a.Status, a.Code(), a.Location())
	}
	m := act.FindStringSubmatch(p.Get(p.path + "/imza/kod").Body)
	if m == nil {
		p.T.Fatal("the page shows no code")
	}
	return m[1]
}

// sends sends a signed form in a browser.
func sends(b *portaltest.Browser, p *applicant, act, signed string) portaltest.Answer {
	b.T.Helper()
	body, err := json.Marshal(map[string]any{"act": act, "signature": []byte(signed)})
	if err != nil {
		b.T.Fatal(err)
	}
	return b.Do("POST", p.path+"/imza", "application/json", bytes.NewReader(body))
}

// signedBy has the verifier find this signer on every signature.
func signedBy(s *portaltest.Site, number, name string) {
	s.Verifier.Judge = func([]byte) (*relyingparty.Evidence, error) {
		e := s.Verifier.Accept(number, 0)
		e.Holder = name
		return e, nil
	}
}

// TestApprovedBySignature: who acts for the company approves by their card without a login. The signature alone proves who they are, so that neither
// another person's is taken, nor one under another name than the desk reads.
func TestApprovedBySignature(t *testing.T) {
	s := newSite(t, 0)
	p := begun(t, s, nil)
	portaltest.Refused(t, p.Post(p.path+"/imza/kod", nil), http.StatusSeeOther, "") // a draft is not signed
	p.submitted()
	for _, language := range []string{"en", "tr"} {
		p.Cookies["dil"] = language
		for _, page := range []string{"", "/imza"} {
			portaltest.CheckPage(t, p.path+page, p.Get(p.path+page), language)
		}
		p.code()
		portaltest.CheckPage(t, "code", p.Get(p.path+"/imza/kod"), language)
	}
	if a := p.Get(p.path); !strings.Contains(a.Body, `href="`+p.path+`/imza"`) {
		t.Error("the page does not offer it")
	}
	reference := p.code()
	if document := p.Get(p.path + "/imza/belge?islem=" + reference).Body; !strings.Contains(document, `"application":"`+p.reference+`"`) || strings.Contains(document, portaltest.Ayse) {
		t.Error("the form does not name the application, or has the whole citizen number")
	}
	before := p.kept()

	other := begun(t, s, map[string]string{"mail": "baska@ornek.test"})
	for what, b := range map[string]*portaltest.Browser{"without a key": s.Anybody(), "with another key": other.Browser, "who was typed, logged in": s.Person(portaltest.Ayse)} {
		for _, page := range []string{"/imza", "/imza/kod", "/imza/belge?islem=" + reference, "/imza/sonuc", "/imza/imzali"} {
			if a := b.Get(p.path + page); a.Status != http.StatusForbidden || a.Code() != refusal.KeyRequired {
				t.Errorf("%s: %s: %d %s", what, page, a.Status, a.Code())
			}
		}
		portaltest.Refused(t, sends(b, p, reference, "imza"), http.StatusForbidden, refusal.KeyRequired)
		portaltest.Refused(t, b.Post(p.path+"/imza/kod", nil), http.StatusForbidden, refusal.KeyRequired)
	}
	other.submitted()
	portaltest.Refused(t, sends(other.Browser, other, reference, "imza"), http.StatusForbidden, refusal.CodeElsewhere)

	signedBy(s, portaltest.Mehmet, "AYŞE YILMAZ")
	portaltest.Refused(t, sends(p.Browser, p, reference, "imza"), http.StatusUnprocessableEntity, relyingparty.CodeCertificateOfAnother)
	signedBy(s, portaltest.Ayse, "Ayşe Yıldız")
	portaltest.Refused(t, sends(p.Browser, p, reference, "imza"), http.StatusUnprocessableEntity, refusal.NameDiffers)
	if kept := p.kept(); kept.Version != before.Version {
		t.Errorf("it is changed by what was refused: %+v", kept)
	}

	signedBy(s, portaltest.Ayse, "Ayşe Yılmaz")
	signed := "imza " + portaltest.Secret()
	if a := sends(p.Browser, p, reference, signed); a.Status != http.StatusOK || !strings.Contains(a.Body, p.path+"/imza/sonuc") {
		t.Fatalf("%d %s\n%s", a.Status, a.Code(), s.Log)
	}
	if kept := p.kept(); kept.State != application.UnderReview || kept.Approval != (application.Approval{Way: application.BySignature, Basis: reference}) || kept.CitizenNumber != "" {
		t.Errorf("kept: %+v", kept)
	}
	if a := p.Get(p.path + "/imza/imzali"); a.Body != signed || !strings.Contains(a.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("the signed form: %d, %d bytes, cache %q", a.Status, len(a.Body), a.Header.Get("Cache-Control"))
	}
	s.Recorded(portaltest.Ayse, "") // it gives no E-Onay
	ayse := s.Person(portaltest.Ayse)
	if a := ayse.Get("/belgelerim"); !strings.Contains(a.Body, `data-act="`+reference+`"`) {
		t.Error("what the person has signed is not among their documents")
	}
	if a := ayse.Get("/basvurular"); strings.Contains(a.Body, p.reference) {
		t.Error("the application is in the list of who signed")
	}
	page := s.Officer(portaltest.Zeynep, store.Reviewer).Get("/masa/basvuru/" + p.reference)
	portaltest.CheckPage(t, "desk", page, "tr")
	if !strings.Contains(page.Body, "e-imzasıyla onayladı") {
		t.Error("the desk does not read who has approved it")
	}
}
