package portal_test

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
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// TestPINPages reads every page in every state and language.
func TestPINPages(t *testing.T) {
	s := newPINSite(t, nil)
	d := s.desk()
	revoking := "/cihazlar/" + d.machine.device().ID() + "/iptal"
	visit := func(state string) {
		t.Helper()
		for _, language := range []string{"tr", "en"} {
			d.cookies["dil"] = language
			for _, path := range []string{"/nes", "/nes/pin", "/nes/pin/kod", "/nes/pin/islem", "/nes/pin/sonuc", "/cihazlar", revoking} {
				if a := d.get(path); a.status != http.StatusSeeOther {
					checkPage(t, state+" "+language+" "+path, a, language)
				}
			}
		}
	}
	visit("before the act")
	s.clock.pass(301 * time.Second)
	visit("code over")
	d.renew(ayse) // that login is too old by now
	visit("before the one-time code")
	before := d.mail.count()
	d.post("/nes/pin", nil)
	visit("one-time code sent")
	d.confirm(d.mail.code(t, before))
	d.read()
	d.done(protocol.OutcomeDone)
	visit("done")
	d.newCode()
	c := d.claim(nil)
	d.given(d.send(c), c, puk)
	visit("open")
	if a := d.tell(d.report(c, fault.PUKIncorrect, nil)); a.status != http.StatusOK {
		t.Fatal(a)
	}
	visit("refused by the card")
	d.post(revoking, nil)
	visit("revoked")
	for _, part := range []string{serial, puk, d.shown.code} {
		if strings.Contains(d.get("/nes/pin").body+d.get("/cihazlar").body, part) {
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
		"no card":     {pukKey(t, 1), `data-reason="no-card"`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, func(o *portal.Settings) { o.PUKKeyFile, o.Mail = test.key, testMail() })
			person := s.person(ayse)
			if test.key == "" { // cards do not help then
				if err := s.store.PutCards(t.Context(), []store.Card{{Serial: serial, CitizenNumber: ayse, PUK: []byte("şifreli")}}, func(string, []byte, []byte) bool { return true }); err != nil {
					t.Fatal(err)
				}
			}
			for status, a := range map[int]answer{http.StatusOK: person.get("/nes/pin"), http.StatusConflict: person.post("/nes/pin", nil)} {
				checkPage(t, name, a, "tr")
				if a.status != status || a.attributes() != test.reason || strings.Contains(a.body, `id="continue"`) {
					t.Errorf("%d %s, want %d %s", a.status, a.attributes(), status, test.reason)
				}
			}
			for _, a := range []answer{person.get("/nes/pin/islem"), person.post("/nes/pin/islem/kod", nil), person.get("/nes/pin/sonuc")} {
				if a.location() != "/nes/pin" {
					t.Errorf("without a code: %d %q", a.status, a.location())
				}
			}
			if page := person.get("/cihazlar"); !strings.Contains(page.body, `id="no-machines"`) {
				t.Error("machines are listed")
			}
		})
	}
	s := newPINSite(t, nil)
	d := s.desk()
	s.settings.PUKKeyFile = ""
	s.restart()
	if a := d.get("/nes/pin/islem"); a.location() != "/nes/pin" {
		t.Errorf("a code of no use is shown: %d %q", a.status, a.location())
	}
	d.nothingGiven(d.send(d.claim(nil)), http.StatusNotFound, refusal.NotFound)
}

// TestPINCodeLimit asks for codes as a program would; those of both acts count together.
func TestPINCodeLimit(t *testing.T) {
	s := newPINSite(t, nil)
	d := s.desk()
	d.toCode()
	for range 28 {
		if a := d.post("/nes/pin/islem/kod", nil); a.status != http.StatusSeeOther {
			t.Fatalf("%d %q", a.status, a.code())
		}
	}
	for _, path := range []string{"/nes/pin/islem/kod", "/nes/pin", "/nes/e-onay/imza/kod"} {
		refused(t, d.post(path, nil), http.StatusTooManyRequests, refusal.CodeLimit)
	}
	if page := d.post("/nes/pin", nil); !strings.Contains(page.body, `class="button primary" href="/nes/pin"`) {
		t.Error("the way on from the problem leads elsewhere")
	}
	d.read()
	c := d.claim(nil)
	d.given(d.send(c), c, puk) // with the last code
}

// TestCardsShown lists cards by the certificate that matters, in Turkey's days.
func TestCardsShown(t *testing.T) {
	s := newPINSite(t, nil)
	now := s.clock.now()
	valid := func(from, until time.Duration) pkitest.Edit {
		return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.Add(from), now.Add(until) }
	}
	const day = 24 * time.Hour
	s.enter("CARD-A001", puk, ayse, s.certificate(valid(-day, day)))
	s.enter("CARD-B002", puk, ayse, s.certificate(valid(day, 2*day)))
	s.enter("CARD-C003", puk, ayse, s.certificate(valid(-2*day, -day)))
	s.enter("CARD-D004", puk, ayse, s.certificate(valid(-2*day, -day)))
	s.enter("CARD-D004", puk, ayse, s.certificate(valid(-day, 3*day))) // renewed
	s.enter("CARD-D004", puk, ayse, s.certificate(valid(2*day, 9*day)))
	s.enter("CARD-M005", puk, mehmet, s.certificate(valid(-day, day), ofMehmet))
	page := s.person(ayse).get("/nes/pin")
	if want := `data-card="valid" data-card="later" data-card="over" data-card="valid"`; page.attributes() != want {
		t.Errorf("the cards are %s, want %s", page.attributes(), want)
	}
	for _, part := range []string{"A001", "B002", "C003", "D004", "22 Kasım 2026 – 24 Kasım 2026", "22 Kasım 2026 – 26 Kasım 2026", "24 Kasım 2026 günü başlıyor", "22 Kasım 2026 günü doldu"} {
		if !strings.Contains(page.body, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	for _, part := range []string{"CARD-", "M005"} {
		if strings.Contains(page.body, part) {
			t.Errorf("the page holds %q", part)
		}
	}
}
