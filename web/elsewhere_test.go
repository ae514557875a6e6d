package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/e-onay/e-onay/web/portal"
	"github.com/e-onay/e-onay/web/portal/portaltest"
)

// rounds are people at browsers of three portals, whose nginx gives each request to the next of them.
type rounds struct {
	*several
	site *portaltest.Site
}

func newRounds(t *testing.T) *rounds {
	t.Helper()
	s := newSeveral(t, thisProgram, 3)
	settings, err := portal.ReadSettings(s.config)
	if err != nil {
		t.Fatal(err)
	}
	return &rounds{s, portaltest.Elsewhere(t, settings)}
}

// of has a case's failures be those of its own test.
func (r *rounds) of(t *testing.T) *rounds {
	s, w, site := *r.several, *r.world, *r.site
	w.t, site.T, s.world = t, t, &w
	return &rounds{&s, &site}
}

// web runs a verb, with something on standard input.
func (r *rounds) web(stdin string, verb ...string) {
	r.t.Helper()
	var out bytes.Buffer
	args := append(slices.Clone(verb[:2]), append([]string{"-config", r.config}, verb[2:]...)...)
	if status := run(r.t.Context(), args, strings.NewReader(stdin), &out, &out); status != 0 {
		r.t.Fatalf("%v: %d %s", verb, status, &out)
	}
}

// atGateway is a browser in which somebody has logged in at the gateway.
func (r *rounds) atGateway(person string) *portaltest.Browser {
	r.t.Helper()
	b := r.site.Anybody()
	if a := b.LogIn(url.Values{"person": {person}, "action": {"login"}}); a.Status != http.StatusSeeOther || a.Location() != "/" {
		r.t.Fatalf("login: %d %q %q", a.Status, a.Location(), a.Code())
	}
	return b
}

// byCard is a browser in which somebody has logged in with a card.
func (r *rounds) byCard(citizenNumber string) *portaltest.Browser {
	r.t.Helper()
	b, owner := r.site.Anybody(), r.person(citizenNumber)
	card := portaltest.Card{Key: owner.key, Certificate: owner.certificate}
	if a := b.PostLogin(portaltest.ESignature, b.Login(card, b.Nonce(portaltest.ESignature))); a.Status != http.StatusOK {
		r.t.Fatalf("login with a card: %d %s", a.Status, a.Body)
	}
	return b
}

// await asks for a page until it says something.
func (r *rounds) await(b *portaltest.Browser, path, says string) {
	r.t.Helper()
	r.until(path+" says "+says, func(int64) bool { return strings.Contains(b.Get(path).Body, says) }, 0)
}

// codeByMail is the one-time code of the first letter to an address that brings one.
func (r *rounds) codeByMail(to string) (code string) {
	r.t.Helper()
	for after := 0; code == ""; {
		response, err := http.Get(fmt.Sprintf("%s/admin/mail?after=%d", r.sandbox, after)) // answers when there is one, or after a while
		if err != nil {
			r.t.Fatal(err)
		}
		var answer struct {
			Messages []struct {
				Number   int
				To, Text string
			}
		}
		err = json.NewDecoder(response.Body).Decode(&answer)
		response.Body.Close()
		if err != nil || len(answer.Messages) == 0 {
			r.t.Fatalf("no letter with a code came: %v", err)
		}
		for _, m := range answer.Messages {
			if after = m.Number; m.To == to {
				code = cmp.Or(code, portaltest.EightDigits.FindString(m.Text))
			}
		}
	}
	return code
}

// TestRequestsGoAnywhere has three portals behind nginx serve people who log in and out, claim a new PIN, guess its code, decide at the desk, enter a list, and end their
// sessions, each request by another portal than the one before: no process keeps to itself what the next request needs.
func TestRequestsGoAnywhere(t *testing.T) {
	drill(t)
	r := newRounds(t)
	for name, act := range map[string]func(*rounds){
		"gateway": (*rounds).logsInAndOut, "new PIN": (*rounds).claimsNewPIN, "guesses": (*rounds).guessesCode,
		"two administrators": (*rounds).decideTogether, "list": (*rounds).entersList, "sessions": (*rounds).endsSessions,
	} {
		t.Run(name, func(t *testing.T) { act(r.of(t)) })
	}
	log, err := os.ReadFile(r.served)
	if err != nil {
		t.Fatal(err)
	}
	served := strings.Fields(string(log))
	for i := range served[1:] {
		if served[i] == served[i+1] {
			t.Fatalf("%s has served requests %d and %d", served[i], i, i+1)
		}
	}
	t.Logf("%d requests", len(served))
	if _, report := r.audit(); report.Findings > 0 {
		t.Errorf("%+v", report)
	}
}

