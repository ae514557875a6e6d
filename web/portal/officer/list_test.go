package officer_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/store"
)

const (
	header   = "TC Kimlik No;Ad Soyad;Doğum Tarihi;Birim;Unvan;Kurumsal E-posta;Cep Telefonu\r\n"
	ofAyse   = ayse + ";Ayşe Yılmaz;29.02.1984;Bilgi İşlem;Mühendis;ayse@kurum.example;0500 111 22 33\r\n"
	ofMehmet = mehmet + ";Mehmet Öztürk;1.3.1980;;;mehmet@kurum.example;0500 111 22 34\r\n"
)

// uploads a file.
func upload(t *testing.T, b *portaltest.Browser, file string) portaltest.Answer {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("dosya", "liste.csv")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write([]byte(file)); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Do(http.MethodPost, here+"/liste", form.FormDataContentType(), &body)
}

// applicants are an institution's, by citizen number.
func applicants(t *testing.T, s *portaltest.Site) map[string]application.State {
	t.Helper()
	list, err := s.Store.Applicants(t.Context(), store.ApplicantQuery{Institution: "belediye"}, 99)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]application.State{}
	for _, a := range list {
		found[a.CitizenNumber] = a.State
	}
	return found
}

// TestList: a file is checked line by line, enters nobody before it is confirmed, and everybody it can then.
func TestList(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	officer, other := s.OfficerOf(zeynep, "belediye"), s.OfficerOf(mehmet, "hastane")
	file := header + ofAyse + strings.Replace(ofMehmet, mehmet, "11111111101", 1) + ofAyse + ofMehmet
	sent := upload(t, officer, file)
	path := sent.Location()
	if sent.Status != http.StatusSeeOther || !strings.HasPrefix(path, here+"/liste/") {
		t.Fatalf("%d %s", sent.Status, sent.Body)
	}
	page := officer.Get(path)
	for _, shown := range []string{`data-state="checked"`, `data-good="2"`, `data-bad="2"`, `data-line="3" data-field="number"`, `data-line="4" data-field="number"`, `id="confirm"`} {
		if !strings.Contains(page.Body, shown) {
			t.Errorf("the page lacks %q: %s", shown, page.Body)
		}
	}
	for _, language := range []string{"tr", "en"} {
		officer.Cookies["dil"] = language
		portaltest.CheckPage(t, language+" checked", officer.Get(path), language)
	}
	officer.Cookies["dil"] = "tr"
	report := officer.Get(path + "/rapor.csv")
	if strings.Count(report.Body, "\r\n") != 3 || !strings.Contains(report.Body, `"3";"TC Kimlik No";"Geçerli`) || strings.Contains(report.Body, "11111111101") {
		t.Errorf("the report is %q", report.Body)
	}
	if found := applicants(t, s); len(found) > 0 {
		t.Fatalf("before it is confirmed: %v", found)
	}
	portaltest.Refused(t, other.Get("/kurum/hastane/liste/"+path[len(here+"/liste/"):]), 404, refusal.NotFound)
	portaltest.Refused(t, other.Post("/kurum/hastane/liste/"+path[len(here+"/liste/"):], url.Values{"islem": {"onayla"}}), 404, refusal.NotFound)
	portaltest.Refused(t, officer.Post(path, url.Values{"islem": {"sil"}}), 400, fault.RequestInvalid)

	if confirmed := officer.Post(path, url.Values{"islem": {"onayla"}}); confirmed.Location() != path {
		t.Fatalf("%d %s", confirmed.Status, confirmed.Body)
	}
	s.Log.Await(t, `"msg":"list of people"`, 1)
	if found := applicants(t, s); len(found) != 2 || found[ayse] != application.PreApplied || found[mehmet] != application.PreApplied {
		t.Errorf("entered: %v", found)
	}
	page = officer.Get(path)
	for _, shown := range []string{`data-state="done"`, `data-done="4"`, `data-created="2"`, `data-line="3"`, `data-line="4"`} {
		if !strings.Contains(page.Body, shown) {
			t.Errorf("the page lacks %q: %s", shown, page.Body)
		}
	}
	portaltest.CheckPage(t, "done", page, "tr")
	portaltest.Refused(t, officer.Post(path, url.Values{"islem": {"onayla"}}), 409, refusal.ListState)

	// The same file again: who is there already is said, and nobody is entered twice.
	page = officer.Get(upload(t, officer, file).Location())
	if !strings.Contains(page.Body, `data-good="0"`) || strings.Contains(page.Body, `id="confirm"`) || !strings.Contains(page.Body, "süren bir başvurusu") {
		t.Errorf("again: %s", page.Body)
	}
}

// TestListTellsNothingOfOthers: that somebody has applied elsewhere is not told by a check, which leaves no trace with them, but by the
// attempt to enter them, which does.
func TestListTellsNothingOfOthers(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	officer := s.OfficerOf(zeynep, "belediye")
	s.ApplicationIn(application.Draft, nil)
	path := upload(t, officer, header+ofAyse).Location()
	if page := officer.Get(path); !strings.Contains(page.Body, `data-good="1"`) {
		t.Errorf("the check tells that the person has applied: %s", page.Body)
	}
	officer.Post(path, url.Values{"islem": {"onayla"}})
	s.Log.Await(t, `"msg":"list of people"`, 1)
	if page := officer.Get(path); !strings.Contains(page.Body, `data-created="0"`) || !strings.Contains(page.Body, "süren bir başvurusu var") {
		t.Errorf("afterwards: %s", page.Body)
	}
}

// TestListRefused: what is no list is refused in words, and how many lists there are is bounded.
func TestListRefused(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	officer := s.OfficerOf(mehmet, "belediye")
	for why, file := range map[string]string{"binary": "\x00", "empty": header, "column_missing": "TC Kimlik No;Ad Soyad\n", "column_unknown": ofAyse} {
		a := upload(t, officer, file)
		if a.Status != 422 || a.Code() != refusal.ListFile || !strings.Contains(a.Body, `data-why="`+why+`"`) {
			t.Errorf("%s: %d %s", why, a.Status, a.Body)
		}
		portaltest.CheckPage(t, why, a, "tr")
	}
	portaltest.Refused(t, upload(t, officer, strings.Repeat("\n", store.MaxList+1<<20)), 413, fault.RequestTooLarge)
	portaltest.Refused(t, officer.Post(here+"/liste", url.Values{"dosya": {"x"}}), 400, fault.RequestInvalid)
	var paths []string
	for range 3 {
		paths = append(paths, upload(t, officer, header+ofMehmet).Location())
	}
	if page := officer.Get(paths[0]); !strings.Contains(page.Body, "Kendiniz için") {
		t.Errorf("the officer’s own line: %s", page.Body)
	}
	portaltest.Refused(t, upload(t, officer, header+ofAyse), 429, refusal.ListLimit)
	if cancelled := officer.Post(paths[0], url.Values{"islem": {"iptal"}}); cancelled.Location() != paths[0] {
		t.Errorf("%d", cancelled.Status)
	}
	if page := officer.Get(paths[0]); !strings.Contains(page.Body, `data-state="cancelled"`) {
		t.Errorf("cancelled: %s", page.Body)
	}
	if a := upload(t, officer, header+ofAyse); a.Status != http.StatusSeeOther {
		t.Errorf("after a cancellation: %d", a.Status)
	}
	template := officer.Get(here + "/sablon.csv")
	if a := upload(t, officer, template.Body+ofAyse); a.Code() != refusal.ListLimit { // it was read, at least
		t.Errorf("the template: %d %s", a.Status, a.Body)
	}
}
