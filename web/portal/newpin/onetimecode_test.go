package newpin_test

import (
	"bytes"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// program is software that has a person's session, serial number and certificate, and says what a host would say.
func program(s *portaltest.PINSite) *portaltest.Desk {
	s.T.Helper()
	d := &portaltest.Desk{Browser: s.Person(portaltest.Ayse), Machine: portaltest.NewMachine(s.T), Serial: portaltest.Serial, Certificate: s.Certificate()}
	s.Enter(portaltest.Serial, portaltest.PUK, portaltest.Ayse, d.Certificate)
	c := store.Challenge{
		Reference: "0000-0000-0000-0000", Session: store.HashOf(d.Cookies["oturum"]), CitizenNumber: portaltest.Ayse, Kind: store.PIN,
		Code: "168857414351237", IssuedAt: s.Clock.Now(), ExpiresAt: s.Clock.Now().Add(300 * time.Second),
	}
	if err := s.Store.IssueChallenge(s.T.Context(), c, store.Limit{Count: 100, Window: time.Hour}); err != nil {
		s.T.Fatal(err)
	}
	d.Shown = portaltest.Act{Code: c.Code, Reference: c.Reference}
	return d
}

// TestReleaseAsksMoreThanASession has a program say that the PIN is blocked. Nothing leaves, and nobody is asked about
// its certificate.
func TestReleaseAsksMoreThanASession(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*portal.Settings)
		before func(*portaltest.PINSite, *portaltest.Desk)
		status int
		code   fault.Code
	}{
		{"no one-time code", nil, func(*portaltest.PINSite, *portaltest.Desk) {}, http.StatusGone, refusal.OneTimeCodeOver},
		{"a code that nobody has typed", nil, func(_ *portaltest.PINSite, d *portaltest.Desk) { d.Post("/nes/pin", nil) }, http.StatusGone, refusal.OneTimeCodeOver},
		{"a weak login", func(o *portal.Settings) { o.PUKACRValues = []string{"higher"} }, func(*portaltest.PINSite, *portaltest.Desk) {}, http.StatusForbidden, refusal.LoginWeak},
		{"three wrong codes", nil, func(_ *portaltest.PINSite, d *portaltest.Desk) {
			d.Post("/nes/pin", nil)
			for range 3 {
				d.Confirm("00000000")
			}
		}, http.StatusTooManyRequests, refusal.PUKWait},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := portaltest.NewPINSite(t, test.change)
			s.Verifier.OnProve = func() error { t.Error("the network was asked"); return nil }
			d := program(s)
			test.before(s, d)
			d.NothingGiven(d.Send(d.Claim(nil)), test.status, test.code)
		})
	}
}

// TestReleaseAsksALoginJustNow: how old a login may be is judged when the one-time code is asked for.
func TestReleaseAsksALoginJustNow(t *testing.T) {
	s := portaltest.NewPINSite(t, func(o *portal.Settings) { o.PUKLoginMaxAgeSeconds, o.PUKWithoutSecondChannel = 60, true })
	d := s.Desk()
	s.Clock.Pass(61 * time.Second)
	c := d.Claim(nil)
	d.Given(d.Send(c), c, portaltest.PUK)                                                            // the act began in time
	portaltest.Refused(t, d.Post("/nes/pin", nil), http.StatusServiceUnavailable, fault.Unavailable) // sent to the gateway, which is not there
	if page := d.Get("/nes/pin"); !strings.Contains(page.Body, `data-next="login_stale"`) {
		t.Error("screen 1 does not ask for a login")
	}
	if a := d.Post("/nes/pin/islem/kod", nil); a.Location() != "/nes/pin/sonuc" {
		t.Errorf("another code of an act that is done: %d %q", a.Status, a.Location())
	}

	other := &portaltest.Desk{Browser: s.Person(portaltest.Ayse), Machine: d.Machine, Serial: portaltest.Serial, Certificate: d.Certificate}
	other.NewCode()
	s.Clock.Pass(61 * time.Second)
	if a := other.Post("/nes/pin/islem/kod", nil); a.Location() != "/nes/pin" {
		t.Errorf("another code after an old login: %d %q", a.Status, a.Location())
	}

	card := s.Person(portaltest.Ayse) // whoever has logged in with a card has no time of a login at the gateway
	secret := portaltest.Secret()
	now := s.Clock.Now()
	if err := s.Store.CreateSession(t.Context(), store.Session{
		ID: store.HashOf(secret), CitizenNumber: portaltest.Ayse, Name: "AYŞE YILMAZ", CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour),
	}); err != nil {
		t.Fatal(err)
	}
	card.Cookies["oturum"] = secret
	if page := card.Get("/nes/pin"); !strings.Contains(page.Body, `data-next="login_stale"`) {
		t.Error("a login with a card counts as one at the gateway")
	}
}

var triesLeft = regexp.MustCompile(`data-left="(\d)"`)

