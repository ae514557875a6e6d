package newpin_test

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
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// TestRelease goes the whole way, for cards in every state of their PIN.
func TestRelease(t *testing.T) {
	for _, state := range []string{protocol.PINLocked, protocol.PINUnset, protocol.PINReady, protocol.PINLow, protocol.PINFinal} {
		t.Run(state, func(t *testing.T) {
			s := portaltest.NewPINSite(t, nil)
			d := s.Desk()
			c := d.Claim(func(c *release.Claim) { c.PIN = state })
			usable := state != protocol.PINLocked && state != protocol.PINUnset
			if usable {
				c.Card = []byte("kartın imzası")
				s.Verifier.Judge = func([]byte) (*relyingparty.Evidence, error) { return s.Verifier.Standing(d.Certificate.Raw), nil }
			}
			d.Given(d.Send(c), c, portaltest.PUK)
			s.Counted(`eonay_acts_total{kind="pin",result="released"}`, 1)
			if usable && !bytes.Equal(s.Verifier.Document, c.Claim) {
				t.Error("the card's signature was judged over other bytes than the claim's")
			}
			got, err := s.Store.Released(t.Context(), d.Shown.Reference)
			if err != nil {
				t.Fatal(err)
			}
			if got.Card != portaltest.Serial || got.Machine != d.Machine.Device().ID() || got.Outcome != "" || !got.IssuedAt.Equal(s.Clock.Now()) ||
				!bytes.Equal(got.Claim, c.Claim) || !bytes.Equal(got.Signature, c.Signature) || !bytes.Equal(got.CardSignature, c.Card) {
				t.Errorf("on record is %+v", got)
			}
			if page := d.Get("/nes/pin/sonuc"); page.Attributes() != `data-outcome="open"` {
				t.Errorf("before the report the result is %s", page.Attributes())
			}
			r := d.Report(c, protocol.OutcomeDone, nil)
			for range 2 { // the first answer was lost
				if a := d.Tell(r); a.Status != http.StatusOK || a.Body != `{"location":"/nes/pin/sonuc"}`+"\n" {
					t.Fatalf("the report: %+v", a)
				}
			}
			if got, err = s.Store.Released(t.Context(), d.Shown.Reference); err != nil || got.Outcome != "done" || !bytes.Equal(got.Report, r.Report) || !bytes.Equal(got.ReportSignature, r.Signature) {
				t.Errorf("on record is %+v, %v", got, err)
			}
			if page := d.Get("/nes/pin/sonuc"); page.Attributes() != `data-outcome="done"` || !strings.Contains(page.Body, d.Shown.Reference) {
				t.Errorf("the result is %s", page.Attributes())
			}
			if a := d.Get("/nes/pin/islem"); a.Location() != "/nes/pin/sonuc" {
				t.Errorf("screen 2/2 after the act: %d %q", a.Status, a.Location())
			}
		})
	}
}

