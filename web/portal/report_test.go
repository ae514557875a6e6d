package portal_test

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
	"github.com/e-onay/e-onay/web/portal/refusal"
)

// TestReportsRefused sends reports that are not of the machine and claim; the good one is taken after all.
func TestReportsRefused(t *testing.T) {
	s := newPINSite(t, nil)
	d := s.desk()
	c := d.claim(nil)
	good := d.report(c, protocol.OutcomeDone, nil)
	refused(t, d.tell(good), http.StatusNotFound, refusal.ActUnknown) // nothing was released yet
	d.given(d.send(c), c, puk)
	other := newMachine(t)
	for _, test := range []struct {
		name   string
		change func(*release.Report)
		after  func(*reported)
		status int
		code   fault.Code
	}{
		{"another claim", func(r *release.Report) { r.Claim = release.Digest([]byte("başka")) }, nil, 422, "claim_invalid"},
		{"another version", func(r *release.Report) { r.Version = 2 }, nil, 422, "claim_invalid"},
		{"no outcome", func(r *release.Report) { r.Outcome = "" }, nil, 422, "claim_invalid"},
		{"an outcome that is no code", func(r *release.Report) { r.Outcome = "PIN <b>" }, nil, 422, "claim_invalid"},
		{"by another machine", nil, func(r *reported) { r.Signature = other.sign(release.KindReport, r.Report) }, 422, "claim_invalid"},
		{"a claim's signature", nil, func(r *reported) { r.Signature = d.machine.sign(release.KindClaim, r.Report) }, 422, "claim_invalid"},
		{"unsigned", nil, func(r *reported) { r.Signature = nil }, 422, "claim_invalid"},
		{"changed", nil, func(r *reported) { r.Report = bytes.Replace(r.Report, []byte("done"), []byte("dome"), 1) }, 422, "claim_invalid"},
		{"empty", nil, func(r *reported) { r.Report = nil }, 422, "claim_invalid"},
		{"too long", nil, func(r *reported) { r.Report = make([]byte, protocol.MaxClaim+1) }, 422, "claim_invalid"},
		{"another act", nil, func(r *reported) { r.Act = "0000-0000-0000-0000" }, 404, "act_unknown"},
		{"no act", nil, func(r *reported) { r.Act = "" }, 404, "act_unknown"},
	} {
		r := d.report(c, protocol.OutcomeDone, test.change)
		if test.after != nil {
			test.after(r)
		}
		if a := d.tell(r); a.status != test.status || a.code() != test.code {
			t.Errorf("%s: %d %q, want %d %q", test.name, a.status, a.code(), test.status, test.code)
		}
	}
	refused(t, s.person(mehmet).tell(good), http.StatusNotFound, refusal.ActUnknown)
	refused(t, s.anybody().tell(good), http.StatusUnauthorized, fault.LoginRequired)
	if page := d.get("/nes/pin/sonuc"); page.attributes() != `data-outcome="open"` {
		t.Errorf("the result is %s", page.attributes())
	}
	again := s.person(ayse) // the session of the claim may be over
	if a := again.tell(good); a.status != http.StatusOK {
		t.Fatalf("the good one: %d %q", a.status, a.code())
	}
	second := again.tell(d.report(c, fault.PUKIncorrect, nil))
	refused(t, second, http.StatusConflict, refusal.CodeUsed)
	if !strings.Contains(second.body, `"location":"/nes/pin/sonuc"`) {
		t.Errorf("the result is not found: %s", second.body)
	}
	if page := d.get("/nes/pin/sonuc"); page.attributes() != `data-outcome="done"` {
		t.Errorf("the result is %s", page.attributes())
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
	s := newPINSite(t, nil)
	d := s.desk()
	c := d.claim(nil)
	d.given(d.send(c), c, puk)
	text, err := json.Marshal(d.report(c, protocol.OutcomeDone, nil))
	if err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	r := httptest.NewRequestWithContext(ctx, "POST", "/nes/pin/sonuc", leaving{bytes.NewReader(text), leave})
	r.Header.Set("Content-Type", "application/json")
	r.AddCookie(&http.Cookie{Name: "oturum", Value: d.cookies["oturum"]})
	s.server.Config.Handler.ServeHTTP(httptest.NewRecorder(), r)
	if page := d.get("/nes/pin/sonuc"); ctx.Err() == nil || page.attributes() != `data-outcome="done"` {
		t.Errorf("the result is %s", page.attributes())
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
			s := newPINSite(t, nil)
			d := s.desk()
			d.done(test.outcome)
			page := d.get("/nes/pin/sonuc")
			checkPage(t, string(test.outcome), page, "tr")
			body := strings.ReplaceAll(page.body, "&#39;", "'")
			if !strings.Contains(body, test.says) || page.attributes() != `data-outcome="`+string(test.outcome)+`"` {
				t.Errorf("the page says %s, and not %q", page.attributes(), test.says)
			}
			if got := strings.Contains(body, `id="again"`); got != test.again {
				t.Errorf("offers another try: %v, want %v", got, test.again)
			}
			d.newCode()
			c := d.claim(nil)
			if !test.withheld {
				d.given(d.send(c), c, puk)
				return
			}
			s.verifier.judgeCertificate = refuseWith(fault.Internal) // nobody need be asked
			refused(t, d.send(c), http.StatusConflict, refusal.PUKWithheld)
			s.verifier.judgeCertificate = nil
			if page := d.get("/nes/pin"); page.attributes() != `data-card="withheld"` {
				t.Errorf("screen 1/2 says %s", page.attributes())
			}
			s.enter(serial, "PUK-NEW", ayse, d.certificate)
			d.given(d.send(c), c, "PUK-NEW")
		})
	}
}
