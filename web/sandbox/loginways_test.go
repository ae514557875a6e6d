package sandbox_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/oauth2"
)

const (
	high = "urn:deneme:giris:yuksek"
	low  = "urn:deneme:giris:parola"
)

var (
	wayLink = regexp.MustCompile(`id="way-([^"]+)" href="([^"]+)"`)
	ticket  = regexp.MustCompile(`name="ticket" value="([^"]+)"`)
	code    = regexp.MustCompile(`<dd class="figures">(\d{4})</dd>`)
)

// get shows a page of the gateway.
func (p *relyingParty) get(path string) (*http.Response, string) {
	p.t.Helper()
	return p.do(http.NewRequest(http.MethodGet, p.world.url+strings.ReplaceAll(path, "&amp;", "&"), nil))
}

// begin asks for a login, and shows the first page of a way.
func (p *relyingParty) begin(name string, options ...oauth2.AuthCodeOption) string {
	p.t.Helper()
	_, choice := p.open(append(options, oauth2.S256ChallengeOption(p.verifier))...)
	for _, link := range wayLink.FindAllStringSubmatch(choice, -1) {
		if link[1] == name {
			_, page := p.get(link[2])
			return page
		}
	}
	p.t.Fatalf("%s is not offered:\n%s", name, choice)
	return ""
}

// telephone answers what waits on the phone, and returns what it had shown.
func (p *relyingParty) telephone(action string) string {
	p.t.Helper()
	_, page := p.get("/telefon")
	found := ticket.FindStringSubmatch(page)
	if found == nil {
		p.t.Fatalf("the phone shows nothing:\n%s", page)
	}
	if response, body := p.post("/telefon", url.Values{"ticket": {found[1]}, "action": {action}}); response.StatusCode != http.StatusOK {
		p.t.Fatalf("the phone answers %s\n%s", response.Status, body)
	}
	return page
}

// login is one way through the gateway's pages, as far as the answer that leads back to the site.
type login func(p *relyingParty, page string) (*http.Response, string)

func form(fields ...string) url.Values {
	v := url.Values{"action": {"login"}}
	for i := 0; i < len(fields); i += 2 {
		v.Set(fields[i], fields[i+1])
	}
	return v
}

var logins = map[string]login{
	"sifre": func(p *relyingParty, page string) (*http.Response, string) {
		return p.press(page, form("person", "p2", "password", "deneme-sifresi"))
	},
	"mobil-imza": func(p *relyingParty, page string) (*http.Response, string) {
		_, waiting := p.press(page, form("phone", "+90 (599) 000 00 02", "operator", "Vodafone"))
		p.telephone("confirm")
		return p.get("/login/mobil-imza/bekle?id=" + hiddenID.FindStringSubmatch(waiting)[1])
	},
	"e-imza": func(p *relyingParty, page string) (*http.Response, string) {
		return p.press(page, form("person", "p2"))
	},
	"kimlik-karti": func(p *relyingParty, page string) (*http.Response, string) {
		return p.press(page, form("person", "p2"))
	},
	"banka": func(p *relyingParty, page string) (*http.Response, string) {
		_, bank := p.press(page, form("bank", "ornek"))
		return p.press(bank, form("person", "p2"))
	},
}

// TestWays goes each way to its end: the identity token says who it was, at which level and by which methods.
func TestWays(t *testing.T) {
	w := start(t)
	for name, want := range map[string]string{
		"sifre":        low + " [pwd]",
		"mobil-imza":   high + " [urn:deneme:yol:mobil-imza hwk pin mca]",
		"e-imza":       high + " [urn:deneme:yol:e-imza sc pin]",
		"kimlik-karti": high + " [urn:deneme:yol:kimlik-karti sc pin]",
		"banka":        low + " [urn:deneme:yol:banka]",
	} {
		p := newRelyingParty(t, w)
		response, body := logins[name](p, p.begin(name))
		claims, problem := p.identify(p.returned(response, body).Get("code"))
		if got := fmt.Sprint(claims["acr"], " ", claims["amr"]); problem != "" || got != want || claims["name"] != "Mehmet Öztürk" {
			t.Errorf("%s: %v as %s, want %s, %s", name, claims["name"], got, want, problem)
		}
	}
}

