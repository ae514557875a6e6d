package portal_test

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
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// program is software that has a person's session, serial number and certificate, and says what a host would say.
func (s *pinSite) program() *desk {
	s.t.Helper()
	d := &desk{browser: s.person(ayse), machine: newMachine(s.t), serial: serial, certificate: s.certificate()}
	s.enter(serial, puk, ayse, d.certificate)
	c := store.Challenge{
		Reference: "0000-0000-0000-0000", Session: store.HashOf(d.cookies["oturum"]), CitizenNumber: ayse, Kind: store.PIN,
		Code: "168857414351237", IssuedAt: s.clock.now(), ExpiresAt: s.clock.now().Add(300 * time.Second),
	}
	if err := s.store.IssueChallenge(s.t.Context(), c, store.Limit{Count: 100, Window: time.Hour}); err != nil {
		s.t.Fatal(err)
	}
	d.shown = act{code: c.Code, reference: c.Reference}
	return d
}

// TestReleaseAsksMoreThanASession has a program say that the PIN is blocked. Nothing leaves, and nobody is asked about
// its certificate.
func TestReleaseAsksMoreThanASession(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*portal.Settings)
		before func(*pinSite, *desk)
		status int
		code   fault.Code
	}{
		{"no one-time code", nil, func(*pinSite, *desk) {}, http.StatusGone, refusal.OneTimeCodeOver},
		{"a code that nobody has typed", nil, func(_ *pinSite, d *desk) { d.post("/nes/pin", nil) }, http.StatusGone, refusal.OneTimeCodeOver},
		{"a weak login", func(o *portal.Settings) { o.PUKACRValues = []string{"higher"} }, func(*pinSite, *desk) {}, http.StatusForbidden, refusal.LoginWeak},
		{"three wrong codes", nil, func(_ *pinSite, d *desk) {
			d.post("/nes/pin", nil)
			for range 3 {
				d.confirm("00000000")
			}
		}, http.StatusTooManyRequests, refusal.PUKWait},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newPINSite(t, test.change)
			s.verifier.prove = func() error { t.Error("the network was asked"); return nil }
			d := s.program()
			test.before(s, d)
			d.nothingGiven(d.send(d.claim(nil)), test.status, test.code)
		})
	}
}

// TestReleaseAsksALoginJustNow: how old a login may be is judged when the one-time code is asked for.
func TestReleaseAsksALoginJustNow(t *testing.T) {
	s := newPINSite(t, func(o *portal.Settings) { o.PUKLoginMaxAgeSeconds, o.PUKWithoutSecondChannel = 60, true })
	d := s.desk()
	s.clock.pass(61 * time.Second)
	c := d.claim(nil)
	d.given(d.send(c), c, puk)                                                            // the act began in time
	refused(t, d.post("/nes/pin", nil), http.StatusServiceUnavailable, fault.Unavailable) // sent to the gateway, which is not there
	if page := d.get("/nes/pin"); !strings.Contains(page.body, `data-next="login_stale"`) {
		t.Error("screen 1 does not ask for a login")
	}
	if a := d.post("/nes/pin/islem/kod", nil); a.location() != "/nes/pin/sonuc" {
		t.Errorf("another code of an act that is done: %d %q", a.status, a.location())
	}

	other := &desk{browser: s.person(ayse), machine: d.machine, serial: serial, certificate: d.certificate}
	other.newCode()
	s.clock.pass(61 * time.Second)
	if a := other.post("/nes/pin/islem/kod", nil); a.location() != "/nes/pin" {
		t.Errorf("another code after an old login: %d %q", a.status, a.location())
	}

	card := s.person(ayse) // whoever has logged in with a card has no time of a login at the gateway
	secret := rand()
	now := s.clock.now()
	if err := s.store.CreateSession(t.Context(), store.Session{
		ID: store.HashOf(secret), CitizenNumber: ayse, Name: "AYŞE YILMAZ", CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(time.Hour),
	}); err != nil {
		t.Fatal(err)
	}
	card.cookies["oturum"] = secret
	if page := card.get("/nes/pin"); !strings.Contains(page.body, `data-next="login_stale"`) {
		t.Error("a login with a card counts as one at the gateway")
	}
}

var triesLeft = regexp.MustCompile(`data-left="(\d)"`)

