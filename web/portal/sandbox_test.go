package portal_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/cades"
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/sandbox"
)

// outside is the world around the portal: authority and login gateway.
type outside struct {
	t        *testing.T
	url, dir string
}

func newOutside(t *testing.T) *outside {
	t.Helper()
	o := &outside{t: t, dir: t.TempDir()}
	ctx, cancel := context.WithCancel(context.Background())
	output, input := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := sandbox.Run(ctx, []string{"-state", o.dir}, input)
		ended <- err
		input.CloseWithError(io.EOF)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	line, err := bufio.NewReader(output).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var ready struct{ URL string }
	if err := json.Unmarshal(line, &ready); err != nil {
		t.Fatal(err)
	}
	o.url = ready.URL
	return o
}

// post sends JSON to the sandbox's own interface and decodes its answer.
func (o *outside) post(path string, body, result any) {
	o.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		o.t.Fatal(err)
	}
	response, err := http.Post(o.url+path, "application/json", bytes.NewReader(text))
	if err != nil {
		o.t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		o.t.Fatalf("%s: %s %s %v", path, response.Status, data, err)
	}
	if result == nil {
		return
	}
	if err := json.Unmarshal(data, result); err != nil {
		o.t.Fatal(err)
	}
}

func (o *outside) misbehave(part, how string) {
	o.t.Helper()
	o.post("/admin/misbehave", map[string]string{part: how}, nil)
}

// site is a portal with the sandbox's own settings, changed, and the real verifier, in real time.
func (o *outside) site(changes ...func(*portal.Settings)) *site {
	o.t.Helper()
	settings, err := portal.ReadSettings(filepath.Join(o.dir, "portal.json"))
	if err != nil {
		o.t.Fatal(err)
	}
	settings.URL = ""
	for _, change := range changes {
		change(settings)
	}
	real, err := portal.LoadVerifier(settings)
	if err != nil {
		o.t.Fatal(err)
	}
	logins, err := portal.LoadCardLogins(settings)
	if err != nil {
		o.t.Fatal(err)
	}
	s := newSiteWith(o.t, settings, real, logins)
	s.clock.at = time.Now()
	return s
}

// message returns the first message of the mail server after so many.
func (o *outside) message(after int) (m struct{ To, Subject, Text string }) {
	o.t.Helper()
	response, err := http.Get(fmt.Sprintf("%s/admin/mail?after=%d", o.url, after))
	if err != nil {
		o.t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Messages []struct{ To, Subject, Text string }
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || len(answer.Messages) == 0 {
		o.t.Fatalf("no message after %d came: %v", after, err)
	}
	return answer.Messages[0]
}

// card is a key with its certificate.
type card struct {
	key         crypto.Signer
	certificate *x509.Certificate
	serial      string
}

func (o *outside) card(key crypto.Signer, citizenNumber, kind string) card {
	o.t.Helper()
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		o.t.Fatal(err)
	}
	var issued struct {
		Certificate []byte
		Serial      string
	}
	o.post("/ca/issue", map[string]any{"publicKey": public, "name": "Ayşe Yılmaz", "citizenNumber": citizenNumber, "kind": kind}, &issued)
	certificate, err := x509.ParseCertificate(issued.Certificate)
	if err != nil {
		o.t.Fatal(err)
	}
	return card{key, certificate, issued.Serial}
}

func ecKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P384(), crand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (c card) sign(t *testing.T, document string, at time.Time) []byte {
	t.Helper()
	hash, err := cades.HashFor(c.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	digest := hash.New()
	digest.Write([]byte(document))
	der, err := cades.Sign(cades.Request{
		Certificate: c.certificate, Hash: hash, ContentDigest: digest.Sum(nil), SigningTime: at,
	}, func(digest []byte) ([]byte, error) { return c.key.Sign(crand.Reader, digest, hash) })
	if err != nil {
		t.Fatal(err)
	}
	return der
}

var loginID = regexp.MustCompile(`name="id" value="([^"]+)"`)

// logIn goes through the gateway and returns the portal's last answer.
func (b *browser) logIn(form url.Values) answer {
	b.t.Helper()
	return b.through(b.post("/giris", nil), form)
}

// through goes on from the portal's answer through the gateway, and returns the portal's last answer.
func (b *browser) through(a answer, form url.Values) answer {
	b.t.Helper()
	for strings.HasPrefix(a.location(), "http") || strings.HasPrefix(a.location(), "/login") {
		target := a.location()
		if strings.HasPrefix(target, "/") {
			target = b.settings.Issuer + target
		}
		a = b.do("GET", target, "", nil)
		if m := loginID.FindStringSubmatch(a.body); m != nil {
			form.Set("id", m[1])
			a = b.do("POST", b.settings.Issuer+"/login", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
		}
	}
	return a
}

func TestLogin(t *testing.T) {
	o := newOutside(t)
	s := o.site()
	b := s.anybody()
	if a := b.logIn(url.Values{"person": {"p1"}, "action": {"login"}}); a.status != http.StatusSeeOther || a.location() != "/" {
		t.Fatalf("login: %d %q %q", a.status, a.location(), a.code())
	}
	page := b.get("/").body
	if !strings.Contains(page, "Ayşe Yılmaz") || !strings.Contains(page, "100*****146") || strings.Contains(page, ayse) {
		t.Errorf("the page does not show who is logged in:\n%s", page)
	}
	before := b.cookies["oturum"]
	if a := b.get("/giris"); a.location() != "/" {
		t.Errorf("the login page, logged in: %d", a.status)
	}
	if a := b.logIn(url.Values{"person": {"p2"}, "action": {"login"}}); a.location() != "/" {
		t.Fatalf("second login: %d %q", a.status, a.code())
	}
	old := s.anybody()
	old.cookies["oturum"] = before
	if a := old.get("/nes"); a.status == http.StatusOK {
		t.Error("the session before the second login lives")
	}
}

// TestLogout ends the gateway's session with the portal's, as the settings and the gateway have it, and comes back.
func TestLogout(t *testing.T) {
	person := url.Values{"person": {"p1"}, "action": {"login"}}
	for _, test := range []struct {
		name    string
		change  func(*portal.Settings)
		conduct string
		there   bool
	}{
		{"usual", func(*portal.Settings) {}, "ok", true},
		{"left alone", func(o *portal.Settings) { o.KeepGatewaySession = true }, "ok", false},
		{"gateway down", func(*portal.Settings) {}, "down", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := newOutside(t)
			s := o.site(test.change)
			b := s.anybody()
			b.logIn(maps.Clone(person))
			secret := b.cookies["oturum"]
			if test.conduct == "down" {
				s = o.site(test.change) // a process that has not spoken with the gateway
				b.site = s
				o.misbehave("login", test.conduct)
			}
			a := b.post("/cikis", nil)
			if b.cookies["oturum"] != "" || b.cookies["gecit"] != "" {
				t.Errorf("cookies are left: %v", b.cookies)
			}
			b.cookies["oturum"] = secret
			if page := b.get("/nes"); page.status == http.StatusOK {
				t.Error("the session lives after the logout")
			}
			if !test.there {
				if a.location() != "/" {
					t.Errorf("sent to %q", a.location())
				}
				return
			}
			if !strings.HasPrefix(a.location(), s.settings.Issuer+"/end_session?") || !strings.Contains(a.location(), "id_token_hint=") {
				t.Fatalf("sent to %q", a.location())
			}
			if back := b.do("GET", a.location(), "", nil); back.location() != s.url+"/" {
				t.Errorf("the gateway sends on to %q: %d %s", back.location(), back.status, back.body)
			}
		})
	}
}

// TestLoginRefused answers the portal's login in every wrong way; nobody is logged in.
func TestLoginRefused(t *testing.T) {
	o := newOutside(t)
	s := o.site()
	good := url.Values{"person": {"p1"}, "action": {"login"}}
	for _, test := range []struct {
		name, conduct string
		form          url.Values
		code          fault.Code
	}{
		{"cancelled", "ok", url.Values{"action": {"cancel"}}, "login_failed"},
		{"nonce of another", "wrong-nonce", good, "login_failed"},
		{"expired", "expired-token", good, "login_failed"},
		{"unsigned", "unsigned", good, "login_failed"},
	} {
		o.misbehave("login", test.conduct)
		b := s.anybody()
		a := b.logIn(test.form)
		if a.code() != test.code || b.cookies["oturum"] != "" {
			t.Errorf("%s: %d %q, session %q", test.name, a.status, a.code(), b.cookies["oturum"])
		}
	}
	o.misbehave("login", "ok")
	for name, change := range map[string]func(b *browser, answer url.Values){
		"state of another": func(_ *browser, a url.Values) { a.Set("state", "x") },
		"no state":         func(_ *browser, a url.Values) { a.Del("state") },
		"another issuer":   func(_ *browser, a url.Values) { a.Set("iss", "https://evil.example") },
		"another code":     func(_ *browser, a url.Values) { a.Set("code", "x") },
		"another browser":  func(b *browser, _ url.Values) { delete(b.cookies, "giris") },
		"another cookie":   func(b *browser, _ url.Values) { b.cookies["giris"] = "AAAA" },
		"too late":         func(*browser, url.Values) { s.clock.pass(11 * time.Minute) },
	} {
		b := s.anybody()
		back := b.toCallback(good)
		query := back.Query()
		change(b, query)
		a := b.get("/giris/donus?" + query.Encode())
		if a.code() != fault.LoginFailed || b.cookies["oturum"] != "" {
			t.Errorf("%s: %d %q, session %q", name, a.status, a.code(), b.cookies["oturum"])
		}
	}
	b := s.anybody()
	back, cookie := b.toCallback(good), b.cookies["giris"]
	if a := b.get(back.RequestURI()); a.location() != "/" {
		t.Fatalf("the good one: %d %q", a.status, a.code())
	}
	again := s.anybody()
	again.cookies["giris"] = cookie
	if a := again.get(back.RequestURI()); a.code() != fault.LoginFailed {
		t.Errorf("the same answer twice: %d %q", a.status, a.code())
	}
	o.misbehave("login", "down")
	refused(t, o.site().anybody().post("/giris", nil), http.StatusServiceUnavailable, fault.Unavailable)
}

// toCallback goes through the gateway and returns where it sends the browser, without going there.
func (b *browser) toCallback(form url.Values) *url.URL {
	b.t.Helper()
	a := b.post("/giris", nil)
	for {
		target, err := url.Parse(a.location())
		if err != nil || a.location() == "" {
			b.t.Fatalf("the gateway sends nowhere: %d %v", a.status, err)
		}
		if target.Path == "/giris/donus" {
			return target
		}
		if target.Host == "" {
			target, err = url.Parse(b.settings.Issuer + a.location())
			if err != nil {
				b.t.Fatal(err)
			}
		}
		a = b.do("GET", target.String(), "", nil)
		if m := loginID.FindStringSubmatch(a.body); m != nil {
			form.Set("id", m[1])
			a = b.do("POST", b.settings.Issuer+"/login", "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
		}
	}
}

// TestRealSignature gives E-Onay with certificates of the authority and the real verifier, and lets
// openssl judge the evidence.
func TestRealSignature(t *testing.T) {
	o := newOutside(t)
	s := o.site()
	rsaKey, err := rsa.GenerateKey(crand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []crypto.Signer{rsaKey, ecKey(t)} {
		person := s.person(ayse)
		shown := person.toCode()
		document := person.get("/nes/e-onay/imza/belge").body
		signature := o.card(key, ayse, "valid").sign(t, document, time.Now())
		if a := person.sign(shown.reference, signature); a.status != http.StatusOK {
			t.Fatalf("%d %q\n%s", a.status, a.code(), s.log)
		}
		evidence, err := s.store.Evidence(t.Context(), shown.reference)
		if err != nil {
			t.Fatal(err)
		}
		if string(evidence.Document) != document || !bytes.Equal(evidence.Signature, signature) {
			t.Error("the evidence is of something else")
		}
		if len(evidence.Path) != 3 || len(evidence.OCSP) != 1 || len(evidence.CRLs) != 1 {
			t.Errorf("the evidence holds %d certificates, %d OCSP answers, %d CRLs", len(evidence.Path), len(evidence.OCSP), len(evidence.CRLs))
		}
		askOpenSSL(t, evidence)
	}
	s.recorded(ayse, store.Withdraw)
}

func askOpenSSL(t *testing.T, e store.Evidence) {
	t.Helper()
	dir := t.TempDir()
	var chain bytes.Buffer
	for _, der := range e.Path[1:] {
		if err := pem.Encode(&chain, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
			t.Fatal(err)
		}
	}
	document := writeFile(t, filepath.Join(dir, "document"), string(e.Document))
	signature := writeFile(t, filepath.Join(dir, "signature"), string(e.Signature))
	out, err := exec.Command("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", signature,
		"-content", document, "-purpose", "any", "-CAfile", writeFile(t, filepath.Join(dir, "chain"), chain.String()), "-out", os.DevNull).CombinedOutput()
	if err != nil {
		t.Errorf("openssl: %v\n%s", err, out)
	}
}

// TestOlderAnswersBySetting takes what a responder gives that repeats no nonce, or the authority's list where none answers,
// only where the settings say so.
func TestOlderAnswersBySetting(t *testing.T) {
	for _, test := range []struct {
		conduct   string
		set       func(*portal.Settings)
		waits     fault.Code
		ocsp, crl int
	}{
		{"no-nonce", func(o *portal.Settings) { o.OCSPWithoutNonce = true }, "revocation_invalid", 1, 1},
		{"down", func(o *portal.Settings) { o.CRLFallback = true }, "revocation_unavailable", 0, 2},
	} {
		t.Run(test.conduct, func(t *testing.T) {
			o := newOutside(t)
			o.misbehave("ocsp", test.conduct)
			card := o.card(ecKey(t), ayse, "valid")
			give := func(s *site) (answer, act) {
				person := s.person(ayse)
				shown := person.toCode()
				return person.sign(shown.reference, card.sign(t, person.get("/nes/e-onay/imza/belge").body, time.Now())), shown
			}
			s := o.site()
			a, shown := give(s)
			isPending(t, a)
			if !strings.Contains(s.log.String(), `"code":"`+string(test.waits)+`"`) {
				t.Errorf("as installed, the log does not say %s:\n%s", test.waits, s.log)
			}
			s = o.site(test.set)
			if a, shown = give(s); a.status != http.StatusOK {
				t.Fatalf("by the setting: %d %q", a.status, a.code())
			}
			e, err := s.store.Evidence(t.Context(), shown.reference)
			if err != nil || len(e.OCSP) != test.ocsp || len(e.CRLs) != test.crl {
				t.Errorf("evidence of %d OCSP answers and %d lists, want %d and %d: %v", len(e.OCSP), len(e.CRLs), test.ocsp, test.crl, err)
			}
		})
	}
}

// TestRealRefusals sends signatures that are wrong in truth, not by a double's word.
func TestRealRefusals(t *testing.T) {
	o := newOutside(t)
	s := o.site()
	person := s.person(ayse)
	shown := person.toCode()
	document, now := person.get("/nes/e-onay/imza/belge").body, time.Now()
	valid := o.card(ecKey(t), ayse, "valid")
	revoked := o.card(ecKey(t), ayse, "valid")
	o.post("/ca/revoke", map[string]string{"serial": revoked.serial}, nil)

	try := func(name string, signature []byte, code fault.Code) {
		t.Helper()
		if a := person.sign(shown.reference, signature); a.code() != code {
			t.Errorf("%s: %d %q, want %q", name, a.status, a.code(), code)
		}
	}
	for kind, code := range map[string]fault.Code{
		"expired": "certificate_expired", "not-yet-valid": "certificate_not_yet_valid", "not-qualified": "certificate_not_qualified",
		"no-signing-usage": "certificate_key_usage", "untrusted": "certificate_untrusted",
		"other-policy": "certificate_not_qualified",
	} {
		try(kind, o.card(ecKey(t), ayse, kind).sign(t, document, now), code)
	}
	try("revoked", revoked.sign(t, document, now), fault.CertificateRevoked)
	try("other bytes", valid.sign(t, document+" ", now), fault.SignatureInvalid)
	try("long ago", valid.sign(t, document, now.Add(-20*time.Minute)), fault.SignatureTime)
	try("ahead", valid.sign(t, document, now.Add(400*time.Second)), fault.SignatureTime)
	try("no CMS", []byte(document), fault.SignatureMalformed)
	try("another person's", o.card(ecKey(t), mehmet, "valid").sign(t, document, now), fault.CertificateOfAnother)
	s.recorded(ayse, "")
	try("the good one, after all", valid.sign(t, document, now), "")
	s.recorded(ayse, store.Give)
}
