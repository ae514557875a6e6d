package seal_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/pki/pkitest"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/proxy"
)

const (
	path = "/muhur-yetki-sorgulama"
	tax  = "1234567890"
)

// world is a portal with a company's seal on record, and the authority that has issued it.
type world struct {
	*portaltest.Site
	authority *pkitest.Authority
	seal      *x509.Certificate
}

func newWorld(t *testing.T, state application.State) *world {
	t.Helper()
	w := &world{authority: pkitest.Root(t, "Deneme Kök")}
	anchors := portaltest.WriteFile(t, filepath.Join(t.TempDir(), "anchors.pem"),
		string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.authority.Certificate.Raw})))
	w.Site = portaltest.NewSite(t, func(o *portal.Settings) {
		o.Anchors, o.Proxy = anchors, proxy.Settings{AddressHeader: "X-Real-IP"}
	})
	w.seal = w.issue(t, w.authority)
	w.ApplicationIn(state, func(a *application.Application) {
		a.Kind, a.Certificate = application.Seal, application.NewCertificate(w.seal)
		a.Form = application.Form{"company": "ÇINAR <b>A.Ş.</b>", "tax_number": tax, "mobile": "+905001112233", "address": "Işık Sokak 3"}
	})
	return w
}

// issue has an authority issue the seal.
func (w *world) issue(t *testing.T, by *pkitest.Authority) *x509.Certificate {
	now := w.Clock.Now()
	return by.Issue(t, pkitest.Key(t, "P-256").Public(), func(c *x509.Certificate) {
		c.SerialNumber, c.NotBefore, c.NotAfter = big.NewInt(0x0a1b2c3d4e), now.AddDate(0, 0, -1), now.AddDate(1, 0, 0)
	})
}

// ask posts the form as the page does; file is nil for none.
func (w *world) ask(b *portaltest.Browser, tax, serial string, file []byte) portaltest.Answer {
	w.T.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("sertifika", "muhur.cer")
	if err == nil {
		_, err = part.Write(file)
	}
	for name, value := range map[string]string{"vkn": tax, "seri": serial} {
		if err == nil {
			err = form.WriteField(name, value)
		}
	}
	if err != nil || form.Close() != nil {
		w.T.Fatal(err)
	}
	return b.Do("POST", path, form.FormDataContentType(), &body)
}

func (w *world) wants(a portaltest.Answer, status int, parts ...string) {
	w.T.Helper()
	portaltest.CheckPage(w.T, "seal", a, "tr")
	for _, part := range parts {
		if a.Status != status || !strings.Contains(a.Body, part) {
			w.T.Errorf("%d, without %q: %s", a.Status, part, a.Body)
		}
	}
	for _, private := range []string{portaltest.Ayse, "YILMAZ", "AYŞE", "5001112233", "Işık"} {
		if strings.Contains(a.Body, private) {
			w.T.Errorf("the page has %q", private)
		}
	}
}

// TestAnybodyAsksAboutASeal reads each state of a seal's certificate by its number, with what is public of it alone.
func TestAnybodyAsksAboutASeal(t *testing.T) {
	for state, want := range map[application.State]string{
		application.Active: "valid", application.Suspended: "suspended", application.Revoked: "revoked", application.Expired: "expired",
		application.Delivered: "unused", application.WithCourier: "unused",
	} {
		t.Run(string(state), func(t *testing.T) {
			w := newWorld(t, state)
			answer := w.ask(w.Anybody(), " 123 456 7890 ", "0A:1B:2C:3D:4E", nil)
			w.wants(answer, http.StatusOK, `data-seal="`+want+`"`, "ÇINAR &lt;b&gt;A.Ş.&lt;/b&gt;", "123****890", "a1b2c3d4e")
			result := answer.Body[strings.Index(answer.Body, `id="result"`):]
			if strings.Contains(result, tax) {
				t.Error("the tax number is shown whole")
			}
			w.Clock.Pass(366 * 24 * time.Hour)
			if state != application.Revoked {
				w.wants(w.ask(w.Anybody(), tax, "a1b2c3d4e", nil), http.StatusOK, `data-seal="expired"`)
			}
		})
	}
}

// TestNoSuchSeal gives one answer for whatever is not so, and none of it tells which part was wrong.
func TestNoSuchSeal(t *testing.T) {
	w := newWorld(t, application.Active)
	w.ApplicationIn(application.Active, func(a *application.Application) { // a person's certificate is no seal
		a.CitizenNumber, a.Certificate = portaltest.Mehmet, application.Certificate{Serial: "f00d", NotBefore: w.Clock.Now(), NotAfter: w.Clock.Now().AddDate(1, 0, 0)}
	})
	b := w.Anybody()
	other := w.ask(b, "1234567891", "a1b2c3d4e", nil)
	w.wants(other, http.StatusOK, `data-seal="none"`)
	for name, serial := range map[string]string{"another number": "a1b2c3d4f", "a person's": "f00d"} {
		answer := w.ask(b, "1234567891", serial, nil)
		if strings.ReplaceAll(answer.Body, serial, "a1b2c3d4e") != other.Body {
			t.Errorf("%s is told apart: %s", name, answer.Body)
		}
	}
}

