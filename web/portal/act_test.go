package portal_test

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
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/relyingparty"
)

// TestJourney gives E-Onay, withdraws it and gives it again, in two sessions.
func TestJourney(t *testing.T) {
	s := newSite(t, nil)
	for i, kind := range []store.Kind{store.Give, store.Withdraw, store.Give} {
		person := s.person(ayse)
		if got := person.form().Get("islem"); got != string(kind) {
			t.Fatalf("screen 1/2 offers to %s, want %s", got, kind)
		}
		shown := person.toCode()
		document := person.get("/nes/e-onay/imza/belge?islem=" + shown.reference)
		checkDocument(t, s, document, shown, kind)
		signature := []byte(fmt.Sprint("imza ", i))
		a := person.sign(shown.reference, signature)
		if a.status != http.StatusOK || a.body != `{"location":"/nes/e-onay/sonuc"}`+"\n" {
			t.Fatalf("got %+v", a)
		}
		if string(s.verifier.document) != document.body {
			t.Error("the signature was judged over other bytes than those shown")
		}
		result := person.get("/nes/e-onay/sonuc")
		if !strings.Contains(result.body, `id="result"`) || !strings.Contains(result.body, `data-act="`+string(kind)+`"`) {
			t.Errorf("the result does not say %s", kind)
		}
		at := "/nes/e-onay/sonuc/" + shown.reference
		for part, want := range map[string]string{"/belge": document.body, "/imza": string(signature)} {
			if got := person.get(at + part); got.body != want || !strings.Contains(result.body, at+part) {
				t.Errorf("%s: got %q, want %q", part, got.body, want)
			}
			if a := s.person(mehmet).get(at + part); a.status != http.StatusNotFound {
				t.Errorf("another person gets %s: %d", part, a.status)
			}
		}
		if a := person.get(at + "/anahtar"); a.status != http.StatusNotFound {
			t.Errorf("a third part: %d", a.status)
		}
		if a := person.get("/nes/e-onay/imza"); a.location() != "/nes/e-onay/sonuc" {
			t.Errorf("screen 2/2 after the act: %d %q", a.status, a.location())
		}
		s.recorded(ayse, kind)
		s.clock.pass(time.Minute)
	}
	s.recorded(mehmet, "")
}

func checkDocument(t *testing.T, s *site, a answer, shown act, kind store.Kind) {
	t.Helper()
	if got := a.header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
		t.Errorf("the document is %q", got)
	}
	what := map[store.Kind]string{store.Give: "E-Onay verilmesi", store.Withdraw: "E-Onayın kaldırılması"}[kind]
	for _, line := range []string{
		"Site: " + s.url, "İşlem: " + what, "İşlem numarası: " + shown.reference, "Ad soyad: AYŞE YILMAZ",
		"T.C. kimlik numarası: 100*****146", "Doğrulama kodu: " + shown.code,
		"Tarih ve saat: " + s.clock.now().Add(3*time.Hour).Format("02.01.2006 15:04:05") + " (Türkiye saati)",
	} {
		if !strings.Contains(a.body, line+"\n") {
			t.Errorf("the document lacks %q:\n%s", line, a.body)
		}
	}
	if strings.Contains(a.body, ayse) || strings.ContainsAny(a.body, "\r\t") || !strings.HasSuffix(a.body, "\n") {
		t.Errorf("the document is not as it must be:\n%s", a.body)
	}
}

// TestConsentForm sends screen 1/2 back in every wrong way; none issues a code.
func TestConsentForm(t *testing.T) {
	s := newSite(t, nil)
	person := s.person(ayse)
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
		form := person.form()
		test.change(form)
		a := person.post("/nes/e-onay", form)
		if a.status != test.status || a.code() != test.code {
			t.Errorf("%s: %d %q, want %d %q", test.name, a.status, a.code(), test.status, test.code)
		}
		if test.name == "unchecked" && !strings.Contains(a.body, `<a href="#consent">`) {
			t.Error("the error does not lead to the field")
		}
	}
	if a := person.do("POST", "/nes/e-onay", "application/x-www-form-urlencoded", strings.NewReader("%zz")); a.status != http.StatusBadRequest {
		t.Errorf("a form that is none: %d", a.status)
	}
	for _, path := range []string{"/nes/e-onay/imza", "/nes/e-onay/sonuc"} {
		if a := person.get(path); a.location() != "/nes/e-onay" {
			t.Errorf("%s without a code: %d %q", path, a.status, a.location())
		}
	}
	refused(t, person.get("/nes/e-onay/imza/belge"), http.StatusNotFound, refusal.ActUnknown)
	if a := person.post("/nes/e-onay/imza/kod", nil); a.location() != "/nes/e-onay" {
		t.Errorf("a new code without an old one: %d %q", a.status, a.location())
	}
}