// TestOneStepNamesItsWay: the login in one step says which way it stands for, by the level that was asked for.
func TestOneStepNamesItsWay(t *testing.T) {
	w := start(t)
	for asked, want := range map[string]string{"": low + " [pwd]", high: high + " [urn:deneme:yol:mobil-imza hwk pin mca]", "urn:x " + low: low + " [pwd]"} {
		p := newRelyingParty(t, w)
		_, page := p.open(oauth2.S256ChallengeOption(p.verifier), oauth2.SetAuthURLParam("acr_values", asked))
		response, body := p.press(page, form("person", "p1"))
		claims, problem := p.identify(p.returned(response, body).Get("code"))
		if got := fmt.Sprint(claims["acr"], " ", claims["amr"]); problem != "" || got != want {
			t.Errorf("%q: %s, want %s, %s", asked, got, want, problem)
		}
	}
}

// TestWaysCancelled cancels at each step of each way, the phone's wait and the bank's own page among them.
func TestWaysCancelled(t *testing.T) {
	w := start(t)
	more := map[string]login{
		"mobil-imza": func(p *relyingParty, page string) (*http.Response, string) {
			return p.press(page, form("phone", "0599 000 00 01", "operator", "Turkcell"))
		},
		"banka": func(p *relyingParty, page string) (*http.Response, string) {
			return p.press(page, form("bank", "deneme"))
		},
	}
	for name := range logins {
		for _, second := range []bool{false, true} {
			p := newRelyingParty(t, w)
			page := p.begin(name)
			if second && more[name] == nil {
				continue
			}
			if second {
				_, page = more[name](p, page)
			}
			back := p.returned(p.press(page, url.Values{"action": {"cancel"}}))
			if back.Get("error") != "access_denied" || back.Get("state") != "the-state" || back.Has("code") {
				t.Errorf("%s, second step %t: came back with %v", name, second, back)
			}
			if response, _ := p.press(page, url.Values{"action": {"cancel"}}); response.StatusCode != http.StatusNotFound {
				t.Errorf("%s, second step %t: after it, the form is answered %s", name, second, response.Status)
			}
		}
	}
	p := newRelyingParty(t, w)
	if _, page := p.get("/telefon"); ticket.MatchString(page) {
		t.Errorf("the phone still asks for a login that was cancelled:\n%s", page)
	}
}

// TestWaysMistakes sends each form in each wrong way: the page says what is wrong, links to the field, and goes on.
func TestWaysMistakes(t *testing.T) {
	w := start(t)
	for _, test := range []struct {
		name, way string
		fields    url.Values
		says      string
		field     string
	}{
		{"nobody", "sifre", form("password", "deneme-sifresi"), "Kimseyi seçmediniz", "person-1"},
		{"a wrong password", "sifre", form("person", "p1", "password", "Deneme-sifresi"), "Yanlış yazdınız", "password"},
		{"no password", "sifre", form("person", "p1"), "Yanlış yazdınız", "password"},
		{"no card and nobody", "e-imza", form(), "Kimseyi seçmediniz", "person-1"},
		{"an unknown number", "mobil-imza", form("phone", "0532 000 00 00", "operator", "Turkcell"), "Bu numara bilinmiyor", "phone"},
		{"no number", "mobil-imza", form("operator", "Turkcell"), "Bu numara bilinmiyor", "phone"},
		{"a number without end", "mobil-imza", form("phone", strings.Repeat("5990000001", 900), "operator", "Turkcell"), "Bu numara bilinmiyor", "phone"},
		{"no operator", "mobil-imza", form("phone", "599 000 00 01"), "Operatör seçmediniz", "operator"},
		{"an unknown operator", "mobil-imza", form("phone", "599 000 00 01", "operator", "Ornekcell"), "Operatör seçmediniz", "operator"},
		{"no bank", "banka", form(), "Banka seçmediniz", "bank-deneme"},
		{"an unknown bank", "banka", form("bank", "../sifre"), "Banka seçmediniz", "bank-deneme"},
	} {
		p := newRelyingParty(t, w)
		response, page := p.press(p.begin(test.way), test.fields)
		if response.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, test.says) ||
			!strings.Contains(page, `href="#`+test.field+`"`) || !strings.Contains(page, `id="`+test.field+`"`) {
			t.Errorf("%s: %s\n%s", test.name, response.Status, page)
		}
		if strings.Contains(page, "sandbox.") || len(page) > 20_000 {
			t.Errorf("%s: a page of %d bytes, or without its sentences\n%.3000s", test.name, len(page), page)
		}
		response, body := logins[test.way](p, page)
		if back := p.returned(response, body); back.Get("code") == "" {
			t.Errorf("%s: after it nobody can log in: %v", test.name, back)
		}
	}
}