// TestSealByItsFile takes the certificate that was issued, and none that somebody has made with its numbers.
func TestSealByItsFile(t *testing.T) {
	w := newWorld(t, application.Active)
	b := w.Anybody()
	w.wants(w.ask(b, tax, "", w.seal.Raw), http.StatusOK, `data-seal="valid"`)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.seal.Raw})
	w.wants(w.ask(b, tax, "ffff", text), http.StatusOK, `data-seal="valid"`)
	forged := w.issue(t, pkitest.Root(t, "Sahte", func(c *x509.Certificate) { c.Subject.CommonName = "Deneme Kök" }))
	w.wants(w.ask(b, tax, "", forged.Raw), http.StatusOK, `data-seal="none"`)
	longer := w.authority.Issue(t, pkitest.Key(t, "P-256").Public(), func(c *x509.Certificate) {
		c.SerialNumber, c.NotBefore, c.NotAfter = w.seal.SerialNumber, w.seal.NotBefore, w.seal.NotAfter.AddDate(9, 0, 0)
	})
	w.wants(w.ask(b, tax, "", longer.Raw), http.StatusOK, `data-seal="none"`)
}

// TestHostileQuestions are refused where they can be mended, or as no form of the page's.
func TestHostileQuestions(t *testing.T) {
	w := newWorld(t, application.Active)
	b := w.Anybody()
	for name, test := range map[string]struct{ tax, serial, file, want string }{
		"no tax number":    {"", "a1b2", "", "#tax"},
		"a short one":      {"123456789", "a1b2", "", "#tax"},
		"of letters":       {"123456789x", "a1b2", "", "#tax"},
		"of other digits":  {"١٢٣٤٥٦٧٨٩٠", "a1b2", "", "#tax"},
		"no serial number": {tax, "", "", "#serial"},
		"zero":             {tax, "00:00", "", "#serial"},
		"markup":           {tax, "<script>", "", "#serial"},
		"a long one":       {tax, strings.Repeat("a", 41), "", "#serial"},
		"text turned":      {tax, "a\u202eb", "", "#serial"},
		"no certificate":   {tax, "", "hello", "#file"},
		"another's PEM":    {tax, "", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "#file"},
	} {
		answer := w.ask(b, test.tax, test.serial, []byte(test.file))
		w.wants(answer, http.StatusUnprocessableEntity, `href="`+test.want+`"`)
		if strings.Contains(answer.Body, "<script>") || strings.Contains(answer.Body, "\u202e") {
			t.Errorf("%s: the page has what was typed", name)
		}
	}
	portaltest.Refused(t, w.ask(b, strings.Repeat("1", 101), "a", nil), http.StatusRequestEntityTooLarge, fault.RequestTooLarge)
	portaltest.Refused(t, w.ask(b, tax, "", make([]byte, 32<<10+1)), http.StatusRequestEntityTooLarge, fault.RequestTooLarge)
	portaltest.Refused(t, w.ask(b, tax, "", make([]byte, 1<<20)), http.StatusRequestEntityTooLarge, fault.RequestTooLarge)
	twice := "--x\r\nContent-Disposition: form-data; name=\"vkn\"\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; name=\"vkn\"\r\n\r\n2\r\n--x--\r\n"
	portaltest.Refused(t, b.Do("POST", path, "multipart/form-data; boundary=x", strings.NewReader(twice)), http.StatusBadRequest, fault.RequestInvalid)
}

// TestQuestionsAreLimited: one network asks so often in an hour, and not oftener; another one is not kept from it.
func TestQuestionsAreLimited(t *testing.T) {
	w := newWorld(t, application.Active)
	b, other := w.Anybody(), w.Anybody()
	other.Header.Set("X-Real-IP", "192.0.2.1")
	for i := range 30 {
		b.Header.Set("X-Real-IP", fmt.Sprintf("2001:db8::%d", i+1))
		if answer := w.ask(b, tax, "f00d", nil); answer.Status != http.StatusOK {
			t.Fatalf("%d %s", answer.Status, answer.Code())
		}
	}
	w.wants(w.ask(b, tax, "a1b2c3d4e", nil), http.StatusTooManyRequests, `id="problem"`)
	w.wants(w.ask(other, tax, "a1b2c3d4e", nil), http.StatusOK, `data-seal="valid"`)
	w.Clock.Pass(time.Hour + time.Second)
	w.wants(w.ask(b, tax, "a1b2c3d4e", nil), http.StatusOK, `data-seal="valid"`)
}