// TestSignatureBody sends bodies that are no signature of this act; each is refused for its own reason.
func TestSignatureBody(t *testing.T) {
	s := newSite(t, nil)
	person := s.person(ayse)
	reference := person.toCode().reference
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
		a := person.do("POST", "/nes/e-onay/imza", test.mediaType, strings.NewReader(test.body))
		if a.status != test.status || a.code() != test.code {
			t.Errorf("%s: %d %q, want %d %q", test.name, a.status, a.code(), test.status, test.code)
		}
	}
	if s.verifier.document != nil {
		t.Error("one of them came as far as the verifier")
	}
	s.recorded(ayse, "")
	if a := person.do("POST", "/nes/e-onay/imza", "application/json; charset=utf-8", strings.NewReader(good)); a.status != http.StatusOK {
		t.Errorf("the good one: %d %q", a.status, a.code())
	}
}

// TestVerdicts passes the verifier's refusals on, and refuses what it accepts for somebody else or at
// another time.
func TestVerdicts(t *testing.T) {
	s := newSite(t, nil)
	person := s.person(ayse)
	shown := person.toCode()
	s.clock.pass(100 * time.Second)
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
		{"another person", accept(mehmet, 0), 422, "certificate_of_another"},
		{"nobody", accept("", 0), 422, "certificate_of_another"},
		{"before the act", accept(ayse, -100*time.Second-301*time.Second), 422, "signature_time"},
		{"after it came", accept(ayse, 301*time.Second), 422, "signature_time"},
	} {
		s.verifier.judge = test.judge
		a := person.sign(shown.reference, []byte("imza"))
		if a.status != test.status || a.code() != test.code {
			t.Errorf("%s: %d %q, want %d %q", test.name, a.status, a.code(), test.status, test.code)
		}
	}
	s.recorded(ayse, "")
	s.verifier.judge = accept(ayse, -400*time.Second)
	if a := person.sign(shown.reference, []byte("imza")); a.status != http.StatusOK {
		t.Errorf("a clock that is slow within tolerance: %d %q", a.status, a.code())
	}
}

// TestCodes uses codes that are over, elsewhere, or used.
func TestCodes(t *testing.T) {
	s := newSite(t, nil)
	person, elsewhere, other := s.person(ayse), s.person(ayse), s.person(mehmet)
	first := person.toCode()
	if first.remaining != "300" {
		t.Errorf("%s seconds remain, want 300", first.remaining)
	}
	for _, b := range []*browser{elsewhere, other} {
		b.toCode()
		refused(t, b.sign(first.reference, []byte("imza")), http.StatusForbidden, refusal.CodeElsewhere)
		refused(t, b.get("/nes/e-onay/imza/belge?islem="+first.reference), http.StatusForbidden, refusal.CodeElsewhere)
	}
	s.clock.pass(100 * time.Second)
	if a := person.post("/nes/e-onay/imza/kod", nil); a.location() != "/nes/e-onay/imza" {
		t.Fatalf("a new code: %d %q", a.status, a.code())
	}
	second := person.shown()
	if second.code == first.code || second.reference == first.reference || second.remaining != "300" {
		t.Errorf("the new code is %v, the old one was %v", second, first)
	}
	refused(t, person.sign(first.reference, []byte("imza")), http.StatusGone, refusal.CodeExpired)
	s.clock.pass(299*time.Second + 999*time.Millisecond)
	if last := person.shown(); last.remaining != "1" {
		t.Errorf("%s seconds remain of the last millisecond, want 1", last.remaining)
	}
	s.clock.pass(time.Millisecond)
	refused(t, person.sign(second.reference, []byte("imza")), http.StatusGone, refusal.CodeExpired)
	if page := person.get("/nes/e-onay/imza"); !strings.Contains(page.body, `data-seconds="0"`) {
		t.Error("the page does not say that the code has expired")
	}
	s.recorded(ayse, "")

	third := person.toCode()
	if a := person.sign(third.reference, []byte("imza")); a.status != http.StatusOK {
		t.Fatalf("%d %q", a.status, a.code())
	}
	for _, signature := range []string{"imza", "another"} {
		a := person.sign(third.reference, []byte(signature))
		refused(t, a, http.StatusConflict, refusal.CodeUsed)
		if !strings.Contains(a.body, `"location":"/nes/e-onay/sonuc"`) {
			t.Errorf("a lost answer is not found again: %s", a.body)
		}
	}
	refused(t, elsewhere.sign(third.reference, []byte("imza")), http.StatusForbidden, refusal.CodeElsewhere)
	s.recorded(mehmet, "")
}

