package portal_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// TestChangesWhileClaimIsJudged changes the world while the verifier waits for the network.
func TestChangesWhileClaimIsJudged(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(s *pinSite, d *desk, b *browser)
		puk    string
		status int
		code   fault.Code
	}{
		{"nothing", func(*pinSite, *desk, *browser) {}, puk, 200, ""},
		{"time", func(s *pinSite, _ *desk, _ *browser) { s.clock.pass(299 * time.Second) }, puk, 200, ""},
		{"another PUK", func(s *pinSite, d *desk, _ *browser) { s.enter(serial, "PUK-NEW", ayse, d.certificate) }, "PUK-NEW", 200, ""},
		{"logout", func(_ *pinSite, _ *desk, b *browser) { b.post("/cikis", nil) }, "", 401, "login_required"},
		{"PUK refused on another machine", func(s *pinSite, _ *desk, _ *browser) {
			s.verifier.prove = nil
			other := &desk{browser: s.person(ayse), machine: newMachine(s.t), serial: serial, certificate: s.certificate()}
			s.enter(serial, puk, ayse, other.certificate)
			other.newCode()
			other.done(fault.PUKIncorrect)
		}, "", 409, "puk_withheld"},
		{"machine revoked", func(s *pinSite, d *desk, b *browser) {
			s.verifier.prove = nil
			other := &desk{browser: s.person(ayse), machine: d.machine, serial: serial, certificate: d.certificate}
			other.newCode()
			other.done(protocol.OutcomeDone)
			if a := b.post("/cihazlar/"+d.machine.device().ID()+"/iptal", nil); a.location() != "/cihazlar" {
				s.t.Errorf("revoked: %d %q", a.status, a.code())
			}
		}, "", 403, "device_revoked"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newPINSite(t, nil)
			d := s.desk()
			s.verifier.prove = func() error {
				test.change(s, d, d.another())
				return nil
			}
			c := d.claim(nil)
			a := d.send(c)
			if test.status == http.StatusOK {
				d.given(a, c, test.puk)
				return
			}
			refused(t, a, test.status, test.code)
			if _, err := s.store.Released(t.Context(), d.shown.reference); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("on record: %v", err)
			}
		})
	}
}

// TestClaimantGone closes the connection while the claim is judged: nothing is released, and the same claim is
// answered when it comes again.
func TestClaimantGone(t *testing.T) {
	s := newPINSite(t, func(o *portal.Settings) { o.URL = "https://eonay.example" })
	d := s.desk()
	c := d.claim(func(c *release.Claim) { c.Origin = "https://eonay.example" })
	ctx, leave := context.WithCancel(t.Context())
	s.verifier.prove = func() error {
		leave()
		<-s.verifier.asked.Done()
		return nil
	}
	body := fmt.Sprintf(`{"act":%q,"claim":%q,"signature":%q}`, c.Act,
		base64.StdEncoding.EncodeToString(c.Claim), base64.StdEncoding.EncodeToString(c.Signature))
	r, err := http.NewRequestWithContext(ctx, "POST", s.url+"/nes/pin/talep", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.AddCookie(&http.Cookie{Name: "__Host-oturum", Value: d.cookies["__Host-oturum"]})
	if _, err := http.DefaultTransport.RoundTrip(r); err == nil {
		t.Fatal("the browser did not go")
	}
	s.restart() // waits for the request
	s.releases()
	s.verifier.prove = nil
	d.given(d.send(c), c, puk)
	s.releases(d.shown.reference)
}

// TestClaimsAtOnce posts many claims for one code, one claim many times, and one each in many sessions.
func TestClaimsAtOnce(t *testing.T) {
	const tabs = 8
	t.Run("many claims", func(t *testing.T) {
		s := newPINSite(t, nil)
		d := s.desk()
		var claims []*claimed
		for i := range tabs {
			claims = append(claims, d.claim(func(c *release.Claim) { c.Time += int64(i) }))
		}
		answers := atOnce(tabs, func(i int) answer { return d.another().send(claims[i]) })
		if won := oneWon(t, answers, http.StatusConflict, refusal.CodeUsed); won >= 0 {
			d.given(answers[won], claims[won], puk)
		}
		s.releases(d.shown.reference)
	})
	t.Run("one claim", func(t *testing.T) {
		s := newPINSite(t, nil)
		d := s.desk()
		c := d.claim(nil)
		for _, a := range atOnce(tabs, func(int) answer { return d.another().send(c) }) {
			d.given(a, c, puk)
		}
		s.releases(d.shown.reference)
	})
	t.Run("one day", func(t *testing.T) {
		s := newPINSite(t, func(o *portal.Settings) { o.PUKsPerDay, o.PUKWithoutSecondChannel = 1, true })
		var desks []*desk
		first := s.desk()
		for range tabs {
			d := &desk{browser: s.person(ayse), machine: first.machine, serial: serial, certificate: first.certificate}
			d.newCode()
			desks = append(desks, d)
		}
		oneWon(t, atOnce(tabs, func(i int) answer { return desks[i].send(desks[i].claim(nil)) }), http.StatusTooManyRequests, refusal.ReleaseLimit)
	})
}

// TestClaimAfterRestart sends the very claim to another process on the same database, and the report to a third.
func TestClaimAfterRestart(t *testing.T) {
	s := newPINSite(t, func(o *portal.Settings) { o.URL = "https://eonay.example:443" })
	d := s.desk()
	c := d.claim(func(c *release.Claim) { c.Origin = "https://eonay.example" })
	d.given(d.send(c), c, puk)
	s.restart()
	d.given(d.send(c), c, puk)
	s.releases(d.shown.reference)
	s.restart()
	if a := d.tell(d.report(c, protocol.OutcomeDone, nil)); a.status != http.StatusOK {
		t.Errorf("the report: %d %q", a.status, a.code())
	}
}

// TestPUKKeysChange changes the portal's keys under cards that are on record.
func TestPUKKeysChange(t *testing.T) {
	for _, test := range []struct {
		name  string
		key   byte
		old   []byte
		given bool
	}{
		{"a new key beside the old one", 2, []byte{1}, true},
		{"a third one", 3, []byte{2, 1}, true},
		{"the old one is gone", 2, nil, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newPINSite(t, nil)
			old := s.desk()
			s.server.Close()
			s.settings.PUKKeyFile = pukKey(t, test.key)
			for _, key := range test.old {
				s.settings.PUKOldKeyFiles = append(s.settings.PUKOldKeyFiles, pukKey(t, key))
			}
			s.serve(s.verifier, nil)
			c := old.claim(nil)
			a := old.send(c)
			if test.given {
				old.given(a, c, puk)
			} else {
				old.nothingGiven(a, http.StatusServiceUnavailable, fault.Unavailable)
			}
			d := s.desk() // the card is put on record again
			c = d.claim(nil)
			d.given(d.send(c), c, puk)
		})
	}
}