// TestClaimsRefused changes one thing of a good claim at a time.
func TestClaimsRefused(t *testing.T) {
	s := portaltest.NewPINSite(t, nil)
	d := s.Desk()
	other := portaltest.NewMachine(t)
	now := s.Clock.Now()
	of := func(edit pkitest.Edit) func(*release.Claim) {
		certificate := s.Certificate(edit)
		return func(c *release.Claim) { c.Certificate = certificate.Raw }
	}
	s.Enter("OF MEHMET", portaltest.PUK, portaltest.Mehmet, s.Certificate(portaltest.OfMehmet))
	for _, test := range []struct {
		name   string
		change func(*release.Claim)
		after  func(*portaltest.Claimed)
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
		{"locked, signed", nil, func(c *portaltest.Claimed) { c.Card = []byte("imza") }, 422, "claim_invalid"},
		{"no point", func(c *release.Claim) { c.Device.Sealing = make([]byte, 65) }, nil, 422, "claim_invalid"},
		{"by another machine", nil, func(c *portaltest.Claimed) { c.Signature = other.Sign(release.KindClaim, c.Claim) }, 422, "claim_invalid"},
		{"a report's signature", nil, func(c *portaltest.Claimed) { c.Signature = d.Machine.Sign(release.KindReport, c.Claim) }, 422, "claim_invalid"},
		{"unsigned", nil, func(c *portaltest.Claimed) { c.Signature = nil }, 422, "claim_invalid"},
		{"changed", nil, func(c *portaltest.Claimed) { c.Claim = bytes.Replace(c.Claim, []byte("locked"), []byte("unset"), 1) }, 422, "claim_invalid"},
		{"empty", nil, func(c *portaltest.Claimed) { c.Claim = nil }, 422, "claim_invalid"},
		{"too long", nil, func(c *portaltest.Claimed) { c.Claim = make([]byte, protocol.MaxClaim+1) }, 422, "claim_invalid"},
		{"card's signature too long", func(c *release.Claim) { c.PIN = protocol.PINReady }, func(c *portaltest.Claimed) { c.Card = make([]byte, protocol.MaxSignature+1) }, 422, "claim_invalid"},
		{"for an act that is not there", nil, func(c *portaltest.Claimed) { c.Act = "0000-0000-0000-0000" }, 404, "act_unknown"},
		{"for no act", nil, func(c *portaltest.Claimed) { c.Act = "" }, 404, "act_unknown"},

		{"no certificate", func(c *release.Claim) { c.Certificate = []byte("sertifika") }, nil, 422, "certificate_malformed"},
		{"expired", of(func(c *x509.Certificate) { c.NotAfter = now.Add(-time.Minute) }), nil, 422, "certificate_expired"},
		{"not yet valid", of(func(c *x509.Certificate) { c.NotBefore = now.Add(time.Minute) }), nil, 422, "certificate_not_yet_valid"},
		{"not for signing", of(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature }), nil, 422, "certificate_key_usage"},
		{"not qualified", of(func(c *x509.Certificate) { c.ExtraExtensions = nil }), nil, 422, "certificate_not_qualified"},
		{"another person's", of(portaltest.OfMehmet), nil, 422, "certificate_of_another"},
		{"nobody's", of(func(c *x509.Certificate) { c.Subject.SerialNumber = "" }), nil, 422, "certificate_of_another"},
		{"not on record", of(func(*x509.Certificate) {}), nil, 422, "card_unknown"},
		{"another card", func(c *release.Claim) { c.Card = "FEDCBA9876543210" }, nil, 422, "card_unknown"},
		{"another person's card", func(c *release.Claim) { c.Card = "OF MEHMET" }, nil, 422, "card_unknown"},
	} {
		c := d.Claim(test.change)
		if test.after != nil {
			test.after(c)
		}
		if a := d.Send(c); a.Status != test.status || a.Code() != test.code || strings.Contains(a.Body, "sealed") {
			t.Errorf("%s: %d %q, want %d %q", test.name, a.Status, a.Code(), test.status, test.code)
		}
	}
	if s.Verifier.Asked != nil {
		t.Error("one of them came as far as the verifier")
	}
	s.Releases()
	c := d.Claim(nil)
	d.Given(d.Send(c), c, portaltest.PUK)
}

