package signaturecheck_test

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pades"
	"github.com/e-onay/e-onay/internal/pdf/pdftest"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/internal/revocation"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/validationtest"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/signaturecheck"
	"github.com/e-onay/e-onay/web/proxy"
)

const (
	path    = "/imza-dogrulama"
	content = "Onay veriyorum."
)

// now is the clock of the portal under test.
var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// desk is a portal that trusts the root of a small world, and has fresh revocation data.
type desk struct {
	*validationtest.World
	*portaltest.Browser
}

func newDesk(t *testing.T, change func(*portal.Settings)) *desk {
	w := validationtest.New(t)
	policy := validation.DefaultPolicy()
	policy.Anchors = []validation.Anchor{{Certificate: w.Root.Certificate}}
	check := &portal.SignatureCheck{Policy: policy, Data: validation.Data{
		OCSPs: [][]byte{w.OCSP(w.CA, w.Signer, now.Add(-time.Hour), 24*time.Hour)}, CRLs: [][]byte{w.CRL(w.Root, now.Add(-time.Hour), 24*time.Hour)},
	}}
	return &desk{w, portaltest.NewCheckingSite(t, check, change).Anybody()}
}

// part is a part of a form.
type part struct{ field, name, body string }

// form writes a form as a browser does.
func form(t *testing.T, parts ...part) (mediaType string, body []byte) {
	t.Helper()
	var out bytes.Buffer
	w := multipart.NewWriter(&out)
	for _, p := range parts {
		into, err := w.CreateFormField(p.field)
		if p.field != "bicim" {
			into, err = w.CreateFormFile(p.field, p.name)
		}
		if err == nil {
			_, err = into.Write([]byte(p.body))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), out.Bytes()
}

func (d *desk) give(parts ...part) portaltest.Answer {
	d.World.T.Helper()
	mediaType, body := form(d.Browser.T, parts...)
	return d.Do("POST", path, mediaType, bytes.NewReader(body))
}

// openssl is whether openssl accepts the signature, and with which content.
func (d *desk) openssl(signature, beside []byte) bool {
	d.World.T.Helper()
	dir := d.World.T.TempDir()
	for name, data := range map[string][]byte{"signature": signature, "content": beside} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			d.World.T.Fatal(err)
		}
	}
	pkitest.WriteCertificates(d.Browser.T, dir, "anchors.pem", d.Root.Certificate)
	args := []string{"cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", filepath.Join(dir, "signature"), "-CAfile", filepath.Join(dir, "anchors.pem"),
		"-purpose", "any", "-attime", strconv.FormatInt(now.Unix(), 10), "-out", os.DevNull}
	if beside != nil {
		args = append(args, "-content", filepath.Join(dir, "content"))
	}
	return exec.Command("openssl", args...).Run() == nil
}

