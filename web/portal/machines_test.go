package portal_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

// TestMachines uses two machines, looks at the list, and revokes one.
func TestMachines(t *testing.T) {
	s := newPINSite(t, nil)
	d := s.desk()
	first := d.machine
	d.done(protocol.OutcomeDone)
	s.clock.pass(time.Minute)
	d.machine = newMachine(t)
	d.newCode()
	c := d.claim(func(c *release.Claim) {
		c.Device.Protection, c.Device.Platform = protocol.ProtectionFile, "darwin/arm64"
	})
	d.given(d.send(c), c, puk)
	if a := d.tell(d.report(c, fault.TokenRemoved, nil)); a.status != http.StatusOK {
		t.Fatal(a)
	}
	s.clock.pass(time.Minute)
	d.newCode()
	c = d.claim(func(c *release.Claim) {
		c.Device.Protection, c.Device.Platform = protocol.ProtectionFile, "darwin/arm64"
	})
	d.given(d.send(c), c, puk)

	id, ids := first.device().ID(), d.machine.device().ID()
	page := d.get("/cihazlar")
	want := `data-machine="` + ids + `" data-protection="software" data-outcome="open" data-outcome="failed" data-machine="` + id + `" data-protection="software" data-outcome="done"` // whatever they claim
	if page.attributes() != want {
		t.Errorf("the list is %s, want %s", page.attributes(), want)
	}
	for _, part := range []string{"macOS (arm64)", "Linux (amd64)", "23 Kasım 2026, 12:01", "23 Kasım 2026, 12:02", serial[12:], `href="/cihazlar/` + id + `/iptal"`} {
		if !strings.Contains(page.body, part) {
			t.Errorf("the list lacks %q", part)
		}
	}

	at := "/cihazlar/" + id + "/iptal"
	asking := d.get(at)
	if !strings.Contains(asking.body, `action="`+at+`"`) || strings.Contains(d.get("/cihazlar").body, "data-revoked") {
		t.Error("the page does not ask, or did more than ask")
	}
	for _, path := range []string{at, "/cihazlar/" + strings.Repeat("0", 64) + "/iptal", "/cihazlar/x/iptal", "/cihazlar/%00/iptal"} {
		refused(t, s.person(mehmet).get(path), http.StatusNotFound, refusal.NotFound)
		refused(t, s.person(mehmet).post(path, nil), http.StatusNotFound, refusal.NotFound)
	}
	for range 2 {
		if a := d.post(at, nil); a.location() != "/cihazlar" {
			t.Errorf("revoked: %d %q", a.status, a.code())
		}
	}
	if a := d.get(at); a.location() != "/cihazlar" {
		t.Errorf("asked about what is revoked: %d", a.status)
	}
	after := d.get("/cihazlar").body
	if strings.Count(after, "data-revoked") != 1 || strings.Contains(after, `href="`+at+`"`) || !strings.Contains(after, `href="/cihazlar/`+ids+`/iptal"`) {
		t.Errorf("not one of two is revoked:\n%s", after)
	}

	d.newCode()
	d.machine = first
	s.verifier.judgeCertificate = refuseWith(fault.Internal) // nobody need be asked
	refused(t, d.send(d.claim(nil)), http.StatusForbidden, refusal.DeviceRevoked)
	s.verifier.judgeCertificate = nil
	d.machine = newMachine(t) // whose device key is lost enrols again
	c = d.claim(nil)
	refused(t, d.send(c), http.StatusTooManyRequests, refusal.ReleaseLimit)
	s.clock.pass(24 * time.Hour)
	next := &desk{browser: s.person(ayse), machine: d.machine, serial: serial, certificate: d.certificate}
	next.newCode()
	next.done(protocol.OutcomeDone)
}

// TestMachineListIsBounded shows the newest acts of a machine that was used often.
func TestMachineListIsBounded(t *testing.T) {
	s := newPINSite(t, func(o *portal.Settings) { o.PUKsPerDay = 100 })
	d := s.desk()
	d.done(fault.TokenRemoved)
	for range 5 {
		s.clock.pass(7 * time.Minute) // for the limit of one-time codes
		d.renew(ayse)
		d.newCode()
		d.done(protocol.OutcomeDone)
	}
	if page := d.get("/cihazlar"); strings.Count(page.body, `data-outcome="done"`) != 5 || strings.Contains(page.body, `data-outcome="failed"`) {
		t.Errorf("the list is %s", page.attributes())
	}
}