// TestClaimVerdicts passes the verifier's refusals on, and refuses what it accepts of another card.
func TestClaimVerdicts(t *testing.T) {
	s := portaltest.NewPINSite(t, nil)
	d := s.Desk()
	foreign := s.Certificate()
	for _, test := range []struct {
		name   string
		state  string
		judge  func([]byte) (*relyingparty.Evidence, error)
		status int
		code   fault.Code
	}{
		{"revoked", protocol.PINLocked, portaltest.RefuseWith(fault.CertificateRevoked), 422, "certificate_revoked"},
		{"untrusted", protocol.PINUnset, portaltest.RefuseWith(fault.CertificateUntrusted), 422, "certificate_untrusted"},
		{"no answer", protocol.PINLocked, portaltest.RefuseWith(fault.RevocationUnavailable), 503, "revocation_unavailable"},
		{"broken", protocol.PINLocked, func([]byte) (*relyingparty.Evidence, error) { return nil, errors.New("broken") }, 503, "unavailable"},
		{"signed over something else", protocol.PINReady, portaltest.RefuseWith(fault.SignatureInvalid), 422, "signature_invalid"},
		{"signed, revoked", protocol.PINReady, portaltest.RefuseWith(fault.CertificateRevoked), 422, "certificate_revoked"},
		{"signed by another card", protocol.PINReady, func([]byte) (*relyingparty.Evidence, error) {
			return s.Verifier.Standing(foreign.Raw), nil
		}, 422, "claim_invalid"},
		{"signed long ago", protocol.PINReady, func([]byte) (*relyingparty.Evidence, error) {
			evidence := s.Verifier.Standing(d.Certificate.Raw)
			evidence.SigningTime = s.Clock.Now().Add(-301 * time.Second)
			return evidence, nil
		}, 422, "signature_time"},
	} {
		c := d.Claim(func(c *release.Claim) { c.PIN = test.state })
		s.Verifier.Judge, s.Verifier.JudgeCertificate = portaltest.RefuseWith(fault.Internal), portaltest.RefuseWith(fault.Internal)
		if test.state == protocol.PINReady {
			c.Card, s.Verifier.Judge = []byte("kartın imzası"), test.judge
		} else {
			s.Verifier.JudgeCertificate = test.judge
		}
		t.Run(test.name, func(t *testing.T) { d.NothingGiven(d.Send(c), test.status, test.code) })
	}
}

// TestClaimBody sends bodies that are no claim.
func TestClaimBody(t *testing.T) {
	s := portaltest.NewPINSite(t, nil)
	d := s.Desk()
	text, err := json.Marshal(d.Claim(nil))
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
			a := d.Do("POST", path, test.mediaType, strings.NewReader(test.body))
			if a.Status != test.status || a.Code() != test.code {
				t.Errorf("%s %s: %d %q, want %d %q", path, test.name, a.Status, a.Code(), test.status, test.code)
			}
		}
	}
	s.Releases()
}

// TestLargestClaim sends the largest claim and signature that are within their limits.
func TestLargestClaim(t *testing.T) {
	s := portaltest.NewPINSite(t, nil)
	d := s.Desk()
	c := d.Claim(func(c *release.Claim) { c.PIN = protocol.PINReady })
	c.Claim = append(c.Claim, bytes.Repeat([]byte(" "), protocol.MaxClaim-len(c.Claim))...)
	c.Signature, c.Card = d.Machine.Sign(release.KindClaim, c.Claim), make([]byte, protocol.MaxSignature)
	s.Verifier.Judge = func([]byte) (*relyingparty.Evidence, error) { return s.Verifier.Standing(d.Certificate.Raw), nil }
	d.Given(d.Send(c), c, portaltest.PUK)
	r := d.Report(c, protocol.OutcomeDone, nil)
	r.Report = append(r.Report, bytes.Repeat([]byte(" "), protocol.MaxClaim-len(r.Report))...)
	r.Signature = d.Machine.Sign(release.KindReport, r.Report)
	if a := d.Tell(r); a.Status != http.StatusOK {
		t.Errorf("the report: %d %q", a.Status, a.Code())
	}
}

