package newpin_test

import (
	"crypto/x509"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// TestPINPages reads every page in every state and language.
func TestPINPages(t *testing.T) {
	s := portaltest.NewPINSite(t, nil)
	d := s.Desk()
	revoking := "/cihazlar/" + d.Machine.Device().ID() + "/iptal"
	visit := func(state string) {
		t.Helper()
		for _, language := range []string{"tr", "en"} {
			d.Cookies["dil"] = language
			for _, path := range []string{"/nes", "/nes/pin", "/nes/pin/kod", "/nes/pin/islem", "/nes/pin/sonuc", "/cihazlar", revoking} {
				if a := d.Get(path); a.Status != http.StatusSeeOther {
					portaltest.CheckPage(t, state+" "+language+" "+path, a, language)
				}
			}
		}
	}
	visit("before the act")
	s.Clock.Pass(301 * time.Second)
	visit("code over")
	d.Renew(portaltest.Ayse) // that login is too old by now
	visit("before the one-time code")
	before := d.Mail.Count()
	d.Post("/nes/pin", nil)
	visit("one-time code sent")
	d.Confirm(d.Mail.Code(t, before))
	d.Read()
	d.Done(protocol.OutcomeDone)
	visit("done")
	d.NewCode()
	c := d.Claim(nil)
	d.Given(d.Send(c), c, portaltest.PUK)
	visit("open")
	if a := d.Tell(d.Report(c, fault.PUKIncorrect, nil)); a.Status != http.StatusOK {
		t.Fatal(a)
	}
	visit("refused by the card")
	d.Post(revoking, nil)
	visit("revoked")
	for _, part := range []string{portaltest.Serial, portaltest.PUK, d.Shown.Code} {
		if strings.Contains(d.Get("/nes/pin").Body+d.Get("/cihazlar").Body, part) {
			t.Errorf("a page holds %q", part)
		}
	}
}

// TestPINRefused asks for a new PIN where there is none to be had.
func TestPINRefused(t *testing.T) {
	for name, test := range map[string]struct {
		key    string
		reason string
	}{
		"not offered": {"", `data-reason="not-offered"`},
		"no card":     {portaltest.PUKKey(t, 1), `data-reason="no-card"`},
	} {
		t.Run(name, func(t *testing.T) {
			s := portaltest.NewSite(t, func(o *portal.Settings) { o.PUKKeyFile, o.Mail = test.key, portaltest.TestMail() })
			person := s.Person(portaltest.Ayse)
			if test.key == "" { // cards do not help then
				if err := s.Store.PutCards(t.Context(), []store.Card{{Serial: portaltest.Serial, CitizenNumber: portaltest.Ayse, PUK: []byte("şifreli")}}, func(string, []byte, []byte) bool { return true }); err != nil {
					t.Fatal(err)
				}
			}
			for status, a := range map[int]portaltest.Answer{http.StatusOK: person.Get("/nes/pin"), http.StatusConflict: person.Post("/nes/pin", nil)} {
				portaltest.CheckPage(t, name, a, "tr")
				if a.Status != status || a.Attributes() != test.reason || strings.Contains(a.Body, `id="continue"`) {
					t.Errorf("%d %s, want %d %s", a.Status, a.Attributes(), status, test.reason)
				}
			}
			for _, a := range []portaltest.Answer{person.Get("/nes/pin/islem"), person.Post("/nes/pin/islem/kod", nil), person.Get("/nes/pin/sonuc")} {
				if a.Location() != "/nes/pin" {
					t.Errorf("without a code: %d %q", a.Status, a.Location())
				}
			}
			if page := person.Get("/cihazlar"); !strings.Contains(page.Body, `id="no-machines"`) {
				t.Error("machines are listed")
			}
		})
	}
	s := portaltest.NewPINSite(t, nil)
	d := s.Desk()
	s.Settings.PUKKeyFile = ""
	s.Restart()
	if a := d.Get("/nes/pin/islem"); a.Location() != "/nes/pin" {
		t.Errorf("a code of no use is shown: %d %q", a.Status, a.Location())
	}
	d.NothingGiven(d.Send(d.Claim(nil)), http.StatusNotFound, refusal.NotFound)
}

// TestPINCodeLimit asks for codes as a program would; those of both acts count together.
func TestPINCodeLimit(t *testing.T) {
	s := portaltest.NewPINSite(t, nil)
	d := s.Desk()
	d.ToCode()
	for range 28 {
		if a := d.Post("/nes/pin/islem/kod", nil); a.Status != http.StatusSeeOther {
			t.Fatalf("%d %q", a.Status, a.Code())
		}
	}
	for _, path := range []string{"/nes/pin/islem/kod", "/nes/pin", "/nes/e-onay/imza/kod"} {
		portaltest.Refused(t, d.Post(path, nil), http.StatusTooManyRequests, refusal.CodeLimit)
	}
	if page := d.Post("/nes/pin", nil); !strings.Contains(page.Body, `class="button primary" href="/nes/pin"`) {
		t.Error("the way on from the problem leads elsewhere")
	}
	d.Read()
	c := d.Claim(nil)
	d.Given(d.Send(c), c, portaltest.PUK) // with the last code
}

// TestCardsShown lists cards by the certificate that matters, in Turkey's days.
func TestCardsShown(t *testing.T) {
	s := portaltest.NewPINSite(t, nil)
	now := s.Clock.Now()
	valid := func(from, until time.Duration) pkitest.Edit {
		return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.Add(from), now.Add(until) }
	}
	const day = 24 * time.Hour
	s.Enter("CARD-A001", portaltest.PUK, portaltest.Ayse, s.Certificate(valid(-day, day)))
	s.Enter("CARD-B002", portaltest.PUK, portaltest.Ayse, s.Certificate(valid(day, 2*day)))
	s.Enter("CARD-C003", portaltest.PUK, portaltest.Ayse, s.Certificate(valid(-2*day, -day)))
	s.Enter("CARD-D004", portaltest.PUK, portaltest.Ayse, s.Certificate(valid(-2*day, -day)))
	s.Enter("CARD-D004", portaltest.PUK, portaltest.Ayse, s.Certificate(valid(-day, 3*day))) // renewed
	s.Enter("CARD-D004", portaltest.PUK, portaltest.Ayse, s.Certificate(valid(2*day, 9*day)))
	s.Enter("CARD-M005", portaltest.PUK, portaltest.Mehmet, s.Certificate(valid(-day, day), portaltest.OfMehmet))
	page := s.Person(portaltest.Ayse).Get("/nes/pin")
	if want := `data-card="valid" data-card="later" data-card="over" data-card="valid"`; page.Attributes() != want {
		t.Errorf("the cards are %s, want %s", page.Attributes(), want)
	}
	for _, part := range []string{"A001", "B002", "C003", "D004", "22 Kasım 2026 – 24 Kasım 2026", "22 Kasım 2026 – 26 Kasım 2026", "24 Kasım 2026 günü başlıyor", "22 Kasım 2026 günü doldu"} {
		if !strings.Contains(page.Body, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	for _, part := range []string{"CARD-", "M005"} {
		if strings.Contains(page.Body, part) {
			t.Errorf("the page holds %q", part)
		}
	}
}
