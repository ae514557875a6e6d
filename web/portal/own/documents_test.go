package own_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

const documents = "/belgelerim"

// give has a person give or withdraw E-Onay, and returns the reference and what was signed.
func give(t *testing.T, b *portaltest.Browser) (reference, document string) {
	t.Helper()
	shown := b.ToCode()
	document = b.Get("/nes/e-onay/imza/belge").Body
	if a := b.Sign(shown.Reference, []byte("imza "+shown.Reference)); a.Status != http.StatusOK {
		t.Fatalf("signing: %d %q", a.Status, a.Code())
	}
	return shown.Reference, document
}

var listed = regexp.MustCompile(`data-act="[^"]*"( data-lasting)?`)

// addCopy makes a lasting copy of the act that is due.
func addCopy(t *testing.T, s *portaltest.Site, signature string) {
	t.Helper()
	at := s.Clock.Now()
	l, err := s.Store.LeaseLasting(t.Context(), at, at.Add(time.Minute))
	if err == nil {
		err = s.Store.AddCopy(t.Context(), l, store.Copy{Signature: []byte(signature), MadeAt: at, LastsUntil: at.AddDate(3, 0, 0)}, time.Time{})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestDocuments lists two acts, of which the first has a lasting copy, and downloads every part of it.
func TestDocuments(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	b := s.Person(portaltest.Ayse)
	if page := b.Get(documents); !strings.Contains(page.Body, `id="no-documents"`) || strings.Contains(page.Body, "/tumu") {
		t.Errorf("without acts:\n%s", page.Body)
	}
	first, document := give(t, b)
	addCopy(t, s, "kalıcı imza")
	s.Clock.Pass(24 * time.Hour)
	b.Renew(portaltest.Ayse)
	second, _ := give(t, b)

	page := b.Get(documents)
	if got := strings.Join(listed.FindAllString(page.Body, -1), ""); got != `data-act="`+second+`"data-act="`+first+`" data-lasting` {
		t.Errorf("the list is %s", got)
	}
	for _, part := range []string{"23 Kasım 2026, 12:00", "24 Kasım 2026, 12:00", "23 Kasım 2029", "kaldırılması", `href="/belgelerim/` + first + `/kalici"`, `href="/belgelerim/tumu"`} {
		if !strings.Contains(page.Body, part) {
			t.Errorf("the list lacks %q", part)
		}
	}
	if strings.Contains(page.Body, `href="/belgelerim/`+second+`/kalici"`) {
		t.Error("the list offers a lasting copy that is not there")
	}
	for _, language := range []string{"tr", "en"} {
		b.Cookies["dil"] = language
		portaltest.CheckPage(t, language+" "+documents, b.Get(documents), language)
	}

	mehmet, anybody := s.Person(portaltest.Mehmet), s.Anybody()
	for part, want := range map[string]struct{ content, name, mediaType string }{
		"belge":  {document, ".txt", "text/plain; charset=utf-8"},
		"imza":   {"imza " + first, ".p7s", "application/pkcs7-signature"},
		"kalici": {"kalıcı imza", ".p7s", "application/pkcs7-signature"},
		"alindi": {"", ".txt", "text/plain; charset=utf-8"},
	} {
		path := documents + "/" + first + "/" + part
		a := b.Get(path)
		if a.Status != http.StatusOK || want.content != "" && a.Body != want.content || a.Header.Get("Content-Type") != want.mediaType {
			t.Errorf("%s: %d %q %q", part, a.Status, a.Header.Get("Content-Type"), a.Body)
		}
		if got, want := a.Header.Get("Content-Disposition"), "attachment; filename*=UTF-8''e-onay-"+first+"-"+part+want.name; got != want {
			t.Errorf("%s: %q, want %q", part, got, want)
		}
		if a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be kept by a browser's cache", part)
		}
		portaltest.Refused(t, mehmet.Get(path), http.StatusNotFound, refusal.NotFound)
		if a := anybody.Get(path); !strings.HasPrefix(a.Location(), "/giris") {
			t.Errorf("%s is given to anybody: %d", part, a.Status)
		}
	}
	for _, path := range []string{"/" + second + "/kalici", "/" + first + "/baska", "/0000-0000-0000-0000/imza", "/x/imza", "/%00/imza", "/tumu/imza"} {
		portaltest.Refused(t, b.Get(documents+path), http.StatusNotFound, refusal.NotFound)
	}
}

// TestReceipt reads the receipt in both languages.
func TestReceipt(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	b := s.Person(portaltest.Ayse)
	reference, _ := give(t, b)
	for language, parts := range map[string][]string{
		"tr": {"ALINDI BELGESİ", "E-Onay verilmesi", "23 Kasım 2026, 12:00:00"}, "en": {"RECEIPT", "Giving E-Onay", "23 November 2026, 12:00:00"},
	} {
		b.Cookies["dil"] = language
		text := b.Get(documents + "/" + reference + "/alindi").Body
		for _, part := range append(parts, reference, "100*****146", s.URL, "AYŞE YILMAZ") {
			if !strings.Contains(text, part) {
				t.Errorf("%s: the receipt lacks %q:\n%s", language, part, text)
			}
		}
		if strings.Contains(text, portaltest.Ayse) || strings.ContainsAny(text, "{}") {
			t.Errorf("%s: the receipt says\n%s", language, text)
		}
	}
}
