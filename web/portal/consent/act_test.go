package consent_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// TestJourney gives E-Onay, withdraws it and gives it again, in two sessions.
func TestJourney(t *testing.T) {
	t.Parallel()
	s := portaltest.NewSite(t, nil)
	for i, kind := range []store.Kind{store.Give, store.Withdraw, store.Give} {
		person := s.Person(portaltest.Ayse)
		if got := person.Form().Get("islem"); got != string(kind) {
			t.Fatalf("screen 1/2 offers to %s, want %s", got, kind)
		}
		shown := person.ToCode()
		document := person.Get("/nes/e-onay/imza/belge?islem=" + shown.Reference)
		checkDocument(t, s, document, shown, kind)
		signature := []byte(fmt.Sprint("imza ", i))
		a := person.Sign(shown.Reference, signature)
		if a.Status != http.StatusOK || a.Body != `{"location":"/nes/e-onay/sonuc"}`+"\n" {
			t.Fatalf("got %+v", a)
		}
		if string(s.Verifier.Document) != document.Body {
			t.Error("the signature was judged over other bytes than those shown")
		}
		result := person.Get("/nes/e-onay/sonuc")
		if !strings.Contains(result.Body, `id="result"`) || !strings.Contains(result.Body, `data-act="`+string(kind)+`"`) {
			t.Errorf("the result does not say %s", kind)
		}
		at := "/nes/e-onay/sonuc/" + shown.Reference
		for part, want := range map[string]string{"/belge": document.Body, "/imza": string(signature)} {
			if got := person.Get(at + part); got.Body != want || !strings.Contains(result.Body, at+part) {
				t.Errorf("%s: got %q, want %q", part, got.Body, want)
			}
			if a := s.Person(portaltest.Mehmet).Get(at + part); a.Status != http.StatusNotFound {
				t.Errorf("another person gets %s: %d", part, a.Status)
			}
		}
		if a := person.Get(at + "/anahtar"); a.Status != http.StatusNotFound {
			t.Errorf("a third part: %d", a.Status)
		}
		if a := person.Get("/nes/e-onay/imza"); a.Location() != "/nes/e-onay/sonuc" {
			t.Errorf("screen 2/2 after the act: %d %q", a.Status, a.Location())
		}
		s.Recorded(portaltest.Ayse, kind)
		s.Clock.Pass(time.Minute)
	}
	s.Recorded(portaltest.Mehmet, "")
}

func checkDocument(t *testing.T, s *portaltest.Site, a portaltest.Answer, shown portaltest.Act, kind store.Kind) {
	t.Helper()
	if got := a.Header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
		t.Errorf("the document is %q", got)
	}
	what := map[store.Kind]string{store.Give: "E-Onay verilmesi", store.Withdraw: "E-Onayın kaldırılması"}[kind]
	for _, line := range []string{
		"Site: " + s.URL, "İşlem: " + what, "İşlem numarası: " + shown.Reference, "Ad soyad: AYŞE YILMAZ",
		"T.C. kimlik numarası: 100*****146", "Doğrulama kodu: " + shown.Code,
		"Tarih ve saat: " + s.Clock.Now().Add(3*time.Hour).Format("02.01.2006 15:04:05") + " (Türkiye saati)",
	} {
		if !strings.Contains(a.Body, line+"\n") {
			t.Errorf("the document lacks %q:\n%s", line, a.Body)
		}
	}
	if strings.Contains(a.Body, portaltest.Ayse) || strings.ContainsAny(a.Body, "\r\t") || !strings.HasSuffix(a.Body, "\n") {
		t.Errorf("the document is not as it must be:\n%s", a.Body)
	}
}

