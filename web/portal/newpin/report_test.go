package newpin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/message"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/internal/release"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

// TestReportsRefused sends reports that are not of the machine and claim; the good one is taken after all.
func TestReportsRefused(t *testing.T) {
	s := portaltest.NewPINSite(t, nil)
	d := s.Desk()
	c := d.Claim(nil)
	good := d.Report(c, protocol.OutcomeDone, nil)
	portaltest.Refused(t, d.Tell(good), http.StatusNotFound, refusal.ActUnknown) // nothing was released yet
	d.Given(d.Send(c), c, portaltest.PUK)
	other := portaltest.NewMachine(t)
	for _, test := range []struct {
		name   string
		change func(*release.Report)
		after  func(*portaltest.Reported)
		status int
		code   fault.Code
	}{
		{"another claim", func(r *release.Report) { r.Claim = release.Digest([]byte("başka")) }, nil, 422, "claim_invalid"},
		{"another version", func(r *release.Report) { r.Version = 2 }, nil, 422, "claim_invalid"},
		{"no outcome", func(r *release.Report) { r.Outcome = "" }, nil, 422, "claim_invalid"},
		{"an outcome that is no code", func(r *release.Report) { r.Outcome = "PIN <b>" }, nil, 422, "claim_invalid"},
		{"by another machine", nil, func(r *portaltest.Reported) { r.Signature = other.Sign(release.KindReport, r.Report) }, 422, "claim_invalid"},
		{"a claim's signature", nil, func(r *portaltest.Reported) { r.Signature = d.Machine.Sign(release.KindClaim, r.Report) }, 422, "claim_invalid"},
		{"unsigned", nil, func(r *portaltest.Reported) { r.Signature = nil }, 422, "claim_invalid"},
		{"changed", nil, func(r *portaltest.Reported) { r.Report = bytes.Replace(r.Report, []byte("done"), []byte("dome"), 1) }, 422, "claim_invalid"},
		{"empty", nil, func(r *portaltest.Reported) { r.Report = nil }, 422, "claim_invalid"},
		{"too long", nil, func(r *portaltest.Reported) { r.Report = make([]byte, protocol.MaxClaim+1) }, 422, "claim_invalid"},
		{"another act", nil, func(r *portaltest.Reported) { r.Act = "0000-0000-0000-0000" }, 404, "act_unknown"},
		{"no act", nil, func(r *portaltest.Reported) { r.Act = "" }, 404, "act_unknown"},
	} {
		r := d.Report(c, protocol.OutcomeDone, test.change)
		if test.after != nil {
			test.after(r)
		}
		if a := d.Tell(r); a.Status != test.status || a.Code() != test.code {
			t.Errorf("%s: %d %q, want %d %q", test.name, a.Status, a.Code(), test.status, test.code)
		}
	}
	portaltest.Refused(t, s.Person(portaltest.Mehmet).Tell(good), http.StatusNotFound, refusal.ActUnknown)
	portaltest.Refused(t, s.Anybody().Tell(good), http.StatusUnauthorized, fault.LoginRequired)
	if page := d.Get("/nes/pin/sonuc"); page.Attributes() != `data-outcome="open"` {
		t.Errorf("the result is %s", page.Attributes())
	}
	again := s.Person(portaltest.Ayse) // the session of the claim may be over
	if a := again.Tell(good); a.Status != http.StatusOK {
		t.Fatalf("the good one: %d %q", a.Status, a.Code())
	}
	second := again.Tell(d.Report(c, fault.PUKIncorrect, nil))
	portaltest.Refused(t, second, http.StatusConflict, refusal.CodeUsed)
	if !strings.Contains(second.Body, `"location":"/nes/pin/sonuc"`) {
		t.Errorf("the result is not found: %s", second.Body)
	}
	if page := d.Get("/nes/pin/sonuc"); page.Attributes() != `data-outcome="done"` {
		t.Errorf("the result is %s", page.Attributes())
	}
}

// leaving is a body at whose end the browser leaves.
type leaving struct {
	io.Reader
	leave func()
}

func (l leaving) Read(into []byte) (int, error) {
	n, err := l.Reader.Read(into)
	if err == io.EOF {
		l.leave()
	}
	return n, err
}

// TestReporterGone keeps a report that has arrived, also when nobody waits for the answer.
func TestReporterGone(t *testing.T) {
	s := portaltest.NewPINSite(t, nil)
	d := s.Desk()
	c := d.Claim(nil)
	d.Given(d.Send(c), c, portaltest.PUK)
	text, err := json.Marshal(d.Report(c, protocol.OutcomeDone, nil))
	if err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, "POST", "/nes/pin/sonuc", leaving{bytes.NewReader(text), leave})
	r.Header.Set("Content-Type", "application/json")
	r.AddCookie(&http.Cookie{Name: "oturum", Value: d.Cookies["oturum"]})
	s.Server.Config.Handler.ServeHTTP(httptest.NewRecorder(), r)
	if page := d.Get("/nes/pin/sonuc"); ctx.Err() == nil || page.Attributes() != `data-outcome="done"` {
		t.Errorf("the result is %s", page.Attributes())
	}
}

// TestOutcomes reads the result's page for every kind of end, and tries the card again.
func TestOutcomes(t *testing.T) {
	for _, test := range []struct {
		outcome  fault.Code
		says     string
		again    bool // the page offers it
		withheld bool // the PUK is, from then on
	}{
		{protocol.OutcomeDone, message.Sentence("portal.pin.result.done").TR, false, false},
		{fault.TokenRemoved, message.Sentence("portal.pin.result.unsure.next").TR, true, false},
		{fault.Cancelled, message.Sentence("portal.pin.result.unsure.next").TR, true, false},
		{fault.PINRefused, message.Error(fault.PINRefused).TR, true, false},
		{"of_the_future", message.Sentence("portal.pin.result.unknown").TR, true, false},
		{fault.PUKIncorrect, message.Error(refusal.PUKWithheld).TR, false, true},
		{fault.PUKLastTry, message.Error(refusal.PUKWithheld).TR, false, true},
		{fault.PUKLocked, message.Error(fault.PUKLocked).TR, false, true},
	} {
		t.Run(string(test.outcome), func(t *testing.T) {
			s := portaltest.NewPINSite(t, nil)
			d := s.Desk()
			d.Done(test.outcome)
			page := d.Get("/nes/pin/sonuc")
			portaltest.CheckPage(t, string(test.outcome), page, "tr")
			body := strings.ReplaceAll(page.Body, "&#39;", "'")
			if !strings.Contains(body, test.says) || page.Attributes() != `data-outcome="`+string(test.outcome)+`"` {
				t.Errorf("the page says %s, and not %q", page.Attributes(), test.says)
			}
			if got := strings.Contains(body, `id="again"`); got != test.again {
				t.Errorf("offers another try: %v, want %v", got, test.again)
			}
			d.NewCode()
			c := d.Claim(nil)
			if !test.withheld {
				d.Given(d.Send(c), c, portaltest.PUK)
				return
			}
			s.Verifier.JudgeCertificate = portaltest.RefuseWith(fault.Internal) // nobody need be asked
			portaltest.Refused(t, d.Send(c), http.StatusConflict, refusal.PUKWithheld)
			s.Verifier.JudgeCertificate = nil
			if page := d.Get("/nes/pin"); page.Attributes() != `data-card="withheld"` {
				t.Errorf("screen 1/2 says %s", page.Attributes())
			}
			s.Enter(portaltest.Serial, "PUK-NEW", portaltest.Ayse, d.Certificate)
			d.Given(d.Send(c), c, "PUK-NEW")
		})
	}
}