// TestClaimCodes uses codes that are over, elsewhere, of another act, or used.
func TestClaimCodes(t *testing.T) {
	s := portaltest.NewPINSite(t, nil)
	d, elsewhere := s.Desk(), s.Desk()
	d.NothingGiven(elsewhere.Send(d.Claim(nil)), http.StatusForbidden, refusal.CodeElsewhere)
	d.NothingGiven(s.Person(portaltest.Mehmet).Send(d.Claim(nil)), http.StatusForbidden, refusal.CodeElsewhere)
	d.NothingGiven(s.Anybody().Send(d.Claim(nil)), http.StatusUnauthorized, fault.LoginRequired)

	consent := &portaltest.Desk{Browser: d.Browser, Machine: d.Machine, Serial: portaltest.Serial, Certificate: d.Certificate, Shown: d.ToCode()}
	s.Verifier.JudgeCertificate = portaltest.RefuseWith(fault.Internal) // nobody need be asked
	d.NothingGiven(consent.Send(consent.Claim(nil)), http.StatusNotFound, refusal.ActUnknown)
	portaltest.Refused(t, d.Sign(d.Shown.Reference, []byte("imza")), http.StatusNotFound, refusal.ActUnknown)
	portaltest.Refused(t, d.Get("/nes/e-onay/imza/belge?islem="+d.Shown.Reference), http.StatusNotFound, refusal.ActUnknown)
	s.Verifier.JudgeCertificate = portaltest.RefuseWith(fault.Internal)        // nobody need be asked
	d.NothingGiven(d.Send(d.Claim(nil)), http.StatusGone, refusal.CodeExpired) // the consent's code ended it

	d.NewCode()
	first := d.Claim(nil)
	if d.Shown.Remaining != "300" {
		t.Errorf("%s seconds remain, want 300", d.Shown.Remaining)
	}
	s.Clock.Pass(100 * time.Second)
	if a := d.Post("/nes/pin/islem/kod", nil); a.Location() != "/nes/pin/islem" {
		t.Fatalf("a new code: %d %q", a.Status, a.Location())
	}
	d.Read()
	if d.Shown.Reference == first.Act || d.Shown.Remaining != "300" {
		t.Errorf("the new code is %+v", d.Shown)
	}
	d.NothingGiven(d.Send(first), http.StatusGone, refusal.CodeExpired)
	s.Clock.Pass(300 * time.Second)
	d.NothingGiven(d.Send(d.Claim(nil)), http.StatusGone, refusal.CodeExpired)

	d.NewCode()
	c := d.Claim(nil)
	s.Verifier.JudgeCertificate = nil
	d.Given(d.Send(c), c, portaltest.PUK)
	s.Verifier.JudgeCertificate = portaltest.RefuseWith(fault.Internal)
	portaltest.Refused(t, d.Send(d.Claim(func(c *release.Claim) { c.Time++ })), http.StatusConflict, refusal.CodeUsed)
	s.Clock.Pass(301 * time.Second)
	d.Given(d.Send(c), c, portaltest.PUK) // its answer was lost
	s.Releases(d.Shown.Reference)
	if a := d.Tell(d.Report(c, protocol.OutcomeDone, nil)); a.Status != http.StatusOK {
		t.Fatal(a)
	}
	portaltest.Refused(t, d.Send(c), http.StatusConflict, refusal.CodeUsed)
}

// TestReleaseLimit has one PUK more than a day may have.
func TestReleaseLimit(t *testing.T) {
	s := portaltest.NewPINSite(t, func(o *portal.Settings) { o.PUKsPerDay = 2 })
	var want []string
	next := func() *portaltest.Desk {
		d := s.Desk()
		want = append([]string{d.Shown.Reference}, want...)
		return d
	}
	for range 2 {
		d := next()
		c := d.Claim(nil)
		d.Given(d.Send(c), c, portaltest.PUK)
	}
	over := s.Desk()
	portaltest.Refused(t, over.Send(over.Claim(nil)), http.StatusTooManyRequests, refusal.ReleaseLimit)
	s.Clock.Pass(12*time.Hour - time.Millisecond) // until midnight in Turkey
	late := s.Desk()
	portaltest.Refused(t, late.Send(late.Claim(nil)), http.StatusTooManyRequests, refusal.ReleaseLimit)
	s.Clock.Pass(time.Millisecond)
	d := next()
	c := d.Claim(nil)
	d.Given(d.Send(c), c, portaltest.PUK)
	s.Releases(want...)
}
