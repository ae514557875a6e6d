package portal_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/web/portal"
)

// realDesk is Ayşe's at a portal with the real verifier, with a certificate of the sandbox's authority.
func realDesk(s *site, c card) *desk {
	s.t.Helper()
	s.enter(serial, puk, ayse, c.certificate)
	d := &desk{browser: s.person(ayse), machine: newMachine(s.t), serial: serial, certificate: c.certificate}
	d.newCode()
	return d
}

// TestRealClaims has claims judged by the real verifier, over OCSP and CRL, for cards that cannot sign and cards that
// must.
func TestRealClaims(t *testing.T) {
	o := newOutside(t)
	s := o.site(func(o *portal.Settings) { o.PUKKeyFile = pukKey(t, 1) })
	valid := o.card(ecKey(t), ayse, "valid")
	d := realDesk(s, valid)
	signed := func(by card, document func(claim string) string, at time.Time) *claimed {
		c := d.claim(func(c *release.Claim) { c.PIN = protocol.PINReady })
		c.Card = by.sign(t, document(string(c.Claim)), at)
		return c
	}
	same := func(claim string) string { return claim }
	for name, test := range map[string]struct {
		claim *claimed
		code  fault.Code
	}{
		"signed by another card":  {signed(o.card(ecKey(t), ayse, "valid"), same, time.Now()), "claim_invalid"},
		"signed over other bytes": {signed(valid, func(claim string) string { return claim + " " }, time.Now()), "signature_invalid"},
		"signed by a fast clock":  {signed(valid, same, time.Now().Add(400*time.Second)), "signature_time"},
		"no signature":            {&claimed{d.shown.reference, signed(valid, same, time.Now()).Claim, nil, []byte("imza")}, "claim_invalid"},
	} {
		t.Run(name, func(t *testing.T) { d.nothingGiven(d.send(test.claim), http.StatusUnprocessableEntity, test.code) })
	}
	o.misbehave("ocsp", "down")
	d.nothingGiven(d.send(d.claim(nil)), http.StatusServiceUnavailable, fault.RevocationUnavailable)
	o.misbehave("ocsp", "ok")

	c := signed(valid, same, time.Now())
	d.given(d.send(c), c, puk)
	d.newCode()
	c = d.claim(nil)
	d.given(d.send(c), c, puk)
}

// TestRealCertificates claims for cards whose certificate is no good, each on record.
func TestRealCertificates(t *testing.T) {
	o := newOutside(t)
	s := o.site(func(o *portal.Settings) { o.PUKKeyFile, o.PUKWithoutSecondChannel = pukKey(t, 1), true })
	revoked := o.card(ecKey(t), ayse, "valid")
	o.post("/ca/revoke", map[string]string{"serial": revoked.serial}, nil)
	cards := map[fault.Code]card{fault.CertificateRevoked: revoked}
	for kind, code := range map[string]fault.Code{
		"expired": "certificate_expired", "not-yet-valid": "certificate_not_yet_valid", "no-signing-usage": "certificate_key_usage",
		"untrusted": "certificate_untrusted", "other-policy": "certificate_not_qualified",
	} {
		cards[code] = o.card(ecKey(t), ayse, kind)
	}
	for code, one := range cards {
		t.Run(string(code), func(t *testing.T) {
			d := realDesk(s, one)
			d.nothingGiven(d.send(d.claim(nil)), http.StatusUnprocessableEntity, code)
		})
	}
}