// TestOneTimeCode types what people type, up to the waiting time, which survives a restart.
func TestOneTimeCode(t *testing.T) {
	s := newPINSite(t, nil)
	d := s.desk()
	d.done(protocol.OutcomeDone)
	before := s.mail.count()
	if a := d.post("/nes/pin", nil); a.location() != "/nes/pin/kod" {
		t.Fatalf("the used code is good still: %d %q", a.status, a.location())
	}
	code := s.mail.code(t, before)
	for _, test := range []struct {
		typed, left string
		code        fault.Code
	}{
		{"", "3", ""}, {"1234567", "3", ""}, {"123456789", "3", ""}, {"1234567x", "3", ""}, {"١٢٣٤٥٦٧٨", "3", ""},
		{"0000 0000", "2", "one_time_code_wrong"}, {"00000000", "1", "one_time_code_wrong"},
	} {
		a := d.confirm(test.typed)
		checkPage(t, test.typed, a, "tr")
		if left := triesLeft.FindStringSubmatch(a.body); a.status != http.StatusUnprocessableEntity || left == nil || left[1] != test.left ||
			a.code() != test.code || !strings.Contains(a.body, `aria-invalid="true"`) || !strings.Contains(a.body, `href="#one-time-code"`) {
			t.Errorf("%q: %d %q, tries left %v", test.typed, a.status, a.code(), left)
		}
	}
	page := d.get("/nes/pin/kod").body
	for part, want := range map[string]bool{
		`autocomplete="one-time-code"`: true, `inputmode="numeric"`: true, "a•••@ornek.test": true, mailOfAyse: false, code: false,
	} {
		if strings.Contains(page, part) != want {
			t.Errorf("the page holds %q: %v", part, !want)
		}
	}
	if a := d.confirm("00000000"); a.location() != "/nes/pin" {
		t.Errorf("after the third: %d %q", a.status, a.location())
	}
	s.restart()
	if a := d.confirm(code); a.location() != "/nes/pin" {
		t.Errorf("the right code while waiting: %d %q", a.status, a.location())
	}
	checkPage(t, "waiting", d.get("/nes/pin"), "tr")
	if a := d.post("/nes/pin", nil); a.status != http.StatusConflict || !strings.Contains(a.body, `data-reason="wait"`) || !strings.Contains(a.body, "23 Kasım 2026, 13:00") {
		t.Errorf("screen 1 does not say until when: %d %s", a.status, a.attributes())
	}
	s.clock.pass(time.Hour)
	d.renew(ayse)
	d.newCode()
	c := d.claim(nil)
	d.given(d.send(c), c, puk)
}

// TestOneTimeCodeIsTheSessions types it in another session of the same person, and after another was sent.
func TestOneTimeCodeIsTheSessions(t *testing.T) {
	s := newPINSite(t, nil)
	d, other := s.program(), s.person(ayse)
	d.post("/nes/pin", nil)
	first := s.mail.code(t, 0)
	other.post("/nes/pin", nil)
	s.mail.code(t, 1)
	if a := other.confirm(first); a.code() != refusal.OneTimeCodeWrong {
		t.Errorf("in another session: %d %q", a.status, a.code())
	}
	s.clock.pass(10 * time.Second)
	d.post("/nes/pin", nil)
	second := s.mail.code(t, 2)
	if a := d.confirm(first); a.code() != refusal.OneTimeCodeWrong {
		t.Errorf("after another was sent: %d %q", a.status, a.code())
	}
	s.clock.pass(10 * time.Minute)
	refused(t, d.confirm(second), http.StatusGone, refusal.OneTimeCodeOver)
	for _, path := range []string{"/nes/pin/kod", "/nes/pin/islem"} {
		if a := d.anybody().get(path); a.status == http.StatusOK {
			t.Errorf("%s without a session", path)
		}
	}
	if a := d.get("/nes/pin/kod"); a.location() != "/nes/pin" {
		t.Errorf("the page of a code that is over: %d %q", a.status, a.location())
	}
}

// TestDoubleClicks presses each button twice: one code is sent, and the right code is right.
func TestDoubleClicks(t *testing.T) {
	s := newPINSite(t, nil)
	d := s.program()
	for range 2 {
		if a := d.post("/nes/pin", nil); a.location() != "/nes/pin/kod" {
			t.Fatalf("%d %q", a.status, a.code())
		}
	}
	code := s.mail.code(t, 0)
	for range 2 {
		if a := d.confirm(code); a.location() != "/nes/pin/islem" {
			t.Errorf("%d %q %q", a.status, a.location(), a.code())
		}
	}
	d.read()
	c := d.claim(nil)
	d.given(d.send(c), c, puk)
	s.mail.letter(t, 1, func(l letters.Letter) bool { return strings.Contains(l.Text, d.shown.reference) })
	if n := s.mail.count(); n != 2 {
		t.Errorf("%d letters, want the code and the notice", n)
	}
}

