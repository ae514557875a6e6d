package newpin_test

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
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

// TestChangesWhileClaimIsJudged changes the world while the verifier waits for the network.
func TestChangesWhileClaimIsJudged(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(s *portaltest.PINSite, d *portaltest.Desk, b *portaltest.Browser)
		puk    string
		status int
		code   fault.Code
	}{
		{"nothing", func(*portaltest.PINSite, *portaltest.Desk, *portaltest.Browser) {}, portaltest.PUK, 200, ""},
		{"time", func(s *portaltest.PINSite, _ *portaltest.Desk, _ *portaltest.Browser) {
			s.Clock.Pass(299 * time.Second)
		}, portaltest.PUK, 200, ""},
		{"another PUK", func(s *portaltest.PINSite, d *portaltest.Desk, _ *portaltest.Browser) {
			s.Enter(portaltest.Serial, "PUK-NEW", portaltest.Ayse, d.Certificate)
		}, "PUK-NEW", 200, ""},
		{"logout", func(_ *portaltest.PINSite, _ *portaltest.Desk, b *portaltest.Browser) { b.Post("/cikis", nil) }, "", 401, "login_required"},
		{"PUK refused on another machine", func(s *portaltest.PINSite, _ *portaltest.Desk, _ *portaltest.Browser) {
			s.Verifier.OnProve = nil
			other := &portaltest.Desk{Browser: s.Person(portaltest.Ayse), Machine: portaltest.NewMachine(s.T), Serial: portaltest.Serial, Certificate: s.Certificate()}
			s.Enter(portaltest.Serial, portaltest.PUK, portaltest.Ayse, other.Certificate)
			other.NewCode()
			other.Done(fault.PUKIncorrect)
		}, "", 409, "puk_withheld"},
		{"machine revoked", func(s *portaltest.PINSite, d *portaltest.Desk, b *portaltest.Browser) {
			s.Verifier.OnProve = nil
			other := &portaltest.Desk{Browser: s.Person(portaltest.Ayse), Machine: d.Machine, Serial: portaltest.Serial, Certificate: d.Certificate}
			other.NewCode()
			other.Done(protocol.OutcomeDone)
			if a := b.Post("/cihazlar/"+d.Machine.Device().ID()+"/iptal", nil); a.Location() != "/cihazlar" {
				s.T.Errorf("revoked: %d %q", a.Status, a.Code())
			}
		}, "", 403, "device_revoked"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := portaltest.NewPINSite(t, nil)
			d := s.Desk()
			s.Verifier.OnProve = func() error {
				test.change(s, d, d.Another())
				return nil
			}
			c := d.Claim(nil)
			a := d.Send(c)
			if test.status == http.StatusOK {
				d.Given(a, c, test.puk)
				return
			}
			portaltest.Refused(t, a, test.status, test.code)
			if _, err := s.Store.Released(t.Context(), d.Shown.Reference); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("on record: %v", err)
			}
		})
	}
}