// TestReport has real files judged by the page and by openssl, which must agree wherever openssl can tell.
func TestReport(t *testing.T) {
	d := newDesk(t, nil)
	good := d.NewSignature(content).Sign()
	detached := d.NewSignature(content).Sign()
	detached.Detached = true
	stranger := validationtest.New(t)
	stranger.Root = pkitest.Root(t, "Yabancı Kök")
	stranger.Signer = stranger.Root.Issue(t, stranger.Key.Public(), validationtest.Between(validationtest.Day(2023, 1, 1), validationtest.Day(2027, 1, 1)))
	large := strings.Repeat("Onay veriyorum. ", 200_000) // not kept in memory
	ofLarge := d.NewSignature(large).Sign()
	ofLarge.Detached = true
	countersigned := d.NewSignature(content).Sign().AddCounterSignature(d.Signer, d.Key)
	signedPDF := d.SignPDF(pdftest.Build(pdftest.Pages("", pdftest.Page{Text: "Onay veriyorum."}), ""), validationtest.Signed, pades.Options{})
	for name, test := range map[string]struct {
		file    []byte
		beside  string
		tone    string
		openssl bool
		says    []string
	}{
		"good": {good.DER(), "", "good", true, []string{
			"<h1>İmza geçerli</h1>", "TOTAL-PASSED", "100*****146", "6 Mayıs 2024, 10:08:09", "(15 bayt)", "Nitelikli elektronik sertifika"}},
		"detached":        {detached.DER(), content, "good", true, []string{"Ayrı dosyadaki içeriğin tamamı", "onay.txt"}},
		"detached, large": {ofLarge.DER(), large, "good", true, []string{"3.200.000 bayt"}},
		"without its content": {detached.DER(), "", "unknown", false, []string{
			"imzalanan dosya eksik", `id="separately"`, `name="icerik"`, "SIGNED_DATA_NOT_FOUND", "yeniden seçin"}},
		"with another file": {detached.DER(), "Onay vermiyorum", "bad", false, []string{"verdiğiniz dosya, imzalanan dosya değil", `id="separately"`}},
		"changed": {bytes.Replace(good.DER(), []byte("veriyorum"), []byte("vermiyoru"), 1), "", "bad", false, []string{
			"içerik, imzalanan içerik değil", "HASH_FAILURE"}},
		"unknown authority": {stranger.NewSignature(content).Sign().DER(), "", "unknown", false, []string{
			"sertifikayı veren kuruluş tanınmıyor", "Sertifikada yazan ad", "Yabancı Kök"}},
		"countersigned":       {countersigned.DER(), "", "good", true, []string{"Dosyadaki 2 imzanın hepsi geçerli", "Karşı imza 1.1"}},
		"a file beside it":    {good.DER(), "Bambaşka", "good", true, []string{`id="unused"`, "ikinci dosyanın imzalı olduğunu göstermez"}},
		"the same beside":     {good.DER(), content, "good", true, []string{"Dosyanın içindeki içeriğin tamamı"}},
		"a PDF":               {signedPDF, "", "good", false, []string{"Belgenin tamamı, son sürümüyle", "PAdES"}},
		"a file beside a PDF": {signedPDF, "Bambaşka", "good", false, []string{`id="unused"`}},
		"no signature":        {[]byte(content), "", "unknown", false, []string{"tanınan bir imza yok", `id="separately"`}},
		"PDF, no signature":   {pdftest.Simple(), "", "unknown", false, []string{"Bu PDF dosyasında imza yok", `id="separately"`}},
		"cut":                 {good.DER()[:300], "", "unknown", false, []string{"İmza dosyası bozuk"}},
	} {
		t.Run(name, func(t *testing.T) {
			parts := []part{{"imza", "sözleşme.p7s", string(test.file)}}
			var beside []byte
			if test.beside != "" {
				parts, beside = append(parts, part{"icerik", "onay.txt", test.beside}), []byte(test.beside)
			}
			if strings.Contains(name, "beside") {
				beside = nil // which openssl would take for the content
			}
			for _, language := range []string{"en", "tr"} {
				d.Cookies["dil"] = language
				a := d.give(parts...)
				portaltest.CheckPage(t, language, a, language)
				if a.Status != http.StatusOK || a.Header.Get("Cache-Control") != "no-store" {
					t.Errorf("status %d, %q", a.Status, a.Header)
				}
				if !strings.Contains(a.Body, `id="verdict" class="verdict" data-tone="`+test.tone+`"`) {
					t.Errorf("not %q:\n%s", test.tone, a.Body)
				}
				if name == "the same beside" && strings.Contains(a.Body, `id="unused"`) {
					t.Error("says that the second file was not checked")
				}
				for _, want := range append(test.says, "sözleşme.p7s") {
					if language == "tr" && !strings.Contains(a.Body, want) {
						t.Errorf("lacks %q:\n%s", want, a.Body)
					}
				}
			}
			if got := d.openssl(test.file, beside); got != test.openssl {
				t.Errorf("openssl accepts: %t", got)
			}
			d.Clock.Pass(time.Minute)
		})
	}
	for _, secret := range []string{"sözleşme", "onay.txt", "veriyorum", "Yabancı"} {
		if strings.Contains(d.Log.String(), secret) {
			t.Errorf("the log has %q", secret)
		}
	}
}