// TestConsentForm sends screen 1/2 back in every wrong way; none issues a code.
func TestConsentForm(t *testing.T) {
	t.Parallel()
	s := portaltest.NewSite(t, nil)
	person := s.Person(portaltest.Ayse)
	for _, test := range []struct {
		name   string
		change func(url.Values)
		status int
		code   fault.Code
	}{
		{"unchecked", func(f url.Values) { f.Del("onay") }, 422, ""},
		{"checked otherwise", func(f url.Values) { f.Set("onay", "on") }, 422, ""},
		{"other act", func(f url.Values) { f.Set("islem", "withdraw") }, 409, "act_not_possible"},
		{"no act", func(f url.Values) { f.Del("islem") }, 409, "act_not_possible"},
		{"other text", func(f url.Values) { f.Set("metin", "f00d") }, 409, "consent_changed"},
		{"too large", func(f url.Values) { f.Set("onay", strings.Repeat("x", 9<<10)) }, 413, "request_too_large"},
	} {
		form := person.Form()
		test.change(form)
		a := person.Post("/nes/e-onay", form)
		if a.Status != test.status || a.Code() != test.code {
			t.Errorf("%s: %d %q, want %d %q", test.name, a.Status, a.Code(), test.status, test.code)
		}
		if test.name == "unchecked" && !strings.Contains(a.Body, `<a href="#consent">`) {
			t.Error("the error does not lead to the field")
		}
	}
	if a := person.Do("POST", "/nes/e-onay", "application/x-www-form-urlencoded", strings.NewReader("%zz")); a.Status != http.StatusBadRequest {
		t.Errorf("a form that is none: %d", a.Status)
	}
	for _, path := range []string{"/nes/e-onay/imza", "/nes/e-onay/sonuc"} {
		if a := person.Get(path); a.Location() != "/nes/e-onay" {
			t.Errorf("%s without a code: %d %q", path, a.Status, a.Location())
		}
	}
	portaltest.Refused(t, person.Get("/nes/e-onay/imza/belge"), http.StatusNotFound, refusal.ActUnknown)
	if a := person.Post("/nes/e-onay/imza/kod", nil); a.Location() != "/nes/e-onay" {
		t.Errorf("a new code without an old one: %d %q", a.Status, a.Location())
	}
}

// TestSignatureBody sends bodies that are no signature of this act; each is refused for its own reason.
func TestSignatureBody(t *testing.T) {
	t.Parallel()
	s := portaltest.NewSite(t, nil)
	person := s.Person(portaltest.Ayse)
	reference := person.ToCode().Reference
	good := fmt.Sprintf(`{"act":%q,"signature":"AAAA"}`, reference)
	for _, test := range []struct {
		name, mediaType, body string
		status                int
		code                  fault.Code
	}{
		{"no type", "", good, 400, "request_invalid"},
		{"a form", "application/x-www-form-urlencoded", good, 400, "request_invalid"},
		{"text", "text/plain", good, 400, "request_invalid"},
		{"empty", "application/json", "", 400, "request_invalid"},
		{"no JSON", "application/json", "{", 400, "request_invalid"},
		{"a list", "application/json", "[" + good + "]", 400, "request_invalid"},
		{"two values", "application/json", good + good, 400, "request_invalid"},
		{"unknown field", "application/json", strings.Replace(good, "{", `{"document":"AAAA",`, 1), 400, "request_invalid"},
		{"no base64", "application/json", strings.Replace(good, "AAAA", "%%%%", 1), 400, "request_invalid"},
		{"deep", "application/json", strings.Repeat("[", 100_000), 400, "request_invalid"},
		{"no signature", "application/json", strings.Replace(good, "AAAA", "", 1), 422, "signature_malformed"},
		{"no act", "application/json", `{"signature":"AAAA"}`, 404, "act_unknown"},
		{"no reference", "application/json", `{"act":"yok","signature":"AAAA"}`, 404, "act_unknown"},
		{"unknown act", "application/json", `{"act":"0000-0000-0000-0000","signature":"AAAA"}`, 404, "act_unknown"},
		{"too large", "application/json", `{"act":"` + strings.Repeat("A", 200<<10) + `"}`, 413, "request_too_large"},
		{"signature too large", "application/json", fmt.Sprintf(`{"act":%q,"signature":%q}`, reference,
			base64.StdEncoding.EncodeToString(make([]byte, protocol.MaxSignature+1))), 422, "signature_malformed"},
	} {
		a := person.Do("POST", "/nes/e-onay/imza", test.mediaType, strings.NewReader(test.body))
		if a.Status != test.status || a.Code() != test.code {
			t.Errorf("%s: %d %q, want %d %q", test.name, a.Status, a.Code(), test.status, test.code)
		}
	}
	if s.Verifier.Document != nil {
		t.Error("one of them came as far as the verifier")
	}
	s.Recorded(portaltest.Ayse, "")
	if a := person.Do("POST", "/nes/e-onay/imza", "application/json; charset=utf-8", strings.NewReader(good)); a.Status != http.StatusOK {
		t.Errorf("the good one: %d %q", a.Status, a.Code())
	}
}

