package sandbox_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
)

// TestSMS sends SMS as the portal does: each stands among the messages once, and none is taken without the token or while the gateway
// misbehaves.
func TestSMS(t *testing.T) {
	w := start(t)
	token, err := os.ReadFile(w.path("sms-token"))
	if err != nil {
		t.Fatal(err)
	}
	own := strings.TrimSpace(string(token))
	send := func(token, body string) int {
		r, err := http.NewRequest(http.MethodPost, w.url+"/sms", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0
		}
		response.Body.Close()
		return response.StatusCode
	}
	const sms = `{"id":"a","to":"+905001112233","text":"Kartınız kuryede."}`
	for _, test := range []struct {
		name, token, body, mail string
		want                    int
	}{
		{"no token", "", sms, "ok", 401},
		{"another token", own + "x", sms, "ok", 401},
		{"down", own, sms, "down", 0},
		{"later", own, sms, "later", 503},
		{"unknown", own, sms, "unknown", 422},
		{"no number", own, `{"id":"b","to":"0500","text":"a"}`, "ok", 400},
		{"no text", own, `{"id":"b","to":"+905001112233","text":""}`, "ok", 400},
		{"no id", own, `{"id":"","to":"+905001112233","text":"a"}`, "ok", 400},
		{"taken", own, sms, "ok", 202},
		{"taken again", own, sms, "ok", 202},
	} {
		w.misbehave("mail", test.mail)
		if got := send(test.token, test.body); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
	response, err := http.Get(w.url + "/admin/mail?after=0&now")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct {
		Messages []struct{ To, Subject, Text string }
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || len(answer.Messages) != 1 {
		t.Fatalf("%+v, %v", answer, err)
	}
	if m := answer.Messages[0]; m.To != "+905001112233" || m.Subject != "SMS" || m.Text != "Kartınız kuryede." {
		t.Errorf("%+v", m)
	}
}