// TestJSON gets the report for programs by either way.
func TestJSON(t *testing.T) {
	d := newDesk(t, nil)
	file := part{"imza", "a.p7s", string(d.NewSignature(content).Sign().DER())}
	byButton := d.give(file, part{"bicim", "", "json"})
	d.Header.Set("Accept", "application/json")
	byHeader := d.give(file)
	for _, a := range []portaltest.Answer{byButton, byHeader} {
		var report struct {
			Files []struct {
				File, SHA256 string
				Size         int
				Report       struct {
					Moment     time.Time
					Signatures []struct{ Indication string }
				}
			}
		}
		if err := json.Unmarshal([]byte(a.Body), &report); err != nil {
			t.Fatalf("%v: %+v", err, a)
		}
		f := report.Files[0]
		if f.File != "a.p7s" || len(f.SHA256) != 64 || f.Size != len(file.body) || !f.Report.Moment.Equal(now) || f.Report.Signatures[0].Indication != "TOTAL-PASSED" ||
			a.Header.Get("Content-Type") != "application/json" || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%+v", a)
		}
	}
	if a := d.give(part{"imza", "a.txt", content}); !strings.Contains(a.Body, `"error": "unsupported"`) {
		t.Errorf("no signature: %+v", a)
	}
	portaltest.Refused(t, d.give(), http.StatusBadRequest, refusal.CheckNoFile)
}

// TestHostileForms sends what no browser sends. Nothing of it may cost much, stay on the disk or get into the log.
func TestHostileForms(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	d := newDesk(t, func(s *portal.Settings) {
		s.SignatureCheck = signaturecheck.Settings{MaxContentMiB: 2}
	})
	good := string(d.NewSignature(content).Sign().DER())
	mediaType, whole := form(t, part{"imza", "a.p7s", good}, part{"icerik", "b", strings.Repeat("b", 2<<20)})
	many := slices.Repeat([]part{{"imza", "", ""}}, 1000)
	for name, test := range map[string]struct {
		mediaType string
		body      []byte
		status    int
		code      fault.Code
	}{
		"no form":              {"application/json", []byte("{}"), 400, refusal.CheckUpload},
		"no boundary":          {"multipart/form-data", whole, 400, refusal.CheckUpload},
		"nothing":              {mediaType, nil, 400, refusal.CheckNoFile},
		"cut in the form":      {mediaType, whole[:100], 400, refusal.CheckNoFile},
		"cut in the file":      {mediaType, whole[:1000], 400, refusal.CheckUpload},
		"cut on the disk":      {mediaType, whole[:len(whole)-1000], 400, refusal.CheckUpload},
		"1000 parts":           formOf(t, 400, refusal.CheckUpload, many...),
		"a strange field":      formOf(t, 400, refusal.CheckUpload, part{"imza", "a", good}, part{"cok-gizli", "a", "b"}),
		"twice":                formOf(t, 400, refusal.CheckUpload, part{"imza", "a", good}, part{"imza", "b", good}),
		"no file":              formOf(t, 400, refusal.CheckNoFile, part{"imza", "", ""}, part{"icerik", "", ""}),
		"content alone":        formOf(t, 400, refusal.CheckNoFile, part{"icerik", "a", "b"}),
		"large signature":      formOf(t, 413, refusal.CheckTooLarge, part{"imza", "a", strings.Repeat("a", 10<<20+1)}),
		"large content":        formOf(t, 413, refusal.CheckTooLarge, part{"imza", "a", good}, part{"icerik", "a", strings.Repeat("a", 2<<20+1)}),
		"larger than all":      formOf(t, 413, refusal.CheckTooLarge, part{"imza", "a", good}, part{"icerik", "a", strings.Repeat("a", 13<<20)}),
		"a header of the form": {mediaType, bytes.Replace(whole, []byte("Content-Type"), []byte("cok gizli \x00"), 1), 400, refusal.CheckUpload},
	} {
		t.Run(name, func(t *testing.T) {
			portaltest.Refused(t, d.Do("POST", path, test.mediaType, bytes.NewReader(test.body)), test.status, test.code)
		})
	}
	names := map[string]string{
		"a name of megabytes": strings.Repeat("ad", 1<<20), "markup": `"><script>alert(1)</script>`, "bidi": "rapor\u202egpj.exe", "a path": "../../etc/passwd",
		"a citizen number": portaltest.Ayse + ".p7s",
	}
	for name, given := range names {
		t.Run(name, func(t *testing.T) {
			a := d.give(part{"imza", given, good})
			portaltest.CheckPage(t, name, a, "tr")
			if a.Status != 200 || strings.Contains(a.Body, "<script>alert") || strings.Contains(a.Body, "\u202e") || len(a.Body) > 64<<10 {
				t.Errorf("%d, %d bytes", a.Status, len(a.Body))
			}
		})
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left on the disk: %v, %v", left, err)
	}
	for _, secret := range []string{"gizli", "passwd", "rapor", "alert"} {
		if strings.Contains(d.Log.String(), secret) {
			t.Errorf("the log has %q:\n%s", secret, d.Log)
		}
	}
}