// TestVerdicts passes the verifier's refusals on, and refuses what it accepts for somebody else or at
// another time.
func TestVerdicts(t *testing.T) {
	t.Parallel()
	s := portaltest.NewSite(t, nil)
	person := s.Person(portaltest.Ayse)
	shown := person.ToCode()
	s.Clock.Pass(100 * time.Second)
	refuse := func(code fault.Code) func([]byte) (*relyingparty.Evidence, error) {
		return func([]byte) (*relyingparty.Evidence, error) {
			return nil, fault.Errorf(code, "citizen number withheld")
		}
	}
	accept := func(citizenNumber string, ahead time.Duration) func([]byte) (*relyingparty.Evidence, error) {
		return accepting(s, citizenNumber, ahead)
	}
	for _, test := range []struct {
		name   string
		judge  func([]byte) (*relyingparty.Evidence, error)
		status int
		code   fault.Code
	}{
		{"invalid", refuse(fault.SignatureInvalid), 422, "signature_invalid"},
		{"revoked", refuse(fault.CertificateRevoked), 422, "certificate_revoked"},
		{"no answer", refuse(fault.RevocationUnavailable), 503, "revocation_unavailable"},
		{"wrong answer", refuse(fault.RevocationInvalid), 502, "revocation_invalid"},
		{"broken", func([]byte) (*relyingparty.Evidence, error) { return nil, fmt.Errorf("broken") }, 503, "unavailable"},
		{"another person", accept(portaltest.Mehmet, 0), 422, "certificate_of_another"},
		{"nobody", accept("", 0), 422, "certificate_of_another"},
		{"before the act", accept(portaltest.Ayse, -100*time.Second-301*time.Second), 422, "signature_time"},
		{"after it came", accept(portaltest.Ayse, 301*time.Second), 422, "signature_time"},
	} {
		s.Verifier.Judge = test.judge
		a := person.Sign(shown.Reference, []byte("imza"))
		if a.Status != test.status || a.Code() != test.code {
			t.Errorf("%s: %d %q, want %d %q", test.name, a.Status, a.Code(), test.status, test.code)
		}
	}
	s.Recorded(portaltest.Ayse, "")
	s.Verifier.Judge = accept(portaltest.Ayse, -400*time.Second)
	if a := person.Sign(shown.Reference, []byte("imza")); a.Status != http.StatusOK {
		t.Errorf("a clock that is slow within tolerance: %d %q", a.Status, a.Code())
	}
}

// TestCodes uses codes that are over, elsewhere, or used.
func TestCodes(t *testing.T) {
	t.Parallel()
	s := portaltest.NewSite(t, nil)
	person, elsewhere, other := s.Person(portaltest.Ayse), s.Person(portaltest.Ayse), s.Person(portaltest.Mehmet)
	first := person.ToCode()
	if first.Remaining != "300" {
		t.Errorf("%s seconds remain, want 300", first.Remaining)
	}
	for _, b := range []*portaltest.Browser{elsewhere, other} {
		b.ToCode()
		portaltest.Refused(t, b.Sign(first.Reference, []byte("imza")), http.StatusForbidden, refusal.CodeElsewhere)
		portaltest.Refused(t, b.Get("/nes/e-onay/imza/belge?islem="+first.Reference), http.StatusForbidden, refusal.CodeElsewhere)
	}
	s.Clock.Pass(100 * time.Second)
	if a := person.Post("/nes/e-onay/imza/kod", nil); a.Location() != "/nes/e-onay/imza" {
		t.Fatalf("a new code: %d %q", a.Status, a.Code())
	}
	second := person.Shown()
	if second.Code == first.Code || second.Reference == first.Reference || second.Remaining != "300" {
		t.Errorf("the new code is %v, the old one was %v", second, first)
	}
	portaltest.Refused(t, person.Sign(first.Reference, []byte("imza")), http.StatusGone, refusal.CodeExpired)
	s.Clock.Pass(299*time.Second + 999*time.Millisecond)
	if last := person.Shown(); last.Remaining != "1" {
		t.Errorf("%s seconds remain of the last millisecond, want 1", last.Remaining)
	}
	s.Clock.Pass(time.Millisecond)
	portaltest.Refused(t, person.Sign(second.Reference, []byte("imza")), http.StatusGone, refusal.CodeExpired)
	if page := person.Get("/nes/e-onay/imza"); !strings.Contains(page.Body, `data-seconds="0"`) {
		t.Error("the page does not say that the code has expired")
	}
	s.Recorded(portaltest.Ayse, "")

	third := person.ToCode()
	if a := person.Sign(third.Reference, []byte("imza")); a.Status != http.StatusOK {
		t.Fatalf("%d %q", a.Status, a.Code())
	}
	for _, signature := range []string{"imza", "another"} {
		a := person.Sign(third.Reference, []byte(signature))
		portaltest.Refused(t, a, http.StatusConflict, refusal.CodeUsed)
		if !strings.Contains(a.Body, `"location":"/nes/e-onay/sonuc"`) {
			t.Errorf("a lost answer is not found again: %s", a.Body)
		}
	}
	portaltest.Refused(t, elsewhere.Sign(third.Reference, []byte("imza")), http.StatusForbidden, refusal.CodeElsewhere)
	s.Recorded(portaltest.Mehmet, "")
}