// TestWrongPasswords: after three wrong ones the right one is not looked at either, for this person and way alone.
func TestWrongPasswords(t *testing.T) {
	w := start(t)
	p := newRelyingParty(t, w)
	page := p.begin("sifre")
	for i, status := range []int{http.StatusUnprocessableEntity, http.StatusUnprocessableEntity, http.StatusTooManyRequests} {
		response, body := p.press(page, form("person", "p1", "password", fmt.Sprint(i)))
		if response.StatusCode != status {
			t.Fatalf("wrong password %d: %s\n%s", i+1, response.Status, body)
		}
	}
	other := newRelyingParty(t, w) // from another browser too
	response, body := other.press(other.begin("sifre"), form("person", "p1", "password", "deneme-sifresi"))
	if response.StatusCode != http.StatusTooManyRequests || response.Header.Get("Retry-After") == "" || !strings.Contains(body, "Çok sayıda yanlış deneme") {
		t.Errorf("the right one: %s %q\n%s", response.Status, response.Header.Get("Retry-After"), body)
	}
	for way, person := range map[string]string{"sifre": "p2", "e-imza": "p1"} {
		p := newRelyingParty(t, w)
		response, body := p.press(p.begin(way), form("person", person, "password", "deneme-sifresi"))
		if p.returned(response, body).Get("code") == "" {
			t.Errorf("%s of %s is held up too", way, person)
		}
	}
}

// TestPhone: the waiting page reloads itself while the phone has not answered, unless that is stopped, and says what the phone says.
func TestPhone(t *testing.T) {
	w := start(t)
	p := newRelyingParty(t, w)
	const refresh = `http-equiv="refresh"`
	_, waiting := p.press(p.begin("mobil-imza"), form("phone", "05990000003", "operator", "Türk Telekom"))
	id := hiddenID.FindStringSubmatch(waiting)[1]
	if !strings.Contains(waiting, refresh) {
		t.Errorf("the page does not reload itself:\n%s", waiting)
	}
	if _, stopped := p.get("/login/mobil-imza/bekle?dur=1&id=" + id); strings.Contains(stopped, refresh) || !strings.Contains(stopped, `id="reload"`) {
		t.Errorf("the page cannot be stopped:\n%s", stopped)
	}
	phone := p.telephone("refuse")
	if shown := code.FindStringSubmatch(phone); shown == nil || !strings.Contains(waiting, shown[0]) {
		t.Errorf("page and phone show other codes: %v\n%s", shown, waiting)
	}
	if !strings.Contains(phone, "Işıl Çiğdem Şahin") || !strings.Contains(phone, "http://localhost:4711") {
		t.Errorf("the phone does not say who logs in where:\n%s", phone)
	}
	_, refused := p.get("/login/mobil-imza/bekle?id=" + id)
	if !strings.Contains(refused, "Telefonunuzda reddedildi") || strings.Contains(refused, refresh) {
		t.Errorf("refused:\n%s", refused)
	}
	if response, _ := p.post("/telefon", url.Values{"ticket": {ticket.FindStringSubmatch(phone)[1]}, "action": {"confirm"}}); response.StatusCode != http.StatusNotFound {
		t.Errorf("a question is answered twice: %s", response.Status)
	}
	if response, _ := p.post("/telefon", url.Values{"ticket": {""}, "action": {"confirm"}}); response.StatusCode != http.StatusNotFound {
		t.Errorf("no question is answered: %s", response.Status)
	}
	_, again := p.get("/login/mobil-imza?id=" + id)
	response, body := logins["mobil-imza"](p, again)
	if p.returned(response, body).Get("code") == "" {
		t.Error("sent again, nobody is logged in")
	}
}