// TestChangesAfterArrival changes the world while the network is asked: a signature that has arrived counts all the same.
func TestChangesAfterArrival(t *testing.T) {
	consent := filepath.Join(t.TempDir(), "onay.txt")
	for name, change := range map[string]func(s *site, person, elsewhere *browser, other act){
		"nothing":         func(*site, *browser, *browser, act) {},
		"text":            func(s *site, _, _ *browser, _ act) { writeFile(s.t, consent, "Başka bir metin.\n") },
		"text unreadable": func(s *site, _, _ *browser, _ act) { writeFile(s.t, consent, "\xff") },
		"logout":          func(_ *site, b, _ *browser, _ act) { b.post("/cikis", nil) },
		"signed in another session": func(s *site, _, b *browser, other act) {
			a := b.sign(other.reference, []byte("öteki"))
			refused(s.t, a, http.StatusConflict, refusal.SignaturePending)
			if !strings.Contains(a.body, `"location":"/nes/e-onay/sonuc"`) {
				s.t.Errorf("the page is not led to the first one's result: %s", a.body)
			}
		},
		"a new code": func(s *site, b, _ *browser, _ act) {
			s.clock.pass(time.Second)
			if a := b.post("/nes/e-onay/imza/kod", nil); a.location() != "/nes/e-onay/sonuc" {
				s.t.Errorf("a new code: %d %q", a.status, a.location())
			}
		},
		"time": func(s *site, _, _ *browser, _ act) { s.clock.pass(299 * time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			writeFile(t, consent, "Onaylanan metin.\n")
			s := newSite(t, func(o *portal.Settings) { o.ConsentText = consent })
			person, elsewhere := s.person(ayse), s.person(ayse)
			shown, other := person.toCode(), elsewhere.toCode()
			s.verifier.prove = func() error {
				change(s, person.another(), elsewhere, other)
				return nil
			}
			if a := person.sign(shown.reference, []byte("imza")); a.status != http.StatusOK {
				t.Errorf("%d %q", a.status, a.code())
			}
			if _, err := s.store.Act(t.Context(), shown.reference); err != nil {
				t.Errorf("on record: %v", err)
			}
		})
	}
}

// TestConsentChanges changes the text between two steps.
func TestConsentChanges(t *testing.T) {
	consent := writeFile(t, filepath.Join(t.TempDir(), "onay.txt"), "Birinci metin.\n")
	s := newSite(t, func(o *portal.Settings) { o.ConsentText = consent })
	person := s.person(ayse)
	form := person.form()
	writeFile(t, consent, "İkinci metin.\n")
	a := person.post("/nes/e-onay", form)
	refused(t, a, http.StatusConflict, refusal.ConsentChanged)
	if !strings.Contains(a.body, "İkinci metin.") {
		t.Error("the person does not see the new text")
	}
	shown := person.toCode()
	writeFile(t, consent, "Üçüncü metin.\n")
	refused(t, person.sign(shown.reference, []byte("imza")), http.StatusConflict, refusal.ConsentChanged)
	refused(t, person.post("/nes/e-onay/imza/kod", nil), http.StatusConflict, refusal.ConsentChanged)
	if s.verifier.document != nil {
		t.Error("the verifier was asked for nothing")
	}
	s.recorded(ayse, "")
}

// TestCodeLimit asks for codes as a program would.
func TestCodeLimit(t *testing.T) {
	s := newSite(t, nil)
	person := s.person(ayse)
	person.toCode()
	for range 29 {
		if a := person.post("/nes/e-onay/imza/kod", nil); a.status != http.StatusSeeOther {
			t.Fatalf("%d %q", a.status, a.code())
		}
	}
	refused(t, person.post("/nes/e-onay/imza/kod", nil), http.StatusTooManyRequests, refusal.CodeLimit)
	refused(t, person.post("/nes/e-onay", person.form()), http.StatusTooManyRequests, refusal.CodeLimit)
	if a := person.sign(person.shown().reference, []byte("imza")); a.status != http.StatusOK {
		t.Errorf("the last code is lost: %d %q", a.status, a.code())
	}
}
