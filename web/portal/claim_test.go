package portal_test

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// TestRelease goes the whole way, for cards in every state of their PIN.
func TestRelease(t *testing.T) {
	for _, state := range []string{protocol.PINLocked, protocol.PINUnset, protocol.PINReady, protocol.PINLow, protocol.PINFinal} {
		t.Run(state, func(t *testing.T) {
			s := newPINSite(t, nil)
			d := s.desk()
			c := d.claim(func(c *release.Claim) { c.PIN = state })
			usable := state != protocol.PINLocked && state != protocol.PINUnset
			if usable {
				c.Card = []byte("kartın imzası")
				s.verifier.judge = func([]byte) (*relyingparty.Evidence, error) { return s.verifier.standing(d.certificate.Raw), nil }
			}
			d.given(d.send(c), c, puk)
			if usable && !bytes.Equal(s.verifier.document, c.Claim) {
				t.Error("the card's signature was judged over other bytes than the claim's")
			}
			got, err := s.store.Released(t.Context(), d.shown.reference)
			if err != nil {
				t.Fatal(err)
			}
			if got.Card != serial || got.Machine != d.machine.device().ID() || got.Outcome != "" || !got.IssuedAt.Equal(s.clock.now()) ||
				!bytes.Equal(got.Claim, c.Claim) || !bytes.Equal(got.Signature, c.Signature) || !bytes.Equal(got.CardSignature, c.Card) {
				t.Errorf("on record is %+v", got)
			}
			if page := d.get("/nes/pin/sonuc"); page.attributes() != `data-outcome="open"` {
				t.Errorf("before the report the result is %s", page.attributes())
			}
			r := d.report(c, protocol.OutcomeDone, nil)
			for range 2 { // the first answer was lost
				if a := d.tell(r); a.status != http.StatusOK || a.body != `{"location":"/nes/pin/sonuc"}`+"\n" {
					t.Fatalf("the report: %+v", a)
				}
			}
			if got, err = s.store.Released(t.Context(), d.shown.reference); err != nil || got.Outcome != "done" || !bytes.Equal(got.Report, r.Report) || !bytes.Equal(got.ReportSignature, r.Signature) {
				t.Errorf("on record is %+v, %v", got, err)
			}
			if page := d.get("/nes/pin/sonuc"); page.attributes() != `data-outcome="done"` || !strings.Contains(page.body, d.shown.reference) {
				t.Errorf("the result is %s", page.attributes())
			}
			if a := d.get("/nes/pin/islem"); a.location() != "/nes/pin/sonuc" {
				t.Errorf("screen 2/2 after the act: %d %q", a.status, a.location())
			}
		})
	}
}

