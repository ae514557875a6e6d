package newpin_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/portaltest"
)

// TestRealClaims has claims judged by the real verifier, over OCSP and CRL, for cards that cannot sign and cards that
// must.
func TestRealClaims(t *testing.T) {
	o := portaltest.NewOutside(t)
	s := o.Site(func(o *portal.Settings) { o.PUKKeyFile = portaltest.PUKKey(t, 1) })
	valid := o.Card(portaltest.ECKey(t), portaltest.Ayse, "valid")
	d := portaltest.RealDesk(s, valid)
	signed := func(by portaltest.Card, document func(claim string) string, at time.Time) *portaltest.Claimed {
		c := d.Claim(func(c *release.Claim) { c.PIN = protocol.PINReady })
		c.Card = by.Sign(t, document(string(c.Claim)), at)
		return c
	}
	same := func(claim string) string { return claim }
	for name, test := range map[string]struct {
		claim *portaltest.Claimed
		code  fault.Code
	}{
		"signed by another card":  {signed(o.Card(portaltest.ECKey(t), portaltest.Ayse, "valid"), same, time.Now()), "claim_invalid"},
		"signed over other bytes": {signed(valid, func(claim string) string { return claim + " " }, time.Now()), "signature_invalid"},
		"signed by a fast clock":  {signed(valid, same, time.Now().Add(400*time.Second)), "signature_time"},
		"no signature":            {&portaltest.Claimed{Act: d.Shown.Reference, Claim: signed(valid, same, time.Now()).Claim, Card: []byte("imza")}, "claim_invalid"},
	} {
		t.Run(name, func(t *testing.T) { d.NothingGiven(d.Send(test.claim), http.StatusUnprocessableEntity, test.code) })
	}
	o.Misbehave("ocsp", "down")
	d.NothingGiven(d.Send(d.Claim(nil)), http.StatusServiceUnavailable, fault.RevocationUnavailable)
	o.Misbehave("ocsp", "ok")

	c := signed(valid, same, time.Now())
	d.Given(d.Send(c), c, portaltest.PUK)
	d.NewCode()
	c = d.Claim(nil)
	d.Given(d.Send(c), c, portaltest.PUK)
}

// TestRealCertificates claims for cards whose certificate is no good, each on record.
func TestRealCertificates(t *testing.T) {
	o := portaltest.NewOutside(t)
	s := o.Site(func(o *portal.Settings) { o.PUKKeyFile, o.PUKWithoutSecondChannel = portaltest.PUKKey(t, 1), true })
	revoked := o.Card(portaltest.ECKey(t), portaltest.Ayse, "valid")
	o.Post("/ca/revoke", map[string]string{"serial": revoked.Serial}, nil)
	cards := map[fault.Code]portaltest.Card{fault.CertificateRevoked: revoked}
	for kind, code := range map[string]fault.Code{
		"expired": "certificate_expired", "not-yet-valid": "certificate_not_yet_valid", "no-signing-usage": "certificate_key_usage",
		"untrusted": "certificate_untrusted", "other-policy": "certificate_not_qualified",
	} {
		cards[code] = o.Card(portaltest.ECKey(t), portaltest.Ayse, kind)
	}
	for code, one := range cards {
		t.Run(string(code), func(t *testing.T) {
			d := portaltest.RealDesk(s, one)
			d.NothingGiven(d.Send(d.Claim(nil)), http.StatusUnprocessableEntity, code)
		})
	}
}