// logsInAndOut logs in by each way of the gateway that is one form, cancels once, and logs out, here and there.
func (r *rounds) logsInAndOut() {
	for way, form := range map[string]url.Values{
		"": {"person": {"p1"}}, "sifre": {"person": {"p1"}, "password": {"deneme-sifresi"}}, "e-imza": {"person": {"p1"}}, "kimlik-karti": {"person": {"p1"}},
	} {
		b := r.site.Anybody()
		form.Set("way", way)
		form.Set("action", "cancel")
		if a := b.LogIn(form); b.Cookies["oturum"] != "" {
			r.t.Errorf("%s: cancelled, and logged in: %d", way, a.Status)
		}
		form.Set("action", "login")
		if a := b.LogIn(form); a.Location() != "/" {
			r.t.Errorf("%s: %d %q %q", way, a.Status, a.Location(), a.Code())
			continue
		}
		secret := b.Cookies["oturum"]
		for range 3 {
			if a := b.Get("/nes"); a.Status != http.StatusOK {
				r.t.Errorf("%s: logged in, and a portal answers %d", way, a.Status)
			}
		}
		if a := b.Post("/cikis", nil); !strings.Contains(a.Location(), "/end_session?") || !strings.Contains(a.Location(), "id_token_hint=") {
			r.t.Errorf("%s: logged out, sent to %q", way, a.Location())
		}
		b.Cookies["oturum"] = secret
		r.ended(b)
	}
}

// ended checks that no portal takes a browser's session any more.
func (r *rounds) ended(browsers ...*portaltest.Browser) {
	r.t.Helper()
	for _, b := range browsers {
		for range r.portals {
			if a := b.Get("/nes"); a.Status == http.StatusOK {
				r.t.Error("a portal takes a session that has ended")
			}
		}
	}
}