// TestClaimsRefused changes one thing of a good claim at a time.
func TestClaimsRefused(t *testing.T) {
	s := newPINSite(t, nil)
	d := s.desk()
	other := newMachine(t)
	now := s.clock.now()
	of := func(edit pkitest.Edit) func(*release.Claim) {
		certificate := s.certificate(edit)
		return func(c *release.Claim) { c.Certificate = certificate.Raw }
	}
	s.enter("OF MEHMET", puk, mehmet, s.certificate(ofMehmet))
	for _, test := range []struct {
		name   string
		change func(*release.Claim)
		after  func(*claimed)
		status int
		code   fault.Code
	}{
		{"another act", func(c *release.Claim) { c.Act = "0000-0000-0000-0000" }, nil, 422, "claim_invalid"},
		{"another code", func(c *release.Claim) { c.Code = "168857414351237" }, nil, 422, "claim_invalid"},
		{"another site", func(c *release.Claim) { c.Origin = "https://evil.example" }, nil, 422, "claim_invalid"},
		{"another port", func(c *release.Claim) { c.Origin = strings.TrimRight(c.Origin, "0123456789") + "1" }, nil, 422, "claim_invalid"},
		{"a path", func(c *release.Claim) { c.Origin += "/" }, nil, 422, "claim_invalid"},
		{"no origin", func(c *release.Claim) { c.Origin = "null" }, nil, 422, "claim_invalid"},
		{"another version", func(c *release.Claim) { c.Version = 2 }, nil, 422, "claim_invalid"},
		{"unknown protection", func(c *release.Claim) { c.Device.Protection = "cloud" }, nil, 422, "claim_invalid"},
		{"platform of another form", func(c *release.Claim) { c.Device.Platform = "\u202elinux" }, nil, 422, "claim_invalid"},
		{"unknown state of the PIN", func(c *release.Claim) { c.PIN = "" }, nil, 422, "claim_invalid"},
		{"usable, unsigned", func(c *release.Claim) { c.PIN = protocol.PINReady }, nil, 422, "claim_invalid"},
		{"low, unsigned", func(c *release.Claim) { c.PIN = protocol.PINLow }, nil, 422, "claim_invalid"},
		{"final, unsigned", func(c *release.Claim) { c.PIN = protocol.PINFinal }, nil, 422, "claim_invalid"},
		{"locked, signed", nil, func(c *claimed) { c.Card = []byte("imza") }, 422, "claim_invalid"},
		{"no point", func(c *release.Claim) { c.Device.Sealing = make([]byte, 65) }, nil, 422, "claim_invalid"},
		{"by another machine", nil, func(c *claimed) { c.Signature = other.sign(release.KindClaim, c.Claim) }, 422, "claim_invalid"},
		{"a report's signature", nil, func(c *claimed) { c.Signature = d.machine.sign(release.KindReport, c.Claim) }, 422, "claim_invalid"},
		{"unsigned", nil, func(c *claimed) { c.Signature = nil }, 422, "claim_invalid"},
		{"changed", nil, func(c *claimed) { c.Claim = bytes.Replace(c.Claim, []byte("locked"), []byte("unset"), 1) }, 422, "claim_invalid"},
		{"empty", nil, func(c *claimed) { c.Claim = nil }, 422, "claim_invalid"},
		{"too long", nil, func(c *claimed) { c.Claim = make([]byte, protocol.MaxClaim+1) }, 422, "claim_invalid"},
		{"card's signature too long", func(c *release.Claim) { c.PIN = protocol.PINReady }, func(c *claimed) { c.Card = make([]byte, protocol.MaxSignature+1) }, 422, "claim_invalid"},
		{"for an act that is not there", nil, func(c *claimed) { c.Act = "0000-0000-0000-0000" }, 404, "act_unknown"},
		{"for no act", nil, func(c *claimed) { c.Act = "" }, 404, "act_unknown"},

		{"no certificate", func(c *release.Claim) { c.Certificate = []byte("sertifika") }, nil, 422, "certificate_malformed"},
		{"expired", of(func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Minute) }), nil, 422, "certificate_expired"},
		{"not yet valid", of(func(c *x509.Certificate) { c.NotBefore = now.Add(time.Minute) }), nil, 422, "certificate_not_yet_valid"},
		{"not for signing", of(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature }), nil, 422, "certificate_key_usage"},
		{"not qualified", of(func(c *x509.Certificate) { c.ExtraExtensions = nil }), nil, 422, "certificate_not_qualified"},
		{"another person's", of(ofMehmet), nil, 422, "certificate_of_another"},
		{"nobody's", of(func(c *x509.Certificate) { c.Subject.SerialNumber = "" }), nil, 422, "certificate_of_another"},
		{"not on record", of(func(*x509.Certificate) {}), nil, 422, "card_unknown"},
		{"another card", func(c *release.Claim) { c.Card = "FEDCBA9876543210" }, nil, 422, "card_unknown"},
		{"another person's card", func(c *release.Claim) { c.Card = "OF MEHMET" }, nil, 422, "card_unknown"},
	} {
		c := d.claim(test.change)
		if test.after != nil {
			test.after(c)
		}
		if a := d.send(c); a.status != test.status || a.code() != test.code || strings.Contains(a.body, "sealed") {
			t.Errorf("%s: %d %q, want %d %q", test.name, a.status, a.code(), test.status, test.code)
		}
	}
	if s.verifier.asked != nil {
		t.Error("one of them came as far as the verifier")
	}
	s.releases()
	c := d.claim(nil)
	d.given(d.send(c), c, puk)
}

