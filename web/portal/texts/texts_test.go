package texts_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
	"github.com/e-onay/e-onay/web/portal/texts"
)

const (
	consent = texts.Path + "/e-onay"
	public  = "/basvuru-formu-ve-taahhutname/"
)

// office is a portal with two editors.
type office struct {
	*portaltest.Site
	first, second *portaltest.Browser
}

func newOffice(t *testing.T, change func(*portal.Settings)) office {
	s := portaltest.NewSite(t, change)
	o := office{s, s.Officer(portaltest.Zeynep, store.Editor), s.Officer(portaltest.Mehmet, store.Editor)}
	s.Clock.Pass(time.Minute)
	return o
}

func asks(body, from string) url.Values {
	return url.Values{"metin": {body}, "baslangic": {from}, "adim": {"iste"}}
}

// decided has the two editors decide on a text.
func (o office) decided(path, body, from string) {
	o.T.Helper()
	if a := o.second.ConfirmDecision(o.Asked(o.first.Post(path, asks(body, from)))); a.Status != http.StatusSeeOther {
		o.T.Fatalf("%d %q", a.Status, a.Code())
	}
}

func versionOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

// TestTextByTwo changes the consent's text while somebody signs: it is in force once the second editor has confirmed it, the person
// reads the new one first, and each version can be read, that of the settings too.
func TestTextByTwo(t *testing.T) {
	settings := filepath.Join(t.TempDir(), "metin.txt")
	portaltest.WriteFile(t, settings, "Ayarlardaki E-Onay metni.\n")
	o := newOffice(t, func(s *portal.Settings) { s.ConsentText = settings })
	person := o.Person(portaltest.Ayse)
	act := person.ToCode()
	form := person.Form()
	const body = "İlk paragraf, E-Onay.\nİkinci satır <b>.\n\nIşık paragrafı.\n"
	preview := o.first.Post(consent, url.Values{"metin": {strings.ReplaceAll(body, "\n", "\r\n")}, "adim": {"onizle"}})
	for _, part := range []string{`<p class="lines">Işık paragrafı.</p>`, "İkinci satır &lt;b&gt;."} {
		if !strings.Contains(preview.Body, part) {
			t.Errorf("the preview lacks %q", part)
		}
	}
	asked := o.Asked(o.first.Post(consent, asks(strings.ReplaceAll(body, "\n", "\r\n"), "")))
	for language := range map[string]bool{"tr": true, "en": true} {
		o.second.Cookies["dil"] = language
		portaltest.CheckPage(t, language, o.second.Get("/masa/onaylar/"+asked), language)
	}
	if page := person.Get("/nes/e-onay").Body; !strings.Contains(page, "Ayarlardaki") {
		t.Error("a text counts that one person has asked for")
	}
	if page := o.second.Get("/masa/onaylar/" + asked).Body; !strings.Contains(page, `<p class="lines">Işık paragrafı.</p>`) {
		t.Error("the second editor is not shown the text")
	}
	if a := o.second.ConfirmDecision(asked); a.Status != http.StatusSeeOther {
		t.Fatalf("%d %q", a.Status, a.Code())
	}
	portaltest.Refused(t, person.Sign(act.Reference, []byte("imza")), http.StatusConflict, refusal.ConsentChanged)
	portaltest.Refused(t, person.Post("/nes/e-onay", form), http.StatusConflict, refusal.ConsentChanged)
	portaltest.WriteFile(t, settings, "Başka bir sürecin dosyası.\n") // as an older program on another machine has it
	act = person.ToCode()
	if document := person.Get("/nes/e-onay/imza/belge").Body; !strings.Contains(document, "\n"+body) {
		t.Errorf("what is signed is another text:\n%s", document)
	}
	if a := person.Sign(act.Reference, []byte("imza")); a.Status != http.StatusOK {
		t.Fatalf("%d %q", a.Status, a.Code())
	}
	for _, kept := range []string{body, "Ayarlardaki E-Onay metni.\n"} {
		if a := o.Anybody().Get(public + versionOf(kept)); a.Body != kept {
			t.Errorf("version %.16s is %d %q", versionOf(kept), a.Status, a.Body)
		}
	}
	portaltest.CheckPage(t, "list", o.first.Get(texts.Path), "tr")
	if page := o.first.Get(texts.Path).Body; strings.Count(page, "data-kept=") != 2 {
		t.Error("the list has not both versions")
	}
}

// TestTextComesIntoForce has a version wait for its time, and another be asked meanwhile.
func TestTextComesIntoForce(t *testing.T) {
	o := newOffice(t, nil)
	path := texts.Path + "/taahhutname"
	shows := func(want string) {
		t.Helper()
		if !strings.Contains(o.Anybody().Get("/basvuru-formu-ve-taahhutname").Body, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	o.decided(path, "Birinci taahhütname.\n", "2026-11-23T12:21") // in twenty minutes, in Turkey's time
	shows("SAHİBİ TAAHHÜTNAMESİ")
	o.Clock.Pass(19 * time.Minute)
	shows("SAHİBİ TAAHHÜTNAMESİ")
	asked := o.Asked(o.first.Post(path, asks("İkinci taahhütname.\n", "")))
	o.Clock.Pass(time.Minute)
	shows("Birinci taahhütname.")
	// What it was to replace has been replaced meanwhile.
	portaltest.Refused(t, o.second.ConfirmDecision(asked), http.StatusConflict, refusal.DecisionOver)
	shows("Birinci taahhütname.")
}

// TestTextsRefused tries what cannot be asked, and who may not ask.
func TestTextsRefused(t *testing.T) {
	o := newOffice(t, nil)
	current := o.first.Get(consent)
	portaltest.CheckPage(t, "form", current, "tr")
	_, body, _ := strings.Cut(current.Body, "<textarea")
	_, body, _ = strings.Cut(body, ">\n")
	body, _, _ = strings.Cut(body, "</textarea>")
	for name, form := range map[string]url.Values{
		"empty": asks(" \r\n", ""), "the same": asks(body, ""), "unseen": asks("a\u202eb", ""), "a tab": asks("a\tb", ""), "no UTF-8": asks("a\xff", ""),
		"too long": asks(strings.Repeat("a", 253<<10), ""), "no time": asks("Yeni.", "yarın"), "over": asks("Yeni.", "2026-11-23T12:00"), "far ahead": asks("Yeni.", "2028-11-23T12:00"),
	} {
		a := o.first.Post(consent, form)
		portaltest.Refused(t, a, http.StatusUnprocessableEntity, refusal.DeskForm)
		if name != "too long" {
			portaltest.CheckPage(t, name, a, "tr")
		}
	}
	o.Asked(o.first.Post(consent, asks("Yeni.", "")))
	portaltest.Refused(t, o.second.Post(consent, asks("Daha yeni.", "")), http.StatusConflict, refusal.DecisionOpen)
	portaltest.Refused(t, o.first.Get(texts.Path+"/yok"), http.StatusNotFound, refusal.NotFound)
	portaltest.Refused(t, o.Officer("00000000003", store.Administrator, store.Reviewer).Post(consent, asks("Yeni.", "")), http.StatusNotFound, refusal.NotFound)
}
