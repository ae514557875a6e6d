package sandbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/smtp"
	"net/url"
	"os"
	"strings"
	"testing"

	"golang.org/x/oauth2"
)

// send hands a message to the mail server that portal.json names, by another library than the server's.
func (w *world) send(to, text string) error {
	w.t.Helper()
	settings := w.settings()
	return smtp.SendMail(settings.Mail.Server, nil, "portal@deneme.test", []string{to}, []byte("To: <"+to+">\r\nSubject: =?UTF-8?q?=C5=9Fifre?=\r\n"+
		"Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"+text+"\r\n"))
}

func TestMail(t *testing.T) {
	w := start(t)
	arrived := make(chan string, 1)
	go func() {
		response, err := http.Get(w.url + "/admin/mail?after=1") // which waits
		if err != nil {
			arrived <- err.Error()
			return
		}
		defer response.Body.Close()
		data, _ := io.ReadAll(response.Body)
		arrived <- string(data)
	}()
	for _, text := range []string{"birinci", "ikinci: =C5=9F"} {
		if err := w.send("ayse@ornek.test", text); err != nil {
			t.Fatal(err)
		}
	}
	var answer struct {
		Messages []struct {
			Number            int
			To, Subject, Text string
		}
	}
	if got := <-arrived; json.Unmarshal([]byte(got), &answer) != nil || len(answer.Messages) != 1 {
		t.Fatalf("got %q", got)
	}
	if m := answer.Messages[0]; m.Number != 2 || m.To != "ayse@ornek.test" || m.Subject != "şifre" || m.Text != "ikinci: ş\n" {
		t.Errorf("got %+v", m)
	}
	page := string(w.get(w.url + "/posta"))
	if first, second := strings.Index(page, "birinci"), strings.Index(page, "ikinci: ş"); first < 0 || second < 0 || second > first {
		t.Errorf("the page is %s", page)
	}
	r, err := http.NewRequest(http.MethodGet, w.url+"/posta", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "evil.test"
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("a rebound name reads the mail: %s", response.Status)
	}
}

func TestMailMisbehaves(t *testing.T) {
	w := start(t)
	for conduct, want := range map[string]string{"down": "421", "unknown": "550", "later": "451"} {
		w.misbehave("mail", conduct)
		if err := w.send("ayse@ornek.test", "metin"); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v", conduct, err)
		}
	}
}

// TestMailPortIsKept: a portal that runs on finds the mail server of the next start.
func TestMailPortIsKept(t *testing.T) {
	w := start(t)
	_, port, err := net.SplitHostPort(w.settings().Mail.Server)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(w.path("mail-port"))
	if err != nil || strings.TrimSpace(string(kept)) != port {
		t.Errorf("kept is %q, %v, want %s", kept, err, port)
	}
}

// TestLevels asks for levels of a login.
func TestLevels(t *testing.T) {
	w := start(t)
	const high, low = "urn:deneme:giris:yuksek", "urn:deneme:giris:parola"
	for _, test := range []struct{ asked, conduct, want string }{
		{"", "ok", low}, {high, "ok", high}, {low + " " + high, "ok", low}, {"urn:other " + high, "ok", high}, {"urn:other", "ok", low}, {high, "weak", low},
	} {
		w.misbehave("login", test.conduct)
		p := newRelyingParty(t, w)
		options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(p.verifier), oauth2.SetAuthURLParam("max_age", "60"), oauth2.SetAuthURLParam("prompt", "login")}
		if test.asked != "" {
			options = append(options, oauth2.SetAuthURLParam("acr_values", test.asked))
		}
		_, page := p.open(options...)
		response, body := p.press(page, url.Values{"person": {"p1"}, "action": {"login"}})
		claims, problem := p.identify(p.returned(response, body).Get("code"))
		if problem != "" || claims["acr"] != test.want || claims["auth_time"] == nil {
			t.Errorf("%+v: acr %v at %v, %s", test, claims["acr"], claims["auth_time"], problem)
		}
	}
	w.misbehave("login", "no-time")
	p := newRelyingParty(t, w)
	if claims, problem := p.identify(p.code("p1")); problem != "" || claims["auth_time"] != nil {
		t.Errorf("no-time: %v %s", fmt.Sprint(claims["auth_time"]), problem)
	}
}