// TestClaimVerdicts passes the verifier's refusals on, and refuses what it accepts of another card.
func TestClaimVerdicts(t *testing.T) {
	s := newPINSite(t, nil)
	d := s.desk()
	foreign := s.certificate()
	for _, test := range []struct {
		name   string
		state  string
		judge  func([]byte) (*relyingparty.Evidence, error)
		status int
		code   fault.Code
	}{
		{"revoked", protocol.PINLocked, refuseWith(fault.CertificateRevoked), 422, "certificate_revoked"},
		{"untrusted", protocol.PINUnset, refuseWith(fault.CertificateUntrusted), 422, "certificate_untrusted"},
		{"no answer", protocol.PINLocked, refuseWith(fault.RevocationUnavailable), 503, "revocation_unavailable"},
		{"broken", protocol.PINLocked, func([]byte) (*relyingparty.Evidence, error) { return nil, errors.New("broken") }, 503, "unavailable"},
		{"signed over something else", protocol.PINReady, refuseWith(fault.SignatureInvalid), 422, "signature_invalid"},
		{"signed, revoked", protocol.PINReady, refuseWith(fault.CertificateRevoked), 422, "certificate_revoked"},
		{"signed by another card", protocol.PINReady, func([]byte) (*relyingparty.Evidence, error) {
			return s.verifier.standing(foreign.Raw), nil
		}, 422, "claim_invalid"},
		{"signed long ago", protocol.PINReady, func([]byte) (*relyingparty.Evidence, error) {
			evidence := s.verifier.standing(d.certificate.Raw)
			evidence.SigningTime = s.clock.now().Add(-301 * time.Second)
			return evidence, nil
		}, 422, "signature_time"},
	} {
		c := d.claim(func(c *release.Claim) { c.PIN = test.state })
		s.verifier.judge, s.verifier.judgeCertificate = refuseWith(fault.Internal), refuseWith(fault.Internal)
		if test.state == protocol.PINReady {
			c.Card, s.verifier.judge = []byte("kartın imzası"), test.judge
		} else {
			s.verifier.judgeCertificate = test.judge
		}
		t.Run(test.name, func(t *testing.T) { d.nothingGiven(d.send(c), test.status, test.code) })
	}
}

func refuseWith(code fault.Code) func([]byte) (*relyingparty.Evidence, error) {
	return func([]byte) (*relyingparty.Evidence, error) { return nil, fault.Errorf(code, "withheld") }
}

// TestClaimBody sends bodies that are no claim.
func TestClaimBody(t *testing.T) {
	s := newPINSite(t, nil)
	d := s.desk()
	text, err := json.Marshal(d.claim(nil))
	if err != nil {
		t.Fatal(err)
	}
	good := string(text)
	for _, path := range []string{"/nes/pin/talep", "/nes/pin/sonuc"} {
		for _, test := range []struct {
			name, mediaType, body string
			status                int
			code                  fault.Code
		}{
			{"a form", "application/x-www-form-urlencoded", good, 400, "request_invalid"},
			{"empty", "application/json", "", 400, "request_invalid"},
			{"a list", "application/json", "[" + good + "]", 400, "request_invalid"},
			{"two values", "application/json", good + good, 400, "request_invalid"},
			{"unknown field", "application/json", strings.Replace(good, "{", `{"puk":"AAAA",`, 1), 400, "request_invalid"},
			{"no base64", "application/json", `{"act":"","signature":"%"}`, 400, "request_invalid"},
			{"deep", "application/json", strings.Repeat("[", 20_000), 400, "request_invalid"},
			{"nothing", "application/json", "{}", 404, "act_unknown"},
			{"too large", "application/json", `{"act":"` + strings.Repeat("A", 300<<10) + `"}`, 413, "request_too_large"},
		} {
			a := d.do("POST", path, test.mediaType, strings.NewReader(test.body))
			if a.status != test.status || a.code() != test.code {
				t.Errorf("%s %s: %d %q, want %d %q", path, test.name, a.status, a.code(), test.status, test.code)
			}
		}
	}
	s.releases()
}

// TestLargestClaim sends the largest claim and signature that are within their limits.
func TestLargestClaim(t *testing.T) {
	s := newPINSite(t, nil)
	d := s.desk()
	c := d.claim(func(c *release.Claim) { c.PIN = protocol.PINReady })
	c.Claim = append(c.Claim, bytes.Repeat([]byte(" "), protocol.MaxClaim-len(c.Claim))...)
	c.Signature, c.Card = d.machine.sign(release.KindClaim, c.Claim), make([]byte, protocol.MaxSignature)
	s.verifier.judge = func([]byte) (*relyingparty.Evidence, error) { return s.verifier.standing(d.certificate.Raw), nil }
	d.given(d.send(c), c, puk)
	r := d.report(c, protocol.OutcomeDone, nil)
	r.Report = append(r.Report, bytes.Repeat([]byte(" "), protocol.MaxClaim-len(r.Report))...)
	r.Signature = d.machine.sign(release.KindReport, r.Report)
	if a := d.tell(r); a.status != http.StatusOK {
		t.Errorf("the report: %d %q", a.status, a.code())
	}
}