// TestChangesAfterArrival changes the world while the network is asked: a signature that has arrived counts all the same.
func TestChangesAfterArrival(t *testing.T) {
	t.Parallel()
	consent := filepath.Join(t.TempDir(), "onay.txt")
	for name, change := range map[string]func(s *portaltest.Site, person, elsewhere *portaltest.Browser, other portaltest.Act){
		"nothing": func(*portaltest.Site, *portaltest.Browser, *portaltest.Browser, portaltest.Act) {},
		"text": func(s *portaltest.Site, _, _ *portaltest.Browser, _ portaltest.Act) {
			portaltest.WriteFile(s.T, consent, "Başka bir metin.\n")
		},
		"text unreadable": func(s *portaltest.Site, _, _ *portaltest.Browser, _ portaltest.Act) {
			portaltest.WriteFile(s.T, consent, "\xff")
		},
		"logout": func(_ *portaltest.Site, b, _ *portaltest.Browser, _ portaltest.Act) { b.Post("/cikis", nil) },
		"signed in another session": func(s *portaltest.Site, _, b *portaltest.Browser, other portaltest.Act) {
			a := b.Sign(other.Reference, []byte("öteki"))
			portaltest.Refused(s.T, a, http.StatusConflict, refusal.SignaturePending)
			if !strings.Contains(a.Body, `"location":"/nes/e-onay/sonuc"`) {
				s.T.Errorf("the page is not led to the first one's result: %s", a.Body)
			}
		},
		"a new code": func(s *portaltest.Site, b, _ *portaltest.Browser, _ portaltest.Act) {
			s.Clock.Pass(time.Second)
			if a := b.Post("/nes/e-onay/imza/kod", nil); a.Location() != "/nes/e-onay/sonuc" {
				s.T.Errorf("a new code: %d %q", a.Status, a.Location())
			}
		},
		"time": func(s *portaltest.Site, _, _ *portaltest.Browser, _ portaltest.Act) { s.Clock.Pass(299 * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			portaltest.WriteFile(t, consent, "Onaylanan metin.\n")
			s := portaltest.NewSite(t, func(o *portal.Settings) { o.ConsentText = consent })
			person, elsewhere := s.Person(portaltest.Ayse), s.Person(portaltest.Ayse)
			shown, other := person.ToCode(), elsewhere.ToCode()
			s.Verifier.OnProve = func() error {
				change(s, person.Another(), elsewhere, other)
				return nil
			}
			if a := person.Sign(shown.Reference, []byte("imza")); a.Status != http.StatusOK {
				t.Errorf("%d %q", a.Status, a.Code())
			}
			if _, err := s.Store.Act(t.Context(), shown.Reference); err != nil {
				t.Errorf("on record: %v", err)
			}
		})
	}
}

// TestConsentChanges changes the text between two steps.
func TestConsentChanges(t *testing.T) {
	t.Parallel()
	consent := portaltest.WriteFile(t, filepath.Join(t.TempDir(), "onay.txt"), "Birinci metin.\n")
	s := portaltest.NewSite(t, func(o *portal.Settings) { o.ConsentText = consent })
	person := s.Person(portaltest.Ayse)
	form := person.Form()
	portaltest.WriteFile(t, consent, "İkinci metin.\n")
	a := person.Post("/nes/e-onay", form)
	portaltest.Refused(t, a, http.StatusConflict, refusal.ConsentChanged)
	if !strings.Contains(a.Body, "İkinci metin.") {
		t.Error("the person does not see the new text")
	}
	shown := person.ToCode()
	portaltest.WriteFile(t, consent, "Üçüncü metin.\n")
	portaltest.Refused(t, person.Sign(shown.Reference, []byte("imza")), http.StatusConflict, refusal.ConsentChanged)
	portaltest.Refused(t, person.Post("/nes/e-onay/imza/kod", nil), http.StatusConflict, refusal.ConsentChanged)
	if s.Verifier.Document != nil {
		t.Error("the verifier was asked for nothing")
	}
	s.Recorded(portaltest.Ayse, "")
}

// TestCodeLimit asks for codes as a program would.
func TestCodeLimit(t *testing.T) {
	t.Parallel()
	s := portaltest.NewSite(t, nil)
	person := s.Person(portaltest.Ayse)
	person.ToCode()
	for range 29 {
		if a := person.Post("/nes/e-onay/imza/kod", nil); a.Status != http.StatusSeeOther {
			t.Fatalf("%d %q", a.Status, a.Code())
		}
	}
	portaltest.Refused(t, person.Post("/nes/e-onay/imza/kod", nil), http.StatusTooManyRequests, refusal.CodeLimit)
	portaltest.Refused(t, person.Post("/nes/e-onay", person.Form()), http.StatusTooManyRequests, refusal.CodeLimit)
	if a := person.Sign(person.Shown().Reference, []byte("imza")); a.Status != http.StatusOK {
		t.Errorf("the last code is lost: %d %q", a.Status, a.Code())
	}
}