// TestPhoneIsOfThisServer: another name's page, and another site's form, do not answer the phone.
func TestPhoneIsOfThisServer(t *testing.T) {
	p := newRelyingParty(t, start(t))
	for name, change := range map[string]func(*http.Request){
		"another name": func(r *http.Request) { r.Host = "evil.test" },
		"another site": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
	} {
		r, err := http.NewRequest(http.MethodPost, p.world.url+"/telefon", strings.NewReader("ticket=a"))
		if err == nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			change(r)
		}
		if response, _ := p.do(r, err); response.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s", name, response.Status)
		}
	}
}

// TestLevelsBoundTheWays: where a site asks for a level, ways of another level are neither offered nor taken.
func TestLevelsBoundTheWays(t *testing.T) {
	w := start(t)
	for asked, want := range map[string][]string{
		"": {"sifre", "mobil-imza", "e-imza", "kimlik-karti", "banka"}, high: {"mobil-imza", "e-imza", "kimlik-karti"},
		low: {"sifre", "banka"}, high + " " + low: {"sifre", "mobil-imza", "e-imza", "kimlik-karti", "banka"}, "urn:x": {"sifre", "mobil-imza", "e-imza", "kimlik-karti", "banka"},
	} {
		p := newRelyingParty(t, w)
		_, page := p.open(oauth2.S256ChallengeOption(p.verifier), oauth2.SetAuthURLParam("acr_values", asked))
		var offered []string
		for _, link := range wayLink.FindAllStringSubmatch(page, -1) {
			offered = append(offered, link[1])
		}
		if !slices.Equal(offered, want) {
			t.Errorf("%q: offered are %q, want %q", asked, offered, want)
		}
		for _, name := range []string{"sifre", "banka", "yok"} {
			if slices.Contains(want, name) {
				continue
			}
			fields := form("person", "p1", "password", "deneme-sifresi")
			fields.Set("id", hiddenID.FindStringSubmatch(page)[1])
			if response, _ := p.post("/login/"+name, fields); response.StatusCode != http.StatusNotFound {
				t.Errorf("%q: %s is taken: %s", asked, name, response.Status)
			}
		}
	}
}

// TestWaysAnswerEveryAddress: whatever follows /login, the answer is a page, without an error of the server.
func TestWaysAnswerEveryAddress(t *testing.T) {
	p := newRelyingParty(t, start(t))
	page := p.begin("banka")
	id := hiddenID.FindStringSubmatch(page)[1]
	for path, want := range map[string]int{
		"/login/yok": 404, "/login/banka/yok": 404, "/login/banka/deneme": 200, "/login/mobil-imza": 200,
		"/login/mobil-imza/bekle": 200, // nothing was sent: the first step
	} {
		response, body := p.get(path + "?lang=en&id=" + id)
		if response.StatusCode != want || !strings.Contains(body, `<html lang="en">`) || strings.Contains(body, "sandbox.") {
			t.Errorf("%s: %s\n%s", path, response.Status, body)
		}
		if response, _ := p.get(path + "?id=none"); response.StatusCode != http.StatusNotFound {
			t.Errorf("%s without a login: %s", path, response.Status)
		}
	}
}