// TestClaimCodes uses codes that are over, elsewhere, of another act, or used.
func TestClaimCodes(t *testing.T) {
	s := newPINSite(t, nil)
	d, elsewhere := s.desk(), s.desk()
	d.nothingGiven(elsewhere.send(d.claim(nil)), http.StatusForbidden, refusal.CodeElsewhere)
	d.nothingGiven(s.person(mehmet).send(d.claim(nil)), http.StatusForbidden, refusal.CodeElsewhere)
	d.nothingGiven(s.anybody().send(d.claim(nil)), http.StatusUnauthorized, fault.LoginRequired)

	consent := &desk{browser: d.browser, machine: d.machine, serial: serial, certificate: d.certificate, shown: d.toCode()}
	s.verifier.judgeCertificate = refuseWith(fault.Internal) // nobody need be asked
	d.nothingGiven(consent.send(consent.claim(nil)), http.StatusNotFound, refusal.ActUnknown)
	refused(t, d.sign(d.shown.reference, []byte("imza")), http.StatusNotFound, refusal.ActUnknown)
	refused(t, d.get("/nes/e-onay/imza/belge?islem="+d.shown.reference), http.StatusNotFound, refusal.ActUnknown)
	s.verifier.judgeCertificate = refuseWith(fault.Internal)                   // nobody need be asked
	d.nothingGiven(d.send(d.claim(nil)), http.StatusGone, refusal.CodeExpired) // the consent's code ended it

	d.newCode()
	first := d.claim(nil)
	if d.shown.remaining != "300" {
		t.Errorf("%s seconds remain, want 300", d.shown.remaining)
	}
	s.clock.pass(100 * time.Second)
	if a := d.post("/nes/pin/islem/kod", nil); a.location() != "/nes/pin/islem" {
		t.Fatalf("a new code: %d %q", a.status, a.location())
	}
	d.read()
	if d.shown.reference == first.Act || d.shown.remaining != "300" {
		t.Errorf("the new code is %+v", d.shown)
	}
	d.nothingGiven(d.send(first), http.StatusGone, refusal.CodeExpired)
	s.clock.pass(300 * time.Second)
	d.nothingGiven(d.send(d.claim(nil)), http.StatusGone, refusal.CodeExpired)

	d.newCode()
	c := d.claim(nil)
	s.verifier.judgeCertificate = nil
	d.given(d.send(c), c, puk)
	s.verifier.judgeCertificate = refuseWith(fault.Internal)
	refused(t, d.send(d.claim(func(c *release.Claim) { c.Time++ })), http.StatusConflict, refusal.CodeUsed)
	s.clock.pass(301 * time.Second)
	d.given(d.send(c), c, puk) // its answer was lost
	s.releases(d.shown.reference)
	if a := d.tell(d.report(c, protocol.OutcomeDone, nil)); a.status != http.StatusOK {
		t.Fatal(a)
	}
	refused(t, d.send(c), http.StatusConflict, refusal.CodeUsed)
}

// TestReleaseLimit has one PUK more than a day may have.
func TestReleaseLimit(t *testing.T) {
	s := newPINSite(t, func(o *portal.Settings) { o.PUKsPerDay = 2 })
	var want []string
	next := func() *desk {
		d := s.desk()
		want = append([]string{d.shown.reference}, want...)
		return d
	}
	for range 2 {
		d := next()
		c := d.claim(nil)
		d.given(d.send(c), c, puk)
	}
	over := s.desk()
	refused(t, over.send(over.claim(nil)), http.StatusTooManyRequests, refusal.ReleaseLimit)
	s.clock.pass(12*time.Hour - time.Millisecond) // until midnight in Turkey
	late := s.desk()
	refused(t, late.send(late.claim(nil)), http.StatusTooManyRequests, refusal.ReleaseLimit)
	s.clock.pass(time.Millisecond)
	d := next()
	c := d.claim(nil)
	d.given(d.send(c), c, puk)
	s.releases(want...)
}