// TestOneTimeCode types what people type, up to the waiting time, which survives a restart.
func TestOneTimeCode(t *testing.T) {
	s := portaltest.NewPINSite(t, nil)
	d := s.Desk()
	d.Done(protocol.OutcomeDone)
	before := s.Mail.Count()
	if a := d.Post("/nes/pin", nil); a.Location() != "/nes/pin/kod" {
		t.Fatalf("the used code is good still: %d %q", a.Status, a.Location())
	}
	code := s.Mail.Code(t, before)
	for _, test := range []struct {
		typed, left string
		code        fault.Code
	}{
		{"", "3", ""}, {"1234567", "3", ""}, {"123456789", "3", ""}, {"1234567x", "3", ""}, {"١٢٣٤٥٦٧٨", "3", ""},
		{"0000 0000", "2", "one_time_code_wrong"}, {"00000000", "1", "one_time_code_wrong"},
	} {
		a := d.Confirm(test.typed)
		portaltest.CheckPage(t, test.typed, a, "tr")
		if left := triesLeft.FindStringSubmatch(a.Body); a.Status != http.StatusUnprocessableEntity || left == nil || left[1] != test.left ||
			a.Code() != test.code || !strings.Contains(a.Body, `aria-invalid="true"`) || !strings.Contains(a.Body, `href="#one-time-code"`) {
			t.Errorf("%q: %d %q, tries left %v", test.typed, a.Status, a.Code(), left)
		}
	}
	page := d.Get("/nes/pin/kod").Body
	for part, want := range map[string]bool{
		`autocomplete="one-time-code"`: true, `inputmode="numeric"`: true, "a•••@ornek.test": true, portaltest.MailOfAyse: false, code: false,
	} {
		if strings.Contains(page, part) != want {
			t.Errorf("the page holds %q: %v", part, !want)
		}
	}
	if a := d.Confirm("00000000"); a.Location() != "/nes/pin" {
		t.Errorf("after the third: %d %q", a.Status, a.Location())
	}
	s.Restart()
	if a := d.Confirm(code); a.Location() != "/nes/pin" {
		t.Errorf("the right code while waiting: %d %q", a.Status, a.Location())
	}
	portaltest.CheckPage(t, "waiting", d.Get("/nes/pin"), "tr")
	if a := d.Post("/nes/pin", nil); a.Status != http.StatusConflict || !strings.Contains(a.Body, `data-reason="wait"`) || !strings.Contains(a.Body, "23 Kasım 2026, 13:00") {
		t.Errorf("screen 1 does not say until when: %d %s", a.Status, a.Attributes())
	}
	s.Clock.Pass(time.Hour)
	d.Renew(portaltest.Ayse)
	d.NewCode()
	c := d.Claim(nil)
	d.Given(d.Send(c), c, portaltest.PUK)
}

// TestOneTimeCodeIsTheSessions types it in another session of the same person, and after another was sent.
func TestOneTimeCodeIsTheSessions(t *testing.T) {
	s := portaltest.NewPINSite(t, nil)
	d, other := program(s), s.Person(portaltest.Ayse)
	d.Post("/nes/pin", nil)
	first := s.Mail.Code(t, 0)
	other.Post("/nes/pin", nil)
	s.Mail.Code(t, 1)
	if a := other.Confirm(first); a.Code() != refusal.OneTimeCodeWrong {
		t.Errorf("in another session: %d %q", a.Status, a.Code())
	}
	s.Clock.Pass(10 * time.Second)
	d.Post("/nes/pin", nil)
	second := s.Mail.Code(t, 2)
	if a := d.Confirm(first); a.Code() != refusal.OneTimeCodeWrong {
		t.Errorf("after another was sent: %d %q", a.Status, a.Code())
	}
	s.Clock.Pass(10 * time.Minute)
	portaltest.Refused(t, d.Confirm(second), http.StatusGone, refusal.OneTimeCodeOver)
	for _, path := range []string{"/nes/pin/kod", "/nes/pin/islem"} {
		if a := d.Anybody().Get(path); a.Status == http.StatusOK {
			t.Errorf("%s without a session", path)
		}
	}
	if a := d.Get("/nes/pin/kod"); a.Location() != "/nes/pin" {
		t.Errorf("the page of a code that is over: %d %q", a.Status, a.Location())
	}
}

// TestDoubleClicks presses each button twice: one code is sent, and the right code is right.
func TestDoubleClicks(t *testing.T) {
	s := portaltest.NewPINSite(t, nil)
	d := program(s)
	for range 2 {
		if a := d.Post("/nes/pin", nil); a.Location() != "/nes/pin/kod" {
			t.Fatalf("%d %q", a.Status, a.Code())
		}
	}
	code := s.Mail.Code(t, 0)
	for range 2 {
		if a := d.Confirm(code); a.Location() != "/nes/pin/islem" {
			t.Errorf("%d %q %q", a.Status, a.Location(), a.Code())
		}
	}
	d.Read()
	c := d.Claim(nil)
	d.Given(d.Send(c), c, portaltest.PUK)
	s.Mail.Letter(t, 1, func(l letters.Letter) bool { return strings.Contains(l.Text, d.Shown.Reference) })
	if n := s.Mail.Count(); n != 2 {
		t.Errorf("%d letters, want the code and the notice", n)
	}
}

