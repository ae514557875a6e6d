package own_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/web/portal/application"
	"github.com/e-onay/e-onay/web/portal/letters"
	"github.com/e-onay/e-onay/web/portal/portaltest"
	"github.com/e-onay/e-onay/web/portal/store"
)

const data = "/verilerim"

// recordOf downloads the record of whoever is logged in.
func recordOf(t *testing.T, b *portaltest.Browser) (members map[string]any, text string) {
	t.Helper()
	a := b.Get(data + "/indir")
	if a.Status != http.StatusOK || a.Header.Get("Content-Type") != "application/json" ||
		a.Header.Get("Content-Disposition") != "attachment; filename*=UTF-8''e-onay-verilerim.json" {
		t.Fatalf("the record: %d %q %v", a.Status, a.Code(), a.Header)
	}
	if err := json.Unmarshal([]byte(a.Body), &members); err != nil {
		t.Fatal(err)
	}
	return members, a.Body
}

// holds looks for a secret in all texts of a record that are base64.
func holds(value any, secret string) bool {
	switch value := value.(type) {
	case map[string]any:
		for _, member := range value {
			if holds(member, secret) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(value, func(one any) bool { return holds(one, secret) })
	case string:
		plain, err := base64.StdEncoding.DecodeString(value)
		return err == nil && bytes.Contains(plain, []byte(secret))
	}
	return false
}

// filled is a portal that has something of each kind of Ayşe, and the desk at which she has done it.
func filled(t *testing.T) (*portaltest.PINSite, *portaltest.Desk) {
	t.Helper()
	s := portaltest.NewPINSite(t, nil)
	d := s.Desk()
	d.Done(protocol.OutcomeDone)
	refused := d.ToCode()
	s.Verifier.OnProve = func() error { return fault.New(fault.CertificateRevoked, nil) }
	if a := d.Sign(refused.Reference, []byte("reddedilen imza")); a.Code() != fault.CertificateRevoked {
		t.Fatalf("%d %q", a.Status, a.Code())
	}
	s.Verifier.OnProve = nil
	give(t, d.Browser)
	addCopy(t, s.Site, "kalıcı imza")
	err := s.Store.RecordLogin(t.Context(), store.Login{
		Reference: "L", CitizenNumber: portaltest.Ayse, Name: "AYŞE YILMAZ", Way: "e-imza", Origin: s.URL, Nonce: "sorgu", Token: []byte("belirteç"),
		ReceivedAt: s.Clock.Now(), Evidence: store.Evidence{VerifiedAt: s.Clock.Now()},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, state := range []application.State{application.Cancelled, application.Draft} {
		a := application.New(application.NES, application.PaidByInstitution, 0)
		a.Reference, a.CitizenNumber, a.Name, a.State = []string{"OLD", "OPEN"}[i], portaltest.Ayse, "AYŞE YILMAZ", state
		a.Form = application.Form{"birth_place": "Eski" + a.Reference}
		c := application.Change{Event: application.Create, By: application.Officer, Who: officer, At: s.Clock.Now(), Form: a.Form}
		if err := s.Store.CreateApplication(t.Context(), a, c); err != nil {
			t.Fatal(err)
		}
	}
	draft := application.DraftForm{Reference: "OPEN", Version: 1, Counter: 1, Form: application.Form{"birth_place": "Taslak"}, Replaces: s.Clock.Now(), SavedAt: s.Clock.Now()}
	if err := s.Store.SaveDraft(t.Context(), draft); err != nil {
		t.Fatal(err)
	}
	return s, d
}

// officer is who has entered Ayşe's applications.
const officer = "11111111101"

// TestRecord reads a record with something of each kind, and one of another person.
func TestRecord(t *testing.T) {
	s, d := filled(t)
	members, text := recordOf(t, d.Browser)
	for member, n := range map[string]int{"sessions": 1, "acts": 1, "signatures": 1, "card_logins": 1, "cards": 1, "machines": 1, "releases": 1, "applications": 2, "codes": 3, "messages": 2} {
		if list, _ := members[member].([]any); len(list) != n {
			t.Errorf("%s has %d, want %d: %v", member, len(list), n, members[member])
		}
	}
	for _, part := range []string{portaltest.Ayse, "a•••@ornek.test", "+•••33", `"certificate_revoked"`, `"copy_version": 1`, `"platform": "linux/amd64"`, `"card_end": "` + portaltest.Serial[12:], `"Taslak"`} {
		if !strings.Contains(text, part) {
			t.Errorf("the record lacks %q:\n%s", part, text)
		}
	}
	for _, secret := range []string{portaltest.PUK, portaltest.Serial, portaltest.MailOfAyse, "905001112233", officer} {
		if strings.Contains(text, secret) || holds(members, secret) {
			t.Errorf("the record has %q", secret)
		}
	}
	files, _ := unpack(t, d.Get(all))
	if files["verilerim.json"] != text {
		t.Errorf("the archive has another record:\n%s", files["verilerim.json"])
	}
	_, other := recordOf(t, s.Person(portaltest.Mehmet))
	for _, part := range []string{portaltest.Ayse, "ornek.test", "EskiOPEN", portaltest.Serial[12:], d.Machine.Device().ID(), "belirteç"} {
		if strings.Contains(other, part) {
			t.Errorf("another person's record has %q", part)
		}
	}
}

// TestRecordIsDocumented looks for each member of a full record in its documentation.
func TestRecordIsDocumented(t *testing.T) {
	_, d := filled(t)
	page, err := os.ReadFile("../../../docs/personal-data.md")
	if err != nil {
		t.Fatal(err)
	}
	_, documented, _ := strings.Cut(string(page), "## The record")
	_, text := recordOf(t, d.Browser)
	found := map[string]bool{}
	for _, m := range regexp.MustCompile(`"([a-z0-9_]+)":`).FindAllStringSubmatch(text, -1) {
		found[m[1]] = true
	}
	delete(found, "birth_place") // a field of a form
	for member := range found {
		if !strings.Contains(documented, "`"+member+"`") {
			t.Errorf("%s is not documented", member)
		}
	}
	if len(found) < 45 {
		t.Errorf("the record has %d members: the test no longer sees them", len(found))
	}
}

// TestData reads the page that says what is kept.
func TestData(t *testing.T) {
	s, d := filled(t)
	for _, language := range []string{"tr", "en"} {
		d.Cookies["dil"] = language
		page := d.Get(data)
		portaltest.CheckPage(t, language+" "+data, page, language)
		if !strings.Contains(page.Body, "a•••@ornek.test") || strings.Contains(page.Body, portaltest.MailOfAyse) {
			t.Errorf("%s: the address is not shown in part:\n%s", language, page.Body)
		}
	}
	d.Cookies["dil"] = "tr"
	for _, part := range []string{"en çok 8 saat; bittikten 24 saat sonra", "en çok 8 gün"} {
		if page := d.Get(data); !strings.Contains(page.Body, part) {
			t.Errorf("the page does not say %q:\n%s", part, page.Body)
		}
	}
	if page := s.Person(portaltest.Mehmet).Get(data); strings.Contains(page.Body, "ornek.test") {
		t.Error("another person sees the address")
	}
}

// TestErasure erases, and looks for what is left.
func TestErasure(t *testing.T) {
	s, d := filled(t)
	other, mehmet := s.Person(portaltest.Ayse), s.Person(portaltest.Mehmet)
	for _, language := range []string{"tr", "en"} {
		d.Cookies["dil"] = language
		portaltest.CheckPage(t, language+" erasure", d.Get(data+"/sil"), language)
		unchecked := d.Post(data+"/sil", nil)
		portaltest.CheckPage(t, language+" unchecked", unchecked, language)
		if unchecked.Status != http.StatusUnprocessableEntity || !strings.Contains(unchecked.Body, `id="problem"`) {
			t.Errorf("without the tick: %d", unchecked.Status)
		}
	}
	before, _ := recordOf(t, d.Browser)
	d.Cookies["dil"] = "tr"
	sent := s.Mail.Count()
	a := d.Post(data+"/sil", map[string][]string{"onay": {"evet"}})
	portaltest.CheckPage(t, "erased", a, "tr")
	if a.Status != http.StatusOK || !strings.Contains(a.Body, `id="erased"`) || strings.Contains(a.Body, `id="logout"`) || d.Cookies["oturum"] != "" {
		t.Errorf("erased: %d, cookie %q\n%s", a.Status, d.Cookies["oturum"], a.Body)
	}
	if l := s.Mail.Letter(t, sent, func(letters.Letter) bool { return true }); l.To != portaltest.MailOfAyse || !strings.Contains(l.Text, "23 Kasım 2026") || strings.ContainsAny(l.Text, "{}") {
		t.Errorf("the letter is %+v", l)
	}
	wantLoggedIn(t, []bool{false, true}, other, mehmet)

	d.Renew(portaltest.Ayse)
	after, text := recordOf(t, d.Browser)
	for _, gone := range []string{"ornek.test", "+•••33", "linux/amd64", "EskiOLD", "Taslak"} {
		if strings.Contains(text, gone) {
			t.Errorf("the record still has %q:\n%s", gone, text)
		}
	}
	if list, _ := after["applications"].([]any); len(list) != 1 || !strings.Contains(text, "EskiOPEN") {
		t.Errorf("the applications are %v", after["applications"])
	}
	for _, kept := range []string{"acts", "signatures", "card_logins", "cards", "releases"} {
		if !reflect.DeepEqual(after[kept], before[kept]) {
			t.Errorf("%s were %v and are %v", kept, before[kept], after[kept])
		}
	}
	if page := d.Get("/cihazlar"); !strings.Contains(page.Body, ">Bilgisayar <") || strings.Contains(page.Body, "> ()") {
		t.Errorf("the list of machines says\n%s", page.Body)
	}
	s.Recorded(portaltest.Ayse, store.Give)
}

// TestErasureNeedsALoginJustNow tries to erase in a session that has been open for a while.
func TestErasureNeedsALoginJustNow(t *testing.T) {
	s, d := filled(t)
	s.Clock.Pass(11 * time.Minute)
	page := d.Get(data + "/sil")
	portaltest.CheckPage(t, "stale", page, "tr")
	if !strings.Contains(page.Body, `data-state="stale"`) || strings.Contains(page.Body, `id="erase"`) {
		t.Errorf("the page offers it:\n%s", page.Body)
	}
	if a := d.Post(data+"/sil", map[string][]string{"onay": {"evet"}}); a.Status != http.StatusUnprocessableEntity {
		t.Errorf("erased: %d", a.Status)
	}
	if _, text := recordOf(t, d.Browser); !strings.Contains(text, "a•••@ornek.test") {
		t.Error("the address is gone")
	}
}

// TestNothingToErase has a portal without PUKs, at which no letter can be sent.
func TestNothingToErase(t *testing.T) {
	s := portaltest.NewSite(t, nil)
	b := s.Person(portaltest.Ayse)
	if a := b.Get(data); a.Status != http.StatusOK {
		t.Errorf("the page: %d %q", a.Status, a.Code())
	}
	if a := b.Post(data+"/sil", map[string][]string{"onay": {"evet"}}); a.Status != http.StatusOK || !strings.Contains(a.Body, `id="erased"`) {
		t.Errorf("erased: %d %q", a.Status, a.Code())
	}
	if isLoggedIn(b) {
		t.Error("logged in after the erasure")
	}
}