// TestNoContact has a person without an address on record: there is no way around the code.
func TestNoContact(t *testing.T) {
	s := newPINSite(t, nil)
	d := s.program()
	takeAway := func(field string) {
		t.Helper()
		line := `{"serial":"` + serial + `","citizen_number":"` + ayse + `","puk":"` + puk + `","certificate":"` + base64Of(d.certificate.Raw) + `","` + field + `":""}`
		settings := *s.settings
		settings.Database = s.database
		if _, err := portal.ImportCards(t.Context(), &settings, strings.NewReader(line)); err != nil {
			t.Fatal(err)
		}
	}
	takeAway("mail")
	if page := d.get("/nes/pin"); page.attributes() != `data-reason="no-contact" data-card="valid"` {
		t.Errorf("screen 1 is %s", page.attributes())
	}
	if a := d.post("/nes/pin", nil); a.status != http.StatusConflict {
		t.Errorf("went on: %d %q", a.status, a.location())
	}
	d.nothingGiven(d.send(d.claim(nil)), http.StatusGone, refusal.OneTimeCodeOver)
}

// TestCodeBySMS sends the code by mail to the operator's SMS gateway.
func TestCodeBySMS(t *testing.T) {
	s := newPINSite(t, func(o *portal.Settings) { o.PUKCodeBy = "sms" })
	d := s.desk()
	letter := s.mail.letter(t, 0, func(letters.Letter) bool { return true })
	if letter.To != "905001112233@sms.ornek.test" || strings.Contains(letter.Text, "\n") {
		t.Errorf("the letter is %+v", letter)
	}
	c := d.claim(nil)
	d.given(d.send(c), c, puk)
	if notice := s.mail.letter(t, 1, func(letters.Letter) bool { return true }); notice.To != mailOfAyse {
		t.Errorf("the notice goes to %q", notice.To)
	}
}

// TestNotices tells of each release, and of a new machine, without what could be used.
func TestNotices(t *testing.T) {
	s := newPINSite(t, nil)
	d := s.desk()
	short := d.machine.device().ID()[:8]
	for i, newMachine := range []bool{true, false} {
		if i > 0 {
			d.newCode()
		}
		before := s.mail.count()
		c := d.claim(func(c *release.Claim) { c.Time += int64(i) })
		d.given(d.send(c), c, puk)
		d.given(d.send(c), c, puk) // again, and no second notice
		l := s.mail.letter(t, before, func(letters.Letter) bool { return true })
		for part, want := range map[string]bool{
			"YENİ bir bilgisayar": newMachine, short: true, "CDEF": true, d.shown.reference: true, d.url + "/cihazlar": true, "Linux (amd64)": true,
			puk: false, serial: false, ayse: false, d.shown.code: false,
		} {
			if strings.Contains(l.Text+l.Subject, part) != want {
				t.Errorf("the notice holds %q: %v\n%s", part, !want, l.Text)
			}
		}
		if l.To != mailOfAyse {
			t.Errorf("it goes to %q", l.To)
		}
		d.tell(d.report(c, protocol.OutcomeDone, nil))
	}
	if n := s.mail.count(); n != 4 {
		t.Errorf("%d letters, want two codes and two notices", n)
	}
	d.newCode()
	d.cookies["dil"] = "en"
	before := s.mail.count()
	d.send(d.claim(nil))
	if l := s.mail.letter(t, before, func(letters.Letter) bool { return true }); !strings.Contains(l.Text, "Reference number") {
		t.Errorf("not in the person's language: %s", l.Text)
	}
}

// TestMailInTheDatabase reads the files of the database: neither addresses nor letters nor codes are there.
func TestMailInTheDatabase(t *testing.T) {
	s := newPINSite(t, nil)
	s.mail.refuse = errLater
	d := s.program()
	d.post("/nes/pin", nil)
	s.mail.wait(t, func(m *mailbox) bool { return m.refused > 0 }) // the letter is in the outbox
	s.restart()
	for _, path := range []string{s.database, s.database + "-wal"} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{mailOfAyse, "905001112233", "kullanımlık", "PUK-"} {
			if bytes.Contains(data, []byte(secret)) {
				t.Errorf("%s holds %q", path, secret)
			}
		}
	}
}
