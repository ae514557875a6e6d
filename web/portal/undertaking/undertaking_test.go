package undertaking_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
)

const path = "/basvuru-formu-ve-taahhutname"

var versions = regexp.MustCompile(`data-version="([0-9a-f]{64})"`)

// shown returns the versions that a page names.
func shown(a portaltest.Answer) (all []string) {
	for _, m := range versions.FindAllStringSubmatch(a.Body, -1) {
		all = append(all, m[1])
	}
	return all
}

// TestAnybodyReadsAndKeepsTheTexts reads the built-in texts and downloads them by their versions.
func TestAnybodyReadsAndKeepsTheTexts(t *testing.T) {
	b := portaltest.NewSite(t, nil).Anybody()
	page := b.Get(path)
	for _, part := range []string{"BAŞVURU FORMU", "SAHİBİ TAAHHÜTNAMESİ", "deneme ortamının"} {
		if !strings.Contains(page.Body, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	all := shown(page)
	if len(all) != 2 {
		t.Fatalf("the page names versions %v, want two", all)
	}
	for _, version := range all {
		a := b.Get(path + "/" + version)
		sum := sha256.Sum256([]byte(a.Body))
		if a.Status != http.StatusOK || hex.EncodeToString(sum[:]) != version {
			t.Errorf("%s: %d, and other bytes", version, a.Status)
		}
		if got := a.Header.Get("Content-Disposition"); !strings.Contains(got, version[:16]+".txt") {
			t.Errorf("it is attached as %q", got)
		}
	}
	for _, version := range []string{"x", "..%2fportal.json", strings.Repeat("0", 64)} {
		portaltest.Refused(t, b.Get(path+"/"+version), http.StatusNotFound, refusal.NotFound)
	}
}

// texts is a portal with texts of an operator's own, which are kept.
type texts struct {
	*portaltest.Site
	form, undertaking, archive string
}

func newTexts(t *testing.T) *texts {
	dir := t.TempDir()
	x := &texts{form: filepath.Join(dir, "form.txt"), undertaking: filepath.Join(dir, "taahhut.txt"), archive: filepath.Join(dir, "archive")}
	if err := os.Mkdir(x.archive, 0o700); err != nil {
		t.Fatal(err)
	}
	portaltest.WriteFile(t, x.form, "Form.\n")
	portaltest.WriteFile(t, x.undertaking, "Birinci taahhütname.\n")
	x.Site = portaltest.NewSite(t, func(o *portal.Settings) {
		o.ApplicationForm, o.Undertaking, o.TextArchive = x.form, x.undertaking, x.archive
	})
	return x
}

// TestActNamesTheTexts gives E-Onay and then changes the undertaking: the document names the versions of that day, and the
// result's page leads to them.
func TestActNamesTheTexts(t *testing.T) {
	s := newTexts(t)
	person := s.Person(portaltest.Ayse)
	if page := person.Get("/nes/e-onay"); !strings.Contains(page.Body, `href="`+path+`"`) {
		t.Error("the consent's page does not lead to the texts")
	}
	then := shown(person.Get(path))
	act := person.ToCode()
	document := person.Get("/nes/e-onay/imza/belge").Body
	for _, line := range []string{"Başvuru formu: " + then[0], "Taahhütname: " + then[1]} {
		if strings.Count(document, "\n"+line+"\n") != 1 {
			t.Errorf("the document lacks %q:\n%s", line, document)
		}
	}
	if a := person.Sign(act.Reference, []byte("imza")); a.Status != http.StatusOK {
		t.Fatal(a)
	}
	portaltest.WriteFile(t, s.undertaking, "İkinci taahhütname.\n")
	if now := shown(person.Get(path)); now[1] == then[1] {
		t.Error("the page shows the old undertaking")
	}
	result := person.Get("/nes/e-onay/sonuc")
	if got := shown(result); len(got) != 2 || got[0] != then[0] || got[1] != then[1] {
		t.Errorf("the result names %v, want %v", got, then)
	}
	if !strings.Contains(result.Body, `href="`+path+"/"+then[1]+`"`) {
		t.Error("the result does not lead to the undertaking that was approved")
	}
	if a := s.Anybody().Get(path + "/" + then[1]); a.Body != "Birinci taahhütname.\n" {
		t.Errorf("the earlier undertaking is %d %q", a.Status, a.Body)
	}
}

// TestUndertakingChanges changes the undertaking while somebody gives E-Onay: they read the new one first.
func TestUndertakingChanges(t *testing.T) {
	s := newTexts(t)
	person := s.Person(portaltest.Ayse)
	form := person.Form()
	portaltest.WriteFile(t, s.undertaking, "İkinci taahhütname.\n")
	portaltest.Refused(t, person.Post("/nes/e-onay", form), http.StatusConflict, refusal.ConsentChanged)
	act := person.ToCode()
	portaltest.WriteFile(t, s.undertaking, "Üçüncü taahhütname.\n")
	portaltest.Refused(t, person.Sign(act.Reference, []byte("imza")), http.StatusConflict, refusal.ConsentChanged)
	s.Recorded(portaltest.Ayse, "")
}

// TestTextThatIsNotKept removes the archive: a version that cannot be kept is one that cannot be approved.
func TestTextThatIsNotKept(t *testing.T) {
	s := newTexts(t)
	person := s.Person(portaltest.Ayse)
	if err := os.RemoveAll(s.archive); err != nil {
		t.Fatal(err)
	}
	portaltest.WriteFile(t, s.form, "Yeni form.\n")
	portaltest.Refused(t, person.Get("/nes/e-onay"), http.StatusServiceUnavailable, fault.Unavailable)
	portaltest.Refused(t, person.Get(path), http.StatusServiceUnavailable, fault.Unavailable)
}