func formOf(t *testing.T, status int, code fault.Code, parts ...part) struct {
	mediaType string
	body      []byte
	status    int
	code      fault.Code
} {
	mediaType, body := form(t, parts...)
	return struct {
		mediaType string
		body      []byte
		status    int
		code      fault.Code
	}{mediaType, body, status, code}
}

// TestShare has one visitor use up their share while others go on.
func TestShare(t *testing.T) {
	d := newDesk(t, func(s *portal.Settings) {
		s.SignatureCheck, s.Proxy = signaturecheck.Settings{PerMinute: 3}, proxy.Settings{AddressHeader: "X-Forwarded-For"}
	})
	file := part{"imza", "a.txt", content}
	from := func(address string) portaltest.Answer {
		d.Header.Set("X-Forwarded-For", address)
		return d.give(file)
	}
	for _, address := range []string{"192.0.2.1", "203.0.113.9, 192.0.2.1", "::ffff:192.0.2.1"} { // what the visitor has written before counts for nothing
		if a := from(address); a.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", address, a.Status, a.Code())
		}
	}
	a := from("192.0.2.1")
	portaltest.Refused(t, a, http.StatusTooManyRequests, refusal.CheckLimit)
	portaltest.CheckPage(t, "limit", a, "tr")
	if !strings.Contains(a.Body, `href="/imza-dogrulama"`) || a.Header.Get("Retry-After") == "" {
		t.Error("no way on")
	}
	for _, address := range []string{"192.0.2.2", "2001:db8:1::1"} {
		if a := from(address); a.Status != http.StatusOK {
			t.Errorf("%s: %d %s", address, a.Status, a.Code())
		}
	}
	from("2001:db8:1::2")
	from("2001:db8:1:0:ffff::3")
	portaltest.Refused(t, from("2001:db8:1::4"), http.StatusTooManyRequests, refusal.CheckLimit)
	d.Clock.Pass(20 * time.Second)
	if a := from("192.0.2.1"); a.Status != http.StatusOK {
		t.Errorf("a third of a minute later: %d %s", a.Status, a.Code())
	}
	portaltest.Refused(t, from("192.0.2.1"), http.StatusTooManyRequests, refusal.CheckLimit)
	for range 3 {
		from("unbekannt")
	}
	portaltest.Refused(t, from(""), http.StatusTooManyRequests, refusal.CheckLimit)
	d.Header.Del("X-Forwarded-For")
	portaltest.Refused(t, d.give(file), http.StatusTooManyRequests, refusal.CheckLimit)
}

// TestOff leaves the page out, and every link to it.
func TestOff(t *testing.T) {
	d := newDesk(t, func(s *portal.Settings) { s.SignatureCheck.Off = true })
	portaltest.Refused(t, d.Get(path), http.StatusNotFound, refusal.NotFound)
	if a := d.Get("/"); strings.Contains(a.Body, path) {
		t.Error("the first page links to it")
	}
}

