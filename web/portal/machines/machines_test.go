package machines_test

import (
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
)

// TestMachines uses two machines, looks at the list, and revokes one.
func TestMachines(t *testing.T) {
	s := portaltest.NewPINSite(t, nil)
	d := s.Desk()
	first := d.Machine
	d.Done(protocol.OutcomeDone)
	s.Clock.Pass(time.Minute)
	d.Machine = portaltest.NewMachine(t)
	d.NewCode()
	c := d.Claim(func(c *release.Claim) {
		c.Device.Protection, c.Device.Platform = protocol.ProtectionFile, "darwin/arm64"
	})
	d.Given(d.Send(c), c, portaltest.PUK)
	if a := d.Tell(d.Report(c, fault.TokenRemoved, nil)); a.Status != http.StatusOK {
		t.Fatal(a)
	}
	s.Clock.Pass(time.Minute)
	d.NewCode()
	c = d.Claim(func(c *release.Claim) {
		c.Device.Protection, c.Device.Platform = protocol.ProtectionFile, "darwin/arm64"
	})
	d.Given(d.Send(c), c, portaltest.PUK)

	id, ids := first.Device().ID(), d.Machine.Device().ID()
	page := d.Get("/cihazlar")
	want := `data-machine="` + ids + `" data-protection="software" data-outcome="open" data-outcome="failed" data-machine="` + id + `" data-protection="software" data-outcome="done"` // whatever they claim
	if page.Attributes() != want {
		t.Errorf("the list is %s, want %s", page.Attributes(), want)
	}
	for _, part := range []string{"macOS (arm64)", "Linux (amd64)", "23 Kasım 2026, 12:01", "23 Kasım 2026, 12:02", portaltest.Serial[12:], `href="/cihazlar/` + id + `/iptal"`} {
		if !strings.Contains(page.Body, part) {
			t.Errorf("the list lacks %q", part)
		}
	}

	at := "/cihazlar/" + id + "/iptal"
	asking := d.Get(at)
	if !strings.Contains(asking.Body, `action="`+at+`"`) || strings.Contains(d.Get("/cihazlar").Body, "data-revoked") {
		t.Error("the page does not ask, or did more than ask")
	}
	for _, path := range []string{at, "/cihazlar/" + strings.Repeat("0", 64) + "/iptal", "/cihazlar/x/iptal", "/cihazlar/%00/iptal"} {
		portaltest.Refused(t, s.Person(portaltest.Mehmet).Get(path), http.StatusNotFound, refusal.NotFound)
		portaltest.Refused(t, s.Person(portaltest.Mehmet).Post(path, nil), http.StatusNotFound, refusal.NotFound)
	}
	for range 2 {
		if a := d.Post(at, nil); a.Location() != "/cihazlar" {
			t.Errorf("revoked: %d %q", a.Status, a.Code())
		}
	}
	if a := d.Get(at); a.Location() != "/cihazlar" {
		t.Errorf("asked about what is revoked: %d", a.Status)
	}
	after := d.Get("/cihazlar").Body
	if strings.Count(after, "data-revoked") != 1 || strings.Contains(after, `href="`+at+`"`) || !strings.Contains(after, `href="/cihazlar/`+ids+`/iptal"`) {
		t.Errorf("not one of two is revoked:\n%s", after)
	}

	d.NewCode()
	d.Machine = first
	s.Verifier.JudgeCertificate = portaltest.RefuseWith(fault.Internal) // nobody need be asked
	portaltest.Refused(t, d.Send(d.Claim(nil)), http.StatusForbidden, refusal.DeviceRevoked)
	s.Verifier.JudgeCertificate = nil
	d.Machine = portaltest.NewMachine(t) // whose device key is lost enrols again
	c = d.Claim(nil)
	portaltest.Refused(t, d.Send(c), http.StatusTooManyRequests, refusal.ReleaseLimit)
	s.Clock.Pass(24 * time.Hour)
	next := &portaltest.Desk{Browser: s.Person(portaltest.Ayse), Machine: d.Machine, Serial: portaltest.Serial, Certificate: d.Certificate}
	next.NewCode()
	next.Done(protocol.OutcomeDone)
}

// TestMachineListIsBounded shows the newest acts of a machine that was used often.
func TestMachineListIsBounded(t *testing.T) {
	s := portaltest.NewPINSite(t, func(o *portal.Settings) { o.PUKsPerDay = 100 })
	d := s.Desk()
	d.Done(fault.TokenRemoved)
	for range 5 {
		s.Clock.Pass(7 * time.Minute) // for the limit of one-time codes
		d.Renew(portaltest.Ayse)
		d.NewCode()
		d.Done(protocol.OutcomeDone)
	}
	if page := d.Get("/cihazlar"); strings.Count(page.Body, `data-outcome="done"`) != 5 || strings.Contains(page.Body, `data-outcome="failed"`) {
		t.Errorf("the list is %s", page.Attributes())
	}
}
