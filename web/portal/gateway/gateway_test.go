package gateway

import (
	"net/url"
	"strings"
	"testing"
)

// TestClientSecretIsChangedDuringLogins: a login that began at a process with the old client secret ends at one with the new, where both share
// another secret; without that it does not.
func TestClientSecretIsChangedDuringLogins(t *testing.T) {
	gateway := func(client, shared string) *Gateway {
		g, err := New(Options{Issuer: "http://localhost:1", ClientSecret: client, Secret: shared, Address: &url.URL{Scheme: "http", Host: "localhost"}})
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	cookie, err := gateway("old", "shared").sealer.Seal(loginState{State: "s"})
	if err != nil {
		t.Fatal(err)
	}
	var got loginState
	if err := gateway("new", "shared").sealer.Open(cookie, &got); err != nil || got.State != "s" {
		t.Errorf("%+v, %v", got, err)
	}
	if gateway("old", "other").sealer.Open(cookie, &got) == nil {
		t.Error("a cookie opens with another secret")
	}
}

func TestNewIdentity(t *testing.T) {
	for name, claims := range map[string][2]string{
		"no name": {"", "10000000146"}, "two lines": {"A\nDoğrulama kodu: 1", "10000000146"}, "bidi": {"A\u202eB", "10000000146"},
		"long": {strings.Repeat("A", 201), "10000000146"}, "not UTF-8": {"\xff", "10000000146"},
		"no number": {"A", ""}, "short": {"A", "1000000014"}, "letters": {"A", "1000000014a"},
	} {
		if _, err := NewIdentity(claims[0], claims[1]); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := NewIdentity("IŞIL ÇİĞDEM O’NEIL-ŞAHİN", "11111111101"); err != nil {
		t.Errorf("a number that fails the checksum: %v", err)
	}
}
