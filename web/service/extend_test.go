package service_test

import (
	"encoding/asn1"
	"encoding/hex"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/timestamp"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
	"github.com/e-onay/e-onay/web/service"
)

// extended is what a site reads of an extension.
type extended struct {
	File    []byte
	Changed bool
	Wait    *time.Time
	report
}

// stamping has all sites ask the sandbox's time-stamp authority.
func stamping(s *service.Settings, url string) {
	for i := range s.Sites {
		s.Sites[i].TimeStampAuthorities = []timestamp.Settings{{URL: url + "/tsa", Header: map[string]string{"X-Customer": "7"}}}
	}
}

func TestExtend(t *testing.T) {
	ca := startSandbox(t)
	w := newWorldOf(t, ca, func(s *service.Settings) { stamping(s, ca.url) })
	const text = "Sözleşme"
	documents := []fileOf{{"sozlesme.txt", text}}
	signature := ca.card("Ayşe Yılmaz", ayse).sign(text)
	var last extended
	for _, level := range []string{"T", "LT", "LTA"} {
		file := signature
		if last.File != nil {
			file = last.File
		}
		var e extended
		w.ask("belediye", "/v1/extend", map[string]any{"file": file, "documents": documents, "level": level}, &e)
		if !e.Changed || e.Wait != nil || len(e.File) <= len(file) || e.Text.TR == "" || e.Report.Signatures[0].Indication != "TOTAL-PASSED" || e.Report.Signatures[0].Level != level {
			t.Fatalf("%s: %+v", level, e.report)
		}
		last = e
	}
	var again extended
	w.ask("belediye", "/v1/extend", map[string]any{"file": last.File, "documents": documents, "level": "LT"}, &again)
	if again.Changed {
		t.Error("what has level LTA has got something for LT")
	}
	var r report
	w.ask("dernek", "/v1/validate", map[string]any{"file": last.File, "documents": documents}, &r)
	if s := r.Report.Signatures; len(s) != 1 || s[0].Indication != "TOTAL-PASSED" || s[0].Level != "LTA" {
		t.Errorf("what was extended is %+v", r)
	}
	body, mediaType := multi(t, part{"request", "", "application/json", `{"level":"T"}`}, part{"file", "a.p7s", "application/octet-stream", string(signature)},
		part{"document", "sozlesme.txt", "text/plain", text})
	if r := w.call("belediye", "POST", "/v1/extend", body, mediaType); r.Status != 200 {
		t.Errorf("in parts: %d %s", r.Status, r.Body)
	}
}

func TestExtendRefuses(t *testing.T) {
	ca := startSandbox(t)
	w := newWorldOf(t, ca, func(s *service.Settings) {
		stamping(s, ca.url)
		for i := range s.Sites {
			if s.Sites[i].Name == "dernek" {
				s.Sites[i].TimeStampAuthorities = nil
			}
		}
	})
	const text = "Sözleşme"
	signature := ca.card("Ayşe Yılmaz", ayse).sign(text)
	for _, test := range []struct {
		name, site, stamps string
		body               map[string]any
		status             int
		code               string
	}{
		{"no level", "belediye", "ok", map[string]any{"level": nil}, 400, "request_invalid"},
		{"another level", "belediye", "ok", map[string]any{"level": "B"}, 400, "request_invalid"},
		{"over another document", "belediye", "ok", map[string]any{"documents": []fileOf{{"a", "Sozlesme"}}}, 422, "extend_invalid"},
		{"without the document", "belediye", "ok", map[string]any{"documents": nil}, 422, "extend_content"},
		{"of no policy", "belediye", "ok", map[string]any{"level": "P4"}, 422, "extend_profile"},
		{"no signature", "belediye", "ok", map[string]any{"file": []byte("Merhaba")}, 422, "unsupported"},
		{"without an authority", "dernek", "ok", nil, 503, "timestamp_unavailable"},
		{"an authority that is away", "belediye", "down", nil, 503, "timestamp_unavailable"},
		{"an authority that refuses", "belediye", "rejected", nil, 502, "timestamp_refused"},
		{"an authority of another's", "belediye", "wrong-signer", nil, 502, "timestamp_untrusted"},
		{"another imprint", "belediye", "wrong-imprint", nil, 502, "timestamp_invalid"},
	} {
		t.Run(test.name, func(t *testing.T) {
			ca.misbehave("tsa", test.stamps)
			body := map[string]any{"file": signature, "documents": []fileOf{{"a", text}}, "level": "T"}
			for name, value := range test.body {
				body[name] = value
			}
			w.refused(w.call(test.site, "POST", "/v1/extend", body), test.status, test.code)
		})
	}
}

// TestExtendWaits has a signature of P3, whose list must be made a day after the time stamp: what can be done now is done, and when to come again is said.
func TestExtendWaits(t *testing.T) {
	now := time.Now()
	v := validationtest.New(t, validationtest.Between(now.Add(-time.Hour), now.AddDate(1, 0, 0)))
	ca := startSandbox(t)
	w := newWorldOf(t, ca, trusting(t, v.Root.Certificate), func(s *service.Settings) { stamping(s, ca.url) })
	guide, err := hex.DecodeString("ff39bd29463383f69b2052ac47439e06ce7c3b8646e888b6e5ae3e46ba08117a")
	if err != nil {
		t.Fatal(err)
	}
	s := v.NewSignature("Sözleşme")
	s.Signed[2] = s.SigningTime(now)
	s.Signed = append(s.Signed, s.Policy(asn1.ObjectIdentifier{2, 16, 792, 1, 61, 0, 1, 5070, 3, 2, 1}, guide, "https://www.btk.gov.tr/rehber.pdf"))
	body := map[string]any{
		"file": s.Sign().DER(), "level": "P3",
		"data": [][]byte{v.CRL(v.CA, now.Add(-time.Minute), 48*time.Hour), v.CRL(v.Root, now.Add(-time.Minute), 48*time.Hour)},
	}
	var first extended
	w.ask("belediye", "/v1/extend", body, &first)
	if !first.Changed || first.Wait == nil || first.Wait.Before(now.Add(23*time.Hour)) {
		t.Fatalf("changed %v, wait until %v", first.Changed, first.Wait)
	}
	body["file"] = first.File
	p := w.refused(w.call("belediye", "POST", "/v1/extend", body), 422, "extend_early")
	if p.Wait == nil || !p.Wait.Equal(*first.Wait) {
		t.Errorf("wait until %v, want %v", p.Wait, first.Wait)
	}
}