// toCode is somebody, with a card on record, to whose address a one-time code was sent after a step-up.
func (r *rounds) toCode(person, citizenNumber, serial, mail string) *portaltest.Desk {
	r.t.Helper()
	card := r.person(citizenNumber)
	line, err := json.Marshal(map[string]any{
		"serial": serial, "citizen_number": citizenNumber, "certificate": card.certificate.Raw, "puk": portaltest.PUK, "mail": mail,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.web(string(line), "cards", "import")
	d := &portaltest.Desk{Browser: r.atGateway(person), Machine: portaltest.NewMachine(r.t), Serial: serial, Certificate: card.certificate}
	if a := d.StepUp(person); a.Location() != "/nes/pin" {
		r.t.Fatalf("step-up: %d %q %q", a.Status, a.Location(), a.Code())
	}
	if a := d.Post("/nes/pin", nil); a.Location() != "/nes/pin/kod" {
		r.t.Fatalf("a code is to be sent: %d %q %q", a.Status, a.Location(), a.Code())
	}
	return d
}

// guessesCode types three wrong codes, each at another portal: all of them have the person wait, and none takes the right one.
func (r *rounds) guessesCode() {
	const mail = "mehmet@ornek.test"
	d := r.toCode("p2", mehmet, "FEDCBA9876543210", mail)
	code := r.codeByMail(mail)
	for range r.portals {
		d.Confirm("0000 0000")
	}
	for range r.portals {
		if a := d.Confirm(code); a.Location() == "/nes/pin/islem" {
			r.t.Error("the right code counts after three wrong ones")
		}
		if a := d.Post("/nes/pin", nil); !strings.HasPrefix(a.Attributes(), `data-reason="wait"`) {
			r.t.Errorf("after three wrong codes: %d %s", a.Status, a.Attributes())
		}
	}
}

// claimsNewPIN goes from a usual login over the step-up and the code of a letter to the PUK, and reports what became of the card. A wrong code and
// a second use of the right one are refused by whichever portal is asked.
func (r *rounds) claimsNewPIN() {
	d := r.toCode("p1", ayse, portaltest.Serial, portaltest.MailOfAyse)
	code := r.codeByMail(portaltest.MailOfAyse)
	if a := d.Confirm("0000 0000"); a.Location() != "" || code == "0000 0000" {
		r.t.Errorf("a wrong code: %d %q", a.Status, a.Location())
	}
	if a := d.Confirm(code); a.Location() != "/nes/pin/islem" {
		r.t.Fatalf("the code of the letter: %d %q %q", a.Status, a.Location(), a.Code())
	}
	d.Read()
	claim := d.Claim(nil)
	d.Given(d.Send(claim), claim, portaltest.PUK)
	if a := d.Tell(d.Report(claim, "ok", nil)); a.Status != http.StatusOK {
		r.t.Fatalf("report: %d %q", a.Status, a.Code())
	}
	if a := d.Get("/nes/pin/sonuc"); !strings.Contains(a.Body, `data-outcome="ok"`) {
		r.t.Errorf("result: %d %s", a.Status, a.Attributes())
	}
	if a := d.Send(d.Claim(nil)); a.Status == http.StatusOK {
		r.t.Error("the same act has released the PUK again")
	}
}

// decideTogether has one administrator ask for a role and another confirm, each after a login with a card; the portals know the role then.
func (r *rounds) decideTogether() {
	for _, number := range []string{mehmet, fatma} {
		r.web(number+"\n", "roles", "grant", "-role", "administrator")
	}
	first, second, courier := r.byCard(mehmet), r.byCard(fatma), r.byCard(ayse)
	if a := courier.Get("/masa"); a.Status != http.StatusNotFound {
		r.t.Errorf("the desk without a role: %d", a.Status)
	}
	asked := r.site.Asked(first.Post("/masa/gorevliler/ver", url.Values{"kimlik": {ayse}, "gorev": {"courier"}}))
	if a := second.ConfirmDecision(asked); a.Status != http.StatusSeeOther {
		r.t.Fatalf("confirm: %d %q", a.Status, a.Code())
	}
	for range r.portals {
		if a := courier.Get("/masa"); a.Status != http.StatusOK {
			r.t.Errorf("the desk with a role: %d %q", a.Status, a.Code())
		}
	}
}

// entersList has an officer upload a list and confirm it; any portal enters the people.
func (r *rounds) entersList() {
	const here = "/kurum/belediye"
	r.web("", "institutions", "set", "-id", "belediye", "-name", "Çankaya Belediyesi", "-english", "Çankaya Municipality", "-terms", "2026/114")
	r.web(fatma+"\n", "officers", "grant", "-institution", "belediye")
	b := r.byCard(fatma)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("dosya", "liste.csv")
	if err != nil {
		r.t.Fatal(err)
	}
	fmt.Fprint(part, "TC Kimlik No;Ad Soyad;Doğum Tarihi;Birim;Unvan;Kurumsal E-posta;Cep Telefonu\r\n",
		mehmet, ";Mehmet Öztürk;1.3.1980;;;mehmet@kurum.example;0500 111 22 34\r\n")
	if err := form.Close(); err != nil {
		r.t.Fatal(err)
	}
	sent := b.Do(http.MethodPost, here+"/liste", form.FormDataContentType(), &body)
	path := sent.Location()
	if sent.Status != http.StatusSeeOther || !strings.HasPrefix(path, here+"/liste/") {
		r.t.Fatalf("upload: %d %q %s", sent.Status, sent.Code(), path)
	}
	for range r.portals {
		if a := b.Get(path); !strings.Contains(a.Body, `data-good="1"`) {
			r.t.Errorf("the list is not there: %d %s", a.Status, a.Body)
		}
	}
	if a := b.Post(path, url.Values{"islem": {"onayla"}}); a.Location() != path {
		r.t.Fatalf("confirm: %d %q", a.Status, a.Code())
	}
	r.await(b, path, `data-created="1"`)
	r.await(b, path, `data-state="done"`)
}

// endsSessions ends all other sessions of a person, then all.
func (r *rounds) endsSessions() {
	first, second, card, other := r.atGateway("p1"), r.atGateway("p1"), r.byCard(ayse), r.atGateway("p2")
	if a := first.Post("/oturumlarim/sonlandir", nil); a.Location() != "/oturumlarim?bitti=1" {
		r.t.Fatalf("ended all others: %d %q", a.Status, a.Code())
	}
	r.ended(second, card)
	second = r.atGateway("p1")
	copied := first.Another()
	if a := first.Post("/oturumlarim/sonlandir", url.Values{"bu": {"evet"}}); a.Status != http.StatusSeeOther || first.Cookies["oturum"] != "" {
		r.t.Fatalf("ended all: %d %q", a.Status, a.Code())
	}
	r.ended(copied, second)
	for range r.portals {
		if a := other.Get("/nes"); a.Status != http.StatusOK {
			r.t.Errorf("another person's session: %d", a.Status)
		}
	}
}