// TestNetwork asks only about certificates below an anchor of the operator's choice, and seldom.
func TestNetwork(t *testing.T) {
	w := validationtest.New(t)
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.URL.Path == "/crl" {
			_, _ = rw.Write(w.CRL(w.Root, now.Add(-time.Hour), 24*time.Hour))
			return
		}
		rw.Header().Set("Content-Type", "application/ocsp-response")
		_, _ = rw.Write(w.OCSP(w.CA, w.Signer, now.Add(-time.Hour), 24*time.Hour))
	}))
	defer server.Close()
	w.CA = w.Root.Sub(t, "Doğrulama Alt Kök", validationtest.Between(validationtest.Day(2018, 1, 1), validationtest.Day(2030, 1, 1)),
		func(c *x509.Certificate) { c.CRLDistributionPoints = []string{server.URL + "/crl"} })
	w.Signer = w.CA.Issue(t, w.Key.Public(), validationtest.Between(validationtest.Day(2023, 1, 1), validationtest.Day(2027, 1, 1)),
		func(c *x509.Certificate) { c.OCSPServer = []string{server.URL + "/ocsp"} })
	signature := w.NewSignature(content).Sign()
	signature.Certificates = [][]byte{w.Signer.Raw, w.CA.Certificate.Raw}
	file := part{"imza", "a.p7s", string(signature.DER())}
	for name, test := range map[string]struct {
		anchors []*x509.Certificate
		tone    string
		asked   int32
	}{
		"below the operator's anchor": {[]*x509.Certificate{w.Root.Certificate}, "good", 2},
		"below another":               {[]*x509.Certificate{pkitest.Root(t, "Başka Kök").Certificate}, "unknown", 0},
	} {
		t.Run(name, func(t *testing.T) {
			asked.Store(0)
			policy := validation.DefaultPolicy()
			policy.Anchors = []validation.Anchor{{Certificate: w.Root.Certificate}}
			d := &desk{w, portaltest.NewCheckingSite(t, &portal.SignatureCheck{Policy: policy, Source: &signaturecheck.Source{
				Checker: &revocation.Checker{}, Anchors: test.anchors, Intermediates: []*x509.Certificate{w.CA.Certificate}, Now: func() time.Time { return now },
			}}, nil).Anybody()}
			for range 3 {
				if a := d.give(file); !strings.Contains(a.Body, `class="verdict" data-tone="`+test.tone+`"`) {
					t.Errorf("not %q:\n%s", test.tone, a.Body)
				}
			}
			if got := asked.Load(); got != test.asked {
				t.Errorf("asked %d times, want %d", got, test.asked)
			}
		})
	}
}

// TestSettings loads what the settings name.
func TestSettings(t *testing.T) {
	w := validationtest.New(t)
	dir := t.TempDir()
	pkitest.WriteCertificates(t, dir, "anchors.pem", w.Root.Certificate)
	policy := portaltest.WriteFile(t, filepath.Join(dir, "policy.json"), `{"name":"deneme","qualified":[],"hashes":{"SHA-256":""},"bindings":{"SHA-256":""},"keys":[{"kind":"ECDSA","bits":256,"until":""}],"signature_policies":[]}`)
	for name, test := range map[string]struct {
		settings signaturecheck.Settings
		policy   string
		asks     bool
	}{
		"default":    {signaturecheck.Settings{}, validation.DefaultPolicy().Name, true},
		"own policy": {signaturecheck.Settings{Policy: policy}, "deneme", true},
		"no network": {signaturecheck.Settings{Revocation: signaturecheck.RevocationOfNobody}, validation.DefaultPolicy().Name, false},
	} {
		got, err := portal.LoadSignatureCheck(&portal.Settings{Anchors: filepath.Join(dir, "anchors.pem"), SignatureCheck: test.settings})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got.Policy.Name != test.policy || len(got.Policy.Anchors) != 1 || (got.Source != nil) != test.asks {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if _, err := portal.LoadSignatureCheck(&portal.Settings{Anchors: filepath.Join(dir, "anchors.pem"), SignatureCheck: signaturecheck.Settings{Policy: dir + "/yok"}}); err == nil {
		t.Error("a policy that is not there")
	}
}
