package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/e-onay/e-onay/internal/message"
)

// clockedStore is a store with a clock of its own, and a login under way.
func clockedStore(t *testing.T) (s *loginStore, id string, pass func(time.Duration)) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if s, err = newLoginStore(&identity{loginKey: key}, "", newConduct()); err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_800_000_000, 0)
	s.now = func() time.Time { return now }
	request, err := s.CreateAuthRequest(t.Context(), &oidc.AuthRequest{ClientID: clientID, RedirectURI: "http://localhost:1/giris/donus",
		Scopes: []string{"openid"}, CodeChallenge: "c", CodeChallengeMethod: "S256"}, "")
	if err != nil {
		t.Fatal(err)
	}
	return s, request.GetID(), func(d time.Duration) { now = now.Add(d) }
}

// TestWaitAfterWrongPasswords: it ends after a minute, and then three more may be wrong.
func TestWaitAfterWrongPasswords(t *testing.T) {
	s, _, pass := clockedStore(t)
	who := &people[0]
	for range 2 {
		for i, want := range []time.Duration{0, 0, tryWait} {
			if right, wait := s.try(who, "x"); right || wait != want {
				t.Errorf("wrong password %d: right %t, wait %v", i+1, right, wait)
			}
		}
		pass(tryWait - time.Second)
		if right, wait := s.try(who, testPassword); right || wait != time.Second {
			t.Errorf("a second too early: right %t, wait %v", right, wait)
		}
		pass(time.Second)
	}
	s.try(who, "x")
	if right, _ := s.try(who, testPassword); !right {
		t.Error("the right one is refused")
	}
	for range 2 {
		if _, wait := s.try(who, "x"); wait != 0 {
			t.Error("wrong ones before the right one still count")
		}
	}
}

// TestCallRunsOut: a phone that answers too late logs nobody in.
func TestCallRunsOut(t *testing.T) {
	s, id, pass := clockedStore(t)
	if err := s.call(id, &people[0], operators[0]); err != nil {
		t.Fatal(err)
	}
	asked := s.calls()
	if len(asked) != 1 {
		t.Fatalf("%d calls", len(asked))
	}
	pass(callLifetime)
	if err := s.answerCall(asked[0].call.Ticket, true); !errors.Is(err, errNoLogin) {
		t.Errorf("answered too late: %v", err)
	}
	request, err := s.request(id)
	if err != nil || request.Done() || request.call.waits(s.now()) || len(s.calls()) != 0 {
		t.Errorf("after its time: %+v, %v", request, err)
	}
	answer := httptest.NewRecorder()
	page := &loginPage{request: request, language: message.Turkish, path: loginPath + "/mobil-imza/bekle", template: "waiting"}
	(&provider{store: s}).showWaiting(answer, httptest.NewRequest(http.MethodGet, page.path, nil), page)
	if body := answer.Body.String(); !strings.Contains(body, "Telefonunuzdan yanıt gelmedi") || strings.Contains(body, "refresh") {
		t.Errorf("the waiting page says\n%s", body)
	}
	pass(loginLifetime)
	if err := s.call(id, &people[0], operators[0]); !errors.Is(err, errNoLogin) {
		t.Errorf("a login that is over asks a phone: %v", err)
	}
}