// TestClaimantGone closes the connection while the claim is judged: nothing is released, and the same claim is
// answered when it comes again.
func TestClaimantGone(t *testing.T) {
	s := portaltest.NewPINSite(t, func(o *portal.Settings) { o.URL = "https://eonay.example" })
	d := s.Desk()
	c := d.Claim(func(c *release.Claim) { c.Origin = "https://eonay.example" })
	ctx, leave := context.WithCancel(t.Context())
	s.Verifier.OnProve = func() error {
		leave()
		<-s.Verifier.Asked.Done()
		return nil
	}
	body := fmt.Sprintf(`{"act":%q,"claim":%q,"signature":%q}`, c.Act,
		base64.StdEncoding.EncodeToString(c.Claim), base64.StdEncoding.EncodeToString(c.Signature))
	r, err := http.NewRequestWithContext(ctx, "POST", s.URL+"/nes/pin/talep", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.AddCookie(&http.Cookie{Name: "__Host-oturum", Value: d.Cookies["__Host-oturum"]})
	if _, err := http.DefaultTransport.RoundTrip(r); err == nil {
		t.Fatal("the browser did not go")
	}
	s.Restart() // waits for the request
	s.Releases()
	s.Verifier.OnProve = nil
	d.Given(d.Send(c), c, portaltest.PUK)
	s.Releases(d.Shown.Reference)
}

// TestClaimsAtOnce posts many claims for one code, one claim many times, and one each in many sessions.
func TestClaimsAtOnce(t *testing.T) {
	const tabs = 8
	t.Run("many claims", func(t *testing.T) {
		s := portaltest.NewPINSite(t, nil)
		d := s.Desk()
		var claims []*portaltest.Claimed
		for i := range tabs {
			claims = append(claims, d.Claim(func(c *release.Claim) { c.Time += int64(i) }))
		}
		answers := portaltest.AtOnce(tabs, func(i int) portaltest.Answer { return d.Another().Send(claims[i]) })
		if won := portaltest.OneWon(t, answers, http.StatusConflict, refusal.CodeUsed); won >= 0 {
			d.Given(answers[won], claims[won], portaltest.PUK)
		}
		s.Releases(d.Shown.Reference)
	})
	t.Run("one claim", func(t *testing.T) {
		s := portaltest.NewPINSite(t, nil)
		d := s.Desk()
		c := d.Claim(nil)
		for _, a := range portaltest.AtOnce(tabs, func(int) portaltest.Answer { return d.Another().Send(c) }) {
			d.Given(a, c, portaltest.PUK)
		}
		s.Releases(d.Shown.Reference)
	})
	t.Run("one day", func(t *testing.T) {
		s := portaltest.NewPINSite(t, func(o *portal.Settings) { o.PUKsPerDay, o.PUKWithoutSecondChannel = 1, true })
		var desks []*portaltest.Desk
		first := s.Desk()
		for range tabs {
			d := &portaltest.Desk{Browser: s.Person(portaltest.Ayse), Machine: first.Machine, Serial: portaltest.Serial, Certificate: first.Certificate}
			d.NewCode()
			desks = append(desks, d)
		}
		portaltest.OneWon(t, portaltest.AtOnce(tabs, func(i int) portaltest.Answer { return desks[i].Send(desks[i].Claim(nil)) }), http.StatusTooManyRequests, refusal.ReleaseLimit)
	})
}

// TestClaimAfterRestart sends the very claim to another process on the same database, and the report to a third.
func TestClaimAfterRestart(t *testing.T) {
	s := portaltest.NewPINSite(t, func(o *portal.Settings) { o.URL = "https://eonay.example:443" })
	d := s.Desk()
	c := d.Claim(func(c *release.Claim) { c.Origin = "https://eonay.example" })
	d.Given(d.Send(c), c, portaltest.PUK)
	s.Restart()
	d.Given(d.Send(c), c, portaltest.PUK)
	s.Releases(d.Shown.Reference)
	s.Restart()
	if a := d.Tell(d.Report(c, protocol.OutcomeDone, nil)); a.Status != http.StatusOK {
		t.Errorf("the report: %d %q", a.Status, a.Code())
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
			s := portaltest.NewPINSite(t, nil)
			old := s.Desk()
			s.Server.Close()
			s.Settings.PUKKeyFile = portaltest.PUKKey(t, test.key)
			for _, key := range test.old {
				s.Settings.PUKOldKeyFiles = append(s.Settings.PUKOldKeyFiles, portaltest.PUKKey(t, key))
			}
			s.Serve(s.Verifier, nil)
			c := old.Claim(nil)
			a := old.Send(c)
			if test.given {
				old.Given(a, c, portaltest.PUK)
			} else {
				old.NothingGiven(a, http.StatusServiceUnavailable, fault.Unavailable)
			}
			d := s.Desk() // the card is put on record again
			c = d.Claim(nil)
			d.Given(d.Send(c), c, portaltest.PUK)
		})
	}
}