// TestNoContact has a person without an address on record: there is no way around the code.
func TestNoContact(t *testing.T) {
	s := portaltest.NewPINSite(t, nil)
	d := program(s)
	takeAway := func(field string) {
		t.Helper()
		line := `{"serial":"` + portaltest.Serial + `","citizen_number":"` + portaltest.Ayse + `","puk":"` + portaltest.PUK + `","certificate":"` + base64Of(d.Certificate.Raw) + `","` + field + `":""}`
		settings := *s.Settings
		settings.Database = s.Database
		if _, err := portal.ImportCards(t.Context(), &settings, strings.NewReader(line)); err != nil {
			t.Fatal(err)
		}
	}
	takeAway("mail")
	if page := d.Get("/nes/pin"); page.Attributes() != `data-reason="no-contact" data-card="valid"` {
		t.Errorf("screen 1 is %s", page.Attributes())
	}
	if a := d.Post("/nes/pin", nil); a.Status != http.StatusConflict {
		t.Errorf("went on: %d %q", a.Status, a.Location())
	}
	d.NothingGiven(d.Send(d.Claim(nil)), http.StatusGone, refusal.OneTimeCodeOver)
}

// TestCodeBySMS sends the code by mail to the operator's SMS gateway.
func TestCodeBySMS(t *testing.T) {
	s := portaltest.NewPINSite(t, func(o *portal.Settings) { o.PUKCodeBy = "sms" })
	d := s.Desk()
	letter := s.Mail.Letter(t, 0, func(letters.Letter) bool { return true })
	if letter.To != "905001112233@sms.ornek.test" || strings.Contains(letter.Text, "\n") {
		t.Errorf("the letter is %+v", letter)
	}
	c := d.Claim(nil)
	d.Given(d.Send(c), c, portaltest.PUK)
	if notice := s.Mail.Letter(t, 1, func(letters.Letter) bool { return true }); notice.To != portaltest.MailOfAyse {
		t.Errorf("the notice goes to %q", notice.To)
	}
}

// TestNotices tells of each release, and of a new machine, without what could be used.
func TestNotices(t *testing.T) {
	s := portaltest.NewPINSite(t, nil)
	d := s.Desk()
	short := d.Machine.Device().ID()[:8]
	for i, newMachine := range []bool{true, false} {
		if i > 0 {
			d.NewCode()
		}
		before := s.Mail.Count()
		c := d.Claim(func(c *release.Claim) { c.Time += int64(i) })
		d.Given(d.Send(c), c, portaltest.PUK)
		d.Given(d.Send(c), c, portaltest.PUK) // again, and no second notice
		l := s.Mail.Letter(t, before, func(letters.Letter) bool { return true })
		for part, want := range map[string]bool{
			"YENİ bir bilgisayar": newMachine, short: true, "CDEF": true, d.Shown.Reference: true, d.URL + "/cihazlar": true, "Linux (amd64)": true,
			portaltest.PUK: false, portaltest.Serial: false, portaltest.Ayse: false, d.Shown.Code: false,
		} {
			if strings.Contains(l.Text+l.Subject, part) != want {
				t.Errorf("the notice holds %q: %v\n%s", part, !want, l.Text)
			}
		}
		if l.To != portaltest.MailOfAyse {
			t.Errorf("it goes to %q", l.To)
		}
		d.Tell(d.Report(c, protocol.OutcomeDone, nil))
	}
	if n := s.Mail.Count(); n != 4 {
		t.Errorf("%d letters, want two codes and two notices", n)
	}
	d.NewCode()
	d.Cookies["dil"] = "en"
	before := s.Mail.Count()
	d.Send(d.Claim(nil))
	if l := s.Mail.Letter(t, before, func(letters.Letter) bool { return true }); !strings.Contains(l.Text, "Reference number") {
		t.Errorf("not in the person's language: %s", l.Text)
	}
}

// TestMailInTheDatabase reads the files of the database: neither addresses nor letters nor codes are there.
func TestMailInTheDatabase(t *testing.T) {
	s := portaltest.NewPINSite(t, nil)
	s.Mail.Refuse = errLater
	d := program(s)
	d.Post("/nes/pin", nil)
	s.Mail.Wait(t, func(m *portaltest.Mailbox) bool { return m.Refused > 0 }) // the letter is in the outbox
	s.Restart()
	for _, path := range []string{s.Database, s.Database + "-wal"} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{portaltest.MailOfAyse, "905001112233", "kullanımlık", "PUK-"} {
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s holds %q", path, secret)
			}
		}
	}
}
